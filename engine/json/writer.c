#include "json/writer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { ARENA_STEP = 1024 }; /* how much of the arena's tail is taken at a time */

void eb_json_writer_init(struct eb_json_writer *writer, char *out, size_t bytes)
{
    *writer = (struct eb_json_writer){ .start = out, .next = out, .end = out + bytes };
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
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRId64, value);
    eb_json_write_raw(writer, eb_span(text, (size_t)len));
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

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
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

/* The code point at the start of `text`, or U+FFFD for a byte that begins none; how many it took.
 */
static size_t put_wide(struct eb_json_writer *writer, struct eb_span text)
{
    uint32_t code_point;
    size_t len = eb_utf8_decode(text, &code_point);
    put(writer, len ? text.ptr : "\xef\xbf\xbd", len ? len : 3);
    return len ? len : 1;
}

void eb_json_write_string_part(struct eb_json_writer *writer, struct eb_span part)
{
    size_t done = 0;
    while (done < part.len) {
        size_t run = done;
        while (run < part.len && is_plain((unsigned char)part.ptr[run]))
            run++;
        put(writer, part.ptr + done, run - done);
        done = run;
        if (done == part.len)
            return;
        unsigned char byte = (unsigned char)part.ptr[done];
        if (byte < 0x80) {
            put_escape(writer, byte);
            done++;
        } else {
            done += put_wide(writer, eb_span(part.ptr + done, part.len - done));
        }
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
