/*
 * uri.h - RFC 3986, as far as identifiers of schemas need it: splitting and resolving.
 */
#ifndef EB_SCHEMA_URI_H
#define EB_SCHEMA_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/* The five components (§3), borrowed from the text; ptr NULL where the text has none. */
struct eb_uri {
    struct eb_span scheme;
    struct eb_span authority;
    struct eb_span path; /* always there, maybe empty */
    struct eb_span query;
    struct eb_span fragment;
};

/* Splits any text; it cannot fail, because every string parses as a reference (appendix B). */
struct eb_uri eb_uri_split(struct eb_span text);

/* With a scheme and without a fragment: what a schema may be known by. */
bool eb_uri_is_absolute(struct eb_span text);

/* `text` up to its '#'. */
struct eb_span eb_uri_without_fragment(struct eb_span text);

/*
 * `reference` without its fragment, resolved against `base` (§5.2), given in `arena`; ptr NULL
 * without memory.
 */
struct eb_span eb_uri_resolve(
    struct eb_span base, struct eb_span reference, struct eb_arena *arena);

/* "URI#FRAGMENT", given in `arena`; ptr NULL without memory. */
struct eb_span eb_uri_join(struct eb_span uri, struct eb_span fragment, struct eb_arena *arena);

/* `text` with its %XX decoded (§2.1), given in `arena`; ptr NULL without memory. */
struct eb_span eb_uri_decode(struct eb_span text, struct eb_arena *arena);

#endif
