#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eb_test.h"

/* ---- building ---------------------------------------------------------------------------------
 */

/* Room for the first byte and the longest length, written when the packet is sent. */
enum { HEAD = 5 };

void eb_packet_begin(struct eb_packet *packet, uint8_t first)
{
    packet->bytes[0] = first;
    packet->len = HEAD;
}

void eb_packet_bytes(struct eb_packet *packet, const void *bytes, size_t len)
{
    assert_true(packet->len + len <= sizeof packet->bytes);
    if (len)
        memcpy(packet->bytes + packet->len, bytes, len);
    packet->len += len;
}

void eb_packet_byte(struct eb_packet *packet, uint8_t byte)
{
    eb_packet_bytes(packet, &byte, 1);
}

void eb_packet_number(struct eb_packet *packet, uint16_t number)
{
    eb_packet_byte(packet, (uint8_t)(number >> 8));
    eb_packet_byte(packet, (uint8_t)number);
}

void eb_packet_text(struct eb_packet *packet, const char *text, size_t len)
{
    eb_packet_number(packet, (uint16_t)len);
    eb_packet_bytes(packet, text, len);
}

/* ---- moving -----------------------------------------------------------------------------------
 */

static void send_all(struct eb_wire *wire, const void *bytes, size_t len)
{
    assert_int_equal(send(wire->socket, bytes, len, MSG_NOSIGNAL), len);
}

void eb_wire_send(struct eb_wire *wire, struct eb_packet *packet)
{
    uint8_t head[HEAD] = { packet->bytes[0] };
    size_t used = 1;
    size_t rest = packet->len - HEAD;
    do {
        head[used++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
        rest >>= 7;
    } while (rest);
    send_all(wire, head, used);
    send_all(wire, packet->bytes + HEAD, packet->len - HEAD);
}

/* False at the end of the connection. */
static bool read_bytes(struct eb_wire *wire, void *out, size_t len)
{
    uint8_t *next = out;
    while (len > 0) {
        struct pollfd readable = { .fd = wire->socket, .events = POLLIN };
        if (poll(&readable, 1, EB_PATIENCE_MS) <= 0)
            fail_msg("the broker sends nothing");
        ssize_t got = recv(wire->socket, next, len, 0);
        if (got <= 0)
            return false;
        next += got;
        len -= (size_t)got;
    }
    return true;
}

bool eb_wire_read(struct eb_wire *wire, uint8_t *first, struct eb_packet *content)
{
    uint8_t byte;
    size_t len = 0;
    if (!read_bytes(wire, first, 1))
        return false;
    for (int shift = 0;; shift += 7) {
        if (!read_bytes(wire, &byte, 1))
            return false;
        len |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    assert_true(len <= sizeof content->bytes);
    content->len = len;
    return read_bytes(wire, content->bytes, len);
}

int eb_wire_expect(struct eb_wire *wire, uint8_t first, uint16_t mid)
{
    uint8_t got;
    struct eb_packet content;
    if (!eb_wire_read(wire, &got, &content))
        fail_msg("the broker hung up, want packet %02x", first);
    assert_int_equal(got, first);
    assert_true(content.len >= 2);
    assert_int_equal(content.bytes[0] << 8 | content.bytes[1], mid);
    if (first == EB_SUBACK)
        return content.bytes[content.len - 1];
    return content.len > 2 ? content.bytes[2] : 0;
}

/* ---- packets ----------------------------------------------------------------------------------
 */

static void put_will(struct eb_packet *packet, int protocol, const struct eb_will *will)
{
    if (protocol == 5) {
        const uint8_t delay[] = { 0x18, 0, 0, 0, will->delay_s };
        eb_packet_byte(packet, (uint8_t)(sizeof delay + will->properties_len));
        eb_packet_bytes(packet, delay, sizeof delay);
        eb_packet_bytes(packet, will->properties, will->properties_len);
    }
    eb_packet_text(packet, will->topic, strlen(will->topic));
    eb_packet_text(packet, will->payload, strlen(will->payload));
}

static uint8_t connect_flags(bool keeps_session, const char *username, const struct eb_will *will)
{
    uint8_t flags = keeps_session ? 0 : 0x02;
    if (username)
        flags |= 0xc0;
    if (will)
        flags |= (uint8_t)(0x04 | will->qos << 3 | (will->is_retain ? 0x20 : 0));
    return flags;
}

static void send_connect(struct eb_wire *wire, const char *id, bool keeps_session,
    const char *username, const struct eb_will *will)
{
    struct eb_packet packet;
    eb_packet_begin(&packet, EB_CONNECT);
    eb_packet_text(&packet, "MQTT", 4);
    eb_packet_byte(&packet, (uint8_t)wire->protocol);
    eb_packet_byte(&packet, connect_flags(keeps_session, username, will));
    eb_packet_number(&packet, 60);
    keeps_session |= will && will->delay_s;
    if (wire->protocol == 5 && keeps_session) {
        static const uint8_t session_expiry[] = { 5, 0x11, 0, 0, 1, 0 };
        eb_packet_bytes(&packet, session_expiry, sizeof session_expiry);
    } else if (wire->protocol == 5) {
        eb_packet_byte(&packet, 0);
    }
    eb_packet_text(&packet, id, strlen(id));
    if (will)
        put_will(&packet, wire->protocol, will);
    if (username) {
        eb_packet_text(&packet, username, strlen(username));
        eb_packet_text(&packet, "secret", 6);
    }
    eb_wire_send(wire, &packet);
}

struct eb_wire eb_wire_connect(
    const struct eb_server *server, const char *id, int protocol, bool keeps_session)
{
    return eb_wire_connect_leaving(server, id, protocol, keeps_session, NULL, NULL);
}

struct eb_wire eb_wire_connect_leaving(const struct eb_server *server, const char *id, int protocol,
    bool keeps_session, const char *username, const struct eb_will *will)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)server->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct eb_wire wire = { .protocol = protocol };
    wire.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(wire.socket >= 0);
    assert_int_equal(connect(wire.socket, (struct sockaddr *)&address, sizeof address), 0);
    send_connect(&wire, id, keeps_session, username, will);

    uint8_t first;
    struct eb_packet content;
    assert_true(eb_wire_read(&wire, &first, &content));
    assert_int_equal(first, EB_CONNACK);
    assert_int_equal(content.bytes[1], 0);
    return wire;
}

int eb_wire_listen(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(listen(listener, 1), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

/* Of one that asks for one filter, or for none any more. */
static void answer(struct eb_wire *wire, uint8_t first, const struct eb_packet *asked)
{
    struct eb_packet packet;
    eb_packet_begin(&packet, first == EB_SUBSCRIBE ? EB_SUBACK : EB_UNSUBACK);
    eb_packet_bytes(&packet, asked->bytes, 2);
    if (first == EB_SUBSCRIBE)
        eb_packet_byte(&packet, asked->bytes[asked->len - 1]);
    eb_wire_send(wire, &packet);
}

struct eb_wire eb_wire_accept(int listener)
{
    static const uint8_t connack[] = { EB_CONNACK, 2, 0, 0 };
    struct pollfd readable = { .fd = listener, .events = POLLIN };
    struct eb_wire wire = { .protocol = 4 };
    struct eb_packet content;
    uint8_t first;
    assert_int_equal(poll(&readable, 1, EB_PATIENCE_MS), 1);
    wire.socket = accept(listener, NULL, NULL);
    assert_true(wire.socket >= 0);
    assert_true(eb_wire_read(&wire, &first, &content));
    assert_int_equal(first, EB_CONNECT);
    send_all(&wire, connack, sizeof connack);
    while (first != EB_SUBSCRIBE) {
        assert_true(eb_wire_read(&wire, &first, &content));
        if (first == EB_SUBSCRIBE || first == EB_UNSUBSCRIBE)
            answer(&wire, first, &content);
    }
    return wire;
}

void eb_wire_leave(struct eb_wire *wire, bool with_will)
{
    struct eb_packet packet;
    eb_packet_begin(&packet, EB_DISCONNECT_PACKET);
    if (with_will)
        eb_packet_byte(&packet, 0x04);
    eb_wire_send(wire, &packet);
    eb_wire_drop(wire);
}

void eb_wire_drop(struct eb_wire *wire)
{
    close(wire->socket);
    wire->socket = -1;
}

void eb_wire_publish(struct eb_wire *wire, const char *topic, const char *payload, int qos,
    uint16_t mid, uint8_t flags)
{
    struct eb_packet packet;
    eb_packet_begin(&packet, (uint8_t)(EB_PUBLISH | flags | qos << 1));
    eb_packet_text(&packet, topic, strlen(topic));
    if (qos > 0)
        eb_packet_number(&packet, mid);
    if (wire->protocol == 5)
        eb_packet_byte(&packet, 0);
    eb_packet_bytes(&packet, payload, strlen(payload));
    eb_wire_send(wire, &packet);
}

void eb_wire_publish_with(struct eb_wire *wire, const char *topic, const char *payload,
    uint16_t mid, const void *properties, size_t properties_len)
{
    struct eb_packet packet;
    assert_true(properties_len < 128);
    eb_packet_begin(&packet, EB_PUBLISH | 1 << 1);
    eb_packet_text(&packet, topic, strlen(topic));
    eb_packet_number(&packet, mid);
    eb_packet_byte(&packet, (uint8_t)properties_len);
    eb_packet_bytes(&packet, properties, properties_len);
    eb_packet_bytes(&packet, payload, strlen(payload));
    eb_wire_send(wire, &packet);
}

void eb_wire_subscribe(struct eb_wire *wire, const char *filter, size_t len, uint16_t mid)
{
    struct eb_packet packet;
    eb_packet_begin(&packet, EB_SUBSCRIBE);
    eb_packet_number(&packet, mid);
    if (wire->protocol == 5)
        eb_packet_byte(&packet, 0);
    eb_packet_text(&packet, filter, len);
    eb_packet_byte(&packet, 0);
    eb_wire_send(wire, &packet);
}

void eb_wire_begin(
    struct eb_wire *wire, const char *topic, const char *payload, uint16_t mid, uint8_t flags)
{
    eb_wire_publish(wire, topic, payload, 2, mid, flags);
    assert_true(eb_wire_expect(wire, EB_PUBREC, mid) < 0x80);
}

void eb_wire_release(struct eb_wire *wire, uint16_t mid)
{
    struct eb_packet packet;
    eb_packet_begin(&packet, EB_PUBREL);
    eb_packet_number(&packet, mid);
    eb_wire_send(wire, &packet);
    assert_int_equal(eb_wire_expect(wire, EB_PUBCOMP, mid), 0);
}

void eb_wire_part(struct eb_wire *wire)
{
    struct eb_packet packet;
    eb_packet_begin(&packet, EB_DISCONNECT_PACKET);
    eb_wire_send(wire, &packet);
    eb_wire_drop(wire);
}
