/*
 * diag.h - what is wrong with something an operator wrote, where, and what was expected.
 *
 * Cold paths report every problem they can find into one list, in order; a caller decides whether
 * to print them all (`event-bus check`) or stop the broker over the first. A list never fails to
 * record that there was an error: when memory runs out it still counts.
 */
#ifndef EB_BASE_DIAG_H
#define EB_BASE_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

enum eb_severity {
    EB_NOTE,
    EB_WARNING,
    EB_ERROR,
};

/* Where in a file. Line and column count from 1; 0 means "the whole file". */
struct eb_place {
    const char *file; /* borrowed for the call; NULL: no file is meant */
    uint32_t line;
    uint32_t column;        /* in bytes */
    struct eb_span pointer; /* JSON Pointer (RFC 6901); ptr NULL: none is meant */
};

struct eb_diag {
    struct eb_diag *next;
    enum eb_severity severity;
    uint32_t line;
    uint32_t column;
    const char *file;    /* NULL: none */
    const char *pointer; /* NULL: none; "" is the whole document */
    const char *text;    /* one sentence, no newline; what a terminal might act on is escaped */
};

struct eb_diag_list {
    struct eb_diag *first;
    struct eb_diag **last;
    size_t count;   /* kept in the list */
    size_t errors;  /* reported, kept or not */
    size_t dropped; /* reported but not kept: over EB_DIAGS_MAX, or no memory */
    bool is_out_of_memory;
};

void eb_diag_list_init(struct eb_diag_list *list);
void eb_diag_list_release(struct eb_diag_list *list);

/* Whether what is added from now on is only counted: nobody needs to look for its place. */
bool eb_diag_list_is_full(const struct eb_diag_list *list);

/* Adds one; `place` and the arguments are copied. */
void eb_diag_add(struct eb_diag_list *list, enum eb_severity severity, struct eb_place place,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

void eb_diag_vadd(struct eb_diag_list *list, enum eb_severity severity, struct eb_place place,
    const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

/* Says that memory ran out while compiling; counts as an error. Allocates nothing. */
void eb_diag_add_out_of_memory(struct eb_diag_list *list);

/* Releases a growing arena; says so if the system had no memory for it, whoever asked went on. */
void eb_diag_release_arena(struct eb_diag_list *list, struct eb_arena *arena);

/*
 * "FILE:LINE:COL: error: TEXT (at POINTER)" into `out`, NUL-terminated, cut at `out_bytes`.
 * Returns the length it would have had, like snprintf.
 */
size_t eb_diag_format(const struct eb_diag *diag, char *out, size_t out_bytes);

#endif
