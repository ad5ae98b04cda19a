/*
 * asyncapi_schema.h - the schemas of a registry, and what templates make, as AsyncAPI has schemas.
 *
 * AsyncAPI's own schemas are those of draft 7, in one document: references lead from its root, and
 * an `$id` inside is no base of theirs. What another draft says in other words is put into those
 * of draft 7 where it would be misread; a keyword that draft 7 does not know stays, unread. Left
 * out is what looks like a reference and is none: a property called `$ref`, a value quoted in an
 * `enum`.
 */
#ifndef EB_CLI_ASYNCAPI_SCHEMA_H
#define EB_CLI_ASYNCAPI_SCHEMA_H

#include "wiring.h"
#include "json/writer.h"

/* What a schema is called under `#/components/schemas/`: "lock-event.v1". ptr NULL: no memory. */
struct eb_span asyncapi_schema_key(const struct schema_entry *entry, struct eb_arena *arena);

/* The schema of an entry. False without memory. */
bool asyncapi_write_schema(
    struct wiring *wiring, const struct schema_entry *entry, struct eb_json_writer *out);

/*
 * The schema of what the target's payload template makes of an event; `source` is the schema of
 * that event, if there is one alone, else NULL.
 */
bool asyncapi_write_template(struct wiring *wiring, const struct wired_target *target,
    const struct schema_entry *source, struct eb_json_writer *out);

#endif
