/*
 * predicate.h - what one alternative of a pattern's field asks of a value.
 *
 *     "state": [ "open", { "prefix": "clos" } ]        two predicates
 *
 * Everything a predicate points to lives in the arena it was parsed into.
 */
#ifndef EB_PATTERN_PREDICATE_H
#define EB_PATTERN_PREDICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "pattern/address.h"
#include "pattern/value.h"

enum eb_predicate_kind {
    EB_IS_NULL,
    EB_IS_FALSE,
    EB_IS_TRUE,
    EB_IS_NUMBER,  /* number */
    EB_IS_LITERAL, /* text: a number that is not comparable, equal only as it is written */
    EB_IS_STRING,  /* text */
    EB_IS_ADDRESS, /* block, of one address: a plain string that is one */
    EB_EXACT_KINDS,
    EB_IN_RANGE = EB_EXACT_KINDS, /* range */
    EB_IN_BLOCK,                  /* block */
    EB_STARTS,                    /* text */
    EB_ENDS,                      /* text */
    EB_FOLDS_TO,                  /* text, folded (text/fold.h) */
    EB_FOLDED_STARTS,             /* text, folded */
    EB_FOLDED_ENDS,               /* text, folded */
    EB_IS_LIKE,                   /* text (wildcard.h) */
    EB_IS_NONE_OF,                /* none_of, count */
    EB_EXISTS,
    EB_IS_ABSENT, /* holds for no value, but where there is none */
    EB_PREDICATE_KINDS
};

struct eb_range {
    double low, high; /* infinite where there is no bound */
};

struct eb_predicate {
    uint8_t kind; /* of enum eb_predicate_kind */
    bool excludes_low, excludes_high;
    uint32_t count;
    union {
        double number; /* not -0 */
        struct eb_span text;
        struct eb_range range;
        const struct eb_block *block;
        const struct eb_predicate *none_of;
    };
};

_Static_assert(sizeof(struct eb_predicate) == 24, "a million rules keep two each");

/* In which forms it looks at a value: of enum eb_path_needs. */
unsigned eb_predicate_needs(const struct eb_predicate *predicate);

/* Whether the predicate holds for a value that is there. */
bool eb_predicate_holds(const struct eb_predicate *predicate, const struct eb_value *value);

/* Puts them in the order that eb_predicates_find() searches. */
void eb_predicates_sort(struct eb_predicate *predicates, uint32_t count);

/*
 * The first of sorted predicates that holds for `value`, or NULL. Logarithmic in those that ask
 * for one exact value, linear in the others.
 */
const struct eb_predicate *eb_predicates_find(
    const struct eb_predicate *predicates, uint32_t count, const struct eb_value *value);

#endif
