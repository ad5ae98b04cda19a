/*
 * seen.h - the keys of the events a contract has let through, for as long as its window.
 *
 * A stated number of keys and no more: room for all of them, at most EB_SEEN_KEY_BYTES each, is
 * taken when a memory is made and touched as it fills; after that nothing allocates. Keys are 128
 * bits of a keyed hash, so nobody can make one that is taken for another's. When there is no room,
 * the oldest key goes; but a publisher that holds more than its share pushes out its own, so that
 * one that makes up keys without end does not make the bus forget everybody else's.
 *
 * Memories belong to the process, not to a snapshot: a reload finds them again by the contract's
 * name and the number of keys. Snapshots hold them; the last to let go frees. The builder takes and
 * drops, the broker's thread looks up and adds.
 *
 * Every call takes the same short time, however many keys have expired.
 */
#ifndef EB_BUS_SEEN_H
#define EB_BUS_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"

enum {
    EB_SEEN_KEY_BYTES = 72,
    /* A publisher's share of a full memory is this part of it. */
    EB_SEEN_SHARES = 16,
};

struct eb_seen;

/* Memories by name. Starts as zeros; empty again once all are dropped. */
struct eb_seen_shelf {
    struct eb_seen *first;
};

/*
 * The memory of (name, key_max), made if it is not there. The caller holds it until it drops it.
 * NULL without memory.
 */
struct eb_seen *eb_seen_take(struct eb_seen_shelf *shelf, struct eb_span name, uint32_t key_max);

/* The memory last made of `name` with another number of keys, likewise; NULL: there is none. */
struct eb_seen *eb_seen_take_other(
    struct eb_seen_shelf *shelf, struct eb_span name, uint32_t key_max);

/* NULL is let be. */
void eb_seen_drop(struct eb_seen *seen);

/* An event that was let through. */
struct eb_seen_event {
    struct eb_digest key;
    uint32_t content;  /* hashed: what else tells it apart */
    uint8_t publisher; /* hashed: few enough to count each one's keys */
    uint8_t verdict;
};

/* When is now, by the system's clock, which may go back; and how long keys last. */
struct eb_seen_time {
    int64_t now_us;
    int64_t window_us;
};

/*
 * The event with `key`, at most a window ago; NULL: there was none. Borrowed until one is added.
 */
const struct eb_seen_event *eb_seen_find(
    const struct eb_seen *seen, struct eb_digest key, struct eb_seen_time time);

/*
 * Remembers `event`, whose key is not found now. True when a key had to go for it before its window
 * was over.
 */
bool eb_seen_add(struct eb_seen *seen, const struct eb_seen_event *event, struct eb_seen_time time);

/* Forgets all keys. */
void eb_seen_clear(struct eb_seen *seen);

/* For events that are not added: time passes with them too. */
void eb_seen_tell_time(struct eb_seen *seen, struct eb_seen_time time);

/* How many keys it holds, expired ones that are still there included. */
uint32_t eb_seen_count(const struct eb_seen *seen);

/* Whether all that hangs together does. For tests. */
bool eb_seen_check(const struct eb_seen *seen);

#endif
