/*
 * index_matching.h - one event on its way through a rule index: what it has led to so far.
 *
 *     values ──► searches for keys ──► entries, runs of entries, further nodes
 *                  groups of ranges ──┘
 *
 * Everything waits in lists, so that what one look-up needs is on its way to the cache while others
 * are made. The lists begin on the stack and go on in the scratch arena.
 */
#ifndef EB_PATTERN_INDEX_MATCHING_H
#define EB_PATTERN_INDEX_MATCHING_H

#include "base/arena.h"
#include "pattern/fields.h"
#include "pattern/number_set.h"
#include "pattern/rule_index_table.h"

enum { EB_MATCHING_FEW = 32 }; /* of anything: room on the stack */

/* An entry that an event has led to. */
struct eb_found_entry {
    uint32_t entry;
    uint32_t before;           /* words of its pattern before the predicate; 0: not known */
    const uint32_t *predicate; /* of its pattern, the code that probably holds; NULL: none does */
    const struct eb_index_slot *proof; /* NULL: it is to be tried by its pattern */
};

/* Entries in ascending order that are yet to be tried. */
struct eb_entry_run {
    const uint32_t *next, *end;
};

/* The windows of a string that rules may ask for, as operands of keys, each once. */
struct eb_windows {
    uint64_t *operands; /* NULL: the string was not scanned yet */
    uint32_t count;
};

struct eb_path_windows;

struct eb_matching {
    const struct eb_rule_index *index;
    const struct eb_index_tables *tables;
    const struct eb_fields *fields;
    struct eb_arena *scratch;
    struct eb_slot_search *searches; /* their buckets are on their way to the cache */
    struct eb_found_entry *entries;  /* single ones, in no order */
    struct eb_entry_run *runs;
    struct eb_range_group *groups;   /* of ranges to be searched: on their way, too */
    struct eb_number_set seen;       /* lists and nodes */
    struct eb_path_windows *windows; /* of the values that were asked for them */
    uint32_t search_count, search_max;
    uint32_t group_count, group_max;
    uint32_t entry_count, entry_max;
    uint32_t run_count, run_max;
    bool is_exhausted; /* the scratch arena is: nothing counts any more */
    struct eb_slot_search first_searches[EB_MATCHING_FEW];
    struct eb_found_entry first_entries[EB_MATCHING_FEW];
    struct eb_entry_run first_runs[EB_MATCHING_FEW];
    struct eb_range_group first_groups[EB_MATCHING_FEW];
};

void eb_matching_init(struct eb_matching *matching, const struct eb_rule_index *index,
    const struct eb_fields *fields, struct eb_arena *scratch);

/* Whatever the event leads to, from the node for all rules on: entries and runs. */
void eb_matching_collect(struct eb_matching *matching);

/*
 * Those of a field, found once for the whole event; one step for each byte and each length of
 * window.
 */
const struct eb_windows *eb_matching_windows(struct eb_matching *matching,
    const struct eb_path_fields *fields, const struct eb_field *field);

/* `size` bytes of scratch memory; NULL when it is exhausted. */
void *eb_matching_allocate(struct eb_matching *matching, size_t size);

/* A copy of `*max` items with twice the room; NULL when memory is exhausted. */
void *eb_matching_grow(struct eb_matching *matching, const void *items, uint32_t *max,
    size_t item_size) __attribute__((noinline, cold));

static inline void eb_matching_add_search(
    struct eb_matching *matching, struct eb_slot_search search)
{
    if (matching->search_count == matching->search_max) {
        struct eb_slot_search *grown =
            eb_matching_grow(matching, matching->searches, &matching->search_max, sizeof *grown);
        if (!grown)
            return;
        matching->searches = grown;
    }
    matching->searches[matching->search_count++] = search;
}

/* Asks for a key's home; it is looked at when it has come. */
static inline void eb_matching_look_up(struct eb_matching *matching, uint64_t hash)
{
    eb_matching_add_search(matching, eb_index_search(matching->tables, hash));
}

static inline void eb_matching_add_run(struct eb_matching *matching, struct eb_entry_run run)
{
    if (matching->run_count == matching->run_max) {
        struct eb_entry_run *grown =
            eb_matching_grow(matching, matching->runs, &matching->run_max, sizeof *grown);
        if (!grown)
            return;
        matching->runs = grown;
    }
    matching->runs[matching->run_count++] = run;
}

#endif
