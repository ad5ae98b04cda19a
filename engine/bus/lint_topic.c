/*
 * Topics: those rules see events of, and those they make copies for.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "bus/lint_ask.h"
#include "bus/lint_template.h"
#include "pattern/fields.h"
#include "pattern/pattern_question.h"
#include "schema/schema.h"
#include "topic/filter.h"
#include "json/reader.h"

enum {
    QUESTIONS_MAX = 1000,               /* about values in topics */
    COMPARISONS_MAX = 20 * 1000 * 1000, /* of templates with filters: a second */
    EXAMPLE_BYTES_MAX = 200,            /* shown of an event */
    WORK_BYTES = 64 * 1024 * 1024,
};

/* ---- filters that no contract covers ---- */

static void tell_uncovered(struct eb_linter *linter, uint32_t rule, uint32_t filter)
{
    struct eb_arena arena;
    struct eb_doc doc;
    struct eb_span text = linter->filters[filter];
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (eb_lint_read_rule(linter, rule, &arena, &doc)) {
        uint32_t token = eb_lint_member(&doc, "from");
        EB_DOC_EACH_ELEMENT(&doc, eb_lint_member(&doc, "from"), element)
        {
            if (eb_doc_string_is(&doc, element, text))
                token = element;
        }
        eb_doc_diag(linter->diags, eb_lint_severity(linter, EB_NOTE), &doc, token,
            "no contract covers '%.*s': what rules see there is not judged", (int)text.len,
            text.ptr);
    }
    eb_arena_release(&arena);
}

/* Each filter once, at the first rule that names it. */
static void tell_all_uncovered(struct eb_linter *linter, const uint32_t *first_rules)
{
    const struct eb_snapshot *snapshot = linter->snapshot;
    for (uint32_t rule = 0; rule < snapshot->rule_count; rule++) {
        for (uint32_t i = 0; i < snapshot->rules[rule].from_count; i++) {
            uint32_t filter = snapshot->rules[rule].from[i];
            if (first_rules[filter] == rule && linter->covers[filter].count == 0)
                tell_uncovered(linter, rule, filter);
        }
    }
}

/* By filter number; UINT32_MAX: no rule names it. NULL without memory. */
static uint32_t *find_first_rules(struct eb_linter *linter)
{
    const struct eb_snapshot *snapshot = linter->snapshot;
    uint32_t *first = EB_ARENA_ARRAY(&linter->arena, uint32_t, snapshot->watch_count);
    for (uint32_t i = 0; first && i < snapshot->watch_count; i++)
        first[i] = UINT32_MAX;
    for (uint32_t rule = snapshot->rule_count; first && rule-- > 0;) {
        for (uint32_t i = 0; i < snapshot->rules[rule].from_count; i++)
            first[snapshot->rules[rule].from[i]] = rule;
    }
    return first;
}

/* ---- copies that no rule sees ---- */

struct chains {
    struct eb_linter *linter;
    const uint32_t *first_rules;
    struct eb_arena arena; /* growing */
    struct eb_map told;    /* topic templates that have been looked at */
    uint8_t *is_told;      /* by filter number: each is told once */
    uint64_t comparisons;  /* left */
};

static bool is_literal(struct eb_span filter)
{
    return !memchr(filter.ptr, '+', filter.len);
}

/* The number of a filter that a rule names and that holds some topic of `topics`, a filter. */
static uint32_t find_watcher(struct chains *chains, struct eb_span topics)
{
    const struct eb_linter *linter = chains->linter;
    const struct eb_trie *trie = linter->snapshot->trie;
    if (is_literal(topics)) {
        size_t count = eb_trie_match(trie, topics, NULL, 0);
        uint32_t *numbers = EB_ARENA_ARRAY(&chains->arena, uint32_t, count);
        if (numbers)
            eb_trie_match(trie, topics, numbers, count);
        for (size_t i = 0; numbers && i < count; i++) {
            if (chains->first_rules[numbers[i]] != UINT32_MAX)
                return numbers[i];
        }
        return UINT32_MAX;
    }
    for (uint32_t i = 0; i < linter->snapshot->watch_count && chains->comparisons; i++) {
        chains->comparisons--;
        if (chains->first_rules[i] != UINT32_MAX && eb_filter_overlaps(linter->filters[i], topics))
            return i;
    }
    return UINT32_MAX;
}

static uint32_t topic_token(const struct eb_doc *doc, uint32_t target)
{
    uint32_t element = eb_lint_member(doc, "to") + 1;
    while (target-- > 0)
        element = doc->tokens[element].next;
    return eb_doc_member(doc, element, "topic");
}

static void tell_unchained(struct chains *chains, uint32_t rule, uint32_t target, uint32_t watched)
{
    struct eb_linter *linter = chains->linter;
    const struct eb_rule *watcher = &linter->snapshot->rules[chains->first_rules[watched]];
    struct eb_span filter = linter->filters[watched];
    struct eb_arena arena;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (eb_lint_read_rule(linter, rule, &arena, &doc))
        eb_doc_diag(linter->diags, eb_lint_severity(linter, EB_NOTE), &doc,
            topic_token(&doc, target),
            "rule '%.*s' watches '%.*s', and will not see this copy: copies pass rules only with "
            "\"reroute\": true",
            (int)watcher->name.len, watcher->name.ptr, (int)filter.len, filter.ptr);
    eb_arena_release(&arena);
}

static void look_at_target(struct chains *chains, uint32_t rule, uint32_t target)
{
    const struct eb_target *of = chains->linter->snapshot->rules[rule].targets[target];
    struct eb_span topic = eb_target_topic(of);
    if (eb_target_is_rerouted(of) || eb_map_get(&chains->told, topic))
        return;
    struct eb_span topics = eb_lint_template_filter(topic, &chains->arena);
    if (!topics.ptr || !eb_map_put(&chains->told, topic, chains)) {
        eb_diag_add_out_of_memory(chains->linter->diags);
        return;
    }
    uint32_t watched = find_watcher(chains, topics);
    bool is_own = watched != UINT32_MAX && chains->first_rules[watched] == rule;
    if (watched == UINT32_MAX || is_own || chains->is_told[watched])
        return;
    chains->is_told[watched] = true;
    tell_unchained(chains, rule, target, watched);
}

static void look_at_targets(struct eb_linter *linter, const uint32_t *first_rules)
{
    struct chains chains = {
        .linter = linter, .first_rules = first_rules, .comparisons = COMPARISONS_MAX
    };
    const struct eb_snapshot *snapshot = linter->snapshot;
    eb_arena_init_growing(&chains.arena, SIZE_MAX);
    eb_map_init(&chains.told, &chains.arena);
    chains.is_told = EB_ARENA_ARRAY(&chains.arena, uint8_t, snapshot->watch_count);
    if (!chains.is_told)
        eb_diag_add_out_of_memory(linter->diags);
    for (uint32_t rule = 0; chains.is_told && rule < snapshot->rule_count; rule++) {
        const struct eb_rule *of = &snapshot->rules[rule];
        for (uint32_t i = 0; !of->is_shadow && i < of->target_count; i++)
            look_at_target(&chains, rule, i);
    }
    eb_arena_release(&chains.arena);
}

/* ---- values in topics ---- */

struct values {
    struct eb_linter *linter;
    struct eb_lint_ask ask;
    struct eb_arena work; /* reserved: an example, judged */
    struct eb_regex_runner *runner;
};

/* A placeholder of a target's topic, in a rule. */
struct use {
    struct values *values;
    uint32_t rule, target;
    const struct eb_lint_placeholder *placeholder;
};

static struct eb_items items_of(const struct eb_rule *rule)
{
    return rule->when ? eb_pattern_items(rule->when) : (struct eb_items){ NULL, NULL };
}

static uint32_t question_of(const struct use *use)
{
    const struct eb_rule *rule = &use->values->linter->snapshot->rules[use->rule];
    return eb_lint_ask_text(&use->values->ask, items_of(rule), use->placeholder->unfit);
}

static void note(const struct use *use)
{
    const struct eb_linter *linter = use->values->linter;
    const struct eb_rule *rule = &linter->snapshot->rules[use->rule];
    uint32_t question = question_of(use);
    for (uint32_t i = 0; i < rule->from_count; i++) {
        const struct eb_lint_cover *cover = &linter->covers[rule->from[i]];
        for (uint32_t j = 0; j < cover->count; j++) {
            const struct eb_contract *contract = &linter->snapshot->contracts[cover->contracts[j]];
            if (contract->schema.schema && eb_lint_is_enforced(contract))
                eb_lint_ask_note(
                    &use->values->ask, contract->schema.schema, EB_PATH_PAYLOAD, question);
        }
    }
}

static bool is_valid(
    struct values *values, const struct eb_schema *schema, const struct eb_doc *doc)
{
    struct eb_validation validation = { .arena = &values->work, .runner = values->runner };
    return eb_schema_validate(schema, doc, &validation) == EB_VALID;
}

/* Whether it would come to the rule: past all contracts of the filter, and matched. */
static bool is_seen(const struct use *use, uint32_t filter, struct eb_span example)
{
    struct values *values = use->values;
    const struct eb_snapshot *snapshot = values->linter->snapshot;
    const struct eb_rule *rule = &snapshot->rules[use->rule];
    const struct eb_lint_cover *cover = &values->linter->covers[filter];
    static const struct eb_message message = { .topic = EB_SPAN("") };
    struct eb_json_fault fault;
    struct eb_doc doc;
    eb_arena_reset(&values->work);
    if (eb_json_read(&doc, example, &snapshot->event_limits, &values->work, &fault))
        return false;
    for (uint32_t i = 0; i < cover->count; i++) {
        const struct eb_contract *contract = &snapshot->contracts[cover->contracts[i]];
        if (!contract->schema.schema || !is_valid(values, contract->schema.schema, &doc))
            return false;
    }
    if (!rule->when)
        return true;
    if (eb_items_read(eb_pattern_items(rule->when), snapshot->paths, EB_PATH_MESSAGE))
        return false; /* which message it would be is not known */
    struct eb_fields *fields = eb_fields_read(snapshot->paths, &doc, &message, &values->work);
    return fields && eb_pattern_match(rule->when, fields);
}

/* What the contracts of a filter say about the value. */
enum constraint {
    UNKNOWN,
    HELD,     /* one of them holds it to what may go into a topic */
    UNJUDGED, /* there is none that could */
    NOT_HELD, /* shown by an example */
};

static enum constraint find_constraint(
    const struct use *use, uint32_t filter, struct eb_span *example, const struct eb_contract **by)
{
    const struct eb_linter *linter = use->values->linter;
    const struct eb_lint_cover *cover = &linter->covers[filter];
    enum constraint constraint = UNJUDGED;
    uint32_t question = question_of(use);
    for (uint32_t i = 0; i < cover->count; i++) {
        const struct eb_contract *contract = &linter->snapshot->contracts[cover->contracts[i]];
        if (!eb_lint_is_enforced(contract))
            continue;
        const struct eb_lint_answer *answer =
            contract->schema.schema
                ? eb_lint_ask_answer(&use->values->ask, contract->schema.schema, question)
                : NULL;
        if (answer && answer->answer == EB_INQUIRY_NEVER)
            return HELD;
        constraint = constraint == UNJUDGED ? UNKNOWN : constraint;
        if (answer && answer->answer == EB_INQUIRY_CAN && is_seen(use, filter, answer->example)) {
            constraint = NOT_HELD;
            *example = answer->example;
            *by = contract;
        }
    }
    return constraint;
}

/* The pattern itself asks for a value of the field, which then is what its author wants. */
static bool is_asked_for(const struct use *use)
{
    const struct eb_linter *linter = use->values->linter;
    struct eb_items items = items_of(&linter->snapshot->rules[use->rule]);
    for (struct eb_item item; items.next && eb_items_next(&items, &item);) {
        if (eb_item_is_or(&item) || item.can_be_absent)
            continue;
        struct eb_span path =
            eb_paths_text(linter->snapshot->paths, item.path, &use->values->ask.arena);
        if (path.ptr && eb_span_equal(path, use->placeholder->path))
            return true;
    }
    return false;
}

static void tell_value(const struct use *use, const struct eb_contract *by, struct eb_span example)
{
    struct eb_linter *linter = use->values->linter;
    struct eb_span source = use->placeholder->source;
    struct eb_arena arena;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (eb_lint_read_rule(linter, use->rule, &arena, &doc)) {
        uint32_t token = topic_token(&doc, use->target);
        bool is_long = example.len > EXAMPLE_BYTES_MAX;
        if (by)
            eb_doc_diag(linter->diags, eb_lint_severity(linter, EB_WARNING), &doc, token,
                "%.*s goes into a topic, and contract '%.*s' does not hold it to what may: of "
                "%.*s%s no copy can be made",
                (int)source.len, source.ptr, (int)by->name.len, by->name.ptr,
                (int)(is_long ? EXAMPLE_BYTES_MAX : example.len), example.ptr, is_long ? "…" : "");
        else
            eb_doc_diag(linter->diags, eb_lint_severity(linter, EB_NOTE), &doc, token,
                "%.*s goes into a topic, and no contract holds it to what may", (int)source.len,
                source.ptr);
    }
    eb_arena_release(&arena);
}

/* The worst of the rule's filters. */
static void conclude(const struct use *use)
{
    const struct eb_rule *rule = &use->values->linter->snapshot->rules[use->rule];
    const struct eb_contract *by = NULL;
    struct eb_span example = { NULL, 0 };
    bool is_unjudged = false;
    for (uint32_t i = 0; i < rule->from_count; i++) {
        enum constraint constraint = find_constraint(use, rule->from[i], &example, &by);
        if (constraint == NOT_HELD) {
            tell_value(use, by, example);
            return;
        }
        is_unjudged |= constraint == UNJUDGED;
    }
    if (is_unjudged && !is_asked_for(use))
        tell_value(use, NULL, example);
}

static void each_placeholder(struct values *values, void (*each)(const struct use *))
{
    const struct eb_snapshot *snapshot = values->linter->snapshot;
    for (uint32_t rule = 0; rule < snapshot->rule_count; rule++) {
        for (uint32_t target = 0; target < snapshot->rules[rule].target_count; target++) {
            struct eb_arena arena;
            eb_arena_init_growing(&arena, SIZE_MAX);
            const struct eb_lint_placeholder *placeholder = eb_lint_template_placeholders(
                eb_target_topic(snapshot->rules[rule].targets[target]), &arena);
            for (; placeholder; placeholder = placeholder->next)
                each(&(struct use){ values, rule, target, placeholder });
            eb_arena_release(&arena);
        }
    }
}

static void look_at_values(struct eb_linter *linter)
{
    struct values values = { .linter = linter };
    eb_lint_ask_init(&values.ask, linter);
    values.ask.exact_max = QUESTIONS_MAX;
    values.ask.keeps_examples = true;
    values.runner = eb_regex_runner_new(linter->snapshot->settings.regex_steps_max);
    if (eb_arena_init_reserved(&values.work, WORK_BYTES) && values.runner) {
        each_placeholder(&values, note);
        if (eb_lint_ask_all(&values.ask))
            each_placeholder(&values, conclude);
    } else {
        eb_diag_add_out_of_memory(linter->diags);
    }
    eb_regex_runner_free(values.runner);
    eb_arena_release(&values.work);
    eb_lint_ask_release(&values.ask);
}

void eb_lint_topics(struct eb_linter *linter)
{
    const uint32_t *first_rules = find_first_rules(linter);
    if (!first_rules) {
        eb_diag_add_out_of_memory(linter->diags);
        return;
    }
    tell_all_uncovered(linter, first_rules);
    look_at_targets(linter, first_rules);
    look_at_values(linter);
}
