/*
 * rule_index_table.h - the rule index as it lies in memory; see README.md for the drawing.
 *
 * Shared by the builder and the matcher only. Nothing in it is ever changed.
 */
#ifndef EB_PATTERN_RULE_INDEX_TABLE_H
#define EB_PATTERN_RULE_INDEX_TABLE_H

#include <stdint.h>

#include "pattern/index_key.h"
#include "pattern/index_ranges.h"
#include "pattern/rule_index.h"

/*
 * What a key leads to: two bits that say which, a bit that slots use, 29 bits of number. 0 is
 * nothing.
 */
enum eb_ref_kind {
    EB_REF_ACCESS, /* of EB_KEY_EXISTS alone: accesses[number - 1] */
    EB_REF_ENTRY,  /* one entry */
    EB_REF_LIST,   /* words[number]: how many entries, then the entries, ascending */
    EB_REF_NODE,   /* a node: look further */
};

enum { EB_REF_NUMBER_MAX = (1 << 29) - 1 };

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

/*
 * Where a key's hash may be: from its home on, up to the first free slot. Homes are the first slots
 * of cache lines; a line's last slot says whether any key had to go on to the next line. Beside the
 * ref there is what saves going there first: of an entry what its pattern asks for by this key and
 * where the pattern begins, of a simple node all there is to know.
 */
struct eb_index_slot {
    uint32_t tag; /* the lower half of the hash; the upper half makes the home. Of an entry the
                     lower half of that; the upper is how many words of its pattern come before the
                     predicate, 0: too many to tell */
    uint32_t ref; /* 0: free */
    union {
        const uint32_t *predicate; /* EB_REF_ENTRY: its code (predicate.h) */
        struct {
            uint32_t path, kinds; /* EB_REF_NODE; kinds 0: not simple */
        } node;
    };
};

/* Kinds of keys that are looked up by hash once for a value: all that a simple node has. */
enum {
    EB_SIMPLE_KINDS = 1 << EB_KEY_NULL | 1 << EB_KEY_FALSE | 1 << EB_KEY_TRUE | 1 << EB_KEY_NUMBER |
                      1 << EB_KEY_LITERAL | 1 << EB_KEY_STRING | 1 << EB_KEY_FOLDED,
};

enum {
    EB_REF_GOES_ON = 1 << 29, /* of a line's last slot */
    EB_SLOT_TAG_BITS = 16,    /* of an entry */
    EB_SLOT_TAG_MASK = (1 << 16) - 1,
    EB_SLOT_BEFORE_MAX = (1 << 16) - 1,
    EB_NO_SLOT = UINT32_MAX,
    EB_AHEAD_MAX = 2,
};

/* What a node knows of a path. */
struct eb_index_access {
    uint32_t path;
    uint32_t kinds;    /* bit 1 << kind: there are keys of this kind */
    uint32_t measures; /* words[measures]: for each kind that has measures, how many, then they */
    uint32_t exists;   /* ref: what is filed under "there is a value" */
    uint32_t ranges;   /* number of struct eb_ranges, if EB_KEY_RANGE is among the kinds */
    uint32_t ahead[EB_AHEAD_MAX]; /* the paths whose strings the nodes that its strings lead to look
                                     up, and those behind them; 0: not all the same */
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

enum {
    EB_ACCESSES_FEW = 8,
    EB_SLOTS_A_KEY = 2, /* one line in twenty then has more keys than slots */
};

/* In which lengths windows of a path's values are looked up. */
struct eb_index_windows {
    uint32_t path;
    uint32_t lens; /* bit 1 << (len - 1) */
};

struct eb_index_tables {
    const struct eb_index_slot *slots;
    const uint32_t *words;
    const struct eb_index_node *nodes;
    const struct eb_index_access *accesses;
    const struct eb_ranges *ranges;
    const struct eb_index_windows *windows; /* ascending by path */
    const uint64_t *window_bits;            /* a filter: most windows of a value are nobody's */
    uint32_t slot_count;
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
    EB_LINE_SLOTS = EB_LINE_BYTES / sizeof(struct eb_index_slot),
};

static inline uint32_t eb_index_home(uint64_t hash, uint32_t slot_count)
{
    return (uint32_t)((hash >> 32) * (slot_count / EB_LINE_SLOTS) >> 32) * EB_LINE_SLOTS;
}

/* Where a search goes on from a slot that is not free; EB_NO_SLOT: nowhere. */
static inline uint32_t eb_index_next(const struct eb_index_tables *tables, uint32_t at)
{
    if ((at + 1) % EB_LINE_SLOTS)
        return at + 1;
    if (!(tables->slots[at].ref & EB_REF_GOES_ON))
        return EB_NO_SLOT;
    return at + 1 < tables->slot_count ? at + 1 : 0;
}

/* Its bit in the filter. */
static inline uint32_t eb_window_bit(uint64_t operand)
{
    return (uint32_t)(operand >> 32);
}

#endif
