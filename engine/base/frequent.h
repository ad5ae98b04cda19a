/*
 * frequent.h - which keys come most often, in memory that never grows, whoever chooses the keys.
 *
 * Space-Saving (Metwally, Agrawal, El Abbadi 2005): a fixed number of counters. A key that has none
 * takes over the smallest, count included; what it may thereby have too many is its error. So with
 * k counters and n keys seen,
 *
 *     true count <= count <= true count + error,  error <= n / k
 *
 * and every key that makes up more than 1/k of all is in the list. Keys are told apart by a keyed
 * hash: nobody can make two look like one.
 */
#ifndef EB_BASE_FREQUENT_H
#define EB_BASE_FREQUENT_H

#include <stdint.h>

#include "base/span.h"

enum {
    /* One in 64 is "often"; a look at all 64 hashes is eight cache lines. */
    EB_FREQUENT_KEYS = 64,
    /* What is kept of a key for people to read; longer ones end in "…". */
    EB_FREQUENT_TEXT_BYTES = 120,
};

struct eb_frequent {
    uint64_t hashes[EB_FREQUENT_KEYS];
    uint64_t counts[EB_FREQUENT_KEYS];
    uint64_t errors[EB_FREQUENT_KEYS];
    uint8_t text_len[EB_FREQUENT_KEYS];
    char texts[EB_FREQUENT_KEYS][EB_FREQUENT_TEXT_BYTES];
    uint32_t used;
};

/* Counts `key` once. A zeroed structure is an empty one. */
void eb_frequent_count(struct eb_frequent *frequent, struct eb_span key);

/* One line of the list; `key` is borrowed from the structure. */
struct eb_frequent_key {
    struct eb_span key;
    uint64_t count;
    uint64_t error;
};

/* Writes the keys counted most, at most `max`, in falling order; returns how many. */
uint32_t eb_frequent_top(
    const struct eb_frequent *frequent, struct eb_frequent_key *top, uint32_t max);

#endif
