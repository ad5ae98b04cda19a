#include "json/number.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"

/* So far from the ends of its type that two of them, and the digits of two literals, add up. */
static const int64_t EXPONENT_MAX = INT64_C(1) << 60;

enum { INT64_DIGITS_MAX = 19 };

/* ---- the digits of a number, its point left out ---- */

struct digits {
    const char *ptr;
    size_t count;
    size_t point; /* digits before the point; `count` when there is none */
};

static struct digits digits_of(struct eb_span span)
{
    const char *point = span.len ? memchr(span.ptr, '.', span.len) : NULL;
    if (!point)
        return (struct digits){ span.ptr, span.len, span.len };
    return (struct digits){ span.ptr, span.len - 1, (size_t)(point - span.ptr) };
}

static unsigned digit_at(const struct digits *digits, size_t index)
{
    return (unsigned)(digits->ptr[index + (index >= digits->point)] - '0');
}

/* ---- reading a literal ---- */

static int64_t clamp_exponent(int64_t exponent)
{
    return exponent > EXPONENT_MAX    ? EXPONENT_MAX
           : exponent < -EXPONENT_MAX ? -EXPONENT_MAX
                                      : exponent;
}

/* What stands behind 'e': an optional sign and at least one digit. */
static int64_t read_exponent(struct eb_span text)
{
    bool is_negative = text.ptr[0] == '-';
    int64_t exponent = 0;
    for (size_t i = is_negative || text.ptr[0] == '+'; i < text.len; i++) {
        if (exponent < EXPONENT_MAX / 10)
            exponent = exponent * 10 + (text.ptr[i] - '0');
        else
            exponent = EXPONENT_MAX;
    }
    return is_negative ? -exponent : exponent;
}

/* Where 'e' or 'E' stands, or the end. */
static size_t mantissa_len(struct eb_span literal)
{
    size_t len = 0;
    while (len < literal.len && (literal.ptr[len] | 0x20) != 'e')
        len++;
    return len;
}

static bool is_significant(char byte)
{
    return byte >= '1' && byte <= '9';
}

/* The digits between the first and the last that are not zero. */
static struct eb_span significant(struct eb_span mantissa)
{
    const char *first = mantissa.ptr, *last = mantissa.ptr + mantissa.len;
    while (first < last && !is_significant(*first))
        first++;
    while (last > first && !is_significant(last[-1]))
        last--;
    return eb_span(first, (size_t)(last - first));
}

/* How far the first significant digit stands left (or, negative, right) of the point. */
static int64_t leading_power(struct eb_span mantissa, const char *first)
{
    const char *point = memchr(mantissa.ptr, '.', mantissa.len);
    if (!point)
        point = mantissa.ptr + mantissa.len;
    return first < point ? point - first : point + 1 - first;
}

/* Sets `small` if the value is an integer that fits. */
static void find_small(struct eb_number *number)
{
    struct digits digits = digits_of(number->digits);
    if (number->exponent > INT64_DIGITS_MAX || number->exponent < (int64_t)digits.count)
        return;
    uint64_t magnitude = 0; /* 19 digits fit */
    for (size_t i = 0; i < (size_t)number->exponent; i++)
        magnitude = magnitude * 10 + (i < digits.count ? digit_at(&digits, i) : 0);
    if (magnitude > (uint64_t)INT64_MAX + number->is_negative)
        return;
    number->small = (int64_t)(number->is_negative ? 0 - magnitude : magnitude);
    number->is_small = true;
}

struct eb_number eb_number_of(struct eb_span literal)
{
    struct eb_number number = { .is_negative = literal.ptr[0] == '-' };
    size_t sign = number.is_negative;
    struct eb_span mantissa = eb_span(literal.ptr + sign, mantissa_len(literal) - sign);
    number.digits = significant(mantissa);
    if (number.digits.len == 0)
        return eb_number_of_int(0);
    number.exponent = leading_power(mantissa, number.digits.ptr);
    size_t behind = sign + mantissa.len + 1;
    if (behind < literal.len)
        number.exponent = clamp_exponent(
            number.exponent + read_exponent(eb_span(literal.ptr + behind, literal.len - behind)));
    find_small(&number);
    return number;
}

struct eb_number eb_number_of_int(int64_t value)
{
    return (struct eb_number){ .small = value, .is_small = true, .is_negative = value < 0 };
}

/* ---- one form for all ---- */

/* A number whose digits are looked at, small or not; zero has none. */
struct decimal {
    bool is_negative;
    int64_t exponent; /* ± 0.d1d2… × 10^exponent */
    struct digits digits;
    char buffer[INT64_DIGITS_MAX];
};

static void spread_small(struct decimal *decimal, int64_t small)
{
    uint64_t magnitude = small < 0 ? 0 - (uint64_t)small : (uint64_t)small;
    size_t first = sizeof decimal->buffer;
    for (; magnitude; magnitude /= 10)
        decimal->buffer[--first] = (char)('0' + magnitude % 10);
    struct eb_span all = eb_span(decimal->buffer + first, sizeof decimal->buffer - first);
    decimal->exponent = (int64_t)all.len;
    decimal->digits = digits_of(significant(all));
}

static void spread(struct decimal *decimal, const struct eb_number *number)
{
    decimal->is_negative = number->is_negative;
    if (number->is_small) {
        spread_small(decimal, number->small);
        return;
    }
    decimal->exponent = number->exponent;
    decimal->digits = digits_of(number->digits);
}

/* ---- comparing ---- */

static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    size_t count_a = a->digits.count, count_b = b->digits.count;
    for (size_t i = 0; i < count_a && i < count_b; i++) {
        unsigned digit_a = digit_at(&a->digits, i), digit_b = digit_at(&b->digits, i);
        if (digit_a != digit_b)
            return digit_a < digit_b ? -1 : 1;
    }
    return (count_a > count_b) - (count_a < count_b);
}

static int sign_of(const struct eb_number *number)
{
    if (number->is_small)
        return (number->small > 0) - (number->small < 0);
    return number->is_negative ? -1 : 1;
}

int eb_number_compare(const struct eb_number *a, const struct eb_number *b)
{
    if (a->is_small && b->is_small)
        return (a->small > b->small) - (a->small < b->small);
    int sign_a = sign_of(a), sign_b = sign_of(b);
    if (sign_a != sign_b)
        return sign_a < sign_b ? -1 : 1;
    struct decimal decimal_a, decimal_b;
    spread(&decimal_a, a);
    spread(&decimal_b, b);
    int order = compare_magnitudes(&decimal_a, &decimal_b);
    return sign_a < 0 ? -order : order;
}

bool eb_number_is_integer(const struct eb_number *number)
{
    return number->is_small || number->exponent >= (int64_t)digits_of(number->digits).count;
}

/* ---- multiples ----
 *
 * value = V × 10^v and divisor = D × 10^d, V and D integers that do not end in 0.
 *
 * 1. v < d: V would have to be a multiple of 10. It is not, so the answer is no.
 * 2. else D has to divide V × 10^(v-d). A power of ten only helps against the factors 2 and 5 of D,
 *    of which there are fewer than 4 for each digit; so v-d may be cut to that, and what remains is
 *    a division, digit by digit, that keeps only the remainder.
 */

/* The digits of V × 10^(v-d), one after the other. */
struct dividend {
    struct digits digits;
    size_t count;
};

static unsigned dividend_digit(const struct dividend *dividend, size_t index)
{
    return index < dividend->digits.count ? digit_at(&dividend->digits, index) : 0;
}

/* A divisor below 10^18: a remainder and one digit more fit in 64 bits. */
enum { NARROW_DIGITS_MAX = 18 };

static bool narrow_divides(const struct digits *divisor, const struct dividend *dividend)
{
    uint64_t modulus = 0, remainder = 0;
    for (size_t i = 0; i < divisor->count; i++)
        modulus = modulus * 10 + digit_at(divisor, i);
    for (size_t i = 0; i < dividend->count; i++)
        remainder = (remainder * 10 + dividend_digit(dividend, i)) % modulus;
    return remainder == 0;
}

enum {
    LIMB_DIGITS = 9,
    LIMB_BASE = 1000000000,
    /* A division by more limbs, of a dividend no shorter, takes more steps than allowed. */
    LIMBS_MAX = 128,
};

_Static_assert((int64_t)LIMBS_MAX *LIMBS_MAX *LIMB_DIGITS * 10 > EB_MULTIPLE_STEPS_MAX,
    "a divisor within the step limit fits");

struct wide {
    uint32_t limbs[LIMBS_MAX]; /* least significant first */
    size_t count;
};

static void wide_push_digit(struct wide *wide, unsigned digit)
{
    uint64_t carry = digit;
    for (size_t i = 0; i < wide->count; i++) {
        carry += (uint64_t)wide->limbs[i] * 10;
        wide->limbs[i] = (uint32_t)(carry % LIMB_BASE);
        carry /= LIMB_BASE;
    }
    assert(carry == 0);
}

static bool wide_is_less(const struct wide *a, const struct wide *b)
{
    for (size_t i = a->count; i-- > 0;) {
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i];
    }
    return false;
}

static void wide_subtract(struct wide *a, const struct wide *b)
{
    int64_t borrow = 0;
    for (size_t i = 0; i < a->count; i++) {
        int64_t limb = (int64_t)a->limbs[i] - b->limbs[i] + borrow;
        borrow = limb < 0 ? -1 : 0;
        a->limbs[i] = (uint32_t)(limb < 0 ? limb + LIMB_BASE : limb);
    }
}

static bool wide_is_zero(const struct wide *wide)
{
    for (size_t i = 0; i < wide->count; i++) {
        if (wide->limbs[i])
            return false;
    }
    return true;
}

static bool wide_divides(
    const struct digits *divisor, const struct dividend *dividend, uint32_t *steps)
{
    /* One limb more than the divisor, for a remainder and one digit more. */
    size_t limb_count = divisor->count / LIMB_DIGITS + 2;
    uint64_t needed = (uint64_t)dividend->count * limb_count * 10;
    *steps = needed <= EB_MULTIPLE_STEPS_MAX ? (uint32_t)needed : UINT32_MAX;
    if (needed > EB_MULTIPLE_STEPS_MAX)
        return false;
    struct wide modulus = { .count = limb_count }, remainder = { .count = limb_count };
    for (size_t i = 0; i < divisor->count; i++)
        wide_push_digit(&modulus, digit_at(divisor, i));
    for (size_t i = 0; i < dividend->count; i++) {
        wide_push_digit(&remainder, dividend_digit(dividend, i));
        while (!wide_is_less(&remainder, &modulus)) /* at most nine times */
            wide_subtract(&remainder, &modulus);
    }
    return wide_is_zero(&remainder);
}

static bool decimal_is_multiple(
    const struct decimal *value, const struct decimal *divisor, uint32_t *steps)
{
    int64_t shift = (value->exponent - (int64_t)value->digits.count) -
                    (divisor->exponent - (int64_t)divisor->digits.count);
    if (shift < 0)
        return false;
    size_t shift_max = 4 * divisor->digits.count;
    struct dividend dividend = { .digits = value->digits };
    dividend.count =
        value->digits.count + ((uint64_t)shift < shift_max ? (size_t)shift : shift_max);
    if (divisor->digits.count <= NARROW_DIGITS_MAX)
        return narrow_divides(&divisor->digits, &dividend);
    if (dividend.count < divisor->digits.count)
        return false; /* smaller than the divisor, and not zero */
    return wide_divides(&divisor->digits, &dividend, steps);
}

bool eb_number_is_multiple(
    const struct eb_number *value, const struct eb_number *divisor, uint32_t *steps)
{
    assert(sign_of(divisor) > 0);
    *steps = 0;
    if (sign_of(value) == 0)
        return true;
    if (value->is_small && divisor->is_small)
        return value->small % divisor->small == 0;
    struct decimal spread_value, spread_divisor;
    spread(&spread_value, value);
    spread(&spread_divisor, divisor);
    return decimal_is_multiple(&spread_value, &spread_divisor, steps);
}

/* ---- hashing ---- */

uint64_t eb_number_hash(const struct eb_number *number, const struct eb_hash_key *key)
{
    struct eb_hasher hasher;
    eb_hasher_init(&hasher, key);
    if (number->is_small) {
        eb_hasher_add(&hasher, &number->small, sizeof number->small);
        return eb_hasher_end(&hasher);
    }
    struct digits digits = digits_of(number->digits);
    eb_hasher_add(&hasher, number->is_negative ? "-" : "+", 1);
    eb_hasher_add(&hasher, &number->exponent, sizeof number->exponent);
    eb_hasher_add(&hasher, digits.ptr, digits.point);
    if (digits.point < digits.count)
        eb_hasher_add(&hasher, digits.ptr + digits.point + 1, digits.count - digits.point);
    return eb_hasher_end(&hasher);
}
