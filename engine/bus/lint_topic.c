/*
 * Topics: those rules see events of, and those they make copies for.
 */
#include "bus/lint_template.h"
#include "bus/linter.h"
#include "schema/map.h"
#include "topic/filter.h"

enum { COMPARISONS_MAX = 20 * 1000 * 1000 }; /* of templates with filters: a second */

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
    eb_diag_release_arena(linter->diags, &arena);
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
            eb_lint_topic_token(&doc, target),
            "rule '%.*s' watches '%.*s', and will not see this copy: copies pass rules only with "
            "\"reroute\": true",
            (int)watcher->name.len, watcher->name.ptr, (int)filter.len, filter.ptr);
    eb_diag_release_arena(linter->diags, &arena);
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
    eb_diag_release_arena(linter->diags, &chains.arena);
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
}
