#include "schema/uri.h"

#include <stdint.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_scheme_char(char c)
{
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/* The bytes of `text` before the first of `stops`. */
static size_t length_before(struct eb_span text, const char *stops)
{
    size_t len = 0;
    while (len < text.len && !(text.ptr[len] && strchr(stops, text.ptr[len])))
        len++;
    return len;
}

static struct eb_span take(struct eb_span *text, size_t len)
{
    struct eb_span taken = eb_span(text->ptr, len);
    text->ptr += len;
    text->len -= len;
    return taken;
}

static size_t scheme_length(struct eb_span text)
{
    if (!text.len || !is_alpha(text.ptr[0]))
        return 0;
    size_t len = 1;
    while (len < text.len && is_scheme_char(text.ptr[len]))
        len++;
    return len < text.len && text.ptr[len] == ':' ? len : 0;
}

struct eb_uri eb_uri_split(struct eb_span text)
{
    struct eb_uri uri = { .path = eb_span("", 0) };
    size_t scheme = scheme_length(text);
    if (scheme) {
        uri.scheme = take(&text, scheme);
        take(&text, 1);
    }
    if (text.len >= 2 && text.ptr[0] == '/' && text.ptr[1] == '/') {
        take(&text, 2);
        uri.authority = take(&text, length_before(text, "/?#"));
    }
    if (text.len)
        uri.path = take(&text, length_before(text, "?#"));
    if (text.len && text.ptr[0] == '?') {
        take(&text, 1);
        uri.query = take(&text, length_before(text, "#"));
    }
    if (text.len)
        uri.fragment = eb_span(text.ptr + 1, text.len - 1);
    return uri;
}

bool eb_uri_is_absolute(struct eb_span text)
{
    return scheme_length(text) && length_before(text, "#") == text.len;
}

struct eb_span eb_uri_without_fragment(struct eb_span text)
{
    return eb_span(text.ptr, length_before(text, "#"));
}

/* Text being put together in room that is known to suffice. */
struct draft {
    char *start;
    size_t len;
};

static void append(struct draft *draft, struct eb_span text)
{
    if (text.len)
        memcpy(draft->start + draft->len, text.ptr, text.len);
    draft->len += text.len;
}

static void drop_last_segment(struct draft *path)
{
    while (path->len && path->start[--path->len] != '/')
        continue;
}

/* Removes the leading `prefix` if it is a whole segment: followed by '/' or by the end. */
static bool skip_segment(struct eb_span *text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (!eb_span_starts(*text, eb_span(prefix, len)))
        return false;
    if (text->len > len && text->ptr[len] != '/')
        return false;
    take(text, len);
    return true;
}

/* §5.2.4, appending to `out`; the cases carry the letters of the standard. */
static void append_without_dots(struct draft *out, struct eb_span in)
{
    struct draft path = { out->start + out->len, 0 };
    while (in.len) {
        if (skip_segment(&in, "..") || skip_segment(&in, ".")) { /* A, D */
            if (in.len)
                take(&in, 1);
        } else if (skip_segment(&in, "/.")) { /* B */
            if (!in.len)
                append(&path, eb_span("/", 1));
        } else if (skip_segment(&in, "/..")) { /* C */
            drop_last_segment(&path);
            if (!in.len)
                append(&path, eb_span("/", 1));
        } else { /* E */
            size_t slash = in.ptr[0] == '/';
            append(&path,
                take(&in, slash + length_before(eb_span(in.ptr + slash, in.len - slash), "/")));
        }
    }
    out->len += path.len;
}

/* §5.2.3: the base's path up to its last slash, then the reference's. */
static struct eb_span merge(struct eb_uri base, struct eb_span path, char *room)
{
    struct draft merged = { room, 0 };
    if (base.authority.ptr && !base.path.len) {
        append(&merged, eb_span("/", 1));
    } else {
        size_t keep = base.path.len;
        while (keep && base.path.ptr[keep - 1] != '/')
            keep--;
        append(&merged, eb_span(base.path.ptr, keep));
    }
    append(&merged, path);
    return eb_span(room, merged.len);
}

/* §5.3 without the fragment. */
static void append_origin(struct draft *out, struct eb_span scheme, struct eb_span authority)
{
    if (scheme.ptr) {
        append(out, scheme);
        append(out, eb_span(":", 1));
    }
    if (authority.ptr) {
        append(out, eb_span("//", 2));
        append(out, authority);
    }
}

static void append_query(struct draft *out, struct eb_span query)
{
    if (!query.ptr)
        return;
    append(out, eb_span("?", 1));
    append(out, query);
}

struct eb_span eb_uri_resolve(
    struct eb_span base_text, struct eb_span reference_text, struct eb_arena *arena)
{
    struct eb_uri base = eb_uri_split(base_text);
    struct eb_uri reference = eb_uri_split(reference_text);
    size_t bytes_max = base_text.len + reference_text.len + 8;
    char *room = eb_arena_alloc(arena, bytes_max, 1);
    char *merged = eb_arena_alloc(arena, bytes_max, 1);
    if (!room || !merged)
        return eb_span(NULL, 0);
    struct draft out = { room, 0 };
    if (reference.scheme.ptr || reference.authority.ptr) {
        append_origin(
            &out, reference.scheme.ptr ? reference.scheme : base.scheme, reference.authority);
        append_without_dots(&out, reference.path);
        append_query(&out, reference.query);
        return eb_span(out.start, out.len);
    }
    append_origin(&out, base.scheme, base.authority);
    if (!reference.path.len) {
        append(&out, base.path);
        append_query(&out, reference.query.ptr ? reference.query : base.query);
    } else {
        bool is_rooted = reference.path.ptr[0] == '/';
        append_without_dots(&out, is_rooted ? reference.path : merge(base, reference.path, merged));
        append_query(&out, reference.query);
    }
    return eb_span(out.start, out.len);
}

struct eb_span eb_uri_join(struct eb_span uri, struct eb_span fragment, struct eb_arena *arena)
{
    struct draft out = { eb_arena_alloc(arena, uri.len + 1 + fragment.len, 1), 0 };
    if (!out.start)
        return eb_span(NULL, 0);
    append(&out, uri);
    append(&out, eb_span("#", 1));
    append(&out, fragment);
    return eb_span(out.start, out.len);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct eb_span eb_uri_decode(struct eb_span text, struct eb_arena *arena)
{
    char *out = eb_arena_alloc(arena, text.len + 1, 1);
    if (!out)
        return eb_span(NULL, 0);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool has_pair = text.ptr[i] == '%' && text.len - i > 2 && hex_value(text.ptr[i + 1]) >= 0 &&
                        hex_value(text.ptr[i + 2]) >= 0;
        if (has_pair) {
            out[len++] = (char)(hex_value(text.ptr[i + 1]) << 4 | hex_value(text.ptr[i + 2]));
            i += 2;
        } else {
            out[len++] = text.ptr[i];
        }
    }
    out[len] = '\0';
    return eb_span(out, len);
}
