/*
 * pretty.h - JSON for files that people read: two spaces a level, short values on one line.
 */
#ifndef EB_CLI_PRETTY_H
#define EB_CLI_PRETTY_H

#include <stdio.h>

#include "json/doc.h"

/*
 * The document, and a newline. Strings and numbers stay as they are written, but for what could
 * steer a terminal.
 */
void print_pretty(FILE *stream, const struct eb_doc *doc);

/* The same of the value at `token`. */
void print_pretty_value(FILE *stream, const struct eb_doc *doc, uint32_t token);

#endif
