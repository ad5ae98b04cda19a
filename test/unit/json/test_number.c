#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "json/number.h"

static struct eb_number number(const char *literal)
{
    return eb_number_of(eb_span_of(literal));
}

static void of__holds_integers_that_fit(void **state)
{
    (void)state;
    static const struct {
        const char *literal;
        bool is_small;
        int64_t small;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "0.000", true, 0 },
        { "0e999999999999999999999", true, 0 },
        { "1", true, 1 },
        { "-1", true, -1 },
        { "1.0", true, 1 },
        { "10e-1", true, 1 },
        { "0.001e3", true, 1 },
        { "3.0e2", true, 300 },
        { "1E+2", true, 100 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "922337203685477580.7e1", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999", false, 0 },
        { "1.5", false, 0 },
        { "1e400", false, 0 },
        { "1e-400", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_number got = number(cases[i].literal);
        if (got.is_small != cases[i].is_small || got.small != cases[i].small)
            print_error("%s: got %d %lld\n", cases[i].literal, got.is_small, (long long)got.small);
        assert_int_equal(got.is_small, cases[i].is_small);
        assert_true(got.small == cases[i].small);
    }
}

/* Each is less than the one behind it; those on a line are equal. */
static const char *const ascending[][5] = {
    { "-1e5000", "-10e4999" },
    { "-9223372036854775809" },
    { "-9223372036854775808", "-9223372036854775808.0" },
    { "-300", "-3e2", "-3.0e+2", "-0.3E3" },
    { "-2.5" },
    { "-1e-400" },
    { "0", "-0", "0.0", "0e7", "-0.0e-99999999999999999999" },
    { "1e-9999999999999999999" },
    { "1e-400", "0.1e-399", "10e-401" },
    { "0.1", "1e-1", "0.10" },
    { "0.10000000000000000000000000000000000001" },
    { "1", "1.0", "10e-1" },
    { "2.5", "25e-1" },
    { "12.34" },
    { "12.345" },
    { "12.4" },
    { "9007199254740992", "9007199254740992.000" },
    { "9007199254740993" },
    { "9223372036854775807" },
    { "9223372036854775807.5" },
    { "9223372036854775808", "92233720368547758.08e2" },
    { "1e400" },
    { "1e9999999999999999999" },
};

static void compare__orders_by_exact_value(void **state)
{
    (void)state;
    static const struct eb_hash_key key = { 3, 4 };
    size_t rows = sizeof ascending / sizeof *ascending;
    for (size_t i = 0; i < rows * 5; i++) {
        for (size_t j = 0; j < rows * 5; j++) {
            const char *left = ascending[i / 5][i % 5], *right = ascending[j / 5][j % 5];
            if (!left || !right)
                continue;
            struct eb_number a = number(left), b = number(right);
            int want = (i / 5 > j / 5) - (i / 5 < j / 5);
            int got = eb_number_compare(&a, &b);
            if (got != want)
                print_error("%s and %s: got %d, want %d\n", left, right, got, want);
            assert_int_equal(got, want);
            assert_int_equal(eb_number_hash(&a, &key) == eb_number_hash(&b, &key), want == 0);
        }
    }
}

static void is_integer__looks_at_the_value(void **state)
{
    (void)state;
    static const struct {
        const char *literal;
        bool want;
    } cases[] = {
        { "0", true },
        { "1.0", true },
        { "10e-1", true },
        { "1e400", true },
        { "123.456e3", true },
        { "123.456e2", false },
        { "1.5", false },
        { "1e-1", false },
        { "0.0", true },
        { "99999999999999999999.5", false },
        { "99999999999999999999.0", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_number value = number(cases[i].literal);
        assert_int_equal(eb_number_is_integer(&value), cases[i].want);
    }
}

static void is_multiple__is_exact(void **state)
{
    (void)state;
    static const struct {
        const char *value, *divisor;
        bool want;
    } cases[] = {
        { "10", "2", true },
        { "7", "2", false },
        { "-6", "3", true },
        { "0", "0.0001", true },
        { "0.0075", "0.0001", true },
        { "0.00751", "0.0001", false },
        { "4.35", "0.01", true },
        { "19.99", "0.01", true },
        { "1e308", "0.123456789", false },
        { "12391239123", "1e-8", true },
        { "3", "1.5", true },
        { "35", "1.5", false },
        { "4.5", "1.5", true },
        { "1e400", "3", false },
        { "3e400", "3", true },
        { "1e400", "1024", true },
        { "1e9", "1024", false },
        { "1e10", "1024", true },
        { "9007199254740993", "2", false },
        { "1e-400", "1e-400", true },
        { "1e-400", "1e-399", false },
        { "100000000000000000000000000000000000000003", "3", false },
        { "100000000000000000000000000000000000000002", "3", true },
        { "246913578024691357802469135780", "123456789012345678901234567890", true },
        { "246913578024691357802469135781", "123456789012345678901234567890", false },
        { "123456789012345678901234567891e40", "123456789012345678901234567891", true },
        { "5", "123456789012345678901234567890", false },
        { "1e100", "1267650600228229401496703205376", true }, /* 2^100 */
        { "1e99", "1267650600228229401496703205376", false },
        { "1e99999999999999999999", "0.01e-99999999999999999999", true },
        { "1e-99999999999999999999", "1e99999999999999999999", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_number value = number(cases[i].value), divisor = number(cases[i].divisor);
        uint32_t steps = UINT32_MAX;
        bool got = eb_number_is_multiple(&value, &divisor, &steps);
        if (got != cases[i].want)
            print_error("%s of %s: got %d\n", cases[i].value, cases[i].divisor, got);
        assert_int_equal(got, cases[i].want);
        assert_true(steps <= EB_MULTIPLE_STEPS_MAX);
    }
}

static void is_multiple__gives_up_before_it_takes_long(void **state)
{
    (void)state;
    size_t digits = 100000;
    char *long_literal = malloc(digits + 1);
    memset(long_literal, '7', digits);
    long_literal[digits] = '\0';
    struct eb_number value = number(long_literal), narrow = number("0.07");
    struct eb_number wide = eb_number_of(eb_span(long_literal, 500));
    uint32_t steps;
    assert_true(eb_number_is_multiple(&value, &narrow, &steps));
    assert_int_equal(steps, 0);
    assert_false(eb_number_is_multiple(&value, &wide, &steps));
    assert_true(steps > EB_MULTIPLE_STEPS_MAX);
    assert_false(eb_number_is_multiple(&value, &value, &steps));
    assert_true(steps > EB_MULTIPLE_STEPS_MAX);
    assert_true(eb_number_is_multiple(&wide, &wide, &steps));
    assert_in_range(steps, 1, EB_MULTIPLE_STEPS_MAX);
    free(long_literal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of__holds_integers_that_fit),
        cmocka_unit_test(compare__orders_by_exact_value),
        cmocka_unit_test(is_integer__looks_at_the_value),
        cmocka_unit_test(is_multiple__is_exact),
        cmocka_unit_test(is_multiple__gives_up_before_it_takes_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
