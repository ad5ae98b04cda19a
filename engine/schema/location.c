#include "schema/location.h"

#include <stdio.h>

/* Text that is measured when `out` is NULL, and written when it is not. */
struct sink {
    char *out;
    size_t len;
};

static void put(struct sink *sink, struct eb_span text)
{
    if (sink->out && text.len)
        memcpy(sink->out + sink->len, text.ptr, text.len);
    sink->len += text.len;
}

/* RFC 6901 §3. */
static void put_reference_token(struct sink *sink, struct eb_span token)
{
    static const struct eb_span tilde = EB_SPAN("~0"), slash = EB_SPAN("~1");
    put(sink, eb_span("/", 1));
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        put(sink, c == '~' ? tilde : c == '/' ? slash : eb_span(token.ptr + i, 1));
    }
}

static void put_step(struct sink *sink, const struct eb_trail *step)
{
    if (step->keyword == EB_KEYWORD_NONE)
        return;
    put_reference_token(sink, eb_keyword_name(step->keyword));
    if (step->name.ptr)
        put_reference_token(sink, step->name);
    if (step->index != EB_NO_TOKEN) {
        char digits[12];
        int len = snprintf(digits, sizeof digits, "%u", step->index);
        put_reference_token(sink, eb_span(digits, (size_t)len));
    }
}

/* Recursion as deep as the judging went. */
static void put_trail(struct sink *sink, const struct eb_trail *trail)
{
    if (!trail)
        return;
    put_trail(sink, trail->up);
    put_step(sink, trail);
}

struct eb_span eb_location_of_keyword(
    const struct eb_trail *trail, const struct eb_trail *last, struct eb_arena *arena)
{
    struct sink sink = { NULL, 0 };
    put_trail(&sink, trail);
    put_step(&sink, last);
    char *text = eb_arena_alloc(arena, sink.len + 1, 1);
    if (!text)
        return eb_span(NULL, 0);
    sink = (struct sink){ text, 0 };
    put_trail(&sink, trail);
    put_step(&sink, last);
    return eb_span(text, sink.len);
}

/* RFC 3986 §3.5: what a fragment holds as it is. */
static bool is_fragment_char(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~!$&'()*+,;=:@/?", c));
}

static void put_fragment(struct sink *sink, struct eb_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_fragment_char((unsigned char)text.ptr[i])) {
            put(sink, eb_span(text.ptr + i, 1));
        } else {
            char escape[4];
            snprintf(escape, sizeof escape, "%%%02X", (unsigned char)text.ptr[i]);
            put(sink, eb_span(escape, 3));
        }
    }
}

/* The schema's JSON Pointer, counted from the root of its resource. */
static struct eb_span pointer_in_resource(const struct eb_origin *origin, struct eb_arena *arena)
{
    const struct eb_doc *doc = &origin->resource->document->doc;
    struct eb_span pointer = eb_doc_pointer(doc, origin->token, arena);
    struct eb_span root = eb_doc_pointer(doc, origin->resource->token, arena);
    if (!pointer.ptr || !root.ptr)
        return eb_span(NULL, 0);
    return eb_span_starts(pointer, root) ? eb_span(pointer.ptr + root.len, pointer.len - root.len)
                                         : pointer;
}

static void put_absolute(
    struct sink *sink, struct eb_span uri, struct eb_span pointer, struct eb_span step)
{
    put(sink, uri);
    put(sink, eb_span("#", 1));
    put_fragment(sink, pointer);
    put_fragment(sink, step);
}

struct eb_span eb_location_absolute(
    const struct eb_origin *origin, const struct eb_trail *last, struct eb_arena *arena)
{
    struct eb_span none = eb_span(NULL, 0);
    struct eb_span pointer = pointer_in_resource(origin, arena);
    struct eb_span step = eb_location_of_keyword(NULL, last, arena);
    if (!pointer.ptr || !step.ptr)
        return none;
    struct sink sink = { NULL, 0 };
    put_absolute(&sink, origin->resource->uri, pointer, step);
    char *text = eb_arena_alloc(arena, sink.len + 1, 1);
    if (!text)
        return none;
    sink = (struct sink){ text, 0 };
    put_absolute(&sink, origin->resource->uri, pointer, step);
    return eb_span(text, sink.len);
}
