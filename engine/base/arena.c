#include "base/arena.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if EB_HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(ptr, len) ((void)(ptr), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, len) ((void)(ptr), (void)(len))
#endif

enum {
    ALIGN_MAX = 64,
    HUGE_PAGE_BYTES = 2 * 1024 * 1024,
    BLOCK_BYTES_MIN = 16 * 1024,        /* a small configuration fits in a few of these */
    BLOCK_BYTES_MAX = 16 * 1024 * 1024, /* growing stops here: at most this much is idle */
};

struct eb_arena_block {
    struct eb_arena_block *older;
    size_t bytes;
};

/*
 * AddressSanitizer is told of a stretch of free bytes behind what is handed out, not of all there
 * are: hundreds of megabytes are reserved, and telling it would take longer than a test.
 */
static char *known_free_end(const struct eb_arena *arena, const char *next)
{
    enum { STRETCH_BYTES = 256 * 1024 };
    size_t stretches = (size_t)(next - arena->base) / STRETCH_BYTES + 2;
    size_t bytes = (size_t)(arena->end - arena->base);
    return stretches < bytes / STRETCH_BYTES ? arena->base + stretches * STRETCH_BYTES : arena->end;
}

/* `next` has moved on from `before`. */
static void make_known_free(const struct eb_arena *arena, const char *before)
{
    char *from = known_free_end(arena, before > arena->high ? before : arena->high);
    char *to = known_free_end(arena, arena->next);
    if (to > from)
        ASAN_POISON_MEMORY_REGION(from, (size_t)(to - from));
}

/* What is free again from `from` on was never free, for all it knows. */
static void make_unknown(const struct eb_arena *arena, char *from)
{
    char *to = known_free_end(arena, arena->next > arena->high ? arena->next : arena->high);
    if (to > from)
        ASAN_UNPOISON_MEMORY_REGION(from, (size_t)(to - from));
}

/*
 * Large blocks hold what is looked up at random, in a million rules say: with pages of 4 KiB nearly
 * every look-up would have to ask for the page, too. So they are mapped, aligned to huge pages, and
 * ask for those; what malloc() gives may have been used before, in small ones. A wish; the system
 * may not grant it.
 */
static void *map_large(size_t bytes)
{
    size_t room = bytes + HUGE_PAGE_BYTES;
    char *base = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)base & (HUGE_PAGE_BYTES - 1);
    if (before)
        munmap(base, before);
    if (room - before > bytes)
        munmap(base + before + bytes, room - before - bytes);
    madvise(base + before, bytes, MADV_HUGEPAGE);
    return base + before;
}

static bool is_large(size_t bytes)
{
    return bytes >= HUGE_PAGE_BYTES;
}

static void free_block(struct eb_arena_block *block)
{
    if (is_large(block->bytes))
        munmap(block, block->bytes);
    else
        free(block);
}

void eb_arena_init_growing(struct eb_arena *arena, size_t bytes_max)
{
    *arena = (struct eb_arena){ .bytes_max = bytes_max };
}

bool eb_arena_init_reserved(struct eb_arena *arena, size_t bytes)
{
    char *base = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        *arena = (struct eb_arena){ 0 };
        return false;
    }
    *arena = (struct eb_arena){ .next = base, .end = base + bytes, .base = base, .high = base };
    ASAN_POISON_MEMORY_REGION(base, (size_t)(known_free_end(arena, base) - base));
    return true;
}

void eb_arena_release(struct eb_arena *arena)
{
    if (arena->base) {
        make_unknown(arena, arena->base);
        munmap(arena->base, (size_t)(arena->end - arena->base));
    }
    struct eb_arena_block *older;
    for (struct eb_arena_block *block = arena->blocks; block; block = older) {
        older = block->older;
        free_block(block);
    }
    *arena = (struct eb_arena){ 0 };
}

/*
 * A quarter of what there is: so much at most is idle, and blocks are few. From two huge pages on,
 * at least one of those, so that of a large arena little is in small pages.
 */
static size_t next_block_bytes(size_t bytes)
{
    size_t next = bytes / 4;
    if (next < HUGE_PAGE_BYTES && bytes >= 2 * (size_t)HUGE_PAGE_BYTES)
        next = HUGE_PAGE_BYTES;
    if (next < BLOCK_BYTES_MIN)
        return BLOCK_BYTES_MIN;
    return next < BLOCK_BYTES_MAX ? next : BLOCK_BYTES_MAX;
}

/* A fresh block with room for `size` bytes at any alignment; the rest of the old one is left idle.
 */
static bool grow(struct eb_arena *arena, size_t size)
{
    size_t bytes = next_block_bytes(arena->block_bytes);
    if (size > SIZE_MAX / 2)
        return false;
    size_t need = sizeof(struct eb_arena_block) + size + ALIGN_MAX;
    if (bytes < need)
        bytes = need;
    if (bytes > arena->bytes_max - arena->block_bytes)
        bytes = need; /* near the bound: exactly what is asked for */
    if (is_large(bytes))
        bytes = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    if (bytes > arena->bytes_max - arena->block_bytes)
        return false;
    struct eb_arena_block *block = is_large(bytes) ? map_large(bytes) : malloc(bytes);
    if (!block) {
        arena->is_starved = true;
        return false;
    }
    block->older = arena->blocks;
    block->bytes = bytes;
    arena->blocks = block;
    arena->block_bytes += bytes;
    arena->next = (char *)(block + 1);
    arena->end = (char *)block + bytes;
    return true;
}

void *eb_arena_alloc_anew(struct eb_arena *arena, size_t size, size_t align)
{
    assert(align && align <= ALIGN_MAX && (align & (align - 1)) == 0);
    for (;;) {
        size_t padding = -(uintptr_t)arena->next & (align - 1);
        size_t room = (size_t)(arena->end - arena->next);
        if (arena->next && padding <= room && size <= room - padding) {
            char *start = arena->next + padding, *before = arena->next;
            arena->next = start + size;
            if (arena->base) {
                make_known_free(arena, before);
                ASAN_UNPOISON_MEMORY_REGION(start, size);
            }
            return start;
        }
        if (arena->base || !grow(arena, size))
            return NULL;
    }
}

void *eb_arena_calloc(struct eb_arena *arena, size_t count, size_t size, size_t align)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *start = eb_arena_alloc(arena, bytes, align);
    if (start)
        memset(start, 0, bytes);
    return start;
}

struct eb_span eb_arena_copy(struct eb_arena *arena, struct eb_span text)
{
    char *copy = text.len < SIZE_MAX ? eb_arena_alloc(arena, text.len + 1, 1) : NULL;
    if (!copy)
        return eb_span(NULL, 0);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return eb_span(copy, text.len);
}

struct eb_span eb_arena_vformat(struct eb_arena *arena, const char *format, va_list arguments)
{
    char *text = NULL;
    int len = vasprintf(&text, format, arguments);
    if (len < 0)
        return eb_span(NULL, 0);
    struct eb_span copy = eb_arena_copy(arena, eb_span(text, (size_t)len));
    free(text);
    return copy;
}

/* Before `next` goes back. */
static void note_high(struct eb_arena *arena)
{
    if (arena->next > arena->high)
        arena->high = arena->next;
}

void eb_arena_shrink(struct eb_arena *arena, void *end)
{
    assert((char *)end <= arena->next);
    note_high(arena);
    if (arena->base)
        ASAN_POISON_MEMORY_REGION(end, (size_t)(arena->next - (char *)end));
    arena->next = end;
}

void eb_arena_reset(struct eb_arena *arena)
{
    eb_arena_rewind(arena, (struct eb_arena_mark){ arena->base });
}

struct eb_arena_mark eb_arena_mark(const struct eb_arena *arena)
{
    return (struct eb_arena_mark){ arena->next };
}

void eb_arena_rewind(struct eb_arena *arena, struct eb_arena_mark mark)
{
    assert(arena->base && arena->base <= mark.next && mark.next <= arena->next);
    note_high(arena);
    ASAN_POISON_MEMORY_REGION(mark.next, (size_t)(arena->next - mark.next));
    arena->next = mark.next;
}

void eb_arena_trim(struct eb_arena *arena, size_t keep_bytes)
{
    assert(arena->base && arena->next == arena->base);
    if ((size_t)(arena->high - arena->base) <= keep_bytes)
        return;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *from = arena->base + (keep_bytes + page - 1) / page * page;
    if (from < arena->high)
        madvise(from, (size_t)(arena->high - from), MADV_DONTNEED);
    make_unknown(arena, known_free_end(arena, arena->base + keep_bytes));
    arena->high = arena->base + keep_bytes;
}

size_t eb_arena_bytes(const struct eb_arena *arena)
{
    return arena->base ? (size_t)(arena->next - arena->base) : arena->block_bytes;
}

size_t eb_arena_used(const struct eb_arena *arena)
{
    size_t room = arena->base ? 0 : (size_t)(arena->end - arena->next);
    return eb_arena_bytes(arena) - room;
}
