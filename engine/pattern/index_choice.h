/*
 * index_choice.h - under what a rule is filed.
 *
 * Under all alternatives of one of its fields, or, for an `$or`, under one field of each branch:
 * whatever costs least. A key costs as much as there are rules under it, weighted by how many
 * values it will be true of.
 */
#ifndef EB_PATTERN_INDEX_CHOICE_H
#define EB_PATTERN_INDEX_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/index_key.h"
#include "pattern/pattern_code.h"

/*
 * What a rule still asks for: items that must hold, those of a branch and all that is around it.
 * The `$or` whose branch it is has served.
 */
struct eb_scope {
    struct eb_items items;
    const uint32_t *served; /* an item's code */
    const struct eb_scope *outer;
};

bool eb_scope_has_served(const struct eb_scope *scope, const uint32_t *item);

/* Alternatives of all fields, every branch's included. */
uint32_t eb_count_alternatives(struct eb_items items);

/*
 * How often every key occurs among the rules of one node. Counted by hash: two keys that share a
 * counter look more common than they are, no more.
 */
struct eb_census {
    uint32_t *counts;
    uint64_t mask;
    uint64_t rule_count;
};

/* Room in `arena` for `alternatives` of `rule_count` rules; false without memory. */
bool eb_census_init(
    struct eb_census *census, struct eb_arena *arena, uint64_t rule_count, uint64_t alternatives);
void eb_census_add(struct eb_census *census, const struct eb_scope *scope);

struct eb_choice {
    const uint32_t *item; /* its code; NULL: under nothing */
    uint64_t cost;
    uint32_t filings; /* under how many keys */
};

/* The best of all that the rule asks for that costs less than `cost_max` in at most `quota` keys.
 */
struct eb_choice eb_choose(const struct eb_census *census, const struct eb_scope *scope,
    uint64_t cost_max, uint32_t quota);

/* The best of a branch's items. */
const uint32_t *eb_choose_item(const struct eb_census *census, struct eb_items branch);

/* The key of a predicate's that costs least; there is one unless it asks for absence. */
struct eb_key eb_choose_key(
    const struct eb_census *census, uint32_t path, const struct eb_predicate *predicate);

#endif
