#include "bus/snapshot.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bus/builder.h"

/* Names are interned in the figures' registry: equal names are the same pointer. */
struct named {
    struct eb_span name;
    uint32_t index;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *left = a, *right = b;
    if (left->name.ptr != right->name.ptr)
        return left->name.ptr < right->name.ptr ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static void report_same_names(struct eb_diag_list *diags, const char *kind,
    const struct eb_entry_text *entries, struct named *named, uint32_t count)
{
    qsort(named, count, sizeof *named, compare_named);
    for (uint32_t i = 1; i < count; i++) {
        struct eb_span name = named[i].name;
        if (!name.ptr || name.ptr != named[i - 1].name.ptr)
            continue;
        const struct eb_entry_text *entry = &entries[named[i].index];
        eb_diag_add(diags, EB_ERROR,
            (struct eb_place){ .file = entry->file, .line = entry->first_line, .column = 1 },
            "a %s called '%.*s' exists already, in %s", kind, (int)name.len, name.ptr,
            entries[named[i - 1].index].file);
    }
}

static void check_names(struct eb_builder *builder)
{
    const struct eb_configuration *configuration = builder->configuration;
    uint32_t contract_count = configuration->contract_count;
    uint32_t rule_count = configuration->rule_count;
    size_t most = contract_count > rule_count ? contract_count : rule_count;
    struct named *named = calloc(most + 1, sizeof *named);
    if (!named) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    for (uint32_t i = 0; i < contract_count; i++)
        named[i] = (struct named){ builder->contracts[i].name, i };
    report_same_names(builder->diags, "contract", configuration->contracts, named, contract_count);
    for (uint32_t i = 0; i < rule_count; i++)
        named[i] = (struct named){ builder->rules[i].name, i };
    report_same_names(builder->diags, "rule", configuration->rules, named, rule_count);
    free(named);
}

static bool is_sound(const struct eb_builder *builder)
{
    return builder->diags->errors == 0;
}

/* Mistakes do not stop it, so that all are found; a lack of memory does. */
static void build(struct eb_builder *builder)
{
    static void (*const steps[])(struct eb_builder *) = {
        eb_builder_add_schemas,
        eb_builder_add_subjects,
        eb_builder_add_contracts,
        eb_builder_add_rules,
        check_names,
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        steps[i](builder);
        if (builder->diags->is_out_of_memory)
            return;
    }
    if (is_sound(builder))
        eb_builder_add_watches(builder);
    if (is_sound(builder))
        eb_builder_check_circles(builder);
}

/* Room for the largest file's tokens; where address space is rationed, for files of 4 MiB. */
static bool init_scratch(struct eb_arena *scratch)
{
    return eb_arena_init_reserved(scratch, (size_t)16 * EB_DOCUMENT_BYTES_MAX) ||
           eb_arena_init_reserved(scratch, (size_t)2 * EB_DOCUMENT_BYTES_MAX);
}

static struct eb_snapshot *snapshot_new(
    const struct eb_configuration *configuration, struct eb_figures_registry *registry)
{
    struct eb_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot)
        return NULL;
    struct eb_span no_name = eb_span_of("");
    eb_arena_init_growing(&snapshot->arena, SIZE_MAX);
    snapshot->settings = configuration->settings;
    snapshot->event_limits = (struct eb_json_limits){
        .bytes_max = configuration->settings.event_bytes_max,
        .depth_max = configuration->settings.depth_max,
    };
    snapshot->figures = eb_figures_find(registry, EB_FIGURES_BUS, &no_name);
    if (!snapshot->figures) {
        eb_snapshot_free(snapshot);
        return NULL;
    }
    return snapshot;
}

struct eb_snapshot *eb_snapshot_build(const struct eb_configuration *configuration,
    struct eb_figures_registry *registry, struct eb_diag_list *diags)
{
    struct eb_builder builder = {
        .configuration = configuration,
        .registry = registry,
        .diags = diags,
        .snapshot = snapshot_new(configuration, registry),
        .checker = eb_document_checker_new(diags),
        .filters = eb_trie_builder_new(),
    };
    bool is_ready =
        builder.snapshot && builder.checker && builder.filters && init_scratch(&builder.scratch);
    if (is_ready) {
        builder.arena = &builder.snapshot->arena;
        build(&builder);
    } else {
        eb_diag_add_out_of_memory(diags);
    }
    eb_arena_release(&builder.scratch);
    eb_trie_builder_free(builder.filters);
    eb_document_checker_free(builder.checker);
    if (is_ready && is_sound(&builder))
        return builder.snapshot;
    eb_snapshot_free(builder.snapshot);
    return NULL;
}

/* What it holds of what outlives snapshots. */
static void contract_release(const struct eb_contract *contract)
{
    eb_deduplication_release(&contract->deduplication);
    eb_trial_drop(contract->trial);
}

void eb_snapshot_free(struct eb_snapshot *snapshot)
{
    if (!snapshot)
        return;
    for (uint32_t i = 0; i < snapshot->contract_count; i++)
        contract_release(&snapshot->contracts[i]);
    eb_schema_library_free(snapshot->library);
    eb_arena_release(&snapshot->arena);
    free(snapshot);
}

size_t eb_snapshot_bytes(const struct eb_snapshot *snapshot)
{
    return eb_arena_bytes(&snapshot->arena);
}

void eb_snapshot_forget_events(const struct eb_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->contract_count; i++)
        eb_deduplication_forget(&snapshot->contracts[i].deduplication);
}
