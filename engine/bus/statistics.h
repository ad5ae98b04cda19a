/*
 * statistics.h - everything the bus tells about itself, and each figure of it by its name.
 *
 * One table of metrics serves three readers, which only differ in how they write a sample: the
 * topics below $SYS, the text file for Prometheus and the answer to `getStatistics`.
 */
#ifndef EB_BUS_STATISTICS_H
#define EB_BUS_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/frequent.h"
#include "base/histogram.h"
#include "base/limits.h"
#include "base/message.h"
#include "bus/figures.h"
#include "bus/outcome.h"
#include "bus/snapshot.h"
#include "bus/stages.h"

/* What goes past whoever decides events, beside what the figures count. About 120 KiB. */
struct eb_observation {
    struct eb_histogram
        callback; /* nanoseconds of each event on a watched topic, the whole of it */
    struct eb_stage_times stages;
    struct eb_frequent refused_clients;  /* by id: events set aside count too */
    struct eb_frequent unwatched_topics; /* under an ingress, and no contract covers them */
};

/* Everything but time. */
void eb_observe(struct eb_observation *observation, const struct eb_message *message,
    const struct eb_outcome *outcome);

/* How reloads have gone. */
enum { EB_RELOAD_WHY_BYTES = 1024 };
struct eb_reload_record {
    uint64_t good;
    uint64_t bad;
    int64_t in_force_since_us; /* by the system's clock */
    int64_t took_us;           /* to read and compile what is in force */
    bool is_last_good;
    char why[EB_RELOAD_WHY_BYTES]; /* "": the first mistake of the last reload, if it was bad */
};

/* All of it at one moment; contracts' and rules' figures are read where they are. */
struct eb_statistics {
    int64_t now_us;
    int64_t uptime_us; /* since the first configuration was read */
    struct eb_figures bus;
    struct eb_observation observation;
    struct eb_reload_record reloads;
    const struct eb_snapshot *snapshot;
};

enum eb_metric_kind {
    EB_COUNTER,
    EB_GAUGE,
    EB_SUMMARY, /* quantiles, then the sum and the count of all */
};

enum { EB_LABELS_MAX = 3 };

struct eb_metric_walk;

struct eb_metric {
    const char *name; /* "events_total": of the series, "event_bus_" in front of it */
    const char *path; /* "events/+": of the topic; the labels' values stand for '+'. NULL: none */
    enum eb_metric_kind kind;
    const char *help;
    const char *labels[EB_LABELS_MAX];
    void (*tell)(struct eb_metric_walk *walk, const struct eb_metric *metric);
    size_t offset; /* of the figure, where the metric is one */
};

extern const struct eb_metric eb_metrics[];
extern const size_t eb_metric_count;

/* One value. Borrowed for the call that tells it. */
struct eb_sample {
    struct eb_span labels[EB_LABELS_MAX];
    const char *suffix; /* "sum", "count" of a summary, whose last label is then missing; or NULL */
    uint64_t value;
    bool is_time; /* in nanoseconds, to be written as seconds */
};

/*
 * Whom the samples are told, metric by metric, in the order of the table. Metrics without a sample
 * are told all the same.
 */
struct eb_metric_reader {
    void (*begin)(void *context, const struct eb_metric *metric); /* may be NULL */
    void (*sample)(void *context, const struct eb_metric *metric, const struct eb_sample *sample);
    void *context;
    /* At most so many contracts and so many rules, those that saw most; of a rule, so many targets.
     */
    uint32_t entries_max;
    bool reads_lists; /* of clients and topics, whose names devices chose */
};

/* False without memory: then nothing has been told. */
bool eb_statistics_read(
    const struct eb_statistics *statistics, const struct eb_metric_reader *reader);

/* "12", or "0.000012345": the value as everybody writes it, in `out`; returns its length. */
enum { EB_SAMPLE_BYTES = 40 };
size_t eb_sample_write(const struct eb_sample *sample, char out[EB_SAMPLE_BYTES]);

/* The metric's path with the labels' values for '+', in `out`; returns its length. */
enum { EB_SAMPLE_PATH_BYTES = EB_LABELS_MAX * EB_NAME_BYTES_MAX + 64 };
size_t eb_sample_path(
    const struct eb_metric *metric, const struct eb_sample *sample, char out[EB_SAMPLE_PATH_BYTES]);

#endif
