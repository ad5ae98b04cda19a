#include "json/writer.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "json/scan.h"

enum { ARENA_STEP = 1024 }; /* how much of the arena's tail is taken at a time */

void eb_json_writer_init(struct eb_json_writer *writer, char *out, size_t bytes)
{
    char *end = bytes ? out + bytes : out;
    *writer = (struct eb_json_writer){ .start = out, .next = out, .end = end };
}

void eb_json_writer_init_arena(struct eb_json_writer *writer, struct eb_arena *arena)
{
    assert(arena->base);
    eb_json_writer_init(writer, arena->next, 0);
    writer->arena = arena;
}

/* The arena's next piece lies right behind what is written, since nobody else allocates. */
static bool grow(struct eb_json_writer *writer, size_t bytes)
{
    if (!writer->arena)
        return false;
    size_t lacking = bytes - (size_t)(writer->end - writer->next);
    size_t step = lacking > ARENA_STEP ? lacking : ARENA_STEP;
    char *piece = eb_arena_alloc(writer->arena, step, 1);
    if (!piece) {
        step = lacking;
        piece = eb_arena_alloc(writer->arena, step, 1);
    }
    assert(!piece || piece == writer->end);
    if (piece)
        writer->end += step;
    return piece != NULL;
}

/* Room for `bytes` more, already counted as written; NULL once it is short. */
static char *take(struct eb_json_writer *writer, size_t bytes)
{
    if (writer->is_overflown)
        return NULL;
    if ((size_t)(writer->end - writer->next) < bytes && !grow(writer, bytes)) {
        writer->is_overflown = true;
        return NULL;
    }
    char *out = writer->next;
    writer->next += bytes;
    return out;
}

static void put(struct eb_json_writer *writer, const char *bytes, size_t len)
{
    char *out = take(writer, len);
    if (out && len)
        memcpy(out, bytes, len);
}

static void put_byte(struct eb_json_writer *writer, char byte)
{
    put(writer, &byte, 1);
}

/* Every value and every name starts here. */
static void separate(struct eb_json_writer *writer)
{
    if (writer->needs_comma)
        put_byte(writer, ',');
    writer->needs_comma = true;
}

struct eb_span eb_json_writer_finish(struct eb_json_writer *writer)
{
    if (writer->arena)
        eb_arena_shrink(writer->arena, writer->is_overflown ? writer->start : writer->next);
    if (writer->is_overflown)
        return eb_span(NULL, 0);
    return eb_span(writer->start, (size_t)(writer->next - writer->start));
}

static void open_container(struct eb_json_writer *writer, char bracket)
{
    separate(writer);
    put_byte(writer, bracket);
    writer->needs_comma = false;
}

static void close_container(struct eb_json_writer *writer, char bracket)
{
    put_byte(writer, bracket);
    writer->needs_comma = true;
}

void eb_json_open_object(struct eb_json_writer *writer)
{
    open_container(writer, '{');
}

void eb_json_close_object(struct eb_json_writer *writer)
{
    close_container(writer, '}');
}

void eb_json_open_array(struct eb_json_writer *writer)
{
    open_container(writer, '[');
}

void eb_json_close_array(struct eb_json_writer *writer)
{
    close_container(writer, ']');
}

void eb_json_write_name(struct eb_json_writer *writer, struct eb_span name)
{
    eb_json_write_string(writer, name);
    put_byte(writer, ':');
    writer->needs_comma = false;
}

void eb_json_write_string(struct eb_json_writer *writer, struct eb_span value)
{
    eb_json_open_string(writer);
    eb_json_write_string_part(writer, value);
    eb_json_close_string(writer);
}

void eb_json_write_int(struct eb_json_writer *writer, int64_t value)
{
    char text[20];
    char *end = text + sizeof text, *first = end;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        *--first = (char)('0' + magnitude % 10);
    while (magnitude /= 10);
    if (value < 0)
        *--first = '-';
    eb_json_write_raw(writer, eb_span(first, (size_t)(end - first)));
}

void eb_json_write_bool(struct eb_json_writer *writer, bool value)
{
    eb_json_write_raw(writer, eb_span_of(value ? "true" : "false"));
}

void eb_json_write_null(struct eb_json_writer *writer)
{
    eb_json_write_raw(writer, eb_span_of("null"));
}

void eb_json_write_raw(struct eb_json_writer *writer, struct eb_span json)
{
    separate(writer);
    put(writer, json.ptr, json.len);
}

void eb_json_write_bytes(struct eb_json_writer *writer, struct eb_span bytes)
{
    put(writer, bytes.ptr, bytes.len);
}

/* ---- strings ---- */

void eb_json_open_string(struct eb_json_writer *writer)
{
    separate(writer);
    put_byte(writer, '"');
}

void eb_json_close_string(struct eb_json_writer *writer)
{
    put_byte(writer, '"');
}

void eb_json_open_name(struct eb_json_writer *writer)
{
    eb_json_open_string(writer);
}

void eb_json_close_name(struct eb_json_writer *writer)
{
    put(writer, "\":", 2);
    writer->needs_comma = false;
}

/* From `at`, over all that is written as it is. */
static const unsigned char *skip_plain(struct eb_scan *scan, const unsigned char *at)
{
    at = eb_scan_find(scan, at);
    while (at < scan->end && *at >= 0x80) {
        struct eb_span rest = eb_span((const char *)at, (size_t)(scan->end - at));
        uint32_t code_point;
        size_t len = eb_utf8_decode(rest, &code_point);
        if (len == 0)
            break;
        at = eb_scan_find(scan, at + len);
    }
    return at;
}

static void put_escape(struct eb_json_writer *writer, unsigned char byte)
{
    static const char letters[0x80] = {
        ['\b'] = 'b',
        ['\t'] = 't',
        ['\n'] = 'n',
        ['\f'] = 'f',
        ['\r'] = 'r',
        ['"'] = '"',
        ['\\'] = '\\',
    };
    if (letters[byte]) {
        put(writer, (const char[]){ '\\', letters[byte] }, 2);
        return;
    }
    static const char digits[] = "0123456789abcdef";
    put(writer, (const char[]){ '\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 0xf] }, 6);
}

void eb_json_write_string_part(struct eb_json_writer *writer, struct eb_span part)
{
    if (part.len == 0)
        return; /* it may be NULL, which nothing can be added to */
    const unsigned char *at = (const unsigned char *)part.ptr, *end = at + part.len;
    struct eb_scan scan;
    eb_scan_init(&scan, at, end);
    while (at < end) {
        const unsigned char *plain_end = skip_plain(&scan, at);
        put(writer, (const char *)at, (size_t)(plain_end - at));
        if (plain_end == end)
            return;
        if (*plain_end < 0x80)
            put_escape(writer, *plain_end);
        else
            put(writer, "\xef\xbf\xbd", 3); /* U+FFFD */
        at = plain_end + 1;
    }
}

void eb_json_write_base64(struct eb_json_writer *writer, struct eb_span bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    eb_json_open_string(writer);
    char *out = take(writer, (bytes.len + 2) / 3 * 4);
    if (!out)
        return;
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    for (size_t left = bytes.len; left; out += 4) {
        size_t taken = left < 3 ? left : 3;
        uint32_t group = (uint32_t)in[0] << 16 | (taken > 1 ? (uint32_t)in[1] << 8 : 0) |
                         (taken > 2 ? in[2] : 0);
        out[0] = digits[group >> 18];
        out[1] = digits[group >> 12 & 63];
        out[2] = taken > 1 ? digits[group >> 6 & 63] : '=';
        out[3] = taken > 2 ? digits[group & 63] : '=';
        in += taken;
        left -= taken;
    }
    eb_json_close_string(writer);
}

/* ---- members ---- */

void eb_json_member_string(struct eb_json_writer *writer, const char *name, struct eb_span value)
{
    eb_json_write_name(writer, eb_span_of(name));
    if (value.ptr)
        eb_json_write_string(writer, value);
    else
        eb_json_write_null(writer);
}

void eb_json_member_int(struct eb_json_writer *writer, const char *name, int64_t value)
{
    eb_json_write_name(writer, eb_span_of(name));
    eb_json_write_int(writer, value);
}

void eb_json_member_bool(struct eb_json_writer *writer, const char *name, bool value)
{
    eb_json_write_name(writer, eb_span_of(name));
    eb_json_write_bool(writer, value);
}

void eb_json_member_array(struct eb_json_writer *writer, const char *name)
{
    eb_json_write_name(writer, eb_span_of(name));
    eb_json_open_array(writer);
}

void eb_json_member_object(struct eb_json_writer *writer, const char *name)
{
    eb_json_write_name(writer, eb_span_of(name));
    eb_json_open_object(writer);
}
