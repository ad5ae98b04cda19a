/*
 * naive_schema.h - JSON Schema as the standard tells it, keyword by keyword over the schema's own
 * document: nothing compiled, nothing shared with the engine but reading, expressions and formats.
 *
 * Drafts 7, 2019-09 and 2020-12; instances whose containers have at most 64 parts; numbers that a
 * double holds exactly.
 */
#ifndef EB_NAIVE_SCHEMA_H
#define EB_NAIVE_SCHEMA_H

#include <stdbool.h>

#include "schema/schema.h"

enum naive_verdict {
    NAIVE_VALID,
    NAIVE_INVALID,
    /* A schema applies itself to the same value without end, where it changes nothing: an `if` with
     * neither `then` nor `else`. */
    NAIVE_ENDLESS,
};

/* `arena` keeps decoded strings; the schema must be one that the engine compiles. */
enum naive_verdict naive_schema_judge(const struct eb_doc *schema, enum eb_draft draft,
    const struct eb_doc *instance, struct eb_arena *arena, struct eb_regex_runner *runner);

#endif
