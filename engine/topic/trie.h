/*
 * trie.h - who watches a topic: all filters of a snapshot, matched at once.
 *
 * Compiled once, then only read, by any number of threads. The time to match a topic depends on its
 * levels and on the filters that match it (and on '+' branches that begin like it), not on the
 * number of filters. trie_node.h draws how it lies in memory.
 */
#ifndef EB_TOPIC_TRIE_H
#define EB_TOPIC_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

struct eb_trie;
struct eb_trie_builder;

/*
 * A builder lives in the heap until it is frozen or freed. Filters must have passed
 * eb_filter_check(). NULL, or false, when memory ran out.
 */
struct eb_trie_builder *eb_trie_builder_new(void);
void eb_trie_builder_free(struct eb_trie_builder *builder);

/*
 * The number of `filter`: the same for equal filters, counted from 0 in order of first appearance.
 * UINT32_MAX when memory ran out.
 */
uint32_t eb_trie_builder_add(struct eb_trie_builder *builder, struct eb_span filter);

/* The immutable trie, in `arena`; NULL when memory ran out. The builder may then be freed. */
struct eb_trie *eb_trie_freeze(const struct eb_trie_builder *builder, struct eb_arena *arena);

/*
 * Writes the numbers of the filters that match `topic` (at most `max`, each once, in no order) and
 * returns how many there are, which may be more than `max`. `topic` may be any bytes; an empty one
 * is no topic and matches nothing. Never touches the heap.
 */
size_t eb_trie_match(
    const struct eb_trie *trie, struct eb_span topic, uint32_t *filters, size_t max);

enum { EB_TRIE_FOUND_MAX = 16 };

/* What eb_trie_match() gives, with room for as many filters as most topics have. */
struct eb_trie_found {
    size_t count; /* of all that match; no more than there is room for are in `filters` */
    uint32_t filters[EB_TRIE_FOUND_MAX];
};

/* Whether any filter matches, and which; no, mostly, after a look at the first level. */
bool eb_trie_find(const struct eb_trie *trie, struct eb_span topic, struct eb_trie_found *found);

/* How many filters it holds: enough room for any match. */
size_t eb_trie_filter_count(const struct eb_trie *trie);

/*
 * The filters by number, or the one called `number`: given in `arena`; ptr, or the whole, is NULL
 * when that is exhausted. Linear in the trie: for who reads a snapshot.
 */
const struct eb_span *eb_trie_filters(const struct eb_trie *trie, struct eb_arena *arena);
struct eb_span eb_trie_filter(const struct eb_trie *trie, uint32_t number, struct eb_arena *arena);

/* For tests: whether every node is reached once, found by its label, and every filter is there. */
bool eb_trie_check(const struct eb_trie *trie);

#endif
