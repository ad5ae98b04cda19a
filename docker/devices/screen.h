/*
 * screen.h - styled lines for a person; plain ones where nobody sees colours.
 *
 * What came from a client is escaped, so that it cannot write to the terminal, and on a terminal
 * cut at the end of the line.
 */
#ifndef EB_DEVICES_SCREEN_H
#define EB_DEVICES_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/span.h"

enum eb_style {
    EB_PLAIN,
    EB_BOLD,
    EB_DIM,
    EB_GREEN,
    EB_RED,
    EB_YELLOW,
    EB_CYAN,
    EB_MAGENTA,
    EB_BLUE,
};

enum eb_sign {
    EB_SIGN_SENT,
    EB_SIGN_GOOD,
    EB_SIGN_BAD,
    EB_SIGN_ASIDE,
    EB_SIGN_COPY,
    EB_SIGN_LETTER,
    EB_SIGN_NOTHING,
};

struct eb_screen {
    FILE *out;
    bool is_terminal;
    bool has_colour;
    bool is_utf8;
    unsigned width;  /* columns; 0: no end */
    unsigned column; /* where the next character goes */
};

/* Colour when `out` is a terminal and NO_COLOR is not set; signs as the locale allows. */
void eb_screen_init(struct eb_screen *screen, FILE *out);

/* Text of our own: never cut. */
void eb_screen_print(struct eb_screen *screen, enum eb_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text of others: escaped and cut. */
void eb_screen_quote(struct eb_screen *screen, enum eb_style style, struct eb_span text);

/* The same, broken after spaces and commas where it can be; further lines begin at `column`. */
void eb_screen_wrap(
    struct eb_screen *screen, enum eb_style style, unsigned column, struct eb_span text);

void eb_screen_sign(struct eb_screen *screen, enum eb_style style, enum eb_sign sign);

/* Goes to `column`; at least one space. */
void eb_screen_tab(struct eb_screen *screen, unsigned column);

void eb_screen_newline(struct eb_screen *screen);

#endif
