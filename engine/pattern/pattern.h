/*
 * pattern.h - an event pattern: the EventBridge language with the semantics of aws/event-ruler.
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

/* The obvious matcher: what the language means, one rule at a time. Never touches the heap. */
bool eb_pattern_match(const struct eb_pattern *pattern, const struct eb_fields *fields);

#endif
