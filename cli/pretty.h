/*
 * pretty.h - JSON for files that people read: two spaces a level, short values on one line.
 */
#ifndef EB_CLI_PRETTY_H
#define EB_CLI_PRETTY_H

#include <stdio.h>

#include "json/doc.h"

/* The document, and a newline. Strings and numbers stay as they are written. */
void print_pretty(FILE *stream, const struct eb_doc *doc);

#endif
