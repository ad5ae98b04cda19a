#include "pattern/index_matching.h"

void eb_matching_init(struct eb_matching *matching, const struct eb_rule_index *index,
    const struct eb_fields *fields, struct eb_arena *scratch)
{
    matching->index = index;
    matching->tables = index->tables;
    matching->fields = fields;
    matching->scratch = scratch;
    matching->searches = matching->first_searches;
    matching->entries = matching->first_entries;
    matching->runs = matching->first_runs;
    matching->groups = matching->first_groups;
    eb_number_set_init(&matching->seen);
    matching->windows = NULL;
    matching->search_count = matching->group_count = 0;
    matching->entry_count = matching->run_count = 0;
    matching->search_max = matching->group_max = EB_MATCHING_FEW;
    matching->entry_max = matching->run_max = EB_MATCHING_FEW;
    matching->is_exhausted = false;
}

void *eb_matching_allocate(struct eb_matching *matching, size_t size)
{
    void *memory = eb_arena_alloc(matching->scratch, size, 8);
    if (!memory)
        matching->is_exhausted = true;
    return memory;
}

void *eb_matching_grow(
    struct eb_matching *matching, const void *items, uint32_t *max, size_t item_size)
{
    void *grown =
        *max < UINT32_MAX / 2 ? eb_matching_allocate(matching, 2 * item_size * *max) : NULL;
    if (!grown) {
        matching->is_exhausted = true;
        return NULL;
    }
    memcpy(grown, items, item_size * *max);
    *max *= 2;
    return grown;
}
