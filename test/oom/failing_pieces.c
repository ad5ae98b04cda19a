#include "base/arena.h"
#include "oom/failing_alloc.h"

const bool eb_fails_pieces = true;

/* The heap is not watched. */
size_t eb_allocation_count(void)
{
    return 0;
}

void *__real_eb_arena_alloc_anew(struct eb_arena *arena, size_t size, size_t align);
void *__real_eb_arena_calloc(struct eb_arena *arena, size_t count, size_t size, size_t align);
struct eb_span __real_eb_arena_copy(struct eb_arena *arena, struct eb_span text);

void *__wrap_eb_arena_alloc_anew(struct eb_arena *arena, size_t size, size_t align);
void *__wrap_eb_arena_calloc(struct eb_arena *arena, size_t count, size_t size, size_t align);
struct eb_span __wrap_eb_arena_copy(struct eb_arena *arena, struct eb_span text);

void *__wrap_eb_arena_alloc_anew(struct eb_arena *arena, size_t size, size_t align)
{
    return eb_allocation_must_fail() ? NULL : __real_eb_arena_alloc_anew(arena, size, align);
}

void *__wrap_eb_arena_calloc(struct eb_arena *arena, size_t count, size_t size, size_t align)
{
    return eb_allocation_must_fail() ? NULL : __real_eb_arena_calloc(arena, count, size, align);
}

struct eb_span __wrap_eb_arena_copy(struct eb_arena *arena, struct eb_span text)
{
    return eb_allocation_must_fail() ? eb_span(NULL, 0) : __real_eb_arena_copy(arena, text);
}
