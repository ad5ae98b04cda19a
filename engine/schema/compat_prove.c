/*
 * compat_prove.c - goals taken apart: nodes into checks, checks into facts and choices.
 */
#include "schema/compat_prover.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "schema/equal.h"
#include "json/reader.h"

enum {
    WORK_BYTES = 256 * 1024 * 1024, /* address space, touched on demand */
    RUN_BYTES = 64 * 1024 * 1024,
    KEPT_BYTES_MAX = 256 * 1024 * 1024,
    BRANCHES_TRACKED_MAX = 10, /* under `unevaluated…` each subset of so many is a case */
};

/* ---- provers ---- */

static bool splits_numbers(const struct eb_schema *schema)
{
    for (uint32_t node = 1; node < schema->node_count; node++) {
        const struct eb_origin *origin = &schema->origins[node];
        for (uint32_t i = 0; i < origin->check_count; i++) {
            const struct eb_op *check = &schema->checks[origin->first_check + i];
            uint32_t numbers = check->a & EB_KINDS_NUMBER;
            if (check->code == EB_OP_TYPE && numbers && numbers != EB_KINDS_NUMBER)
                return true;
        }
    }
    return false;
}

bool eb_prover_init(
    struct eb_prover *prover, const struct eb_schema *first, const struct eb_schema *second)
{
    *prover = (struct eb_prover){
        .schemas = { first, second }, .leans_on = UINT32_MAX, .steps = EB_COMPAT_STEPS_MAX
    };
    prover->splits_numbers = splits_numbers(first) || splits_numbers(second);
    eb_arena_init_growing(&prover->kept, KEPT_BYTES_MAX);
    eb_map_init(&prover->answers, &prover->kept);
    prover->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    return prover->runner && eb_arena_init_reserved(&prover->work, WORK_BYTES) &&
           eb_arena_init_reserved(&prover->run, RUN_BYTES) && eb_node_classes(prover);
}

void eb_prover_release(struct eb_prover *prover)
{
    eb_regex_runner_free(prover->runner);
    eb_arena_release(&prover->kept);
    eb_arena_release(&prover->run);
    eb_arena_release(&prover->work);
}

void *eb_prover_alloc(struct eb_prover *prover, size_t count, size_t bytes)
{
    void *array = eb_arena_calloc(&prover->work, count ? count : 1, bytes, _Alignof(max_align_t));
    prover->is_exhausted |= !array;
    return array;
}

struct eb_span eb_pattern_text(struct eb_prover *prover, const struct eb_literal *literal)
{
    const struct eb_origin *origin = &prover->schemas[literal->side]->origins[literal->node];
    const struct eb_doc *doc = &origin->resource->document->doc;
    struct eb_span text = eb_doc_string(doc, literal->check->a, &prover->work);
    prover->is_exhausted |= !text.ptr;
    return text;
}

bool eb_prover_step(struct eb_prover *prover)
{
    if (prover->steps == 0)
        prover->is_exhausted = true;
    else
        prover->steps--;
    return !prover->is_exhausted;
}

const struct eb_literal *eb_literal_add(
    struct eb_prover *prover, struct eb_literal literal, const struct eb_literal *list)
{
    struct eb_literal *added = EB_PROVER_ARRAY(prover, struct eb_literal, 1);
    if (!added)
        return list;
    *added = literal;
    added->next = list;
    return added;
}

const struct eb_literal *eb_literal_add_node(
    struct eb_prover *prover, uint8_t side, uint32_t node, const struct eb_literal *list)
{
    if (node == EB_NODE_TRUE)
        return list;
    return eb_literal_add(
        prover, (struct eb_literal){ .type = EB_LITERAL_NODE, .side = side, .node = node }, list);
}

/* ---- judging a value by literals ---- */

struct judge {
    struct eb_prover *prover;
    struct eb_run run;
    struct eb_doc doc;
};

static bool read_value(struct judge *judge, struct eb_span text, struct eb_doc *doc)
{
    struct eb_json_fault fault;
    return eb_json_read(doc, text, &eb_json_limits_max, &judge->prover->run, &fault) == EB_JSON_OK;
}

static bool values_equal(struct judge *judge, struct eb_span text)
{
    struct eb_doc doc;
    bool is_exhausted = false;
    if (!read_value(judge, text, &doc))
        return false;
    return eb_value_equal(&doc, 0, &judge->doc, 0, &judge->prover->run, &is_exhausted);
}

static uint32_t find_member(const struct eb_doc *doc, uint32_t object, struct eb_span name)
{
    if (eb_doc_type(doc, object) != EB_JSON_OBJECT)
        return EB_NO_TOKEN;
    EB_DOC_EACH_MEMBER(doc, object, member)
    {
        if (eb_doc_string_is(doc, member, name))
            return member + 1;
    }
    return EB_NO_TOKEN;
}

static bool node_fails(
    struct judge *judge, uint8_t side, uint32_t node, const struct eb_focus *focus, uint32_t token);

/* A check that bounds both ways, reduced to the bound in question. */
static bool bound_fails(
    struct judge *judge, const struct eb_op *check, enum eb_way_type way, uint32_t token)
{
    struct eb_op half = *check;
    struct eb_contains contains;
    if (check->code == EB_OP_CONTAINS) {
        contains = *(const struct eb_contains *)check->at;
        if (way == EB_WAY_BELOW_MIN)
            contains.max = UINT32_MAX;
        else
            contains.min = 0;
        half.at = &contains;
    } else if (check->code != EB_OP_RANGE) {
        if (way == EB_WAY_BELOW_MIN)
            half.b = UINT32_MAX;
        else
            half.a = 0;
    }
    return !eb_run_op(&judge->run, &half, token, 0);
}

/* Whether `check` fails for `token` in the way the focus names; where telling ways apart takes more
 * than a look, whether it fails at all. */
static bool check_fails(struct judge *judge, uint8_t side, const struct eb_op *check,
    const struct eb_focus *focus, uint32_t token)
{
    const struct eb_doc *doc = &judge->doc;
    const struct eb_way *way = focus->way;
    bool is_members = check->code >= EB_OP_MEMBERS && check->code <= EB_OP_MEMBERS_OPEN;
    if (!(check->kinds >> eb_kind_of(&doc->tokens[token]) & 1))
        return false;
    if (way->type == EB_WAY_REFERENCE)
        return node_fails(judge, side, way->node, focus->next, token);
    if (way->type == EB_WAY_BELOW_MIN || way->type == EB_WAY_ABOVE_MAX)
        return bound_fails(judge, check, way->type, token);
    if (is_members && (way->type == EB_WAY_REQUIRED || way->type == EB_WAY_PROPERTY)) {
        const struct eb_members *members = check->at;
        uint32_t member = find_member(doc, token, members->names.names[way->index].text);
        if (way->type == EB_WAY_REQUIRED)
            return member == EB_NO_TOKEN;
        return member != EB_NO_TOKEN && node_fails(judge, side, way->node, focus->next, member);
    }
    return !eb_run_op(&judge->run, check, token, 0);
}

static bool node_fails(
    struct judge *judge, uint8_t side, uint32_t node, const struct eb_focus *focus, uint32_t token)
{
    const struct eb_schema *schema = judge->prover->schemas[side];
    if (!focus)
        return !eb_run_accepts(&judge->run, node, token, 0);
    const struct eb_op *check = &schema->checks[schema->origins[node].first_check + focus->check];
    return check_fails(judge, side, check, focus, token);
}

static bool node_holds(struct judge *judge, const struct eb_literal *literal)
{
    if (literal->is_not)
        return node_fails(judge, literal->side, literal->node, literal->focus, 0);
    return eb_run_accepts(&judge->run, literal->node, 0, 0);
}

static bool regex_holds(struct judge *judge, const struct eb_literal *literal)
{
    struct eb_span text = eb_doc_string(&judge->doc, 0, judge->run.arena);
    enum eb_regex_result result =
        text.ptr ? eb_regex_run(literal->regex, text, judge->run.runner) : EB_REGEX_LIMIT;
    if (result == EB_REGEX_LIMIT)
        judge->run.limit = EB_LIMIT_REGEX;
    return (result == EB_REGEX_MATCH) != literal->is_not;
}

static bool literal_holds(struct judge *judge, const struct eb_literal *literal)
{
    switch ((enum eb_literal_type)literal->type) {
    case EB_LITERAL_NODE: return node_holds(judge, literal);
    case EB_LITERAL_CHECK: {
        bool concerns = literal->check->kinds >> eb_kind_of(&judge->doc.tokens[0]) & 1;
        bool holds = !concerns || eb_run_op(&judge->run, literal->check, 0, 0);
        return holds != literal->is_not;
    }
    case EB_LITERAL_PRESENT: return find_member(&judge->doc, 0, literal->text) != EB_NO_TOKEN;
    case EB_LITERAL_ABSENT: return find_member(&judge->doc, 0, literal->text) == EB_NO_TOKEN;
    case EB_LITERAL_REGEX: return regex_holds(judge, literal);
    case EB_LITERAL_REJECT: return !values_equal(judge, literal->text);
    case EB_LITERAL_COVER: return true; /* not to be judged alone; its goal is */
    }
    return true;
}

enum eb_proof eb_literals_judge(
    struct eb_prover *prover, const struct eb_literal *literals, struct eb_span text)
{
    struct judge judge = { .prover = prover };
    struct eb_validation validation = { .arena = &prover->run, .runner = prover->runner };
    enum eb_proof proof = EB_PROOF_FOUND;
    eb_arena_reset(&prover->run);
    if (!read_value(&judge, text, &judge.doc))
        return EB_PROOF_UNSURE;
    for (; literals && proof == EB_PROOF_FOUND; literals = literals->next) {
        struct eb_run_marks marks;
        eb_run_init(&judge.run, prover->schemas[literals->side], &judge.doc, &validation);
        /* There may be an `unevaluated…` around the literal. */
        eb_run_track(&judge.run, judge.doc.tokens, &marks);
        bool holds = literal_holds(&judge, literals);
        if (judge.run.limit)
            proof = EB_PROOF_UNSURE;
        else if (!holds)
            proof = EB_PROOF_EMPTY;
    }
    return proof;
}

/* ---- branches: one kind of value, one decision for each choice so far ---- */

struct branch {
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

static void push(struct branch *branch, struct eb_literal literal)
{
    branch->todo = eb_literal_add(branch->prover, literal, branch->todo);
}

static void push_node(
    struct branch *branch, const struct eb_literal *from, uint32_t node, bool is_not)
{
    push(branch, (struct eb_literal){ .type = EB_LITERAL_NODE,
                     .side = from->side,
                     .node = node,
                     .is_not = is_not,
                     .cover = is_not ? NULL : from->cover });
}

static void push_failing(struct branch *branch, const struct eb_literal *from, uint32_t node)
{
    push(branch, (struct eb_literal){ .type = EB_LITERAL_NODE,
                     .side = from->side,
                     .node = node,
                     .is_not = true,
                     .focus = from->focus });
}

static void keep(struct branch *branch, const struct eb_literal *literal)
{
    branch->facts = eb_literal_add(branch->prover, *literal, branch->facts);
}

static void defer(struct branch *branch, const struct eb_literal *literal)
{
    branch->choices = eb_literal_add(branch->prover, *literal, branch->choices);
}

static const struct eb_op *check_of(
    const struct eb_prover *prover, uint8_t side, uint32_t node, uint32_t index)
{
    const struct eb_schema *schema = prover->schemas[side];
    return &schema->checks[schema->origins[node].first_check + index];
}

static uint32_t check_count(const struct eb_prover *prover, uint8_t side, uint32_t node)
{
    return node == EB_NODE_TRUE ? 0 : prover->schemas[side]->origins[node].check_count;
}

static void push_check(
    struct branch *branch, const struct eb_literal *from, uint32_t index, bool is_not)
{
    push(branch, (struct eb_literal){ .type = EB_LITERAL_CHECK,
                     .side = from->side,
                     .node = from->node,
                     .check = check_of(branch->prover, from->side, from->node, index),
                     .is_not = is_not,
                     .cover = is_not ? NULL : from->cover });
}

static void push_focus(struct branch *branch, const struct eb_literal *node)
{
    const struct eb_focus *focus = node->focus;
    push(branch, (struct eb_literal){ .type = EB_LITERAL_CHECK,
                     .side = node->side,
                     .node = node->node,
                     .check = check_of(branch->prover, node->side, node->node, focus->check),
                     .is_not = true,
                     .way = focus->way,
                     .focus = focus->next });
}

static bool concerns(const struct branch *branch, const struct eb_op *check)
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
static bool is_met(struct branch *branch, const struct eb_literal *literal)
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

static void expand_node(struct branch *branch, const struct eb_literal *literal)
{
    struct eb_prover *prover = branch->prover;
    uint32_t count = check_count(prover, literal->side, literal->node);
    if (is_met(branch, literal))
        return;
    if (!literal->is_not) {
        for (uint32_t i = count; i-- > 0;)
            push_check(branch, literal, i, false);
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
        push_check(branch, literal, last, true);
    else
        defer(branch, literal);
}

/* ---- checks that apply schemas to the same value ---- */

static void expand_unevaluated(struct branch *branch, const struct eb_literal *literal)
{
    const struct eb_unevaluated *unevaluated = literal->check->at;
    struct eb_cover *cover = EB_PROVER_ARRAY(branch->prover, struct eb_cover, 1);
    push(branch, (struct eb_literal){ .type = EB_LITERAL_NODE,
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

static void expand_dependencies(struct branch *branch, const struct eb_literal *literal)
{
    const struct eb_dependencies *op = literal->check->at;
    for (uint32_t i = 0; i < op->count; i++) {
        struct eb_literal one = *literal;
        struct eb_way *way = EB_PROVER_ARRAY(branch->prover, struct eb_way, 1);
        if (!way)
            return;
        *way = (struct eb_way){ .type = EB_WAY_DEPENDENT_SCHEMA, .index = i };
        one.way = way;
        defer(branch, &one);
    }
}

static void expand_failing_way(struct branch *branch, const struct eb_literal *literal)
{
    const struct eb_way *way = literal->way;
    const struct eb_op *check = literal->check;
    switch (way->type) {
    case EB_WAY_REFERENCE:
    case EB_WAY_INNER: push_failing(branch, literal, way->node); break;
    case EB_WAY_THEN:
    case EB_WAY_ELSE:
        push_node(branch, literal, check->a, way->type == EB_WAY_ELSE);
        push_failing(branch, literal, way->node);
        break;
    case EB_WAY_UNEVALUATED: expand_unevaluated(branch, literal); break;
    case EB_WAY_DEPENDENT_NAME:
    case EB_WAY_DEPENDENT_SCHEMA: {
        const struct eb_dependencies *op = check->at;
        const struct eb_name *names = op->names.names;
        push(branch, (struct eb_literal){ .type = EB_LITERAL_PRESENT,
                         .text = names[op->dependencies[way->index].trigger].text });
        if (way->type == EB_WAY_DEPENDENT_NAME)
            push(branch,
                (struct eb_literal){ .type = EB_LITERAL_ABSENT, .text = names[way->other].text });
        else
            push_failing(branch, literal, way->node);
        break;
    }
    default: keep(branch, literal);
    }
}

static void expand_failing(struct branch *branch, const struct eb_literal *literal)
{
    const struct eb_op *check = literal->check;
    if (check->code == EB_OP_ANY) {
        const struct eb_branches *branches = check->at;
        for (uint32_t i = 0; i < branches->count; i++)
            push_node(branch, literal, branches->nodes[i], true);
        return;
    }
    if (check->code == EB_OP_NOT) {
        push_node(branch, literal, check->a, false);
        return;
    }
    if (check->code == EB_OP_FAIL || check->code == EB_OP_TYPE)
        return; /* fails for all values of this kind */
    if (check->code == EB_OP_ONE) {
        struct eb_literal whole = *literal;
        whole.way = NULL; /* there is but one way, and none that a focus could tell apart */
        defer(branch, &whole);
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
        defer(branch, literal);
    }
}

static void expand_holding(struct branch *branch, const struct eb_literal *literal)
{
    const struct eb_op *check = literal->check;
    switch ((enum eb_opcode)check->code) {
    case EB_OP_FAIL:
    case EB_OP_TYPE: branch->is_refuted = true; break;
    case EB_OP_VALUES: branch->values = check->at; break;
    case EB_OP_CALL: push_node(branch, literal, check->a, false); break;
    case EB_OP_NOT: push_node(branch, literal, check->a, true); break;
    case EB_OP_ANY:
    case EB_OP_ONE: {
        const struct eb_branches *branches = check->at;
        if (branches->count == 1)
            push_node(branch, literal, branches->nodes[0], false);
        else
            defer(branch, literal);
        break;
    }
    case EB_OP_IF: defer(branch, literal); break;
    case EB_OP_DEPENDENCIES: expand_dependencies(branch, literal); break;
    case EB_OP_UNEVALUATED_MEMBERS:
    case EB_OP_UNEVALUATED_ITEMS: expand_unevaluated(branch, literal); break;
    default: keep(branch, literal);
    }
}

static void expand_literal(struct branch *branch, const struct eb_literal *literal)
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

/* Until only facts and choices are left; false when no value can be in the branch. */
static bool expand(struct branch *branch)
{
    while (branch->todo && !branch->is_refuted && eb_prover_step(branch->prover)) {
        const struct eb_literal *literal = branch->todo;
        branch->todo = literal->next;
        expand_literal(branch, literal);
    }
    return !branch->is_refuted;
}

/* ---- choices ---- */

/* How many alternatives the choice has. */
static uint32_t alternative_count(struct branch *branch, const struct eb_literal *choice)
{
    if (choice->type == EB_LITERAL_NODE)
        return check_count(branch->prover, choice->side, choice->node);
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
    struct branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_branches *branches = choice->check->at;
    if (!choice->cover) {
        push_node(branch, choice, branches->nodes[index], false);
        return;
    }
    for (uint32_t i = 0; i < branches->count; i++) /* what each branch evaluates matters */
        push_node(branch, choice, branches->nodes[i], !((index + 1) >> i & 1));
}

/* Exactly one accepts. */
static void push_one_alternative(
    struct branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_branches *branches = choice->check->at;
    for (uint32_t i = 0; i < branches->count; i++)
        push_node(branch, choice, branches->nodes[i], i != index);
}

/*
 * Not exactly one: none of them, or one and, a choice of its own, another behind it. The way's
 * index says that this is the second choice, and behind which.
 */
static void push_not_one_alternative(
    struct branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_branches *branches = choice->check->at;
    if (choice->way) {
        if (index > choice->way->index)
            push_node(branch, choice, branches->nodes[index], false);
        else
            branch->is_refuted = true;
        return;
    }
    if (index == branches->count) {
        for (uint32_t i = 0; i < branches->count; i++)
            push_node(branch, choice, branches->nodes[i], true);
        return;
    }
    struct eb_way *way = EB_PROVER_ARRAY(branch->prover, struct eb_way, 1);
    if (!way)
        return;
    struct eb_literal another = *choice;
    *way = (struct eb_way){ .type = EB_WAY_ITSELF, .index = index };
    another.way = way;
    push_node(branch, choice, branches->nodes[index], false);
    defer(branch, &another);
}

static void push_dependency_alternative(
    struct branch *branch, const struct eb_literal *choice, uint32_t index)
{
    const struct eb_dependencies *op = choice->check->at;
    const struct eb_dependency *dependency = &op->dependencies[choice->way->index];
    struct eb_span trigger = op->names.names[dependency->trigger].text;
    if (index == 0) {
        push(branch, (struct eb_literal){ .type = EB_LITERAL_ABSENT, .text = trigger });
        return;
    }
    push(branch, (struct eb_literal){ .type = EB_LITERAL_PRESENT, .text = trigger });
    for (uint32_t i = 0; i < dependency->required_count; i++)
        push(branch, (struct eb_literal){ .type = EB_LITERAL_PRESENT,
                         .text = op->names.names[dependency->required[i]].text });
    push_node(branch, choice, dependency->node, false);
}

static void push_alternative(struct branch *branch, const struct eb_literal *choice, uint32_t index)
{
    if (choice->type == EB_LITERAL_NODE) {
        push_check(branch, choice, index, true);
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
        push_node(branch, choice, check->a, index == 1);
        push_node(branch, choice, index == 0 ? check->b : check->c, false);
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
        push(branch, one);
    }
}

static const struct eb_literal *without(
    struct eb_prover *prover, const struct eb_literal *list, const struct eb_literal *one)
{
    const struct eb_literal *rest = NULL;
    for (; list; list = list->next) {
        if (list != one)
            rest = eb_literal_add(prover, *list, rest);
    }
    return rest;
}

/* A choice that has to be made before facts can be solved: what is evaluated depends on it. */
static const struct eb_literal *urgent_choice(const struct branch *branch)
{
    for (const struct eb_literal *choice = branch->choices; choice; choice = choice->next) {
        if (choice->cover)
            return choice;
    }
    return NULL;
}

/* The first choice that the value does not meet. */
static const struct eb_literal *unmet_choice(struct branch *branch, struct eb_span text)
{
    for (const struct eb_literal *choice = branch->choices; choice; choice = choice->next) {
        struct eb_literal alone = *choice;
        alone.next = NULL;
        if (eb_literals_judge(branch->prover, &alone, text) != EB_PROOF_FOUND)
            return choice;
    }
    return NULL;
}

/* ---- solving ---- */

static struct eb_answer decide(const struct branch *branch);

/* The number written as the branch's kind: 1 as 1.0, or the other way round. */
static struct eb_span as_kind(const struct branch *branch, struct eb_span text)
{
    enum { SPARE_BYTES = 32 };
    struct eb_number number = eb_number_of(text);
    char *out = eb_prover_alloc(branch->prover, text.len + SPARE_BYTES, 1);
    if (!out)
        return text;
    if (branch->kind == EB_KIND_DECIMAL)
        return eb_span(out, (size_t)sprintf(out, "%.*s.0", (int)text.len, text.ptr));
    if (number.is_small)
        return eb_span(out, (size_t)sprintf(out, "%lld", (long long)number.small));
    return text;
}

/* Whether it could be written so at all: 1.5 cannot be an integer, and need not be tried. */
static bool is_of_kind(const struct branch *branch, struct eb_span text)
{
    struct eb_number number = eb_number_of(text);
    bool is_plain = !memchr(text.ptr, '.', text.len) && !memchr(text.ptr, 'e', text.len) &&
                    !memchr(text.ptr, 'E', text.len);
    return branch->kind == EB_KIND_DECIMAL || is_plain || !eb_number_is_integer(&number);
}

static bool holds_numbers(const struct eb_doc *doc, uint32_t token)
{
    for (uint32_t i = token + 1; i < doc->tokens[token].next; i++) {
        if (eb_doc_type(doc, i) == EB_JSON_NUMBER)
            return true;
    }
    return false;
}

/* The branch allows so many values: try them all, by everything the goal asks. */
static struct eb_answer try_values(const struct branch *branch)
{
    const struct eb_value_set *set = branch->values;
    struct eb_answer answer = eb_answer(EB_PROOF_EMPTY);
    for (uint32_t i = 0; i < set->count && eb_prover_step(branch->prover); i++) {
        uint32_t token = set->tokens[i];
        enum eb_json_type type = eb_doc_type(set->doc, token);
        enum eb_kind kind = eb_kind_of(&set->doc->tokens[token]);
        bool is_number = type == EB_JSON_NUMBER;
        struct eb_span text = eb_doc_source(set->doc, token);
        if (is_number && (1u << branch->kind & EB_KINDS_NUMBER)) {
            if (kind != branch->kind && branch->prover->splits_numbers)
                text = as_kind(branch, text);
        } else if (kind != branch->kind) {
            continue;
        }
        enum eb_proof proof = eb_literals_judge(branch->prover, branch->goal->literals, text);
        if (proof == EB_PROOF_FOUND)
            return (struct eb_answer){ proof, text };
        bool has_other_forms =
            branch->prover->splits_numbers &&
            (is_number ? !is_of_kind(branch, text) : holds_numbers(set->doc, token));
        if (proof == EB_PROOF_UNSURE || has_other_forms)
            answer.proof = EB_PROOF_UNSURE;
    }
    return answer;
}

static struct eb_answer try_alternatives(
    const struct branch *branch, const struct eb_literal *choice)
{
    struct eb_prover *prover = branch->prover;
    struct eb_answer answer = eb_answer(EB_PROOF_EMPTY);
    struct branch probe = *branch;
    uint32_t count = alternative_count(&probe, choice);
    if (count == UINT32_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    const struct eb_literal *others = without(prover, branch->choices, choice);
    for (uint32_t i = 0; i < count && eb_prover_step(prover); i++) {
        struct eb_arena_mark mark = eb_arena_mark(&prover->work);
        struct branch one = *branch;
        one.choices = others;
        one.todo = NULL;
        push_alternative(&one, choice, i);
        struct eb_answer found = decide(&one);
        if (found.proof == EB_PROOF_FOUND)
            return found;
        if (found.proof == EB_PROOF_UNSURE)
            answer.proof = EB_PROOF_UNSURE;
        eb_arena_rewind(&prover->work, mark);
    }
    return answer;
}

static struct eb_answer solve_facts(const struct branch *branch)
{
    static struct eb_answer (*const solvers[EB_KIND_COUNT])(const struct eb_task *task) = {
        [EB_KIND_DECIMAL] = eb_solve_number,
        [EB_KIND_INTEGER] = eb_solve_number,
        [EB_KIND_STRING] = eb_solve_string,
        [EB_KIND_ARRAY] = eb_solve_array,
        [EB_KIND_OBJECT] = eb_solve_object,
    };
    return solvers[branch->kind](&(struct eb_task){
        .prover = branch->prover,
        .goal = branch->goal,
        .facts = branch->facts,
        .kind = branch->kind,
    });
}

static struct eb_answer decide(const struct branch *given)
{
    struct branch branch = *given;
    if (!expand(&branch))
        return eb_answer(EB_PROOF_EMPTY);
    if (branch.prover->is_exhausted)
        return eb_answer(EB_PROOF_UNSURE);
    if (branch.values)
        return try_values(&branch);
    const struct eb_literal *choice = urgent_choice(&branch);
    if (choice)
        return try_alternatives(&branch, choice);
    struct eb_answer answer = solve_facts(&branch);
    if (answer.proof == EB_PROOF_EMPTY)
        return answer;
    if (answer.proof == EB_PROOF_FOUND) {
        enum eb_proof judged = eb_literals_judge(branch.prover, branch.goal->literals, answer.text);
        if (judged == EB_PROOF_FOUND)
            return answer;
        choice = unmet_choice(&branch, answer.text);
    }
    if (!choice)
        choice = branch.choices;
    return choice ? try_alternatives(&branch, choice) : eb_answer(EB_PROOF_UNSURE);
}

/* Values that come in one form: nothing to solve. */
static struct eb_answer try_text(const struct branch *branch, const char *text)
{
    struct eb_answer answer = { .text = eb_span_of(text) };
    answer.proof = eb_literals_judge(branch->prover, branch->goal->literals, answer.text);
    return answer;
}

static struct eb_answer prove_kind(
    struct eb_prover *prover, const struct eb_goal *goal, enum eb_kind kind)
{
    struct branch branch = { .prover = prover, .goal = goal, .kind = kind };
    switch (kind) {
    case EB_KIND_NULL: return try_text(&branch, "null");
    case EB_KIND_FALSE: return try_text(&branch, "false");
    case EB_KIND_TRUE: return try_text(&branch, "true");
    case EB_KIND_INTEGER:
        if (!prover->splits_numbers) /* then they are decimals like any other */
            return eb_answer(EB_PROOF_EMPTY);
        break;
    default: break;
    }
    for (const struct eb_literal *literal = goal->literals; literal; literal = literal->next)
        branch.todo = eb_literal_add(prover, *literal, branch.todo);
    return decide(&branch);
}

/* Cheap kinds first. */
static struct eb_answer prove_kinds(
    struct eb_prover *prover, const struct eb_goal *goal, uint32_t kinds)
{
    static const enum eb_kind order[] = { EB_KIND_NULL, EB_KIND_FALSE, EB_KIND_TRUE,
        EB_KIND_INTEGER, EB_KIND_DECIMAL, EB_KIND_STRING, EB_KIND_ARRAY, EB_KIND_OBJECT };
    struct eb_answer answer = eb_answer(EB_PROOF_EMPTY);
    for (size_t i = 0; i < EB_KIND_COUNT; i++) {
        if (!(kinds >> order[i] & 1))
            continue;
        struct eb_answer found = prove_kind(prover, goal, order[i]);
        if (found.proof == EB_PROOF_FOUND)
            return found;
        if (found.proof == EB_PROOF_UNSURE || prover->is_exhausted)
            answer.proof = EB_PROOF_UNSURE;
    }
    return answer;
}

/* ---- goals ---- */

static int compare_keys(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The goal's nodes by their classes, each once. False when it contradicts itself. */
static bool find_keys(struct eb_prover *prover, struct eb_goal *goal)
{
    uint32_t count = 0, kept = 0;
    for (const struct eb_literal *literal = goal->literals; literal; literal = literal->next)
        count++;
    uint32_t *keys = EB_PROVER_ARRAY(prover, uint32_t, count);
    if (!keys)
        return true;
    count = 0;
    for (const struct eb_literal *literal = goal->literals; literal; literal = literal->next) {
        if (literal->type == EB_LITERAL_NODE)
            keys[count++] = 2 * prover->classes[literal->side][literal->node] + literal->is_not;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < count; i++) {
        if (kept && keys[kept - 1] == keys[i])
            continue;
        if (kept && (keys[i] & 1) && keys[kept - 1] == keys[i] - 1)
            return false;
        keys[kept++] = keys[i];
    }
    goal->keys = keys;
    goal->key_count = kept;
    return true;
}

static bool is_plain(const struct eb_goal *goal)
{
    for (const struct eb_literal *literal = goal->literals; literal; literal = literal->next) {
        if (literal->type != EB_LITERAL_NODE || literal->focus)
            return false;
    }
    return true;
}

static bool is_subset(const struct eb_goal *small, const struct eb_goal *large)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < small->key_count; i++) {
        while (at < large->key_count && large->keys[at] < small->keys[i])
            at++;
        if (at == large->key_count || large->keys[at] != small->keys[i])
            return false;
    }
    return true;
}

/* The outermost goal around this one that any value meeting this one would meet. */
static const struct eb_goal *goal_above(const struct eb_goal *goal)
{
    const struct eb_goal *found = NULL;
    for (const struct eb_goal *outer = goal->outer; outer; outer = outer->outer) {
        if (outer->keys && is_plain(outer) && is_subset(outer, goal))
            found = outer;
    }
    return found;
}

static struct eb_span keys_span(const struct eb_goal *goal)
{
    return eb_span((const char *)goal->keys, goal->key_count * sizeof *goal->keys);
}

static void remember(
    struct eb_prover *prover, const struct eb_goal *goal, const struct eb_answer *answer)
{
    struct eb_answer *copy = EB_ARENA_NEW(&prover->kept, struct eb_answer);
    struct eb_span key = eb_arena_copy(&prover->kept, keys_span(goal));
    if (!copy || !key.ptr)
        return;
    *copy = *answer;
    eb_map_put(&prover->answers, key, copy);
}

/* Works on the goal in memory that is given back; what it found is kept. */
static struct eb_answer work_on(
    struct eb_prover *prover, const struct eb_goal *goal, uint32_t kinds)
{
    struct eb_arena_mark mark = eb_arena_mark(&prover->work);
    struct eb_answer answer = prove_kinds(prover, goal, kinds);
    if (answer.proof == EB_PROOF_FOUND) {
        answer.text = eb_arena_copy(&prover->kept, answer.text);
        if (!answer.text.ptr)
            answer.proof = EB_PROOF_UNSURE;
    }
    eb_arena_rewind(&prover->work, mark);
    return answer;
}

static struct eb_answer prove_goal(struct eb_prover *prover, struct eb_goal *goal)
{
    if (!find_keys(prover, goal))
        return eb_answer(EB_PROOF_EMPTY);
    const struct eb_goal *above = goal->keys ? goal_above(goal) : NULL;
    if (above) {
        if (above->depth < prover->leans_on)
            prover->leans_on = above->depth;
        return eb_answer(EB_PROOF_EMPTY);
    }
    bool is_known_by_keys = goal->keys && goal->key_count && is_plain(goal);
    const struct eb_answer *known =
        is_known_by_keys ? eb_map_get(&prover->answers, keys_span(goal)) : NULL;
    if (known)
        return *known;
    uint32_t leaned_on = prover->leans_on;
    prover->leans_on = UINT32_MAX;
    struct eb_answer answer = work_on(prover, goal, EB_KINDS_ALL);
    if (prover->leans_on >= goal->depth)
        prover->leans_on = UINT32_MAX; /* what it took for granted was about itself, or inside it */
    bool is_lasting = answer.proof == EB_PROOF_FOUND || prover->leans_on == UINT32_MAX;
    if (is_known_by_keys && is_lasting && !prover->is_exhausted)
        remember(prover, goal, &answer);
    if (leaned_on < prover->leans_on)
        prover->leans_on = leaned_on;
    return answer;
}

struct eb_answer eb_prove(
    struct eb_prover *prover, const struct eb_goal *outer, const struct eb_literal *literals)
{
    struct eb_goal goal = {
        .outer = outer, .literals = literals, .depth = outer ? outer->depth + 1 : 0
    };
    if (!eb_prover_step(prover) || goal.depth > EB_COMPAT_DEPTH_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    return prove_goal(prover, &goal);
}

struct eb_answer eb_prove_name(
    struct eb_prover *prover, const struct eb_goal *outer, const struct eb_literal *literals)
{
    struct eb_goal goal = {
        .outer = outer, .literals = literals, .depth = outer ? outer->depth + 1 : 0
    };
    if (!eb_prover_step(prover) || goal.depth > EB_COMPAT_DEPTH_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    return work_on(prover, &goal, EB_KINDS_STRING);
}
