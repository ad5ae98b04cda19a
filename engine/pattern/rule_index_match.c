/*
 * Matching an event: what it leads to (index_collect.c) is tried in the order of the rules, each
 * once, until there are enough.
 */
#include "base/limits.h"
#include "pattern/index_matching.h"
#include "pattern/pattern_code.h"

enum {
    SORTED_BY_INSERTION = 32,
    STEPS_A_RULE = 4,
};

/* ---- order ---- */

/* By entry; the same proof of one is then not apart from itself. */
static inline bool comes_after(const struct eb_found_entry *a, const struct eb_found_entry *b)
{
    return a->entry > b->entry || (a->entry == b->entry && a->proof > b->proof);
}

static void sift_down_entry(struct eb_found_entry *heap, size_t count, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && comes_after(&heap[child + 1], &heap[child]))
            child++;
        if (!comes_after(&heap[child], &heap[at]))
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
        for (; at && comes_after(&entries[at - 1], &moved); at--)
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

/* A rule matches. False: that is enough. */
static bool add_rule(struct results *results, uint32_t entry)
{
    results->has_more = results->count == results->max;
    if (results->has_more)
        return false;
    results->rules[results->count++] = rule_of(results->index, entry);
    return true;
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
    return add_rule(results, entry);
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

/* ---- proofs ---- */

enum finding {
    NOT_BY_THIS_KEY, /* the rule may match by another */
    NO_MATCH,
    MATCH,
    UNKNOWN, /* the whole pattern is to be tried */
};

static enum eb_holding judge(struct results *results, struct eb_items items)
{
    return eb_items_judge_within(items, results->fields, &results->steps);
}

/* The items that many rules have alike. */
static enum eb_holding judge_shared(struct results *results, const struct eb_index_slot *proof)
{
    const uint32_t *end = proof->code + proof->words;
    enum eb_holding worst = EB_YES;
    for (const uint32_t *number = end - proof->shared_count; number < end; number++) {
        struct eb_item item = eb_item_decode(results->index->tables->words + *number);
        enum eb_holding one = judge(
            results, (struct eb_items){ item.code, item.predicates.code + item.predicates.words });
        worst = one < worst ? one : worst;
    }
    return worst;
}

/* Not all of it holds for itself: is it the key that does not, or something else? */
static enum finding tell_why(struct results *results, const struct eb_index_slot *proof)
{
    struct eb_items own = { proof->code, proof->code + proof->words - proof->shared_count };
    struct eb_items rest = own, key = own;
    struct eb_item item;
    eb_items_next(&rest, &item);
    key.end = rest.next;
    if (judge(results, key) == EB_NO)
        return NOT_BY_THIS_KEY;
    bool is_rest_false = judge(results, rest) == EB_NO || judge_shared(results, proof) == EB_NO;
    return is_rest_false && proof->is_whole ? NO_MATCH : UNKNOWN;
}

static enum finding try_proof(struct results *results, const struct eb_index_slot *proof)
{
    struct eb_items own = { proof->code, proof->code + proof->words - proof->shared_count };
    if (proof->reads_payload && !results->fields->has_payload)
        return NO_MATCH;
    if (judge(results, own) == EB_YES && judge_shared(results, proof) == EB_YES)
        return MATCH;
    return tell_why(results, proof);
}

/* Where patterns begin. */
static inline __attribute__((always_inline)) void fetch_patterns(
    const struct results *results, const struct eb_matching *matching)
{
    for (uint32_t i = 0; i < matching->entry_count; i++) {
        const struct eb_found_entry *found = &matching->entries[i];
        if (!found->before && !found->proof)
            __builtin_prefetch(pattern_of(results->index, found));
    }
}

/* False: that is enough. */
static bool settle(
    struct results *results, const struct eb_found_entry *found, enum finding finding)
{
    switch (finding) {
    case MATCH: return add_rule(results, found->entry);
    case UNKNOWN:
        return try_pattern(
            results, pattern_of(results->index, found), found->predicate, found->entry);
    default: return results->steps > 0;
    }
}

/* Entries that were led to by several keys are there several times, one behind the other. */
static void try_singles(struct results *results, const struct eb_matching *matching)
{
    uint32_t settled = UINT32_MAX;
    const struct eb_index_slot *last = NULL;
    fetch_patterns(results, matching);
    for (uint32_t i = 0; i < matching->entry_count; i++) {
        const struct eb_found_entry *found = &matching->entries[i];
        if (found->entry == settled || (found->proof && found->proof == last))
            continue;
        last = found->proof;
        enum finding finding = last ? try_proof(results, last) : UNKNOWN;
        if (!settle(results, found, finding))
            return;
        if (finding != NOT_BY_THIS_KEY)
            settled = found->entry;
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
