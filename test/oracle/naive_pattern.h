/*
 * naive_pattern.h - what a pattern means, obviously.
 *
 * Works on the two JSON texts as they stand and shares nothing with engine/pattern but reading
 * addresses, numbers and letters' cases: every `$or` is multiplied out, every event flattened into
 * names with dots, every choice of values tried. Slow, and exponential in what does not matter to a
 * test.
 */
#ifndef EB_NAIVE_PATTERN_H
#define EB_NAIVE_PATTERN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/message.h"
#include "json/doc.h"

struct naive_pattern;
struct naive_event;

/* `doc` is a valid pattern; borrowed like the event's. */
struct naive_pattern *naive_pattern_of(const struct eb_doc *doc, struct eb_arena *arena);
struct naive_event *naive_event_of(
    const struct eb_doc *doc, const struct eb_message *message, struct eb_arena *arena);

bool naive_match(
    const struct naive_pattern *pattern, const struct naive_event *event, struct eb_arena *arena);

/* How many ways there are through the pattern. */
size_t naive_way_count(const struct naive_pattern *pattern);

#endif
