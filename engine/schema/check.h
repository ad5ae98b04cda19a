/*
 * check.h - a schema judged by its metaschema, before it is compiled.
 */
#ifndef EB_SCHEMA_CHECK_H
#define EB_SCHEMA_CHECK_H

#include <stdbool.h>

#include "schema/library.h"

/*
 * False, with a diagnostic for each fault at the place of the value it is about. The document has
 * been indexed.
 */
bool eb_schema_check(struct eb_schema_library *library, const struct eb_document *document,
    struct eb_diag_list *diags);

#endif
