/*
 * pattern.h - an event pattern: the EventBridge language with the semantics of aws/event-ruler.
 *
 *     { "type": ["open", "shut"], "$or": [ { "n": [1] }, { "m": [2], "k": [3] } ] }
 *
 *     items:  type ── (or) ─┬─ n
 *                           └─ m ── k
 *
 * All items of a list must hold, one branch of an `$or` must. In the text, a field that is named
 * again further down a way (inside an `$or`, or behind one) takes the place of the one before;
 * parsing sorts that out, so that no way through a parsed pattern names a field twice.
 *
 * A pattern matches when every field on some way through it finds a value that one of its
 * predicates holds for, no two of the values being in different elements of one array; a field
 * that asks for absence is satisfied when it has no value that could be chosen together with
 * those.
 */
#ifndef EB_PATTERN_PATTERN_H
#define EB_PATTERN_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "pattern/paths.h"
#include "json/doc.h"

struct eb_pattern;

/*
 * Parse the pattern at `token` into `arena`, interning its paths. NULL, with every mistake in
 * `diags`, when it is not a pattern, or when memory ran out. `doc` is not needed afterwards.
 */
struct eb_pattern *eb_pattern_parse(const struct eb_doc *doc, uint32_t token,
    struct eb_paths *paths, struct eb_arena *arena, struct eb_diag_list *diags);

/* Whether it names a field of the payload; such a pattern matches nothing unreadable. */
bool eb_pattern_reads_payload(const struct eb_pattern *pattern);

/*
 * Whether the event matches. Never touches the heap. Linear in the pattern and in its fields'
 * values, except where values stand in different elements of arrays and have to be chosen together:
 * there it searches.
 */
bool eb_pattern_match(const struct eb_pattern *pattern, const struct eb_fields *fields);

/*
 * The same, spending from `*steps`; when they are used up it is false and `*steps` is 0. `known`
 * is the code of a predicate of the pattern (pattern_code.h) that probably holds, or NULL.
 */
bool eb_pattern_match_within(const struct eb_pattern *pattern, const struct eb_fields *fields,
    const uint32_t *known, uint64_t *steps);

#endif
