#include "oracle/naive_cloudevent.h"

#include <stdlib.h>
#include <string.h>

#include "text/media_type.h"

static const char event_type[] = "application/cloudevents";

/* ---- JSON ---- */

static uint32_t depth_of(const json_t *value)
{
    uint32_t depth = 0;
    size_t index;
    const char *name;
    json_t *part;
    if (!json_is_array(value) && !json_is_object(value))
        return 0;
    json_array_foreach(value, index, part)
    {
        uint32_t inner = depth_of(part);
        depth = inner > depth ? inner : depth;
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, part)
    {
        uint32_t inner = depth_of(part);
        depth = inner > depth ? inner : depth;
    }
    return depth + 1;
}

static enum naive_view_kind read_json(
    json_t **json, struct eb_span text, uint32_t bytes_max, uint32_t depth_max)
{
    json_error_t error;
    *json = NULL;
    if (text.len > bytes_max)
        return NAIVE_NO_VIEW;
    if (text.len && memchr(text.ptr, '\0', text.len))
        return NAIVE_BEYOND;
    *json = json_loadb(text.ptr ? text.ptr : "", text.len,
        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!*json) {
        enum json_error_code code = json_error_code(&error);
        bool is_beyond = code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
        return is_beyond ? NAIVE_BEYOND : NAIVE_NO_VIEW;
    }
    if (depth_of(*json) <= depth_max)
        return NAIVE_VIEW;
    json_decref(*json);
    *json = NULL;
    return NAIVE_NO_VIEW;
}

/* NULL when it is not UTF-8. */
static json_t *string_of(struct eb_span text)
{
    return json_stringn(text.ptr ? text.ptr : "", text.len);
}

static struct eb_span text_of(const json_t *string)
{
    return json_is_string(string) ? eb_span(json_string_value(string), json_string_length(string))
                                  : eb_span(NULL, 0);
}

/* ---- base64 ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *encode(struct eb_span bytes)
{
    char *out = calloc(1, bytes.len / 3 * 4 + 5), *next = out;
    for (size_t i = 0; i < bytes.len; i += 3) {
        unsigned group = 0;
        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (i + j < bytes.len ? (unsigned char)bytes.ptr[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            *next++ = i + j <= bytes.len ? digits[group >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

/* Decodes what it can; what is then not encoded the same was not base64: ptr NULL. */
static struct eb_span decode(struct eb_span text)
{
    char *out = malloc(text.len + 1);
    size_t len = 0, bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.ptr[i] ? strchr(digits, text.ptr[i]) : NULL;
        bits = bits << 6 | (digit ? (size_t)(digit - digits) : 0);
        if (i % 4 && text.ptr[i] != '=')
            out[len++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    char *again = encode(eb_span(out, len));
    if (strlen(again) != text.len || (text.len && memcmp(again, text.ptr, text.len) != 0)) {
        free(out);
        out = NULL;
    }
    free(again);
    return eb_span(out, out ? len : 0);
}

/* ---- data ---- */

static bool is_json(struct eb_span content_type)
{
    struct eb_media_type media_type;
    return content_type.ptr && eb_media_type_read(content_type, &media_type) &&
           eb_media_type_is_json(&media_type);
}

static bool is_utf8(struct eb_span content_type)
{
    struct eb_media_type media_type;
    return !eb_media_type_read(content_type, &media_type) || eb_media_type_is_utf8(&media_type);
}

/* NULL when they are not what somebody would write as text. */
static json_t *text_of_bytes(struct eb_span content_type, struct eb_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if ((unsigned char)bytes.ptr[i] < ' ' && !strchr("\t\n\r", bytes.ptr[i]))
            return NULL;
        if (!bytes.ptr[i])
            return NULL;
    }
    return content_type.ptr && is_utf8(content_type) ? string_of(bytes) : NULL;
}

static void put_bytes(json_t *view, struct eb_span content_type, struct eb_span bytes)
{
    json_t *text = text_of_bytes(content_type, bytes);
    if (bytes.len == 0) {
        json_decref(text);
    } else if (text) {
        json_object_set_new(view, "data", text);
    } else {
        char *base64 = encode(bytes);
        json_object_set_new(view, "data_base64", json_string(base64));
        free(base64);
    }
}

/* ---- structured mode ---- */

static bool is_core(const char *name)
{
    static const char *const names[] = { "id", "source", "specversion", "type", "datacontenttype",
        "dataschema", "subject", "time" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

/* What an attribute of another type than String looks like; NULL: it stays what it is. */
static json_t *canonical(const json_t *value)
{
    if (json_is_boolean(value))
        return json_string(json_is_true(value) ? "true" : "false");
    if (!json_is_integer(value))
        return NULL;
    json_int_t integer = json_integer_value(value);
    return integer < INT32_MIN || integer > INT32_MAX ? NULL : json_sprintf("%d", (int)integer);
}

static void put_attributes(json_t *view, json_t *payload)
{
    const char *name;
    size_t len;
    json_t *value;
    json_object_keylen_foreach(payload, name, len, value)
    {
        bool is_data = strcmp(name, "data") == 0 || strcmp(name, "data_base64") == 0;
        json_t *text = is_core(name) || is_data ? NULL : canonical(value);
        if (text)
            json_object_setn_new(view, name, len, text);
        else if (!json_is_null(value) || strcmp(name, "data") == 0)
            json_object_setn(view, name, len, value);
    }
}

/* The view has it as it came; what becomes of it. */
static void settle_data(json_t *view, struct eb_span content_type, bool has_type)
{
    json_t *data = json_object_get(view, "data");
    if (!has_type) {
        json_object_set_new(view, "datacontenttype", json_string("application/json"));
        return;
    }
    if (is_json(content_type) || !json_is_string(data) || !is_utf8(content_type))
        return;
    json_incref(data);
    json_object_del(view, "data");
    put_bytes(view, content_type, text_of(data));
    json_decref(data);
}

static enum naive_view_kind settle_base64(
    json_t *view, struct eb_span content_type, const struct eb_json_limits *limits)
{
    json_t *base64 = json_incref(json_object_get(view, "data_base64")), *json;
    enum naive_view_kind kind = NAIVE_VIEW;
    struct eb_span bytes = json_is_string(base64) ? decode(text_of(base64)) : eb_span(NULL, 0);
    if (bytes.ptr) {
        json_object_del(view, "data_base64");
        if (bytes.len && is_json(content_type)) {
            kind = read_json(&json, bytes, limits->bytes_max, limits->depth_max);
            if (kind == NAIVE_VIEW)
                json_object_set_new(view, "data", json);
        } else {
            put_bytes(view, content_type, bytes);
        }
    }
    free((char *)(uintptr_t)bytes.ptr);
    json_decref(base64);
    return kind;
}

static enum naive_view_kind view_structured(
    json_t *view, json_t *payload, const struct eb_json_limits *limits)
{
    put_attributes(view, payload);
    json_t *type = json_object_get(view, "datacontenttype");
    json_t *data = json_object_get(view, "data"), *base64 = json_object_get(view, "data_base64");
    struct eb_span content_type = text_of(type);
    if ((data && base64) || (type && !json_is_string(type)))
        return NAIVE_VIEW; /* faults */
    if (data)
        settle_data(view, content_type, type != NULL);
    return base64 ? settle_base64(view, content_type, limits) : NAIVE_VIEW;
}

static enum naive_view_kind read_structured(
    json_t **view, const struct eb_message *message, const struct eb_json_limits *limits)
{
    struct eb_span content_type = message->properties.content_type;
    struct eb_media_type media_type;
    bool is_json_event = eb_media_type_read(content_type, &media_type) &&
                         eb_media_type_word_is(media_type.type, "application") &&
                         eb_media_type_word_is(media_type.subtype, "cloudevents+json");
    bool is_event = content_type.len >= strlen(event_type) &&
                    strncasecmp(content_type.ptr, event_type, strlen(event_type)) == 0;
    if (is_event && !is_json_event)
        return NAIVE_NO_VIEW;
    json_t *payload;
    enum naive_view_kind kind =
        read_json(&payload, message->payload, limits->bytes_max, limits->depth_max + 1);
    *view = payload;
    if (!json_is_object(payload))
        return kind;
    *view = json_object();
    kind = view_structured(*view, payload, limits);
    json_decref(payload);
    return kind;
}

/* ---- binary mode ---- */

static bool is_attribute_name(struct eb_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!name.ptr[i] || !strchr("abcdefghijklmnopqrstuvwxyz0123456789", name.ptr[i]))
            return false;
    }
    return name.len > 0;
}

/* False when it says what another property says, or what the payload says. */
static bool put_property(
    json_t *view, const struct eb_user_property *property, struct eb_span content_type)
{
    if (!is_attribute_name(property->name))
        return true;
    if (eb_span_is(property->name, "data"))
        return false;
    if (eb_span_is(property->name, "datacontenttype"))
        return content_type.ptr && eb_span_equal(property->value, content_type);
    if (json_object_getn(view, property->name.ptr, property->name.len))
        return false;
    json_object_setn_new(view, property->name.ptr, property->name.len, string_of(property->value));
    return true;
}

static enum naive_view_kind read_binary(
    json_t **view, const struct eb_message *message, const struct eb_json_limits *limits)
{
    struct eb_span content_type = message->properties.content_type;
    enum naive_view_kind kind = NAIVE_VIEW;
    json_t *json;
    *view = json_object();
    for (uint32_t i = 0; i < message->properties.user_count; i++) {
        if (!put_property(*view, &message->properties.user[i], content_type))
            return NAIVE_NO_VIEW;
    }
    if (content_type.ptr)
        json_object_set_new(*view, "datacontenttype", string_of(content_type));
    if (message->payload.len > limits->bytes_max)
        return NAIVE_NO_VIEW;
    if (message->payload.len && is_json(content_type)) {
        kind = read_json(&json, message->payload, limits->bytes_max, limits->depth_max);
        if (kind == NAIVE_VIEW)
            json_object_set_new(*view, "data", json);
    } else {
        put_bytes(*view, content_type, message->payload);
    }
    return kind;
}

/* ---- either ---- */

static bool is_structured(const struct eb_message *message)
{
    struct eb_span content_type = message->properties.content_type;
    bool is_bare = !content_type.ptr && message->properties.user_count == 0;
    bool is_event = content_type.len >= strlen(event_type) &&
                    strncasecmp(content_type.ptr, event_type, strlen(event_type)) == 0;
    return is_event || message->protocol < 5 || (message->is_will && is_bare);
}

enum naive_view_kind naive_cloudevent_view(
    json_t **view, const struct eb_message *message, const struct eb_json_limits *limits)
{
    *view = NULL;
    enum naive_view_kind kind = is_structured(message) ? read_structured(view, message, limits)
                                                       : read_binary(view, message, limits);
    if (kind != NAIVE_VIEW) {
        json_decref(*view);
        *view = NULL;
    }
    return kind;
}
