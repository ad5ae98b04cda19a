/*
 * linter.h - a configuration being looked over. Internal to the lint_….c files.
 */
#ifndef EB_BUS_LINTER_H
#define EB_BUS_LINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/lint.h"
#include "json/doc.h"

/* Contracts that judge whatever is published to the topics of a filter. */
struct eb_lint_cover {
    const uint32_t *contracts; /* indices */
    uint32_t count;
};

struct eb_linter {
    const struct eb_configuration *configuration;
    const struct eb_snapshot *snapshot;
    struct eb_diag_list *diags;
    bool is_strict;
    struct eb_arena arena;              /* growing: what all of them need */
    const struct eb_span *filters;      /* by number */
    const struct eb_lint_cover *covers; /* by number of a filter that some rule names */
    uint32_t steps;                     /* left for proofs */
};

/* Without memory nothing more is said, and that is. */
void eb_lint_reach(struct eb_linter *linter);  /* never */
void eb_lint_closed(struct eb_linter *linter); /* never: its topics are closed */
void eb_lint_rules(struct eb_linter *linter);  /* covered */
void eb_lint_topics(struct eb_linter *linter); /* uncovered, not chained */
void eb_lint_values(struct eb_linter *linter); /* topic */

/* Whether events that violate the contract are kept from rules. */
bool eb_lint_is_enforced(const struct eb_contract *contract);

/* The text of a rule read again, to say where something stands. False: no memory, which is told. */
bool eb_lint_read_rule(
    struct eb_linter *linter, uint32_t rule, struct eb_arena *arena, struct eb_doc *doc);

/* Note or warning; an error when it is to be. */
enum eb_severity eb_lint_severity(const struct eb_linter *linter, enum eb_severity severity);

/* The token of a target's topic, in the text of its rule. */
uint32_t eb_lint_topic_token(const struct eb_doc *doc, uint32_t target);

/* The token of the member `name`, or of the top. */
uint32_t eb_lint_member(const struct eb_doc *doc, const char *name);

#endif
