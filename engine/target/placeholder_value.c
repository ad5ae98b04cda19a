#include "target/placeholder.h"

#include "topic/filter.h"

static uint32_t find_element(const struct eb_doc *doc, uint32_t array, uint32_t index)
{
    if (eb_doc_type(doc, array) != EB_JSON_ARRAY || index >= doc->tokens[array].count)
        return EB_NO_TOKEN;
    uint32_t element = array + 1;
    while (index--)
        element = doc->tokens[element].next;
    return element;
}

static struct eb_value payload_value(
    const struct eb_placeholder *placeholder, const struct eb_doc *doc)
{
    uint32_t token = doc ? 0 : EB_NO_TOKEN;
    for (uint32_t i = 0; i < placeholder->step_count && token != EB_NO_TOKEN; i++) {
        const struct eb_step *step = &placeholder->steps[i];
        token = step->name.ptr ? eb_doc_member_named(doc, token, step->name)
                               : find_element(doc, token, step->index);
    }
    if (token == EB_NO_TOKEN)
        return (struct eb_value){ .kind = EB_VALUE_MISSING };
    return eb_value_of_token(doc, token);
}

/* A text with ptr NULL was not sent. */
static struct eb_value text_value(struct eb_span text)
{
    return (struct eb_value){ .kind = text.ptr ? EB_VALUE_TEXT : EB_VALUE_MISSING, .text = text };
}

static struct eb_value scalar_value(const char *json)
{
    return (struct eb_value){ .kind = EB_VALUE_SCALAR, .text = eb_span_of(json) };
}

static struct eb_value level_value(const struct eb_placeholder *placeholder, struct eb_span topic)
{
    if (placeholder->step_count == 0)
        return (struct eb_value){ .kind = EB_VALUE_LEVELS, .text = topic };
    struct eb_span level = eb_span(NULL, 0);
    for (uint32_t i = 0; i <= placeholder->steps[0].index; i++)
        if (!eb_topic_next_level(&topic, &level))
            return (struct eb_value){ .kind = EB_VALUE_MISSING };
    return text_value(level);
}

/* The `index`th value of the user property `name`; ptr is NULL when there are fewer. */
static struct eb_span find_property(
    const struct eb_properties *properties, struct eb_span name, uint32_t index)
{
    for (uint32_t i = 0; i < properties->user_count; i++)
        if (eb_span_equal(properties->user[i].name, name) && index-- == 0)
            return properties->user[i].value;
    return eb_span(NULL, 0);
}

/* A string, or an array when the property repeats. */
static struct eb_value property_value(
    const struct eb_placeholder *placeholder, const struct eb_properties *properties)
{
    struct eb_span name = placeholder->steps[0].name;
    bool is_list = find_property(properties, name, 1).ptr != NULL;
    bool is_indexed = placeholder->step_count > 1;
    if (is_list && !is_indexed)
        return (
            struct eb_value){ .kind = EB_VALUE_PROPERTIES, .text = name, .properties = properties };
    if (is_indexed && !is_list)
        return (struct eb_value){ .kind = EB_VALUE_MISSING };
    return text_value(
        find_property(properties, name, is_indexed ? placeholder->steps[1].index : 0));
}

static struct eb_value id_value(const struct eb_render *render)
{
    return text_value(render->event_id ? render->event_id(render->event) : (struct eb_span){ 0 });
}

static struct eb_value find(
    const struct eb_placeholder *placeholder, const struct eb_render *render)
{
    static const char *const qos[] = { "0", "1", "2" };
    const struct eb_message *message = render->message;
    switch (placeholder->origin) {
    case EB_FROM_PAYLOAD: return payload_value(placeholder, render->doc);
    case EB_FROM_TOPIC: return text_value(message->topic);
    case EB_FROM_LEVEL: return level_value(placeholder, message->topic);
    case EB_FROM_CLIENT_ID: return text_value(message->client_id);
    case EB_FROM_USERNAME: return text_value(message->username);
    case EB_FROM_QOS: return scalar_value(qos[message->qos]);
    case EB_FROM_RETAIN: return scalar_value(message->is_retain ? "true" : "false");
    case EB_FROM_WILL: return scalar_value(message->is_will ? "true" : "false");
    case EB_FROM_CONTENT_TYPE: return text_value(message->properties.content_type);
    case EB_FROM_USER_PROPERTY: return property_value(placeholder, &message->properties);
    case EB_FROM_EVENT_ID: return id_value(render);
    case EB_FROM_RECEIVED:
        return (struct eb_value){ .kind = EB_VALUE_TIME, .time_us = message->received_us };
    case EB_FROM_RULE_NAME: return text_value(render->rule);
    }
    return (struct eb_value){ .kind = EB_VALUE_MISSING };
}

struct eb_value eb_placeholder_value(
    const struct eb_placeholder *placeholder, const struct eb_render *render)
{
    struct eb_value value = find(placeholder, render);
    return value.kind == EB_VALUE_MISSING ? placeholder->otherwise : value;
}

bool eb_placeholder_is_list(const struct eb_placeholder *placeholder)
{
    return placeholder->origin == EB_FROM_LEVEL && placeholder->step_count == 0;
}
