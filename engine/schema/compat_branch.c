/*
 * compat_branch.c - literals taken apart: nodes into checks, checks into facts and choices.
 */
#include "schema/compat_branch.h"

void eb_branch_push(struct eb_branch *branch, struct eb_literal literal)
{
    branch->todo = eb_literal_add(branch->prover, literal, branch->todo);
}

void eb_branch_push_node(
    struct eb_branch *branch, const struct eb_literal *from, uint32_t node, bool is_not)
{
    eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_NODE,
                               .side = from->side,
                               .node = node,
                               .is_not = is_not,
                               .cover = is_not ? NULL : from->cover });
}

static void push_failing(struct eb_branch *branch, const struct eb_literal *from, uint32_t node)
{
    eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_NODE,
                               .side = from->side,
                               .node = node,
                               .is_not = true,
                               .focus = from->focus });
}

static void keep(struct eb_branch *branch, const struct eb_literal *literal)
{
    branch->facts = eb_literal_add(branch->prover, *literal, branch->facts);
}

void eb_branch_defer(struct eb_branch *branch, const struct eb_literal *literal)
{
    branch->choices = eb_literal_add(branch->prover, *literal, branch->choices);
}

static const struct eb_op *check_of(
    const struct eb_prover *prover, uint8_t side, uint32_t node, uint32_t index)
{
    const struct eb_schema *schema = prover->schemas[side];
    return &schema->checks[schema->origins[node].first_check + index];
}

void eb_branch_push_check(
    struct eb_branch *branch, const struct eb_literal *from, uint32_t index, bool is_not)
{
    eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_CHECK,
                               .side = from->side,
                               .node = from->node,
                               .check = check_of(branch->prover, from->side, from->node, index),
                               .is_not = is_not,
                               .cover = is_not ? NULL : from->cover });
}

static void push_focus(struct eb_branch *branch, const struct eb_literal *node)
{
    const struct eb_focus *focus = node->focus;
    eb_branch_push(
        branch, (struct eb_literal){ .type = EB_LITERAL_CHECK,
                    .side = node->side,
                    .node = node->node,
                    .check = check_of(branch->prover, node->side, node->node, focus->check),
                    .is_not = true,
                    .way = focus->way,
                    .focus = focus->next });
}

static bool concerns(const struct eb_branch *branch, const struct eb_op *check)
{
    return check->kinds >> branch->kind & 1;
}

static uint32_t class_of(const struct eb_prover *prover, const struct eb_literal *literal)
{
    return prover->classes[literal->side][literal->node];
}

/*
 * Whether the branch says the same already; refutes it when it says the opposite. What is to be
 * evaluated under a cover is taken apart again, and so is what must fail in one way.
 */
static bool is_met(struct eb_branch *branch, const struct eb_literal *literal)
{
    uint32_t class = class_of(branch->prover, literal);
    for (const struct eb_literal *met = branch->met; met; met = met->next) {
        if (class_of(branch->prover, met) != class)
            continue;
        if (met->is_not != literal->is_not) {
            branch->is_refuted = true;
            return true;
        }
        if (!literal->cover && !literal->focus)
            return true;
    }
    branch->met = eb_literal_add(branch->prover, *literal, branch->met);
    return false;
}

static void expand_node(struct eb_branch *branch, const struct eb_literal *literal)
{
    struct eb_prover *prover = branch->prover;
    uint32_t count = eb_check_count(prover, literal->side, literal->node);
    if (is_met(branch, literal))
        return;
    if (!literal->is_not) {
        for (uint32_t i = count; i-- > 0;)
            eb_branch_push_check(branch, literal, i, false);
        return;
    }
    if (literal->focus) {
        push_focus(branch, literal);
        return;
    }
    uint32_t concerned = 0, last = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (concerns(branch, check_of(prover, literal->side, literal->node, i))) {
            concerned++;
            last = i;
        }
    }
    if (concerned == 0)
        branch->is_refuted = true;
    else if (concerned == 1)
        eb_branch_push_check(branch, literal, last, true);
    else
        eb_branch_defer(branch, literal);
}

/* ---- checks that apply schemas to the same value ---- */

static void expand_unevaluated(struct eb_branch *branch, const struct eb_literal *literal)
{
    const struct eb_unevaluated *unevaluated = literal->check->at;
    struct eb_cover *cover = EB_PROVER_ARRAY(branch->prover, struct eb_cover, 1);
    eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_NODE,
                               .side = literal->side,
                               .node = unevaluated->inner,
                               .cover = cover });
    keep(branch, &(struct eb_literal){ .type = EB_LITERAL_COVER,
                     .side = literal->side,
                     .node = unevaluated->node,
                     .is_not = literal->is_not,
                     .focus = literal->focus,
                     .cover = cover });
    if (literal->cover)
        keep(branch, literal);
}

static void expand_dependencies(struct eb_branch *branch, const struct eb_literal *literal)
{
    const struct eb_dependencies *op = literal->check->at;
    for (uint32_t i = 0; i < op->count; i++) {
        struct eb_literal one = *literal;
        struct eb_way *way = EB_PROVER_ARRAY(branch->prover, struct eb_way, 1);
        if (!way)
            return;
        *way = (struct eb_way){ .type = EB_WAY_DEPENDENT_SCHEMA, .index = i };
        one.way = way;
        eb_branch_defer(branch, &one);
    }
}

static void expand_failing_way(struct eb_branch *branch, const struct eb_literal *literal)
{
    const struct eb_way *way = literal->way;
    const struct eb_op *check = literal->check;
    switch (way->type) {
    case EB_WAY_REFERENCE:
    case EB_WAY_INNER: push_failing(branch, literal, way->node); break;
    case EB_WAY_THEN:
    case EB_WAY_ELSE:
        eb_branch_push_node(branch, literal, check->a, way->type == EB_WAY_ELSE);
        push_failing(branch, literal, way->node);
        break;
    case EB_WAY_UNEVALUATED: expand_unevaluated(branch, literal); break;
    case EB_WAY_DEPENDENT_NAME:
    case EB_WAY_DEPENDENT_SCHEMA: {
        const struct eb_dependencies *op = check->at;
        const struct eb_name *names = op->names.names;
        eb_branch_push(branch, (struct eb_literal){ .type = EB_LITERAL_PRESENT,
                                   .text = names[op->dependencies[way->index].trigger].text });
        if (way->type == EB_WAY_DEPENDENT_NAME)
            eb_branch_push(branch,
                (struct eb_literal){ .type = EB_LITERAL_ABSENT, .text = names[way->other].text });
        else
            push_failing(branch, literal, way->node);
        break;
    }
    default: keep(branch, literal);
    }
}

static void expand_failing(struct eb_branch *branch, const struct eb_literal *literal)
{
    const struct eb_op *check = literal->check;
    if (check->code == EB_OP_ANY) {
        const struct eb_branches *branches = check->at;
        for (uint32_t i = 0; i < branches->count; i++)
            eb_branch_push_node(branch, literal, branches->nodes[i], true);
        return;
    }
    if (check->code == EB_OP_NOT) {
        eb_branch_push_node(branch, literal, check->a, false);
        return;
    }
    if (check->code == EB_OP_FAIL || check->code == EB_OP_TYPE)
        return; /* fails for all values of this kind */
    if (check->code == EB_OP_ONE) {
        struct eb_literal whole = *literal;
        whole.way = NULL; /* there is but one way, and none that a focus could tell apart */
        eb_branch_defer(branch, &whole);
        return;
    }
    if (literal->way) {
        expand_failing_way(branch, literal);
        return;
    }
    uint32_t count;
    const struct eb_way *ways = eb_ways_of(check, &count, &branch->prover->work);
    if (!ways) {
        branch->prover->is_exhausted = true;
    } else if (count == 0) {
        branch->is_refuted = true;
    } else if (count == 1) {
        struct eb_literal only = *literal;
        only.way = ways;
        expand_failing_way(branch, &only);
    } else {
        eb_branch_defer(branch, literal);
    }
}

static void expand_holding(struct eb_branch *branch, const struct eb_literal *literal)
{
    const struct eb_op *check = literal->check;
    switch ((enum eb_opcode)check->code) {
    case EB_OP_FAIL:
    case EB_OP_TYPE: branch->is_refuted = true; break;
    case EB_OP_VALUES: branch->values = check->at; break;
    case EB_OP_CALL: eb_branch_push_node(branch, literal, check->a, false); break;
    case EB_OP_NOT: eb_branch_push_node(branch, literal, check->a, true); break;
    case EB_OP_ANY:
    case EB_OP_ONE: {
        const struct eb_branches *branches = check->at;
        if (branches->count == 1)
            eb_branch_push_node(branch, literal, branches->nodes[0], false);
        else
            eb_branch_defer(branch, literal);
        break;
    }
    case EB_OP_IF: eb_branch_defer(branch, literal); break;
    case EB_OP_DEPENDENCIES: expand_dependencies(branch, literal); break;
    case EB_OP_UNEVALUATED_MEMBERS:
    case EB_OP_UNEVALUATED_ITEMS: expand_unevaluated(branch, literal); break;
    default: keep(branch, literal);
    }
}

static void expand_literal(struct eb_branch *branch, const struct eb_literal *literal)
{
    if (literal->type == EB_LITERAL_NODE) {
        expand_node(branch, literal);
    } else if (literal->type != EB_LITERAL_CHECK) {
        keep(branch, literal);
    } else if (!concerns(branch, literal->check)) {
        branch->is_refuted |= literal->is_not;
    } else if (literal->is_not) {
        expand_failing(branch, literal);
    } else {
        expand_holding(branch, literal);
    }
}

bool eb_branch_expand(struct eb_branch *branch)
{
    while (branch->todo && !branch->is_refuted && eb_prover_step(branch->prover)) {
        const struct eb_literal *literal = branch->todo;
        branch->todo = literal->next;
        expand_literal(branch, literal);
    }
    return !branch->is_refuted;
}
