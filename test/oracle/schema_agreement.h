/*
 * schema_agreement.h - one drawn schema and some drawn instances, judged by the engine and by the
 * naive reading of the standard.
 */
#ifndef EB_SCHEMA_AGREEMENT_H
#define EB_SCHEMA_AGREEMENT_H

#include "oracle/draw_schema.h"
#include "schema_shelf.h"

enum { SCHEMA_AGREEMENT_DRAFTS = 3 };

/* Zeroed at first; released at last. */
struct schema_agreement {
    struct schema_shelf shelves[SCHEMA_AGREEMENT_DRAFTS];
    struct eb_arena scratch;
    struct eb_regex_runner *runner;
    size_t judged;
    size_t valid;
    size_t refused; /* schemas, for applying themselves to the same value without end */
    char schema[DRAWN_TEXT_MAX], instance[DRAWN_TEXT_MAX]; /* the last */
};

/* False when they disagree, about the texts left in `*agreement`. */
bool schema_agreement_holds(struct schema_agreement *agreement, const uint8_t *bytes, size_t len);

void schema_agreement_release(struct schema_agreement *agreement);

#endif
