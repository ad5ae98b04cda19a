/*
 * fields.h - an event, flattened: the scalars at the paths that rules mention.
 *
 * Arrays disappear: {"a":[{"b":1},{"b":2}]} has two fields a.b. What is left of them is which
 * element of which array a field stood in, because two fields of one match must not come from
 * different elements of one array. A scalar that is itself an element of an array stands in none
 * by that, so ["x","y"] satisfies a rule that asks for both.
 *
 * Everything lives in the arena it was read into, and borrows from document and message.
 */
#ifndef EB_PATTERN_FIELDS_H
#define EB_PATTERN_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "pattern/paths.h"
#include "pattern/value.h"

/* An array's element that is an object or an array. */
struct eb_element {
    const struct eb_element *outer; /* the nearest one around it; NULL: none */
    uint32_t depth;                 /* how many there are from it outwards, itself included */
    uint32_t token;                 /* the element, */
    uint32_t array, array_end;      /* its array, and the first token behind that */
};

/* One scalar. */
struct eb_field {
    const struct eb_field *next;      /* of the same path, in the order of the document */
    const struct eb_element *element; /* the nearest one around it; NULL: none */
    uint32_t token;                   /* 0: from the message */
    uint32_t number;                  /* how many of the same path come before it */
    struct eb_value value;
};

/* All there are of one path: at least one, which is kept here. */
struct eb_path_fields {
    struct eb_path_fields *next; /* the next path, in no order */
    struct eb_field *last;
    const struct eb_field **all; /* by number; NULL when they are few */
    const struct eb_path *known; /* all there is to know of the path */
    uint64_t name_hash;          /* eb_path_hash(known), if it was at hand; else 0 */
    uint32_t path;
    uint32_t count;
    struct eb_field first;
};

enum { EB_FIELDS_FEW = 16 };

struct eb_fields {
    struct eb_path_fields *paths;  /* those that have fields */
    struct eb_path_fields **slots; /* the same, hashed by path */
    uint32_t slot_count;           /* a power of two */
    uint32_t path_count;           /* less than half of that */
    bool has_payload;              /* a JSON object was read */
    struct eb_path_fields *first_slots[EB_FIELDS_FEW];
};

/* The fields of `path`; NULL when the event has none. */
static inline const struct eb_path_fields *eb_fields_find(
    const struct eb_fields *fields, uint32_t path)
{
    uint32_t mask = fields->slot_count - 1;
    for (uint32_t at = path;; at++) {
        const struct eb_path_fields *found = fields->slots[at & mask];
        if (!found || found->path == path)
            return found;
    }
}

/* The first of those whose token is not before `token`; NULL: there is none. */
const struct eb_field *eb_path_fields_from(const struct eb_path_fields *fields, uint32_t token);

/*
 * Whether two fields must not be chosen together: an element around one and an element around the
 * other (or they themselves) are different ones of one array. `*theirs` is then the one of `b`.
 */
bool eb_elements_conflict(
    const struct eb_element *a, const struct eb_element *b, const struct eb_element **theirs);

/* Whether `$mqtt` has a member `name`, and whether that has members of its own. */
bool eb_fields_has_message_member(struct eb_span name, bool *has_members);

#endif
