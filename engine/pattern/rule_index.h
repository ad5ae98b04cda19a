/*
 * rule_index.h - the rules that watch one set of topics, matched together.
 *
 * Built once, then only read, by any number of threads.
 */
#ifndef EB_PATTERN_RULE_INDEX_H
#define EB_PATTERN_RULE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/pattern.h"

struct eb_rule_index;

/* One rule: its number in the snapshot, and its pattern (NULL: matches every event). */
struct eb_rule_entry {
    uint32_t rule;
    const struct eb_pattern *pattern;
};

/* How much memory indexes may take. */
struct eb_index_budget {
    size_t bytes_left;
    bool is_exceeded;
    uint32_t rule; /* when it is: the one that did not fit */
};

/*
 * Entries, ascending by rule, are copied, patterns borrowed or, where there is little of them,
 * copied. `paths`, those of the patterns, are borrowed. `budget`, which may be NULL, pays for what
 * the index keeps. NULL when memory ran out, or the budget.
 */
struct eb_rule_index *eb_rule_index_build(const struct eb_rule_entry *entries, size_t count,
    const struct eb_paths *paths, struct eb_arena *arena, struct eb_index_budget *budget);

/*
 * The same in `room`, of `bytes` bytes, aligned as pointers are, for rules so few and patterns so
 * short that all of it fits there; NULL: they do not.
 */
struct eb_rule_index *eb_rule_index_build_near(
    const struct eb_rule_entry *entries, size_t count, void *room, size_t bytes);

/*
 * Begins to get from memory what matching will look at first. Where an event's topic leads to one
 * of a million indexes, that is worth doing before the event is read.
 */
void eb_rule_index_fetch(const struct eb_rule_index *index);

/* The same, once that has come: the patterns of an index of few rules. */
void eb_rule_index_fetch_patterns(const struct eb_rule_index *index);

/*
 * eb_fields_read() of an event that `index`, which may be NULL, will be asked for: where thousands
 * of members are asked for, begins to get what those of the event lead to with what they are.
 */
struct eb_fields *eb_rule_index_read_fields(const struct eb_rule_index *index,
    const struct eb_paths *paths, const struct eb_doc *doc, const struct eb_message *message,
    struct eb_arena *arena);

/*
 * Writes the numbers of the matching rules, ascending, at most `max`, and returns how many were
 * written; `*has_more` says that matching stopped at `max`. `scratch` is a reserved arena.
 * SIZE_MAX when it is exhausted. Never touches the heap.
 */
size_t eb_rule_index_match(const struct eb_rule_index *index, const struct eb_fields *fields,
    struct eb_arena *scratch, uint32_t *rules, size_t max, bool *has_more);

#endif
