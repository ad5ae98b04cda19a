/*
 * paths.h - the fields any rule of a snapshot mentions, interned once for the whole bus.
 *
 * A path is a chain of member names from one of two roots: the payload, or the message itself
 * (`$mqtt`). Interning gives every path a small number; flattening an event walks payload and
 * paths together, so a member no rule mentions costs one failed look-up and is then skipped.
 */
#ifndef EB_PATTERN_PATHS_H
#define EB_PATTERN_PATHS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/message.h"
#include "base/span.h"
#include "json/doc.h"

struct eb_paths;

/* Grows while rules are parsed; all its memory is in `arena`. NULL without memory. */
struct eb_paths *eb_paths_new(struct eb_arena *arena);
/* Ends the growing: builds the look-up tables. False without memory. */
bool eb_paths_freeze(struct eb_paths *paths);

/* One event, flattened. Defined in fields.h; lives in the arena it was read into. */
struct eb_fields;

/*
 * `doc` is NULL when the payload is not JSON or over a limit: then only `$mqtt` has fields.
 * NULL when the arena is exhausted. Never touches the heap.
 */
struct eb_fields *eb_fields_read(const struct eb_paths *paths, const struct eb_doc *doc,
    const struct eb_message *message, struct eb_arena *arena);

#endif
