/*
 * compat_branch.h - one kind of value, and one decision for each choice made so far. Internal to
 * compatibility.
 *
 *     compat_branch.c   takes literals apart into facts and choices
 *     compat_choice.c   choices and their alternatives
 *     compat_prove.c    solves facts, and goes through the alternatives
 */
#ifndef EB_SCHEMA_COMPAT_BRANCH_H
#define EB_SCHEMA_COMPAT_BRANCH_H

#include "schema/compat_prover.h"

struct eb_branch {
    struct eb_prover *prover;
    const struct eb_goal *goal;
    enum eb_kind kind;
    const struct eb_literal *todo;
    const struct eb_literal *met; /* nodes that have been taken apart, or are choices */
    const struct eb_literal *choices;
    const struct eb_literal *facts;
    const struct eb_value_set *values; /* one of these, NULL: not bound */
    bool is_refuted;
};

/* ---- compat_branch.c ---- */

/* One more literal to be taken apart. */
void eb_branch_push(struct eb_branch *branch, struct eb_literal literal);

/* "The node accepts" or not; where `from` counts for a cover, so does this. */
void eb_branch_push_node(
    struct eb_branch *branch, const struct eb_literal *from, uint32_t node, bool is_not);

/* Check `index` of the node `from` is about. */
void eb_branch_push_check(
    struct eb_branch *branch, const struct eb_literal *from, uint32_t index, bool is_not);

/* One more choice. */
void eb_branch_defer(struct eb_branch *branch, const struct eb_literal *literal);

/* Until only facts and choices are left; false when no value can be in the branch. */
bool eb_branch_expand(struct eb_branch *branch);

static inline uint32_t eb_check_count(const struct eb_prover *prover, uint8_t side, uint32_t node)
{
    return node == EB_NODE_TRUE ? 0 : prover->schemas[side]->origins[node].check_count;
}

/* ---- compat_choice.c ---- */

/* How many alternatives the choice has; UINT32_MAX: too many. */
uint32_t eb_choice_count(struct eb_branch *branch, const struct eb_literal *choice);

/* Pushes one of them. */
void eb_choice_make(struct eb_branch *branch, const struct eb_literal *choice, uint32_t index);

/* A choice that has to be made before facts can be solved: what is evaluated depends on it. NULL:
 * there is none. */
const struct eb_literal *eb_choice_urgent(const struct eb_branch *branch);

/* The first choice that the value does not meet, or NULL. */
const struct eb_literal *eb_choice_unmet(struct eb_branch *branch, struct eb_span text);

#endif
