/*
 * failing_alloc.h - allocations that fail on purpose, or are forbidden.
 *
 * Link eb_failing_alloc: the linker then sends every call of malloc, calloc, realloc, free's kin
 * and mmap made in the program and in the static libraries through here, and of what in the C
 * library opens a stream, or gives a line or a path. Other calls inside shared libraries are not
 * seen, except where the library asks us for memory (PCRE2, jansson).
 *
 * Link eb_failing_pieces instead, and what fails is each piece that is asked of an arena: an arena
 * asks for memory once in many pieces, but may be at its bound with any. What is handed out without
 * a call (EB_HAS_ASAN has none of that) is not seen.
 *
 *     static bool build(void *context) { … false when memory ran out, after releasing all … }
 *     eb_fail_each_allocation(build, &context);
 */
#ifndef EB_FAILING_ALLOC_H
#define EB_FAILING_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* How many allocations were asked for since the program began; frees do not count. */
size_t eb_allocation_count(void);

/* From now on allocation number `n` fails (1 is the next), once; 0: none does. */
void eb_fail_allocation(size_t n);

/* Whether one has failed since one was last told to. */
bool eb_has_allocation_failed(void);

/* ---- for those who fail ---- */

/* Pieces, or allocations? */
extern const bool eb_fails_pieces;

/* Whether this one is to. */
bool eb_allocation_must_fail(void);

/*
 * Runs `attempt` with its first allocation failing, then its second, and so on, until it gets
 * through without any failing; that run must succeed. Of pieces that are many some are left out,
 * unless EB_EVERY_PIECE is in the environment. `attempt` says whether it succeeded; a run
 * whose failure it survived by other means may. Leaks are for ASan to find. Returns how many
 * allocations were made to fail: assert that it is not 0.
 */
size_t eb_fail_each_allocation(bool (*attempt)(void *context), void *context);

#endif
