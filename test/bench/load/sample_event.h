/*
 * sample_event.h - the event a load is made of: one text in which a number changes.
 *
 * The number stands as the member "number", of sixteen digits from 1000000000000000 on, so that
 * every event is the same length, valid JSON, exact in a double, and found again in any copy that
 * kept the member.
 */
#ifndef EB_LOAD_SAMPLE_EVENT_H
#define EB_LOAD_SAMPLE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct sample_event {
    char *text;
    size_t length;
    char *digits; /* in `text` */
};

/* An access event of exactly `size` bytes (at least 48). Given. */
struct sample_event sample_event_make(size_t size);

/* The text of a file, which holds "number":1000000000000000. Given. */
struct sample_event sample_event_read(const char *path);

void sample_event_release(struct sample_event *event);

/* Counted from 0. */
void sample_event_set_number(struct sample_event *event, uint64_t number);
bool sample_event_find_number(struct eb_span payload, uint64_t *number);

#endif
