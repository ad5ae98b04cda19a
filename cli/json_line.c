#include "json_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "terminal.h"

/* The outcome of an event of the greatest length, escaped, in a dead letter. */
enum { LINE_BYTES_MAX = 256 * 1024 * 1024 };

bool json_line_init(struct json_line *line)
{
    line->room = malloc(LINE_BYTES_MAX);
    if (!line->room)
        memory_ran_out();
    return line->room != NULL;
}

void json_line_release(struct json_line *line)
{
    free(line->room);
    line->room = NULL;
}

void json_line_begin(struct json_line *line)
{
    eb_json_writer_init(&line->out, line->room, LINE_BYTES_MAX);
}

void json_line_end(struct json_line *line)
{
    struct eb_span text = eb_json_writer_finish(&line->out);
    if (!text.ptr)
        text = eb_span_of("{\"error\":\"the answer is too long\"}");
    print_json_text(stdout, text);
    putchar('\n');
}

void write_compact(struct eb_json_writer *out, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span source = eb_doc_source(doc, token);
    bool is_in_string = false;
    size_t kept = 0;
    eb_json_write_raw(out, eb_span("", 0));
    for (size_t i = 0; i < source.len; i++) {
        char byte = source.ptr[i];
        if (is_in_string && byte == '\\')
            i++;
        else if (byte == '"')
            is_in_string = !is_in_string;
        if (is_in_string || !strchr(" \t\r\n", byte))
            continue;
        eb_json_write_bytes(out, eb_span(source.ptr + kept, i - kept));
        kept = i + 1;
    }
    eb_json_write_bytes(out, eb_span(source.ptr + kept, source.len - kept));
}

void write_string_member(struct eb_json_writer *out, const char *name, struct eb_span value)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_write_string(out, value);
}

void write_int_member(struct eb_json_writer *out, const char *name, int64_t value)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_write_int(out, value);
}

void write_bool_member(struct eb_json_writer *out, const char *name, bool value)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_write_bool(out, value);
}
