/*
 * schema_shelf.h - a library that many small schemas go through, one after the other: making one,
 * with the metaschemas compiled that it checks them by, takes longer than all the rest of a test.
 *
 * Each schema gets a directory of its own, so that relative addresses in it are its own; a text
 * that may declare more than that gets a library of its own.
 */
#ifndef EB_SCHEMA_SHELF_H
#define EB_SCHEMA_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/schema.h"

struct schema_shelf {
    struct eb_schema_options options; /* set by the user, all else zero */
    bool has_relative_ids; /* set by the user: every address in its schemas is relative */
    struct eb_arena arena;
    struct eb_schema_library *library;
    uint32_t schema_count;
    struct eb_diag_list diags; /* of the last schema */
    struct eb_doc doc;         /* the last schema; not read when there are diagnostics of reading */
};

/*
 * The program of the schema `text`, which is copied; lives until the next call or release. NULL,
 * with diagnostics, when it is refused.
 */
const struct eb_schema *schema_shelf_compile(struct schema_shelf *shelf, struct eb_span text);

void schema_shelf_release(struct schema_shelf *shelf);

#endif
