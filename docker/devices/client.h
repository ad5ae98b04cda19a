/*
 * client.h - one MQTT client of the demo: it publishes, subscribes, and keeps what reaches it.
 *
 * Clients are driven by eb_clients_turn() from one thread. What a client keeps lasts until
 * eb_client_forget().
 */
#ifndef EB_DEVICES_CLIENT_H
#define EB_DEVICES_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <mosquitto.h>

#include "base/span.h"

/* A message that arrived. */
struct eb_received {
    char *topic;
    struct eb_span payload;
    struct eb_received *next;
};

/* What a publisher learns of its last message; which one it is depends on QoS and MQTT version. */
enum eb_answer_kind {
    EB_ANSWER_NONE,         /* nothing so far; at QoS 0 nothing ever comes */
    EB_ANSWER_PLAIN,        /* MQTT 3.1.1: acknowledged, without a code */
    EB_ANSWER_CODE,         /* MQTT 5: acknowledged with a reason code */
    EB_ANSWER_DISCONNECTED, /* the broker closed the connection */
};

struct eb_client {
    struct mosquitto *mosquitto;
    const char *name; /* borrowed; also the client id */
    bool is_v5;
    bool is_connected;
    int subscriptions_open; /* SUBSCRIBEs without an answer */
    const char *refusal;    /* why the broker refused the connection or a subscription */
    int published_id;       /* of the last message with QoS 1 or 2 */
    enum eb_answer_kind answer;
    int answer_code;
    unsigned fence;               /* the last one that came past, see stage.h */
    struct eb_received *received; /* oldest first */
    struct eb_received **received_end;
};

/* The topic of fences: numbers that tell a client that everything before them has arrived. */
#define EB_FENCE_TOPIC "demo/fence"

/* Returns false without memory. `name` is borrowed. */
bool eb_client_init(struct eb_client *client, const char *name, bool is_v5);
void eb_client_release(struct eb_client *client);

/* Opens the connection; MOSQ_ERR_SUCCESS or what mosquitto_strerror() explains. */
int eb_client_connect(struct eb_client *client, const char *host, int port);

/* The client is connected and every subscription is granted. */
bool eb_client_is_ready(const struct eb_client *client);

bool eb_client_subscribe(struct eb_client *client, const char *filter);

/* Publishes; the answer arrives in `answer`. */
bool eb_client_publish(
    struct eb_client *client, const char *topic, struct eb_span payload, int qos);

/* Publishes a fence; `answer` stays that to the last message. */
bool eb_client_publish_fence(struct eb_client *client, unsigned number);

/* Drops what was received. */
void eb_client_forget(struct eb_client *client);

/* Reads and writes what is due on all clients, waiting at most `timeout_ms` for something to do. */
void eb_clients_turn(struct eb_client *clients, size_t count, int timeout_ms);

#endif
