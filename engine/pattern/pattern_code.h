/*
 * pattern_code.h - a parsed pattern as it lies in memory: code, words of 32 bits.
 *
 *     { "type": ["open"], "$or": [ { "n": [1] }, { "m": [2] } ] }
 *
 *     head          bit 31: reads the payload; the rest: words behind it
 *     path type     an item: its path
 *     3 words       bit 31: may be absent; bit 30: a long list; the rest: words behind it
 *     string, 4     predicates (predicate.h)
 *     "open"
 *     EB_NO_PATH    an item: an `$or`
 *     12 words
 *     5 words       a branch: so many words of items
 *       path n  3 words  number, 1.0
 *     5 words       another
 *       path m  3 words  number, 2.0
 *
 * Few words, because of a million rules each is fetched from memory when it is tried.
 */
#ifndef EB_PATTERN_CODE_H
#define EB_PATTERN_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "pattern/pattern.h"
#include "pattern/predicate.h"

struct eb_pattern {
    uint32_t head;
    uint32_t items[];
};

enum {
    EB_CODE_WORDS_MAX = (1 << 30) - 1,
    EB_CODE_LIST_IS_LONG = 1 << 30,
};

static const uint32_t EB_CODE_TOP_BIT = UINT32_C(1) << 31;

/* Items that must all hold. */
struct eb_items {
    const uint32_t *next, *end;
};

/* A field with its predicates, one of which must hold; or an `$or` with its branches. */
struct eb_item {
    const uint32_t *code; /* where it stands */
    uint32_t path;        /* EB_NO_PATH: an `$or` */
    bool can_be_absent;
    struct eb_predicates predicates; /* of an `$or` its branches, for eb_item_next_branch() */
};

static inline struct eb_items eb_pattern_items(const struct eb_pattern *pattern)
{
    return (
        struct eb_items){ pattern->items, pattern->items + (pattern->head & EB_CODE_WORDS_MAX) };
}

static inline bool eb_item_is_or(const struct eb_item *item)
{
    return item->path == EB_NO_PATH;
}

/* The item at `code`. */
static inline struct eb_item eb_item_decode(const uint32_t *code)
{
    return (struct eb_item){
        .code = code,
        .path = code[0],
        .can_be_absent = code[1] & EB_CODE_TOP_BIT,
        .predicates = { .code = code + 2,
            .words = code[1] & EB_CODE_WORDS_MAX,
            .is_long = code[1] / EB_CODE_LIST_IS_LONG & 1 },
    };
}

/* The next item; false: there is none. */
static inline bool eb_items_next(struct eb_items *items, struct eb_item *item)
{
    if (items->next == items->end)
        return false;
    *item = eb_item_decode(items->next);
    items->next = item->predicates.code + item->predicates.words;
    return true;
}

/* The branches of an `$or`: begin with all of them, then next until it is false. */
static inline struct eb_items eb_item_branches(const struct eb_item *item)
{
    return (
        struct eb_items){ item->predicates.code, item->predicates.code + item->predicates.words };
}

static inline bool eb_branches_next(struct eb_items *branches, struct eb_items *branch)
{
    if (branches->next == branches->end)
        return false;
    branch->next = branches->next + 1;
    branch->end = branch->next + *branches->next;
    branches->next = branch->end;
    return true;
}

/*
 * Whether some of a pattern's items match, as eb_pattern_match_within() does; that the payload is
 * an object is the caller's to know.
 */
bool eb_items_match_within(struct eb_items items, const struct eb_fields *fields, uint64_t *steps);

enum eb_holding {
    EB_NO,    /* they do not, whatever is asked beside them */
    EB_MAYBE, /* it depends on which values in arrays are chosen */
    EB_YES,   /* they do, whatever is asked beside them, if all of that is EB_YES */
};

/* Each of the items for itself. EB_NO when no steps are left, too. */
enum eb_holding eb_items_judge_within(
    struct eb_items items, const struct eb_fields *fields, uint64_t *steps);

#endif
