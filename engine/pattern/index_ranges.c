#include "pattern/index_ranges.h"

#include <stdlib.h>
#include <string.h>

/* IEEE 754: as integers, doubles of one sign are in order; negative ones the other way round. */
uint64_t eb_range_place(double number)
{
    uint64_t bits;
    number += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

struct eb_range_leaf eb_range_of(const struct eb_predicate *predicate)
{
    return (struct eb_range_leaf){
        .low = eb_range_place(predicate->range.low) + predicate->excludes_low,
        .high = eb_range_place(predicate->range.high) - predicate->excludes_high,
    };
}

static int compare_leaves(const void *left, const void *right)
{
    const struct eb_range_leaf *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return (a->high > b->high) - (a->high < b->high);
}

/* ---- levels ---- */

/* How many there are below the level that is to be built, and what they are. */
static uint32_t count_below(const struct eb_ranges *ranges)
{
    return ranges->level_count ? ranges->levels[ranges->level_count - 1].count : ranges->count;
}

static uint64_t low_below(const struct eb_ranges *ranges, uint32_t i)
{
    return ranges->level_count ? ranges->levels[ranges->level_count - 1].low[i]
                               : ranges->leaves[i].low;
}

static uint64_t high_below(const struct eb_ranges *ranges, uint32_t i)
{
    return ranges->level_count ? ranges->levels[ranges->level_count - 1].high[i]
                               : ranges->leaves[i].high;
}

static bool add_level(struct eb_ranges *ranges, struct eb_arena *arena)
{
    uint32_t fan = ranges->level_count ? EB_RANGES_FAN : EB_RANGES_LEAF;
    uint32_t below = count_below(ranges), count = (below + fan - 1) / fan;
    uint64_t *low = EB_ARENA_ARRAY(arena, uint64_t, count);
    uint64_t *high = EB_ARENA_ARRAY(arena, uint64_t, count);
    if (!low || !high)
        return false;
    for (uint32_t i = 0; i < below; i++) {
        if (i % fan == 0)
            low[i / fan] = low_below(ranges, i);
        if (high_below(ranges, i) > high[i / fan])
            high[i / fan] = high_below(ranges, i);
    }
    ranges->levels[ranges->level_count].low = low;
    ranges->levels[ranges->level_count].high = high;
    ranges->levels[ranges->level_count].count = count;
    ranges->level_count++;
    return true;
}

bool eb_ranges_build(
    struct eb_ranges *ranges, struct eb_range_leaf *leaves, uint32_t count, struct eb_arena *arena)
{
    qsort(leaves, count, sizeof *leaves, compare_leaves);
    *ranges = (struct eb_ranges){ .leaves = leaves, .count = count };
    do {
        if (!add_level(ranges, arena))
            return false;
    } while (count_below(ranges) > EB_RANGES_FAN);
    return true;
}

/* ---- searching ---- */

struct eb_range_group eb_ranges_root(const struct eb_ranges *ranges, uint64_t place)
{
    return (struct eb_range_group){ ranges, place, ranges->level_count, 0 };
}

static uint32_t group_end(uint32_t first, uint32_t fan, uint32_t count)
{
    return count - first > fan ? first + fan : count;
}

static void search_leaves(const struct eb_range_group *group,
    void (*found)(void *context, const struct eb_range_leaf *leaf), void *context)
{
    const struct eb_range_leaf *leaves = group->ranges->leaves;
    uint32_t end = group_end(group->first, EB_RANGES_LEAF, group->ranges->count);
    for (uint32_t i = group->first; i < end && leaves[i].low <= group->place; i++) {
        if (leaves[i].high >= group->place)
            found(context, &leaves[i]);
    }
}

void eb_range_group_search(const struct eb_range_group *group,
    void (*deeper)(void *context, const struct eb_range_group *group),
    void (*found)(void *context, const struct eb_range_leaf *leaf), void *context)
{
    if (group->level == 0) {
        search_leaves(group, found, context);
        return;
    }
    uint32_t level = group->level - 1;
    uint32_t fan = level ? EB_RANGES_FAN : EB_RANGES_LEAF;
    const uint64_t *low = group->ranges->levels[level].low;
    const uint64_t *high = group->ranges->levels[level].high;
    uint32_t end = group_end(group->first, EB_RANGES_FAN, group->ranges->levels[level].count);
    for (uint32_t i = group->first; i < end && low[i] <= group->place; i++) {
        struct eb_range_group below = { group->ranges, group->place, level, i * fan };
        if (high[i] >= group->place)
            deeper(context, &below);
    }
}

void eb_range_group_fetch(const struct eb_range_group *group)
{
    enum { LINE_BYTES = 64 };
    const char *low = (const char *)&group->ranges->leaves[group->first];
    if (group->level) {
        low = (const char *)&group->ranges->levels[group->level - 1].low[group->first];
        const char *high =
            (const char *)&group->ranges->levels[group->level - 1].high[group->first];
        __builtin_prefetch(high);
        __builtin_prefetch(high + LINE_BYTES);
    }
    __builtin_prefetch(low);
    __builtin_prefetch(low + LINE_BYTES);
}
