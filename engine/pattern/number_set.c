#include "pattern/number_set.h"

#include <string.h>

#include "base/hash.h"

static uint64_t *slot_of(const struct eb_number_set *set, uint64_t number)
{
    uint32_t mask = set->max - 1;
    uint32_t at = (uint32_t)(eb_hash_mix(number ^ set->key->k0, set->key->k1) >> 32);
    while (set->slots[at & mask] && set->slots[at & mask] != number)
        at++;
    return &set->slots[at & mask];
}

static void begin(struct eb_number_set *set)
{
    set->key = eb_hash_key();
    set->slots = set->first_slots;
    set->max = EB_NUMBER_SET_FEW;
    set->count = 0;
    memset(set->first_slots, 0, sizeof set->first_slots);
}

static bool grow(struct eb_number_set *set, struct eb_arena *arena)
{
    const uint64_t *old = set->slots;
    uint32_t old_max = set->max;
    if (old_max > UINT32_MAX / 2)
        return false;
    uint64_t *slots = EB_ARENA_ARRAY(arena, uint64_t, (size_t)2 * old_max);
    if (!slots)
        return false;
    set->slots = slots;
    set->max = 2 * old_max;
    for (uint32_t i = 0; i < old_max; i++) {
        if (old[i])
            *slot_of(set, old[i]) = old[i];
    }
    return true;
}

bool eb_number_set_add(
    struct eb_number_set *set, uint64_t number, struct eb_arena *arena, bool *is_exhausted)
{
    if (!set->slots)
        begin(set);
    uint64_t *slot = slot_of(set, number);
    if (*slot)
        return false;
    if (2 * (set->count + 1) >= set->max) {
        if (!grow(set, arena)) {
            *is_exhausted = true;
            return false;
        }
        slot = slot_of(set, number);
    }
    *slot = number;
    set->count++;
    return true;
}
