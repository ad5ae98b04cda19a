#include "letter_event.h"

#include <string.h>

#include <mqtt_protocol.h>

#include "input.h"
#include "json_edit.h"
#include "terminal.h"
#include "json/base64.h"

static bool refuse(const struct letter *letter, const char *why)
{
    complain("letter %u: %s", letter->number, why);
    return false;
}

/* "/data/percent=14": the pointer ends at the first '='. */
static bool edit(
    const struct letter *letter, const char *text, struct eb_arena *arena, struct eb_span *payload)
{
    const char *equals = strchr(text, '='), *problem = "expected POINTER=JSON";
    struct eb_span edited = eb_span(NULL, 0);
    if (equals)
        edited = json_set(*payload, eb_span(text, (size_t)(equals - text)), eb_span_of(equals + 1),
            arena, &problem);
    if (!edited.ptr)
        complain("letter %u: --set %s: %s", letter->number, text, problem);
    else
        *payload = edited;
    return edited.ptr;
}

static bool make_payload(const struct letter *letter, const struct letter_correction *correction,
    struct eb_arena *arena, struct eb_span *payload)
{
    uint32_t truncated = eb_doc_member(&letter->doc, 0, "truncated");
    if (letter->is_summary)
        return refuse(letter, "it sums up others, and holds no event");
    if (correction->payload) {
        struct eb_span text = input_read(correction->payload);
        *payload = text.ptr ? eb_arena_copy(arena, text) : text;
        input_release(text);
    } else {
        *payload = letter_payload(letter, arena);
        if (truncated != EB_NO_TOKEN || !payload->ptr)
            return refuse(letter, "it does not hold all of the event; --payload gives it another");
    }
    for (size_t i = 0; payload->ptr && i < correction->edits.count; i++) {
        if (!edit(letter, correction->edits.items[i], arena, payload))
            return false;
    }
    return payload->ptr;
}

/* Text for libmosquitto, which wants it to end in NUL. */
static const char *ended(struct eb_span text, struct eb_arena *arena)
{
    return text.ptr ? eb_arena_copy(arena, text).ptr : NULL;
}

static int add_user_property(
    mosquitto_property **list, const struct letter *letter, uint32_t pair, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    if (eb_doc_type(doc, pair) != EB_JSON_ARRAY || doc->tokens[pair].count != 2 ||
        eb_doc_type(doc, pair + 1) != EB_JSON_STRING ||
        eb_doc_type(doc, pair + 2) != EB_JSON_STRING)
        return MOSQ_ERR_INVAL;
    const char *name = ended(eb_doc_string(doc, pair + 1, arena), arena);
    const char *value = ended(eb_doc_string(doc, pair + 2, arena), arena);
    return name && value
               ? mosquitto_property_add_string_pair(list, MQTT_PROP_USER_PROPERTY, name, value)
               : MOSQ_ERR_NOMEM;
}

static int add_property(
    mosquitto_property **list, const struct letter *letter, uint32_t entry, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    uint32_t name = entry + 1, value = entry + 2;
    if (eb_doc_type(doc, entry) != EB_JSON_ARRAY || doc->tokens[entry].count != 2 ||
        eb_doc_type(doc, name) != EB_JSON_STRING)
        return MOSQ_ERR_INVAL;
    if (eb_doc_string_is(doc, name, eb_span_of("user-property")))
        return add_user_property(list, letter, value, arena);
    if (eb_doc_string_is(doc, name, eb_span_of("payload-format-indicator")))
        return mosquitto_property_add_byte(
            list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, eb_span_is(eb_doc_raw(doc, value), "1"));
    if (eb_doc_type(doc, value) != EB_JSON_STRING)
        return MOSQ_ERR_INVAL;
    struct eb_span text = eb_doc_string(doc, value, arena);
    if (eb_doc_string_is(doc, name, eb_span_of("content-type")))
        return mosquitto_property_add_string(list, MQTT_PROP_CONTENT_TYPE, ended(text, arena));
    if (eb_doc_string_is(doc, name, eb_span_of("response-topic")))
        return mosquitto_property_add_string(list, MQTT_PROP_RESPONSE_TOPIC, ended(text, arena));
    bool is_exhausted;
    struct eb_span bytes = eb_base64_decode(text, arena, &is_exhausted);
    if (!eb_doc_string_is(doc, name, eb_span_of("correlation-data")) || !bytes.ptr ||
        bytes.len > UINT16_MAX)
        return MOSQ_ERR_INVAL;
    return mosquitto_property_add_binary(
        list, MQTT_PROP_CORRELATION_DATA, bytes.ptr, (uint16_t)bytes.len);
}

static bool make_properties(
    const struct letter *letter, mosquitto_property **list, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    uint32_t properties = eb_doc_member(doc, 0, "properties");
    if (properties == EB_NO_TOKEN || eb_doc_type(doc, properties) != EB_JSON_ARRAY)
        return true;
    EB_DOC_EACH_ELEMENT(doc, properties, entry)
    {
        if (add_property(list, letter, entry, arena) != MOSQ_ERR_SUCCESS)
            return refuse(letter, "its properties are not as the bus writes them");
    }
    return true;
}

static int qos_of(const struct letter *letter)
{
    uint32_t qos = eb_doc_member(&letter->doc, 0, "qos");
    return qos != EB_NO_TOKEN && eb_span_is(eb_doc_raw(&letter->doc, qos), "2") ? 2 : 1;
}

static bool is_retain(const struct letter *letter)
{
    uint32_t retain = eb_doc_member(&letter->doc, 0, "retain");
    return retain != EB_NO_TOKEN && eb_doc_type(&letter->doc, retain) == EB_JSON_TRUE;
}

bool letter_event_make(const struct letter *letter, const struct letter_correction *correction,
    struct eb_arena *arena, struct connection_message *message, mosquitto_property **properties)
{
    struct eb_span payload;
    *properties = NULL;
    if (!make_payload(letter, correction, arena, &payload) ||
        !make_properties(letter, properties, arena))
        return false;
    *message = (struct connection_message){
        .topic = ended(letter->topic, arena),
        .payload = payload.ptr,
        .payload_len = (int)payload.len,
        .qos = qos_of(letter),
        .is_retain = is_retain(letter),
        .properties = *properties,
    };
    return message->topic;
}
