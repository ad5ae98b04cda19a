/*
 * wildcard.h - the text of { "wildcard": … }: * is any bytes, none included, \* a star, \\ a
 * backslash. The parser has refused two stars in a row and any other escape.
 */
#ifndef EB_PATTERN_WILDCARD_H
#define EB_PATTERN_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* At most text.len × wildcard.len steps: each byte of the text may begin one literal anew. */
bool eb_wildcard_matches(struct eb_span wildcard, struct eb_span text);

/*
 * The literal at the start of `*rest`, up to the next star or the end, decoded into `out`, which
 * has room for rest->len bytes. `*rest` moves behind it and the star; `*has_star` says whether
 * there was one.
 */
struct eb_span eb_wildcard_literal(struct eb_span *rest, char *out, bool *has_star);

#endif
