/*
 * paths.h - the fields any rule of a snapshot mentions, interned once for the whole bus.
 *
 * A path is a chain of member names from one of two roots: the payload, or the message itself
 * (`$mqtt`). Interning gives every path a small number; flattening an event walks payload and
 * paths together, so a member no rule mentions costs one failed look-up and is then skipped.
 *
 * A dot in a member name separates names, in patterns and in events: "a.b" is `a`, then `b`.
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

enum {
    EB_PATH_PAYLOAD = 0, /* root: the payload's members */
    EB_PATH_MESSAGE = 1, /* root: `$mqtt` */
    EB_NO_PATH = UINT32_MAX,
};

/* In which forms the values of a path are compared, beside their text. */
enum eb_path_needs {
    EB_NEEDS_NUMBER = 1,
    EB_NEEDS_FOLDED = 2,
    EB_NEEDS_ADDRESS = 4,
};

/* One path: the last step to it. */
struct eb_path {
    struct eb_span name;
    uint64_t head;          /* the name's first eight bytes */
    uint64_t member_filter; /* a bit for each member's name: most names of an event are nobody's */
    uint32_t first_member;  /* after freezing, where its members are listed */
    uint32_t member_count;
    uint32_t parent;
    uint8_t needs;         /* of enum eb_path_needs */
    bool is_compared;      /* a pattern compares its values; else it is on the way to others */
    bool has_deep_members; /* some member has members, so a name with a dot may be a path */
};

/* Grows while rules are parsed; all its memory is in `arena`. NULL without memory. */
struct eb_paths *eb_paths_new(struct eb_arena *arena);
/* Ends the growing; from then on any number of threads may read. False without memory. */
bool eb_paths_freeze(struct eb_paths *paths);

/* The path one member further than `parent`, made if it is new. EB_NO_PATH without memory. */
uint32_t eb_paths_intern(struct eb_paths *paths, uint32_t parent, struct eb_span name);

/* Says that a pattern compares the values of `path`; `needs` are of enum eb_path_needs, added. */
void eb_paths_compare(struct eb_paths *paths, uint32_t path, unsigned needs);

/* The path one member further than `parent`, or EB_NO_PATH. */
uint32_t eb_paths_find(const struct eb_paths *paths, uint32_t parent, struct eb_span name);

/*
 * The same after freezing, and faster. `readable` is how many bytes may be read from name.ptr on,
 * at least name.len.
 */
uint32_t eb_paths_find_member(const struct eb_paths *paths, const struct eb_path *parent,
    struct eb_span name, size_t readable);

/*
 * Where a path has so many members that the tables do not stay in the cache, eb_paths_fetch()
 * begins to get what finding `name` will need; to be called for all names before the first is
 * looked for.
 */
bool eb_paths_is_large(const struct eb_path *parent);
void eb_paths_fetch(const struct eb_paths *paths, uint32_t parent, struct eb_span name);

/* Borrowed until another path is interned. */
const struct eb_path *eb_paths_get(const struct eb_paths *paths, uint32_t path);

/* How the path is written: "data.percent", "$mqtt.level". In `arena`; ptr NULL when exhausted. */
struct eb_span eb_paths_text(const struct eb_paths *paths, uint32_t path, struct eb_arena *arena);

/* One event, flattened. Defined in fields.h; lives in the arena it was read into. */
struct eb_fields;

/*
 * `doc` is NULL when the payload is not JSON or over a limit: then only `$mqtt` has fields.
 * NULL when the arena is exhausted. Never touches the heap.
 */
struct eb_fields *eb_fields_read(const struct eb_paths *paths, const struct eb_doc *doc,
    const struct eb_message *message, struct eb_arena *arena);

#endif
