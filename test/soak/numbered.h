/*
 * numbered.h - a numbered event of the soak, and what must become of it.
 *
 * Everything about an event follows from who publishes it and its number: where it goes, whether
 * it is valid, and which streams of copies it must appear in. So nothing has to be remembered of
 * millions of events but a byte each of where they have arrived. What is said here is said once
 * more, in the words of the bus, by the configuration that test/soak.sh writes.
 */
#ifndef EB_SOAK_NUMBERED_H
#define EB_SOAK_NUMBERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
    PUBLISHERS = 12, /* of QoS 0, 1, 2, 0, 1, 2, … */
    STEADY = 3,      /* the first of them, one of each QoS, never lose their connection */
    NUMBERED_BYTES = 256,
    TOPIC_BYTES = 64,
};

/* The topics soak/TREE/PUBLISHER, by what the contract there does. */
enum tree {
    TREE_PLAIN, /* no contract */
    TREE_REJECT,
    TREE_QUARANTINE,
    TREE_OBSERVE,
    TREE_CONSUME,
    TREE_ONCE,   /* deduplicates */
    TREE_CLOSED, /* an ingress that rejects what no contract covers */
    TREES,
};

/* Where events arrive, each a subscriber of its own. */
enum stream {
    STREAM_ORIGINAL, /* the events themselves */
    STREAM_EXACT,
    STREAM_TEXT, /* prefix, suffix, wildcard, equals-ignore-case */
    STREAM_NUMBER,
    STREAM_EITHER,   /* $or, cidr, exists, anything-but */
    STREAM_CHAINED,  /* by two rules, one after the other */
    STREAM_RENDERED, /* topic and payload are templates */
    STREAM_LETTER,   /* dead letters */
    STREAMS,
};

enum fate {
    FATE_PASSED,
    FATE_CONSUMED,
    FATE_QUARANTINED,
    FATE_REFUSED,
    FATES,
};

struct numbered {
    unsigned publisher;
    uint32_t number;
    enum tree tree;
    const char *kind;
    unsigned value; /* 0 to 99; 1000 and above: not valid */
    unsigned ip;    /* second byte of 10.x.0.1 */
    bool has_flag;
};

struct numbered numbered_make(unsigned publisher, uint32_t number);

/* The payload; its length. */
size_t numbered_write(const struct numbered *event, char out[NUMBERED_BYTES]);
void numbered_topic(const struct numbered *event, char out[TOPIC_BYTES]);

enum fate numbered_fate(const struct numbered *event);

/* A bit for each stream that it must appear in; `is_bare`: in a broker without the bus. */
uint8_t numbered_streams(const struct numbered *event, bool is_bare);

/* Who published what a payload, a copy or a letter of it, was made of; false: it has no number. */
bool numbered_find(struct eb_span payload, unsigned *publisher, uint32_t *number);

int publisher_qos(unsigned publisher);
const char *stream_name(enum stream stream);
const char *stream_filter(enum stream stream);
const char *fate_name(enum fate fate);

#endif
