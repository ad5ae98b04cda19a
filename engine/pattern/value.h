/*
 * value.h - one scalar of an event, in every form that some pattern compares it in.
 */
#ifndef EB_PATTERN_VALUE_H
#define EB_PATTERN_VALUE_H

#include <stdbool.h>

#include "base/span.h"
#include "pattern/address.h"
#include "json/doc.h"

struct eb_value {
    enum eb_json_type type; /* neither array nor object */
    bool is_comparable;     /* a number, and `number` is its value (comparable.h) */
    double number;
    struct eb_span text;       /* of a string its value, of a number its literal */
    struct eb_span folded;     /* of a string, where a pattern ignores case; else ptr is NULL */
    struct eb_address address; /* of a string that is one, where a pattern asks */
};

#endif
