/*
 * explain_part.c - checks that apply schemas to parts of a value: elements, members, names.
 */
#include "schema/explain.h"

/* ---- arrays ---- */

void eb_explain_items(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_array_items *items = check->at;
    uint32_t index = 0;
    EB_DOC_EACH_ELEMENT(e->run->doc, subject->token, element)
    {
        if (index < items->prefix_count)
            eb_explain_descend(e, subject, items->prefix[index], element,
                step_to_index((enum eb_keyword)items->prefix_keyword, index));
        else
            eb_explain_descend(
                e, subject, items->rest, element, step((enum eb_keyword)items->rest_keyword));
        index++;
    }
}

void eb_explain_contains(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_contains *contains = check->at;
    uint32_t found = 0;
    EB_DOC_EACH_ELEMENT(e->run->doc, subject->token, element)
    {
        struct subject part = *subject;
        part.token = element;
        found += eb_explain_accepts(e, &part, contains->node, EB_KEYWORD_CONTAINS);
        if (e->is_over)
            return;
    }
    if (contains->min <= found && found <= contains->max)
        return;
    if (eb_explain_notes(e, EB_KEYWORD_CONTAINS))
        return;
    bool is_short = found < contains->min;
    uint32_t bound = is_short ? contains->min : contains->max;
    struct eb_sentence s;
    eb_sentence_init(&s);
    eb_sentence_add(&s, "expected at %s %u %s as \"contains\" describes, got %u",
        is_short ? "least" : "most", bound, bound == 1 ? "element" : "elements", found);
    eb_explain_fault(e, subject,
        step(!is_short           ? EB_KEYWORD_MAX_CONTAINS
             : contains->min > 1 ? EB_KEYWORD_MIN_CONTAINS
                                 : EB_KEYWORD_CONTAINS),
        &s);
}

/* ---- objects ---- */

static void add_missing(struct explanation *e, const struct subject *subject, struct eb_span name,
    struct eb_span because, struct eb_trail last)
{
    struct eb_sentence s;
    if (eb_explain_notes(e, last.keyword))
        return;
    eb_sentence_init(&s);
    eb_sentence_add(&s, "the member \"");
    eb_sentence_quote(&s, name, 80);
    eb_sentence_add(&s, "\" is missing");
    if (because.ptr) {
        eb_sentence_add(&s, "; \"");
        eb_sentence_quote(&s, because, 80);
        eb_sentence_add(&s, "\" needs it");
    }
    eb_explain_fault(e, subject, last, &s);
}

/* Which names are there; NULL, and the explanation over, without memory. Kept in the arena. */
static const uint64_t *presence(
    struct explanation *e, const struct subject *subject, const struct eb_names *names)
{
    const uint64_t *present = eb_run_presence(e->run, names, subject->token);
    if (!present)
        eb_explain_limit_at(e, subject, EB_KEYWORD_NONE);
    return present;
}

static void explain_required(
    struct explanation *e, const struct subject *subject, const struct eb_members *members)
{
    const uint64_t *present =
        members->required_count ? presence(e, subject, &members->names) : NULL;
    for (uint32_t i = 0; present && i < members->names.count && !e->is_over; i++) {
        if (members->members[i].is_required && !eb_bit(present, i))
            add_missing(e, subject, members->names.names[i].text, eb_span(NULL, 0),
                step(EB_KEYWORD_REQUIRED));
    }
}

/* Applies the patterns the name matches; returns whether there was one. */
static bool explain_patterns(struct explanation *e, const struct subject *subject,
    const struct eb_members *members, uint32_t name)
{
    bool is_evaluated = false;
    for (uint32_t i = 0; i < members->pattern_count && !e->is_over; i++) {
        const struct eb_pattern_member *pattern = &members->patterns[i];
        struct eb_op op = { .code = EB_OP_PATTERN, .at = pattern->regex };
        if (eb_run_op(e->run, &op, name, subject->depth)) {
            is_evaluated = true;
            eb_explain_descend(e, subject, pattern->node, name + 1,
                step_to_name(EB_KEYWORD_PATTERN_PROPERTIES, pattern->pattern));
        } else if (e->run->limit) {
            eb_explain_limit_at(e, subject, EB_KEYWORD_PATTERN_PROPERTIES);
        }
    }
    return is_evaluated;
}

void eb_explain_members(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_members *members = check->at;
    explain_required(e, subject, members);
    EB_DOC_EACH_MEMBER(e->run->doc, subject->token, name)
    {
        if (e->is_over)
            return;
        uint32_t index = eb_names_find(&members->names, eb_explain_name(e, name));
        bool is_property = index != EB_NO_NAME && members->members[index].is_property;
        if (is_property)
            eb_explain_descend(e, subject, members->members[index].node, name + 1,
                step_to_name(EB_KEYWORD_PROPERTIES, members->names.names[index].text));
        bool is_matched = explain_patterns(e, subject, members, name);
        if (!is_property && !is_matched)
            eb_explain_descend(
                e, subject, members->additional, name + 1, step(EB_KEYWORD_ADDITIONAL_PROPERTIES));
    }
}

void eb_explain_member_names(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    EB_DOC_EACH_MEMBER(e->run->doc, subject->token, name)
    eb_explain_descend(e, subject, check->a, name, step(EB_KEYWORD_PROPERTY_NAMES));
}

void eb_explain_dependencies(
    struct explanation *e, const struct subject *subject, const struct eb_op *check)
{
    const struct eb_dependencies *op = check->at;
    const uint64_t *present = presence(e, subject, &op->names);
    for (uint32_t i = 0; present && i < op->count && !e->is_over; i++) {
        const struct eb_dependency *dependency = &op->dependencies[i];
        if (!eb_bit(present, dependency->trigger))
            continue;
        struct eb_span trigger = op->names.names[dependency->trigger].text;
        struct eb_trail last = step_to_name((enum eb_keyword)dependency->keyword, trigger);
        for (uint32_t r = 0; r < dependency->required_count && !e->is_over; r++) {
            uint32_t name = dependency->required[r];
            if (!eb_bit(present, name))
                add_missing(e, subject, op->names.names[name].text, trigger, last);
        }
        eb_explain_descend(e, subject, dependency->node, subject->token, last);
    }
}
