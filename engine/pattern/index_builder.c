#include "pattern/index_builder.h"

#include <stdlib.h>

/* Room for `count` more. */
static void *vector_add(struct eb_vector *vector, size_t count, size_t item_bytes)
{
    enum { COUNT_MAX = 1 << 30, COUNT_MIN = 16 };
    size_t max = vector->max ? vector->max : COUNT_MIN;
    while (max < vector->count + count)
        max *= 2;
    if (max > vector->max) {
        void *items = max <= COUNT_MAX ? realloc(vector->items, max * item_bytes) : NULL;
        if (!items)
            return NULL;
        vector->items = items;
        vector->max = max;
    }
    void *added = (char *)vector->items + vector->count * item_bytes;
    vector->count += count;
    return added;
}

static void *note(
    struct eb_index_builder *builder, struct eb_vector *vector, size_t count, size_t item_bytes)
{
    void *added = vector_add(vector, count, item_bytes);
    if (!added)
        builder->has_failed = true;
    return added;
}

void *eb_index_builder_note(
    struct eb_index_builder *builder, struct eb_vector *vector, size_t item_bytes)
{
    return note(builder, vector, 1, item_bytes);
}

uint32_t *eb_index_builder_note_words(
    struct eb_index_builder *builder, struct eb_vector *words, size_t count)
{
    return note(builder, words, count, sizeof(uint32_t));
}

bool eb_index_builder_pay(struct eb_index_builder *builder, size_t bytes)
{
    struct eb_index_budget *budget = builder->budget;
    if (!budget)
        return true;
    if (bytes <= budget->bytes_left) {
        budget->bytes_left -= bytes;
        return true;
    }
    if (!budget->is_exceeded)
        budget->rule = builder->entries[builder->entry].rule;
    budget->is_exceeded = builder->has_failed = true;
    return false;
}

void *eb_index_builder_add(
    struct eb_index_builder *builder, struct eb_vector *vector, size_t item_bytes)
{
    return eb_index_builder_pay(builder, item_bytes)
               ? eb_index_builder_note(builder, vector, item_bytes)
               : NULL;
}

void *eb_index_builder_array(struct eb_index_builder *builder, size_t count, size_t item_bytes)
{
    void *array = calloc(count ? count : 1, item_bytes);
    if (!array)
        builder->has_failed = true;
    return array;
}

void eb_index_builder_add_word(struct eb_index_builder *builder, uint32_t word)
{
    uint32_t *added = eb_index_builder_add(builder, &builder->words, sizeof *added);
    if (added)
        *added = word;
}

const struct eb_index_access *eb_index_builder_simple_access(
    const struct eb_index_builder *builder, uint32_t ref)
{
    const struct eb_index_node *nodes = builder->nodes.items, *node = nodes + eb_ref_number(ref);
    const struct eb_index_access *accesses = builder->accesses.items;
    if (eb_ref_kind(ref) != EB_REF_NODE || node->always || node->has_many ||
        node->access_count != 1)
        return NULL;
    const struct eb_index_access *access = &accesses[node->first_access];
    return access->kinds & ~(uint32_t)EB_SIMPLE_KINDS ? NULL : access;
}

uint32_t eb_index_builder_words_before(
    const struct eb_index_builder *builder, uint32_t entry, const uint32_t *predicate)
{
    const uint32_t *pattern = (const uint32_t *)builder->entries[entry].pattern;
    size_t before = (size_t)(predicate - pattern);
    return before <= UINT32_MAX ? (uint32_t)before : 0;
}

void eb_index_builder_release(struct eb_index_builder *builder)
{
    free(builder->slots.items);
    free(builder->code.items);
    free(builder->words.items);
    free(builder->nodes.items);
    free(builder->accesses.items);
    free(builder->ranges.items);
    free(builder->windows.items);
    eb_arena_release(&builder->scratch);
}
