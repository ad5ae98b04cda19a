#include <stdlib.h>

#include "bus/builder.h"

/*
 * Who watches which filter, turned around: contracts and rules name filters, the trie gives filter
 * numbers. Lists are laid out one behind the other; `starts[f]` is where those of filter f begin.
 */
struct lists {
    uint32_t *starts; /* one more than there are filters */
    uint32_t *items;
};

static bool lists_init(struct lists *lists, uint32_t filter_count, size_t item_count)
{
    lists->starts = calloc(filter_count + 2, sizeof *lists->starts);
    lists->items = calloc(item_count + 1, sizeof *lists->items);
    return lists->starts && lists->items;
}

static void lists_release(struct lists *lists)
{
    free(lists->starts);
    free(lists->items);
}

/* After counting into starts[f + 2]: starts[f + 1] is where filter f's list begins, to be filled.
 */
static void lists_lay_out(struct lists *lists, uint32_t filter_count)
{
    for (uint32_t i = 2; i < filter_count + 2; i++)
        lists->starts[i] += lists->starts[i - 1];
}

static void lists_put(struct lists *lists, uint32_t filter, uint32_t item)
{
    lists->items[lists->starts[filter + 1]++] = item;
}

static bool list_contracts(
    const struct eb_builder *builder, uint32_t filter_count, struct lists *lists)
{
    uint32_t count = builder->snapshot->contract_count;
    if (!lists_init(lists, filter_count, count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (builder->contracts[i].is_enabled)
            lists->starts[builder->contract_filters[i] + 2]++;
    }
    lists_lay_out(lists, filter_count);
    for (uint32_t i = 0; i < count; i++) {
        if (builder->contracts[i].is_enabled)
            lists_put(lists, builder->contract_filters[i], i);
    }
    return true;
}

static bool list_rules(const struct eb_builder *builder, uint32_t filter_count, struct lists *lists)
{
    size_t total = 0;
    for (uint32_t i = 0; i < builder->snapshot->rule_count; i++)
        total += builder->rules[i].from_count;
    if (!lists_init(lists, filter_count, total))
        return false;
    for (uint32_t i = 0; i < builder->snapshot->rule_count; i++) {
        for (uint32_t j = 0; j < builder->rules[i].from_count; j++)
            lists->starts[builder->rules[i].from[j] + 2]++;
    }
    lists_lay_out(lists, filter_count);
    for (uint32_t i = 0; i < builder->snapshot->rule_count; i++) {
        for (uint32_t j = 0; j < builder->rules[i].from_count; j++)
            lists_put(lists, builder->rules[i].from[j], i);
    }
    return true;
}

static bool watch_contracts(
    struct eb_builder *builder, struct eb_watch *watch, const uint32_t *contracts, uint32_t count)
{
    uint32_t *copy = EB_ARENA_ARRAY(builder->arena, uint32_t, count);
    if (!copy)
        return false;
    memcpy(copy, contracts, count * sizeof *copy);
    for (uint32_t i = 0; i < count; i++) {
        watch->is_confidential |= builder->contracts[contracts[i]].is_confidential;
        watch->is_enveloped |= builder->contracts[contracts[i]].is_cloudevent;
    }
    watch->contracts = copy;
    watch->contract_count = count;
    return true;
}

/* The rules among them that take events with an empty payload. */
static uint32_t keep_takers_of_empty(
    const struct eb_builder *builder, struct eb_rule_entry *entries, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (builder->rules[entries[i].rule].takes_empty)
            entries[kept++] = entries[i];
    }
    return kept;
}

static bool index_rules(
    struct eb_builder *builder, struct eb_watch *watch, struct eb_rule_entry *entries)
{
    struct eb_index_budget *budget = &builder->index_budget;
    watch->rules =
        eb_rule_index_build_near(entries, watch->rule_count, watch->near, sizeof watch->near);
    if (!watch->rules)
        watch->rules =
            eb_rule_index_build(entries, watch->rule_count, builder->paths, builder->arena, budget);
    if (!watch->rules)
        return false;
    uint32_t takers = keep_takers_of_empty(builder, entries, watch->rule_count);
    if (takers == 0)
        return true;
    watch->rules_of_empty =
        eb_rule_index_build(entries, takers, builder->paths, builder->arena, budget);
    return watch->rules_of_empty;
}

static bool watch_rules(
    struct eb_builder *builder, struct eb_watch *watch, const uint32_t *rules, uint32_t count)
{
    struct eb_rule_entry *entries = calloc(count, sizeof *entries);
    if (!entries)
        return false;
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (struct eb_rule_entry){ rules[i], builder->rules[rules[i]].when };
    watch->rule_count = count;
    bool is_indexed = index_rules(builder, watch, entries);
    free(entries);
    return is_indexed;
}

static bool fill_watches(struct eb_builder *builder, struct eb_watch *watches,
    uint32_t filter_count, const struct lists *contracts, const struct lists *rules)
{
    for (uint32_t i = 0; i < filter_count; i++) {
        uint32_t contract_count = contracts->starts[i + 1] - contracts->starts[i];
        uint32_t rule_count = rules->starts[i + 1] - rules->starts[i];
        if (contract_count > 0 && !watch_contracts(builder, &watches[i],
                                      contracts->items + contracts->starts[i], contract_count))
            return false;
        if (rule_count > 0 &&
            !watch_rules(builder, &watches[i], rules->items + rules->starts[i], rule_count))
            return false;
    }
    return true;
}

static bool add_contracts_and_rules(
    struct eb_builder *builder, struct eb_watch *watches, uint32_t filter_count)
{
    struct lists contracts = { 0 }, rules = { 0 };
    bool is_done = list_contracts(builder, filter_count, &contracts) &&
                   list_rules(builder, filter_count, &rules) &&
                   fill_watches(builder, watches, filter_count, &contracts, &rules);
    lists_release(&contracts);
    lists_release(&rules);
    return is_done;
}

/* What `event-bus.json` closes: numbers of filters, known before the trie is frozen. */
struct closed_topics {
    uint32_t *ingress;
    uint32_t *egress;
    uint32_t dead_letters; /* always closed: whoever reads one trusts that the bus wrote it */
};

static uint32_t add_dead_letters(struct eb_builder *builder)
{
    struct eb_span topic = builder->configuration->settings.dead_letter_topic;
    char *filter = eb_arena_alloc(&builder->scratch, topic.len + 2, 1);
    if (!filter)
        return UINT32_MAX;
    memcpy(filter, topic.ptr, topic.len);
    filter[topic.len] = '/';
    filter[topic.len + 1] = '#';
    return eb_trie_builder_add(builder->filters, eb_span(filter, topic.len + 2));
}

static bool add_closed_topics(struct eb_builder *builder, struct closed_topics *closed)
{
    const struct eb_settings *settings = &builder->configuration->settings;
    closed->ingress = EB_ARENA_ARRAY(&builder->scratch, uint32_t, settings->ingress_count);
    closed->egress = EB_ARENA_ARRAY(&builder->scratch, uint32_t, settings->egress.count);
    closed->dead_letters = add_dead_letters(builder);
    if (!closed->ingress || !closed->egress || closed->dead_letters == UINT32_MAX)
        return false;
    for (uint32_t i = 0; i < settings->ingress_count; i++) {
        closed->ingress[i] = eb_trie_builder_add(builder->filters, settings->ingress[i].filter);
        if (closed->ingress[i] == UINT32_MAX)
            return false;
    }
    for (uint32_t i = 0; i < settings->egress.count; i++) {
        closed->egress[i] = eb_trie_builder_add(builder->filters, settings->egress.items[i]);
        if (closed->egress[i] == UINT32_MAX)
            return false;
    }
    return true;
}

static void mark_closed_topics(const struct eb_settings *settings,
    const struct closed_topics *closed, struct eb_watch *watches)
{
    for (uint32_t i = 0; i < settings->ingress_count; i++) {
        watches[closed->ingress[i]].is_ingress = true;
        watches[closed->ingress[i]].unknown = settings->ingress[i].unknown;
    }
    for (uint32_t i = 0; i < settings->egress.count; i++)
        watches[closed->egress[i]].is_egress = true;
    watches[closed->dead_letters].is_egress = true;
}

/* What rules and their filters have left of `limits.rules_bytes`. */
static void set_index_budget(struct eb_builder *builder)
{
    size_t most = builder->configuration->settings.rules_bytes_max;
    size_t used = eb_arena_used(builder->arena) - builder->rules_begin;
    builder->index_budget.bytes_left = used < most ? most - used : 0;
}

static bool build(struct eb_builder *builder)
{
    struct eb_snapshot *snapshot = builder->snapshot;
    struct closed_topics closed;
    if (!add_closed_topics(builder, &closed))
        return false;
    snapshot->trie = eb_trie_freeze(builder->filters, builder->arena);
    if (!snapshot->trie)
        return false;
    uint32_t filter_count = (uint32_t)eb_trie_filter_count(snapshot->trie);
    struct eb_watch *watches =
        eb_arena_calloc(builder->arena, filter_count, sizeof *watches, EB_WATCH_BYTES / 2);
    uint8_t *is_plain = EB_ARENA_ARRAY(builder->arena, uint8_t, filter_count);
    if (!watches || !is_plain)
        return false;
    snapshot->watches = watches;
    snapshot->watch_is_plain = is_plain;
    snapshot->watch_count = filter_count;
    mark_closed_topics(&builder->configuration->settings, &closed, watches);
    set_index_budget(builder);
    if (!add_contracts_and_rules(builder, watches, filter_count))
        return false;
    for (uint32_t i = 0; i < filter_count; i++)
        is_plain[i] = !watches[i].contract_count && !watches[i].is_egress && !watches[i].is_ingress;
    return true;
}

void eb_builder_add_watches(struct eb_builder *builder)
{
    eb_arena_reset(&builder->scratch);
    if (build(builder))
        return;
    if (builder->index_budget.is_exceeded)
        eb_builder_fail_rules_bytes(builder, builder->index_budget.rule);
    else
        eb_diag_add_out_of_memory(builder->diags);
}
