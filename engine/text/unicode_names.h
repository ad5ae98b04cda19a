/*
 * unicode_names.h - the property names \p{…} accepts (ECMA-262 §22.2.1, tables 66 to 68).
 *
 * Spelling counts: ECMA-262 knows no loose matching. Scripts are those of Unicode 14.
 */
#ifndef EB_TEXT_UNICODE_NAMES_H
#define EB_TEXT_UNICODE_NAMES_H

#include <stdbool.h>

#include "base/span.h"

enum eb_unicode_kind {
    EB_UNICODE_CATEGORY, /* General_Category */
    EB_UNICODE_SCRIPT,
    EB_UNICODE_SCRIPT_EXTENSIONS,
    EB_UNICODE_BINARY,
};

struct eb_unicode_property {
    enum eb_unicode_kind kind;
    const char *name; /* the shortest of its names; static */
};

/*
 * What \p{name} or, with `value.ptr` not NULL, \p{name=value} stands for. False when there is no
 * such property.
 */
bool eb_unicode_property_find(
    struct eb_span name, struct eb_span value, struct eb_unicode_property *property);

#endif
