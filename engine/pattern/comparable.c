#include "pattern/comparable.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/number.h"

enum {
    DIGITS_SURE = 15, /* so many digits survive the way into a double and back (DBL_DIG) */
    DIGITS_MAX = 17,  /* more are never the shortest decimal of a double */
    EXPONENT_MAX = 400,
    EXACT_POWER_MAX = 22, /* 10^22 is a double, 10^23 is not */
};

static const int64_t EXACT_INTEGER_MAX = INT64_C(1) << 53;

/* ± digits × 10^exponent, the last digit not 0. */
struct decimal {
    uint64_t digits;
    int digit_count;
    int exponent;
};

static bool decimal_of(const struct eb_number *number, struct decimal *decimal)
{
    *decimal = (struct decimal){ .digits = 0 };
    for (size_t i = 0; i < number->digits.len; i++) {
        char byte = number->digits.ptr[i];
        if (byte == '.')
            continue;
        if (++decimal->digit_count > DIGITS_MAX)
            return false;
        decimal->digits = decimal->digits * 10 + (uint64_t)(byte - '0');
    }
    if (number->exponent > EXPONENT_MAX || number->exponent < -EXPONENT_MAX)
        return false;
    decimal->exponent = (int)number->exponent - decimal->digit_count;
    return true;
}

/* The nearest double. Written without a point, so that the locale does not matter. */
static double nearest(const struct decimal *decimal)
{
    char text[48];
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)decimal->digits, decimal->exponent);
    return strtod(text, NULL);
}

/* `value` rounded to `digit_count` digits. The point, whatever the locale writes, is skipped. */
static struct decimal round_to(double value, int digit_count)
{
    char text[48];
    snprintf(text, sizeof text, "%.*e", digit_count - 1, value);
    struct decimal decimal = { .digits = 0 };
    const char *next = text;
    for (; *next != 'e'; next++) {
        if (*next >= '0' && *next <= '9') {
            decimal.digits = decimal.digits * 10 + (uint64_t)(*next - '0');
            decimal.digit_count++;
        }
    }
    decimal.exponent = (int)strtol(next + 1, NULL, 10) - decimal.digit_count + 1;
    while (decimal.digits && decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.digit_count--;
        decimal.exponent++;
    }
    return decimal;
}

/* Whether the next double below is nearer than the next above. */
static bool is_lopsided(double value)
{
    int exponent;
    return frexp(value, &exponent) == 0.5 && value > DBL_MIN;
}

/*
 * Whether `decimal` is the first of its double's roundings that leads back to it. More digits never
 * lead further away. So once a rounding leads back, those with more digits do, and one with fewer
 * is enough to ask; but above a power of two there is twice as much room as below, and there one
 * rounding may fail between two that lead back.
 */
static bool is_shortest(const struct decimal *decimal, double value)
{
    int first = decimal->digit_count - (is_lopsided(value) ? 2 : 1);
    for (int count = first < 1 ? 1 : first; count <= DIGITS_MAX; count++) {
        struct decimal rounded = round_to(value, count);
        if (nearest(&rounded) == value)
            return rounded.digits == decimal->digits && rounded.exponent == decimal->exponent;
    }
    return false;
}

/* Both factors are doubles without loss, so their product is rounded once: it is the nearest. */
static bool multiply_exactly(const struct decimal *decimal, double *value)
{
    static const double powers[EXACT_POWER_MAX + 1] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
        1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (decimal->digit_count > DIGITS_SURE)
        return false;
    if (decimal->exponent > EXACT_POWER_MAX || decimal->exponent < -EXACT_POWER_MAX)
        return false;
    double digits = (double)decimal->digits;
    *value = decimal->exponent < 0 ? digits / powers[-decimal->exponent]
                                   : digits * powers[decimal->exponent];
    return true;
}

bool eb_comparable_of(struct eb_span literal, double *value)
{
    struct eb_number number = eb_number_of(literal);
    if (number.is_small && number.small >= -EXACT_INTEGER_MAX &&
        number.small <= EXACT_INTEGER_MAX) {
        *value = (double)number.small;
        return true;
    }
    struct decimal decimal;
    if (!decimal_of(&number, &decimal))
        return false;
    if (!multiply_exactly(&decimal, value)) {
        *value = nearest(&decimal);
        if (isinf(*value) || !is_shortest(&decimal, *value))
            return false;
    }
    if (number.is_negative)
        *value = -*value;
    return true;
}
