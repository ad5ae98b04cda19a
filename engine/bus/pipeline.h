/*
 * pipeline.h - event + snapshot -> outcome.
 *
 * The same call serves the plugin, the command line, fuzzers and benchmarks; they differ in what
 * they do with the outcome.
 */
#ifndef EB_BUS_PIPELINE_H
#define EB_BUS_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/message.h"
#include "bus/event_id.h"
#include "bus/letter_account.h"
#include "bus/outcome.h"
#include "bus/resend.h"
#include "bus/snapshot.h"
#include "bus/stages.h"
#include "text/regex.h"

/* What one thread needs to decide events, one at a time. */
struct eb_pipeline {
    struct eb_arena arena;
    struct eb_regex_runner *runner;
    uint64_t event_count;              /* with the process's key, what event ids are made of */
    char event_id[EB_EVENT_ID_LEN];    /* of the event at hand, once somebody asked for it */
    struct eb_letter_account *account; /* dead letters written, and those still to be summed up */
    struct eb_resend *resend;          /* borrowed, what may come again; NULL: nothing does */
    struct eb_stage_times *stages;     /* where time goes; NULL: nobody asked */
    bool overlooks_keys; /* of events before: another thread's, so that every event is new */
    bool shows_shadows;  /* outcomes hold what shadows would have sent, not only that they did */
};

/*
 * Allocates everything that deciding events under any configuration needs; deciding then never
 * touches the heap. False, with nothing held, when the system refuses.
 */
bool eb_pipeline_init(struct eb_pipeline *pipeline);
void eb_pipeline_release(struct eb_pipeline *pipeline);

/*
 * Decide `message`. `*outcome` is borrowed from message, snapshot and pipeline until the next call
 * of any of these functions. Counts in the snapshot's figures.
 */
void eb_pipeline_run(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_message *message, struct eb_outcome *outcome);

/* The same for who has looked up the snapshot's filters that match the topic; NULL: it has not. */
void eb_pipeline_run_found(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_message *message, const struct eb_trie_found *found,
    struct eb_outcome *outcome);

/*
 * The verdict on `message` alone: nothing is copied, written or counted. As good as
 * eb_pipeline_run()'s, unless that fails later on the way.
 */
enum eb_verdict eb_pipeline_judge(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_message *message);

/* Whether dead letters were left out of which nothing was said so far. */
bool eb_pipeline_owes_summary(const struct eb_pipeline *pipeline);

/*
 * What was left out in seconds that are over at `now_us`, summed up in dead letters: an outcome, as
 * it were, of no event. Counts nothing.
 */
void eb_pipeline_sum_up(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    int64_t now_us, struct eb_outcome *outcome);

/* After an outcome has been dealt with: returns what an exceptional event took to the system. */
void eb_pipeline_rest(struct eb_pipeline *pipeline);

#endif
