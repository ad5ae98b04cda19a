/*
 * input.h - what a command reads: whole files, and lines of any length.
 */
#ifndef EB_CLI_INPUT_H
#define EB_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/span.h"

/* Given on the heap; ptr is NULL after an error, which has been said on standard error. */
struct eb_span input_read(const char *path);
void input_release(struct eb_span text);

/* "-" is standard input, called so in messages. */
const char *input_name(const char *path);

/* Lines of standard input. */
struct line_reader {
    char *buffer;
    size_t room;
};

/* The next line without its newline, borrowed until the next call; false at the end. */
bool line_read(struct line_reader *reader, struct eb_span *line);
void line_reader_release(struct line_reader *reader);

#endif
