/*
 * Rules that see no event because none is let in: every filter they name lies below topics that
 * only the bus may write, or that are refused because no contract covers them.
 *
 * What is let in by another door is left alone: bridges that may write where clients may not, and
 * copies that pass the bus again.
 */
#include "bus/lint_template.h"
#include "bus/linter.h"
#include "topic/filter.h"

enum { COMPARISONS_MAX = 20 * 1000 * 1000 }; /* of filters with filters: a second */

/* What closes all topics of a filter, if anything does. */
enum closed_how {
    OPEN,
    EGRESS,
    REJECTED,
};

struct closure {
    enum closed_how how;
    uint32_t by; /* the number of the filter that does */
};

struct doors {
    struct eb_linter *linter;
    struct eb_arena arena;            /* growing */
    const uint32_t *contract_filters; /* numbers */
    uint32_t contract_filter_count;
    const struct eb_span *copies; /* filters of the topics of copies that pass the bus again */
    uint32_t copy_count;
    struct closure *closures; /* by number of a filter that some rule names */
    uint64_t comparisons;     /* left; 0: everything counts as open */
};

/* ---- what lets events in ---- */

static bool list_contract_filters(struct doors *doors)
{
    const struct eb_snapshot *snapshot = doors->linter->snapshot;
    uint32_t *filters = EB_ARENA_ARRAY(&doors->arena, uint32_t, snapshot->watch_count);
    if (!filters)
        return false;
    for (uint32_t i = 0; i < snapshot->watch_count; i++) {
        if (snapshot->watches[i].contract_count > 0)
            filters[doors->contract_filter_count++] = i;
    }
    doors->contract_filters = filters;
    return true;
}

static uint32_t count_rerouted(const struct eb_snapshot *snapshot)
{
    uint32_t count = 0;
    for (uint32_t rule = 0; rule < snapshot->rule_count; rule++) {
        for (uint32_t i = 0; i < snapshot->rules[rule].target_count; i++)
            count += eb_target_is_rerouted(snapshot->rules[rule].targets[i]);
    }
    return count;
}

static bool list_copies(struct doors *doors)
{
    const struct eb_snapshot *snapshot = doors->linter->snapshot;
    uint32_t room = count_rerouted(snapshot);
    struct eb_span *copies = EB_ARENA_ARRAY(&doors->arena, struct eb_span, room);
    for (uint32_t rule = 0; copies && rule < snapshot->rule_count; rule++) {
        for (uint32_t i = 0; i < snapshot->rules[rule].target_count; i++) {
            const struct eb_target *target = snapshot->rules[rule].targets[i];
            if (!eb_target_is_rerouted(target))
                continue;
            struct eb_span topics = eb_lint_template_filter(eb_target_topic(target), &doors->arena);
            if (!topics.ptr)
                return false;
            copies[doors->copy_count++] = topics;
        }
    }
    doors->copies = copies;
    return copies;
}

static bool overlaps(struct doors *doors, struct eb_span a, struct eb_span b)
{
    if (doors->comparisons == 0)
        return true;
    doors->comparisons--;
    return eb_filter_overlaps(a, b);
}

static bool is_judged(struct doors *doors, struct eb_span topics)
{
    for (uint32_t i = 0; i < doors->contract_filter_count; i++) {
        if (overlaps(doors, doors->linter->filters[doors->contract_filters[i]], topics))
            return true;
    }
    return false;
}

static bool is_copied_to(struct doors *doors, struct eb_span topics)
{
    for (uint32_t i = 0; i < doors->copy_count; i++) {
        if (overlaps(doors, doors->copies[i], topics))
            return true;
    }
    return false;
}

static bool may_bridges_write_egress(const struct eb_settings *settings)
{
    for (uint32_t i = 0; i < settings->bridge_count; i++) {
        if (settings->bridges[i].may_write_egress)
            return true;
    }
    return false;
}

/* ---- filters ---- */

static enum closed_how closed_by(struct doors *doors, const struct eb_watch *watch)
{
    if (watch->is_egress && !may_bridges_write_egress(&doors->linter->snapshot->settings))
        return EGRESS;
    return watch->is_ingress && watch->unknown == EB_UNKNOWN_REJECT ? REJECTED : OPEN;
}

/* Taken for a topic, a filter is matched by all that cover it, and by some that don't. */
static struct closure find_cover(
    struct doors *doors, struct eb_span topics, const uint32_t *numbers, size_t count)
{
    const struct eb_linter *linter = doors->linter;
    struct closure found = { OPEN, 0 };
    for (size_t i = 0; i < count && found.how != EGRESS; i++) {
        enum closed_how how = closed_by(doors, &linter->snapshot->watches[numbers[i]]);
        if (how != OPEN && eb_filter_covers(linter->filters[numbers[i]], topics))
            found = (struct closure){ how, numbers[i] };
    }
    return found;
}

static bool find_closure(struct doors *doors, uint32_t filter)
{
    const struct eb_trie *trie = doors->linter->snapshot->trie;
    struct eb_span topics = doors->linter->filters[filter];
    size_t count = eb_trie_match(trie, topics, NULL, 0);
    uint32_t *numbers = EB_ARENA_ARRAY(&doors->arena, uint32_t, count);
    if (!numbers)
        return false;
    eb_trie_match(trie, topics, numbers, count);
    struct closure found = find_cover(doors, topics, numbers, count);
    bool is_let_in = found.how != OPEN && (is_copied_to(doors, topics) ||
                                              (found.how == REJECTED && is_judged(doors, topics)));
    if (!is_let_in)
        doors->closures[filter] = found;
    return true;
}

static bool find_closures(struct doors *doors)
{
    const struct eb_snapshot *snapshot = doors->linter->snapshot;
    doors->closures = EB_ARENA_ARRAY(&doors->arena, struct closure, snapshot->watch_count);
    for (uint32_t i = 0; doors->closures && i < snapshot->watch_count; i++) {
        if (snapshot->watches[i].rules && !find_closure(doors, i))
            return false;
    }
    return doors->closures;
}

/* ---- rules ---- */

static void tell(struct doors *doors, uint32_t rule, struct closure closure)
{
    struct eb_linter *linter = doors->linter;
    struct eb_span by = linter->filters[closure.by];
    enum eb_severity severity = eb_lint_severity(linter, EB_WARNING);
    struct eb_arena arena;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (eb_lint_read_rule(linter, rule, &arena, &doc)) {
        uint32_t from = eb_lint_member(&doc, "from");
        if (closure.how == EGRESS)
            eb_doc_diag(linter->diags, severity, &doc, from,
                "the rule never matches: only the bus may publish to '%.*s'", (int)by.len, by.ptr);
        else
            eb_doc_diag(linter->diags, severity, &doc, from,
                "the rule never matches: '%.*s' lets in nothing that no contract covers",
                (int)by.len, by.ptr);
    }
    eb_diag_release_arena(linter->diags, &arena);
}

/* Told by its first filter, if all of them are closed. */
static void look_at_rule(struct doors *doors, uint32_t rule)
{
    const struct eb_rule *of = &doors->linter->snapshot->rules[rule];
    for (uint32_t i = 0; i < of->from_count; i++) {
        if (doors->closures[of->from[i]].how == OPEN)
            return;
    }
    if (of->from_count > 0)
        tell(doors, rule, doors->closures[of->from[0]]);
}

void eb_lint_closed(struct eb_linter *linter)
{
    struct doors doors = { .linter = linter, .comparisons = COMPARISONS_MAX };
    eb_arena_init_growing(&doors.arena, SIZE_MAX);
    bool has_memory = list_contract_filters(&doors) && list_copies(&doors) && find_closures(&doors);
    for (uint32_t rule = 0; has_memory && rule < linter->snapshot->rule_count; rule++)
        look_at_rule(&doors, rule);
    if (!has_memory)
        eb_diag_add_out_of_memory(linter->diags);
    eb_diag_release_arena(linter->diags, &doors.arena);
}
