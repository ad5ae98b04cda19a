#include "letter_event.h"

#include <string.h>

#include <mqtt_protocol.h>

#include "cloudevents/cloudevent.h"
#include "input.h"
#include "json_edit.h"
#include "terminal.h"
#include "json/base64.h"
#include "json/reader.h"

static bool refuse(const struct letter *letter, const char *why)
{
    complain("letter %u: %s", letter->number, why);
    return false;
}

/* ---- what it was ---- */

enum letter_form {
    LETTER_PLAIN,
    LETTER_BARE_CLOUDEVENT, /* JSON by a way without content types; over MQTT 5 it needs one */
    LETTER_BINARY_CLOUDEVENT,
};

static bool has_event_type(const struct eb_doc *doc, uint32_t entry)
{
    return eb_doc_type(doc, entry) == EB_JSON_ARRAY && doc->tokens[entry].count == 2 &&
           eb_doc_string_is(doc, entry + 1, eb_span_of("content-type")) &&
           eb_cloudevent_is_structured(eb_doc_raw(doc, entry + 2));
}

static enum letter_form letter_form(const struct letter *letter)
{
    const struct eb_doc *doc = &letter->doc;
    uint32_t properties = eb_doc_member(doc, 0, "properties");
    if (eb_doc_member(doc, 0, "envelope") == EB_NO_TOKEN || properties == EB_NO_TOKEN ||
        eb_doc_type(doc, properties) != EB_JSON_ARRAY)
        return LETTER_PLAIN;
    if (doc->tokens[properties].count == 0)
        return LETTER_BARE_CLOUDEVENT;
    EB_DOC_EACH_ELEMENT(doc, properties, entry)
    {
        if (has_event_type(doc, entry))
            return LETTER_PLAIN;
    }
    return LETTER_BINARY_CLOUDEVENT;
}

/* ---- corrections ---- */

/* "/data/percent=14": the pointer ends at the first '='. */
struct edit {
    const char *text;
    struct eb_span pointer;
    struct eb_span value;
};

static bool refuse_edit(const struct letter *letter, const char *text, const char *why)
{
    complain("letter %u: --set %s: %s", letter->number, text, why);
    return false;
}

static bool read_edit(const struct letter *letter, const char *text, struct edit *edit)
{
    const char *equals = strchr(text, '=');
    if (!equals)
        return refuse_edit(letter, text, "expected POINTER=JSON");
    *edit = (struct edit){ text, eb_span(text, (size_t)(equals - text)), eb_span_of(equals + 1) };
    if (equals > text && *text != '/')
        return refuse_edit(letter, text, "a pointer begins with '/'");
    return true;
}

static bool edit_payload(const struct letter *letter, const struct edit *edit,
    struct eb_span pointer, struct eb_arena *arena, struct eb_span *payload)
{
    const char *problem;
    struct eb_span edited = json_set(*payload, pointer, edit->value, arena, &problem);
    if (!edited.ptr)
        return refuse_edit(letter, edit->text, problem);
    *payload = edited;
    return true;
}

/*
 * Letters tell of a CloudEvent as rules see it (cloudevents/cloudevent.h). In binary mode its data
 * is the payload, and what else there is are properties.
 */
static struct eb_span pointer_in_payload(const struct letter *letter, struct eb_span pointer)
{
    static const struct eb_span data = EB_SPAN("/data");
    if (letter_form(letter) != LETTER_BINARY_CLOUDEVENT)
        return pointer;
    bool is_data =
        eb_span_starts(pointer, data) && (pointer.len == data.len || pointer.ptr[data.len] == '/');
    return is_data ? eb_span(pointer.ptr + data.len, pointer.len - data.len) : eb_span(NULL, 0);
}

static bool edit(
    const struct letter *letter, const char *text, struct eb_arena *arena, struct eb_span *payload)
{
    struct edit edit;
    if (!read_edit(letter, text, &edit))
        return false;
    struct eb_span pointer = pointer_in_payload(letter, edit.pointer);
    return !pointer.ptr || edit_payload(letter, &edit, pointer, arena, payload);
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

/* Whether a correction is about the attribute that the property `entry` of the letter is. */
static bool is_about(
    const struct letter *letter, const struct edit *edit, uint32_t entry, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    bool is_pair = eb_doc_type(doc, entry) == EB_JSON_ARRAY && doc->tokens[entry].count == 2;
    if (!is_pair || edit->pointer.len == 0)
        return false;
    struct eb_span name = eb_span(edit->pointer.ptr + 1, edit->pointer.len - 1);
    if (eb_doc_string_is(doc, entry + 1, eb_span_of("content-type")))
        return eb_span_is(name, "datacontenttype");
    if (!eb_doc_string_is(doc, entry + 1, eb_span_of("user-property")) ||
        eb_doc_type(doc, entry + 2) != EB_JSON_ARRAY)
        return false;
    struct eb_span own = eb_doc_string(doc, entry + 3, arena);
    return own.ptr && eb_span_equal(own, name);
}

static bool is_corrected(const struct letter *letter, const struct letter_correction *correction,
    uint32_t entry, struct eb_arena *arena)
{
    if (letter_form(letter) != LETTER_BINARY_CLOUDEVENT)
        return false;
    for (size_t i = 0; i < correction->edits.count; i++) {
        struct edit edit;
        if (read_edit(letter, correction->edits.items[i], &edit) &&
            is_about(letter, &edit, entry, arena))
            return true;
    }
    return false;
}

/* The text of an attribute that was given as JSON; ptr NULL: it can be none. */
static struct eb_span attribute_text(struct eb_span json, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    if (eb_json_read(&doc, json, &eb_json_limits_max, arena, &fault) ||
        eb_doc_type(&doc, 0) >= EB_JSON_ARRAY)
        return eb_span(NULL, 0);
    return eb_doc_type(&doc, 0) == EB_JSON_STRING ? eb_doc_string(&doc, 0, arena)
                                                  : eb_doc_raw(&doc, 0);
}

/* A property in place of those that were left out; null: in place of them there is none. */
static bool add_attribute(const struct letter *letter, mosquitto_property **list,
    const struct edit *edit, struct eb_arena *arena)
{
    struct eb_span name = eb_span(edit->pointer.ptr + 1, edit->pointer.len - 1);
    struct eb_span text = attribute_text(edit->value, arena);
    if (!eb_attribute_name_is_valid(name))
        return refuse_edit(letter, edit->text, "expected /data, or an attribute of the event");
    if (!text.ptr)
        return refuse_edit(letter, edit->text, "an attribute is a string");
    if (eb_span_is(edit->value, "null"))
        return true;
    int code = eb_span_is(name, "datacontenttype")
                   ? mosquitto_property_add_string(list, MQTT_PROP_CONTENT_TYPE, ended(text, arena))
                   : mosquitto_property_add_string_pair(
                         list, MQTT_PROP_USER_PROPERTY, ended(name, arena), ended(text, arena));
    return code == MOSQ_ERR_SUCCESS || refuse_edit(letter, edit->text, "no property can hold it");
}

static bool add_attributes(const struct letter *letter, const struct letter_correction *correction,
    mosquitto_property **list, struct eb_arena *arena)
{
    for (size_t i = 0; i < correction->edits.count; i++) {
        struct edit edit;
        if (!read_edit(letter, correction->edits.items[i], &edit))
            return false;
        bool is_of_payload = pointer_in_payload(letter, edit.pointer).ptr;
        if (!is_of_payload && !edit.pointer.len)
            return refuse_edit(letter, edit.text, "expected /data, or an attribute of the event");
        if (!is_of_payload && !add_attribute(letter, list, &edit, arena))
            return false;
    }
    return true;
}

static bool make_properties(const struct letter *letter, const struct letter_correction *correction,
    mosquitto_property **list, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    uint32_t properties = eb_doc_member(doc, 0, "properties");
    if (properties == EB_NO_TOKEN || eb_doc_type(doc, properties) != EB_JSON_ARRAY)
        return true;
    EB_DOC_EACH_ELEMENT(doc, properties, entry)
    {
        if (!is_corrected(letter, correction, entry, arena) &&
            add_property(list, letter, entry, arena) != MOSQ_ERR_SUCCESS)
            return refuse(letter, "its properties are not as the bus writes them");
    }
    if (letter_form(letter) == LETTER_BARE_CLOUDEVENT)
        mosquitto_property_add_string(list, MQTT_PROP_CONTENT_TYPE, eb_cloudevent_content_type.ptr);
    return letter_form(letter) != LETTER_BINARY_CLOUDEVENT ||
           add_attributes(letter, correction, list, arena);
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
        !make_properties(letter, correction, properties, arena))
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
