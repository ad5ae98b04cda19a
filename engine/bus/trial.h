/*
 * trial.h - what a candidate schema would have done to the last events of a contract.
 *
 *     ring    0 0 3 0 0 ¬1 0 …   one byte an event: 0 accepted, else the fault it is filed under;
 *                                ¬: the schema in force says otherwise
 *     faults  1: /properties/percent/maximum  214 times, the newest of them as a sample
 *             …
 *             "other": faults that found no room
 *
 * Counts are exact, and of the events in the ring alone: what leaves it is taken off again. An
 * event is filed under its first fault. A fault that comes when there is no room takes that of the
 * oldest that has come once; so those that come often have a place, whatever else a sender makes
 * up.
 *
 * Trials belong to the process: a reload that leaves contract, schema and candidate as they are
 * finds them again. Snapshots hold them, and the last to let go frees. The builder takes and drops,
 * the broker's thread records; the totals may be read by any, the rest where it is recorded.
 */
#ifndef EB_BUS_TRIAL_H
#define EB_BUS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/message.h"
#include "base/span.h"
#include "schema/schema.h"

enum {
    /* Of the last events: enough that one in a thousand shows, and a byte each. */
    EB_TRIAL_EVENTS = 10000,
    EB_TRIAL_FAULTS = 16,
    EB_TRIAL_TEXT_BYTES = 256,
    EB_TRIAL_PAYLOAD_BYTES = 1024,
};

/* The first bytes of a text that may have been longer. */
struct eb_trial_text {
    uint16_t len;
    bool is_cut;
    char bytes[EB_TRIAL_TEXT_BYTES];
};

struct eb_trial_fault {
    uint64_t key;   /* hashed: the keyword's location */
    uint32_t count; /* 0: the place is free */
    uint32_t last;  /* in the ring: the newest event filed here */
    int64_t time_us;
    struct eb_trial_text keyword_location;
    struct eb_trial_text instance_location;
    struct eb_trial_text error;
    struct eb_trial_text topic;
    struct eb_trial_text client_id;
    uint16_t payload_len;
    bool is_payload_cut;
    bool is_confidential; /* neither payload nor error were kept */
    char payload[EB_TRIAL_PAYLOAD_BYTES];
};

#define EB_EACH_TRIAL_TOTAL(X)                                                                     \
    X(events, "in the ring")                                                                       \
    X(invalid, "of those, refused by the candidate")                                               \
    X(newly_invalid, "of those, accepted by the schema in force")                                  \
    X(newly_valid, "accepted by the candidate, refused by the schema in force")

#define X(name, help) _Atomic uint64_t name;
struct eb_trial_totals {
    EB_EACH_TRIAL_TOTAL(X)
};
#undef X

/* What is counted. Plain bytes: whoever may read it may copy it. */
struct eb_trial_record {
    uint32_t next;  /* the place in the ring of the next event */
    uint32_t other; /* faults without a place */
    struct eb_trial_fault faults[EB_TRIAL_FAULTS];
    uint8_t ring[EB_TRIAL_EVENTS];
};

struct eb_trial {
    struct eb_trial_shelf *shelf;
    struct eb_trial *next;
    uint32_t holder_count;
    struct eb_digest subject;
    struct eb_trial_totals totals;
    struct eb_trial_record record;
};

/* Starts as zeros; empty again once all are dropped. */
struct eb_trial_shelf {
    struct eb_trial *first;
};

/* What is tried: the trial is another when any of these is. */
struct eb_trial_subject {
    struct eb_span contract;
    struct eb_span schema; /* in force, as the contract has it */
    struct eb_span candidate;
};

/* Made if it is not there; the caller holds it until it drops it. NULL without memory. */
struct eb_trial *eb_trial_take(
    struct eb_trial_shelf *shelf, const struct eb_trial_subject *subject);

/* NULL is let be. */
void eb_trial_drop(struct eb_trial *trial);

/* An event that both have judged. */
struct eb_trial_event {
    const struct eb_message *message;
    bool is_valid;                /* to the candidate */
    bool is_valid_now;            /* to the schema in force */
    const struct eb_fault *fault; /* of the candidate, when it is not valid; NULL: unknown */
    bool is_confidential;
};

/* Never touches the heap; takes the same short time, however many have been recorded. */
void eb_trial_add(struct eb_trial *trial, const struct eb_trial_event *event);

/* Those with a count, the most frequent first, in `order`; returns how many. */
uint32_t eb_trial_rank(const struct eb_trial_record *record, uint8_t order[EB_TRIAL_FAULTS]);

/* Whether counts and ring agree. For tests. */
bool eb_trial_check(const struct eb_trial *trial);

#endif
