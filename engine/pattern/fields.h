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
    uint32_t array;                 /* which array: its token */
};

struct eb_field {
    const struct eb_field *next;      /* of the same path, in the order of the document */
    const struct eb_element *element; /* the nearest one around it; NULL: none */
    uint32_t path;
    struct eb_value value;
};

struct eb_field_slot {
    const struct eb_field *first; /* NULL: the slot is free */
    struct eb_field *last;
};

struct eb_fields {
    bool has_payload; /* a JSON object was read */
    uint32_t path_count;
    uint32_t slot_count; /* a power of two, more than path_count */
    struct eb_field_slot *slots;
};

/* The first field of `path`; NULL when the event has none. */
const struct eb_field *eb_fields_first(const struct eb_fields *fields, uint32_t path);

/* Whether `$mqtt` has a member `name`, and whether that has members of its own. */
bool eb_fields_has_message_member(struct eb_span name, bool *has_members);

/* Whether the two are not in different elements of one array. */
bool eb_elements_agree(const struct eb_element *a, const struct eb_element *b);

#endif
