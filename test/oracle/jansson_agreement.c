#include "oracle/jansson_agreement.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* A copy with a NUL behind it, for strtoll and strtod. */
static const char *terminated(struct eb_span literal, struct eb_arena *arena)
{
    return eb_arena_copy(arena, literal).ptr;
}

static const char *compare_number(
    const struct eb_doc *doc, uint32_t token, const json_t *value, struct eb_arena *arena)
{
    const char *literal = terminated(eb_doc_raw(doc, token), arena);
    bool is_integer = doc->tokens[token].flags & EB_TOKEN_IS_INTEGER;
    if (is_integer != json_is_integer(value))
        return "an integer for one is a real for the other";
    if (is_integer)
        return strtoll(literal, NULL, 10) == json_integer_value(value) ? NULL
                                                                       : "an integer's value";
    return strtod(literal, NULL) == json_real_value(value) ? NULL : "a real's value";
}

static const char *compare_value(
    const struct eb_doc *doc, uint32_t token, const json_t *value, struct eb_arena *arena);

static const char *compare_array(
    const struct eb_doc *doc, uint32_t array, const json_t *value, struct eb_arena *arena)
{
    size_t index = 0;
    const char *difference = NULL;
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (!difference)
            difference = compare_value(doc, element, json_array_get(value, index++), arena);
    }
    if (index != json_array_size(value) || index != doc->tokens[array].count)
        return difference ? difference : "an array's length";
    return difference;
}

static const char *compare_object(
    const struct eb_doc *doc, uint32_t object, const json_t *value, struct eb_arena *arena)
{
    if (doc->tokens[object].count != json_object_size(value))
        return "an object's size";
    const char *difference = NULL;
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        struct eb_span key = eb_doc_string(doc, name, arena);
        const json_t *member = json_object_getn(value, key.len ? key.ptr : "", key.len);
        if (!difference)
            difference = member ? compare_value(doc, name + 1, member, arena) : "a member's name";
    }
    return difference;
}

static const char *compare_string(
    const struct eb_doc *doc, uint32_t token, const json_t *value, struct eb_arena *arena)
{
    struct eb_span theirs = eb_span(json_string_value(value), json_string_length(value));
    if (!eb_span_equal(eb_doc_string(doc, token, arena), theirs))
        return "a string's value";
    bool is_wide = false;
    for (size_t i = 0; i < theirs.len; i++)
        is_wide |= (unsigned char)theirs.ptr[i] >= 0x80;
    if (is_wide && !(doc->tokens[token].flags & EB_TOKEN_IS_WIDE))
        return "a string beyond ASCII is not flagged";
    return NULL;
}

/* Recursion is bounded by EB_DEPTH_MAX. */
static const char *compare_value(
    const struct eb_doc *doc, uint32_t token, const json_t *value, struct eb_arena *arena)
{
    static const json_type types[] = {
        [EB_JSON_NULL] = JSON_NULL,
        [EB_JSON_FALSE] = JSON_FALSE,
        [EB_JSON_TRUE] = JSON_TRUE,
        [EB_JSON_STRING] = JSON_STRING,
        [EB_JSON_ARRAY] = JSON_ARRAY,
        [EB_JSON_OBJECT] = JSON_OBJECT,
    };
    enum eb_json_type type = eb_doc_type(doc, token);
    if (type == EB_JSON_NUMBER)
        return json_is_number(value) ? compare_number(doc, token, value, arena) : "a value's type";
    if (json_typeof(value) != types[type])
        return "a value's type";
    switch (type) {
    case EB_JSON_STRING: return compare_string(doc, token, value, arena);
    case EB_JSON_ARRAY: return compare_array(doc, token, value, arena);
    case EB_JSON_OBJECT: return compare_object(doc, token, value, arena);
    default: return NULL;
    }
}

static bool has_number_beyond_double(const struct eb_doc *doc, struct eb_arena *arena)
{
    for (uint32_t token = 0; token < doc->token_count; token++) {
        if (eb_doc_type(doc, token) != EB_JSON_NUMBER)
            continue;
        const char *literal = terminated(eb_doc_raw(doc, token), arena);
        errno = 0;
        if (doc->tokens[token].flags & EB_TOKEN_IS_INTEGER)
            strtoll(literal, NULL, 10);
        else if (!isinf(strtod(literal, NULL)))
            errno = 0; /* merely too small */
        if (errno == ERANGE)
            return true;
    }
    return false;
}

static bool has_name_with_nul(const struct eb_doc *doc, struct eb_arena *arena)
{
    for (uint32_t token = 0; token < doc->token_count; token++) {
        if (eb_doc_type(doc, token) != EB_JSON_OBJECT)
            continue;
        EB_DOC_EACH_MEMBER(doc, token, name)
        {
            struct eb_span value = eb_doc_string(doc, name, arena);
            if (value.len && memchr(value.ptr, '\0', value.len))
                return true;
        }
    }
    return false;
}

/* We accept and jansson does not. */
static bool is_beyond_jansson(
    const struct eb_doc *doc, const json_error_t *error, struct eb_arena *arena)
{
    switch (json_error_code(error)) {
    case json_error_numeric_overflow: return has_number_beyond_double(doc, arena);
    case json_error_null_byte_in_key: return has_name_with_nul(doc, arena);
    default: return false;
    }
}

/* We refuse and jansson does not: it loses NUL bytes behind numbers, which no JSON text holds. */
static bool is_within_jansson_only(struct eb_span text, const struct eb_json_fault *fault)
{
    return fault->code == EB_JSON_TOO_DEEP || (text.len && memchr(text.ptr, '\0', text.len));
}

const char *eb_jansson_disagreement(
    struct eb_span text, struct eb_arena *arena, enum eb_json_code *code)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(arena);
    *code = eb_json_read(&doc, text, &eb_json_limits_max, arena, &fault);
    json_error_t error;
    json_t *value = json_loadb(text.ptr ? text.ptr : "", text.len,
        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    const char *difference = NULL;
    if (*code == EB_JSON_OK && value)
        difference = compare_value(&doc, 0, value, arena);
    else if (*code == EB_JSON_OK && !is_beyond_jansson(&doc, &error, arena))
        difference = "we accept, jansson refuses";
    else if (*code != EB_JSON_OK && value && !is_within_jansson_only(text, &fault))
        difference = "we refuse, jansson accepts";
    json_decref(value);
    return difference;
}
