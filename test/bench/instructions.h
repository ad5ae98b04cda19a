/*
 * instructions.h - instructions instead of nanoseconds: figures that do not depend on a machine's
 * mood. A benchmark runs itself again under valgrind's callgrind and counts around what it
 * measures.
 */
#ifndef EB_BENCH_INSTRUCTIONS_H
#define EB_BENCH_INSTRUCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "bench/bench.h"

/* Goes on as this program with the same arguments, under callgrind; returns when it is already. */
void instructions_begin(char **argv);

/* How many instructions `run` takes. Only after instructions_begin(). */
uint64_t instructions_of(void (*run)(void *context), void *context);

/* As bench_measure() in one round, with instructions an event where that has nanoseconds. */
void instructions_measure(
    struct bench_arm *arms, size_t arm_count, const struct bench_lines *events);

#endif
