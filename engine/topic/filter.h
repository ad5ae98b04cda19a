/*
 * filter.h - MQTT topic names and topic filters (MQTT 5 §4.7).
 *
 * A filter is levels separated by '/'; '+' stands for one level, a last '#' for any number,
 * none included. Wildcards in the first level never match a topic that starts with '$' (§4.7.2).
 * Levels may be empty: "/a" has two.
 */
#ifndef EB_TOPIC_FILTER_H
#define EB_TOPIC_FILTER_H

#include <stdbool.h>

#include "base/span.h"

enum eb_topic_fault {
    EB_TOPIC_OK,
    EB_TOPIC_EMPTY,
    EB_TOPIC_TOO_LONG, /* over EB_TOPIC_BYTES_MAX */
    EB_TOPIC_TOO_DEEP, /* over EB_TOPIC_LEVELS_MAX */
    EB_TOPIC_NOT_UTF8, /* or holds U+0000, a control character or a non-character (§1.5.4) */
    EB_TOPIC_WILDCARD, /* a name holds '+' or '#'; a filter holds one that is not a whole level */
    EB_TOPIC_HASH_INSIDE, /* '#' before the last level */
    EB_TOPIC_SHARED,      /* "$share/…": a subscription (§4.8.2), neither a filter nor a name */
    EB_TOPIC_CONTROL,     /* a filter "$CONTROL/…": the broker shows no plugin what comes there */
};

/*
 * Whether a message may be published to `topic`. The broker publishes whatever a plugin hands it,
 * so this refuses all that Mosquitto would refuse from a client, and nothing else but "$share/…",
 * which nobody could receive.
 */
enum eb_topic_fault eb_topic_check(struct eb_span topic);

/* Whether `filter` is one that a contract or rule may name. */
enum eb_topic_fault eb_filter_check(struct eb_span filter);

/*
 * Whether `text` may be a UTF-8 string of any MQTT packet (§1.5.4), but for its length: a receiver
 * hangs up on what holds control characters or non-characters.
 */
bool eb_topic_is_text(struct eb_span text);

/* A sentence for people, static: "'#' may only be the last level". */
const char *eb_topic_fault_text(enum eb_topic_fault fault);

/* Both must have passed their check. Linear in the shorter. */
bool eb_filter_matches(struct eb_span filter, struct eb_span topic);

/*
 * Whether every topic that `inner` matches is matched by `outer`; whether any topic is by both.
 * The bounds on a topic's length and depth are not considered.
 */
bool eb_filter_covers(struct eb_span outer, struct eb_span inner);
bool eb_filter_overlaps(struct eb_span a, struct eb_span b);

/*
 * The next level of a topic or filter, taken off `*rest`; false when none is left, which `*rest`
 * says by a NULL ptr: "a//" has three levels, and "" one.
 */
bool eb_topic_next_level(struct eb_span *rest, struct eb_span *level);

#endif
