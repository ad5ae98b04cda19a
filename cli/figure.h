/*
 * figure.h - numbers as people read them.
 */
#ifndef EB_CLI_FIGURE_H
#define EB_CLI_FIGURE_H

#include <stdbool.h>

#include "base/span.h"

enum { FIGURE_BYTES = 32 };

/* Whether the figure of that path is in seconds: "callback/0.99", "snapshot/age". */
bool figure_is_time(struct eb_span path);

/* "123456": whole, as counted. */
void figure_write_count(double value, char out[FIGURE_BYTES]);

/* "1.23 µs", "45 ms", "3.2 s", "2 h": three digits, and a unit that fits. "0" is 0. */
void figure_write_seconds(double seconds, char out[FIGURE_BYTES]);

/* "950", "12.3k", "4.56M": three digits. */
void figure_write_short(double value, char out[FIGURE_BYTES]);

/* What goes behind "rule" where there are so many. */
static inline const char *plural(double count)
{
    return count == 1 ? "" : "s";
}

#endif
