/*
 * event.h - one event on its way through the stages. Internal to bus/.
 *
 *     begin ─ find_watchers ─ guard_topic ─ read ─ judge ─ match ─ render ─ write_dead_letter
 *
 * and then, if it happened and was not only asked about, count.
 *
 * Every stage reads what the ones before it found and writes its own part; the outcome grows on the
 * way. A stage that cannot do its work (the arena is exhausted, something impossible happened) sets
 * `has_failed` and the contracts' `on_error` decides.
 */
#ifndef EB_BUS_EVENT_H
#define EB_BUS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/outcome.h"
#include "bus/pipeline.h"
#include "bus/snapshot.h"
#include "json/doc.h"
#include "json/reader.h"

struct eb_event {
    struct eb_pipeline *pipeline;
    const struct eb_snapshot *snapshot;
    const struct eb_message *message;
    struct eb_outcome *outcome;
    struct eb_arena *arena;

    const struct eb_bridge *bridge; /* that it came over and of which something is said, or NULL */
    const struct eb_watch *const *watches; /* who watches the topic */
    size_t watch_count;
    uint32_t contract_count;

    struct eb_doc doc; /* usable when `is_read` */
    bool is_read;
    struct eb_json_fault read_fault; /* why it is not */

    struct eb_judgement *judgements; /* one a contract; the outcome's, writable */
    const struct eb_fields *fields;  /* what rules see of it; NULL: none was asked */
    const uint32_t *rules;           /* that matched, ascending */
    uint32_t taker_count;            /* of them, those whose targets had their turn */
    struct eb_dispatch *dispatches;  /* the outcome's, writable */
    uint32_t dispatch_max;
    uint32_t error_count; /* what the engine failed to do */
    bool has_failed;
};

void eb_event_begin(struct eb_event *event, struct eb_pipeline *pipeline,
    const struct eb_snapshot *snapshot, const struct eb_message *message,
    struct eb_outcome *outcome);

/*
 * All stages, in order, for an event that has begun. What it decides is the outcome; it changes
 * nothing that outlives the event.
 */
void eb_event_decide(struct eb_event *event);

/* False when nobody watches the topic. */
bool eb_event_find_watchers(struct eb_event *event);

/* Refuses what clients may not publish: egress topics, and strangers under a closed ingress. */
void eb_event_guard_topic(struct eb_event *event);

void eb_event_read(struct eb_event *event);

/* Lets every contract judge; the strictest action becomes the verdict. */
void eb_event_judge(struct eb_event *event);

/* Finds the rules that take the event. */
void eb_event_match(struct eb_event *event);

/* Makes their copies; what cannot be made becomes a dead letter. */
void eb_event_render(struct eb_event *event);

/* After `has_failed`: the verdict that `on_error` asks for. */
void eb_event_decide_failure(struct eb_event *event);

/* The letter of an event that was refused or set aside. */
void eb_event_write_dead_letter(struct eb_event *event);

/* Counts what was decided: the only stage that leaves something behind. */
void eb_event_count(const struct eb_event *event);

/* The next free dispatch, counted in; NULL (and `has_failed`) when there is no room. */
struct eb_dispatch *eb_event_add_dispatch(struct eb_event *event);

/* One fault with a sentence, printf-like, in the event's arena; NULL when that is exhausted. */
struct eb_fault *eb_event_fault(struct eb_event *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The id of this event, made at first use. */
struct eb_span eb_event_id(struct eb_event *event);

#endif
