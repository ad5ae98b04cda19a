/*
 * explain_print.h - what would happen to an event, and why, for people.
 */
#ifndef EB_CLI_EXPLAIN_PRINT_H
#define EB_CLI_EXPLAIN_PRINT_H

#include "bus/explain.h"
#include "bus/explain_rule.h"

/* Lines on standard output. */
void explanation_print(const struct eb_explanation *explanation);

/* How a rule is indexed. `scratch` is a growing arena. */
void rule_filing_print(const struct eb_rule_filing *filing, struct eb_arena *scratch);

#endif
