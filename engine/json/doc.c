#include "json/doc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "json/unescape.h"

struct eb_span eb_doc_string(const struct eb_doc *doc, uint32_t token, struct eb_arena *arena)
{
    struct eb_span raw = eb_doc_raw(doc, token);
    if (!eb_doc_is_escaped(doc, token))
        return raw;
    char *value = eb_arena_alloc(arena, raw.len, 1); /* no escape is shorter than its value */
    if (!value)
        return eb_span(NULL, 0);
    size_t len = 0;
    struct eb_unescape pieces = eb_unescape(raw);
    for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr; len += piece.len)
        memcpy(value + len, piece.ptr, piece.len);
    eb_arena_shrink(arena, value + len);
    return eb_span(value, len);
}

bool eb_doc_string_is(const struct eb_doc *doc, uint32_t token, struct eb_span value)
{
    struct eb_span raw = eb_doc_raw(doc, token);
    if (!eb_doc_is_escaped(doc, token))
        return eb_span_equal(raw, value);
    struct eb_unescape pieces = eb_unescape(raw);
    for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr;) {
        if (!eb_span_starts(value, piece))
            return false;
        value = eb_span(value.ptr + piece.len, value.len - piece.len);
    }
    return value.len == 0;
}

/* Both written with escapes: whose pieces need not have the same bounds. */
static bool escaped_equal(struct eb_span raw_a, struct eb_span raw_b)
{
    struct eb_unescape pieces_a = eb_unescape(raw_a), pieces_b = eb_unescape(raw_b);
    struct eb_span a = eb_unescape_next(&pieces_a), b = eb_unescape_next(&pieces_b);
    while (a.ptr && b.ptr) {
        size_t common = a.len < b.len ? a.len : b.len;
        if (memcmp(a.ptr, b.ptr, common) != 0)
            return false;
        a = common < a.len ? eb_span(a.ptr + common, a.len - common) : eb_unescape_next(&pieces_a);
        b = common < b.len ? eb_span(b.ptr + common, b.len - common) : eb_unescape_next(&pieces_b);
    }
    return !a.ptr && !b.ptr;
}

bool eb_doc_strings_equal(
    const struct eb_doc *doc_a, uint32_t token_a, const struct eb_doc *doc_b, uint32_t token_b)
{
    struct eb_span raw_a = eb_doc_raw(doc_a, token_a), raw_b = eb_doc_raw(doc_b, token_b);
    if (!eb_doc_is_escaped(doc_a, token_a))
        return eb_doc_string_is(doc_b, token_b, raw_a);
    if (!eb_doc_is_escaped(doc_b, token_b))
        return eb_doc_string_is(doc_a, token_a, raw_b);
    return escaped_equal(raw_a, raw_b);
}

uint64_t eb_doc_string_hash(const struct eb_doc *doc, uint32_t token, const struct eb_hash_key *key)
{
    struct eb_span raw = eb_doc_raw(doc, token);
    if (!eb_doc_is_escaped(doc, token))
        return eb_hash(key, raw.ptr, raw.len);
    struct eb_hasher hasher;
    eb_hasher_init(&hasher, key);
    struct eb_unescape pieces = eb_unescape(raw);
    for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr;)
        eb_hasher_add(&hasher, piece.ptr, piece.len);
    return eb_hasher_end(&hasher);
}

/* Most names differ in length: seen here, without a call. */
static bool has_name(const struct eb_doc *doc, uint32_t member, struct eb_span name)
{
    return (doc->tokens[member].len == name.len || eb_doc_is_escaped(doc, member)) &&
           eb_doc_string_is(doc, member, name);
}

uint32_t eb_doc_member_named(const struct eb_doc *doc, uint32_t object, struct eb_span name)
{
    if (eb_doc_type(doc, object) != EB_JSON_OBJECT)
        return EB_NO_TOKEN;
    EB_DOC_EACH_MEMBER(doc, object, member)
    {
        if (has_name(doc, member, name))
            return member + 1;
    }
    return EB_NO_TOKEN;
}

uint32_t eb_doc_member(const struct eb_doc *doc, uint32_t object, const char *name)
{
    return eb_doc_member_named(doc, object, eb_span_of(name));
}

struct eb_span eb_doc_source(const struct eb_doc *doc, uint32_t token)
{
    struct eb_span raw = eb_doc_raw(doc, token);
    bool is_quoted = eb_doc_type(doc, token) == EB_JSON_STRING;
    return is_quoted ? eb_span(raw.ptr - 1, raw.len + 2) : raw;
}

/* Text that is measured when `out` is NULL, and written when it is not. */
struct sink {
    char *out;
    size_t len;
};

static void put(struct sink *sink, struct eb_span text)
{
    if (sink->out)
        memcpy(sink->out + sink->len, text.ptr, text.len);
    sink->len += text.len;
}

/* A name as a reference token: ~ and / are written ~0 and ~1 (RFC 6901 §3). */
static void put_name(struct sink *sink, const struct eb_doc *doc, uint32_t name)
{
    static const struct eb_span tilde = EB_SPAN("~0"), slash = EB_SPAN("~1");
    put(sink, eb_span("/", 1));
    struct eb_unescape pieces = eb_unescape(eb_doc_raw(doc, name));
    for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr;) {
        for (size_t i = 0; i < piece.len; i++) {
            char byte = piece.ptr[i];
            put(sink, byte == '~' ? tilde : byte == '/' ? slash : eb_span(piece.ptr + i, 1));
        }
    }
}

static void put_index(struct sink *sink, uint32_t index)
{
    char text[16];
    int len = snprintf(text, sizeof text, "/%u", index);
    put(sink, eb_span(text, (size_t)len));
}

/* From `container` one step towards `token`, which it holds: the child that is it or holds it. */
static uint32_t put_step(
    struct sink *sink, const struct eb_doc *doc, uint32_t container, uint32_t token)
{
    if (eb_doc_type(doc, container) == EB_JSON_OBJECT) {
        uint32_t name = container + 1;
        while (doc->tokens[name + 1].next <= token)
            name = doc->tokens[name + 1].next;
        put_name(sink, doc, name);
        return name == token ? token : name + 1;
    }
    uint32_t element = container + 1, index = 0;
    for (; doc->tokens[element].next <= token; index++)
        element = doc->tokens[element].next;
    put_index(sink, index);
    return element;
}

static void put_pointer(struct sink *sink, const struct eb_doc *doc, uint32_t token)
{
    for (uint32_t at = 0; at != token;)
        at = put_step(sink, doc, at, token);
}

struct eb_span eb_doc_pointer(const struct eb_doc *doc, uint32_t token, struct eb_arena *arena)
{
    struct sink sink = { 0 };
    put_pointer(&sink, doc, token);
    sink.out = eb_arena_alloc(arena, sink.len + 1, 1);
    if (!sink.out)
        return eb_span(NULL, 0);
    sink.len = 0;
    put_pointer(&sink, doc, token);
    sink.out[sink.len] = '\0';
    return eb_span(sink.out, sink.len);
}

/* The first reference token of `*pointer`, still escaped, taken off it; false at the end. */
static bool next_step(struct eb_span *pointer, struct eb_span *step)
{
    if (pointer->len == 0)
        return false;
    const char *start = pointer->ptr + 1, *end = pointer->ptr + pointer->len;
    const char *slash = memchr(start, '/', (size_t)(end - start));
    const char *stop = slash ? slash : end;
    *step = eb_span(start, (size_t)(stop - start));
    *pointer = eb_span(stop, (size_t)(end - stop));
    return true;
}

/* The next byte a reference token stands for, taken off it. */
static char next_step_byte(struct eb_span *step)
{
    size_t taken = step->ptr[0] == '~' && step->len > 1 ? 2 : 1;
    char byte = taken == 1 ? step->ptr[0] : step->ptr[1] == '1' ? '/' : '~';
    *step = eb_span(step->ptr + taken, step->len - taken);
    return byte;
}

static bool name_is_step(const struct eb_doc *doc, uint32_t name, struct eb_span step)
{
    struct eb_unescape pieces = eb_unescape(eb_doc_raw(doc, name));
    for (struct eb_span piece; (piece = eb_unescape_next(&pieces)).ptr;) {
        for (size_t i = 0; i < piece.len; i++) {
            if (step.len == 0 || next_step_byte(&step) != piece.ptr[i])
                return false;
        }
    }
    return step.len == 0;
}

static uint32_t member_at(const struct eb_doc *doc, uint32_t object, struct eb_span step)
{
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        if (name_is_step(doc, name, step))
            return name + 1;
    }
    return EB_NO_TOKEN;
}

/* An index has no leading zeros, and "-" is the element that is not there (RFC 6901 §4). */
static uint32_t element_at(const struct eb_doc *doc, uint32_t array, struct eb_span step)
{
    uint64_t index = 0;
    if (step.len == 0 || step.len > 8 || (step.ptr[0] == '0' && step.len > 1))
        return EB_NO_TOKEN;
    for (size_t i = 0; i < step.len; i++) {
        if (step.ptr[i] < '0' || step.ptr[i] > '9')
            return EB_NO_TOKEN;
        index = 10 * index + (uint64_t)(step.ptr[i] - '0');
    }
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (index-- == 0)
            return element;
    }
    return EB_NO_TOKEN;
}

uint32_t eb_doc_at(const struct eb_doc *doc, struct eb_span pointer)
{
    uint32_t token = 0;
    struct eb_span step;
    if (pointer.len && pointer.ptr[0] != '/')
        return EB_NO_TOKEN;
    while (token != EB_NO_TOKEN && next_step(&pointer, &step)) {
        switch (eb_doc_type(doc, token)) {
        case EB_JSON_OBJECT: token = member_at(doc, token, step); break;
        case EB_JSON_ARRAY: token = element_at(doc, token, step); break;
        default: token = EB_NO_TOKEN;
        }
    }
    return token;
}

void eb_doc_position(const struct eb_doc *doc, uint32_t token, uint32_t *line, uint32_t *column)
{
    size_t offset = (size_t)(eb_doc_source(doc, token).ptr - doc->text);
    eb_doc_offset_position(doc, offset, line, column);
}

void eb_doc_offset_position(
    const struct eb_doc *doc, size_t offset, uint32_t *line, uint32_t *column)
{
    const char *line_start = doc->text, *end = doc->text + offset;
    *line = doc->first_line ? doc->first_line : 1;
    for (const char *newline;
         (newline = memchr(line_start, '\n', (size_t)(end - line_start))) != NULL; ++*line)
        line_start = newline + 1;
    *column = (uint32_t)(end - line_start) + 1;
}

void eb_doc_diag(struct eb_diag_list *list, enum eb_severity severity, const struct eb_doc *doc,
    uint32_t token, const char *format, ...)
{
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_place place = { .file = doc->name };
    if (!eb_diag_list_is_full(list)) {
        eb_doc_position(doc, token, &place.line, &place.column);
        place.pointer = eb_doc_pointer(doc, token, &arena);
    }
    va_list arguments;
    va_start(arguments, format);
    eb_diag_vadd(list, severity, place, format, arguments);
    va_end(arguments);
    list->is_out_of_memory |= arena.is_starved; /* and so it lacks a pointer */
    eb_arena_release(&arena);
}
