/*
 * bridge-service PORT FILTER PREFIX QOS - what people put beside a broker today: a service that
 * subscribes, checks a few fields by hand, and publishes again below PREFIX.
 */
#include <jansson.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *filter, *prefix;

static bool is_wanted(const struct mosquitto_message *message)
{
    json_t *event =
        json_loadb(message->payload, (size_t)message->payloadlen, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_string_value(json_object_get(event, "type"));
    const char *source = json_string_value(json_object_get(event, "source"));
    bool is_wanted = json_is_integer(json_object_get(event, "number")) && source && type &&
                     strcmp(type, "access.granted") == 0;
    json_decref(event);
    return is_wanted;
}

static void on_connect(struct mosquitto *client, void *context, int reason)
{
    int *qos = context;
    if (reason == 0)
        mosquitto_subscribe(client, NULL, filter, *qos);
}

static void on_message(
    struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    (void)context;
    if (!is_wanted(message))
        return;
    char topic[512];
    snprintf(topic, sizeof topic, "%s%s", prefix, message->topic);
    mosquitto_publish(
        client, NULL, topic, message->payloadlen, message->payload, message->qos, false);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "Usage: bridge-service PORT FILTER PREFIX QOS\n");
        return 2;
    }
    int qos = atoi(argv[4]);
    filter = argv[2];
    prefix = argv[3];
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(NULL, true, &qos);
    if (!client)
        return 1;
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_max_inflight_messages_set(client, 0);
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    if (mosquitto_connect(client, "127.0.0.1", atoi(argv[1]), 60) != MOSQ_ERR_SUCCESS)
        return 1;
    int rc = mosquitto_loop_forever(client, -1, 1);
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
    return rc == MOSQ_ERR_SUCCESS ? 0 : 1;
}
