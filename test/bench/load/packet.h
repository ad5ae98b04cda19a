/*
 * packet.h - the MQTT packets a load needs, written and read (MQTT 3.1.1 and 5, chapter 3).
 *
 * `protocol` is 4 or 5 everywhere. What is read is borrowed from the bytes it was read from.
 */
#ifndef EB_LOAD_PACKET_H
#define EB_LOAD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "queue.h"

enum packet_type {
    PACKET_CONNACK = 2,
    PACKET_PUBLISH = 3,
    PACKET_PUBACK = 4,
    PACKET_PUBREC = 5,
    PACKET_PUBREL = 6,
    PACKET_PUBCOMP = 7,
    PACKET_SUBACK = 9,
    PACKET_PINGRESP = 13,
    PACKET_DISCONNECT = 14,
};

struct packet_login {
    const char *client_id, *username, *password; /* the last two may be NULL */
    int protocol;
    bool keeps_session; /* when its connection goes */
};

void packet_connect(struct queue *out, const struct packet_login *login);
void packet_subscribe(struct queue *out, int protocol, const char *filter, int qos);
void packet_ping(struct queue *out);
void packet_disconnect(struct queue *out);

/* PUBACK, PUBREC, PUBREL or PUBCOMP. */
void packet_acknowledge(struct queue *out, enum packet_type type, uint16_t id);

struct packet_publish {
    struct eb_span topic, payload;
    int qos;
    uint16_t id;    /* QoS 1 and 2 */
    bool is_repeat; /* DUP: sent before, and not acknowledged */
};

void packet_publish(struct queue *out, int protocol, const struct packet_publish *publish);

struct packet {
    enum packet_type type;
    uint8_t flags;
    struct eb_span content; /* what follows the length */
};

/* The first packet of `bytes`. Returns its whole length, 0 when it is not all there yet. */
size_t packet_read(struct packet *packet, struct eb_span bytes);

/* The parts of a packet; false when it is too short for them. */
bool packet_read_publish(struct packet_publish *publish, const struct packet *packet, int protocol);
bool packet_read_id(uint16_t *id, const struct packet *packet);

/* The reason of a CONNACK, SUBACK or acknowledgement; 0 when it has none. */
uint8_t packet_reason(const struct packet *packet, int protocol);

#endif
