#include "connection.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mqtt_protocol.h>

#include "base/clock.h"
#include "input.h"
#include "terminal.h"

/* ---- options ---- */

#define AT(member) offsetof(struct connection_options, member)

const struct option connection_option_rows[CONNECTION_OPTION_COUNT] = {
    { "host", 'h', OPTION_TEXT, "HOST", "where the broker is (default localhost)", AT(host), 0, 0 },
    { "port", 'p', OPTION_NUMBER, "PORT", "its port (default 1883, or 8883 with TLS)", AT(port), 1,
        65535 },
    { "username", 'u', OPTION_TEXT, "NAME", "user name", AT(username), 0, 0 },
    { "password", 'P', OPTION_TEXT, "PASSWORD", "its password", AT(password), 0, 0 },
    { "id", 'i', OPTION_TEXT, "ID", "client id", AT(id), 0, 0 },
    { "cafile", 0, OPTION_TEXT, "FILE", "TLS: certificates of authorities to trust", AT(cafile), 0,
        0 },
    { "cert", 0, OPTION_TEXT, "FILE", "TLS: certificate of this client", AT(cert), 0, 0 },
    { "key", 0, OPTION_TEXT, "FILE", "TLS: its key", AT(key), 0, 0 },
    { "insecure", 0, OPTION_FLAG, NULL, "TLS: do not check that the broker is who it says",
        AT(is_insecure), 0, 0 },
};

const char connection_help[] =
    "Options for the connection may also stand in ~/.config/event-bus, one a line: -h HOST\n";

enum { FILE_OPTIONS_MAX = 64, PATH_BYTES = 4096 };

static bool find_file(char path[PATH_BYTES])
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (base && *base)
        snprintf(path, PATH_BYTES, "%s/event-bus", base);
    else if (home && *home)
        snprintf(path, PATH_BYTES, "%s/.config/event-bus", home);
    else
        return false;
    return access(path, F_OK) == 0;
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

bool connection_options_begin(struct connection_options *options)
{
    *options = (struct connection_options){ .host = "localhost" };
    char path[PATH_BYTES];
    if (!find_file(path))
        return true;
    struct eb_span text = input_read(path);
    options->file = text.ptr ? strndup(text.ptr, text.len) : NULL;
    input_release(text);
    if (!options->file)
        return false;
    static const struct option_table table = CONNECTION_OPTIONS_AT(0);
    char *arguments[FILE_OPTIONS_MAX];
    struct operands operands;
    int count = split(options->file, arguments);
    if (!options_read(&table, 1, options, count, arguments, &operands)) {
        complain("the options are those of %s", path);
        return false;
    }
    if (operands.count > 0)
        complain("%s: expected options, one a line, not '%s'", path, operands.items[0]);
    return operands.count == 0;
}

void connection_options_release(struct connection_options *options)
{
    free(options->file);
    options->file = NULL;
}

bool connection_options_check(const struct connection_options *options)
{
    if (options->password && !options->username) {
        complain("--password needs a --username");
        return false;
    }
    if (!options->cert != !options->key) {
        complain("--cert and --key need each other");
        return false;
    }
    if ((options->cert || options->is_insecure) && !options->cafile) {
        complain("TLS needs a --cafile");
        return false;
    }
    return true;
}

/* ---- the connection ---- */

enum { PATIENCE_MS = 30000, KEEPALIVE_S = 60 };

struct connection {
    struct mosquitto *mosquitto;
    struct connection_use use;
    bool is_answered; /* what was asked last */
    bool is_lost;
    int code; /* the answer */
    int mid;  /* what is waited for */
    uint64_t received;
};

static void on_connect(struct mosquitto *mosquitto, void *context, int code)
{
    (void)mosquitto;
    struct connection *connection = context;
    connection->code = code;
    connection->is_answered = true;
}

static void on_disconnect(struct mosquitto *mosquitto, void *context, int code)
{
    (void)mosquitto;
    (void)code;
    struct connection *connection = context;
    connection->is_lost = true;
}

static void on_subscribe(
    struct mosquitto *mosquitto, void *context, int mid, int count, const int *codes)
{
    (void)mosquitto;
    struct connection *connection = context;
    connection->code = count > 0 ? codes[0] : 0x80;
    connection->is_answered |= mid == connection->mid;
}

static void on_publish(struct mosquitto *mosquitto, void *context, int mid, int code,
    const mosquitto_property *properties)
{
    (void)mosquitto;
    (void)properties;
    struct connection *connection = context;
    if (mid != connection->mid)
        return;
    connection->code = code;
    connection->is_answered = true;
}

static void on_message(struct mosquitto *mosquitto, void *context,
    const struct mosquitto_message *message, const mosquitto_property *properties)
{
    (void)mosquitto;
    struct connection *connection = context;
    connection->received++;
    if (connection->use.receive)
        connection->use.receive(connection->use.context, message, properties);
}

static int64_t now_ms(void)
{
    return eb_clock_monotonic_ns() / 1000000;
}

static bool turn(struct connection *connection, int timeout_ms)
{
    int code = mosquitto_loop(connection->mosquitto, timeout_ms, 1);
    connection->is_lost |= code != MOSQ_ERR_SUCCESS;
    return !connection->is_lost;
}

/* False when the connection goes, or patience ends, before the answer is there. */
static bool await(struct connection *connection)
{
    int64_t deadline = now_ms() + PATIENCE_MS;
    while (!connection->is_answered && now_ms() < deadline) {
        if (!turn(connection, 100) && !connection->is_answered)
            return false;
    }
    return connection->is_answered;
}

static int set_up(struct mosquitto *mosquitto, const struct connection_options *options)
{
    int code = MOSQ_ERR_SUCCESS;
    if (options->username)
        code = mosquitto_username_pw_set(mosquitto, options->username, options->password);
    if (!code && options->cafile)
        code =
            mosquitto_tls_set(mosquitto, options->cafile, NULL, options->cert, options->key, NULL);
    if (!code && options->is_insecure)
        code = mosquitto_tls_insecure_set(mosquitto, true);
    if (!code)
        code = mosquitto_int_option(mosquitto, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    return code;
}

static int start(struct connection *connection, const struct connection_options *options)
{
    mosquitto_property *properties = NULL;
    int port = options->port ? (int)options->port : options->cafile ? 8883 : 1883;
    if (connection->use.keeps_session)
        mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, UINT32_MAX);
    int code = mosquitto_connect_bind_v5(
        connection->mosquitto, options->host, port, KEEPALIVE_S, NULL, properties);
    mosquitto_property_free_all(&properties);
    return code;
}

static bool connect_to(struct connection *connection, const struct connection_options *options)
{
    struct mosquitto *mosquitto = connection->mosquitto;
    mosquitto_connect_callback_set(mosquitto, on_connect);
    mosquitto_disconnect_callback_set(mosquitto, on_disconnect);
    mosquitto_subscribe_callback_set(mosquitto, on_subscribe);
    mosquitto_publish_v5_callback_set(mosquitto, on_publish);
    mosquitto_message_v5_callback_set(mosquitto, on_message);
    int code = set_up(mosquitto, options);
    if (!code)
        code = start(connection, options);
    if (code) {
        complain("%s: %s", options->host,
            code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
        return false;
    }
    if (!await(connection)) {
        complain("%s: the broker does not answer", options->host);
        return false;
    }
    if (connection->code)
        complain("%s: %s", options->host, mosquitto_reason_string(connection->code));
    return connection->code == 0;
}

struct connection *connection_open(
    const struct connection_options *options, const struct connection_use *use)
{
    /* Mosquitto 2.0.11 makes ids for who has none, and forgets to free them. */
    char own_id[64];
    const char *id = options->id ? options->id : use->id ? use->id : own_id;
    snprintf(own_id, sizeof own_id, "event-bus-%d-%llx", (int)getpid(),
        (unsigned long long)eb_clock_now_us());
    struct connection *connection = calloc(1, sizeof *connection);
    mosquitto_lib_init();
    if (connection) {
        connection->use = *use;
        connection->mosquitto = mosquitto_new(id, !use->keeps_session, connection);
    }
    if (!connection || !connection->mosquitto) {
        complain("out of memory");
    } else if (connect_to(connection, options)) {
        return connection;
    }
    connection_close(connection);
    return NULL;
}

void connection_close(struct connection *connection)
{
    if (connection && connection->mosquitto) {
        if (mosquitto_disconnect(connection->mosquitto) == MOSQ_ERR_SUCCESS)
            mosquitto_loop(connection->mosquitto, 0, 1);
        mosquitto_destroy(connection->mosquitto);
    }
    free(connection);
    mosquitto_lib_cleanup();
}

bool connection_subscribe(struct connection *connection, const char *filter, int qos)
{
    connection->is_answered = false;
    int code = mosquitto_subscribe(connection->mosquitto, &connection->mid, filter, qos);
    if (code || !await(connection)) {
        complain("%s: %s", filter, code ? mosquitto_strerror(code) : "the connection is lost");
        return false;
    }
    if (connection->code >= 0x80)
        complain("%s: %s", filter, mosquitto_reason_string(connection->code));
    return connection->code < 0x80;
}

int connection_publish(struct connection *connection, const struct connection_message *message)
{
    connection->is_answered = false;
    int code = mosquitto_publish_v5(connection->mosquitto, &connection->mid, message->topic,
        message->payload_len, message->payload, message->qos, message->is_retain,
        message->properties);
    if (code) {
        complain("%s: %s", message->topic, mosquitto_strerror(code));
        return -1;
    }
    if (!await(connection)) {
        complain("%s: the broker hung up, or did not answer", message->topic);
        return -1;
    }
    return connection->code;
}

bool connection_drain(struct connection *connection, int quiet_ms)
{
    uint64_t seen = connection->received;
    for (int64_t end = now_ms() + quiet_ms; now_ms() < end;) {
        if (!turn(connection, 50)) {
            complain("the connection is lost");
            return false;
        }
        if (connection->received != seen)
            end = now_ms() + quiet_ms;
        seen = connection->received;
    }
    return true;
}
