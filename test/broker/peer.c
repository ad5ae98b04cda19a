#include "peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eb_test.h"

enum {
    PEERS_MAX = 64,
    /* Nobody is thrown out whom a test did not attend to for a while. */
    KEEPALIVE_S = 2 * EB_PATIENCE_MS / 1000,
};

/* ---- what libmosquitto tells us ---------------------------------------------------------------
 */

static void on_connect(struct mosquitto *mosquitto, void *context, int code)
{
    (void)mosquitto;
    struct eb_peer *peer = context;
    peer->is_connected = code == 0;
    peer->connect_code = code;
}

static void on_disconnect(struct mosquitto *mosquitto, void *context, int code)
{
    (void)mosquitto;
    struct eb_peer *peer = context;
    peer->is_connected = false;
    peer->disconnect_code = code;
}

static char *number_text(uint32_t number)
{
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    return strdup(text);
}

/* Not mosquitto_property_copy_all(): that of 2.0.11 crashes on empty values. */
static void read_property(const mosquitto_property *property, struct eb_received_property *out)
{
    int identifier = out->identifier = mosquitto_property_identifier(property);
    uint8_t byte;
    uint16_t len;
    uint32_t number;
    void *bytes;
    if (mosquitto_property_read_string(property, identifier, &out->value, false) ||
        mosquitto_property_read_string_pair(property, identifier, &out->name, &out->value, false)) {
        out->value_len = strlen(out->value);
    } else if (mosquitto_property_read_binary(property, identifier, &bytes, &len, false)) {
        out->value = bytes;
        out->value_len = len;
    } else if (mosquitto_property_read_byte(property, identifier, &byte, false)) {
        out->value = number_text(byte);
    } else if (mosquitto_property_read_int32(property, identifier, &number, false) ||
               mosquitto_property_read_varint(property, identifier, &number, false)) {
        out->value = number_text(number);
    }
}

static void on_message(struct mosquitto *mosquitto, void *context,
    const struct mosquitto_message *message, const mosquitto_property *properties)
{
    (void)mosquitto;
    struct eb_peer *peer = context;
    if (strncmp(message->topic, "ping/", 5) == 0) {
        if (strcmp(message->topic + 5, peer->id) == 0)
            peer->pong_count = (unsigned)strtoul(message->payload, NULL, 10);
        return;
    }
    struct eb_received *received = calloc(1, sizeof *received);
    size_t len = (size_t)message->payloadlen;
    received->topic = strdup(message->topic);
    received->payload = calloc(1, len + 1);
    if (len)
        memcpy(received->payload, message->payload, len);
    received->payload_len = len;
    received->qos = message->qos;
    received->is_retain = message->retain;
    for (; properties; properties = mosquitto_property_next(properties)) {
        if (received->property_count < EB_RECEIVED_PROPERTIES_MAX)
            read_property(properties, &received->properties[received->property_count++]);
    }
    *peer->inbox_end = received;
    peer->inbox_end = &received->next;
}

static void on_publish(struct mosquitto *mosquitto, void *context, int mid, int code,
    const mosquitto_property *properties)
{
    (void)mosquitto;
    (void)properties;
    struct eb_peer *peer = context;
    if (peer->ack_count == peer->ack_room) {
        peer->ack_room = peer->ack_room ? 2 * peer->ack_room : 64;
        peer->acks = realloc(peer->acks, peer->ack_room * sizeof *peer->acks);
    }
    peer->acks[peer->ack_count++] = (struct eb_ack){ mid, code };
}

static void on_subscribe(
    struct mosquitto *mosquitto, void *context, int mid, int count, const int *codes)
{
    (void)mosquitto;
    struct eb_peer *peer = context;
    peer->suback_mid = mid;
    peer->suback_code = count > 0 ? codes[0] : -1;
}

/* ---- moving -----------------------------------------------------------------------------------
 */

void eb_peer_pump(struct eb_server *server, int timeout_ms)
{
    struct pollfd polls[PEERS_MAX];
    struct eb_peer *polled[PEERS_MAX];
    nfds_t count = 0;
    for (struct eb_peer *peer = server->peers; peer; peer = peer->next) {
        int s = mosquitto_socket(peer->mosquitto);
        if (s < 0)
            continue;
        assert_true(count < PEERS_MAX);
        short events = mosquitto_want_write(peer->mosquitto) ? POLLIN | POLLOUT : POLLIN;
        polls[count] = (struct pollfd){ .fd = s, .events = events };
        polled[count++] = peer;
    }
    poll(polls, count, timeout_ms);
    for (nfds_t i = 0; i < count; i++) {
        if (polls[i].revents & (POLLIN | POLLHUP | POLLERR))
            mosquitto_loop_read(polled[i]->mosquitto, 1);
        if (mosquitto_socket(polled[i]->mosquitto) >= 0 && (polls[i].revents & POLLOUT))
            mosquitto_loop_write(polled[i]->mosquitto, 1);
        mosquitto_loop_misc(polled[i]->mosquitto);
    }
}

/* Pumps until `holds(peer)`; false when patience ends first. */
static bool await(struct eb_peer *peer, bool (*holds)(const struct eb_peer *peer))
{
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    while (!holds(peer)) {
        if (eb_now_ms() > deadline)
            return false;
        eb_peer_pump(peer->server, 20);
    }
    return true;
}

static bool is_answered(const struct eb_peer *peer)
{
    return peer->connect_code >= 0 || mosquitto_socket(peer->mosquitto) < 0;
}

static bool is_gone(const struct eb_peer *peer)
{
    return mosquitto_socket(peer->mosquitto) < 0;
}

static bool has_suback(const struct eb_peer *peer)
{
    return peer->suback_mid >= 0 || is_gone(peer);
}

static bool has_message(const struct eb_peer *peer)
{
    return peer->inbox != NULL;
}

/* ---- connections ------------------------------------------------------------------------------
 */

static const int protocols[] = {
    [3] = MQTT_PROTOCOL_V31,
    [4] = MQTT_PROTOCOL_V311,
    [5] = MQTT_PROTOCOL_V5,
};

static struct eb_peer *peer_new(
    struct eb_server *server, const char *id, int protocol, bool is_clean)
{
    struct eb_peer *peer = calloc(1, sizeof *peer);
    assert_non_null(peer);
    peer->next = server->peers;
    server->peers = peer;
    peer->server = server;
    peer->protocol = protocol;
    peer->connect_code = -1;
    peer->inbox_end = &peer->inbox;
    snprintf(peer->id, sizeof peer->id, "%s", id);

    mosquitto_lib_init();
    peer->mosquitto = mosquitto_new(*id ? id : NULL, is_clean, peer);
    assert_non_null(peer->mosquitto);
    mosquitto_int_option(peer->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, protocols[protocol]);
    mosquitto_int_option(peer->mosquitto, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_int_option(peer->mosquitto, MOSQ_OPT_RECEIVE_MAXIMUM, 65535);
    mosquitto_int_option(peer->mosquitto, MOSQ_OPT_SEND_MAXIMUM, 65535);
    mosquitto_connect_callback_set(peer->mosquitto, on_connect);
    mosquitto_disconnect_callback_set(peer->mosquitto, on_disconnect);
    mosquitto_message_v5_callback_set(peer->mosquitto, on_message);
    mosquitto_publish_v5_callback_set(peer->mosquitto, on_publish);
    mosquitto_subscribe_callback_set(peer->mosquitto, on_subscribe);
    return peer;
}

/* The broker's certificate names no address. */
static void use_tls(struct mosquitto *mosquitto, const struct eb_login *login)
{
    if (login->ca_file) {
        int rc = mosquitto_tls_set(
            mosquitto, login->ca_file, NULL, login->certificate_file, login->key_file, NULL);
        assert_int_equal(rc, 0);
        mosquitto_tls_insecure_set(mosquitto, true);
    }
    if (login->shared_key) {
        int rc =
            mosquitto_tls_psk_set(mosquitto, login->shared_key, login->shared_key_identity, NULL);
        assert_int_equal(rc, 0);
    }
}

struct eb_peer *eb_peer_connect_by(
    struct eb_server *server, const char *id, int protocol, const struct eb_login *login)
{
    struct eb_peer *peer = peer_new(server, id, protocol, !login->keeps_session);
    use_tls(peer->mosquitto, login);
    if (login->username)
        assert_int_equal(mosquitto_username_pw_set(peer->mosquitto, login->username, "secret"), 0);
    int port = login->port ? login->port : server->port;
    assert_int_equal(mosquitto_connect(peer->mosquitto, "127.0.0.1", port, KEEPALIVE_S), 0);
    assert_true(await(peer, is_answered));
    assert_int_equal(peer->connect_code, 0);
    return peer;
}

struct eb_peer *eb_peer_connect_as(
    struct eb_server *server, const char *id, int protocol, const char *username, bool is_clean)
{
    return eb_peer_connect_by(server, id, protocol,
        &(struct eb_login){ .username = username, .keeps_session = !is_clean });
}

struct eb_peer *eb_peer_connect(struct eb_server *server, const char *id, int protocol)
{
    return eb_peer_connect_as(server, id, protocol, NULL, true);
}

void eb_peer_disconnect(struct eb_peer *peer)
{
    mosquitto_disconnect(peer->mosquitto);
    assert_true(await(peer, is_gone));
}

int eb_peer_await_disconnect(struct eb_peer *peer)
{
    assert_true(await(peer, is_gone));
    return peer->disconnect_code;
}

static void free_received(struct eb_received *received)
{
    if (!received)
        return;
    for (size_t i = 0; i < received->property_count; i++) {
        free(received->properties[i].name);
        free(received->properties[i].value);
    }
    free(received->topic);
    free(received->payload);
    free(received);
}

void eb_peer_free_all(struct eb_server *server)
{
    while (server->peers) {
        struct eb_peer *peer = server->peers;
        server->peers = peer->next;
        mosquitto_destroy(peer->mosquitto);
        while (peer->inbox) {
            struct eb_received *received = peer->inbox;
            peer->inbox = received->next;
            free_received(received);
        }
        free_received(peer->current);
        free(peer->acks);
        free(peer);
        mosquitto_lib_cleanup();
    }
}

/* ---- messages ---------------------------------------------------------------------------------
 */

int eb_peer_subscribe(struct eb_peer *peer, const char *filter, int qos)
{
    peer->suback_mid = -1;
    assert_int_equal(mosquitto_subscribe(peer->mosquitto, NULL, filter, qos), 0);
    assert_true(await(peer, has_suback));
    assert_true(peer->suback_mid >= 0);
    return peer->suback_code;
}

int eb_peer_send(struct eb_peer *peer, struct eb_publication publication)
{
    int mid;
    size_t len = publication.payload_len;
    if (len == 0 && publication.payload)
        len = strlen(publication.payload);
    int rc = mosquitto_publish_v5(peer->mosquitto, &mid, publication.topic, (int)len,
        publication.payload, publication.qos, publication.is_retain, publication.properties);
    assert_int_equal(rc, 0);
    return mid;
}

int eb_peer_ack(struct eb_peer *peer, int mid)
{
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    for (size_t i = 0; eb_now_ms() < deadline;) {
        if (i == peer->ack_count) {
            eb_peer_pump(peer->server, 20);
            continue;
        }
        if (peer->acks[i].mid == mid) {
            int code = peer->acks[i].code;
            peer->acks[i] = peer->acks[--peer->ack_count];
            return code;
        }
        i++;
    }
    fail_msg("%s: message %d was never acknowledged", peer->id, mid);
    return -1;
}

int eb_peer_publish(struct eb_peer *peer, struct eb_publication publication)
{
    return eb_peer_ack(peer, eb_peer_send(peer, publication));
}

int eb_peer_publish_text(struct eb_peer *peer, const char *topic, const char *payload, int qos)
{
    return eb_peer_publish(
        peer, (struct eb_publication){ .topic = topic, .payload = payload, .qos = qos });
}

static struct eb_received *take_first(struct eb_peer *peer)
{
    struct eb_received *received = peer->inbox;
    peer->inbox = received->next;
    if (!peer->inbox)
        peer->inbox_end = &peer->inbox;
    received->next = NULL;
    return received;
}

const struct eb_received *eb_peer_receive(struct eb_peer *peer)
{
    if (!await(peer, has_message))
        fail_msg("%s waited in vain for a message", peer->id);
    free_received(peer->current);
    peer->current = take_first(peer);
    return peer->current;
}

static bool has_pong(const struct eb_peer *peer)
{
    return peer->pong_count == peer->ping_count || is_gone(peer);
}

void eb_peer_ping(struct eb_peer *peer)
{
    char topic[96], number[16];
    snprintf(topic, sizeof topic, "ping/%s", peer->id);
    if (peer->ping_count == 0)
        eb_peer_subscribe(peer, topic, 0);
    for (int i = 0; i < 2; i++) {
        snprintf(number, sizeof number, "%u", ++peer->ping_count);
        eb_peer_publish_text(peer, topic, number, 0);
        if (!await(peer, has_pong) || is_gone(peer))
            fail_msg("%s: no answer to a ping", peer->id);
    }
}

void eb_peer_assert_silence(struct eb_peer *peer, const char *file, int line)
{
    eb_peer_ping(peer);
    if (!peer->inbox)
        return;
    print_error("%s received what it should not: %s %s\n", peer->id, peer->inbox->topic,
        peer->inbox->payload);
    _fail(file, line);
}

const struct eb_received *eb_peer_assert_next(
    struct eb_peer *peer, const char *topic, const char *payload, const char *file, int line)
{
    const struct eb_received *got = eb_peer_receive(peer);
    if (strcmp(got->topic, topic) == 0 && (!payload || strcmp(got->payload, payload) == 0))
        return got;
    print_error("%s\ngot  %s %s\nwant %s %s\n", peer->id, got->topic, got->payload, topic,
        payload ? payload : "(anything)");
    _fail(file, line);
    return got;
}

int eb_received_number(const struct eb_received *received)
{
    const char *digits = strpbrk(received->payload, "0123456789");
    return digits ? (int)strtol(digits, NULL, 10) : -1;
}

const char *eb_received_property(
    const struct eb_received *received, int identifier, const char *name)
{
    for (size_t i = 0; i < received->property_count; i++) {
        const struct eb_received_property *property = &received->properties[i];
        if (property->identifier != identifier)
            continue;
        if (!name || (property->name && strcmp(property->name, name) == 0))
            return property->value;
    }
    return NULL;
}
