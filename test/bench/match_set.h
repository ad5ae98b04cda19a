/*
 * match_set.h - rules compiled for a benchmark, and one thread's means to match events with them.
 */
#ifndef EB_MATCH_SET_H
#define EB_MATCH_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/message.h"
#include "base/span.h"
#include "bus/snapshot.h"
#include "pattern/rule_index.h"
#include "json/doc.h"

struct match_set {
    struct eb_arena patterns; /* patterns and paths */
    struct eb_arena compiled; /* the index */
    struct eb_arena arena;    /* what one event needs */
    struct eb_paths *paths;
    struct eb_rule_index *index;
    struct eb_rule_entry *entries;
    size_t rule_count, rule_max;
    uint32_t *matches;
    size_t match_max; /* at most so many matches are asked for */
};

/* `event_bytes`: the longest event. */
void match_set_init(struct match_set *set, size_t event_bytes);

/* Adds the rule of one line of `rules/….jsonl`; its name is its number. */
void match_set_add(struct match_set *set, struct eb_span line);

/* Adds a rule with the pattern `text`. */
void match_set_add_pattern(struct match_set *set, struct eb_span text);

/* After the last rule; events may then be matched. */
void match_set_build(struct match_set *set);
void match_set_release(struct match_set *set);

/* Bytes kept: patterns, paths and index; of them, the index alone. */
size_t match_set_bytes(const struct match_set *set);
size_t match_set_index_bytes(const struct match_set *set);

/* Reads the event; its number of tokens. */
uint64_t match_set_read(struct match_set *set, struct eb_span event);

/* Reads the event and matches it; how many rules match. */
uint64_t match_set_match(struct match_set *set, struct eb_span event);

/* What watches `count` topic filters, as in a snapshot: the set's, and nothing yet. */
struct eb_watch *match_watches_new(struct match_set *set, size_t count);

/* The one rule `number` watches it. */
void match_watch_build(struct eb_watch *watch, struct match_set *set, size_t number);

/* Reads the event and matches it with the rules that watch each of the filters. */
uint64_t match_set_match_watches(struct match_set *set, struct eb_span event,
    const struct eb_watch *watches, const struct eb_trie_found *found);

#endif
