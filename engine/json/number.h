/*
 * number.h - JSON numbers by their exact value.
 *
 * A literal is sign, digits and a power of ten; nothing here ever rounds. 300 and 3.0e2 are equal,
 * 9007199254740993 is not 9007199254740992, and 1e400 is a number like any other.
 */
#ifndef EB_JSON_NUMBER_H
#define EB_JSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"

/*
 * ± 0.d1d2d3… × 10^exponent with d1 ≠ 0, the digits being those of `digits` without its point.
 * Zero has no digits. When the value is an integer that fits, `small` holds it and the rest need
 * not be looked at.
 */
struct eb_number {
    int64_t small;
    bool is_small;
    bool is_negative;
    int64_t exponent; /* saturates at ±2^60 */
    struct eb_span
        digits; /* borrowed from the literal: d1 to the last non-zero digit, maybe a '.' */
};

/* `literal` is a JSON number as the reader accepted it (RFC 8259 §6); borrowed by the result. */
struct eb_number eb_number_of(struct eb_span literal);
struct eb_number eb_number_of_int(int64_t value);

/* <0, 0, >0 by value. Linear in the digits. */
int eb_number_compare(const struct eb_number *a, const struct eb_number *b);

/* No fractional part: 1, 1.0 and 10e-1 are integers. */
bool eb_number_is_integer(const struct eb_number *number);

/*
 * Whether `value` is an exact multiple of `divisor`, which is greater than zero (JSON Schema
 * validation §6.2.1). Exact for every pair. A divisor of up to 18 digits is as good as reading
 * both. With a longer one `*steps` is what it took, about a nanosecond each; what would take more
 * than EB_MULTIPLE_STEPS_MAX is not tried: `*steps` is more than that, and the answer means
 * nothing.
 */
bool eb_number_is_multiple(
    const struct eb_number *value, const struct eb_number *divisor, uint32_t *steps);

/* Equal values hash alike, however they were written. */
uint64_t eb_number_hash(const struct eb_number *number, const struct eb_hash_key *key);

#endif
