#include "connection.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <mqtt_protocol.h>

#include "base/clock.h"
#include "memory.h"
#include "terminal.h"

enum { KEEPALIVE_S = 60, LINE_BYTES = 512 };

struct connection {
    struct mosquitto *mosquitto;
    const struct connection_options *options; /* the caller's */
    struct connection_use use;
    bool is_answered; /* what was asked last */
    bool is_lost;
    int code;     /* the answer; of a connection that is lost, why */
    int error;    /* the errno of an attempt that failed */
    int farewell; /* with which it was lost: 0x80 and above is the broker's reason */
    int mid;      /* what is waited for */
    int64_t patience_ms;
    uint64_t received;
    char name[LINE_BYTES];     /* for people: where the broker is */
    char tls_line[LINE_BYTES]; /* what OpenSSL said last */
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
    struct connection *connection = context;
    connection->is_lost = true;
    connection->farewell = code;
    if (!connection->is_answered)
        connection->code = code;
}

static void on_log(struct mosquitto *mosquitto, void *context, int level, const char *line)
{
    (void)mosquitto;
    struct connection *connection = context;
    if (level == MOSQ_LOG_ERR)
        snprintf(connection->tls_line, sizeof connection->tls_line, "%s", line);
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

static bool turn(struct connection *connection, int timeout_ms)
{
    int code = mosquitto_loop(connection->mosquitto, timeout_ms, 1);
    if (code != MOSQ_ERR_SUCCESS && !connection->is_lost) {
        connection->is_lost = true;
        if (!connection->is_answered)
            connection->code = code;
    }
    return !connection->is_lost;
}

/* False when the connection goes, or patience ends, before the answer is there. */
static bool await(struct connection *connection)
{
    int64_t deadline = eb_clock_monotonic_ms() + connection->patience_ms;
    while (!connection->is_answered && eb_clock_monotonic_ms() < deadline) {
        if (!turn(connection, 100) && !connection->is_answered)
            return false;
    }
    return connection->is_answered;
}

/* ---- beginning ---- */

static int set_up_tls(struct mosquitto *mosquitto, const struct connection_options *options)
{
    enum { VERIFY_PEER = 1 }; /* SSL_VERIFY_PEER of OpenSSL */
    int code =
        mosquitto_tls_opts_set(mosquitto, VERIFY_PEER, options->tls_version, options->ciphers);
    if (!code && options->psk)
        code =
            mosquitto_tls_psk_set(mosquitto, options->psk, options->psk_identity, options->ciphers);
    if (!code && options->uses_os_certs)
        code = mosquitto_int_option(mosquitto, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    if (!code && !options->psk && (options->cafile || options->capath || options->cert))
        code = mosquitto_tls_set(
            mosquitto, options->cafile, options->capath, options->cert, options->key, NULL);
    if (!code && options->is_insecure)
        code = mosquitto_tls_insecure_set(mosquitto, true);
    return code;
}

static int set_up(struct mosquitto *mosquitto, const struct connection_options *options)
{
    int code = mosquitto_int_option(mosquitto, MOSQ_OPT_PROTOCOL_VERSION, options->protocol);
    if (!code && options->username)
        code = mosquitto_username_pw_set(mosquitto, options->username, options->password);
    if (!code && connection_options_use_tls(options))
        code = set_up_tls(mosquitto, options);
    return code;
}

/* To be interrupted is all it is for. */
static void wake(int signal)
{
    (void)signal;
}

/* libmosquitto waits for a host that does not answer as long as the system does: minutes. */
static int start(struct connection *connection, const struct connection_options *options)
{
    struct sigaction alarmed = { .sa_handler = wake }, before;
    /* Again and again: a name may have several addresses. */
    const struct itimerval patience = { .it_value.tv_sec = options->timeout_s,
        .it_interval.tv_sec = 1 };
    const struct itimerval none = { 0 };
    mosquitto_property *properties = NULL;
    const char *host = options->place.unix_path ? options->place.unix_path : options->place.host;
    if (connection->use.keeps_session && options->protocol == MQTT_PROTOCOL_V5)
        mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, UINT32_MAX);
    sigaction(SIGALRM, &alarmed, &before);
    setitimer(ITIMER_REAL, &patience, NULL);
    int code = mosquitto_connect_bind_v5(connection->mosquitto, host,
        connection_options_port(options), KEEPALIVE_S, options->bind_address, properties);
    int error = errno;
    setitimer(ITIMER_REAL, &none, NULL);
    sigaction(SIGALRM, &before, NULL);
    mosquitto_property_free_all(&properties);
    errno = error;
    return code;
}

/* OpenSSL's lines end with what matters: "error:0A000086:SSL routines::certificate verify failed"
 */
static const char *tls_reason(const struct connection *connection)
{
    const char *colon = strrchr(connection->tls_line, ':');
    return colon ? colon + 1 : connection->tls_line;
}

static void complain_tls(const struct connection *connection)
{
    const char *reason = tls_reason(connection);
    const char *advice = "";
    if (strstr(reason, "certificate verify failed"))
        advice = ": its certificate is not signed by whom --cafile or --capath has, or is for "
                 "another name than this host";
    else if (strstr(reason, "wrong version number") || strstr(reason, "unexpected eof"))
        advice = ": is this its port for TLS?";
    complain("%s: TLS failed: %s%s", connection->name, reason, advice);
}

/* The attempt failed before the broker said anything. */
static void complain_unreachable(const struct connection *connection)
{
    int code = connection->code, error = connection->error;
    if (connection->tls_line[0])
        complain_tls(connection);
    else if (code == MOSQ_ERR_ERRNO && error == EINTR)
        complain(
            "%s: no answer in %lld s", connection->name, (long long)connection->patience_ms / 1000);
    else if (code == MOSQ_ERR_ERRNO && (error == ECONNREFUSED || error == ENOENT))
        complain("%s: %s: no broker listens there", connection->name, strerror(error));
    else
        complain("%s: %s", connection->name,
            code == MOSQ_ERR_ERRNO ? strerror(error) : mosquitto_strerror(code));
}

/* The broker was reached, and did not say yes or no. */
static void complain_hung_up(const struct connection *connection)
{
    const struct connection_options *options = connection->options;
    if (connection->tls_line[0])
        complain_tls(connection);
    else if (!connection->is_lost)
        complain("%s: the broker does not answer in %lld s", connection->name,
            (long long)connection->patience_ms / 1000);
    else
        complain("%s: the broker hung up%s", connection->name,
            connection_options_use_tls(options) || options->place.unix_path
                ? ""
                : "; where it wants TLS, say --cafile or --tls-use-os-certs");
}

static void complain_refused(const struct connection *connection)
{
    const struct connection_options *options = connection->options;
    const char *reason = options->protocol == MQTT_PROTOCOL_V5
                             ? mosquitto_reason_string(connection->code)
                             : mosquitto_connack_string(connection->code);
    const char *advice = "";
    if (!options->username)
        advice = "; say who you are: --username, --ask-pw";
    else if (!options->password)
        advice = "; a password may be needed: --ask-pw";
    complain("%s: the broker refused the connection: %s%s", connection->name, reason, advice);
}

enum attempt {
    ATTEMPT_SUCCEEDED,
    ATTEMPT_WITHOUT_MEMORY,
    ATTEMPT_UNREACHABLE,
    ATTEMPT_HUNG_UP,
    ATTEMPT_REFUSED,
};

static void complain_attempt(const struct connection *connection, enum attempt attempt)
{
    switch (attempt) {
    case ATTEMPT_SUCCEEDED: return;
    case ATTEMPT_WITHOUT_MEMORY: memory_ran_out(); return;
    case ATTEMPT_UNREACHABLE: complain_unreachable(connection); return;
    case ATTEMPT_HUNG_UP: complain_hung_up(connection); return;
    case ATTEMPT_REFUSED: complain_refused(connection); return;
    }
}

static enum attempt connect_to(struct connection *connection)
{
    struct mosquitto *mosquitto = connection->mosquitto;
    mosquitto_connect_callback_set(mosquitto, on_connect);
    mosquitto_disconnect_callback_set(mosquitto, on_disconnect);
    mosquitto_subscribe_callback_set(mosquitto, on_subscribe);
    mosquitto_publish_v5_callback_set(mosquitto, on_publish);
    mosquitto_message_v5_callback_set(mosquitto, on_message);
    mosquitto_log_callback_set(mosquitto, on_log);
    errno = 0;
    connection->code = set_up(mosquitto, connection->options);
    if (!connection->code)
        connection->code = start(connection, connection->options);
    connection->error = errno;
    if (connection->code)
        return ATTEMPT_UNREACHABLE;
    if (!await(connection))
        return ATTEMPT_HUNG_UP;
    return connection->code ? ATTEMPT_REFUSED : ATTEMPT_SUCCEEDED;
}

/* With a client of libmosquitto's that remembers nothing of one before. */
static enum attempt attempt(struct connection *connection)
{
    /* Mosquitto 2.0.11 makes ids for who has none, and forgets to free them. MQTT 3.1 has 23 bytes
     * for one. */
    char own_id[64];
    const char *named = connection->options->id ? connection->options->id : connection->use.id;
    snprintf(own_id, sizeof own_id, "bus-%x-%llx", (unsigned)getpid() & 0xffffff,
        (unsigned long long)eb_clock_now_us() & 0xfffffffff);
    mosquitto_destroy(connection->mosquitto);
    connection->is_answered = false;
    connection->is_lost = false;
    connection->farewell = 0;
    connection->tls_line[0] = '\0';
    connection->mosquitto =
        mosquitto_new(named ? named : own_id, !connection->use.keeps_session, connection);
    return connection->mosquitto ? connect_to(connection) : ATTEMPT_WITHOUT_MEMORY;
}

static void name(struct connection *connection, const struct connection_options *options)
{
    if (options->place.unix_path)
        snprintf(connection->name, sizeof connection->name, "%s", options->place.unix_path);
    else
        snprintf(connection->name, sizeof connection->name, "%s:%d", options->place.host,
            connection_options_port(options));
}

struct connection *connection_open(
    const struct connection_options *options, const struct connection_use *use)
{
    enum attempt result = ATTEMPT_WITHOUT_MEMORY;
    struct connection *connection = calloc(1, sizeof *connection);
    mosquitto_lib_init();
    if (connection) {
        connection->options = options;
        connection->use = *use;
        connection->patience_ms = (int64_t)options->timeout_s * 1000;
        name(connection, options);
        result = attempt(connection);
    }
    if (result == ATTEMPT_SUCCEEDED)
        return connection;
    complain_attempt(connection, result);
    connection_close(connection);
    return NULL;
}

bool connection_is_lost(const struct connection *connection)
{
    return connection->is_lost;
}

bool connection_may_return(const struct connection *connection)
{
    return connection->is_lost && connection->farewell != MQTT_RC_SESSION_TAKEN_OVER;
}

/* It may be another time: the server is unavailable, or busy. */
static bool is_passing(const struct connection *connection)
{
    enum { UNAVAILABLE = 3 }; /* of MQTT 3.1 and 3.1.1 */
    if (connection->options->protocol == MQTT_PROTOCOL_V5)
        return connection->code == MQTT_RC_SERVER_UNAVAILABLE ||
               connection->code == MQTT_RC_SERVER_BUSY;
    return connection->code == UNAVAILABLE;
}

enum connection_state connection_reopen(struct connection *connection)
{
    enum attempt result = attempt(connection);
    if (result == ATTEMPT_SUCCEEDED)
        return CONNECTION_OPEN;
    bool is_refused = result == ATTEMPT_REFUSED && !is_passing(connection);
    if (is_refused)
        complain_attempt(connection, result);
    connection->is_lost = true;
    return is_refused ? CONNECTION_REFUSED : CONNECTION_AWAY;
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

bool connection_turn(struct connection *connection, int timeout_ms)
{
    bool is_there = turn(connection, timeout_ms);
    if (is_there)
        return true;
    bool has_reason = connection->farewell >= MQTT_RC_UNSPECIFIED;
    complain("%s: the connection is lost%s%s", connection->name, has_reason ? ": " : "",
        has_reason ? mosquitto_reason_string(connection->farewell) : "");
    return false;
}

int connection_socket(const struct connection *connection)
{
    return mosquitto_socket(connection->mosquitto);
}

const char *connection_name(const struct connection *connection)
{
    return connection->name;
}

bool connection_drain(struct connection *connection, int quiet_ms)
{
    uint64_t seen = connection->received;
    for (int64_t end = eb_clock_monotonic_ms() + quiet_ms; eb_clock_monotonic_ms() < end;) {
        if (!connection_turn(connection, 50))
            return false;
        if (connection->received != seen)
            end = eb_clock_monotonic_ms() + quiet_ms;
        seen = connection->received;
    }
    return true;
}
