/*
 * The least a plugin that routes can do: it publishes every message once more, unseen, below
 * "copy/". What it adds to a broker is the floor for any such plugin.
 */
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <mosquitto.h>
#if !__has_include(<mosquitto/broker_plugin.h>)
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#endif
/* clang-format on */

#define EXPORTED __attribute__((visibility("default")))
#define PREFIX "copy/"

static mosquitto_plugin_id_t *plugin;

static int on_message(int type, void *event, void *context)
{
    (void)type;
    (void)context;
    const struct mosquitto_evt_message *message = event;
    char topic[512] = PREFIX;
    size_t length = strlen(message->topic);
    if (length >= sizeof topic - sizeof PREFIX)
        return MOSQ_ERR_SUCCESS;
    memcpy(topic + sizeof PREFIX - 1, message->topic, length + 1);
    mosquitto_broker_publish_copy(
        NULL, topic, (int)message->payloadlen, message->payload, message->qos, false, NULL);
    return MOSQ_ERR_SUCCESS;
}

EXPORTED int mosquitto_plugin_version(int supported_count, const int *supported)
{
    for (int i = 0; i < supported_count; i++) {
        if (supported[i] == MOSQ_PLUGIN_VERSION)
            return MOSQ_PLUGIN_VERSION;
    }
    return -1;
}

EXPORTED int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **user_data,
    struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    (void)options;
    (void)option_count;
    plugin = identifier;
    return mosquitto_callback_register(plugin, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
}

EXPORTED int mosquitto_plugin_cleanup(
    void *user_data, struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    (void)options;
    (void)option_count;
    return mosquitto_callback_unregister(plugin, MOSQ_EVT_MESSAGE, on_message, NULL);
}
