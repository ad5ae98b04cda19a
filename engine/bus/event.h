/*
 * event.h - one event on its way through the stages. Internal to bus/.
 *
 *     begin ─ find_watchers ─ recall ─ guard_topic ─ read ─ judge ─ deduplicate ─ match ─ render
 *       ▲                                                                           │
 *       └────────── a copy that is to pass again ◄── render_shadows ◄── write_dead_letter
 *
 * and then, if it happened and was not only asked about, remember and count. A copy that passes the
 * bus again is an event of its own, behind the publisher's; they share one fan-out.
 *
 * Every stage reads what the ones before it found and writes its own part; the outcome grows on the
 * way. A stage that cannot do its work (the arena is exhausted, something impossible happened) sets
 * `has_failed` and the contracts' `on_error` decides.
 */
#ifndef EB_BUS_EVENT_H
#define EB_BUS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/fan_out.h"
#include "bus/letter_account.h"
#include "bus/outcome.h"
#include "bus/pipeline.h"
#include "bus/snapshot.h"
#include "cloudevents/cloudevent.h"
#include "json/doc.h"
#include "json/reader.h"

/* Where a bound on the fan-out ended it: targets from here on got nothing, not even a letter. */
struct eb_cut {
    uint32_t rule; /* index into the event's rules; match_count: it was not met */
    uint32_t target;
};

struct eb_event {
    struct eb_pipeline *pipeline;
    const struct eb_snapshot *snapshot;
    const struct eb_message *message;
    const struct eb_message *origin; /* what the publisher sent: the message, unless it is a copy */
    struct eb_outcome *outcome;
    struct eb_arena *arena;
    struct eb_fan_out *fan_out;
    struct eb_letter_account *account; /* of dead letters; NULL: it is only asked about */
    struct eb_event *before;           /* of a copy: what passed before it */
    struct eb_event *next;             /* a copy that passed after it; NULL: none so far */
    uint32_t hop;   /* how often a copy has passed the bus; 0: it is the publisher's */
    uint32_t copy;  /* of a copy: its dispatch */
    uint32_t first; /* dispatches from here on are its own */

    const struct eb_bridge *bridge; /* that it came over and of which something is said, or NULL */
    const struct eb_trie_found *found;     /* what matches the topic; NULL: not looked up yet */
    const struct eb_watch *const *watches; /* who watches the topic */
    size_t watch_count;
    size_t guard_count; /* of them, the first, that may have more to say than rules */
    uint32_t contract_count;
    bool is_enveloped;     /* `doc` is the view of a CloudEvent */
    bool lacks_attributes; /* of it: the broker has not told them */

    bool may_come_again; /* as `sending` */
    struct eb_resend_event sending;
    const struct eb_sent *sent_before; /* NULL: it is new */

    struct eb_doc doc; /* usable when `is_read` */
    bool is_read;
    struct eb_json_fault read_fault;           /* why it is not */
    struct eb_cloudevent_fault envelope_fault; /* the same of a CloudEvent */

    struct eb_judgement *judgements; /* one a contract; the outcome's, writable */
    struct eb_event_key *keys;       /* of the contracts that deduplicate */
    uint32_t key_count;
    const struct eb_fields *fields; /* what rules see of it; NULL: none was asked */
    const uint32_t *rules;          /* that matched, ascending; shadows among them */
    uint32_t match_count;
    struct eb_cut cut;
    struct eb_cut shadow_cut;
    uint32_t error_count; /* what the engine failed to do */
    bool has_failed;
    struct eb_fan_out own_fan_out; /* of the publisher's event */
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

/*
 * True when its publisher has sent it before, and sends it again for want of an acknowledgement:
 * all is then decided, as it was before. See resend.h.
 */
bool eb_event_recall(struct eb_event *event);

/* Refuses what clients may not publish: egress topics, and strangers under a closed ingress. */
void eb_event_guard_topic(struct eb_event *event);

void eb_event_read(struct eb_event *event);

/* No rule takes it but those that say so: it has no payload, and no attributes instead. */
bool eb_event_is_empty(const struct eb_event *event);

/* It has none, and clears what is retained. */
bool eb_event_is_clearing(const struct eb_event *event);

/* Lets every contract judge; the strictest action becomes the verdict. */
void eb_event_judge(struct eb_event *event);

/* Finds out whether a contract has let the event through before; see deduplication.h. */
void eb_event_deduplicate(struct eb_event *event);

/* Finds the rules that take the event. */
void eb_event_match(struct eb_event *event);

/* Makes their copies; what cannot be made becomes a dead letter. */
void eb_event_render(struct eb_event *event);

/* After `has_failed`: the verdict that `on_error` asks for. */
void eb_event_decide_failure(struct eb_event *event);

/* The letter of an event that was refused or set aside, or that no rule took. */
void eb_event_write_dead_letter(struct eb_event *event);

/* What rules that are shadows would have sent. */
void eb_event_render_shadows(struct eb_event *event);

/*
 * The next copy that is to pass the bus as if published, as an event that has begun; NULL when none
 * is left. What was decided about the copy `event` is its own end: refused, it is not published.
 */
struct eb_event *eb_event_next_copy(struct eb_event *event);

/* What was let through, copies that passed again included, is not to be again. */
void eb_event_remember_keys(const struct eb_event *event);

/* That the publisher's event may come again, or has. */
void eb_event_remember_sent(const struct eb_event *event);

/* Whether a contract of any topic that it passed on keeps its values to itself. */
bool eb_event_is_confidential(const struct eb_event *event);

/* Counts what was decided. */
void eb_event_count(const struct eb_event *event);

/* The next free dispatch, counted in; NULL (and `has_failed`) when there is no room. */
struct eb_dispatch *eb_event_add_dispatch(struct eb_event *event);

/* One fault with a sentence, printf-like, in the event's arena; NULL when that is exhausted. */
struct eb_fault *eb_event_fault(struct eb_event *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same of a copy that could not be rendered. */
struct eb_fault *eb_event_render_fault(struct eb_event *event, const struct eb_render_fault *fault);

/* The id of this event, made at first use. */
struct eb_span eb_event_id(struct eb_event *event);

#endif
