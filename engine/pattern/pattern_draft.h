/*
 * pattern_draft.h - a pattern while it is parsed, untangled and packed.
 *
 * Lists that are easy to change. Predicates borrow text from the document or from scratch memory;
 * packing writes all there is as code.
 */
#ifndef EB_PATTERN_DRAFT_H
#define EB_PATTERN_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/pattern.h"

/* A field with its predicates, or an `$or` with its branches. */
struct eb_draft_item {
    struct eb_draft_item *next;
    uint32_t path; /* EB_NO_PATH: an `$or` */
    uint32_t count;
    union {
        const struct eb_predicate *predicates; /* sorted */
        struct eb_draft_item *const *branches; /* the first item of each; NULL: no items */
    };
};

static inline bool eb_draft_is_or(const struct eb_draft_item *item)
{
    return item->path == EB_NO_PATH;
}

enum eb_untangle_result {
    EB_UNTANGLED,
    EB_UNTANGLE_LIMIT, /* it would take more than EB_PATTERN_UNTANGLED_MAX items */
    EB_UNTANGLE_NO_MEMORY,
};

/*
 * Sees to it that no way through the pattern names a field twice.
 *
 *     { "a": [1], "$or": [ { "a": [2] }, { "b": [3] } ] }
 *
 * says a = 2, or a = 1 and b = 3: of two that name one field, the later one counts. So an item that
 * an `$or` behind it might replace is moved into those branches that do not replace it:
 *
 *     a ── (or) ─┬─ a      becomes      (or) ─┬─ a = 2
 *                └─ b                         └─ a = 1 ── b
 */
enum eb_untangle_result eb_draft_untangle(struct eb_draft_item **items, struct eb_arena *scratch);

enum eb_pack_result {
    EB_PACKED,
    EB_PACK_LIMIT, /* a text, or the whole, is longer than code can say */
    EB_PACK_NO_MEMORY,
};

/* The pattern as code (pattern_code.h), in one piece of `arena`. */
enum eb_pack_result eb_draft_pack(const struct eb_draft_item *items, bool reads_payload,
    struct eb_arena *arena, struct eb_pattern **pattern);

#endif
