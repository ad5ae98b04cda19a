/*
 * number_set.h - which numbers were seen before, for the time of one event.
 */
#ifndef EB_PATTERN_NUMBER_SET_H
#define EB_PATTERN_NUMBER_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"

enum { EB_NUMBER_SET_FEW = 16 };

/*
 * Hashed, less than half full; 0 is a free slot. With the process's key, for windows of a text are
 * what a sender likes them to be.
 */
struct eb_number_set {
    uint64_t *slots; /* NULL: nothing was ever added */
    const struct eb_hash_key *key;
    uint32_t count, max;
    uint64_t first_slots[EB_NUMBER_SET_FEW];
};

static inline void eb_number_set_init(struct eb_number_set *set)
{
    set->slots = NULL;
}

/*
 * Whether `number`, which is not 0, is new to the set. When `arena` has no more room for it, it is
 * not, and `*is_exhausted` becomes true.
 */
bool eb_number_set_add(
    struct eb_number_set *set, uint64_t number, struct eb_arena *arena, bool *is_exhausted);

#endif
