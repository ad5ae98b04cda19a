#include "connection_options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "input.h"
#include "password.h"
#include "terminal.h"

enum { TIMEOUT_S = 10, TIMEOUT_MAX_S = 86400, PATH_BYTES = 4096 };

#define AT(member) offsetof(struct connection_options, member)

const struct option connection_option_rows[CONNECTION_OPTION_COUNT] = {
    { "host", 'h', OPTION_TEXT, "HOST", "where the broker is (default localhost)", AT(place.host),
        0, 0 },
    { "port", 'p', OPTION_NUMBER, "PORT", "its port (default 1883, or 8883 with TLS)",
        AT(place.port), 1, 65535 },
    { "url", 'L', OPTION_TEXT, "URL", "both, and who: mqtt[s]://[USER[:PASSWORD]@]HOST[:PORT]",
        AT(place.url), 0, 0 },
    { "unix", 0, OPTION_TEXT, "PATH", "its Unix socket, instead", AT(place.unix_path), 0, 0 },
    { "bind", 'A', OPTION_TEXT, "ADDRESS", "the address to connect from", AT(bind_address), 0, 0 },
    { "username", 'u', OPTION_TEXT, "NAME", "user name", AT(username), 0, 0 },
    { "pw", 'P', OPTION_TEXT, "PASSWORD", "its password; others see it here", AT(password), 0, 0 },
    { "ask-pw", 0, OPTION_FLAG, NULL, "ask for the password on the terminal", AT(asks_password), 0,
        0 },
    { "id", 'i', OPTION_TEXT, "ID", "client id", AT(id), 0, 0 },
    { "protocol-version", 'V', OPTION_TEXT, "5|311|31", "version of MQTT (default 5)", AT(version),
        0, 0 },
    { "timeout", 0, OPTION_NUMBER, "SECONDS", "how long to wait for an answer (default 10)",
        AT(timeout_s), 1, TIMEOUT_MAX_S },
    { "cafile", 0, OPTION_TEXT, "FILE", "TLS: certificates of authorities to trust", AT(cafile), 0,
        0 },
    { "capath", 0, OPTION_TEXT, "DIRECTORY", "TLS: a directory of such", AT(capath), 0, 0 },
    { "tls-use-os-certs", 0, OPTION_FLAG, NULL, "TLS: trust those that the system trusts",
        AT(uses_os_certs), 0, 0 },
    { "cert", 0, OPTION_TEXT, "FILE", "TLS: certificate of this client", AT(cert), 0, 0 },
    { "key", 0, OPTION_TEXT, "FILE", "TLS: its key", AT(key), 0, 0 },
    { "psk", 0, OPTION_TEXT, "HEX", "TLS: a key that both know, instead of certificates", AT(psk),
        0, 0 },
    { "psk-identity", 0, OPTION_TEXT, "NAME", "TLS: whose key that is", AT(psk_identity), 0, 0 },
    { "ciphers", 0, OPTION_TEXT, "LIST", "TLS: what to encrypt with", AT(ciphers), 0, 0 },
    { "tls-version", 0, OPTION_TEXT, "tlsv1.3|tlsv1.2", "TLS: the version", AT(tls_version), 0, 0 },
    { "insecure", 0, OPTION_FLAG, NULL, "TLS: do not check that the broker is who it says",
        AT(is_insecure), 0, 0 },
};

/* ---- the file ---- */

enum { FILE_OPTIONS_MAX = 64 };

/* What mosquitto_ctrl may be told as well, and what changes nothing here. */
struct ignored {
    uint32_t qos;
    bool is_debug, is_quiet, is_verbose;
};
static const struct option ignored_rows[] = {
    { "qos", 'q', OPTION_NUMBER, "0|1|2", "", offsetof(struct ignored, qos), 0, 2 },
    { "debug", 'd', OPTION_FLAG, NULL, "", offsetof(struct ignored, is_debug), 0, 0 },
    { "quiet", 0, OPTION_FLAG, NULL, "", offsetof(struct ignored, is_quiet), 0, 0 },
    { "verbose", 'v', OPTION_FLAG, NULL, "", offsetof(struct ignored, is_verbose), 0, 0 },
};

struct file_values {
    struct connection_options options;
    struct ignored ignored;
};

/* Our own, else that of the tool with which brokers are commanded. */
static bool find_file(char path[PATH_BYTES])
{
    static const char *const names[] = { "event-bus", "mosquitto_ctrl" };
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (base && *base)
            snprintf(path, PATH_BYTES, "%s/%s", base, names[i]);
        else if (home && *home)
            snprintf(path, PATH_BYTES, "%s/.config/%s", home, names[i]);
        else
            return false;
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* "-h HOST" becomes two arguments; what follows the first space is the value, spaces and all. */
static int split(char *text, char *arguments[FILE_OPTIONS_MAX])
{
    int count = 0;
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && count + 2 <= FILE_OPTIONS_MAX;) {
        line = trim(line);
        if (*line == '\0' || *line == '#')
            continue;
        char *value = strpbrk(line, " \t");
        if (value)
            *value++ = '\0';
        arguments[count++] = line;
        if (value)
            arguments[count++] = trim(value);
    }
    return count;
}

static bool read_file(struct connection_options *options, const char *path)
{
    static const struct option_table tables[] = {
        CONNECTION_OPTIONS_AT(offsetof(struct file_values, options)),
        { ignored_rows, sizeof ignored_rows / sizeof *ignored_rows,
            offsetof(struct file_values, ignored) },
    };
    struct file_values values = { .options = *options };
    char *arguments[FILE_OPTIONS_MAX];
    struct operands operands;
    int count = split(options->file, arguments);
    if (!options_read(
            tables, sizeof tables / sizeof *tables, &values, count, arguments, &operands)) {
        complain("the options are those of %s", path);
        return false;
    }
    *options = values.options;
    if (operands.count > 0)
        complain("%s: expected options, one a line, not '%s'", path, operands.items[0]);
    return operands.count == 0;
}

bool connection_options_begin(struct connection_options *options)
{
    *options = (struct connection_options){ .timeout_s = TIMEOUT_S };
    char path[PATH_BYTES];
    if (!find_file(path))
        return true;
    struct eb_span text = input_read(path);
    options->file = text.ptr ? strndup(text.ptr, text.len) : NULL;
    input_release(text);
    if (!options->file || !read_file(options, path))
        return false;
    options->file_place = options->place;
    options->place = (struct connection_place){ 0 };
    return true;
}

void connection_options_release(struct connection_options *options)
{
    explicit_bzero(options->password_asked, sizeof options->password_asked);
    free(options->file);
    free(options->url_parts);
    options->file = options->url_parts = NULL;
}

/* ---- the URL ---- */

/* Cuts `text` at the last `mark`; what is behind it, or NULL. */
static char *cut_last(char *text, char mark)
{
    char *at = strrchr(text, mark);
    if (at)
        *at++ = '\0';
    return at;
}

static int hex_digit(char digit)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, tolower((unsigned char)digit));
    return digit && at ? (int)(at - digits) : -1;
}

/* "%40" becomes "@" (RFC 3986 §2.1), in place. False: a '%' that says nothing, or says NUL. */
static bool decode(char *text)
{
    char *out = text;
    for (; *text; text++) {
        if (*text != '%') {
            *out++ = *text;
            continue;
        }
        int high = hex_digit(text[1]), low = high < 0 ? -1 : hex_digit(text[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *out++ = (char)(high << 4 | low);
        text += 2;
    }
    *out = '\0';
    return true;
}

static bool read_port(const char *text, uint32_t *port)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *port = (uint32_t)value;
    return isdigit((unsigned char)*text) && *end == '\0' && value >= 1 && value <= 65535;
}

/* "HOST", "HOST:PORT", "[::1]:PORT". */
static bool read_authority(struct connection_options *options, char *text)
{
    char *port = NULL;
    if (*text == '[') {
        char *close = strchr(++text, ']');
        if (!close)
            return false;
        *close = '\0';
        port = close[1] == ':' ? close + 2 : NULL;
        if (!port && close[1] != '\0')
            return false;
    } else {
        port = cut_last(text, ':');
    }
    options->place.host = text;
    return *text != '\0' && (!port || read_port(port, &options->place.port));
}

static bool read_user(struct connection_options *options, char *text)
{
    char *colon = strchr(text, ':');
    if (colon)
        *colon++ = '\0';
    options->username = text;
    if (colon)
        options->password = colon;
    return *text != '\0' && decode(text) && (!colon || decode(colon));
}

static bool read_url(struct connection_options *options)
{
    bool is_secure = strncasecmp(options->place.url, "mqtts://", 8) == 0;
    if (!is_secure && strncasecmp(options->place.url, "mqtt://", 7) != 0)
        return false;
    char *text = options->url_parts = strdup(options->place.url + (is_secure ? 8 : 7));
    if (!text)
        return false;
    text[strcspn(text, "/?#")] = '\0';
    options->uses_os_certs |= is_secure && !options->cafile && !options->capath && !options->psk;
    options->place.port = 0;
    char *at = cut_last(text, '@');
    return (!at || read_user(options, text)) && read_authority(options, at ? at : text);
}

/* ---- checks ---- */

bool connection_options_use_tls(const struct connection_options *options)
{
    return options->cafile || options->capath || options->psk || options->uses_os_certs;
}

int connection_options_port(const struct connection_options *options)
{
    if (options->place.unix_path)
        return 0;
    return options->place.port                   ? (int)options->place.port
           : connection_options_use_tls(options) ? 8883
                                                 : 1883;
}

static bool check_version(struct connection_options *options)
{
    static const struct {
        const char *name;
        int protocol;
    } versions[] = {
        { "5", MQTT_PROTOCOL_V5 },
        { "mqttv5", MQTT_PROTOCOL_V5 },
        { "311", MQTT_PROTOCOL_V311 },
        { "3.1.1", MQTT_PROTOCOL_V311 },
        { "mqttv311", MQTT_PROTOCOL_V311 },
        { "31", MQTT_PROTOCOL_V31 },
        { "3.1", MQTT_PROTOCOL_V31 },
        { "mqttv31", MQTT_PROTOCOL_V31 },
    };
    const char *version = options->version ? options->version : "5";
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(version, versions[i].name) == 0)
            options->protocol = versions[i].protocol;
    }
    if (!options->protocol)
        complain("--protocol-version: expected 5, 311 or 31, not '%s'", version);
    return options->protocol;
}

/* libmosquitto says of all of them that arguments are invalid. */
static bool check_files(const struct connection_options *options)
{
    const struct {
        const char *option, *path;
    } files[] = {
        { "cafile", options->cafile },
        { "capath", options->capath },
        { "cert", options->cert },
        { "key", options->key },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i].path && access(files[i].path, R_OK) != 0) {
            complain("--%s: %s: %m", files[i].option, files[i].path);
            return false;
        }
    }
    return true;
}

static bool check_tls(const struct connection_options *options)
{
    bool has_authorities = options->cafile || options->capath || options->uses_os_certs;
    const char *wrong = NULL;
    if (!options->cert != !options->key)
        wrong = "--cert and --key need each other";
    else if (!options->psk != !options->psk_identity)
        wrong = "--psk and --psk-identity need each other";
    else if (options->psk && (has_authorities || options->cert))
        wrong = "--psk is instead of certificates: not with --cafile, --capath, --cert";
    else if ((options->cert || options->is_insecure) && !connection_options_use_tls(options))
        wrong = "TLS needs a --cafile, --capath or --tls-use-os-certs";
    else if (options->place.unix_path && (has_authorities || options->psk))
        wrong = "there is no TLS over a --unix socket";
    if (wrong)
        complain("%s", wrong);
    return !wrong && check_files(options);
}

static bool find_password(struct connection_options *options)
{
    const char *from_environment = getenv("EVENT_BUS_PASSWORD");
    if (options->asks_password) {
        if (!password_ask(options->password_asked, sizeof options->password_asked))
            return false;
        options->password = options->password_asked;
    } else if (!options->password && options->username && from_environment) {
        options->password = from_environment;
    }
    if (options->password && !options->username)
        complain("a password needs a --username");
    return !options->password || options->username;
}

/* A host, a URL or a socket on the command line is instead of all that the file says; a port alone
 * is another one there. */
static bool settle_place(struct connection_options *options)
{
    struct connection_place *place = &options->place;
    uint32_t other_port = 0;
    if (!place->host && !place->url && !place->unix_path) {
        other_port = place->port;
        *place = options->file_place;
        if (other_port)
            place->unix_path = NULL;
    }
    bool has_address = place->host || place->port;
    if (has_address + (place->url != NULL) + (place->unix_path != NULL) > 1) {
        complain("--url, --unix, and --host with --port are instead of each other");
        return false;
    }
    if (place->url && !read_url(options)) {
        complain("--url: expected mqtt://[USER[:PASSWORD]@]HOST[:PORT] or mqtts://…");
        return false;
    }
    if (other_port)
        place->port = other_port;
    if (!place->host)
        place->host = "localhost";
    return true;
}

bool connection_options_check(struct connection_options *options)
{
    return settle_place(options) && check_version(options) && check_tls(options) &&
           find_password(options);
}
