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

struct eb_range_ends eb_range_ends_of(const struct eb_predicate *predicate)
{
    return (struct eb_range_ends){
        .low = eb_range_place(predicate->range.low) + predicate->excludes_low,
        .high = eb_range_place(predicate->range.high) - predicate->excludes_high,
    };
}

static int compare_ends(const void *left, const void *right)
{
    const struct eb_range_ends *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return (a->high > b->high) - (a->high < b->high);
}

static bool fill_leaves(
    struct eb_ranges *ranges, const struct eb_range_ends *ends, struct eb_arena *arena)
{
    uint64_t *low = EB_ARENA_ARRAY(arena, uint64_t, ranges->count);
    uint64_t *high = EB_ARENA_ARRAY(arena, uint64_t, ranges->count);
    uint32_t *refs = EB_ARENA_ARRAY(arena, uint32_t, ranges->count);
    if (!low || !high || !refs)
        return false;
    for (uint32_t i = 0; i < ranges->count; i++) {
        low[i] = ends[i].low;
        high[i] = ends[i].high;
        refs[i] = ends[i].ref;
    }
    ranges->levels[0].low = low;
    ranges->levels[0].high = high;
    ranges->levels[0].count = ranges->count;
    ranges->refs = refs;
    ranges->level_count = 1;
    return true;
}

static bool add_level(struct eb_ranges *ranges, struct eb_arena *arena)
{
    uint32_t below = ranges->level_count - 1, below_count = ranges->levels[below].count;
    uint32_t count = (below_count + EB_RANGES_FAN - 1) / EB_RANGES_FAN;
    uint64_t *low = EB_ARENA_ARRAY(arena, uint64_t, count);
    uint64_t *high = EB_ARENA_ARRAY(arena, uint64_t, count);
    if (!low || !high)
        return false;
    for (uint32_t i = 0; i < below_count; i++) {
        uint32_t group = i / EB_RANGES_FAN;
        if (i % EB_RANGES_FAN == 0)
            low[group] = ranges->levels[below].low[i];
        if (ranges->levels[below].high[i] > high[group])
            high[group] = ranges->levels[below].high[i];
    }
    ranges->levels[ranges->level_count].low = low;
    ranges->levels[ranges->level_count].high = high;
    ranges->levels[ranges->level_count].count = count;
    ranges->level_count++;
    return true;
}

bool eb_ranges_build(
    struct eb_ranges *ranges, struct eb_range_ends *ends, uint32_t count, struct eb_arena *arena)
{
    *ranges = (struct eb_ranges){ .count = count };
    qsort(ends, count, sizeof *ends, compare_ends);
    if (!fill_leaves(ranges, ends, arena))
        return false;
    while (ranges->levels[ranges->level_count - 1].count > EB_RANGES_FAN) {
        if (!add_level(ranges, arena))
            return false;
    }
    return true;
}

struct search {
    const struct eb_ranges *ranges;
    uint64_t place;
    bool (*found)(void *context, uint32_t ref);
    void *context;
};

/* Goes through `level` from `first` on, for one group. */
static bool find_in_group(const struct search *search, uint32_t level, uint32_t first)
{
    const uint64_t *low = search->ranges->levels[level].low;
    const uint64_t *high = search->ranges->levels[level].high;
    uint32_t count = search->ranges->levels[level].count;
    uint32_t end = count - first > EB_RANGES_FAN ? first + EB_RANGES_FAN : count;
    for (uint32_t i = first; i < end && low[i] <= search->place; i++) {
        if (high[i] < search->place)
            continue;
        bool goes_on = level ? find_in_group(search, level - 1, i * EB_RANGES_FAN)
                             : search->found(search->context, search->ranges->refs[i]);
        if (!goes_on)
            return false;
    }
    return true;
}

bool eb_ranges_find(const struct eb_ranges *ranges, uint64_t place,
    bool (*found)(void *context, uint32_t ref), void *context)
{
    struct search search = { ranges, place, found, context };
    return find_in_group(&search, ranges->level_count - 1, 0);
}
