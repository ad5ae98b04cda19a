/*
 * terminal.h - text for people: colour where there is a terminal, and nothing a device or a file
 * holds that could steer it.
 */
#ifndef EB_CLI_TERMINAL_H
#define EB_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/span.h"

enum style {
    STYLE_PLAIN,
    STYLE_GOOD,
    STYLE_BAD,
    STYLE_WARN,
    STYLE_DIM,
    STYLE_BOLD,
};

/* Starts or ends a style; writes nothing where `stream` is no terminal or NO_COLOR is set. */
void style(FILE *stream, enum style style);

/*
 * `text` with control characters, what reverses the direction of writing, and bytes that are not
 * UTF-8 as \xNN or \u{N}.
 */
void print_escaped(FILE *stream, struct eb_span text);

/* A JSON text, with the same in its strings as \uNNNN: it stays JSON, and says the same. */
void print_json_text(FILE *stream, struct eb_span json);

void print_diag(FILE *stream, const struct eb_diag *diag);

/* All of a list, and how many more there were than it kept. */
void print_diags(FILE *stream, const struct eb_diag_list *diags);

/* "event-bus: …" on standard error, escaped. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes out what standard output holds back; false when it does not arrive, now or before. */
bool output_flush(void);

/*
 * Whether all of standard output arrived; to be asked once, at the end. That nobody reads any more
 * is nothing to talk about; any other reason is told.
 */
bool output_is_complete(void);

#endif
