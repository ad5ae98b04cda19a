/* Numbers as people read them. */
#include "eb_test.h"

#include <math.h>

#include "figure.h"

static void number__is_written_with_three_digits_and_a_size(void **state)
{
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        { 0, "0" },
        { 7, "7" },
        { 0.1234, "0.12" },
        { 12.345, "12.3" },
        { 99.96, "100" },
        { 999, "999" },
        { 999.4, "999" },
        { 999.5, "1.00k" },
        { 12345, "12.3k" },
        { 999499, "999k" },
        { 999500, "1.00M" },
        { 4.56e9, "4.56G" },
        { 1e18, "1000P" },
        { 1e30, "many" },
        { INFINITY, "many" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[FIGURE_BYTES];
        figure_write_short(cases[i].value, got);
        assert_string_equal(got, cases[i].want);
    }
}

static void time__is_written_in_a_unit_that_fits(void **state)
{
    static const struct {
        double seconds;
        const char *want;
    } cases[] = {
        { 0, "0" },
        { -1, "0" },
        { NAN, "0" },
        { 1e-9, "1.00 ns" },
        { 999.4e-9, "999 ns" },
        { 1e-6, "1.00 \302\265s" },
        { 4.567e-6, "4.57 \302\265s" },
        { 0.0123, "12.3 ms" },
        { 0.9996, "1.00 s" },
        { 119, "119 s" },
        { 180, "3.00 min" },
        { 36000, "10.0 h" },
        { 864000, "10 d" },
        { INFINITY, "inf d" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[FIGURE_BYTES];
        figure_write_seconds(cases[i].seconds, got);
        assert_string_equal(got, cases[i].want);
    }
}

static void figure__is_a_time_by_its_path(void **state)
{
    static const struct {
        const char *path;
        bool want;
    } cases[] = {
        { "callback/0.99", true },
        { "callback/count", false },
        { "stages/schema/sum", true },
        { "stages/schema/count", false },
        { "snapshot/age", true },
        { "snapshot/rules", false },
        { "events/received", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(figure_is_time(eb_span_of(cases[i].path)), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number__is_written_with_three_digits_and_a_size),
        cmocka_unit_test(time__is_written_in_a_unit_that_fits),
        cmocka_unit_test(figure__is_a_time_by_its_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
