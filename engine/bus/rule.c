#include <stdio.h>

#include "base/limits.h"
#include "bus/builder.h"

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

static void read_targets(struct eb_builder *builder, const struct eb_doc *doc, struct eb_rule *rule)
{
    const struct eb_settings *settings = &builder->configuration->settings;
    struct eb_target_policy policy = {
        .filters = settings->targets.items,
        .filter_count = settings->targets.count,
        .dead_letters = settings->dead_letter_topic,
    };
    uint32_t to = eb_doc_member(doc, 0, "to");
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
    rule->takes_empty = eb_builder_read_bool(&doc, 0, "empty", false);
    rule->is_shadow = eb_builder_read_bool(&doc, 0, "shadow", false);
    builder->snapshot->shadow_count += rule->is_shadow;
    read_from(builder, &doc, rule);
    read_targets(builder, &doc, rule);
    find_target_figures(builder, rule);
    uint32_t when = eb_doc_member(&doc, 0, "when");
    rule->sees_payload_alone = when == EB_NO_TOKEN || !names_message(&doc, when);
    if (when != EB_NO_TOKEN)
        rule->when = eb_pattern_parse(&doc, when, builder->paths, builder->arena, builder->diags);
}

void eb_builder_add_rules(struct eb_builder *builder)
{
    uint32_t count = builder->configuration->rule_count;
    builder->rules = EB_ARENA_ARRAY(builder->arena, struct eb_rule, count);
    builder->paths = eb_paths_new(builder->arena);
    builder->snapshot->rules = builder->rules;
    builder->snapshot->rule_count = count;
    builder->snapshot->paths = builder->paths;
    if (!builder->rules || !builder->paths) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        eb_arena_reset(&builder->scratch);
        add(builder, &builder->configuration->rules[i], &builder->rules[i]);
    }
    if (!eb_paths_freeze(builder->paths))
        eb_diag_add_out_of_memory(builder->diags);
}
