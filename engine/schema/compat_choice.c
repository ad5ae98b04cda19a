/*
 * compat_choice.c - demands that several things can meet: what they are, one after the other.
 */
#include "schema/compat_branch.h"

enum { BRANCHES_TRACKED_MAX = 10 }; /* under `unevaluated…` each subset of so many is a case */

uint32_t eb_choice_count(struct eb_branch *branch, const struct eb_literal *choice)
{
    if (choice->type == EB_LITERAL_NODE)
        return eb_check_count(branch->prover, choice->side, choice->node);
    const struct eb_op *check = choice->check;
    const struct eb_branches *branches = check->at;
    switch ((enum eb_opcode)check->code) {
    case EB_OP_ANY:
        if (!choice->cover)
            return branches->count;
        return branches->count <= BRANCHES_TRACKED_MAX ? (1u << branches->count) - 1 : UINT32_MAX;
    case EB_OP_ONE: return branches->count + (choice->is_not && !choice->way);
    case EB_OP_IF:
        if (!choice->is_not)
            return 2;
        break;
    case EB_OP_DEPENDENCIES:
        if (!choice->is_not)
            return 2;
        break;
    default: break;
    }
    uint32_t count;
    eb_ways_of(check, &count, &branch->prover->work);
    return count;
}

static void push_any_alternative(
    struct eb_branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_branches *branches = choice->check->at;
    if (!choice->cover) {
        eb_branch_push_node(branch, choice, branches->nodes[index], false);
        return;
    }
    for (uint32_t i = 0; i < branches->count; i++) /* what each branch evaluates matters */
        eb_branch_push_node(branch, choice, branches->nodes[i], !((index + 1) >> i & 1));
}

/* Exactly one accepts. */
static void push_one_alternative(
    struct eb_branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_branches *branches = choice->check->at;
    for (uint32_t i = 0; i < branches->count; i++)
        eb_branch_push_node(branch, choice, branches->nodes[i], i != index);
}

/*
 * Not exactly one: none of them, or one and, a choice of its own, another behind it. The way's
 * index says that this is the second choice, and behind which.
 */
static void push_not_one_alternative(
    struct eb_branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_branches *branches = choice->check->at;
    if (choice->way) {
        if (index > choice->way->index)
            eb_branch_push_node(branch, choice, branches->nodes[index], false);
        else
            branch->is_refuted = true;
        return;
    }
    if (index == branches->count) {
        for (uint32_t i = 0; i < branches->count; i++)
            eb_branch_push_node(branch, choice, branches->nodes[i], true);
        return;
    }
    struct eb_way *way = EB_PROVER_ARRAY(branch->prover, struct eb_way, 1);
    if (!way)
        return;
    struct eb_literal another = *choice;
    *way = (struct eb_way){ .type = EB_WAY_ITSELF, .index = index };
    another.way = way;
    eb_branch_push_node(branch, choice, branches->nodes[index], false);
    eb_branch_defer(branch, &another);
}

static void push_dependency_alternative(
    struct eb_branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_dependencies *op = choice->check->at;
    const struct eb_dependency *dependency = &op->dependencies[choice->way->index];
    struct eb_span trigger = op->names.names[dependency->trigger].text;
    if (index == 0) {
        eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_ABSENT, .text = trigger });
        return;
    }
    eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_PRESENT, .text = trigger });
    for (uint32_t i = 0; i < dependency->required_count; i++)
        eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_PRESENT,
                                   .text = op->names.names[dependency->required[i]].text });
    eb_branch_push_node(branch, choice, dependency->node, false);
}

void eb_choice_make(struct eb_branch *branch, const struct eb_literal *choice, uint32_t index)
{
    if (choice->type == EB_LITERAL_NODE) {
        eb_branch_push_check(branch, choice, index, true);
        return;
    }
    const struct eb_op *check = choice->check;
    if (check->code == EB_OP_ANY) {
        push_any_alternative(branch, choice, index);
    } else if (check->code == EB_OP_ONE && choice->is_not) {
        push_not_one_alternative(branch, choice, index);
    } else if (check->code == EB_OP_ONE) {
        push_one_alternative(branch, choice, index);
    } else if (check->code == EB_OP_IF && !choice->is_not) {
        eb_branch_push_node(branch, choice, check->a, index == 1);
        eb_branch_push_node(branch, choice, index == 0 ? check->b : check->c, false);
    } else if (check->code == EB_OP_DEPENDENCIES && !choice->is_not) {
        push_dependency_alternative(branch, choice, index);
    } else {
        uint32_t count;
        struct eb_literal one = *choice;
        const struct eb_way *ways = eb_ways_of(check, &count, &branch->prover->work);
        if (!ways) {
            branch->prover->is_exhausted = true;
            return;
        }
        one.way = &ways[index];
        eb_branch_push(branch, one);
    }
}

const struct eb_literal *eb_choice_urgent(const struct eb_branch *branch)
{
    for (const struct eb_literal *choice = branch->choices; choice; choice = choice->next) {
        if (choice->cover)
            return choice;
    }
    return NULL;
}

const struct eb_literal *eb_choice_unmet(struct eb_branch *branch, struct eb_span text)
{
    for (const struct eb_literal *choice = branch->choices; choice; choice = choice->next) {
        struct eb_literal alone = *choice;
        alone.next = NULL;
        if (eb_literals_judge(branch->prover, &alone, text) != EB_PROOF_FOUND)
            return choice;
    }
    return NULL;
}
