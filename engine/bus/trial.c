#include "bus/trial.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "bus/figures.h"

/* Bytes of the ring; from 1 to EB_TRIAL_FAULTS the number of a fault and one. */
enum {
    ACCEPTED = 0,
    OTHER = EB_TRIAL_FAULTS + 1,
    DIFFERS = 0x80,
};
_Static_assert(OTHER < DIFFERS, "a byte holds both");

/* ---- making and keeping ---- */

static struct eb_digest digest_of(const struct eb_trial_subject *subject)
{
    struct eb_hasher hasher;
    eb_hasher_init_wide(&hasher, eb_hash_key());
    eb_hasher_add_counted(&hasher, subject->contract.ptr, subject->contract.len);
    eb_hasher_add_counted(&hasher, subject->schema.ptr, subject->schema.len);
    eb_hasher_add_counted(&hasher, subject->candidate.ptr, subject->candidate.len);
    return eb_hasher_end_wide(&hasher);
}

static struct eb_trial *trial_new(struct eb_trial_shelf *shelf, struct eb_digest subject)
{
    struct eb_trial *trial = calloc(1, sizeof *trial);
    if (!trial)
        return NULL;
    trial->subject = subject;
    trial->shelf = shelf;
    trial->next = shelf->first;
    shelf->first = trial;
    return trial;
}

struct eb_trial *eb_trial_take(struct eb_trial_shelf *shelf, const struct eb_trial_subject *subject)
{
    struct eb_digest digest = digest_of(subject);
    struct eb_trial *trial = shelf->first;
    while (trial && !eb_digest_equal(trial->subject, digest))
        trial = trial->next;
    if (!trial)
        trial = trial_new(shelf, digest);
    if (trial)
        trial->holder_count++;
    return trial;
}

void eb_trial_drop(struct eb_trial *trial)
{
    if (!trial || --trial->holder_count > 0)
        return;
    struct eb_trial **place = &trial->shelf->first;
    while (*place != trial)
        place = &(*place)->next;
    *place = trial->next;
    free(trial);
}

/* ---- faults ---- */

static void keep(struct eb_trial_text *kept, struct eb_span text)
{
    struct eb_span part = eb_utf8_cut(text, EB_TRIAL_TEXT_BYTES);
    kept->len = (uint16_t)part.len;
    kept->is_cut = part.len < text.len;
    if (part.len)
        memcpy(kept->bytes, part.ptr, part.len);
}

static void keep_sample(struct eb_trial_fault *place, const struct eb_trial_event *event)
{
    static const struct eb_fault unknown = {
        .instance_location = EB_SPAN(""),
        .keyword_location = EB_SPAN(""),
        .error = EB_SPAN("it could not be judged"),
    };
    const struct eb_fault *fault = event->fault ? event->fault : &unknown;
    const struct eb_message *message = event->message;
    const struct eb_span nothing = eb_span(NULL, 0);
    struct eb_span shown = event->is_confidential ? nothing : message->payload;
    struct eb_span payload = eb_utf8_cut(shown, EB_TRIAL_PAYLOAD_BYTES);
    keep(&place->keyword_location, fault->keyword_location);
    keep(&place->instance_location, fault->instance_location);
    keep(&place->error, event->is_confidential ? nothing : fault->error);
    keep(&place->topic, message->topic);
    keep(&place->client_id, message->client_id);
    place->time_us = message->received_us;
    place->is_confidential = event->is_confidential;
    place->is_payload_cut = payload.len < shown.len;
    place->payload_len = (uint16_t)payload.len;
    if (payload.len)
        memcpy(place->payload, payload.ptr, payload.len);
}

/* How many events ago its newest was. */
static uint32_t age_of(const struct eb_trial_record *record, const struct eb_trial_fault *fault)
{
    return (record->next + EB_TRIAL_EVENTS - fault->last) % EB_TRIAL_EVENTS;
}

/* Whether `a` is to be kept rather than `b`: what comes often, then what came lately. */
static bool is_dearer(const struct eb_trial_record *record, const struct eb_trial_fault *a,
    const struct eb_trial_fault *b)
{
    return a->count != b->count ? a->count > b->count : age_of(record, a) < age_of(record, b);
}

/* The place of the fault with `key`; else a free one, or that of a fault that has come once. */
static struct eb_trial_fault *find_place(struct eb_trial_record *record, uint64_t key)
{
    struct eb_trial_fault *cheapest = &record->faults[0];
    for (int i = 0; i < EB_TRIAL_FAULTS; i++) {
        struct eb_trial_fault *fault = &record->faults[i];
        if (fault->count > 0 && fault->key == key)
            return fault;
        if (is_dearer(record, cheapest, fault))
            cheapest = fault;
    }
    return cheapest->count <= 1 ? cheapest : NULL;
}

/* Its one event is now filed under none. */
static void give_up(struct eb_trial_record *record, struct eb_trial_fault *fault)
{
    uint8_t *event = &record->ring[fault->last];
    *event = (uint8_t)(OTHER | (*event & DIFFERS));
    record->other++;
    fault->count = 0;
}

/* Files the event that goes to `record->next`; returns its byte. */
static uint8_t file(struct eb_trial_record *record, const struct eb_trial_event *event)
{
    struct eb_span location = event->fault ? event->fault->keyword_location : eb_span_of("");
    uint64_t key = eb_hash(eb_hash_key(), location.ptr, location.len);
    struct eb_trial_fault *fault = find_place(record, key);
    if (!fault) {
        record->other++;
        return OTHER;
    }
    if (fault->count > 0 && fault->key != key)
        give_up(record, fault);
    fault->key = key;
    fault->count++;
    fault->last = record->next;
    keep_sample(fault, event);
    return (uint8_t)(1 + (fault - record->faults));
}

/* ---- events ---- */

static void add_to_totals(struct eb_trial_totals *totals, uint8_t event, uint64_t one)
{
    bool is_valid = (event & ~DIFFERS) == ACCEPTED, differs = event & DIFFERS;
    eb_count(&totals->events, one);
    eb_count(&totals->invalid, is_valid ? 0 : one);
    eb_count(&totals->newly_invalid, !is_valid && differs ? one : 0);
    eb_count(&totals->newly_valid, is_valid && differs ? one : 0);
}

/* The oldest event, whose place the next one takes. */
static void remove_oldest(struct eb_trial *trial)
{
    const uint64_t one_less = UINT64_MAX; /* counters wrap */
    struct eb_trial_record *record = &trial->record;
    uint8_t event = record->ring[record->next];
    uint8_t filed = (uint8_t)(event & ~DIFFERS);
    if (filed == OTHER)
        record->other--;
    else if (filed != ACCEPTED)
        record->faults[filed - 1].count--;
    add_to_totals(&trial->totals, event, one_less);
}

void eb_trial_add(struct eb_trial *trial, const struct eb_trial_event *event)
{
    struct eb_trial_record *record = &trial->record;
    if (eb_counter_read(&trial->totals.events) == EB_TRIAL_EVENTS)
        remove_oldest(trial);
    uint8_t filed = event->is_valid ? ACCEPTED : file(record, event);
    if (event->is_valid != event->is_valid_now)
        filed |= DIFFERS;
    record->ring[record->next] = filed;
    record->next = (record->next + 1) % EB_TRIAL_EVENTS;
    add_to_totals(&trial->totals, filed, 1);
}

/* ---- looking ---- */

uint32_t eb_trial_rank(const struct eb_trial_record *record, uint8_t order[EB_TRIAL_FAULTS])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < EB_TRIAL_FAULTS; i++) {
        uint32_t at = count;
        if (record->faults[i].count == 0)
            continue;
        for (; at > 0 && record->faults[order[at - 1]].count < record->faults[i].count; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
        count++;
    }
    return count;
}

bool eb_trial_check(const struct eb_trial *trial)
{
    const struct eb_trial_record *record = &trial->record;
    const uint64_t events = eb_counter_read(&trial->totals.events);
    uint32_t counts[OTHER + 1] = { 0 }, newly_invalid = 0, newly_valid = 0;
    for (uint64_t i = 0; i < events; i++) {
        uint8_t filed = (uint8_t)(record->ring[i] & ~DIFFERS);
        bool differs = record->ring[i] & DIFFERS;
        if (filed > OTHER)
            return false;
        counts[filed]++;
        newly_invalid += filed != ACCEPTED && differs;
        newly_valid += filed == ACCEPTED && differs;
    }
    for (int i = 0; i < EB_TRIAL_FAULTS; i++) {
        if (record->faults[i].count != counts[i + 1])
            return false;
    }
    return record->other == counts[OTHER] &&
           eb_counter_read(&trial->totals.invalid) == events - counts[ACCEPTED] &&
           eb_counter_read(&trial->totals.newly_invalid) == newly_invalid &&
           eb_counter_read(&trial->totals.newly_valid) == newly_valid;
}
