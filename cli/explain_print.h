/*
 * explain_print.h - what would happen to an event, and why, for people.
 */
#ifndef EB_CLI_EXPLAIN_PRINT_H
#define EB_CLI_EXPLAIN_PRINT_H

#include "bus/explain.h"

/* Lines on standard output. */
void explanation_print(const struct eb_explanation *explanation);

#endif
