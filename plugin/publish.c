#include "publish.h"

#include <string.h>

#include "broker.h"

/* `text` with a NUL behind it, in `out`; NULL when it is too long, or holds NUL. */
static const char *terminated(struct eb_span text, char out[EB_TOPIC_BYTES_MAX + 1])
{
    if (text.len > EB_TOPIC_BYTES_MAX)
        return NULL;
    if (text.len > 0) {
        if (memchr(text.ptr, '\0', text.len))
            return NULL;
        memcpy(out, text.ptr, text.len);
    }
    out[text.len] = '\0';
    return out;
}

static bool is_topic(const char *topic, size_t len)
{
    return topic && len > 0 && mosquitto_pub_topic_check(topic) == MOSQ_ERR_SUCCESS &&
           mosquitto_validate_utf8(topic, (int)len) == MOSQ_ERR_SUCCESS;
}

static int add_text(
    struct eb_publisher *publisher, mosquitto_property **list, int identifier, struct eb_span text)
{
    if (!text.ptr)
        return MOSQ_ERR_SUCCESS;
    const char *value = terminated(text, publisher->first);
    return value ? mosquitto_property_add_string(list, identifier, value) : MOSQ_ERR_MALFORMED_UTF8;
}

static int add_user(
    struct eb_publisher *publisher, mosquitto_property **list, const struct eb_user_property *user)
{
    const char *name = terminated(user->name, publisher->first);
    const char *value = terminated(user->value, publisher->second);
    if (!name || !value)
        return MOSQ_ERR_MALFORMED_UTF8;
    return mosquitto_property_add_string_pair(list, MQTT_PROP_USER_PROPERTY, name, value);
}

/*
 * Not mosquitto_property_copy_all(): 2.0's takes its copies from the C library's heap and they are
 * freed to the broker's counted one, whose count then falls below zero.
 */
static int add_properties(struct eb_publisher *publisher, mosquitto_property **list,
    const struct eb_properties *properties)
{
    int rc = MOSQ_ERR_SUCCESS;
    if (properties->payload_format >= 0)
        rc = mosquitto_property_add_byte(
            list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, (uint8_t)properties->payload_format);
    if (!rc)
        rc = add_text(publisher, list, MQTT_PROP_CONTENT_TYPE, properties->content_type);
    if (!rc)
        rc = add_text(publisher, list, MQTT_PROP_RESPONSE_TOPIC, properties->response_topic);
    if (!rc && properties->correlation_data.ptr) {
        struct eb_span data = properties->correlation_data;
        rc = data.len > UINT16_MAX ? MOSQ_ERR_INVAL
                                   : mosquitto_property_add_binary(list, MQTT_PROP_CORRELATION_DATA,
                                         data.ptr, (uint16_t)data.len);
    }
    if (!rc && properties->expiry_s)
        rc = mosquitto_property_add_int32(
            list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, properties->expiry_s);
    for (uint32_t i = 0; i < properties->user_count && !rc; i++)
        rc = add_user(publisher, list, &properties->user[i]);
    return rc;
}

/* A copy of `payload` in the broker's memory; false without. An empty one is NULL. */
static bool copy_payload(struct eb_span payload, void **copy)
{
    *copy = NULL;
    if (payload.len == 0)
        return true;
    *copy = mosquitto_malloc(payload.len);
    if (*copy)
        memcpy(*copy, payload.ptr, payload.len);
    return *copy != NULL;
}

/* The broker takes over payload and properties when it succeeds, and neither when it fails. */
int eb_publish_send(struct eb_publisher *publisher, const struct eb_publish *publish)
{
    mosquitto_property *properties = NULL;
    void *payload = NULL;
    if (publish->payload.len > EB_PUBLISH_BYTES_MAX)
        return MOSQ_ERR_PAYLOAD_SIZE;
    int rc = add_properties(publisher, &properties, &publish->properties);
    if (rc)
        goto fail;

    const char *topic = terminated(publish->topic, publisher->first);
    const char *client = terminated(publish->client_id, publisher->second);
    rc = MOSQ_ERR_INVAL;
    if (!is_topic(topic, publish->topic.len) || !client)
        goto fail;
    rc = MOSQ_ERR_NOMEM;
    if (!copy_payload(publish->payload, &payload))
        goto fail;
    rc = mosquitto_broker_publish(publish->client_id.ptr ? client : NULL, topic,
        (int)publish->payload.len, payload, publish->qos, publish->is_retain, properties);
    if (rc == MOSQ_ERR_SUCCESS)
        return rc;

fail:
    mosquitto_free(payload);
    mosquitto_property_free_all(&properties);
    return rc;
}
