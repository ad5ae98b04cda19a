/*
 * prometheus.h - statistics in the text format of Prometheus, version 0.0.4.
 *
 * What devices chose (client ids, topics) stands in labels: escaped as the format asks, and what a
 * terminal would act on as \xNN.
 */
#ifndef EB_BUS_PROMETHEUS_H
#define EB_BUS_PROMETHEUS_H

#include <stdio.h>

#include "bus/statistics.h"

/* False without memory; whether `out` took it all is for the caller to ask. */
bool eb_prometheus_write(const struct eb_statistics *statistics, FILE *out);

#endif
