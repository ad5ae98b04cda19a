/*
 * lanes.h - sixteen bytes at once, whatever the processor has for it.
 *
 * A comparison gives a mask: 0xff in the lanes where it holds, 0 in the others.
 */
#ifndef EB_TEXT_LANES_H
#define EB_TEXT_LANES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { EB_LANES = 16 };

typedef uint8_t eb_lanes __attribute__((vector_size(EB_LANES)));

static inline eb_lanes eb_lanes_load(const char at[EB_LANES])
{
    eb_lanes lanes;
    memcpy(&lanes, at, sizeof lanes);
    return lanes;
}

/* Whether the mask has all lanes. */
static inline bool eb_lanes_are_all(eb_lanes mask)
{
    uint64_t halves[2];
    memcpy(halves, &mask, sizeof mask);
    return (halves[0] & halves[1]) == UINT64_MAX;
}

/* Lanes of `first` to `last`. */
static inline eb_lanes eb_lanes_in_range(eb_lanes lanes, uint8_t first, uint8_t last)
{
    return (eb_lanes)(lanes - first <= (uint8_t)(last - first));
}

#endif
