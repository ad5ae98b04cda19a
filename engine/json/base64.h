/*
 * base64.h - bytes that came as base64 (RFC 4648 §4), back as bytes.
 *
 * Strict: padded, without line breaks, and with no bit set that stands for nothing (§3.5), so that
 * no two texts are the same bytes.
 */
#ifndef EB_JSON_BASE64_H
#define EB_JSON_BASE64_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/*
 * Given in `arena`, with a NUL behind it. ptr is NULL when `text` is not base64, or, as
 * `*is_exhausted` then says, when there is no room; nothing of the arena is then used up.
 */
struct eb_span eb_base64_decode(struct eb_span text, struct eb_arena *arena, bool *is_exhausted);

#endif
