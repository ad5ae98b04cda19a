/*
 * explain.h - an explanation under way.
 *
 *     explain.c           walks checks and reports faults
 *     explain_part.c      checks that apply schemas to parts of the value
 *     explain_branches.c  alternatives
 *     explain_leaf.c      the sentences of checks that look at the value alone
 */
#ifndef EB_SCHEMA_EXPLAIN_H
#define EB_SCHEMA_EXPLAIN_H

#include <stdbool.h>

#include "schema/location.h"
#include "schema/run.h"
#include "schema/sentence.h"

struct explanation {
    struct eb_run *run;
    struct eb_validation *validation;
    uint32_t *tokens;   /* by fault; may be NULL */
    bool is_over;       /* no room for more faults, a limit ended it, or a trial knows enough */
    bool is_trial;      /* only looks whether the value has other tags than those asked for */
    bool has_other_tag; /* a trial: some constant or list, which the value is not or not in */
};

/* The schema at hand, the value it is applied to, and the way here. */
struct subject {
    uint32_t node;
    uint32_t token;
    const struct eb_trail *trail;
    uint32_t depth;
};

/* ---- explain.c ---- */

/*
 * In a trial, takes note of a fault by its keyword, and says so: it is not to be put into words,
 * for there may be a million of them. Elsewhere false.
 */
bool eb_explain_notes(struct explanation *e, enum eb_keyword keyword);

/* Tells a fault of the subject's schema; `last` is the keyword. Not in a trial. */
void eb_explain_fault(struct explanation *e, const struct subject *subject, struct eb_trail last,
    const struct eb_sentence *sentence);

/* Tells that a bound was exceeded, and ends the explanation. */
void eb_explain_limit_at(
    struct explanation *e, const struct subject *subject, enum eb_keyword keyword);

/* The machine's verdict on a whole node; false, and the explanation over, at a limit. */
bool eb_explain_accepts(
    struct explanation *e, const struct subject *subject, uint32_t node, enum eb_keyword keyword);

/* Explains `node` at `token`, one step further. */
void eb_explain_descend(struct explanation *e, const struct subject *subject, uint32_t node,
    uint32_t token, struct eb_trail last);

/* The text of a member's name, for locations and sentences. */
struct eb_span eb_explain_name(struct explanation *e, uint32_t name);

static inline struct eb_trail step(enum eb_keyword keyword)
{
    return (struct eb_trail){ .keyword = keyword, .index = EB_NO_TOKEN };
}

static inline struct eb_trail step_to_name(enum eb_keyword keyword, struct eb_span name)
{
    return (struct eb_trail){ .keyword = keyword, .name = name, .index = EB_NO_TOKEN };
}

static inline struct eb_trail step_to_index(enum eb_keyword keyword, uint32_t index)
{
    return (struct eb_trail){ .keyword = keyword, .index = index };
}

/* ---- one function a check ---- */

typedef void eb_explainer(
    struct explanation *e, const struct subject *subject, const struct eb_op *check);
eb_explainer eb_explain_items;        /* explain_part.c */
eb_explainer eb_explain_contains;     /* explain_part.c */
eb_explainer eb_explain_members;      /* explain_part.c */
eb_explainer eb_explain_member_names; /* explain_part.c */
eb_explainer eb_explain_dependencies; /* explain_part.c */
eb_explainer eb_explain_any;          /* explain_branches.c */
eb_explainer eb_explain_one;          /* explain_branches.c */

/* ---- explain_leaf.c ---- */

/* Whether the check looks at the value alone, so that one sentence says all. */
bool eb_explain_is_leaf(enum eb_opcode code);

/* Says why such a check of the schema in document `schema` failed; returns which keyword did. */
enum eb_keyword eb_explain_leaf(struct eb_sentence *sentence, struct eb_run *run,
    const struct eb_doc *schema, const struct eb_op *check, uint32_t token);

/* Says which bound was exceeded. */
void eb_explain_limit(struct eb_sentence *sentence, enum eb_limit limit);

#endif
