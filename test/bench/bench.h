/*
 * bench.h - things measured side by side in one process.
 *
 * Machines are noisy and change speed, so arms are interleaved: in every round each arm takes its
 * turn over the same events, in an order drawn anew for the round. Medians over the rounds are
 * reported, and a ratio is the median of the rounds' ratios.
 *
 * A benchmark that goes wrong prints why and ends the process.
 */
#ifndef EB_BENCH_H
#define EB_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
    BENCH_ARMS_MAX = 16,
    BENCH_ROUNDS_DEFAULT = 41,
    BENCH_ROUNDS_MAX = 1000,
};

/* The lines of a file, borrowed from its bytes. */
struct bench_lines {
    char *file;
    struct eb_span *lines;
    size_t count;
    size_t bytes;
};

/* Empty lines are left out. */
struct bench_lines bench_lines_read(const char *path);
void bench_lines_free(struct bench_lines *lines);

/*
 * One way of doing something with an event. What `run` returns is added up so that no compiler can
 * leave the work out; it must not depend on the order of events.
 */
struct bench_arm {
    const char *name;
    uint64_t (*run)(void *context, struct eb_span event);
    void *context;
    uint64_t checksum;               /* over all events once */
    double ns;                       /* an event, median over the rounds */
    double rounds[BENCH_ROUNDS_MAX]; /* the same of each round */
};

void bench_measure(
    struct bench_arm *arms, size_t arm_count, const struct bench_lines *events, size_t rounds);

/* The median over the rounds of how many times as long `slow` takes. */
double bench_ratio(const struct bench_arm *slow, const struct bench_arm *fast, size_t rounds);

void bench_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The commands of eb-bench; argv[0] is its name; exit status. */
int bench_families(int argc, char **argv);
int bench_match(int argc, char **argv);
int bench_pipeline(int argc, char **argv);
int bench_read(int argc, char **argv);
int bench_validate(int argc, char **argv);

#endif
