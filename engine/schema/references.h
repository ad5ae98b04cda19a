/*
 * references.h - where the references of a schema lead, for people who look at it.
 */
#ifndef EB_SCHEMA_REFERENCES_H
#define EB_SCHEMA_REFERENCES_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/schema.h"
#include "json/doc.h"

struct eb_schema_reference {
    const struct eb_doc *doc;    /* the document it stands in */
    uint32_t token;              /* its text there: the value of `$ref`, `$dynamicRef`, … */
    const struct eb_doc *target; /* the document it leads to; NULL: nowhere */
    uint32_t target_token;       /* the schema there */
    struct eb_span uri;          /* of the resource that schema belongs to */
};

typedef void eb_take_reference(void *context, const struct eb_schema_reference *reference);

/*
 * Calls `take` for every reference of the document known as `name` (a URI, or an alias), in its
 * order. A dynamic one is told with where it leads when nothing outside says otherwise. False when
 * no document has the name, or without memory.
 */
bool eb_schema_references(
    struct eb_schema_library *library, struct eb_span name, eb_take_reference *take, void *context);

#endif
