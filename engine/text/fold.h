/*
 * fold.h - comparing text without regard to case.
 *
 * Folding turns a letter into its lower case when each of the two is the other's only counterpart
 * (Unicode's simple case mappings, taken both ways), whole code points at a time and whatever the
 * locale. So É equals é and 𐐀 equals 𐐨, while ς is not σ, ß is not ss and İ is not i: a letter with
 * two counterparts, or one that takes two letters, has no other case here. Two texts are equal
 * without regard to case when they fold to the same bytes.
 */
#ifndef EB_TEXT_FOLD_H
#define EB_TEXT_FOLD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

uint32_t eb_fold_code_point(uint32_t code_point);

/*
 * `text` folded; bytes that are not UTF-8 stay as they are. Borrowed from `text` or from `arena`;
 * ptr is NULL when the arena is exhausted.
 */
struct eb_span eb_fold(struct eb_span text, struct eb_arena *arena);

#endif
