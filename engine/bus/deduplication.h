/*
 * deduplication.h - a contract's `deduplicate`: an event is let through once for each key.
 *
 *     "deduplicate": { "key": "${id}", "window": "10m" }
 *
 * Only what the contract holds to be valid counts, and only what the bus then let through occupies
 * its key: what was refused may come again, corrected. An event without a value for the key is let
 * through; a retained message may always be cleared. Copies of one event that pass the bus again do
 * not see each other's keys: keys are remembered once all of it is decided.
 *
 * A repetition is hidden like an event that was consumed. There is one exception: a QoS 2 PUBLISH
 * that equals, byte for byte, the one of the same client that was let through gets that one's
 * answer. It may be that message, sent again under its message id, which plugins are not told; the
 * broker then sees it is and delivers it once, while with another topic than before it would drop
 * the first and deliver what is hidden.
 */
#ifndef EB_BUS_DEDUPLICATION_H
#define EB_BUS_DEDUPLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/message.h"
#include "bus/seen.h"
#include "json/doc.h"

struct eb_builder;
struct eb_contract;
struct eb_event;
struct eb_key;

struct eb_deduplication {
    const struct eb_key *key; /* NULL: every event is let through, and nothing else here is set */
    int64_t window_us;
    struct eb_seen *seen;
    struct eb_seen *seen_before; /* by the same contract with another number of keys; or NULL */
};

/*
 * Reads the member `deduplicate` of the contract in `doc`, if there is one. False after a
 * diagnostic. What it then holds is for eb_deduplication_release(), whatever it returned.
 */
bool eb_deduplication_read(struct eb_deduplication *deduplication, struct eb_builder *builder,
    const struct eb_doc *doc, struct eb_span contract);
void eb_deduplication_release(const struct eb_deduplication *deduplication);

/* As if no event had been let through. */
void eb_deduplication_forget(const struct eb_deduplication *deduplication);

/* A key of the event at hand, to be remembered if it is let through. */
struct eb_event_key {
    const struct eb_contract *contract;
    struct eb_digest digest;
    bool is_there; /* false: the event has no value for it */
};

#endif
