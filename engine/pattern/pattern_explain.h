/*
 * pattern_explain.h - why an event does not match.
 *
 * The matcher itself is asked, about parts of the pattern: what is said here cannot differ from
 * what it does. Cold, but without heap: also for who asks inside a broker.
 */
#ifndef EB_PATTERN_EXPLAIN_H
#define EB_PATTERN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/fields.h"
#include "pattern/pattern_code.h"

enum eb_mismatch_kind {
    EB_MISMATCH_VALUE,   /* there are values, and none is one of those asked for */
    EB_MISMATCH_MISSING, /* there is no value */
    EB_MISMATCH_PRESENT, /* there is a value where none may be */
    EB_MISMATCH_APART,   /* not beside what those before it hold for: only in another element of an
                            array. Of an `$or` as a whole no field is named. */
    EB_MISMATCH_PAYLOAD, /* the payload is not a JSON object, or over a limit; no field is named */
    EB_MISMATCH_STEPS,   /* the matcher gave up before it knew; no field is named */
};

/* A field that did not match. */
struct eb_mismatch {
    const struct eb_mismatch *next; /* that of the next branch: one of them would have done */
    enum eb_mismatch_kind kind;
    struct eb_span field;              /* "data.percent"; ptr NULL: none is named */
    struct eb_predicates expected;     /* one of these */
    const struct eb_path_fields *seen; /* NULL: nothing */
};

struct eb_pattern_answer {
    bool is_match;
    const struct eb_mismatch *mismatches; /* of the first item that did not match */
    bool has_more_mismatches;             /* than EB_MISMATCHES_MAX: a long `$or` */
};

/*
 * The first item that cannot match whatever is beside it; if there is none, the one behind the
 * longest beginning of the pattern that matches. Everything is given in `arena`; false when it is
 * exhausted.
 */
bool eb_pattern_explain(const struct eb_pattern *pattern, const struct eb_paths *paths,
    const struct eb_fields *fields, struct eb_arena *arena, struct eb_pattern_answer *answer);

/* How many items (fields, `$or`s) would have to be other for a match; 0 does not mean that it does.
 */
uint32_t eb_pattern_distance(const struct eb_pattern *pattern, const struct eb_fields *fields);

/* "value", "missing", …: the words for programs. Static. */
const char *eb_mismatch_name(enum eb_mismatch_kind kind);

#endif
