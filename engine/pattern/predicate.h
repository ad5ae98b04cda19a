/*
 * predicate.h - what one alternative of a pattern's field asks of a value.
 *
 *     "state": [ "open", { "prefix": "clos" } ]        two predicates
 *
 * A pattern keeps predicates as code, words of 32 bits one behind the other, because there may be
 * millions: three words for "open". Whoever looks at one decodes it into a struct eb_predicate,
 * which borrows texts and blocks from the code.
 */
#ifndef EB_PATTERN_PREDICATE_H
#define EB_PATTERN_PREDICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
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
    EB_FOLDS_TO,   /* text, folded (text/fold.h) */
    EB_EXACT_KINDS,
    EB_IN_RANGE = EB_EXACT_KINDS, /* range */
    EB_IN_BLOCK,                  /* block */
    EB_STARTS,                    /* text */
    EB_ENDS,                      /* text */
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

/* Predicates in code. */
struct eb_predicates {
    const uint32_t *code;
    uint32_t words : 31;
    uint32_t is_long : 1; /* a table stands before them */
};

struct eb_predicate {
    uint8_t kind; /* of enum eb_predicate_kind */
    bool excludes_low, excludes_high;
    uint32_t count; /* of `none_of` */
    union {
        double number; /* not -0 */
        struct eb_span text;
        struct eb_range range;
        const struct eb_block *block;
        const struct eb_predicate *none_of; /* while it is parsed */
        struct eb_predicates excluded;      /* of EB_IS_NONE_OF, once decoded */
    };
};

/* In which forms it looks at a value: of enum eb_path_needs. Of one that is being parsed. */
unsigned eb_predicate_needs(const struct eb_predicate *predicate);

/* Puts parsed ones in the order in which they are kept: exact kinds first, absence last. */
void eb_predicates_sort(struct eb_predicate *predicates, uint32_t count);

/* ---- code ---- */

/*
 * The first word: the kind, whether the low and the high end are excluded, and a length: of a text
 * its bytes, of what is excluded its words. Behind it the text, a double, two, a block or the
 * excluded predicates, filled up to whole words.
 */
enum {
    EB_CODE_KIND_MASK = 31,
    EB_CODE_EXCLUDES_LOW = 32,
    EB_CODE_EXCLUDES_HIGH = 64,
    EB_CODE_IS_LONG = 32, /* of what is excluded */
    EB_CODE_LEN_SHIFT = 7,
    EB_CODE_LEN_MAX = (1 << 25) - 1,
    EB_CODE_BLOCK_WORDS = (sizeof(struct eb_block) + 3) / 4,
    EB_CODE_FEW = 8, /* longer lists have a table */
};

/*
 * A list that is not one of a few begins with a table of its predicates of exact kinds, hashed, so
 * that one that has thousands is judged as fast as one that has ten:
 *
 *     slots    how many
 *     inexact  words from the list's beginning to its first predicate of another kind
 *     …        slots: words from the beginning to a predicate, 0: free; at most two thirds are not
 *     …        the predicates
 */
enum {
    EB_TABLE_SLOTS,
    EB_TABLE_INEXACT,
    EB_TABLE_HEAD,
};

_Static_assert((int)EB_PREDICATE_KINDS <= (int)EB_CODE_KIND_MASK + 1, "a kind has five bits");

/* Decodes the predicate at `code`; returns what is behind it. */
const uint32_t *eb_predicate_decode(const uint32_t *code, struct eb_predicate *predicate);

/* The slot where the search for a predicate of an exact kind begins. */
uint32_t eb_predicate_home(const struct eb_predicate *predicate, uint32_t slots);

/* Goes through a list: begin, then next until it is false. */
struct eb_predicate_cursor {
    const uint32_t *next, *end;
};

struct eb_predicate_cursor eb_predicates_begin(const struct eb_predicates *predicates);

static inline bool eb_predicates_next(
    struct eb_predicate_cursor *cursor, struct eb_predicate *predicate)
{
    if (cursor->next == cursor->end)
        return false;
    cursor->next = eb_predicate_decode(cursor->next, predicate);
    return true;
}

/* ---- holding ---- */

/* Most texts are short, and a call of memcmp() costs more than comparing them. */
static inline bool eb_texts_equal(struct eb_span a, struct eb_span b)
{
    if (a.len != b.len)
        return false;
    if (a.len > 16)
        return memcmp(a.ptr, b.ptr, a.len) == 0;
    if (a.len >= 8)
        return eb_hash_load(a.ptr, 8) == eb_hash_load(b.ptr, 8) &&
               eb_hash_load(a.ptr + a.len - 8, 8) == eb_hash_load(b.ptr + b.len - 8, 8);
    if (a.len >= 4)
        return eb_hash_load(a.ptr, 4) == eb_hash_load(b.ptr, 4) &&
               eb_hash_load(a.ptr + a.len - 4, 4) == eb_hash_load(b.ptr + b.len - 4, 4);
    for (size_t i = 0; i < a.len; i++) {
        if (a.ptr[i] != b.ptr[i])
            return false;
    }
    return true;
}

/* Whether the predicate, decoded, holds for a value that is there. */
bool eb_predicate_holds(const struct eb_predicate *predicate, const struct eb_value *value);

/* Whether the code is nothing but one EB_IS_STRING. */
static inline bool eb_is_one_string(const uint32_t *code, uint32_t words)
{
    return (*code & EB_CODE_KIND_MASK) == EB_IS_STRING &&
           ((*code >> EB_CODE_LEN_SHIFT) + 3) / 4 + 1 == words;
}

/* Whether the value is the string of the EB_IS_STRING at `code`. */
static inline bool eb_is_string(const uint32_t *code, const struct eb_value *value)
{
    struct eb_span text = eb_span((const char *)(code + 1), *code >> EB_CODE_LEN_SHIFT);
    return value->type == EB_JSON_STRING && eb_texts_equal(value->text, text);
}

/* The same of the predicate at `code`. */
static inline bool eb_predicate_code_holds(const uint32_t *code, const struct eb_value *value)
{
    if ((*code & EB_CODE_KIND_MASK) == EB_IS_STRING)
        return eb_is_string(code, value);
    struct eb_predicate predicate;
    eb_predicate_decode(code, &predicate);
    return eb_predicate_holds(&predicate, value);
}

/* How many of them go through the whole of a value: the wildcards. */
uint32_t eb_predicates_count_wildcards(const struct eb_predicates *predicates);

bool eb_predicates_find(const struct eb_predicates *predicates, const struct eb_value *value);

/*
 * Whether any of them holds for `value`. Those that ask for one exact value are found by one look,
 * if they are more than a few; linear in the others.
 */
static inline __attribute__((always_inline)) bool eb_predicates_hold(
    const struct eb_predicates *predicates, const struct eb_value *value)
{
    const uint32_t *code = predicates->code;
    if (predicates->is_long)
        return eb_predicates_find(predicates, value);
    if (eb_is_one_string(code, predicates->words))
        return eb_is_string(code, value);
    if ((*code & EB_CODE_KIND_MASK) == EB_EXISTS)
        return true;
    bool is_not_one_string = (*code & EB_CODE_KIND_MASK) == EB_IS_NONE_OF &&
                             (*code >> EB_CODE_LEN_SHIFT) + 1 == predicates->words &&
                             eb_is_one_string(code + 1, predicates->words - 1);
    return is_not_one_string ? !eb_is_string(code + 1, value)
                             : eb_predicates_find(predicates, value);
}

#endif
