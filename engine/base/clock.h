/*
 * clock.h - points in time as people and machines write them.
 */
#ifndef EB_BASE_CLOCK_H
#define EB_BASE_CLOCK_H

#include <stdint.h>

/* "2026-11-20T17:21:33.125Z" */
enum { EB_TIME_LEN = 24 };

/* Microseconds since 1970-01-01 UTC, by the system's clock. */
int64_t eb_clock_now_us(void);

/* Nanoseconds by a clock that only goes forward; its zero means nothing. */
int64_t eb_clock_monotonic_ns(void);

/* The same in milliseconds. */
static inline int64_t eb_clock_monotonic_ms(void)
{
    return eb_clock_monotonic_ns() / 1000000;
}

/* The same clock, some milliseconds behind, for a fifth of the cost. */
int64_t eb_clock_coarse_ns(void);

/*
 * Time that never goes back, made of the system's, which may be set: where that goes back, this one
 * stands still and then goes on at its pace.
 */
struct eb_steady_clock {
    int64_t wall_us; /* the system's, when last told */
    int64_t now_us;
};

/* What it would be if it were told `wall_us`. */
static inline int64_t eb_steady_clock_at(const struct eb_steady_clock *clock, int64_t wall_us)
{
    int64_t passed_us = wall_us - clock->wall_us;
    return clock->now_us + (passed_us > 0 ? passed_us : 0);
}

static inline int64_t eb_steady_clock_advance(struct eb_steady_clock *clock, int64_t wall_us)
{
    clock->now_us = eb_steady_clock_at(clock, wall_us);
    clock->wall_us = wall_us;
    return clock->now_us;
}

/*
 * RFC 3339, UTC, milliseconds: EB_TIME_LEN bytes, no NUL. Years outside 0001 to 9999 are written as
 * the nearest year inside. Needs neither heap nor time zone files.
 */
void eb_time_write(int64_t time_us, char out[EB_TIME_LEN]);

#endif
