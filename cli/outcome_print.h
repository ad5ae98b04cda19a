/*
 * outcome_print.h - what the bus decided about an event, for people and for programs.
 */
#ifndef EB_CLI_OUTCOME_PRINT_H
#define EB_CLI_OUTCOME_PRINT_H

#include "bus/outcome.h"
#include "json/writer.h"

/* Lines on standard output. */
void outcome_print(const struct eb_outcome *outcome);

/* One JSON object. */
void outcome_write(struct eb_json_writer *out, const struct eb_outcome *outcome);

#endif
