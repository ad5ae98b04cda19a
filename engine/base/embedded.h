/*
 * embedded.h - files of the source tree that are built into the program.
 *
 * eb_embed(NAME file…) in a CMakeLists.txt makes a source with these two, in the order given:
 *
 *     extern const struct eb_embedded eb_embedded_NAME[];
 *     extern const size_t eb_embedded_NAME_count;
 */
#ifndef EB_BASE_EMBEDDED_H
#define EB_BASE_EMBEDDED_H

#include <stddef.h>

#include "base/span.h"

struct eb_embedded {
    struct eb_span name; /* the file's, without directories */
    struct eb_span text; /* its bytes, with a NUL behind them */
};

#endif
