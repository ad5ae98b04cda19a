/*
 * location.h - where in schemas a fault was found (2020-12 core §12.3).
 *
 *     keywordLocation          /properties/door/$ref/maxLength    the way the judging went
 *     absoluteKeywordLocation  https://…/common#/$defs/door/maxLength    where the keyword stands
 */
#ifndef EB_SCHEMA_LOCATION_H
#define EB_SCHEMA_LOCATION_H

#include <stdint.h>

#include "base/arena.h"
#include "schema/program.h"

/* One step of the way: a keyword, and where it has several subschemas, which of them. */
struct eb_trail {
    const struct eb_trail *up; /* NULL: the first */
    enum eb_keyword keyword;
    struct eb_span name; /* a member's; ptr NULL: none */
    uint32_t index;      /* an element's; EB_NO_TOKEN: none */
};

/* Both in `arena`; ptr is NULL without memory. `last` is the keyword itself, its `up` not used. */
struct eb_span eb_location_of_keyword(
    const struct eb_trail *trail, const struct eb_trail *last, struct eb_arena *arena);
struct eb_span eb_location_absolute(
    const struct eb_origin *origin, const struct eb_trail *last, struct eb_arena *arena);

#endif
