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
    EB_NEEDS_ALL = 7,
};

/* One path: the last step to it. */
struct eb_path {
    uint64_t head; /* the name's first eight bytes */
    const char *name;
    uint32_t name_len;
    uint32_t number;
    uint32_t parent;
    uint32_t members : 27;    /* after freezing, where its members are listed; 0: it has none */
    uint32_t needs : 3;       /* of enum eb_path_needs */
    uint32_t is_compared : 1; /* a pattern compares its values; else it is on the way to others */
    uint32_t goes_on : 1;     /* for who looks paths up */
};

_Static_assert(sizeof(struct eb_path) == 32, "two paths a cache line");

static inline struct eb_span eb_path_name(const struct eb_path *path)
{
    return eb_span(path->name, path->name_len);
}

enum { EB_PATH_FILTER_WORDS = 4 };

/* The members of a path, after freezing. */
struct eb_path_members {
    uint64_t filter[EB_PATH_FILTER_WORDS]; /* a bit for each one's mark */
    uint64_t deep_filter; /* a bit for the first byte of those that have members themselves */
    uint32_t path, first, count;
};

/*
 * False: the name, as it is written in the text, is none of the members, and does not begin the way
 * to one further down ("a.b"). Most names of an event are nobody's: that is to cost as little as
 * can be.
 */
static inline bool eb_path_members_may_have(
    const struct eb_path_members *members, const struct eb_token *token, const char *text)
{
    unsigned bit = token->count % (64 * EB_PATH_FILTER_WORDS);
    if (members->filter[bit / 64] >> bit % 64 & 1 || token->flags & EB_TOKEN_IS_ESCAPED)
        return true;
    return members->deep_filter &&
           members->deep_filter >> (unsigned char)text[token->start] % 64 & 1;
}

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

/* The members of a path, after freezing; NULL: it has none. */
const struct eb_path_members *eb_paths_members(
    const struct eb_paths *paths, const struct eb_path *path);

/* One of them, or NULL. `mark` is the name's. */
const struct eb_path *eb_paths_find_member(const struct eb_paths *paths,
    const struct eb_path_members *members, struct eb_span name, uint32_t mark);

/*
 * Where there are so many members that the tables do not stay in the cache, finding goes in two
 * steps, each to be taken for all names of an event before the next: hash a name, which begins to
 * get all there is to know of the path; find. So that all wait for memory at the same time, once.
 */
bool eb_path_members_are_many(const struct eb_path_members *members);
uint64_t eb_paths_hash(
    const struct eb_paths *paths, const struct eb_path_members *members, struct eb_span name);
const struct eb_path *eb_paths_find_hashed(const struct eb_paths *paths,
    const struct eb_path_members *members, struct eb_span name, uint64_t hash);

/* The same hash of a path there is. */
uint64_t eb_path_hash(const struct eb_path *path);

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
