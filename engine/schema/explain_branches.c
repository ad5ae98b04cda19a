/*
 * explain_branches.c - why none of several alternatives took a value, or more than one did.
 */
#include "schema/explain.h"

static uint32_t entry_for(const struct explanation *e, uint32_t node, uint32_t kind)
{
    return e->run->schema->nodes[node].entry[kind];
}

/* The kinds of values that some branch takes. */
static uint32_t kinds_taken(const struct explanation *e, const struct eb_branches *branches)
{
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < branches->count; i++) {
        for (uint32_t kind = 0; kind < EB_KIND_COUNT; kind++)
            kinds |= (uint32_t)(entry_for(e, branches->nodes[i], kind) != 1) << kind;
    }
    return kinds;
}

static bool fits(const struct explanation *e, const struct subject *subject, uint32_t node)
{
    return entry_for(e, node, eb_kind_of(&e->run->tokens[subject->token])) != EB_ENTRY_FAIL;
}

static uint32_t count_fitting(
    const struct explanation *e, const struct subject *subject, const struct eb_branches *branches)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < branches->count; i++)
        count += fits(e, subject, branches->nodes[i]);
    return count;
}

/* Whether some tag in the value is not the branch's. A limit ends it all. */
static bool has_other_tags(struct explanation *e, const struct subject *subject, uint32_t node)
{
    struct explanation trial = { .run = e->run, .validation = e->validation, .is_trial = true };
    eb_explain_descend(&trial, subject, node, subject->token, step(EB_KEYWORD_NONE));
    e->is_over |= e->run->limit != EB_LIMIT_NONE;
    return trial.has_other_tag;
}

/* The only branch whose tags the value has; EB_NO_TOKEN when there are none or several. */
static uint32_t find_meant(
    struct explanation *e, const struct subject *subject, const struct eb_branches *branches)
{
    uint32_t meant = EB_NO_TOKEN;
    for (uint32_t i = 0; i < branches->count && !e->is_over; i++) {
        if (!fits(e, subject, branches->nodes[i]) || has_other_tags(e, subject, branches->nodes[i]))
            continue;
        if (meant != EB_NO_TOKEN)
            return EB_NO_TOKEN;
        meant = i;
    }
    return meant;
}

static void say_none(struct explanation *e, const struct subject *subject,
    const struct eb_branches *branches, enum eb_keyword keyword)
{
    struct eb_sentence s;
    eb_sentence_init(&s);
    if (count_fitting(e, subject, branches)) {
        eb_sentence_add(
            &s, "expected one of %u alternatives, but none of them accepts ", branches->count);
    } else {
        eb_sentence_add(&s, "expected ");
        eb_sentence_kinds(&s, kinds_taken(e, branches));
        eb_sentence_add(&s, ", got ");
    }
    eb_sentence_value(&s, e->run->doc, subject->token);
    eb_explain_fault(e, subject, step(keyword), &s);
}

/* No branch takes the value. Trials do not look into branches, or they would try them by twos. */
static void explain_none(struct explanation *e, const struct subject *subject,
    const struct eb_branches *branches, enum eb_keyword keyword)
{
    if (eb_explain_notes(e, keyword))
        return;
    uint32_t fitting = count_fitting(e, subject, branches);
    uint32_t meant = fitting > 1 ? find_meant(e, subject, branches) : EB_NO_TOKEN;
    if (fitting != 1 && meant == EB_NO_TOKEN && !e->is_over)
        say_none(e, subject, branches, keyword);
    for (uint32_t i = 0; i < branches->count; i++) {
        if (fits(e, subject, branches->nodes[i]) && (meant == EB_NO_TOKEN || meant == i))
            eb_explain_descend(
                e, subject, branches->nodes[i], subject->token, step_to_index(keyword, i));
    }
}

void eb_explain_any(struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_branches *branches = check->at;
    for (uint32_t i = 0; i < branches->count; i++) {
        if (eb_explain_accepts(e, subject, branches->nodes[i], EB_KEYWORD_ANY_OF) || e->is_over)
            return;
    }
    explain_none(e, subject, branches, EB_KEYWORD_ANY_OF);
}

void eb_explain_one(struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_branches *branches = check->at;
    uint32_t passing[2] = { 0, 0 }, count = 0;
    for (uint32_t i = 0; i < branches->count && count < 2; i++) {
        if (eb_explain_accepts(e, subject, branches->nodes[i], EB_KEYWORD_ONE_OF))
            passing[count++] = i;
        if (e->is_over)
            return;
    }
    if (count == 0)
        explain_none(e, subject, branches, EB_KEYWORD_ONE_OF);
    if (count < 2 || eb_explain_notes(e, EB_KEYWORD_ONE_OF))
        return;
    struct eb_sentence s;
    eb_sentence_init(&s);
    eb_sentence_add(&s,
        "expected exactly one alternative to accept this, but numbers %u and %u do: ", passing[0],
        passing[1]);
    eb_sentence_value(&s, e->run->doc, subject->token);
    eb_explain_fault(e, subject, step(EB_KEYWORD_ONE_OF), &s);
}
