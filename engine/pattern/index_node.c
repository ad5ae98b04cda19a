#include "pattern/index_builder.h"

#include <stdlib.h>

enum {
    REFINE_MIN = 4, /* so many rules under one key are tried one by one */
    DEPTH_MAX = 16, /* of nodes */
};

/* ---- rules under one key ---- */

/* `entries` are ascending; some may be there twice. */
static uint32_t list_ref(struct eb_index_builder *builder, const uint32_t *entries, size_t count)
{
    size_t start = builder->words.count;
    uint32_t kept = 0;
    if (count == 0)
        return 0;
    eb_index_builder_add_word(builder, 0);
    for (size_t i = 0; i < count; i++) {
        if (i && entries[i] == entries[i - 1])
            continue;
        eb_index_builder_add_word(builder, entries[i]);
        kept++;
    }
    if (builder->has_failed)
        return 0;
    if (kept == 1) {
        builder->words.count = start;
        return eb_ref(EB_REF_ENTRY, entries[0]);
    }
    ((uint32_t *)builder->words.items)[start] = kept;
    return eb_ref(EB_REF_LIST, (uint32_t)start);
}

static uint32_t group_list_ref(
    struct eb_index_builder *builder, const struct eb_filed *group, size_t count)
{
    uint32_t *entries = eb_index_builder_array(builder, count, sizeof *entries);
    uint32_t ref = 0;
    if (entries) {
        for (size_t i = 0; i < count; i++)
            entries[i] = group[i].entry;
        ref = list_ref(builder, entries, count);
    }
    free(entries);
    return ref;
}

static uint32_t group_node_ref(
    struct eb_index_builder *builder, const struct eb_filed *group, size_t count, unsigned depth)
{
    struct eb_filing *filings = eb_index_builder_array(builder, count, sizeof *filings);
    uint32_t ref = 0;
    if (filings) {
        for (size_t i = 0; i < count; i++)
            filings[i] = (struct eb_filing){ group[i].entry, group[i].quota, group[i].scope };
        ref = eb_index_builder_add_node(builder, filings, count, depth, (uint32_t)group->hash);
    }
    free(filings);
    return ref;
}

static uint32_t group_ref(
    struct eb_index_builder *builder, const struct eb_filed *group, size_t count, unsigned depth)
{
    uint32_t ref = 0;
    if (count == 1)
        return eb_ref(EB_REF_ENTRY, group->entry);
    if (count > REFINE_MIN && depth < DEPTH_MAX)
        ref = group_node_ref(builder, group, count, depth + 1);
    return ref || builder->has_failed ? ref : group_list_ref(builder, group, count);
}

/*
 * By their keys' hashes, rules come in no order: what writing a slot will look at is asked for some
 * slots ahead, where the pattern is before what it is. Always inlined, because gcc 12 leaves out
 * calls of what does nothing but ask.
 */
static inline __attribute__((always_inline)) void fetch_ahead(
    const struct eb_index_builder *builder, const struct eb_filed *filed, size_t at, size_t count)
{
    enum { FAR = 24, NEAR = 12 };
    if (at + FAR < count) {
        __builtin_prefetch(&builder->entries[filed[at + FAR].entry]);
        __builtin_prefetch(filed[at + FAR].predicate);
    }
    if (at + NEAR < count)
        __builtin_prefetch(builder->entries[filed[at + NEAR].entry].pattern);
}

static void group_all(
    struct eb_index_builder *builder, struct eb_node_draft *draft, struct eb_vector *notes)
{
    struct eb_filed *filed = draft->filed;
    size_t count = draft->filed_count, end;
    eb_filed_sort(filed, count);
    for (size_t start = 0; start < count && !builder->has_failed; start = end) {
        for (end = start + 1; end < count && filed[end].hash == filed[start].hash;)
            end++;
        fetch_ahead(builder, filed, start, count);
        builder->entry = filed[start].entry;
        filed[start].is_alone = end - start == 1;
        uint32_t ref = group_ref(builder, filed + start, end - start, draft->depth);
        eb_index_builder_note_key(builder, notes, &filed[start], ref);
        if (filed[start].kind != EB_KEY_EXISTS && filed[start].kind != EB_KEY_RANGE)
            eb_index_builder_add_slot(builder, filed[start].hash, ref, &filed[start]);
    }
}

/* ---- nodes ---- */

static bool is_any_chosen(const struct eb_choice *choices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (choices[i].item)
            return true;
    }
    return false;
}

static void fill_node(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filings, const struct eb_choice *choices, size_t count)
{
    struct eb_vector notes = { NULL, 0, 0 };
    struct eb_index_node out = { .seed = draft->seed };
    eb_index_builder_file(builder, draft, filings, choices, count);
    if (!builder->has_failed)
        group_all(builder, draft, &notes);
    if (!builder->has_failed)
        eb_index_builder_add_accesses(builder, &notes, &out);
    out.always = list_ref(builder, draft->always.items, draft->always.count);
    if (!builder->has_failed)
        ((struct eb_index_node *)builder->nodes.items)[draft->number] = out;
    free(notes.items);
    free(draft->always.items);
}

/* At the top, anything is better than trying all rules; further down it must halve the work. */
static uint64_t cost_allowed(size_t count, unsigned depth)
{
    return depth == 0 ? UINT64_MAX : count / 2;
}

uint32_t eb_index_builder_add_node(struct eb_index_builder *builder,
    const struct eb_filing *filings, size_t count, unsigned depth, uint32_t seed)
{
    struct eb_node_draft draft = {
        .number = (uint32_t)builder->nodes.count,
        .seed = seed,
        .depth = depth,
    };
    eb_arena_init_growing(&draft.arena, SIZE_MAX);
    struct eb_choice *choices = eb_index_builder_array(builder, count, sizeof *choices);
    uint32_t ref = 0;
    bool is_chosen = choices && eb_index_builder_choose(builder, &draft, filings, choices, count,
                                    cost_allowed(count, depth));
    if (is_chosen && (depth == 0 || is_any_chosen(choices, count)) &&
        eb_index_builder_add(builder, &builder->nodes, sizeof(struct eb_index_node))) {
        ref = eb_ref(EB_REF_NODE, draft.number);
        fill_node(builder, &draft, filings, choices, count);
    }
    eb_arena_release(&draft.arena);
    free(choices);
    return ref;
}
