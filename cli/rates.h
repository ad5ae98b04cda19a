/*
 * rates.h - how fast each figure of a running bus grows, measured over a while.
 */
#ifndef EB_CLI_RATES_H
#define EB_CLI_RATES_H

#include <stdbool.h>

#include "base/arena.h"
#include "connection_options.h"
#include "schema/map.h"

struct rates {
    struct eb_arena arena; /* a growing one */
    struct eb_map figures; /* by path, to struct rate of rates.c */
    double seconds;        /* that were measured */
};

/* Asks the bus twice, `interval_s` apart. False, said. Release it either way. */
bool rates_measure(
    struct rates *rates, const struct connection_options *options, unsigned interval_s);
void rates_release(struct rates *rates);

/* A second; 0 too for what the bus does not tell. `path` is as below $SYS/broker/event-bus/. */
double rates_of(const struct rates *rates, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
