#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "bus/builder.h"
#include "topic/filter.h"

static void read_from(struct eb_builder *builder, const struct eb_doc *doc, struct eb_rule *rule)
{
    uint32_t from = eb_doc_member(doc, 0, "from");
    uint32_t count = doc->tokens[from].count;
    uint32_t *filters = EB_ARENA_ARRAY(builder->arena, uint32_t, count);
    if (!filters) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    EB_DOC_EACH_ELEMENT(doc, from, element)
    {
        if (!rule->is_enabled) {
            eb_builder_check_filter(builder, doc, element);
            continue;
        }
        uint32_t filter = eb_builder_add_filter(builder, doc, element);
        if (filter == UINT32_MAX)
            continue;
        bool is_new = true;
        for (uint32_t i = 0; i < rule->from_count; i++)
            is_new &= filters[i] != filter;
        if (is_new)
            filters[rule->from_count++] = filter;
    }
    rule->from = filters;
}

/* What a `to` is compiled into; rules that have the same text share it. */
struct eb_rule_targets {
    struct eb_target *const *items;
    uint32_t count;
};

static bool share_targets(struct eb_builder *builder, struct eb_span text, struct eb_rule *rule)
{
    const struct eb_rule_targets *targets = eb_map_get(&builder->targets, text);
    if (!targets)
        return false;
    rule->targets = targets->items;
    rule->target_count = targets->count;
    return true;
}

static void keep_targets(
    struct eb_builder *builder, struct eb_span text, const struct eb_rule *rule)
{
    struct eb_rule_targets *targets =
        EB_ARENA_NEW(&builder->targets_scratch, struct eb_rule_targets);
    if (targets)
        *targets = (struct eb_rule_targets){ rule->targets, rule->target_count };
    if (!targets || !eb_map_put(&builder->targets, text, targets))
        eb_diag_add_out_of_memory(builder->diags);
}

static void read_targets(struct eb_builder *builder, const struct eb_doc *doc, struct eb_rule *rule)
{
    const struct eb_settings *settings = &builder->configuration->settings;
    struct eb_target_policy policy = {
        .filters = settings->targets.items,
        .filter_count = settings->targets.count,
        .dead_letters = settings->dead_letter_topic,
    };
    uint32_t to = eb_doc_member(doc, 0, "to");
    struct eb_span text = eb_doc_source(doc, to);
    if (share_targets(builder, text, rule))
        return;
    struct eb_target **targets =
        EB_ARENA_ARRAY(builder->arena, struct eb_target *, doc->tokens[to].count);
    if (!targets) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    EB_DOC_EACH_ELEMENT(doc, to, element)
    {
        struct eb_target *target =
            eb_target_compile(doc, element, &policy, builder->arena, builder->diags);
        if (!target)
            continue;
        builder->has_reroutes |= eb_target_is_rerouted(target);
        targets[rule->target_count++] = target;
    }
    rule->targets = targets;
    if (rule->target_count == doc->tokens[to].count)
        keep_targets(builder, text, rule);
}

/* Whether all that it sees are CloudEvents: a contract that says so covers each of its filters. */
static bool sees_cloudevents(struct eb_builder *builder, const struct eb_doc *doc)
{
    EB_DOC_EACH_ELEMENT(doc, eb_doc_member(doc, 0, "from"), element)
    {
        struct eb_span filter = eb_doc_string(doc, element, &builder->scratch);
        bool is_covered = false;
        for (uint32_t i = 0; filter.ptr && !is_covered && i < builder->event_filter_count; i++)
            is_covered = builder->event_filters[i].ptr &&
                         eb_filter_covers(builder->event_filters[i], filter);
        if (!is_covered)
            return false;
    }
    return true;
}

/* After a mistake in a target, that is told first. */
static void check_cloudevents(
    struct eb_builder *builder, const struct eb_doc *doc, const struct eb_rule *rule)
{
    uint32_t to = eb_doc_member(doc, 0, "to"), number = 0;
    bool needs_them = false;
    for (uint32_t i = 0; i < rule->target_count; i++)
        needs_them |= eb_target_needs_cloudevent(rule->targets[i]);
    if (!needs_them || rule->target_count != doc->tokens[to].count ||
        sees_cloudevents(builder, doc))
        return;
    EB_DOC_EACH_ELEMENT(doc, to, element)
    {
        if (eb_target_needs_cloudevent(rule->targets[number++]))
            eb_doc_diag(builder->diags, EB_ERROR, doc, eb_doc_member(doc, element, "cloudevents"),
                "expected templates for the attributes source and type: not all events of this "
                "rule are CloudEvents, by a contract with \"envelope\": \"cloudevents\"");
    }
}

/* One target's figures are the rule's: a million rules mostly have one. */
static void find_target_figures(struct eb_builder *builder, struct eb_rule *rule)
{
    if (rule->target_count < 2)
        return;
    struct eb_target_figures **cells =
        EB_ARENA_ARRAY(builder->arena, struct eb_target_figures *, rule->target_count);
    for (uint32_t i = 0; cells && i < rule->target_count; i++) {
        char text[EB_NAME_BYTES_MAX + 16];
        int len = snprintf(text, sizeof text, "%.*s/%u", (int)rule->name.len, rule->name.ptr, i);
        struct eb_span name = eb_span(text, (size_t)len);
        cells[i] = eb_figures_find(builder->registry, EB_FIGURES_TARGET, &name);
        if (!cells[i])
            cells = NULL;
    }
    if (!cells)
        eb_diag_add_out_of_memory(builder->diags);
    rule->target_figures = cells;
}

/* Whether `$mqtt` is mentioned anywhere: a value that is spelled so counts too, to be sure. */
static bool names_message(const struct eb_doc *doc, uint32_t when)
{
    for (uint32_t token = when; token < doc->tokens[when].next; token++) {
        if (eb_doc_type(doc, token) == EB_JSON_STRING &&
            eb_doc_string_is(doc, token, eb_span_of("$mqtt")))
            return true;
    }
    return false;
}

static void add(struct eb_builder *builder, const struct eb_entry_text *entry, struct eb_rule *rule)
{
    struct eb_doc doc;
    if (!eb_builder_read_entry(builder, entry, &doc, &rule->name) ||
        !eb_document_check(builder->checker, EB_DOCUMENT_RULE, &doc, builder->diags))
        return;
    rule->file = entry->file;
    rule->line = entry->first_line;
    rule->figures = eb_figures_find(builder->registry, EB_FIGURES_RULE, &rule->name);
    if (!rule->figures) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    rule->is_managed = entry->is_managed;
    rule->is_enabled = eb_builder_read_bool(&doc, 0, "enabled", true);
    rule->takes_empty = eb_builder_read_bool(&doc, 0, "empty", false);
    rule->is_shadow = eb_builder_read_bool(&doc, 0, "shadow", false);
    builder->snapshot->shadow_count += rule->is_shadow;
    read_from(builder, &doc, rule);
    read_targets(builder, &doc, rule);
    check_cloudevents(builder, &doc, rule);
    find_target_figures(builder, rule);
    uint32_t when = eb_doc_member(&doc, 0, "when");
    rule->sees_payload_alone = when == EB_NO_TOKEN || !names_message(&doc, when);
    if (when != EB_NO_TOKEN)
        rule->when = eb_pattern_parse(&doc, when, builder->paths, builder->arena, builder->diags);
}

/* False, reported, when rules up to this one take more than they may. */
static bool fits(struct eb_builder *builder, uint32_t rule_number)
{
    /* In an index: an entry and, for a key of its own, two slots. */
    enum { INDEX_BYTES_MIN = 48 };
    uint32_t most = builder->configuration->settings.rules_bytes_max;
    size_t used = eb_arena_used(builder->arena) - builder->rules_begin;
    if (used + (size_t)INDEX_BYTES_MIN * (rule_number + 1) <= most)
        return true;
    eb_builder_fail_rules_bytes(builder, rule_number);
    return false;
}

void eb_builder_fail_rules_bytes(struct eb_builder *builder, uint32_t rule_number)
{
    const struct eb_rule *rule = &builder->rules[rule_number];
    struct eb_place place = { .file = rule->file, .line = rule->line, .column = 1 };
    eb_diag_add(builder->diags, EB_ERROR, place,
        "the rule '%.*s' does not fit: with it, rules take more than the %" PRIu32
        " bytes of limits.rules_bytes",
        (int)rule->name.len, rule->name.ptr, builder->configuration->settings.rules_bytes_max);
}

static void add_all(struct eb_builder *builder)
{
    eb_map_init(&builder->targets, &builder->targets_scratch);
    eb_arena_init_growing(&builder->targets_scratch, SIZE_MAX);
    for (uint32_t i = 0; i < builder->configuration->rule_count; i++) {
        eb_arena_reset(&builder->scratch);
        add(builder, &builder->configuration->rules[i], &builder->rules[i]);
        if (builder->rules[i].name.ptr && !fits(builder, i))
            break;
    }
    eb_arena_release(&builder->targets_scratch);
}

void eb_builder_add_rules(struct eb_builder *builder)
{
    uint32_t count = builder->configuration->rule_count;
    builder->rules_begin = eb_arena_used(builder->arena);
    builder->rules = EB_ARENA_ARRAY(builder->arena, struct eb_rule, count);
    builder->paths = eb_paths_new(builder->arena);
    builder->snapshot->rules = builder->rules;
    builder->snapshot->rule_count = count;
    builder->snapshot->paths = builder->paths;
    if (!builder->rules || !builder->paths) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    add_all(builder);
    if (!eb_paths_freeze(builder->paths))
        eb_diag_add_out_of_memory(builder->diags);
}
