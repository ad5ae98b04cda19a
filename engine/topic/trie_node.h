/*
 * trie_node.h - how a frozen trie lies in memory; for trie.c and trie_build.c alone.
 *
 * One array of nodes, 32 bytes each, the root first. A node's children are one block of it:
 *
 *     "a/+/x"  "a/b/#"  "c"
 *
 *     0 root ── block 1..2 ──┐      1 a ── block 3..4 ──┐        2 c   ends filter 2
 *                            │      3 '+' ── block 5..5 ─ 5 x    ends filter 0
 *                            │      4 b   ends filter 1 by '#'
 *
 * The '+' child, if there is one, is the first of the block. The others follow: up to
 * EB_TRIE_LINEAR_MAX of them side by side, to be looked through; more of them as an open-addressed
 * hash table, a third to half of it free, in which whoever is further from home goes first (Celis's
 * Robin Hood hashing): a search ends at the first that is nearer to its home than what is sought
 * would be. So a level costs one cache line, be its siblings ten or a million: the children are
 * the table, and short labels lie in the nodes, their first eight bytes as one integer. '#' needs
 * no node of its own. Blocks are laid out depth first, so what follows a node is mostly right
 * behind it.
 *
 * Of many siblings that have but a few nodes below them, as devices have, each has its slot and,
 * right behind it, room for those, so that all of it is fetched at once:
 *
 *     "s/1/+/e"  "s/1/l"  "s/2/+/e"  "s/2/l" …       s, whose block has slots of a stride of 4
 *
 *     │ 2  '+' l  e │ free        │ 1  '+' l  e │ 7  '+' l  e │ free        │ …
 */
#ifndef EB_TOPIC_TRIE_NODE_H
#define EB_TOPIC_TRIE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"

enum {
    /* Comparing this many heads is cheaper than hashing one level. */
    EB_TRIE_LINEAR_MAX = 8,
    EB_TRIE_HEAD_BYTES = 8,
    EB_TRIE_SHORT_MAX = 12,
    EB_TRIE_AWAY_MAX = 63,
    EB_TRIE_STRIDE_MAX = 8, /* of slots: a node and at most seven below it, four cache lines */
};

#define EB_TRIE_NONE UINT32_MAX

struct eb_trie_node {
    uint32_t filter;      /* the filter that ends here, or EB_TRIE_NONE */
    uint32_t hash_filter; /* the one that goes on with '#' and so ends here too */
    uint32_t block;       /* index of the first child */
    uint32_t slot_count;  /* of the block, the '+' child not counted */
    uint64_t head;        /* eb_trie_head() of the label */
    union {
        char bytes[EB_TRIE_SHORT_MAX - EB_TRIE_HEAD_BYTES];
        uint32_t start; /* in the trie's text, when the label is longer than EB_TRIE_SHORT_MAX */
    } tail;             /* what follows the head */
    uint16_t label_len;
    uint8_t stride;      /* of the block: from one slot to the next, in nodes */
    uint8_t is_used : 1; /* 0: a free slot */
    uint8_t has_plus : 1;
    uint8_t away : 6; /* slots from its home, at most EB_TRIE_AWAY_MAX: so many or more */
};

_Static_assert(sizeof(struct eb_trie_node) == 32, "two nodes a cache line");

struct eb_trie {
    const struct eb_trie_node *nodes;
    const char *text; /* tails of long labels */
    uint32_t node_count;
    uint32_t filter_count;
    struct eb_hash_key key;
};

static inline bool eb_trie_is_hashed(const struct eb_trie_node *node)
{
    return node->slot_count > EB_TRIE_LINEAR_MAX;
}

/* A slot of the node's block: a child that has a label, or free. */
static inline const struct eb_trie_node *eb_trie_slot(
    const struct eb_trie *trie, const struct eb_trie_node *node, uint32_t i)
{
    return &trie->nodes[node->block + node->has_plus + (size_t)i * node->stride];
}

/* The first bytes of a label, zeroes behind a shorter one; reads no further than the label. */
static inline uint64_t eb_trie_head(struct eb_span label)
{
    uint64_t head = 0;
    if (label.len >= EB_TRIE_HEAD_BYTES)
        memcpy(&head, label.ptr, EB_TRIE_HEAD_BYTES);
    else
        memcpy(&head, label.ptr, label.len);
    return head;
}

/* Where in a hashed block of `slot_count` the search for `label` begins. */
static inline uint32_t eb_trie_home(
    const struct eb_hash_key *key, struct eb_span label, uint32_t slot_count)
{
    uint64_t hash = eb_hash(key, label.ptr, label.len) >> 32;
    return (uint32_t)(hash * slot_count >> 32);
}

#endif
