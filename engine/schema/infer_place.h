/*
 * infer_place.h - what an inference remembers of its samples.
 *
 *     {"id":1,"at":[…]}      place ── members ─┬─ "id" ── place
 *     {"id":2}                                 └─ "at" ── place ── element ── place
 *
 * A place is everything that was seen at one path, the elements of an array being one path. An
 * object whose members have more names than a person would give is a table: its place forgets
 * them, and what they lead to becomes one place, `values`.
 */
#ifndef EB_SCHEMA_INFER_PLACE_H
#define EB_SCHEMA_INFER_PLACE_H

#include "base/limits.h"
#include "schema/infer.h"
#include "schema/map.h"
#include "text/format.h"

/* In the order in which a schema tells them. */
enum eb_infer_kind {
    EB_INFER_BOOLEAN,
    EB_INFER_INTEGER,
    EB_INFER_NUMBER,
    EB_INFER_STRING,
    EB_INFER_ARRAY,
    EB_INFER_OBJECT,
    EB_INFER_NULL,
    EB_INFER_KIND_COUNT,
};

enum { EB_INFER_FORMAT_COUNT = 9 };

/* A number as it was written. */
struct eb_infer_literal {
    char bytes[EB_INFER_LITERAL_BYTES_MAX];
    uint8_t len;
};

struct eb_infer_range {
    struct eb_infer_literal min, max;
    bool is_unknown; /* some number was written too long to be remembered */
};

/* The strings seen at one place, while they are few and short. */
struct eb_infer_words {
    struct eb_span items[EB_INFER_WORDS_MAX];
    uint32_t count;
    bool are_many;
    uint32_t formats; /* bits of those that all strings have */
};

struct eb_infer_place {
    uint64_t counts[EB_INFER_KIND_COUNT];
    struct eb_infer_range *range;   /* NULL: no number yet */
    struct eb_infer_words *words;   /* NULL: no string yet */
    struct eb_infer_place *element; /* NULL: no element yet */
    struct eb_map members;          /* to struct eb_infer_member */
    struct eb_infer_member *first;  /* in the order they were met */
    struct eb_infer_member **last;
    struct eb_infer_place *values; /* of a table; NULL: it is none */
    bool is_bottom;                /* so deep that only kinds are told apart */
};

struct eb_infer_member {
    struct eb_infer_member *next;
    struct eb_span name;
    uint64_t count; /* of the objects that have it */
    struct eb_infer_place place;
};

struct eb_inference {
    struct eb_arena *arena;
    struct eb_infer_options options;
    const struct eb_format *formats[EB_INFER_FORMAT_COUNT];
    struct eb_infer_place root;
};

static inline struct eb_span eb_infer_literal_text(const struct eb_infer_literal *literal)
{
    return eb_span(literal->bytes, literal->len);
}

#endif
