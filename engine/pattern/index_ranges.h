/*
 * index_ranges.h - ranges of numbers, and which of them hold a number.
 *
 * Sorted by their low ends (and by their high ends where those are equal), 4 to a leaf, 16 leaves
 * to a node, 16 nodes to the next and so on; of each group the level above keeps the first low end
 * and the highest high end:
 *
 *     level 1     low 1  high 9                  low 6  high 8
 *                 ┌──────┴───────┐               ┌──┴───┐
 *     level 0     [1,3] … [4,9]                  [6,7] [6,8]         which hold 5?
 *
 * A group whose low end is above the number ends the search to the right; one whose highest end is
 * below it is skipped. Any other group left of the number, but for the last, holds at least one
 * range that holds it, so the time goes with the levels and the answers, not with the ranges.
 */
#ifndef EB_PATTERN_INDEX_RANGES_H
#define EB_PATTERN_INDEX_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/predicate.h"

enum {
    EB_RANGES_LEAF = 4, /* two cache lines */
    EB_RANGES_FAN = 16,
    EB_RANGES_LEVELS_MAX = 8, /* 4 × 16^7 ranges */
};

/* Ends are numbers in the order of unsigned integers, both included. */
struct eb_range_leaf {
    uint64_t low, high;
    uint32_t ref;              /* what is told about a range that holds the number */
    uint32_t before;           /* words of its pattern before the predicate; 0: not known */
    const uint32_t *predicate; /* the range's code, if `ref` is an entry of the index */
};

struct eb_ranges {
    const struct eb_range_leaf *leaves;
    uint32_t count;
    uint32_t level_count; /* of the levels above the leaves */
    struct {
        const uint64_t *low, *high;
        uint32_t count;
    } levels[EB_RANGES_LEVELS_MAX];
};

/* The place of a number in the order. */
uint64_t eb_range_place(double number);

/* The ends of an EB_IN_RANGE predicate. */
struct eb_range_leaf eb_range_of(const struct eb_predicate *predicate);

/* Of at least one leaf, which are sorted in place and kept; false without memory. */
bool eb_ranges_build(
    struct eb_ranges *ranges, struct eb_range_leaf *leaves, uint32_t count, struct eb_arena *arena);

/* A group of the tree that may hold ranges that hold `place`. */
struct eb_range_group {
    const struct eb_ranges *ranges;
    uint64_t place;
    uint32_t level; /* 0: of leaves */
    uint32_t first;
};

/* Where a search begins. */
struct eb_range_group eb_ranges_root(const struct eb_ranges *ranges, uint64_t place);

/*
 * One step: tells `deeper` about groups below that are to be searched as well, or `found` about
 * ranges that hold the place. So that several searches can take turns while memory is waited for:
 * eb_range_group_fetch() begins to get a group's lines.
 */
void eb_range_group_search(const struct eb_range_group *group,
    void (*deeper)(void *context, const struct eb_range_group *group),
    void (*found)(void *context, const struct eb_range_leaf *leaf), void *context);
void eb_range_group_fetch(const struct eb_range_group *group);

#endif
