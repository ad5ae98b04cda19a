/*
 * rule_index_table.h - the rule index as it lies in memory; see README.md for the drawing.
 *
 * Shared by the builder and the matcher only. Nothing in it is ever changed.
 */
#ifndef EB_PATTERN_RULE_INDEX_TABLE_H
#define EB_PATTERN_RULE_INDEX_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "pattern/index_key.h"
#include "pattern/index_ranges.h"
#include "pattern/rule_index.h"

/* What a key leads to: two bits that say which, and a number. 0 is nothing. */
enum eb_ref_kind {
    EB_REF_ACCESS, /* of EB_KEY_EXISTS alone: accesses[number - 1] */
    EB_REF_ENTRY,  /* one entry */
    EB_REF_LIST,   /* words[number]: how many entries, then the entries, ascending */
    EB_REF_NODE,   /* a node: look further */
};

enum { EB_REF_NUMBER_MAX = (1 << 30) - 1 };

static inline uint32_t eb_ref(enum eb_ref_kind kind, uint32_t number)
{
    return (uint32_t)kind << 30 | number;
}

static inline enum eb_ref_kind eb_ref_kind(uint32_t ref)
{
    return (enum eb_ref_kind)(ref >> 30);
}

static inline uint32_t eb_ref_number(uint32_t ref)
{
    return ref & EB_REF_NUMBER_MAX;
}

/* What is known of a key beside where it leads, so that nobody need go there first. */
enum eb_slot_form {
    EB_SLOT_PLAIN,  /* nothing */
    EB_SLOT_SIMPLE, /* of a simple node all there is to know: its seed, path and kinds of keys */
    EB_SLOT_FAR,   /* of an entry: how many words of its pattern come before the predicate that asks
                      for the key, 0: too many to tell; and in two words where that is */
    EB_SLOT_PROOF, /* of an entry: what must hold for it to match by this key */
};

enum {
    EB_SIMPLE_SEED,
    EB_SIMPLE_PATH,
    EB_SIMPLE_KINDS_HERE,
    EB_SIMPLE_WORDS,
};

enum {
    EB_SLOT_HEAD_WORDS = 2,
    EB_SLOT_CODE_MAX = 14, /* words: a slot is a cache line at most */
    EB_SLOT_SHARED_MAX = 7,
    EB_SLOT_TAG_MASK = (1 << 12) - 1,
    EB_SLOT_WAYS = 8,
    EB_FAR_WORDS = 3,
    EB_AHEAD_MAX = 2,
};

/*
 * A key. Slots are as long as they need be and stand one behind the other in buckets of two cache
 * lines. A key's is in the bucket that is its home, or, where that is full, in one behind it; a
 * bucket's first slot says which keys may have had to go on.
 *
 * A proof is a pattern's items, with two differences. The first is the field that the rule is filed
 * under, with the one predicate that asks for this key: whoever matches by another predicate is
 * found by its key. And of items that many rules have alike it has but the numbers: they are kept
 * once.
 */
struct eb_index_slot {
    uint32_t tag : 12;          /* the lowest bits of the hash; the highest make the home */
    uint32_t words : 4;         /* of code */
    uint32_t shared_count : 3;  /* how many of them, the last, are words[number] of shared items */
    uint32_t form : 2;          /* of enum eb_slot_form */
    uint32_t is_whole : 1;      /* of a proof: but for its first item it is all of the pattern */
    uint32_t reads_payload : 1; /* of a proof */
    uint32_t ways : 8;          /* of a bucket's first slot: 1 << tag % EB_SLOT_WAYS of those that
                                   had to go on */
    uint32_t ref;               /* 0: free, as is what is behind it in the bucket */
    uint32_t code[EB_SLOT_CODE_MAX]; /* no more of them than `words`: then comes the next slot */
};

_Static_assert(sizeof(struct eb_index_slot) == 64, "a cache line at most");
_Static_assert(offsetof(struct eb_index_slot, code) == sizeof(uint32_t) * EB_SLOT_HEAD_WORDS,
    "as it is skipped");

/* Kinds of keys that are looked up by hash once for a value: all that a simple node has. */
enum {
    EB_SIMPLE_KINDS = 1 << EB_KEY_NULL | 1 << EB_KEY_FALSE | 1 << EB_KEY_TRUE | 1 << EB_KEY_NUMBER |
                      1 << EB_KEY_LITERAL | 1 << EB_KEY_STRING | 1 << EB_KEY_FOLDED,
};

/* What a node knows of a path. */
struct eb_index_access {
    uint32_t path;
    uint32_t kinds;    /* bit 1 << kind: there are keys of this kind */
    uint32_t measures; /* words[measures]: for each kind that has measures, how many, then they */
    uint32_t exists;   /* ref: what is filed under "there is a value" */
    uint32_t ranges;   /* number of struct eb_ranges, if EB_KEY_RANGE is among the kinds */
    uint32_t ahead[EB_AHEAD_MAX]; /* the paths whose strings the nodes that its strings lead to look
                                     up, and those behind them; 0: none, or several */
};

/* Rules filed together: at node 0 all, at another those that share the key that leads there. */
struct eb_index_node {
    uint32_t first_access;
    uint32_t access_count : 31;
    /* More than EB_ACCESSES_FEW paths: existence is a key like any other, and accesses are found
     * under that, too. */
    uint32_t has_many : 1;
    uint32_t always; /* ref: entries that nothing but trying them can tell */
    uint32_t seed;   /* of its keys' hashes */
};

enum { EB_ACCESSES_FEW = 8 };

/* In which lengths windows of a path's values are looked up. */
struct eb_index_windows {
    uint32_t path;
    uint32_t lens; /* bit 1 << (len - 1) */
};

struct eb_index_tables {
    const uint32_t *buckets; /* of slots */
    const uint32_t *words;
    const struct eb_index_node *nodes;
    const struct eb_index_access *accesses;
    const struct eb_ranges *ranges;
    const struct eb_index_windows *windows; /* ascending by path */
    const struct eb_paths *paths;
    const uint64_t *window_bits; /* a filter: most windows of a value are nobody's */
    uint32_t home_count;         /* buckets that are homes; there may be some behind them */
    uint32_t window_path_count;
    uint32_t window_bit_mask;
};

struct eb_rule_index {
    const struct eb_index_tables *tables; /* NULL: the rules are few and all tried */
    uint32_t entry_count : 31;
    uint32_t is_gapless : 1; /* the rules' numbers follow each other */
    struct eb_rule_entry entries[];
};

/* Kinds whose keys have different measures, in the order of eb_index_access.measures. */
static const enum eb_key_kind eb_measured_kinds[] = { EB_KEY_BLOCK, EB_KEY_STARTS, EB_KEY_ENDS,
    EB_KEY_FOLDED_STARTS, EB_KEY_FOLDED_ENDS };

enum { EB_MEASURED_KINDS = sizeof eb_measured_kinds / sizeof eb_measured_kinds[0] };

enum {
    EB_LINE_BYTES = 64,
    EB_BUCKET_BYTES = 2 * EB_LINE_BYTES,
    EB_BUCKET_WORDS = EB_BUCKET_BYTES / 4,
};

static inline uint32_t eb_index_home(uint64_t hash, uint32_t home_count)
{
    return (uint32_t)((hash >> 32) * home_count >> 32);
}

/* Goes through the slots that may be a key's. */
struct eb_slot_search {
    uint32_t tag;
    uint32_t bucket;
    uint32_t at; /* words from its beginning */
};

/* Begins with the key's home, and to get that. */
static inline struct eb_slot_search eb_index_search(
    const struct eb_index_tables *tables, uint64_t hash)
{
    uint32_t home = eb_index_home(hash, tables->home_count);
    const char *bucket = (const char *)(tables->buckets + (size_t)home * EB_BUCKET_WORDS);
    __builtin_prefetch(bucket);
    __builtin_prefetch(bucket + EB_LINE_BYTES);
    return (struct eb_slot_search){ (uint32_t)hash & EB_SLOT_TAG_MASK, home, 0 };
}

/*
 * Begins to get what a path that has this hash leads to, in an index of so many of them. Always
 * inlined, because gcc 12 leaves out calls of what does nothing but ask.
 */
static inline __attribute__((always_inline)) void eb_rule_index_fetch_existence(
    const struct eb_rule_index *index, uint64_t path_hash)
{
    const struct eb_index_tables *tables = index->tables;
    if (tables && tables->nodes[0].has_many)
        eb_index_search(tables, eb_existence_hash(tables->nodes[0].seed, path_hash));
}

/* The next in this bucket; NULL: there is none. */
static inline const struct eb_index_slot *eb_index_next(
    const struct eb_index_tables *tables, struct eb_slot_search *search)
{
    const uint32_t *bucket = tables->buckets + (size_t)search->bucket * EB_BUCKET_WORDS;
    while (search->at <= EB_BUCKET_WORDS - EB_SLOT_HEAD_WORDS) {
        const struct eb_index_slot *slot = (const struct eb_index_slot *)(bucket + search->at);
        if (!slot->ref)
            return NULL;
        search->at += EB_SLOT_HEAD_WORDS + slot->words;
        if (slot->tag == search->tag)
            return slot;
    }
    return NULL;
}

/* Goes on to the next bucket, and begins to get that; false: the key is not there. */
static inline bool eb_index_goes_on(
    const struct eb_index_tables *tables, struct eb_slot_search *search)
{
    const uint32_t *bucket = tables->buckets + (size_t)search->bucket * EB_BUCKET_WORDS;
    if (!(((const struct eb_index_slot *)bucket)->ways >> search->tag % EB_SLOT_WAYS & 1))
        return false;
    __builtin_prefetch(bucket + EB_BUCKET_WORDS);
    __builtin_prefetch((const char *)(bucket + EB_BUCKET_WORDS) + EB_LINE_BYTES);
    search->bucket++;
    search->at = 0;
    return true;
}

/* Its bit in the filter. */
static inline uint32_t eb_window_bit(uint64_t operand)
{
    return (uint32_t)(operand >> 32);
}

#endif
