/*
 * diff.h - what is different between two schemas, place by place.
 *
 * Schemas are compared by what they say: members in any order, numbers by value, `required`,
 * `enum`, `type` and the lists of `dependentRequired` as sets, the branches of `allOf`, `anyOf` and
 * `oneOf` in any order, `true` like `{}`. Values that are only quoted (`const`, `default`, …) are
 * compared as values. What a difference means for events is for compat.h to say.
 */
#ifndef EB_SCHEMA_DIFF_H
#define EB_SCHEMA_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "schema/schema.h"
#include "json/doc.h"

enum eb_difference_kind {
    EB_ADDED,
    EB_REMOVED,
    EB_CHANGED,
};

/* One step on the way from the root: into a member, or into an element. */
struct eb_diff_step {
    const struct eb_diff_step *outer; /* NULL: from the root */
    struct eb_span name;              /* of the member; ptr NULL: an element */
    uint32_t index;
};

struct eb_difference {
    enum eb_difference_kind kind;
    uint32_t before;    /* token of the old document; EB_NO_TOKEN: it was added */
    uint32_t after;     /* token of the new one; EB_NO_TOKEN: it was removed */
    bool is_annotation; /* in what no keyword says: title, default, …; no verdict depends on it */
    const struct eb_diff_step *place; /* in the old document, of what was added in the new one;
                                         NULL: the root; borrowed for the call */
};

typedef void eb_take_difference(void *context, const struct eb_difference *difference);

/* Two documents, and the draft of those without `$schema`. */
struct eb_diff_question {
    const struct eb_doc *before, *after;
    enum eb_draft default_draft;
};

/*
 * Calls `take` for every difference: what was changed or removed in the order of the old document,
 * and, object by object, what was added in that of the new one. Linear in both, as expected.
 * `arena` is a reserved one, given back; the places live in it. False when it is exhausted.
 */
bool eb_schema_diff(const struct eb_diff_question *question, struct eb_arena *arena,
    eb_take_difference *take, void *context);

/* The JSON Pointer of a place, given in `arena`; ptr NULL when that is exhausted. */
struct eb_span eb_diff_pointer(const struct eb_diff_step *place, struct eb_arena *arena);

#endif
