/*
 * explain.h - the sentences of explain.c.
 */
#ifndef EB_SCHEMA_EXPLAIN_H
#define EB_SCHEMA_EXPLAIN_H

#include <stdbool.h>

#include "schema/run.h"
#include "schema/sentence.h"

/* Whether the check looks at the value alone, so that one sentence says all. */
bool eb_explain_is_leaf(enum eb_opcode code);

/* Says why such a check of the schema in document `schema` failed; returns which keyword did. */
enum eb_keyword eb_explain_leaf(struct eb_sentence *sentence, struct eb_run *run,
    const struct eb_doc *schema, const struct eb_op *check, uint32_t token);

/* Says which bound was exceeded. */
void eb_explain_limit(struct eb_sentence *sentence, enum eb_limit limit);

#endif
