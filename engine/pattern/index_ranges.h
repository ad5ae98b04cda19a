/*
 * index_ranges.h - ranges of numbers, and which of them hold a number.
 *
 * Sorted by their low ends (and by their high ends where those are equal), 16 to a leaf, 16 leaves
 * to a node and so on; of each group of 16 the level above keeps the first low end and the highest
 * high end:
 *
 *     level 1     low 1  high 9                  low 6  high 8
 *                 ┌──────┴───────┐               ┌──┴───┐
 *     level 0     [1,3] … [4,9]                  [6,7] [6,8]         which hold 5?
 *
 * A group whose low end is above the number ends the search to the right; one whose highest end is
 * below it is skipped. Any other group left of the number holds at least one range that holds it,
 * so the time goes with the levels and the answers, not with the ranges.
 */
#ifndef EB_PATTERN_INDEX_RANGES_H
#define EB_PATTERN_INDEX_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/predicate.h"

enum {
    EB_RANGES_FAN = 16,
    EB_RANGES_LEVELS_MAX = 8, /* 16^8 ranges */
};

/* Ends are numbers in the order of unsigned integers, both included. */
struct eb_range_ends {
    uint64_t low, high;
    uint32_t ref; /* what is told about a range that holds the number */
};

struct eb_ranges {
    uint32_t count;
    uint32_t level_count;
    struct {
        const uint64_t *low, *high;
        uint32_t count;
    } levels[EB_RANGES_LEVELS_MAX]; /* level 0: the ranges themselves */
    const uint32_t *refs;
};

/* The place of a number in the order. */
uint64_t eb_range_place(double number);

/* The ends of an EB_IN_RANGE predicate. */
struct eb_range_ends eb_range_ends_of(const struct eb_predicate *predicate);

/* Sorts `ends` in place; false without memory. */
bool eb_ranges_build(
    struct eb_ranges *ranges, struct eb_range_ends *ends, uint32_t count, struct eb_arena *arena);

/* Tells `found` about every range that holds `place`. Stops when it answers false. */
bool eb_ranges_find(const struct eb_ranges *ranges, uint64_t place,
    bool (*found)(void *context, uint32_t ref), void *context);

#endif
