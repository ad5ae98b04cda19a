#include "message.h"

#include "base/clock.h"
#include "base/limits.h"

static void read_payload_format(
    struct eb_properties *properties, const mosquitto_property *property)
{
    uint8_t format;
    if (mosquitto_property_read_byte(property, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, &format, false))
        properties->payload_format = (int8_t)format;
}

static size_t count_user_properties(const mosquitto_property *property)
{
    size_t count = 0;
    for (; property; property = mosquitto_property_next(property))
        count += mosquitto_property_identifier(property) == MQTT_PROP_USER_PROPERTY;
    return count;
}

/* Each reader is given one property and looks at the head of the list first: linear in all. */
static bool read_property(struct eb_properties *properties, struct eb_user_property *user,
    const mosquitto_property *property, struct eb_arena *arena)
{
    switch (mosquitto_property_identifier(property)) {
    case MQTT_PROP_PAYLOAD_FORMAT_INDICATOR: read_payload_format(properties, property); return true;
    case MQTT_PROP_CONTENT_TYPE:
        properties->content_type = eb_broker_property_text(property, arena);
        return properties->content_type.ptr != NULL;
    case MQTT_PROP_RESPONSE_TOPIC:
        properties->response_topic = eb_broker_property_text(property, arena);
        return properties->response_topic.ptr != NULL;
    case MQTT_PROP_CORRELATION_DATA:
        properties->correlation_data = eb_broker_property_bytes(property, arena);
        return properties->correlation_data.ptr != NULL;
    case MQTT_PROP_USER_PROPERTY:
        user += properties->user_count;
        if (!eb_broker_property_pair(property, arena, &user->name, &user->value))
            return false;
        properties->user_count++;
        return true;
    default: return true;
    }
}

static void read_properties(
    struct eb_properties *properties, const mosquitto_property *property, struct eb_arena *arena)
{
    size_t user_count = count_user_properties(property);
    if (user_count > EB_USER_PROPERTIES_MAX) {
        properties->is_over_limit = true;
        return;
    }
    struct eb_user_property *user = EB_ARENA_ARRAY(arena, struct eb_user_property, user_count);
    properties->user = user;
    for (; property && user; property = mosquitto_property_next(property)) {
        if (!read_property(properties, user, property, arena))
            break;
    }
    properties->is_over_limit = property != NULL;
}

enum eb_session eb_message_session(const struct mosquitto *client)
{
    if (!mosquitto_client_clean_session(client))
        return EB_SESSION_KEPT;
    return mosquitto_client_protocol_version(client) == 5 ? EB_SESSION_NEW : EB_SESSION_NONE;
}

/* Topic, payload and properties are the caller's. */
static struct eb_message message_of(const struct mosquitto *client)
{
    return (struct eb_message){
        .client_id = eb_span_of(mosquitto_client_id(client)),
        .username = eb_span_of(mosquitto_client_username(client)),
        .protocol = (uint8_t)mosquitto_client_protocol_version(client),
        .received_us = eb_clock_now_us(),
        .properties = { .payload_format = -1 },
    };
}

void eb_message_read(
    struct eb_message *message, const struct mosquitto_evt_message *event, struct eb_arena *arena)
{
    *message = message_of(event->client);
    message->topic = eb_span_of(event->topic);
    message->payload = eb_span(event->payload, event->payloadlen);
    message->qos = event->qos;
    message->is_retain = event->retain;
    message->session = eb_message_session(event->client);
    message->is_bridge = eb_broker_is_bridge(event->client);
    if (event->properties)
        read_properties(&message->properties, event->properties, arena);
}

void eb_message_read_will(
    struct eb_message *message, const struct mosquitto_evt_acl_check *check, struct eb_arena *arena)
{
    *message = message_of(check->client);
    message->topic = eb_span_of(check->topic);
    message->payload = eb_span(check->payload, check->payloadlen);
    message->qos = check->qos;
    message->is_retain = check->retain;
    message->is_will = true;
    if (check->properties)
        read_properties(&message->properties, check->properties, arena);
}

/* ---- keeping one ---- */

static bool keep(struct eb_span *span, struct eb_arena *arena)
{
    if (!span->ptr)
        return true;
    *span = eb_arena_copy(arena, *span);
    return span->ptr != NULL;
}

static bool keep_properties(struct eb_properties *properties, struct eb_arena *arena)
{
    struct eb_user_property *user =
        EB_ARENA_ARRAY(arena, struct eb_user_property, properties->user_count);
    if (!user)
        return false;
    for (uint32_t i = 0; i < properties->user_count; i++) {
        user[i] = properties->user[i];
        if (!keep(&user[i].name, arena) || !keep(&user[i].value, arena))
            return false;
    }
    properties->user = user;
    return keep(&properties->content_type, arena) && keep(&properties->response_topic, arena) &&
           keep(&properties->correlation_data, arena);
}

bool eb_message_keep(
    struct eb_message *kept, const struct eb_message *message, struct eb_arena *arena)
{
    *kept = *message;
    return keep(&kept->topic, arena) && keep(&kept->payload, arena) &&
           keep(&kept->client_id, arena) && keep(&kept->username, arena) &&
           keep_properties(&kept->properties, arena);
}
