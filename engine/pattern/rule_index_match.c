/*
 * Matching an event: what it leads to (index_collect.c) is tried in the order of the rules, each
 * once, until there are enough.
 */
#include "base/limits.h"
#include "pattern/index_matching.h"

enum {
    SORTED_BY_INSERTION = 32,
    STEPS_A_RULE = 4,
};

/* ---- order ---- */

static void sift_down_entry(struct eb_found_entry *heap, size_t count, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1].entry > heap[child].entry)
            child++;
        if (heap[at].entry >= heap[child].entry)
            return;
        struct eb_found_entry moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

static void insertion_sort(struct eb_found_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct eb_found_entry moved = entries[i];
        size_t at = i;
        for (; at && entries[at - 1].entry > moved.entry; at--)
            entries[at] = entries[at - 1];
        entries[at] = moved;
    }
}

/* qsort() may ask the heap. */
static void sort_entries(struct eb_found_entry *entries, size_t count)
{
    if (count <= SORTED_BY_INSERTION) {
        insertion_sort(entries, count);
        return;
    }
    for (size_t i = count / 2; i-- > 0;)
        sift_down_entry(entries, count, i);
    for (size_t end = count; end-- > 1;) {
        struct eb_found_entry last = entries[0];
        entries[0] = entries[end];
        entries[end] = last;
        sift_down_entry(entries, end, 0);
    }
}

/* The runs are a heap by their next entry, the lowest at the top. */
static void sift_down_run(struct eb_entry_run *runs, uint32_t count, uint32_t at)
{
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && *runs[child + 1].next < *runs[child].next)
            child++;
        if (*runs[at].next <= *runs[child].next)
            return;
        struct eb_entry_run moved = runs[at];
        runs[at] = runs[child];
        runs[child] = moved;
    }
}

static void add_singles(struct eb_matching *matching)
{
    uint32_t *numbers = eb_matching_allocate(matching, matching->entry_count * sizeof *numbers);
    for (uint32_t i = 0; numbers && i < matching->entry_count; i++)
        numbers[i] = matching->entries[i].entry;
    if (numbers)
        eb_matching_add_run(
            matching, (struct eb_entry_run){ numbers, numbers + matching->entry_count });
}

/* The single entries become a run, and the runs a heap. */
static void order_runs(struct eb_matching *matching)
{
    if (matching->entry_count)
        add_singles(matching);
    for (uint32_t i = matching->run_count / 2; i-- > 0;)
        sift_down_run(matching->runs, matching->run_count, i);
}

/* The lowest entry; of a run that is at its end nothing is kept. */
static uint32_t take_lowest(struct eb_matching *matching)
{
    struct eb_entry_run *top = &matching->runs[0];
    uint32_t entry = *top->next++;
    if (top->next == top->end)
        *top = matching->runs[--matching->run_count];
    if (matching->run_count > 1)
        sift_down_run(matching->runs, matching->run_count, 0);
    return entry;
}

/* ---- trying ---- */

/* The rules that match, and whether there was room for all of them. */
struct results {
    const struct eb_rule_index *index;
    const struct eb_fields *fields;
    uint32_t *rules;
    size_t count, max;
    bool has_more;
    uint64_t steps; /* left; 0: used up */
};

/* Where numbers follow each other, a rule is told without looking at it. */
static uint32_t rule_of(const struct eb_rule_index *index, uint32_t entry)
{
    return index->is_gapless ? index->entries[0].rule + entry : index->entries[entry].rule;
}

static const struct eb_pattern *pattern_of(
    const struct eb_rule_index *index, const struct eb_found_entry *found)
{
    return found->before ? (const struct eb_pattern *)(found->predicate - found->before)
                         : index->entries[found->entry].pattern;
}

/*
 * False: that is enough. `predicate` is one of the pattern's that probably holds, or NULL; the
 * pattern is NULL where all events match.
 */
static inline bool try_pattern(struct results *results, const struct eb_pattern *pattern,
    const uint32_t *predicate, uint32_t entry)
{
    if (pattern && !eb_pattern_match_within(pattern, results->fields, predicate, &results->steps))
        return results->steps > 0;
    results->has_more = results->count == results->max;
    if (results->has_more)
        return false;
    results->rules[results->count++] = rule_of(results->index, entry);
    return true;
}

static bool try_entry(struct results *results, uint32_t entry)
{
    return try_pattern(results, results->index->entries[entry].pattern, NULL, entry);
}

static void try_all(struct results *results)
{
    for (uint32_t i = 0; i < results->index->entry_count; i++) {
        if (!try_entry(results, i))
            return;
    }
}

static void try_singles(struct results *results, const struct eb_matching *matching)
{
    const struct eb_rule_index *index = results->index;
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < matching->entry_count; i++) { /* where patterns begin */
        if (!matching->entries[i].before)
            __builtin_prefetch(pattern_of(index, &matching->entries[i]));
    }
    for (uint32_t i = 0; i < matching->entry_count; i++) {
        const struct eb_found_entry *found = &matching->entries[i];
        if (found->entry != last &&
            !try_pattern(results, pattern_of(index, found), found->predicate, found->entry))
            return;
        last = found->entry;
    }
}

/* Nothing was found but one list. */
static void try_list(struct results *results, const struct eb_matching *matching)
{
    const struct eb_entry_run *run = &matching->runs[0];
    for (const uint32_t *entry = run->next; entry < run->end; entry++) {
        if (!try_entry(results, *entry))
            return;
    }
}

static void try_runs(struct results *results, struct eb_matching *matching)
{
    uint32_t last = UINT32_MAX;
    while (matching->run_count) {
        uint32_t number = take_lowest(matching);
        if (number == last)
            continue;
        last = number;
        if (!try_entry(results, number))
            return;
    }
}

/* False when the scratch arena is exhausted. */
static bool try_found(struct results *results, struct eb_arena *scratch)
{
    struct eb_matching matching;
    eb_matching_init(&matching, results->index, results->fields, scratch);
    eb_matching_collect(&matching);
    if (matching.is_exhausted)
        return false;
    sort_entries(matching.entries, matching.entry_count);
    if (matching.run_count == 0) {
        try_singles(results, &matching);
        return true;
    }
    if (matching.run_count == 1 && matching.entry_count == 0) {
        try_list(results, &matching);
        return true;
    }
    order_runs(&matching);
    if (!matching.is_exhausted)
        try_runs(results, &matching);
    return !matching.is_exhausted;
}

void eb_rule_index_fetch(const struct eb_rule_index *index)
{
    __builtin_prefetch(index);
    __builtin_prefetch((const char *)index + EB_LINE_BYTES);
}

void eb_rule_index_fetch_patterns(const struct eb_rule_index *index)
{
    for (uint32_t i = 0; !index->tables && i < index->entry_count; i++) {
        uintptr_t pattern = (uintptr_t)index->entries[i].pattern; /* 0 where there is none */
        __builtin_prefetch((const void *)pattern);
        __builtin_prefetch((const void *)(pattern + EB_LINE_BYTES));
    }
}

size_t eb_rule_index_match(const struct eb_rule_index *index, const struct eb_fields *fields,
    struct eb_arena *scratch, uint32_t *rules, size_t max, bool *has_more)
{
    struct results results = { .index = index, .fields = fields, .rules = rules, .max = max };
    struct eb_arena_mark mark = eb_arena_mark(scratch);
    bool has_room = true;
    results.steps = EB_MATCH_STEPS_MAX + (uint64_t)STEPS_A_RULE * index->entry_count;
    if (index->tables)
        has_room = try_found(&results, scratch);
    else
        try_all(&results);
    eb_arena_rewind(scratch, mark);
    *has_more = results.has_more;
    return has_room && results.steps ? results.count : SIZE_MAX;
}
