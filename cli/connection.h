/*
 * connection.h - a connection to the broker, named by the options of the mosquitto clients.
 *
 * What is asked of it it waits for: one thread, no callbacks but for messages. Mistakes and lost
 * connections are told on standard error.
 */
#ifndef EB_CLI_CONNECTION_H
#define EB_CLI_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <mosquitto.h>

#include "options.h"

struct connection_options {
    const char *host;
    uint32_t port; /* 0: the usual one, 1883, or 8883 with TLS */
    const char *username;
    const char *password;
    const char *cafile;
    const char *cert;
    const char *key;
    const char *id; /* NULL: the command's own */
    bool is_insecure;
    char *file; /* the text of the file of options, which the others may point into */
};

enum { CONNECTION_OPTION_COUNT = 9 };
extern const struct option connection_option_rows[CONNECTION_OPTION_COUNT];

/* The table of a command whose struct holds its connection_options at the offset `base`. */
#define CONNECTION_OPTIONS_AT(base)                                                                \
    {                                                                                              \
        connection_option_rows, CONNECTION_OPTION_COUNT, (base)                                    \
    }

/* What help says about them behind the list. */
extern const char connection_help[];

/*
 * What ~/.config/event-bus says (below XDG_CONFIG_HOME where that is set): lines as on a command
 * line, `-h broker.example`. To be called before the command's own options are read. False after a
 * mistake in it. Release it either way.
 */
bool connection_options_begin(struct connection_options *options);
void connection_options_release(struct connection_options *options);

/* Checks what the table cannot. False, with the reason said. */
bool connection_options_check(const struct connection_options *options);

struct connection;

/* Borrowed for the call. */
typedef void connection_receive(
    void *context, const struct mosquitto_message *message, const mosquitto_property *properties);

struct connection_use {
    const char *id;              /* when the options name none; NULL: one of its own */
    bool keeps_session;          /* the broker goes on collecting when nobody is connected */
    connection_receive *receive; /* NULL: nothing is subscribed to */
    void *context;
};

/* Connected: close it. NULL after an error, which has been said. */
struct connection *connection_open(
    const struct connection_options *options, const struct connection_use *use);
void connection_close(struct connection *connection);

/* Whether the broker took the subscription. */
bool connection_subscribe(struct connection *connection, const char *filter, int qos);

struct connection_message {
    const char *topic;
    const void *payload;
    int payload_len;
    int qos; /* 1 or 2: there is an answer */
    bool is_retain;
    const mosquitto_property *properties;
};

/* The broker's reason code, 0x80 and above for a refusal; -1 when there was no answer. */
int connection_publish(struct connection *connection, const struct connection_message *message);

/* Receives what comes, until nothing has come for `quiet_ms`. False when the connection is lost. */
bool connection_drain(struct connection *connection, int quiet_ms);

#endif
