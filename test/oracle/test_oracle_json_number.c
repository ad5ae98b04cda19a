/*
 * Numbers against decimals written out in full: so many digits before the point, so many behind,
 * and arithmetic as taught at school.
 *
 *     test_oracle_json_number [RUNS [SEED]]
 */
#include "eb_test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/limits.h"
#include "eb_draw.h"
#include "json/number.h"

#ifdef NDEBUG
static unsigned long runs = 1000000;
#else
static unsigned long runs = 100000;
#endif
static struct eb_draw draw = { .state = 21 };

enum {
    PLACES = 120, /* on each side of the point */
    LITERAL_MAX = 200,
};

struct decimal {
    bool is_negative;
    unsigned char digits[2 * PLACES]; /* most significant first */
};

static struct decimal write_out(const char *literal)
{
    struct decimal decimal = { .is_negative = *literal == '-' };
    const char *mantissa = literal + decimal.is_negative;
    long exponent = strchr(literal, 'e') ? strtol(strchr(literal, 'e') + 1, NULL, 10) : 0;
    long before_point = (long)strspn(mantissa, "0123456789");
    long place = PLACES - before_point - exponent;
    for (; *mantissa && *mantissa != 'e'; mantissa++) {
        if (*mantissa == '.')
            continue;
        if (*mantissa != '0')
            decimal.digits[place] = (unsigned char)(*mantissa - '0');
        place++;
    }
    return decimal;
}

static bool is_zero(const struct decimal *decimal)
{
    static const unsigned char zeros[2 * PLACES];
    return memcmp(decimal->digits, zeros, sizeof zeros) == 0;
}

static int compare(const struct decimal *a, const struct decimal *b)
{
    if (is_zero(a) && is_zero(b))
        return 0;
    if (a->is_negative != b->is_negative)
        return is_zero(a) ? (b->is_negative ? 1 : -1) : (a->is_negative ? -1 : 1);
    int order = memcmp(a->digits, b->digits, sizeof a->digits);
    int by_size = (order > 0) - (order < 0);
    return a->is_negative ? -by_size : by_size;
}

static bool is_integer(const struct decimal *decimal)
{
    for (int i = PLACES; i < 2 * PLACES; i++) {
        if (decimal->digits[i])
            return false;
    }
    return true;
}

/* Long division in units of the last place: one digit more than the divisor may have. */
static bool is_multiple(const struct decimal *value, const struct decimal *divisor)
{
    unsigned char modulus[2 * PLACES + 1] = { 0 }, rest[2 * PLACES + 1] = { 0 };
    memcpy(modulus + 1, divisor->digits, sizeof divisor->digits);
    for (int i = 0; i < 2 * PLACES; i++) {
        memmove(rest, rest + 1, 2 * PLACES);
        rest[2 * PLACES] = value->digits[i];
        while (memcmp(rest, modulus, sizeof rest) >= 0) {
            int borrow = 0;
            for (int place = 2 * PLACES; place >= 0; place--) {
                int digit = rest[place] - modulus[place] - borrow;
                borrow = digit < 0;
                rest[place] = (unsigned char)(digit + 10 * borrow);
            }
        }
    }
    static const unsigned char zeros[2 * PLACES + 1];
    return memcmp(rest, zeros, sizeof rest) == 0;
}

/* ---- literals ---- */

static size_t append_digits(char *out, size_t count)
{
    /* Few different digits, so that equal values and multiples are not rare. */
    static const char digits[] = "0000000012259";
    for (size_t i = 0; i < count; i++)
        out[i] = digits[eb_draw_below(&draw, sizeof digits - 1)];
    return count;
}

static void draw_literal(char literal[LITERAL_MAX])
{
    static const size_t lengths[] = { 1, 1, 2, 3, 5, 18, 19, 20, 30, 45 };
    size_t count = lengths[eb_draw_below(&draw, sizeof lengths / sizeof *lengths)];
    size_t len = 0;
    if (eb_draw_below(&draw, 3) == 0)
        literal[len++] = '-';
    if (eb_draw_below(&draw, 4) == 0) {
        literal[len++] = '0';
    } else {
        literal[len++] = (char)('1' + eb_draw_below(&draw, 9));
        len += append_digits(literal + len, count);
    }
    if (eb_draw_below(&draw, 2) == 0) {
        literal[len++] = '.';
        len += append_digits(literal + len, 1 + eb_draw_below(&draw, count));
    }
    literal[len] = '\0';
    if (eb_draw_below(&draw, 2) == 0)
        sprintf(literal + len, "e%d", (int)eb_draw_below(&draw, 41) - 20);
}

/* The same value in another spelling: an exponent makes up for a point moved to the end. */
static void respell(const char *literal, char other[LITERAL_MAX])
{
    int exponent = strchr(literal, 'e') ? atoi(strchr(literal, 'e') + 1) : 0;
    size_t len = 0;
    bool is_behind_point = false;
    for (const char *next = literal; *next && *next != 'e'; next++) {
        if (*next == '.') {
            is_behind_point = true;
            continue;
        }
        other[len++] = *next;
        exponent -= is_behind_point;
    }
    for (size_t zeros = eb_draw_below(&draw, 3); zeros; zeros--, exponent--)
        other[len++] = '0';
    sprintf(other + len, "e%d", exponent);
    /* "05" is no literal, but "0.5" became it. */
    char *first = other + (*other == '-');
    while (first[0] == '0' && first[1] >= '0' && first[1] <= '9')
        memmove(first, first + 1, strlen(first));
}

static void check_pair(const char *left, const char *right)
{
    static const struct eb_hash_key key = { 7, 8 };
    struct decimal a = write_out(left), b = write_out(right);
    struct eb_number x = eb_number_of(eb_span_of(left)), y = eb_number_of(eb_span_of(right));
    int want = compare(&a, &b), got = eb_number_compare(&x, &y);
    bool is_right = got == want && eb_number_is_integer(&x) == is_integer(&a) &&
                    (eb_number_hash(&x, &key) == eb_number_hash(&y, &key)) == (want == 0);
    if (!b.is_negative && !is_zero(&b)) {
        uint32_t steps;
        is_right &= eb_number_is_multiple(&x, &y, &steps) == is_multiple(&a, &b) &&
                    steps <= EB_MULTIPLE_STEPS_MAX;
    }
    if (!is_right)
        print_error("%s and %s: comparison got %d, want %d\n", left, right, got, want);
    assert_true(is_right);
}

static void number__agrees_with_decimals_written_out(void **state)
{
    (void)state;
    for (unsigned long run = 0; run < runs; run++) {
        char left[LITERAL_MAX], right[LITERAL_MAX];
        draw_literal(left);
        if (eb_draw_below(&draw, 3))
            draw_literal(right);
        else
            respell(left, right);
        check_pair(left, right);
    }
    print_message("%lu pairs\n", runs);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        runs = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        draw.state = strtoull(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number__agrees_with_decimals_written_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
