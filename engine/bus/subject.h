/*
 * subject.h - the schema that an event names itself: "${type}@1", a subject by content.
 *
 *     "acme.${type}@1"   with {"type":"door"}   ->   "acme.door@1"
 *
 * The name is put together from the event and looked up once, among all versions of all subjects.
 */
#ifndef EB_BUS_SUBJECT_H
#define EB_BUS_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "schema/map.h"
#include "schema/schema.h"

struct eb_event;
struct eb_key;

/* One version of a subject. */
struct eb_subject {
    struct eb_span name; /* "lock-event@2" */
    const struct eb_schema *schema;
};

/* How a contract's events name their subject. Immutable, in the snapshot's arena. */
struct eb_subject_choice {
    const struct eb_key *key;
    const struct eb_map *subjects; /* "lock-event@2", "lock-event@latest" to struct eb_subject */
};

/*
 * The subject the event names. NULL, with `*fault` saying what is wrong with the name, when it
 * names none that the registry has; `*fault` is NULL when the event's arena is exhausted.
 */
const struct eb_subject *eb_subject_choose(
    const struct eb_subject_choice *choice, struct eb_event *event, const struct eb_fault **fault);

#endif
