/*
 * index_builder.h - a rule index while it is built: arrays that grow in the heap until they are
 * copied into the arena, and a node at work. Internal to the building of indexes.
 *
 *     index_filing.c   rules ──► keys they are filed under
 *     index_sort.c     those in the order of keys
 *     index_node.c     rules under one key ──► an entry, a list or a node of its own
 *     index_notes.c    keys of a node ──► what it knows of its paths
 *     index_slots.c    keys ──► slots in buckets
 *     index_proof.c    a rule and a key ──► what is left to try
 *     rule_index_build.c   all of it, as it lies in memory
 */
#ifndef EB_PATTERN_INDEX_BUILDER_H
#define EB_PATTERN_INDEX_BUILDER_H

#include "pattern/index_choice.h"
#include "pattern/rule_index_table.h"

struct eb_vector {
    void *items;
    size_t count, max;
};

/* A slot whose bucket is yet to be found. */
struct eb_keyed_slot {
    uint64_t hash;
    uint32_t at; /* of the builder's code, where it is written */
    uint32_t bucket;
};

/* An item of some rule that others may have, too. */
struct eb_shared_item {
    const uint32_t *code; /* NULL: none yet */
    uint32_t hash;
    uint32_t at; /* of the index's words, where it is kept for all, or EB_NOT_SHARED */
};

static const uint32_t EB_NOT_SHARED = UINT32_MAX;

enum { EB_SHARED_ITEMS = 4096 }; /* mostly still in a cache, if all of them are */

struct eb_window {
    uint32_t path, len;
    uint64_t operand;
};

struct eb_index_builder {
    struct eb_arena *arena;
    struct eb_arena scratch;
    const struct eb_rule_entry *entries;
    const struct eb_paths *paths;
    struct eb_index_budget *budget; /* NULL: none */
    struct eb_vector slots;         /* struct eb_keyed_slot */
    struct eb_vector code;          /* uint32_t: slots as they are written */
    struct eb_vector words;         /* uint32_t */
    struct eb_vector nodes;         /* struct eb_index_node */
    struct eb_vector accesses;      /* struct eb_index_access */
    struct eb_vector ranges;        /* struct eb_ranges */
    struct eb_vector windows;       /* struct eb_window */
    struct eb_shared_item *shared;  /* EB_SHARED_ITEMS of them, by hash */
    size_t bucket_bytes;            /* paid for buckets */
    uint32_t entry;                 /* whose place is being found: the budget may blame it */
    bool has_failed;                /* no memory, no budget, or more than refs can number */
};

/* Room for one more; NULL, and the builder has failed, without memory or budget. */
void *eb_index_builder_add(
    struct eb_index_builder *builder, struct eb_vector *vector, size_t item_bytes);

/* The same without the budget: of what is not kept. */
void *eb_index_builder_note(
    struct eb_index_builder *builder, struct eb_vector *vector, size_t item_bytes);

/* Zeroed, to be freed; NULL, and the builder has failed, without memory. */
void *eb_index_builder_array(struct eb_index_builder *builder, size_t count, size_t item_bytes);

/* Takes what is kept beside the vectors out of the budget; false when there is not so much. */
bool eb_index_builder_pay(struct eb_index_builder *builder, size_t bytes);

/* Room for `count` more words that are not kept. */
uint32_t *eb_index_builder_note_words(
    struct eb_index_builder *builder, struct eb_vector *words, size_t count);

void eb_index_builder_add_word(struct eb_index_builder *builder, uint32_t word);

/* How many words of the entry's pattern come before the predicate; 0: too many to tell. */
uint32_t eb_index_builder_words_before(
    const struct eb_index_builder *builder, uint32_t entry, const uint32_t *predicate);

void eb_index_builder_release(struct eb_index_builder *builder);

static inline struct eb_items eb_items_of(const struct eb_pattern *pattern)
{
    return pattern ? eb_pattern_items(pattern) : (struct eb_items){ NULL, NULL };
}

/* A rule to be filed in a node. */
struct eb_filing {
    uint32_t entry;
    uint32_t quota;               /* how often it may be filed */
    const struct eb_scope *scope; /* NULL: the whole pattern */
};

/* A rule under a key. */
struct eb_filed {
    uint64_t hash; /* of the key, in its node */
    uint32_t entry;
    uint32_t quota;
    const struct eb_scope *scope;
    const uint32_t *predicate; /* its code */
    uint32_t path;
    uint8_t kind;
    uint8_t is_alone; /* nothing else is filed under the key */
    uint16_t measure;
};

_Static_assert(sizeof(struct eb_filed) == 40, "there is one for every alternative of every rule");

/* By hash, then entry. */
void eb_filed_sort(struct eb_filed *filed, size_t count);

/* A key leads to `ref`; if that is an entry, `filed` is that under the key. */
void eb_index_builder_add_slot(
    struct eb_index_builder *builder, uint64_t hash, uint32_t ref, const struct eb_filed *filed);

/*
 * Writes what must hold for the rule to match by the key; false: it is too long for a slot, or not
 * one predicate alone asks for the key.
 */
bool eb_index_builder_write_proof(
    struct eb_index_builder *builder, struct eb_index_slot *slot, const struct eb_filed *filed);

/* All slots, in the arena. */
bool eb_index_builder_fill_buckets(
    struct eb_index_builder *builder, struct eb_index_tables *tables);

/* A node being built. */
struct eb_node_draft {
    uint32_t number;
    uint32_t seed; /* of its keys' hashes */
    unsigned depth;
    struct eb_arena arena; /* growing, so that what there is millions of is in huge pages */
    struct eb_census census;
    struct eb_filed *filed; /* as many as the choices said */
    size_t filed_count, filed_max;
    struct eb_vector always; /* uint32_t: entries that are filed under nothing */
};

/*
 * Finds for each of the rules where it costs less than `cost_max` and least; false without memory.
 */
bool eb_index_builder_choose(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filings, struct eb_choice *choices, size_t count, uint64_t cost_max);

/* Files each of them there. */
void eb_index_builder_file(struct eb_index_builder *builder, struct eb_node_draft *draft,
    const struct eb_filing *filings, const struct eb_choice *choices, size_t count);

/*
 * A node for the rules, which are ascending, and nodes for those under one key; 0 when nothing was
 * gained by it.
 */
uint32_t eb_index_builder_add_node(struct eb_index_builder *builder,
    const struct eb_filing *filings, size_t count, unsigned depth, uint32_t seed);

/* The one access of the node that `ref` leads to, if that is simple; else NULL. */
const struct eb_index_access *eb_index_builder_simple_access(
    const struct eb_index_builder *builder, uint32_t ref);

enum { EB_NOTE_AHEAD = EB_KEY_KINDS };

/*
 * What a node will know of a path: one kind of key, and one measure of it. Or, EB_NOTE_AHEAD, that
 * a string leads to a simple node for strings of the path `measure`; 0: to another.
 */
struct eb_index_note {
    uint32_t path;
    uint32_t kind;
    uint32_t measure;
    uint32_t ref;                 /* EB_KEY_EXISTS and EB_NOTE_AHEAD only */
    const struct eb_filed *filed; /* under that key, the first */
    struct eb_range_leaf range;   /* EB_KEY_RANGE only */
};

/* Notes that what is filed under the key leads to `ref`. */
void eb_index_builder_note_key(struct eb_index_builder *builder, struct eb_vector *notes,
    const struct eb_filed *filed, uint32_t ref);

/* Of all notes of a node, sorted in place, what it knows of its paths. */
void eb_index_builder_add_accesses(
    struct eb_index_builder *builder, struct eb_vector *notes, struct eb_index_node *node);

#endif
