/*
 * compat_judge.c - whether a value that was made up meets literals: asked of the validator, for no
 * proof may rest on what made the value up.
 */
#include "schema/compat_prover.h"

#include "schema/equal.h"
#include "json/reader.h"

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
        uint32_t member = eb_doc_member_named(doc, token, members->names.names[way->index].text);
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
    case EB_LITERAL_PRESENT:
        return eb_doc_member_named(&judge->doc, 0, literal->text) != EB_NO_TOKEN;
    case EB_LITERAL_ABSENT:
        return eb_doc_member_named(&judge->doc, 0, literal->text) == EB_NO_TOKEN;
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
