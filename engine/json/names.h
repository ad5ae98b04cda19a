/*
 * names.h - whether the names of an object are all different.
 */
#ifndef EB_JSON_NAMES_H
#define EB_JSON_NAMES_H

#include "json/doc.h"

enum {
    /* Bytes of scratch memory that eb_names_find_repeated() may use for each member. */
    EB_NAMES_SCRATCH_BYTES = 16,
};

/*
 * The first name token of `object` whose value an earlier one has too, or EB_NO_TOKEN. `scratch` is
 * aligned to 4 and holds EB_NAMES_SCRATCH_BYTES for each member. Linear, whatever the names.
 */
uint32_t eb_names_find_repeated(const struct eb_doc *doc, uint32_t object, void *scratch);

#endif
