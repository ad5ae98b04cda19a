/*
 * outcome_print.h - what the bus decided about an event, for people.
 */
#ifndef EB_CLI_OUTCOME_PRINT_H
#define EB_CLI_OUTCOME_PRINT_H

#include "bus/outcome.h"
#include "terminal.h"

/* Lines on standard output. */
void outcome_print(const struct eb_outcome *outcome);

/* A line's first word, padded, and its text, escaped; the line is not ended. */
void outcome_print_begin(const char *label, enum style how, struct eb_span text);

#endif
