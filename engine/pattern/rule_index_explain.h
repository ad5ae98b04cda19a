/*
 * rule_index_explain.h - where a rule is filed in an index: under which keys, with whom.
 *
 * For who reads a configuration; the index is not made for going through it this way.
 */
#ifndef EB_PATTERN_RULE_INDEX_EXPLAIN_H
#define EB_PATTERN_RULE_INDEX_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/index_key.h"
#include "pattern/rule_index.h"

/* A key, and the node it was looked up in. */
struct eb_rule_key {
    const struct eb_rule_key *outer; /* the one that led to that node; NULL: it is the first */
    uint32_t path;
    struct eb_predicate predicate; /* of the rule: which made the key */
    enum eb_key_kind kind;
};

/* One of the places where a rule is found. */
struct eb_rule_place {
    const struct eb_rule_place *next;
    const struct eb_rule_key *key; /* NULL: on every event that the index is asked about */
    bool is_always;  /* tried whenever an event gets to the node behind `key`: nothing else tells */
    uint32_t others; /* rules that are tried when this one is */
};

/*
 * All places of the rule, given in `arena`, a growing one. NULL when it is in none (it has no entry
 * here), or without memory.
 */
const struct eb_rule_place *eb_rule_index_explain(
    const struct eb_rule_index *index, uint32_t rule, struct eb_arena *arena);

/* How many rules the index has. */
uint32_t eb_rule_index_size(const struct eb_rule_index *index);

/* How keys of the kind are found: "by hash", …: static. */
const char *eb_key_kind_text(enum eb_key_kind kind);

#endif
