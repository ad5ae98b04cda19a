/*
 * connection.h - a connection to the broker that the options name.
 *
 * What is asked of it it waits for: one thread, no callbacks but for messages. Mistakes and lost
 * connections are told on standard error, with what may be done about them.
 */
#ifndef EB_CLI_CONNECTION_H
#define EB_CLI_CONNECTION_H

#include <stdbool.h>

#include <mosquitto.h>

#include "connection_options.h"

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

/*
 * Connected: close it. NULL after an error, which has been said. `options` are borrowed until it is
 * closed, `use` for the call.
 */
struct connection *connection_open(
    const struct connection_options *options, const struct connection_use *use);
void connection_close(struct connection *connection);

bool connection_is_lost(const struct connection *connection);

/*
 * Whether it is lost, and may be opened again: not when another client has taken our id, or the two
 * would throw each other out for ever.
 */
bool connection_may_return(const struct connection *connection);

enum connection_state {
    CONNECTION_OPEN,
    CONNECTION_AWAY,    /* the broker is not to be reached now; nothing was said */
    CONNECTION_REFUSED, /* said */
};

/* Connects again, once. What was subscribed to is to be subscribed to again. */
enum connection_state connection_reopen(struct connection *connection);

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

/* Receives what comes for up to `timeout_ms`, less when something has. False, said: it is lost. */
bool connection_turn(struct connection *connection, int timeout_ms);

/* The socket, to be waited for beside others. */
int connection_socket(const struct connection *connection);

/* "localhost:1883", for people. Borrowed from the connection. */
const char *connection_name(const struct connection *connection);

#endif
