/*
 * map.h - from a text to a pointer, for compiling: grows in an arena, never forgets a key.
 *
 * Open addressing under the process's keyed hash: schemas may come in by command, so their names
 * are not trusted to be kind.
 */
#ifndef EB_SCHEMA_MAP_H
#define EB_SCHEMA_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

struct eb_map_entry {
    struct eb_span key; /* borrowed for the map's life; ptr NULL: a free slot */
    uint64_t hash;
    void *value;
};

struct eb_map {
    struct eb_arena *arena;
    struct eb_map_entry *slots;
    uint32_t count;
    uint32_t capacity; /* a power of two, or 0 */
};

void eb_map_init(struct eb_map *map, struct eb_arena *arena);

/* NULL when there is none. */
void *eb_map_get(const struct eb_map *map, struct eb_span key);

/* Sets a key's value, not NULL. False without memory. */
bool eb_map_put(struct eb_map *map, struct eb_span key, void *value);

/*
 * Room for one more element behind `count` of them: the array itself, or a copy twice as large in
 * `arena` (what it leaves behind is at most as much again). NULL without memory.
 */
void *eb_array_room(
    struct eb_arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t item_bytes);

#endif
