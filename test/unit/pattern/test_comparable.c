#include "eb_test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "eb_draw.h"
#include "pattern/comparable.h"
#include "json/number.h"

static void of__takes_the_shortest_decimals_of_doubles(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        bool want;
        double value;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "-0.0e7", true, 0 },
        { "300", true, 300 },
        { "3.0e2", true, 300 },
        { "0.1", true, 0.1 },
        { "-4e-6", true, -4e-6 },
        { "123456789012345", true, 123456789012345.0 },
        { "9007199254740992", true, 9007199254740992.0 },
        { "9007199254740993", false, 0 },
        { "9007199254740993.0", false, 0 },
        { "9007199254740994", true, 9007199254740994.0 },
        { "123456789012345678901", false, 0 },
        { "123456789012345680000", true, 123456789012345680000.0 },
        { "37.807807921694092", false, 0 },
        { "37.80780792169409", true, 37.80780792169409 },
        { "0.1000000000000000055511151231257827", false, 0 },
        { "1e400", false, 0 },
        { "-1e400", false, 0 },
        { "1e-400", false, 0 },
        { "1e99999999999999999999", false, 0 },
        { "1e22", true, 1e22 },
        { "1e23", true, 1e23 },
        { "1.7976931348623157e308", true, DBL_MAX },
        { "1.7976931348623159e308", false, 0 },
        { "2.2250738585072014e-308", true, DBL_MIN },
        { "5e-324", true, 4.9406564584124654e-324 },
        { "4e-324", false, 0 },
        { "9.5367431640625e-7", true, 0x1p-20 },
        { "1.8014398509481984e16", true, 0x1p54 },
        /* Powers of two to which 15 digits lead back, 16 do not, and 17 do. */
        { "6.84940421565126e-195", true, 0x1p-645 },
        { "6.8494042156512595e-195", false, 0 },
        { "7.1362384635298e44", true, 0x1p149 },
        { "7.1362384635297994e44", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 0;
        bool got = eb_comparable_of(eb_span_of(cases[i].input), &value);
        if (got != cases[i].want || (got && value != cases[i].value))
            fail_msg("%s: got %d %.17g, want %d %.17g", cases[i].input, got, value, cases[i].want,
                cases[i].value);
    }
}

static double draw_double(struct eb_draw *draw)
{
    for (;;) {
        uint64_t bits = eb_draw_bits(draw);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            return value;
    }
}

/* Every double has one, and it compares as the exact decimals do. */
static void of__agrees_with_exact_comparison(void **state)
{
    (void)state;
    struct eb_draw draw = { 11 };
    char text[2][40] = { "0", "0" };
    double value[2] = { 0 };
    for (int i = 0; i < 20000; i++) {
        double drawn =
            i % 4 ? value[0] + (double)(i % 3) * fabs(value[0]) * DBL_EPSILON : draw_double(&draw);
        if (!isfinite(drawn))
            continue;
        memcpy(text[1], text[0], sizeof text[1]);
        value[1] = value[0];
        int digits = 1;
        do
            snprintf(text[0], sizeof text[0], "%.*e", digits - 1, drawn);
        while (strtod(text[0], NULL) != drawn && ++digits);
        assert_true(eb_comparable_of(eb_span_of(text[0]), &value[0]));
        assert_true(value[0] == drawn);
        struct eb_number a = eb_number_of(eb_span_of(text[0]));
        struct eb_number b = eb_number_of(eb_span_of(text[1]));
        int want = eb_number_compare(&a, &b);
        int got = (value[0] > value[1]) - (value[0] < value[1]);
        if (got != (want > 0) - (want < 0))
            fail_msg("%s and %s: got %d, want %d", text[0], text[1], got, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of__takes_the_shortest_decimals_of_doubles),
        cmocka_unit_test(of__agrees_with_exact_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
