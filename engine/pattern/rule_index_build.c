/*
 * Building the index, one node after the other, the one for all rules first.
 *
 * 1. Count under which keys the node's rules could be filed, and how often each key occurs.
 * 2. File every rule where it costs least (index_choice.h). What could be filed nowhere useful is
 *    tried on every event that gets to the node.
 * 3. Rules under one key: one is an entry, a few are a list, many become a node of their own, where
 *    they are filed again by what else they ask for.
 *
 * No rule is filed more often than twice for each alternative and a few times: memory is linear.
 */
#include <stdlib.h>

#include "pattern/index_builder.h"

enum {
    FEW_RULES = 4,    /* so many rules are tried without any look-up, */
    FEW_WORDS = 1024, /* if their patterns together are no longer than this */
    NEAR_WORDS = 32,  /* and so few are copied to where their index is */
    FILINGS_FREE = 4, /* a rule may be filed twice for each alternative, and so often */
};

enum { PATTERN_HEAD_WORDS = sizeof(struct eb_pattern) / 4 };

static void *vector_copy(const struct eb_vector *vector, size_t size, struct eb_arena *arena)
{
    void *copy = eb_arena_alloc(arena, vector->count * size, 8);
    if (copy && vector->count)
        memcpy(copy, vector->items, vector->count * size);
    return copy;
}

static int compare_windows(const void *left, const void *right)
{
    const struct eb_window *a = left, *b = right;
    return (a->path > b->path) - (a->path < b->path);
}

static bool fill_windows(struct eb_index_tables *tables, struct eb_index_builder *builder)
{
    struct eb_window *windows = builder->windows.items;
    size_t count = builder->windows.count, bits = 1024;
    if (count == 0)
        return true;
    while (bits < 16 * count)
        bits *= 2;
    uint64_t *words = EB_ARENA_ARRAY(builder->arena, uint64_t, bits / 64);
    struct eb_index_windows *paths = EB_ARENA_ARRAY(builder->arena, struct eb_index_windows, count);
    if (!words || !paths)
        return false;
    qsort(windows, count, sizeof *windows, compare_windows);
    uint32_t path_count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bit = eb_window_bit(windows[i].operand) & (uint32_t)(bits - 1);
        words[bit / 64] |= UINT64_C(1) << bit % 64;
        if (path_count == 0 || paths[path_count - 1].path != windows[i].path)
            paths[path_count++].path = windows[i].path;
        paths[path_count - 1].lens |= UINT32_C(1) << (windows[i].len - 1);
    }
    eb_arena_shrink(builder->arena, paths + path_count);
    tables->windows = paths;
    tables->window_path_count = path_count;
    tables->window_bits = words;
    tables->window_bit_mask = (uint32_t)(bits - 1);
    return true;
}

/*
 * Has the arena make room for all tables at once, but for those of windows: what is left of several
 * blocks is more.
 */
static void make_room(const struct eb_index_builder *builder)
{
    enum { HEAD_AND_PADDING = 1024 };
    size_t bytes = HEAD_AND_PADDING + builder->bucket_bytes +
                   builder->words.count * sizeof(uint32_t) +
                   builder->nodes.count * sizeof(struct eb_index_node) +
                   builder->accesses.count * sizeof(struct eb_index_access) +
                   builder->ranges.count * sizeof(struct eb_ranges);
    void *room = eb_arena_alloc(builder->arena, bytes, EB_LINE_BYTES);
    if (room)
        eb_arena_shrink(builder->arena, room);
}

static struct eb_index_tables *freeze(struct eb_index_builder *builder)
{
    make_room(builder);
    struct eb_index_tables *tables = EB_ARENA_NEW(builder->arena, struct eb_index_tables);
    if (!tables || !eb_index_builder_fill_buckets(builder, tables))
        return NULL;
    tables->paths = builder->paths;
    tables->words = vector_copy(&builder->words, sizeof(uint32_t), builder->arena);
    tables->nodes = vector_copy(&builder->nodes, sizeof(struct eb_index_node), builder->arena);
    tables->accesses =
        vector_copy(&builder->accesses, sizeof(struct eb_index_access), builder->arena);
    tables->ranges = vector_copy(&builder->ranges, sizeof(struct eb_ranges), builder->arena);
    bool is_done = tables->words && tables->nodes && tables->accesses && tables->ranges &&
                   fill_windows(tables, builder);
    return is_done ? tables : NULL;
}

static bool build_top(struct eb_index_builder *builder, size_t count)
{
    struct eb_filing *filings = eb_index_builder_array(builder, count, sizeof *filings);
    if (!filings)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct eb_pattern *pattern = builder->entries[i].pattern;
        uint32_t alternatives = eb_count_alternatives(eb_items_of(pattern));
        filings[i] = (struct eb_filing){ .entry = i, .quota = FILINGS_FREE + 2 * alternatives };
    }
    eb_index_builder_add_node(builder, filings, count, 0, 0);
    free(filings);
    return !builder->has_failed;
}

static bool build_tables(struct eb_rule_index *index, const struct eb_paths *paths,
    struct eb_arena *arena, struct eb_index_budget *budget)
{
    struct eb_index_builder builder = {
        .arena = arena,
        .paths = paths,
        .entries = index->entries,
        .budget = budget,
        .entry = index->entry_count - 1,
    };
    eb_arena_init_growing(&builder.scratch, SIZE_MAX);
    builder.shared = EB_ARENA_ARRAY(&builder.scratch, struct eb_shared_item, EB_SHARED_ITEMS);
    bool can_pay = eb_index_builder_pay(&builder, index->entry_count * sizeof *index->entries);
    if (builder.shared && can_pay && build_top(&builder, index->entry_count))
        index->tables = freeze(&builder);
    eb_index_builder_release(&builder);
    return index->tables;
}

/* Of all patterns that are not NULL. */
static size_t count_words(const struct eb_rule_entry *entries, size_t count)
{
    size_t words = 0;
    for (size_t i = 0; i < count; i++) {
        struct eb_items items = eb_items_of(entries[i].pattern);
        words += entries[i].pattern ? PATTERN_HEAD_WORDS + (size_t)(items.end - items.next) : 0;
    }
    return words;
}

/* Few enough to be tried one by one. */
static bool are_few(const struct eb_rule_entry *entries, size_t count)
{
    return count <= FEW_RULES && count_words(entries, count) <= FEW_WORDS;
}

/* How many words of patterns go behind the entries: all, if they are few and there is budget. */
static size_t count_near_words(
    const struct eb_rule_entry *entries, size_t count, struct eb_index_budget *budget)
{
    size_t words = are_few(entries, count) ? count_words(entries, count) : 0;
    size_t bytes = words * sizeof(uint32_t);
    if (words > NEAR_WORDS || (budget && bytes > budget->bytes_left))
        return 0;
    if (budget)
        budget->bytes_left -= bytes;
    return words;
}

/* Behind the entries, so that one look at memory brings all. */
static void copy_patterns(struct eb_rule_index *index)
{
    uint32_t *to = (uint32_t *)(index->entries + index->entry_count);
    for (uint32_t i = 0; i < index->entry_count; i++) {
        struct eb_rule_entry *entry = &index->entries[i];
        size_t words = count_words(entry, 1);
        if (words)
            entry->pattern = memcpy(to, entry->pattern, words * sizeof *to);
        to += words;
    }
}

static int compare_entries(const void *left, const void *right)
{
    const struct eb_rule_entry *a = left, *b = right;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

static bool entries_are_gapless(const struct eb_rule_index *index)
{
    uint32_t last = index->entry_count - 1;
    return index->entries[last].rule - index->entries[0].rule == last;
}

/* Of an index without tables and with so many words of patterns. */
static size_t index_bytes(size_t count, size_t near_words)
{
    return sizeof(struct eb_rule_index) + count * sizeof(struct eb_rule_entry) +
           near_words * sizeof(uint32_t);
}

static void fill_index(
    struct eb_rule_index *index, const struct eb_rule_entry *entries, size_t count)
{
    *index = (struct eb_rule_index){ .entry_count = (uint32_t)count };
    if (count == 0)
        return;
    memcpy(index->entries, entries, count * sizeof *entries);
    qsort(index->entries, count, sizeof *entries, compare_entries);
    index->is_gapless = entries_are_gapless(index);
}

struct eb_rule_index *eb_rule_index_build_near(
    const struct eb_rule_entry *entries, size_t count, void *room, size_t bytes)
{
    if (!are_few(entries, count) || index_bytes(count, count_words(entries, count)) > bytes)
        return NULL;
    struct eb_rule_index *index = room;
    fill_index(index, entries, count);
    copy_patterns(index);
    return index;
}

struct eb_rule_index *eb_rule_index_build(const struct eb_rule_entry *entries, size_t count,
    const struct eb_paths *paths, struct eb_arena *arena, struct eb_index_budget *budget)
{
    if (count >= EB_REF_NUMBER_MAX)
        return NULL;
    size_t near_words = count_near_words(entries, count, budget);
    struct eb_rule_index *index =
        eb_arena_alloc(arena, index_bytes(count, near_words), _Alignof(struct eb_rule_index));
    if (!index)
        return NULL;
    fill_index(index, entries, count);
    if (near_words)
        copy_patterns(index);
    return are_few(entries, count) || build_tables(index, paths, arena, budget) ? index : NULL;
}
