/*
 * near_name.h - "did you mean …?": the known name that a mistyped one is closest to.
 */
#ifndef EB_BASE_NEAR_NAME_H
#define EB_BASE_NEAR_NAME_H

#include <stddef.h>

#include "base/span.h"

struct eb_near_name {
    struct eb_span written;
    struct eb_span best; /* borrowed from what was offered; ptr NULL: nothing is near */
    size_t distance;     /* of the best; at first, one more than what still counts as near */
};

/* Borrows `written`. */
struct eb_near_name eb_near_name(struct eb_span written);

/*
 * Offers one known name. Distance counts letters to be added, left out, replaced or swapped with
 * their neighbour; of equally near names the first offered stays.
 */
void eb_near_name_offer(struct eb_near_name *near, struct eb_span known);

#endif
