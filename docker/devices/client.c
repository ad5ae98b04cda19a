#include "client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqtt_protocol.h>

enum { KEEPALIVE_S = 60, CLIENTS_MAX = 32 };

static void on_connect(
    struct mosquitto *mosquitto, void *self, int code, int flags, const mosquitto_property *props)
{
    struct eb_client *client = self;
    (void)mosquitto;
    (void)flags;
    (void)props;
    client->is_connected = code == 0;
    if (code != 0)
        client->refusal =
            client->is_v5 ? mosquitto_reason_string(code) : mosquitto_connack_string(code);
}

static void on_disconnect(
    struct mosquitto *mosquitto, void *self, int code, const mosquitto_property *props)
{
    struct eb_client *client = self;
    (void)mosquitto;
    (void)props;
    client->is_connected = false;
    client->answer = EB_ANSWER_DISCONNECTED;
    client->answer_code = code;
}

static void on_subscribe(struct mosquitto *mosquitto, void *self, int id, int count,
    const int *granted, const mosquitto_property *props)
{
    struct eb_client *client = self;
    (void)mosquitto;
    (void)id;
    (void)props;
    client->subscriptions_open--;
    for (int i = 0; i < count; i++) {
        if (granted[i] >= 0x80)
            client->refusal = mosquitto_reason_string(granted[i]);
    }
}

static void on_publish(
    struct mosquitto *mosquitto, void *self, int id, int code, const mosquitto_property *props)
{
    struct eb_client *client = self;
    (void)mosquitto;
    (void)props;
    if (id != client->published_id)
        return;
    client->answer = client->is_v5 ? EB_ANSWER_CODE : EB_ANSWER_PLAIN;
    client->answer_code = code;
}

static void received_free(struct eb_received *received)
{
    free(received->topic);
    free((char *)received->payload.ptr);
    free(received);
}

static struct eb_received *received_new(const struct mosquitto_message *message)
{
    struct eb_received *received = calloc(1, sizeof(*received));
    size_t len = (size_t)message->payloadlen;
    char *payload = malloc(len + 1);
    char *topic = strdup(message->topic);
    if (!received || !payload || !topic) {
        free(received);
        free(payload);
        free(topic);
        return NULL;
    }
    if (len)
        memcpy(payload, message->payload, len);
    payload[len] = '\0';
    received->topic = topic;
    received->payload = eb_span(payload, len);
    return received;
}

static void on_message(struct mosquitto *mosquitto, void *self,
    const struct mosquitto_message *message, const mosquitto_property *props)
{
    struct eb_client *client = self;
    (void)mosquitto;
    (void)props;
    struct eb_received *received = received_new(message);
    if (!received)
        return;
    if (strcmp(message->topic, EB_FENCE_TOPIC) == 0) {
        client->fence = (unsigned)strtoul(received->payload.ptr, NULL, 10);
        received_free(received);
        return;
    }
    *client->received_end = received;
    client->received_end = &received->next;
}

bool eb_client_init(struct eb_client *client, const char *name, bool is_v5)
{
    *client = (struct eb_client){ .name = name, .is_v5 = is_v5 };
    client->received_end = &client->received;
    client->mosquitto = mosquitto_new(name, true, client);
    if (!client->mosquitto)
        return false;
    mosquitto_int_option(client->mosquitto, MOSQ_OPT_PROTOCOL_VERSION,
        is_v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_connect_v5_callback_set(client->mosquitto, on_connect);
    mosquitto_disconnect_v5_callback_set(client->mosquitto, on_disconnect);
    mosquitto_subscribe_v5_callback_set(client->mosquitto, on_subscribe);
    mosquitto_publish_v5_callback_set(client->mosquitto, on_publish);
    mosquitto_message_v5_callback_set(client->mosquitto, on_message);
    return true;
}

void eb_client_release(struct eb_client *client)
{
    if (!client->mosquitto)
        return;
    mosquitto_disconnect(client->mosquitto);
    mosquitto_destroy(client->mosquitto);
    client->mosquitto = NULL;
    eb_client_forget(client);
}

int eb_client_connect(struct eb_client *client, const char *host, int port)
{
    client->refusal = NULL;
    client->answer = EB_ANSWER_NONE;
    return mosquitto_connect(client->mosquitto, host, port, KEEPALIVE_S);
}

bool eb_client_is_ready(const struct eb_client *client)
{
    return client->is_connected && client->subscriptions_open == 0 && !client->refusal;
}

bool eb_client_subscribe(struct eb_client *client, const char *filter)
{
    if (mosquitto_subscribe(client->mosquitto, NULL, filter, 1) != MOSQ_ERR_SUCCESS)
        return false;
    client->subscriptions_open++;
    return true;
}

bool eb_client_publish(struct eb_client *client, const char *topic, struct eb_span payload, int qos)
{
    int id = 0;
    client->answer = EB_ANSWER_NONE;
    client->published_id = 0;
    int code =
        mosquitto_publish(client->mosquitto, &id, topic, (int)payload.len, payload.ptr, qos, false);
    if (qos > 0)
        client->published_id = id;
    return code == MOSQ_ERR_SUCCESS;
}

bool eb_client_publish_fence(struct eb_client *client, unsigned number)
{
    char text[16];
    int len = snprintf(text, sizeof(text), "%u", number);
    return mosquitto_publish(client->mosquitto, NULL, EB_FENCE_TOPIC, len, text, 0, false) ==
           MOSQ_ERR_SUCCESS;
}

void eb_client_forget(struct eb_client *client)
{
    while (client->received) {
        struct eb_received *next = client->received->next;
        received_free(client->received);
        client->received = next;
    }
    client->received_end = &client->received;
}

static void client_turn(struct eb_client *client, short events)
{
    if (events & (POLLIN | POLLHUP | POLLERR))
        mosquitto_loop_read(client->mosquitto, 1);
    if (mosquitto_want_write(client->mosquitto))
        mosquitto_loop_write(client->mosquitto, 1);
    mosquitto_loop_misc(client->mosquitto);
}

void eb_clients_turn(struct eb_client *clients, size_t count, int timeout_ms)
{
    struct pollfd polls[CLIENTS_MAX];
    if (count > CLIENTS_MAX)
        abort();
    for (size_t i = 0; i < count; i++) {
        short events = POLLIN;
        if (mosquitto_want_write(clients[i].mosquitto))
            events |= POLLOUT;
        /* poll() passes over the negative descriptor of a client that is not connected. */
        polls[i] =
            (struct pollfd){ .fd = mosquitto_socket(clients[i].mosquitto), .events = events };
    }
    if (poll(polls, count, timeout_ms) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (polls[i].fd >= 0)
            client_turn(&clients[i], polls[i].revents);
    }
}
