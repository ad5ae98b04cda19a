/*
 * pattern_untangle.h - no way through a pattern names a field twice.
 *
 *     { "a": [1], "$or": [ { "a": [2] }, { "b": [3] } ] }
 *
 * says a = 2, or a = 1 and b = 3: of two that name one field, the later one counts. Here an item
 * that an `$or` behind it might replace is moved into those branches that do not replace it:
 *
 *     a ── (or) ─┬─ a      becomes      (or) ─┬─ a = 2
 *                └─ b                         └─ a = 1 ── b
 */
#ifndef EB_PATTERN_UNTANGLE_H
#define EB_PATTERN_UNTANGLE_H

#include "base/arena.h"
#include "pattern/pattern.h"

enum eb_untangle_result {
    EB_UNTANGLED,
    EB_UNTANGLE_LIMIT, /* it would take more than EB_PATTERN_UNTANGLED_MAX items */
    EB_UNTANGLE_NO_MEMORY,
};

/*
 * Puts untangled items into `*items`, from `arena`, if they are tangled; predicates are shared with
 * the old ones.
 */
enum eb_untangle_result eb_pattern_untangle(
    const struct eb_pattern_item **items, struct eb_arena *arena, struct eb_arena *scratch);

#endif
