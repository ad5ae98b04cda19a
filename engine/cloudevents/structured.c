/*
 * Structured mode (MQTT binding §3.2): the payload in the JSON format. Most are views already; what
 * is not is written anew.
 */
#include "cloudevents/data.h"
#include "cloudevents/modes.h"
#include "json/number.h"

struct reading {
    const struct eb_doc *payload;
    struct eb_arena *arena;
    uint32_t content_type, data, base64; /* values; EB_NO_TOKEN: not there */
    struct eb_span content_type_text;    /* ptr NULL: it is no string */
    struct eb_data replaced;             /* in place of the data, when `replaces` */
    bool is_view;                        /* the payload can stay as it is */
    bool replaces;
    bool adds_content_type;
    bool is_exhausted;
};

/* ---- attributes ---- */

/* Types with a canonical string (core, Type System): of an extension, for core ones are strings. */
static bool has_canonical_string(const struct eb_doc *doc, uint32_t value)
{
    switch (eb_doc_type(doc, value)) {
    case EB_JSON_FALSE:
    case EB_JSON_TRUE: return true;
    case EB_JSON_NUMBER: break;
    default: return false;
    }
    struct eb_number number = eb_number_of(eb_doc_raw(doc, value));
    return doc->tokens[value].flags & EB_TOKEN_IS_INTEGER && number.is_small &&
           number.small >= INT32_MIN && number.small <= INT32_MAX;
}

static bool is_core(const struct eb_doc *doc, uint32_t name)
{
    static const char *const names[] = { "id", "source", "specversion", "type", "datacontenttype",
        "dataschema", "subject", "time" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (eb_doc_string_is(doc, name, eb_span_of(names[i])))
            return true;
    }
    return false;
}

/* -0 is the integer 0. */
static struct eb_span canonical_string(const struct eb_doc *doc, uint32_t value)
{
    struct eb_span raw = eb_doc_raw(doc, value);
    return eb_span_is(raw, "-0") ? eb_span_of("0") : raw;
}

static bool is_written_as_string(const struct eb_doc *doc, uint32_t name)
{
    return has_canonical_string(doc, name + 1) && !is_core(doc, name);
}

/* Finds what the rest goes by, and whether all attributes are as they are in a view. */
static void look_over(struct reading *reading)
{
    const struct eb_doc *doc = reading->payload;
    EB_DOC_EACH_MEMBER(doc, 0, name)
    {
        bool is_null = eb_doc_type(doc, name + 1) == EB_JSON_NULL;
        if (eb_doc_string_is(doc, name, eb_span_of("data"))) {
            reading->data = name + 1;
        } else if (is_null) {
            reading->is_view = false;
        } else if (eb_doc_string_is(doc, name, eb_span_of("data_base64"))) {
            reading->base64 = name + 1;
        } else if (eb_doc_string_is(doc, name, eb_span_of("datacontenttype"))) {
            reading->content_type = name + 1;
        } else {
            reading->is_view &= !is_written_as_string(doc, name);
        }
    }
}

/* ---- data ---- */

static struct eb_span string_of(struct reading *reading, uint32_t token)
{
    struct eb_span text = eb_doc_string(reading->payload, token, reading->arena);
    reading->is_exhausted |= !text.ptr;
    return text;
}

static void replace(struct reading *reading, struct eb_data data)
{
    reading->replaced = data;
    reading->replaces = true;
    reading->is_view = false;
}

static void replace_by_bytes(struct reading *reading, struct eb_span bytes)
{
    replace(reading,
        (struct eb_data){ .kind = bytes.len ? EB_DATA_BYTES : EB_DATA_NONE, .bytes = bytes });
}

static bool is_declared_json(const struct reading *reading)
{
    return reading->content_type == EB_NO_TOKEN ||
           eb_cloudevent_is_json(reading->content_type_text);
}

/* JSON stays; text stays where it is text. Text whose bytes are not known stays, too. */
static void look_at_data(struct reading *reading)
{
    if (is_declared_json(reading)) {
        reading->adds_content_type = reading->content_type == EB_NO_TOKEN;
        reading->is_view &= !reading->adds_content_type;
        return;
    }
    if (eb_doc_type(reading->payload, reading->data) != EB_JSON_STRING ||
        !eb_data_is_utf8(reading->content_type_text))
        return;
    struct eb_span text = string_of(reading, reading->data);
    if (text.ptr && (text.len == 0 || !eb_data_is_text(reading->content_type_text, text)))
        replace_by_bytes(reading, text);
}

static bool read_json(struct reading *reading, struct eb_span bytes, struct eb_doc *doc,
    const struct eb_json_limits *limits, struct eb_cloudevent_fault *fault)
{
    if (eb_json_read(doc, bytes, limits, reading->arena, &fault->json))
        return false;
    replace(reading, (struct eb_data){ .kind = EB_DATA_JSON, .doc = doc });
    return true;
}

/* What is not base64 stays, and is a fault later. */
static bool look_at_base64(struct reading *reading, struct eb_doc *doc,
    const struct eb_json_limits *limits, struct eb_cloudevent_fault *fault)
{
    if (eb_doc_type(reading->payload, reading->base64) != EB_JSON_STRING)
        return true;
    struct eb_span bytes =
        eb_data_decode(reading->payload, reading->base64, reading->arena, &reading->is_exhausted);
    if (!bytes.ptr)
        return true;
    bool is_known = reading->content_type != EB_NO_TOKEN;
    if (is_known && bytes.len && eb_cloudevent_is_json(reading->content_type_text))
        return read_json(reading, bytes, doc, limits, fault);
    if (bytes.len == 0 || eb_data_is_text(reading->content_type_text, bytes))
        replace_by_bytes(reading, bytes);
    return true;
}

/* ---- writing it anew ---- */

static bool is_left_out(const struct reading *reading, uint32_t value)
{
    if (value == reading->data || value == reading->base64)
        return reading->replaces;
    return eb_doc_type(reading->payload, value) == EB_JSON_NULL;
}

static void put_members(struct eb_view *view, const struct reading *reading)
{
    const struct eb_doc *doc = reading->payload;
    EB_DOC_EACH_MEMBER(doc, 0, name)
    {
        bool is_data = name + 1 == reading->data || name + 1 == reading->base64;
        if (is_left_out(reading, name + 1))
            continue;
        if (!is_data && is_written_as_string(doc, name))
            eb_view_put_member_text(view, doc, name, canonical_string(doc, name + 1));
        else
            eb_view_put_member(view, doc, name);
    }
}

static bool rewrite(
    struct eb_doc *view, const struct reading *reading, struct eb_cloudevent_fault *fault)
{
    struct eb_view making;
    uint32_t repeated;
    eb_view_begin(&making, reading->arena,
        reading->payload->token_count + 2 + eb_data_tokens(&reading->replaced), 0);
    put_members(&making, reading);
    if (reading->adds_content_type)
        eb_view_put_text(&making, eb_span_of("datacontenttype"), eb_span_of("application/json"));
    if (reading->replaces)
        eb_data_put(&making, reading->content_type_text, &reading->replaced);
    if (eb_view_end(&making, view, &repeated))
        return true;
    fault->json.code = EB_JSON_NO_MEMORY;
    return false;
}

/* ---- the payload ---- */

static bool look_at_all_data(struct reading *reading, struct eb_doc *doc,
    const struct eb_json_limits *limits, struct eb_cloudevent_fault *fault)
{
    bool is_odd = reading->content_type != EB_NO_TOKEN && !reading->content_type_text.ptr;
    bool is_twice = reading->data != EB_NO_TOKEN && reading->base64 != EB_NO_TOKEN;
    if (is_odd || is_twice) /* faults later */
        return true;
    if (reading->data != EB_NO_TOKEN)
        look_at_data(reading);
    return reading->base64 == EB_NO_TOKEN || look_at_base64(reading, doc, limits, fault);
}

bool eb_cloudevent_read_structured(struct eb_doc *view, struct eb_span payload,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_cloudevent_fault *fault)
{
    struct eb_json_limits outer = *limits, inner = *limits;
    struct eb_doc doc, data;
    inner.depth_max = eb_data_depth_max(limits);
    outer.depth_max = inner.depth_max + 1;
    if (eb_json_read(&doc, payload, &outer, arena, &fault->json))
        return false;
    *view = doc;
    if (eb_doc_type(&doc, 0) != EB_JSON_OBJECT)
        return true; /* a fault later */
    struct reading reading = {
        .payload = &doc,
        .arena = arena,
        .content_type = EB_NO_TOKEN,
        .data = EB_NO_TOKEN,
        .base64 = EB_NO_TOKEN,
        .is_view = true,
    };
    look_over(&reading);
    if (reading.content_type != EB_NO_TOKEN &&
        eb_doc_type(&doc, reading.content_type) == EB_JSON_STRING)
        reading.content_type_text = string_of(&reading, reading.content_type);
    if (!look_at_all_data(&reading, &data, &inner, fault))
        return false;
    if (reading.is_exhausted)
        fault->json.code = EB_JSON_NO_MEMORY;
    return !reading.is_exhausted && (reading.is_view || rewrite(view, &reading, fault));
}
