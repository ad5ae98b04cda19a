/*
 * pattern_cover.h - whether every event that one pattern matches is matched by another.
 *
 * For who reads a configuration: finds what a person would find by looking, field by field, and is
 * never wrong when it says yes.
 */
#ifndef EB_PATTERN_COVER_H
#define EB_PATTERN_COVER_H

#include <stdbool.h>

#include "base/arena.h"
#include "pattern/pattern.h"
#include "json/writer.h"

/*
 * True: whatever `inner` matches, `outer` does; NULL matches everything. `scratch` is a growing or
 * a reserved arena. False: it does not, or it cannot be told.
 */
bool eb_pattern_is_covered(
    const struct eb_pattern *inner, const struct eb_pattern *outer, struct eb_arena *scratch);

/*
 * Writes an event that the pattern is likely to match: one object, with values that the first
 * alternatives ask for. Patterns that cover it match it, too, so an index finds them by it. Nothing
 * is put into `$mqtt`.
 */
void eb_pattern_write_sample(const struct eb_pattern *pattern, const struct eb_paths *paths,
    struct eb_arena *scratch, struct eb_json_writer *out);

#endif
