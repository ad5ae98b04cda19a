/*
 * wildcard.h - the text of { "wildcard": … }: * is any bytes, none included, \* a star, \\ a
 * backslash. The parser has refused two stars in a row, any other escape, and texts over
 * EB_WILDCARD_BYTES_MAX.
 */
#ifndef EB_PATTERN_WILDCARD_H
#define EB_PATTERN_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/*
 * Linear: what stands between two stars is searched for once, from where the one before it was
 * found, and memmem() looks at each byte but a few times whatever it searches for.
 */
bool eb_wildcard_matches(struct eb_span wildcard, struct eb_span text);

/*
 * The literal at the start of `*rest`, up to the next star or the end, borrowed from it, or decoded
 * into `out`, which has room for rest->len bytes. `*rest` moves behind it and the star; `*has_star`
 * says whether there was one.
 */
struct eb_span eb_wildcard_literal(struct eb_span *rest, char *out, bool *has_star);

#endif
