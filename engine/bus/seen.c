#include "bus/seen.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/queue.h"

/*
 *     slots[key & mask …]  ─► entry                    to find a key: open addressing, hashes
 * beside by_age            oldest ◄─►  …  ◄─► newest      all entries; the oldest expire first
 *     by_publisher[p]   oldest ◄─►  …  ◄─► newest      those of one publisher
 *
 * Entries are numbered from 1. Those never used follow the last one used; those given back are
 * chained by their age links. A key that is new costs one look into memory that is far away, and
 * one more for the key that goes: slots know without their entries where they belong.
 */
enum {
    PUBLISHERS = 256, /* as many as eb_seen_event tells apart */
    /* Keys that have expired go two for every one that comes: faster than they come. */
    EXPIRIES_AT_ONCE = 2,
};

struct entry {
    struct eb_seen_event event;
    int64_t seen_us;
};

struct slot {
    uint32_t hash; /* the low half of the key's */
    uint32_t n;    /* 0: free */
};

struct eb_seen {
    struct eb_seen_shelf *shelf;
    struct eb_seen *next;
    uint32_t holder_count;
    uint32_t key_max;
    uint32_t used; /* entries ever used */
    uint32_t given_back;
    uint32_t mask;
    struct eb_steady_clock clock;
    struct entry *entries;
    struct slot *slots;
    struct eb_queue by_age;
    struct eb_queue_link *age_links;
    struct eb_queue by_publisher[PUBLISHERS];
    struct eb_queue_link *publisher_links;
    size_t name_len;
    char name[];
};

/* At most three slots of four are taken, and a power of two is at most twice what was asked for. */
_Static_assert(
    sizeof(struct entry) + 2 * sizeof(struct eb_queue_link) + 2 * sizeof(struct slot) * 4 / 3 <
        EB_SEEN_KEY_BYTES,
    "what a key takes");

/* ---- making and keeping ---- */

static void seen_free(struct eb_seen *seen)
{
    free(seen->entries);
    free(seen->slots);
    free(seen->age_links);
    free(seen->publisher_links);
    free(seen);
}

static uint32_t slots_for(uint32_t key_max)
{
    uint32_t power = 4;
    while (power - power / 4 < key_max)
        power *= 2;
    return power;
}

static struct eb_seen *seen_new(struct eb_span name, uint32_t key_max)
{
    struct eb_seen *seen = calloc(1, sizeof *seen + name.len);
    if (!seen)
        return NULL;
    uint32_t slots = slots_for(key_max);
    size_t entries = (size_t)key_max + 1;
    seen->entries = calloc(entries, sizeof *seen->entries);
    seen->age_links = calloc(entries, sizeof *seen->age_links);
    seen->publisher_links = calloc(entries, sizeof *seen->publisher_links);
    seen->slots = calloc(slots, sizeof *seen->slots);
    if (!seen->entries || !seen->age_links || !seen->publisher_links || !seen->slots) {
        seen_free(seen);
        return NULL;
    }
    seen->mask = slots - 1;
    seen->key_max = key_max;
    seen->name_len = name.len;
    memcpy(seen->name, name.ptr, name.len);
    return seen;
}

static struct eb_seen *hold(struct eb_seen *seen)
{
    seen->holder_count++;
    return seen;
}

static bool has_name(const struct eb_seen *seen, struct eb_span name)
{
    return eb_span_equal(eb_span(seen->name, seen->name_len), name);
}

struct eb_seen *eb_seen_take(struct eb_seen_shelf *shelf, struct eb_span name, uint32_t key_max)
{
    for (struct eb_seen *seen = shelf->first; seen; seen = seen->next) {
        if (seen->key_max == key_max && has_name(seen, name))
            return hold(seen);
    }
    struct eb_seen *seen = seen_new(name, key_max);
    if (!seen)
        return NULL;
    seen->shelf = shelf;
    seen->next = shelf->first;
    shelf->first = seen;
    return hold(seen);
}

struct eb_seen *eb_seen_take_other(
    struct eb_seen_shelf *shelf, struct eb_span name, uint32_t key_max)
{
    for (struct eb_seen *seen = shelf->first; seen; seen = seen->next) {
        if (seen->key_max != key_max && has_name(seen, name))
            return hold(seen);
    }
    return NULL;
}

void eb_seen_drop(struct eb_seen *seen)
{
    if (!seen || --seen->holder_count > 0)
        return;
    struct eb_seen **place = &seen->shelf->first;
    while (*place != seen)
        place = &(*place)->next;
    *place = seen->next;
    seen_free(seen);
}

/* ---- looking up ---- */

static bool is_expired(const struct eb_seen *seen, uint32_t n, struct eb_seen_time time)
{
    int64_t now_us = eb_steady_clock_at(&seen->clock, time.now_us);
    return now_us - seen->entries[n].seen_us > time.window_us;
}

/* The slot of `key`, or the free one where it belongs. */
static uint32_t find_slot(const struct eb_seen *seen, struct eb_digest key)
{
    uint32_t hash = (uint32_t)key.low;
    uint32_t at = hash & seen->mask;
    for (; seen->slots[at].n; at = (at + 1) & seen->mask) {
        const struct slot *slot = &seen->slots[at];
        if (slot->hash == hash && eb_digest_equal(seen->entries[slot->n].event.key, key))
            break;
    }
    return at;
}

const struct eb_seen_event *eb_seen_find(
    const struct eb_seen *seen, struct eb_digest key, struct eb_seen_time time)
{
    uint32_t n = seen->slots[find_slot(seen, key)].n;
    return n && !is_expired(seen, n, time) ? &seen->entries[n].event : NULL;
}

/* ---- remembering ---- */

/* Whoever would not be found behind a free slot moves up into it, and leaves another. */
static void free_slot(struct eb_seen *seen, uint32_t hole)
{
    uint32_t mask = seen->mask;
    for (uint32_t at = (hole + 1) & mask; seen->slots[at].n; at = (at + 1) & mask) {
        uint32_t from_home = (at - seen->slots[at].hash) & mask;
        uint32_t from_hole = (at - hole) & mask;
        if (from_home < from_hole)
            continue;
        seen->slots[hole] = seen->slots[at];
        hole = at;
    }
    seen->slots[hole].n = 0;
}

static void forget(struct eb_seen *seen, uint32_t n)
{
    const struct eb_seen_event *event = &seen->entries[n].event;
    free_slot(seen, find_slot(seen, event->key));
    eb_queue_remove(&seen->by_age, seen->age_links, n);
    eb_queue_remove(&seen->by_publisher[event->publisher], seen->publisher_links, n);
    seen->age_links[n].newer = seen->given_back;
    seen->given_back = n;
}

static void forget_expired(struct eb_seen *seen, struct eb_seen_time time)
{
    for (int i = 0; i < EXPIRIES_AT_ONCE; i++) {
        uint32_t oldest = seen->by_age.oldest;
        if (!oldest || !is_expired(seen, oldest, time))
            return;
        forget(seen, oldest);
    }
}

/* Who gives way when there is no room for a key of `publisher`. */
static uint32_t choose_victim(
    const struct eb_seen *seen, uint8_t publisher, struct eb_seen_time time)
{
    const struct eb_queue *own = &seen->by_publisher[publisher];
    bool is_over_share = (uint64_t)own->count * EB_SEEN_SHARES > seen->key_max;
    bool is_oldest_expired = is_expired(seen, seen->by_age.oldest, time);
    return is_over_share && !is_oldest_expired ? own->oldest : seen->by_age.oldest;
}

/* True when the key that gave way had not expired. */
static bool make_room(struct eb_seen *seen, uint8_t publisher, struct eb_seen_time time)
{
    if (seen->by_age.count < seen->key_max)
        return false;
    uint32_t victim = choose_victim(seen, publisher, time);
    bool is_early = !is_expired(seen, victim, time);
    forget(seen, victim);
    return is_early;
}

void eb_seen_clear(struct eb_seen *seen)
{
    while (seen->by_age.oldest)
        forget(seen, seen->by_age.oldest);
}

void eb_seen_tell_time(struct eb_seen *seen, struct eb_seen_time time)
{
    eb_steady_clock_advance(&seen->clock, time.now_us);
}

static uint32_t take_entry(struct eb_seen *seen)
{
    uint32_t n = seen->given_back;
    if (!n)
        return ++seen->used;
    seen->given_back = seen->age_links[n].newer;
    return n;
}

bool eb_seen_add(struct eb_seen *seen, const struct eb_seen_event *event, struct eb_seen_time time)
{
    eb_seen_tell_time(seen, time);
    forget_expired(seen, time);
    uint32_t stale = seen->slots[find_slot(seen, event->key)].n;
    if (stale)
        forget(seen, stale);
    bool is_early = make_room(seen, event->publisher, time);
    uint32_t n = take_entry(seen);
    seen->slots[find_slot(seen, event->key)] = (struct slot){ (uint32_t)event->key.low, n };
    seen->entries[n] = (struct entry){ .event = *event, .seen_us = seen->clock.now_us };
    eb_queue_append(&seen->by_age, seen->age_links, n);
    eb_queue_append(&seen->by_publisher[event->publisher], seen->publisher_links, n);
    return is_early;
}

/* ---- for tests ---- */

uint32_t eb_seen_count(const struct eb_seen *seen)
{
    return seen->by_age.count;
}

static bool check_queue(
    const struct eb_seen *seen, const struct eb_queue *queue, const struct eb_queue_link *links)
{
    uint32_t count = 0, older = 0;
    for (uint32_t n = queue->oldest; n; older = n, n = links[n].newer, count++) {
        bool is_in_order = !older || seen->entries[older].seen_us <= seen->entries[n].seen_us;
        if (links[n].older != older || !is_in_order || count == queue->count)
            return false;
    }
    return older == queue->newest && count == queue->count;
}

bool eb_seen_check(const struct eb_seen *seen)
{
    uint32_t found = 0, of_publishers = 0, given_back = 0;
    for (uint32_t at = 0; at <= seen->mask; at++) {
        uint32_t n = seen->slots[at].n;
        if (n && find_slot(seen, seen->entries[n].event.key) != at)
            return false;
        found += n != 0;
    }
    for (uint32_t i = 0; i < PUBLISHERS; i++) {
        const struct eb_queue *queue = &seen->by_publisher[i];
        of_publishers += queue->count;
        if (!check_queue(seen, queue, seen->publisher_links))
            return false;
    }
    for (uint32_t n = seen->given_back; n; n = seen->age_links[n].newer)
        given_back++;
    return check_queue(seen, &seen->by_age, seen->age_links) && found == seen->by_age.count &&
           of_publishers == found && found + given_back == seen->used &&
           seen->used <= seen->key_max;
}
