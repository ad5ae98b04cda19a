/*
 * top_model.h - what `event-bus top` shows, made of one answer to getStatistics after another.
 *
 * Figures count since the plugin started; the model keeps the last answer's and shows differences,
 * by the bus's own clock. A figure that became smaller, or a clock that did, means that the bus
 * began anew, and so does the model.
 */
#ifndef EB_CLI_TOP_MODEL_H
#define EB_CLI_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "reply.h"

enum {
    TOP_HISTORY = 120, /* samples that a sparkline may show */
    TOP_ENTRIES = 1000,
    TOP_REASONS = 32,
    TOP_CLIENTS = 8,
    TOP_BUCKETS = 4096,
    TOP_CLIENT_BYTES = 64,
};

enum top_figure {
    TOP_RECEIVED,
    TOP_PASSED,
    TOP_CONSUMED,
    TOP_DEDUPLICATED,
    TOP_QUARANTINED,
    TOP_REFUSED,
    TOP_DISCONNECTED,
    TOP_COPIES,
    TOP_FAILED,
    TOP_LETTERS,
    TOP_ERRORS,
    TOP_BYTES,
    TOP_FIGURES,
};

/* A number that counts up. */
struct top_count {
    double total;
    double before; /* in the last sample */
    double rate;   /* a second, between the two */
};

/* The last values of a rate, a ring. */
struct top_history {
    float values[TOP_HISTORY];
    uint32_t count; /* all that there were */
};

/* A reason, a contract or a rule. */
struct top_entry {
    char name[EB_NAME_BYTES_MAX + 1];
    bool is_told;             /* in the sample at hand */
    struct top_count events;  /* of a reason, those stopped; of a rule, those it took */
    struct top_count further; /* of a contract, those stopped; of a rule, its copies */
    struct top_history history;
};

struct top_list {
    struct top_entry *items; /* on the heap */
    uint32_t count, room;
    uint32_t cursor; /* where the last one was found: they come in order */
};

struct top_bucket {
    double upper; /* nanoseconds */
    double count;
};

struct top_client {
    char name[TOP_CLIENT_BYTES]; /* escaped, and cut */
    double count;
};

struct top_model {
    uint32_t sample_count; /* since the bus began; rates are there from the second on */
    double uptime_s;
    double seconds; /* between the last two */
    struct top_count figures[TOP_FIGURES];
    struct top_list reasons, contracts, rules;
    double contract_count, rule_count; /* in force */
    bool is_last_reload_good;
    struct top_history received, copies, slowest; /* the last: the 99th percentile */
    double quantiles[5]; /* seconds: 0.5, 0.9, 0.99, 0.999, 1; of the events in between */
    bool has_quantiles;
    struct top_bucket buckets[TOP_BUCKETS];
    uint32_t bucket_count;
    struct top_client clients[TOP_CLIENTS];
    uint32_t client_count;
};

void top_model_init(struct top_model *model);
void top_model_release(struct top_model *model);

/* Takes one answer in; what it lacks is 0. */
void top_model_take(struct top_model *model, const struct reply *reply);

/* Puts the busiest of a list first: by what there is now, then by all there was, then by name. */
void top_list_sort(struct top_list *list);

#endif
