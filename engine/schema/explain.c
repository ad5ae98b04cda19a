/*
 * explain.c - why a document was refused: walks the checks as their author wrote them, follows the
 * document where a check applies a schema to a part of it, and asks the machine of validate.c for
 * every verdict, so that the two cannot disagree.
 *
 * Faults are leaves: a member that fails is told, not also every object around it. Of alternatives
 * that all fail, those that fit the value's type are told; and if one of them alone has the tags
 * ("type": "lock") the value has, that one only, because it is what the sender meant.
 */
#include "schema/explain.h"

#include <assert.h>

#include "base/limits.h"
#include "schema/location.h"

/* Deeper than any document; half the machine's, because these frames are larger. */
enum { EXPLAIN_FRAMES_MAX = EB_SCHEMA_FRAMES_MAX / 2 };

static void explain_node(struct explanation *e, struct subject subject);

/* ---- faults ---- */

bool eb_explain_notes(struct explanation *e, enum eb_keyword keyword)
{
    bool is_tag = keyword == EB_KEYWORD_CONST || keyword == EB_KEYWORD_ENUM;
    if (e->is_trial && is_tag)
        e->is_over = e->has_other_tag = true;
    return e->is_trial;
}

void eb_explain_fault(struct explanation *e, const struct subject *subject, struct eb_trail last,
    const struct eb_sentence *sentence)
{
    struct eb_validation *v = e->validation;
    assert(!e->is_trial);
    /* Finding where a value is walks past what is before it. */
    bool is_affordable = !v->fault_count || eb_run_spend(e->run, subject->token);
    if (v->fault_count == v->fault_max || !is_affordable) {
        v->has_more_faults = true;
        e->is_over = true;
        return;
    }
    const struct eb_origin *origin = &e->run->schema->origins[subject->node];
    struct eb_fault fault = {
        .instance_location = eb_doc_pointer(e->run->doc, subject->token, v->arena),
        .keyword_location = eb_location_of_keyword(subject->trail, &last, v->arena),
        .absolute_keyword_location = eb_location_absolute(origin, &last, v->arena),
        .error = eb_sentence_copy(sentence, v->arena),
    };
    if (!fault.instance_location.ptr || !fault.keyword_location.ptr || !fault.error.ptr) {
        v->has_more_faults = true;
        e->is_over = true;
        return;
    }
    if (e->tokens)
        e->tokens[v->fault_count] = subject->token;
    v->faults[v->fault_count++] = fault;
}

void eb_explain_limit_at(
    struct explanation *e, const struct subject *subject, enum eb_keyword keyword)
{
    struct eb_sentence sentence;
    if (!eb_explain_notes(e, keyword)) {
        eb_sentence_init(&sentence);
        eb_explain_limit(&sentence, e->run->limit);
        eb_explain_fault(e, subject, step(keyword), &sentence);
    }
    e->is_over = true;
}

/* The machine's verdict on a whole node; false, and the explanation over, at a limit. */
bool eb_explain_accepts(
    struct explanation *e, const struct subject *subject, uint32_t node, enum eb_keyword keyword)
{
    bool is_accepted = eb_run_accepts(e->run, node, subject->token, subject->depth);
    if (e->run->limit && !e->is_over)
        eb_explain_limit_at(e, subject, keyword);
    return is_accepted;
}

/* Explains `node` at `token`, one step further. */
void eb_explain_descend(struct explanation *e, const struct subject *subject, uint32_t node,
    uint32_t token, struct eb_trail last)
{
    if (node == EB_NODE_TRUE || e->is_over)
        return;
    last.up = subject->trail;
    explain_node(e, (struct subject){ node, token, &last, subject->depth + 1 });
}

/* The text of a member's name, for locations and sentences. */
struct eb_span eb_explain_name(struct explanation *e, uint32_t name)
{
    struct eb_span text = eb_doc_string(e->run->doc, name, e->validation->arena);
    return text.ptr ? text : eb_span("", 0);
}

/* ---- a schema that is `false` ---- */

static void explain_false(struct explanation *e, const struct subject *subject)
{
    struct eb_sentence s;
    if (eb_explain_notes(e, EB_KEYWORD_NONE))
        return;
    eb_sentence_init(&s);
    switch (subject->trail ? subject->trail->keyword : EB_KEYWORD_NONE) {
    case EB_KEYWORD_PROPERTIES:
    case EB_KEYWORD_PATTERN_PROPERTIES:
    case EB_KEYWORD_ADDITIONAL_PROPERTIES:
    case EB_KEYWORD_UNEVALUATED_PROPERTIES:
        eb_sentence_add(&s, "no such member is allowed here: \"");
        eb_sentence_quote(&s, eb_explain_name(e, subject->token - 1), 80);
        eb_sentence_add(&s, "\"");
        break;
    case EB_KEYWORD_PREFIX_ITEMS:
    case EB_KEYWORD_ITEMS:
    case EB_KEYWORD_ADDITIONAL_ITEMS:
    case EB_KEYWORD_UNEVALUATED_ITEMS:
        eb_sentence_add(&s, "no further element is allowed here, got ");
        eb_sentence_value(&s, e->run->doc, subject->token);
        break;
    default:
        eb_sentence_add(&s, "no value is allowed here, got ");
        eb_sentence_value(&s, e->run->doc, subject->token);
        break;
    }
    eb_explain_fault(e, subject, step(EB_KEYWORD_NONE), &s);
}

/* ---- combinations ---- */

static void explain_call(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    enum eb_keyword keyword = (enum eb_keyword)check->keyword;
    bool is_listed = check->b != EB_NO_TOKEN;
    eb_explain_descend(e, subject, check->a, subject->token,
        is_listed ? step_to_index(keyword, check->b) : step(keyword));
}

static void explain_not(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    if (!eb_explain_accepts(e, subject, check->a, EB_KEYWORD_NOT) || e->is_over ||
        eb_explain_notes(e, EB_KEYWORD_NOT))
        return;
    struct eb_sentence s;
    eb_sentence_init(&s);
    eb_sentence_value(&s, e->run->doc, subject->token);
    eb_sentence_add(&s, " is what \"not\" excludes");
    eb_explain_fault(e, subject, step(EB_KEYWORD_NOT), &s);
}

static void explain_if(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    bool condition = eb_explain_accepts(e, subject, check->a, EB_KEYWORD_IF);
    eb_explain_descend(e, subject, condition ? check->b : check->c, subject->token,
        step(condition ? EB_KEYWORD_THEN : EB_KEYWORD_ELSE));
}

/* ---- unevaluated ---- */

static void explain_rest(struct explanation *e, const struct subject *subject,
    const struct eb_op *check, const uint64_t *seen)
{
    const struct eb_unevaluated *unevaluated = check->at;
    const struct eb_token *tokens = e->run->doc->tokens;
    uint32_t to_value = check->code == EB_OP_UNEVALUATED_MEMBERS;
    uint32_t ordinal = 0, end = tokens[subject->token].next;
    for (uint32_t at = subject->token + 1; at < end; at = tokens[at + to_value].next) {
        if (!eb_bit(seen, ordinal++))
            eb_explain_descend(e, subject, unevaluated->node, at + to_value,
                step((enum eb_keyword)check->keyword));
    }
}

static void explain_unevaluated(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_unevaluated *unevaluated = check->at;
    uint64_t *outer = e->run->seen;
    struct eb_run_marks marks; /* not untracked: faults are kept in the arena above them */
    uint64_t *seen = eb_run_track(e->run, &e->run->tokens[subject->token], &marks);
    if (!seen) {
        eb_explain_limit_at(e, subject, (enum eb_keyword)check->keyword);
        return;
    }
    struct subject inner = *subject;
    inner.node = unevaluated->inner;
    if (eb_explain_accepts(e, &inner, inner.node, (enum eb_keyword)check->keyword))
        explain_rest(e, subject, check, seen);
    else if (!e->is_over)
        explain_node(e, inner);
    e->run->seen = outer;
}

/* ---- walking ---- */

static eb_explainer *const explainers[] = {
    [EB_OP_ITEMS] = eb_explain_items,
    [EB_OP_CONTAINS] = eb_explain_contains,
    [EB_OP_MEMBERS] = eb_explain_members,
    [EB_OP_MEMBERS_CLOSED] = eb_explain_members,
    [EB_OP_MEMBERS_OPEN] = eb_explain_members,
    [EB_OP_MEMBER_NAMES] = eb_explain_member_names,
    [EB_OP_DEPENDENCIES] = eb_explain_dependencies,
    [EB_OP_CALL] = explain_call,
    [EB_OP_ANY] = eb_explain_any,
    [EB_OP_ONE] = eb_explain_one,
    [EB_OP_NOT] = explain_not,
    [EB_OP_IF] = explain_if,
    [EB_OP_UNEVALUATED_MEMBERS] = explain_unevaluated,
    [EB_OP_UNEVALUATED_ITEMS] = explain_unevaluated,
};

static void explain_leaf(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    if (eb_run_op(e->run, check, subject->token, subject->depth))
        return;
    if (e->run->limit) {
        eb_explain_limit_at(e, subject, (enum eb_keyword)check->keyword);
        return;
    }
    if (eb_explain_notes(e, (enum eb_keyword)check->keyword))
        return;
    const struct eb_origin *origin = &e->run->schema->origins[subject->node];
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    enum eb_keyword keyword =
        eb_explain_leaf(&sentence, e->run, &origin->resource->document->doc, check, subject->token);
    eb_explain_fault(e, subject, step(keyword), &sentence);
}

static void explain_node(struct explanation *e, struct subject subject)
{
    if (subject.depth > EXPLAIN_FRAMES_MAX) {
        e->run->limit = EB_LIMIT_DEPTH;
        eb_explain_limit_at(e, &subject, EB_KEYWORD_NONE);
        return;
    }
    const struct eb_token *value = &e->run->doc->tokens[subject.token];
    if (!eb_run_spend(e->run, 1 + eb_run_parts(value))) {
        eb_explain_limit_at(e, &subject, EB_KEYWORD_NONE);
        return;
    }
    const struct eb_origin *origin = &e->run->schema->origins[subject.node];
    enum eb_kind kind = eb_kind_of(value);
    for (uint32_t i = 0; i < origin->check_count && !e->is_over; i++) {
        const struct eb_op *check = &e->run->schema->checks[origin->first_check + i];
        if (!(check->kinds >> kind & 1))
            continue;
        if (check->code == EB_OP_FAIL)
            explain_false(e, &subject);
        else if (eb_explain_is_leaf((enum eb_opcode)check->code))
            explain_leaf(e, &subject, check);
        else
            explainers[check->code](e, &subject, check);
    }
}

void eb_run_explain(
    struct eb_run *run, uint32_t token, struct eb_validation *validation, uint32_t *tokens)
{
    struct explanation e = { .run = run, .validation = validation, .tokens = tokens };
    struct subject root = { .node = run->schema->root, .token = token };
    enum eb_limit limit = run->limit;
    eb_run_restart(run);
    validation->fault_count = 0;
    validation->has_more_faults = false;
    explain_node(&e, root);
    if (!validation->fault_count) {
        run->limit = limit ? limit : EB_LIMIT_STEPS;
        eb_explain_limit_at(&e, &root, EB_KEYWORD_NONE);
    }
}
