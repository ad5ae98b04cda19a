/*
 * eb_draw.h - numbers that look random and are the same on every machine: SplitMix64 (Steele, Lea
 * and Flood). The seed is the whole state.
 */
#ifndef EB_DRAW_H
#define EB_DRAW_H

#include <stddef.h>
#include <stdint.h>

struct eb_draw {
    uint64_t state;
};

static inline uint64_t eb_draw_bits(struct eb_draw *draw)
{
    uint64_t z = draw->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* One of 0 … below - 1. */
static inline size_t eb_draw_below(struct eb_draw *draw, size_t below)
{
    return (size_t)((eb_draw_bits(draw) >> 32) * below >> 32);
}

#endif
