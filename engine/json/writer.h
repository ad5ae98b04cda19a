/*
 * writer.h - compact JSON into a bounded buffer or an arena.
 *
 * The writer puts the commas. It never fails in the middle: once it runs out of room it remembers
 * and ignores the rest, and the caller looks at `is_overflown` once, at the end. It does not check
 * that calls nest properly beyond an assert; the caller's code is the grammar.
 */
#ifndef EB_JSON_WRITER_H
#define EB_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

struct eb_json_writer {
    char *start, *next, *end;
    struct eb_arena
        *arena; /* NULL: a fixed buffer; else the tail of this arena, growing in place */
    bool is_overflown;
    bool needs_comma;
};

/* Into `bytes` bytes of the caller's; `out` may be NULL when there are none. */
void eb_json_writer_init(struct eb_json_writer *writer, char *out, size_t bytes);

/*
 * Into a reserved arena's free tail. Until eb_json_writer_finish() nobody else may allocate from
 * it; finish keeps what was written.
 */
void eb_json_writer_init_arena(struct eb_json_writer *writer, struct eb_arena *arena);

/* What was written, given; ptr is NULL after an overflow. */
struct eb_span eb_json_writer_finish(struct eb_json_writer *writer);

void eb_json_open_object(struct eb_json_writer *writer);
void eb_json_close_object(struct eb_json_writer *writer);
void eb_json_open_array(struct eb_json_writer *writer);
void eb_json_close_array(struct eb_json_writer *writer);
void eb_json_write_name(struct eb_json_writer *writer, struct eb_span name);
/* Escaped as RFC 8259 §7 asks, and no more; bytes that are not UTF-8 become U+FFFD. */
void eb_json_write_string(struct eb_json_writer *writer, struct eb_span value);
void eb_json_write_int(struct eb_json_writer *writer, int64_t value);
void eb_json_write_bool(struct eb_json_writer *writer, bool value);
void eb_json_write_null(struct eb_json_writer *writer);
/* Bytes that already are one JSON value. */
void eb_json_write_raw(struct eb_json_writer *writer, struct eb_span json);
/*
 * Bytes that go on from whatever was written last, for who writes from ready-made pieces: puts no
 * comma and reckons with none.
 */
void eb_json_write_bytes(struct eb_json_writer *writer, struct eb_span bytes);
/* `bytes` as a base64 string (RFC 4648 §4). */
void eb_json_write_base64(struct eb_json_writer *writer, struct eb_span bytes);

/* Members of an object: a name and its value. A string with ptr NULL is null. */
void eb_json_member_string(struct eb_json_writer *writer, const char *name, struct eb_span value);
void eb_json_member_int(struct eb_json_writer *writer, const char *name, int64_t value);
void eb_json_member_bool(struct eb_json_writer *writer, const char *name, bool value);
/* The name alone, and the beginning of the value; the caller closes it. */
void eb_json_member_array(struct eb_json_writer *writer, const char *name);
void eb_json_member_object(struct eb_json_writer *writer, const char *name);

/* Building one string from parts: open, any number of parts, close. Parts are escaped alike. */
void eb_json_open_string(struct eb_json_writer *writer);
void eb_json_write_string_part(struct eb_json_writer *writer, struct eb_span part);
void eb_json_close_string(struct eb_json_writer *writer);
/* The same for a member's name. */
void eb_json_open_name(struct eb_json_writer *writer);
void eb_json_close_name(struct eb_json_writer *writer);

#endif
