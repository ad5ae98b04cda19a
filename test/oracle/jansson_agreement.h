/*
 * jansson_agreement.h - our reader beside jansson's on the same bytes.
 */
#ifndef EB_JANSSON_AGREEMENT_H
#define EB_JANSSON_AGREEMENT_H

#include "base/arena.h"
#include "base/span.h"
#include "json/reader.h"

/*
 * Reads `text` with both and compares verdict and, where both accept, every value. NULL when they
 * agree; else what they disagree about, a static sentence. `*code` is our verdict. `arena` is
 * reserved and is reset.
 *
 * They may differ only where the difference is jansson's: it cannot hold integers beyond 64 bits,
 * reals beyond a double, or a NUL in a member's name; it overlooks a NUL byte behind a number; and
 * it nests up to another depth.
 */
const char *eb_jansson_disagreement(
    struct eb_span text, struct eb_arena *arena, enum eb_json_code *code);

#endif
