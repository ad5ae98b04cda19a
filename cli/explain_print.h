/*
 * explain_print.h - what would happen to an event, and why, for people.
 */
#ifndef EB_CLI_EXPLAIN_PRINT_H
#define EB_CLI_EXPLAIN_PRINT_H

#include "bus/explain_rule.h"
#include "reply.h"

/*
 * Lines on standard output, of an object as eb_explanation_write() makes it: here, or in a broker,
 * of which nothing is taken for granted.
 */
void explanation_print(const struct reply *told, uint32_t explanation);

/* How a rule is indexed. `scratch` is a growing arena. */
void rule_filing_print(const struct eb_rule_filing *filing, struct eb_arena *scratch);

#endif
