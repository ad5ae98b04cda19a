/*
 * wire.h - MQTT packets by hand, for what no well-behaved client would send.
 *
 * A wire is one TCP connection. Packets are built in a buffer of fixed size and read with a
 * deadline; what is wrong fails the running test.
 */
#ifndef EB_TEST_WIRE_H
#define EB_TEST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server.h"

struct eb_wire {
    int socket;
    int protocol; /* 4 or 5 */
};

struct eb_packet {
    uint8_t bytes[4096];
    size_t len;
};

enum eb_packet_type {
    EB_CONNECT = 0x10,
    EB_CONNACK = 0x20,
    EB_PUBLISH = 0x30,
    EB_PUBACK = 0x40,
    EB_PUBREC = 0x50,
    EB_PUBREL = 0x62,
    EB_PUBCOMP = 0x70,
    EB_SUBSCRIBE = 0x82,
    EB_SUBACK = 0x90,
    EB_UNSUBSCRIBE = 0xa2,
    EB_UNSUBACK = 0xb0,
    EB_PINGREQ = 0xc0,
    EB_PINGRESP = 0xd0,
    EB_DISCONNECT_PACKET = 0xe0,
};

enum {
    EB_WIRE_DUP = 0x08,
    EB_WIRE_RETAIN = 0x01,
};

/* Connects and waits for the CONNACK. With `keeps_session`, the session stays when the wire goes.
 */
struct eb_wire eb_wire_connect(
    const struct eb_server *server, const char *id, int protocol, bool keeps_session);

/* What a client leaves behind. `delay_s` and `properties` are for MQTT 5. */
struct eb_will {
    const char *topic;
    const char *payload;
    uint8_t qos;
    bool is_retain;
    uint8_t delay_s; /* the session then stays as long as it must */
    const void *properties;
    size_t properties_len;
};

/* The same, with a will (NULL: none) and a user name (NULL: anonymous), whose password is "secret".
 */
struct eb_wire eb_wire_connect_leaving(const struct eb_server *server, const char *id, int protocol,
    bool keeps_session, const char *username, const struct eb_will *will);

/*
 * The far end of a bridge, MQTT 3.1.1: a socket that listens on `*port`, and the next connection
 * that comes to it, answered up to the SUBACK of its one subscription.
 */
int eb_wire_listen(int *port);
struct eb_wire eb_wire_accept(int listener);

/* Closes with a DISCONNECT; `with_will` (MQTT 5) asks for the will to be sent all the same. */
void eb_wire_leave(struct eb_wire *wire, bool with_will);

/* Closes without a DISCONNECT. */
void eb_wire_drop(struct eb_wire *wire);

/* Says goodbye with a DISCONNECT, then closes. */
void eb_wire_part(struct eb_wire *wire);

/* Packets of raw content: `first` is the first byte; the length is filled in when it is sent. */
void eb_packet_begin(struct eb_packet *packet, uint8_t first);
void eb_packet_byte(struct eb_packet *packet, uint8_t byte);
void eb_packet_number(struct eb_packet *packet, uint16_t number);
void eb_packet_text(struct eb_packet *packet, const char *text, size_t len);
void eb_packet_bytes(struct eb_packet *packet, const void *bytes, size_t len);
void eb_wire_send(struct eb_wire *wire, struct eb_packet *packet);

/* A PUBLISH of MQTT 5, QoS 1, with `properties_len` bytes of properties (at most 127). */
void eb_wire_publish_with(struct eb_wire *wire, const char *topic, const char *payload,
    uint16_t mid, const void *properties, size_t properties_len);

/* A PUBLISH without properties; `flags` are EB_WIRE_*. */
void eb_wire_publish(struct eb_wire *wire, const char *topic, const char *payload, int qos,
    uint16_t mid, uint8_t flags);

/* A PUBLISH of QoS 2 up to its PUBREC, which must be a success. */
void eb_wire_begin(
    struct eb_wire *wire, const char *topic, const char *payload, uint16_t mid, uint8_t flags);

/* The rest of it: a PUBREL up to its PUBCOMP. */
void eb_wire_release(struct eb_wire *wire, uint16_t mid);

/* A SUBSCRIBE for one filter of any bytes. */
void eb_wire_subscribe(struct eb_wire *wire, const char *filter, size_t len, uint16_t mid);

/* The next packet, its first byte and what follows the length; false when the broker hung up. */
bool eb_wire_read(struct eb_wire *wire, uint8_t *first, struct eb_packet *content);

/* Reads a packet, which must begin with `first` and be about `mid`; its reason code, or 0. */
int eb_wire_expect(struct eb_wire *wire, uint8_t first, uint16_t mid);

#endif
