/*
 * key.h - a text put together from an event, for looking something up: "acme.${type}@1".
 *
 * The same templates as those of topics, but every placeholder must have a string.
 */
#ifndef EB_TARGET_KEY_H
#define EB_TARGET_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hash.h"
#include "target/render.h"
#include "json/doc.h"

/* Immutable; lives in the arena it was compiled into. */
struct eb_key;

/*
 * Compile the string at `token` into `arena`; `scratch` is for the time being. `$event` and
 * `$rule`, which the bus makes itself, are no part of a key. NULL after a diagnostic.
 */
const struct eb_key *eb_key_compile(const struct eb_doc *doc, uint32_t token,
    struct eb_arena *arena, struct eb_arena *scratch, struct eb_diag_list *diags);

/* Whether it is the same for every event. */
bool eb_key_is_literal(const struct eb_key *key);

/*
 * Put the key together in `out`, as far as there is room: a key that fills it may have been cut.
 * Returns fault->code: EB_RENDER_OK, EB_RENDER_MISSING or EB_RENDER_NOT_TEXT. Never allocates.
 */
enum eb_render_code eb_key_render(const struct eb_key *key, const struct eb_render *render,
    char *out, size_t out_bytes, size_t *len, struct eb_render_fault *fault);

/*
 * Adds to `hasher` what the key says of this event: no two sequences of values add the same, and
 * nor do two keys spelled differently. Numbers, true and false have a text here. False, with
 * anything added, when a value is missing, empty, or null, an array or an object. Never allocates.
 */
bool eb_key_hash(
    const struct eb_key *key, const struct eb_render *render, struct eb_hasher *hasher);

/*
 * The JSON Pointer of what the placeholder spelled `source` reads in the payload, or, with ptr
 * NULL, the first one. Given in `arena`; "" when it reads something else, ptr NULL without memory.
 */
struct eb_span eb_key_pointer(
    const struct eb_key *key, struct eb_span source, struct eb_arena *arena);

#endif
