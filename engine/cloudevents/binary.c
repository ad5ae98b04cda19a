/* Binary mode (MQTT binding §3.1): user properties, content type and payload, put together. */
#include "cloudevents/data.h"
#include "cloudevents/modes.h"

static bool fail(struct eb_cloudevent_fault *fault, struct eb_span attribute, const char *expected)
{
    fault->attribute = attribute;
    fault->expected = expected;
    return false;
}

/*
 * `datacontenttype` is the content type and nothing else (§3.1.1). The binding's own example has it
 * among the user properties too; what says the same does no harm.
 */
static bool check_content_type(const struct eb_user_property *property, struct eb_span content_type,
    struct eb_cloudevent_fault *fault)
{
    if (content_type.ptr && eb_span_equal(property->value, content_type))
        return true;
    return fail(fault, eb_span_of("datacontenttype"),
        "the content type of the message: datacontenttype is no other");
}

static bool put_properties(
    struct eb_view *view, const struct eb_properties *properties, struct eb_cloudevent_fault *fault)
{
    for (uint32_t i = 0; i < properties->user_count; i++) {
        const struct eb_user_property *property = &properties->user[i];
        if (eb_span_is(property->name, "data"))
            return fail(
                fault, property->name, "no attribute called data: the payload is the event's data");
        if (!eb_attribute_name_is_valid(property->name))
            continue; /* it is the message's, not the event's */
        if (!eb_span_is(property->name, "datacontenttype"))
            eb_view_put_text(view, property->name, property->value);
        else if (!check_content_type(property, properties->content_type, fault))
            return false;
    }
    if (properties->content_type.ptr)
        eb_view_put_text(view, eb_span_of("datacontenttype"), properties->content_type);
    return true;
}

/* Read alone: no payload may end the object that it will stand in. */
static bool read_data(struct eb_data *data, struct eb_doc *doc, const struct eb_message *message,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_cloudevent_fault *fault)
{
    struct eb_span content_type = message->properties.content_type;
    *data = (struct eb_data){ .kind = EB_DATA_NONE, .bytes = message->payload };
    if (message->payload.len == 0)
        return true;
    data->kind = EB_DATA_BYTES;
    if (eb_cloudevent_is_json(content_type)) {
        data->kind = EB_DATA_JSON;
        data->doc = doc;
        return eb_json_read(doc, message->payload, limits, arena, &fault->json) == EB_JSON_OK;
    }
    if (message->payload.len > limits->bytes_max)
        fault->json = (struct eb_json_fault){ EB_JSON_TOO_LONG, limits->bytes_max, NULL };
    return !fault->json.code;
}

bool eb_cloudevent_read_binary(struct eb_doc *view, const struct eb_message *message,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_cloudevent_fault *fault)
{
    struct eb_view making;
    struct eb_data data;
    struct eb_doc doc;
    uint32_t repeated;
    if (!read_data(&data, &doc, message, limits, arena, fault))
        return false;
    uint32_t attribute_max = message->properties.user_count + 1;
    eb_view_begin(&making, arena, 2 * attribute_max + eb_data_tokens(&data), attribute_max + 1);
    bool is_clear = put_properties(&making, &message->properties, fault);
    if (is_clear)
        eb_data_put(&making, message->properties.content_type, &data);
    if (!eb_view_end(&making, view, &repeated)) {
        fault->json.code = EB_JSON_NO_MEMORY;
        return false;
    }
    if (is_clear && repeated != EB_NO_TOKEN)
        return fail(fault, eb_doc_raw(view, repeated), "one user property for each attribute");
    return is_clear;
}
