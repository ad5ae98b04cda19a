/*
 * compat_prove.c - facts solved for each kind of value, and alternatives gone through.
 */
#include "schema/compat_branch.h"

#include <stdio.h>

static struct eb_answer decide(const struct eb_branch *branch);

/* ---- so many values ---- */

/* The number written as the branch's kind: 1 as 1.0, or the other way round. */
static struct eb_span as_kind(const struct eb_branch *branch, struct eb_span text)
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
static bool is_of_kind(const struct eb_branch *branch, struct eb_span text)
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
static struct eb_answer try_values(const struct eb_branch *branch)
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

/* ---- alternatives ---- */

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

static struct eb_answer try_alternatives(
    const struct eb_branch *branch, const struct eb_literal *choice)
{
    struct eb_prover *prover = branch->prover;
    struct eb_answer answer = eb_answer(EB_PROOF_EMPTY);
    struct eb_branch probe = *branch;
    uint32_t count = eb_choice_count(&probe, choice);
    if (count == UINT32_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    const struct eb_literal *others = without(prover, branch->choices, choice);
    for (uint32_t i = 0; i < count && eb_prover_step(prover); i++) {
        struct eb_arena_mark mark = eb_arena_mark(&prover->work);
        struct eb_branch one = *branch;
        one.choices = others;
        one.todo = NULL;
        eb_choice_make(&one, choice, i);
        struct eb_answer found = decide(&one);
        if (found.proof == EB_PROOF_FOUND)
            return found;
        if (found.proof == EB_PROOF_UNSURE)
            answer.proof = EB_PROOF_UNSURE;
        eb_arena_rewind(&prover->work, mark);
    }
    return answer;
}

/* ---- solving ---- */

static struct eb_answer solve_facts(const struct eb_branch *branch)
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

static struct eb_answer decide(const struct eb_branch *given)
{
    struct eb_branch branch = *given;
    if (!eb_branch_expand(&branch))
        return eb_answer(EB_PROOF_EMPTY);
    if (branch.prover->is_exhausted)
        return eb_answer(EB_PROOF_UNSURE);
    if (branch.values)
        return try_values(&branch);
    const struct eb_literal *choice = eb_choice_urgent(&branch);
    if (choice)
        return try_alternatives(&branch, choice);
    struct eb_answer answer = solve_facts(&branch);
    if (answer.proof == EB_PROOF_EMPTY)
        return answer;
    if (answer.proof == EB_PROOF_FOUND) {
        enum eb_proof judged = eb_literals_judge(branch.prover, branch.goal->literals, answer.text);
        if (judged == EB_PROOF_FOUND)
            return answer;
        choice = eb_choice_unmet(&branch, answer.text);
    }
    if (!choice)
        choice = branch.choices;
    return choice ? try_alternatives(&branch, choice) : eb_answer(EB_PROOF_UNSURE);
}

/* Values that come in one form: nothing to solve. */
static struct eb_answer try_text(const struct eb_branch *branch, const char *text)
{
    struct eb_answer answer = { .text = eb_span_of(text) };
    answer.proof = eb_literals_judge(branch->prover, branch->goal->literals, answer.text);
    return answer;
}

static struct eb_answer prove_kind(
    struct eb_prover *prover, const struct eb_goal *goal, enum eb_kind kind)
{
    struct eb_branch branch = { .prover = prover, .goal = goal, .kind = kind };
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

struct eb_answer eb_prove_kinds(
    struct eb_prover *prover, const struct eb_goal *goal, uint32_t kinds)
{
    /* Cheap ones first. */
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
