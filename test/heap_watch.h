/*
 * heap_watch.h - counts every call of the heap and of mmap that the calling thread makes, shared
 * libraries included, between start and stop.
 *
 * Add heap_watch.c to the test's sources. In sanitized builds the runtime's allocation hooks count,
 * which see the heap but not mmap; in all others malloc, mmap and their kin themselves are
 * replaced.
 */
#ifndef EB_HEAP_WATCH_H
#define EB_HEAP_WATCH_H

#include <stddef.h>

void heap_watch_start(void);

/* How many calls were made since the start; frees count too. */
size_t heap_watch_stop(void);

#endif
