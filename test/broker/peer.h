/*
 * peer.h - an MQTT client of a test, moved by hand: no threads, no sleeping.
 *
 * Whoever waits for something pumps the connections of all peers of the server until it is there.
 * Waiting in vain fails the running test. Peers belong to their server.
 */
#ifndef EB_TEST_PEER_H
#define EB_TEST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "server.h"

/* Numbers and pairs have become text: "1"; name and value. */
struct eb_received_property {
    int identifier;
    char *name; /* of a user property; else NULL */
    char *value;
    size_t value_len;
};

enum { EB_RECEIVED_PROPERTIES_MAX = 32 };

struct eb_received {
    struct eb_received *next;
    char *topic;
    char *payload; /* NUL-terminated past its length */
    size_t payload_len;
    int qos;
    bool is_retain;
    struct eb_received_property properties[EB_RECEIVED_PROPERTIES_MAX]; /* in their order */
    size_t property_count;
};

struct eb_ack {
    int mid;
    int code; /* reason code; 0 for MQTT 3 */
};

struct eb_peer {
    struct eb_peer *next;
    struct eb_server *server;
    struct mosquitto *mosquitto;
    char id[64];
    int protocol; /* 3, 4 or 5 */
    bool is_connected;
    int connect_code;    /* of the last CONNACK */
    int disconnect_code; /* of the DISCONNECT or the broken connection */
    struct eb_received *inbox;
    struct eb_received **inbox_end;
    struct eb_received *current; /* what eb_peer_receive() gave last */
    struct eb_ack *acks;
    size_t ack_count;
    size_t ack_room;
    int suback_mid;
    int suback_code;
    unsigned ping_count;
    unsigned pong_count; /* the number of the last ping that came back */
};

struct eb_publication {
    const char *topic;
    const void *payload;
    size_t payload_len; /* 0: payload is a C string, or NULL */
    int qos;
    bool is_retain;
    const mosquitto_property *properties;
};

/* A client of protocol 3, 4 or 5, connected with a clean session. */
struct eb_peer *eb_peer_connect(struct eb_server *server, const char *id, int protocol);

/* The same with a user name, and a session that stays if so wished. */
struct eb_peer *eb_peer_connect_as(
    struct eb_server *server, const char *id, int protocol, const char *username, bool is_clean);

/* How a client says who it is, and where; what is NULL or 0 is left out. */
struct eb_login {
    int port; /* 0: the server's */
    const char *username;
    bool keeps_session;
    const char *ca_file; /* TLS; with a certificate of its own: */
    const char *certificate_file;
    const char *key_file;
    const char *shared_key; /* TLS by a key that both know, in hexadecimal digits */
    const char *shared_key_identity;
};
struct eb_peer *eb_peer_connect_by(
    struct eb_server *server, const char *id, int protocol, const struct eb_login *login);

void eb_peer_disconnect(struct eb_peer *peer);
void eb_peer_free_all(struct eb_server *server);

/* Moves all connections for up to `timeout_ms`, less when something happens. */
void eb_peer_pump(struct eb_server *server, int timeout_ms);

/* Waits for the SUBACK and returns its code: the QoS granted, or 0x80 and above. */
int eb_peer_subscribe(struct eb_peer *peer, const char *filter, int qos);

/* Waits for the acknowledgement of QoS 1 and 2 and returns its reason code (MQTT 3 has only 0). */
int eb_peer_publish(struct eb_peer *peer, struct eb_publication publication);
int eb_peer_publish_text(struct eb_peer *peer, const char *topic, const char *payload, int qos);

/* Publishes without waiting; returns the message id for eb_peer_ack(). */
int eb_peer_send(struct eb_peer *peer, struct eb_publication publication);
int eb_peer_ack(struct eb_peer *peer, int mid);

/* The next message, waiting for it; borrowed until the next call. */
const struct eb_received *eb_peer_receive(struct eb_peer *peer);

/* Waits for the broker to close the connection; returns the code libmosquitto makes of it. */
int eb_peer_await_disconnect(struct eb_peer *peer);

/*
 * Sends itself two messages, one after the other has come back: whatever the broker had to deliver
 * before, copies by the plugin included, is then in the inbox. Pings never are.
 */
void eb_peer_ping(struct eb_peer *peer);

/* Fails if anything is in the inbox after a ping. */
#define assert_nothing_received(peer) eb_peer_assert_silence((peer), __FILE__, __LINE__)
void eb_peer_assert_silence(struct eb_peer *peer, const char *file, int line);

/* Fails unless the next message is this. */
#define assert_received(peer, topic, payload)                                                      \
    eb_peer_assert_next((peer), (topic), (payload), __FILE__, __LINE__)
const struct eb_received *eb_peer_assert_next(
    struct eb_peer *peer, const char *topic, const char *payload, const char *file, int line);

/* The first number in its payload; -1: there is none. */
int eb_received_number(const struct eb_received *received);

/* The value of the property `identifier`, of the user property `name` if that is given; or NULL. */
const char *eb_received_property(
    const struct eb_received *received, int identifier, const char *name);

#endif
