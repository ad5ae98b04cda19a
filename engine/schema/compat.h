/*
 * compat.h - whether a new version of a schema may take the place of the old one.
 *
 *     backward    what was valid under the old one is valid under the new one: consumers that know
 *                 the new version can read what producers of the old one send
 *     forward     the other way round: consumers of the old version can read what is sent now
 *     full        both
 *
 * Judged by what the schemas mean, not by how they are written. NO comes with values that the
 * validator has judged by both versions. YES is a proof. What can neither be proved nor refuted
 * within bounds is UNKNOWN.
 */
#ifndef EB_SCHEMA_COMPAT_H
#define EB_SCHEMA_COMPAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "schema/schema.h"

enum eb_compat_mode {
    EB_COMPAT_NONE = 0,
    EB_COMPAT_BACKWARD = 1,
    EB_COMPAT_FORWARD = 2,
    EB_COMPAT_FULL = EB_COMPAT_BACKWARD | EB_COMPAT_FORWARD,
};

enum eb_compat_verdict {
    EB_COMPAT_YES,
    EB_COMPAT_UNKNOWN,
    EB_COMPAT_NO,
};

/* Where a keyword stands, or would stand. */
struct eb_change_place {
    const char *file; /* borrowed from the document; NULL: it has no name */
    uint32_t line, column;
    struct eb_span pointer;
};

/* One keyword that accepts less in one version than the other version does. */
struct eb_change {
    const struct eb_change *next;
    enum eb_compat_mode direction; /* BACKWARD or FORWARD: what it breaks */
    const char *kind;              /* "required-added": static, one of a fixed set */
    struct eb_change_place old_place, new_place;
    struct eb_span sentence; /* what is refused by which keyword */
    const char *advice;      /* what would be compatible; static */
    struct eb_span witness;  /* JSON: valid under the one, invalid under the other. ptr NULL:
                                none was found, and none was proved not to be */
};

struct eb_compat_report {
    enum eb_compat_verdict verdict;
    const struct eb_change *changes; /* those without witness are why a verdict is UNKNOWN */
    uint32_t change_count;
    bool is_cut; /* there may be more changes than were looked for */
};

/*
 * Judge `new_schema` against `old_schema`, compiled by one library or two. Everything in the report
 * is given in `arena`, a growing one. False without memory.
 */
bool eb_compat_judge(const struct eb_schema *old_schema, const struct eb_schema *new_schema,
    enum eb_compat_mode mode, struct eb_arena *arena, struct eb_compat_report *report);

/* "backward", "forward", "full", "none", static. */
const char *eb_compat_mode_name(enum eb_compat_mode mode);
const char *eb_compat_verdict_name(enum eb_compat_verdict verdict);

#endif
