#include "bench/bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eb_draw.h"

/* Long enough for the clock not to matter, short enough for arms to see the same machine. */
static const double TURN_NS = 2e6;

void bench_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (!memory)
        bench_fail("out of memory");
    return memory;
}

static struct eb_span read_whole(const char *path, char **bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        bench_fail("cannot read %s", path);
    long len = ftell(file);
    rewind(file);
    *bytes = allocate((size_t)len + 1);
    if (len < 0 || fread(*bytes, 1, (size_t)len, file) != (size_t)len)
        bench_fail("cannot read %s", path);
    fclose(file);
    return eb_span(*bytes, (size_t)len);
}

struct bench_lines bench_lines_read(const char *path)
{
    struct bench_lines lines = { 0 };
    struct eb_span rest = read_whole(path, &lines.file);
    lines.lines = allocate((rest.len + 1) * sizeof *lines.lines);
    while (rest.len) {
        const char *newline = memchr(rest.ptr, '\n', rest.len);
        size_t len = newline ? (size_t)(newline - rest.ptr) : rest.len;
        size_t taken = len + (newline != NULL);
        if (len) {
            lines.lines[lines.count++] = eb_span(rest.ptr, len);
            lines.bytes += len;
        }
        rest = eb_span(rest.ptr + taken, rest.len - taken);
    }
    if (lines.count == 0)
        bench_fail("%s holds no event", path);
    return lines;
}

void bench_lines_free(struct bench_lines *lines)
{
    free(lines->file);
    free(lines->lines);
    *lines = (struct bench_lines){ 0 };
}

/* Time of the processor, not of the wall: others may be using the machine. */
static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int order_of_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(const double *values, size_t count)
{
    double sorted[BENCH_ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, order_of_doubles);
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static uint64_t run_once(const struct bench_arm *arm, const struct eb_span *events, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += arm->run(arm->context, events[i]);
    return sum;
}

/* Over all events, as often as it takes to fill a turn; ns an event. */
static double take_turn(struct bench_arm *arm, const struct eb_span *events, size_t count)
{
    double begin = now_ns(), elapsed;
    size_t passes = 0;
    do {
        if (run_once(arm, events, count) != arm->checksum)
            bench_fail("%s gave two different results for the same events", arm->name);
        passes++;
        elapsed = now_ns() - begin;
    } while (elapsed < TURN_NS);
    return elapsed / (double)passes / (double)count;
}

/* Fisher and Yates. */
static void shuffle(struct eb_draw *draw, struct eb_span *events, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = eb_draw_below(draw, i);
        struct eb_span event = events[i - 1];
        events[i - 1] = events[other];
        events[other] = event;
    }
}

/* The same events so many times over that the clock is read but rarely. */
static struct eb_span *repeat(const struct bench_lines *events, size_t times)
{
    struct eb_span *all = allocate(times * events->count * sizeof *all);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * events->count, events->lines, events->count * sizeof *all);
    return all;
}

void bench_measure(
    struct bench_arm *arms, size_t arm_count, const struct bench_lines *events, size_t rounds)
{
    size_t times = 256 / events->count + 1, count = times * events->count;
    struct eb_span *all = repeat(events, times);
    struct eb_draw draw = { .state = 1 };
    for (size_t i = 0; i < arm_count; i++)
        arms[i].checksum = run_once(&arms[i], all, count);
    for (size_t round = 0; round < rounds; round++) {
        shuffle(&draw, all, count);
        for (size_t i = 0; i < arm_count; i++)
            arms[i].rounds[round] = take_turn(&arms[i], all, count);
    }
    for (size_t i = 0; i < arm_count; i++)
        arms[i].ns = median(arms[i].rounds, rounds);
    free(all);
}

double bench_ratio(const struct bench_arm *slow, const struct bench_arm *fast, size_t rounds)
{
    double ratios[BENCH_ROUNDS_MAX];
    for (size_t i = 0; i < rounds; i++)
        ratios[i] = slow->rounds[i] / fast->rounds[i];
    return median(ratios, rounds);
}
