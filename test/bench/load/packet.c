#include "packet.h"

#include <string.h>

#include "bench/bench.h"

enum {
    FIRST_CONNECT = 0x10,
    FIRST_PUBLISH = 0x30,
    DUP = 0x08,
    FIRST_SUBSCRIBE = 0x82,
    FIRST_PINGREQ = 0xc0,
    FIRST_DISCONNECT = 0xe0,
    CONNECT_CLEAN = 0x02,
    CONNECT_PASSWORD = 0x40,
    CONNECT_USERNAME = 0x80,
    /* A load never pauses that long. */
    KEEPALIVE_S = 600,
    SUBSCRIBE_ID = 1,
};

static void add_length(struct queue *out, size_t length)
{
    do {
        uint8_t byte = length & 0x7f;
        length >>= 7;
        queue_add_byte(out, length ? byte | 0x80 : byte);
    } while (length);
}

static void add_number(struct queue *out, uint16_t number)
{
    queue_add_byte(out, (uint8_t)(number >> 8));
    queue_add_byte(out, (uint8_t)number);
}

static void add_text(struct queue *out, struct eb_span text)
{
    add_number(out, (uint16_t)text.len);
    queue_add(out, text.ptr, text.len);
}

static void add_properties(struct queue *out, int protocol)
{
    if (protocol == 5)
        queue_add_byte(out, 0);
}

static size_t properties_length(int protocol)
{
    return protocol == 5;
}

/* MQTT 5 §3.1.2.11.2: an hour. */
static const uint8_t session_expiry[] = { 0x11, 0, 0, 0x0e, 0x10 };

static size_t login_length(const struct packet_login *login)
{
    size_t length = 10 + properties_length(login->protocol) + 2 + strlen(login->client_id);
    length += login->protocol == 5 && login->keeps_session ? sizeof session_expiry : 0;
    length += login->username ? 2 + strlen(login->username) : 0;
    return length + (login->password ? 2 + strlen(login->password) : 0);
}

void packet_connect(struct queue *out, const struct packet_login *login)
{
    queue_add_byte(out, FIRST_CONNECT);
    add_length(out, login_length(login));
    add_text(out, eb_span_of("MQTT"));
    queue_add_byte(out, (uint8_t)login->protocol);
    queue_add_byte(out, (uint8_t)((login->keeps_session ? 0 : CONNECT_CLEAN) |
                                  (login->username ? CONNECT_USERNAME : 0) |
                                  (login->password ? CONNECT_PASSWORD : 0)));
    add_number(out, KEEPALIVE_S);
    if (login->protocol == 5 && login->keeps_session) {
        queue_add_byte(out, sizeof session_expiry);
        queue_add(out, session_expiry, sizeof session_expiry);
    } else {
        add_properties(out, login->protocol);
    }
    add_text(out, eb_span_of(login->client_id));
    if (login->username)
        add_text(out, eb_span_of(login->username));
    if (login->password)
        add_text(out, eb_span_of(login->password));
}

void packet_subscribe(struct queue *out, int protocol, const char *filter, int qos)
{
    queue_add_byte(out, FIRST_SUBSCRIBE);
    add_length(out, 2 + properties_length(protocol) + 2 + strlen(filter) + 1);
    add_number(out, SUBSCRIBE_ID);
    add_properties(out, protocol);
    add_text(out, eb_span_of(filter));
    queue_add_byte(out, (uint8_t)qos);
}

void packet_ping(struct queue *out)
{
    queue_add_byte(out, FIRST_PINGREQ);
    queue_add_byte(out, 0);
}

void packet_disconnect(struct queue *out)
{
    queue_add_byte(out, FIRST_DISCONNECT);
    queue_add_byte(out, 0);
}

void packet_acknowledge(struct queue *out, enum packet_type type, uint16_t id)
{
    queue_add_byte(out, (uint8_t)(type << 4 | (type == PACKET_PUBREL ? 2 : 0)));
    queue_add_byte(out, 2);
    add_number(out, id);
}

void packet_publish(struct queue *out, int protocol, const struct packet_publish *publish)
{
    queue_add_byte(
        out, (uint8_t)(FIRST_PUBLISH | (publish->is_repeat ? DUP : 0) | publish->qos << 1));
    add_length(out, 2 + publish->topic.len + (publish->qos ? 2 : 0) + properties_length(protocol) +
                        publish->payload.len);
    add_text(out, publish->topic);
    if (publish->qos)
        add_number(out, publish->id);
    add_properties(out, protocol);
    queue_add(out, publish->payload.ptr, publish->payload.len);
}

size_t packet_read(struct packet *packet, struct eb_span bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.ptr;
    size_t length = 0, used = 1;
    for (unsigned shift = 0;; shift += 7) {
        if (shift > 21)
            bench_fail("the broker sent a packet of impossible length");
        if (used >= bytes.len)
            return 0;
        uint8_t byte = at[used++];
        length |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    if (bytes.len - used < length)
        return 0;
    packet->type = (enum packet_type)(at[0] >> 4);
    packet->flags = at[0] & 0x0f;
    packet->content = eb_span(bytes.ptr + used, length);
    return used + length;
}

static bool take_number(struct eb_span *from, uint16_t *number)
{
    if (from->len < 2)
        return false;
    const uint8_t *at = (const uint8_t *)from->ptr;
    *number = (uint16_t)(at[0] << 8 | at[1]);
    *from = eb_span(from->ptr + 2, from->len - 2);
    return true;
}

static bool skip_properties(struct eb_span *from)
{
    size_t length = 0, used = 0;
    for (unsigned shift = 0; shift <= 21; shift += 7) {
        if (used >= from->len)
            return false;
        uint8_t byte = (uint8_t)from->ptr[used++];
        length |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    if (from->len - used < length)
        return false;
    *from = eb_span(from->ptr + used + length, from->len - used - length);
    return true;
}

bool packet_read_publish(struct packet_publish *publish, const struct packet *packet, int protocol)
{
    struct eb_span rest = packet->content;
    uint16_t topic_length;
    if (!take_number(&rest, &topic_length) || rest.len < topic_length)
        return false;
    publish->topic = eb_span(rest.ptr, topic_length);
    rest = eb_span(rest.ptr + topic_length, rest.len - topic_length);
    publish->qos = packet->flags >> 1 & 3;
    if (publish->qos && !take_number(&rest, &publish->id))
        return false;
    if (protocol == 5 && !skip_properties(&rest))
        return false;
    publish->payload = rest;
    return true;
}

bool packet_read_id(uint16_t *id, const struct packet *packet)
{
    struct eb_span rest = packet->content;
    return take_number(&rest, id);
}

uint8_t packet_reason(const struct packet *packet, int protocol)
{
    struct eb_span content = packet->content;
    size_t at = packet->type == PACKET_CONNACK ? 1 : 2;
    if (packet->type == PACKET_SUBACK)
        at = content.len - 1;
    else if (packet->type != PACKET_CONNACK && protocol != 5)
        return 0;
    return at < content.len ? (uint8_t)content.ptr[at] : 0;
}
