/*
 * arena.h - memory that is handed out piece by piece and given back at once.
 *
 * Two kinds, one way to allocate:
 *
 *   growing    blocks from the heap, for what is compiled (a snapshot). Cold paths only.
 *   reserved   one stretch of address space taken at start, touched on demand, for what one event
 *              needs. Never calls the heap or the kernel while allocating; when it is full, that
 *              is the event's limit, not a crash.
 *
 * Nothing is ever freed alone. An arena belongs to one thread at a time.
 */
#ifndef EB_BASE_ARENA_H
#define EB_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#if defined(__SANITIZE_ADDRESS__)
#define EB_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EB_HAS_ASAN 1
#endif
#endif
#ifndef EB_HAS_ASAN
#define EB_HAS_ASAN 0
#endif

struct eb_arena_block;

struct eb_arena {
    char *next;                    /* first free byte */
    char *end;                     /* one past the last usable byte */
    char *base;                    /* reserved arenas: the stretch; else NULL */
    struct eb_arena_block *blocks; /* growing arenas: newest first; else NULL */
    size_t block_bytes;            /* all blocks, headers included */
    size_t bytes_max;              /* growing arenas refuse to hold more */
    char *high;                    /* reserved arenas: as far as it was used before a rewind */
    bool is_starved;               /* growing arenas: the system had no memory, once or more */
};

/* A point to which eb_arena_rewind() returns. */
struct eb_arena_mark {
    char *next;
};

/* An empty arena that will hold at most `bytes_max` bytes. Allocates nothing yet; cannot fail. */
void eb_arena_init_growing(struct eb_arena *arena, size_t bytes_max);

/* Reserves `bytes` of address space, none of it touched. False when the system refuses. */
bool eb_arena_init_reserved(struct eb_arena *arena, size_t bytes);

/* Gives everything back; the arena is then as if never initialised. */
void eb_arena_release(struct eb_arena *arena);

/* eb_arena_alloc() where the current block has no room, or AddressSanitizer wants to be told. */
void *eb_arena_alloc_anew(struct eb_arena *arena, size_t size, size_t align);

/*
 * `size` bytes aligned to `align` (a power of two up to 64), contents undefined; borrowed until the
 * arena is reset, rewound past it or released. NULL when the arena is exhausted.
 */
static inline void *eb_arena_alloc(struct eb_arena *arena, size_t size, size_t align)
{
    size_t padding = -(uintptr_t)arena->next & (align - 1);
    size_t room = (size_t)(arena->end - arena->next);
    /* 0 bytes wrap around: where they are from is not for the fast way to decide. */
    if (EB_HAS_ASAN || size - 1 >= room || size - 1 + padding >= room)
        return eb_arena_alloc_anew(arena, size, align);
    char *start = arena->next + padding;
    arena->next = start + size;
    return start;
}

/* The same, zeroed, for `count` elements of `size` bytes; NULL too when the product overflows. */
void *eb_arena_calloc(struct eb_arena *arena, size_t count, size_t size, size_t align);

/* A copy of `text` with a NUL behind it; ptr is NULL when the arena is exhausted. */
struct eb_span eb_arena_copy(struct eb_arena *arena, struct eb_span text);

/* What printf() would print, likewise; the heap is used on the way. */
struct eb_span eb_arena_vformat(struct eb_arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#define EB_ARENA_NEW(arena, type)                                                                  \
    ((type *)eb_arena_calloc((arena), 1, sizeof(type), _Alignof(type)))
#define EB_ARENA_ARRAY(arena, type, count)                                                         \
    ((type *)eb_arena_calloc((arena), (count), sizeof(type), _Alignof(type)))

/*
 * Gives back the end of the latest allocation, whichever kind the arena is: the next one starts at
 * `end`, a point inside it or at one of its ends. For who cannot know beforehand how much it needs.
 */
void eb_arena_shrink(struct eb_arena *arena, void *end);

/* Reserved arenas only: empties it; the pages stay. */
void eb_arena_reset(struct eb_arena *arena);

/* Reserved arenas only: gives back, in reverse order, what was allocated since the mark. */
struct eb_arena_mark eb_arena_mark(const struct eb_arena *arena);
void eb_arena_rewind(struct eb_arena *arena, struct eb_arena_mark mark);

/*
 * Reserved arenas only, when empty: returns to the system what an exceptional event touched beyond
 * `keep_bytes`. A system call when there is something to return, a comparison otherwise.
 */
void eb_arena_trim(struct eb_arena *arena, size_t keep_bytes);

/* Bytes the arena holds from the heap, or has handed out of its stretch. */
size_t eb_arena_bytes(const struct eb_arena *arena);

/* The same without what is free at the end of the newest block. */
size_t eb_arena_used(const struct eb_arena *arena);

#endif
