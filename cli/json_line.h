/*
 * json_line.h - one JSON value a line, on standard output.
 */
#ifndef EB_CLI_JSON_LINE_H
#define EB_CLI_JSON_LINE_H

#include <stdbool.h>

#include "json/doc.h"
#include "json/writer.h"

/* Room that one line after another is written into. */
struct json_line {
    char *room;
    struct eb_json_writer out;
};

/* False without memory, which has been said. */
bool json_line_init(struct json_line *line);
void json_line_release(struct json_line *line);

/* Between these two the caller writes one value to line->out; end writes it out. */
void json_line_begin(struct json_line *line);
void json_line_end(struct json_line *line);

/* The value at `token`, without the white space between its tokens. */
void write_compact(struct eb_json_writer *out, const struct eb_doc *doc, uint32_t token);

/* Members of an object. */
void write_string_member(struct eb_json_writer *out, const char *name, struct eb_span value);
void write_int_member(struct eb_json_writer *out, const char *name, int64_t value);
void write_bool_member(struct eb_json_writer *out, const char *name, bool value);

#endif
