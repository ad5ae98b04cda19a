/*
 * diff.h - what is different between two schemas, place by place.
 *
 * The documents are compared as values (equal.h), so that neither the order of members nor the
 * spelling of a number is a difference; `required`, `enum` and `type` are compared as sets. What a
 * difference means for events is for compat.h to say.
 */
#ifndef EB_SCHEMA_DIFF_H
#define EB_SCHEMA_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "json/doc.h"

enum eb_difference_kind {
    EB_ADDED,
    EB_REMOVED,
    EB_CHANGED,
};

struct eb_difference {
    enum eb_difference_kind kind;
    uint32_t before; /* token of the old document; EB_NO_TOKEN: it was added */
    uint32_t after;  /* token of the new one; EB_NO_TOKEN: it was removed */
};

typedef void eb_take_difference(void *context, const struct eb_difference *difference);

/*
 * Calls `take` for every difference: what was changed or removed in the order of the old document,
 * and, object by object, what was added in that of the new one. `arena` is a reserved one, given
 * back. False when it is exhausted.
 */
bool eb_schema_diff(const struct eb_doc *before, const struct eb_doc *after, struct eb_arena *arena,
    eb_take_difference *take, void *context);

#endif
