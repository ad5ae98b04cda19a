#include "schema/map.h"

#include "base/hash.h"

void eb_map_init(struct eb_map *map, struct eb_arena *arena)
{
    *map = (struct eb_map){ .arena = arena };
}

/* The slot that holds `key`, or the free one where it belongs. */
static struct eb_map_entry *slot_of(const struct eb_map *map, struct eb_span key, uint64_t hash)
{
    for (uint32_t i = (uint32_t)hash;; i++) {
        struct eb_map_entry *slot = &map->slots[i & (map->capacity - 1)];
        if (!slot->key.ptr || (slot->hash == hash && eb_span_equal(slot->key, key)))
            return slot;
    }
}

void *eb_map_get(const struct eb_map *map, struct eb_span key)
{
    if (!map->count)
        return NULL;
    struct eb_map_entry *slot = slot_of(map, key, eb_hash(eb_hash_key(), key.ptr, key.len));
    return slot->key.ptr ? slot->value : NULL;
}

static bool grow(struct eb_map *map)
{
    struct eb_map old = *map;
    map->capacity = old.capacity ? 2 * old.capacity : 16;
    map->slots = EB_ARENA_ARRAY(map->arena, struct eb_map_entry, map->capacity);
    if (!map->slots) {
        *map = old;
        return false;
    }
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].key.ptr)
            *slot_of(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    }
    return true;
}

bool eb_map_put(struct eb_map *map, struct eb_span key, void *value)
{
    if (map->count >= map->capacity / 2 && !grow(map))
        return false;
    uint64_t hash = eb_hash(eb_hash_key(), key.ptr, key.len);
    struct eb_map_entry *slot = slot_of(map, key, hash);
    map->count += !slot->key.ptr;
    *slot = (struct eb_map_entry){ .key = key, .hash = hash, .value = value };
    return true;
}

void *eb_array_room(
    struct eb_arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return items;
    uint32_t larger = *capacity ? 2 * *capacity : 8;
    void *copy = larger > *capacity
                     ? eb_arena_calloc(arena, larger, item_bytes, _Alignof(max_align_t))
                     : NULL;
    if (!copy)
        return NULL;
    if (count)
        memcpy(copy, items, count * item_bytes);
    *capacity = larger;
    return copy;
}
