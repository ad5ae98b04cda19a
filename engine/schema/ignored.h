/*
 * ignored.h - what stands in a schema and means nothing there.
 *
 * Members that no keyword has for a name are allowed, and ignored (2020-12 core §4.3.1). So a slip
 * of the pen, or a keyword of a later draft, lets everything pass, and nobody hears of it.
 */
#ifndef EB_SCHEMA_IGNORED_H
#define EB_SCHEMA_IGNORED_H

#include "base/diag.h"
#include "schema/schema.h"

/*
 * Reports, with their places in the documents that were handed in:
 *
 * - a keyword that is not of the schema's draft, or not of its metaschema's vocabularies, but else
 *   is one
 * - what is spelled nearly as a keyword
 * - a keyword that only counts beside another one, which is not there: `then` without `if`
 * - what judges beside a `$ref`, before 2019-09 (draft 7 core §8.3)
 *
 * Other members are annotations of somebody's and left alone. Linear in the documents.
 */
void eb_schema_report_ignored(
    struct eb_schema_library *library, enum eb_severity severity, struct eb_diag_list *diags);

#endif
