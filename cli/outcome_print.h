/*
 * outcome_print.h - what the bus decided about an event, for people.
 */
#ifndef EB_CLI_OUTCOME_PRINT_H
#define EB_CLI_OUTCOME_PRINT_H

#include "bus/outcome.h"

/* Lines on standard output. */
void outcome_print(const struct eb_outcome *outcome);

#endif
