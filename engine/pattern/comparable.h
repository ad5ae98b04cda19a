/*
 * comparable.h - numbers that patterns compare by value.
 *
 * A number is comparable when it is the shortest decimal of some double (IEEE 754 binary64): 5,
 * -0.1, 3.0e2, every integer up to 2^53. Of those there is exactly one for each double and their
 * order is the doubles' order, so comparing doubles compares exact values. Others (1e400,
 * 9007199254740993) would come out different in every reader that uses doubles; as in event-ruler,
 * they are neither less nor greater than anything, and equal only to the same literal.
 */
#ifndef EB_PATTERN_COMPARABLE_H
#define EB_PATTERN_COMPARABLE_H

#include <stdbool.h>

#include "base/span.h"

/* `literal` is a JSON number as the reader accepted it. False when it is not comparable. */
bool eb_comparable_of(struct eb_span literal, double *value);

#endif
