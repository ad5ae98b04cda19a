#include "eb_test.h"

#include <time.h>

#include "base/clock.h"

static void expect_like_libc(int64_t seconds)
{
    time_t at = (time_t)seconds;
    struct tm tm;
    char want[64], got[EB_TIME_LEN + 1] = "";
    assert_non_null(gmtime_r(&at, &tm));
    snprintf(want, sizeof want, "%04d-%02d-%02dT%02d:%02d:%02d.007Z", tm.tm_year + 1900,
        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    eb_time_write(seconds * 1000000 + 7999, got);
    assert_string_equal(got, want);
}

static void time__is_written_as_libc_reckons(void **state)
{
    (void)state;
    for (int64_t seconds = INT64_C(-62135596800); seconds < INT64_C(253402300799);
         seconds += 86399 * 37)
        expect_like_libc(seconds);
    static const int64_t corners[] = { 0, -1, 951782399, 951782400, 951868800, 4107542399,
        4107542400, 1795195293, INT64_C(253402300799) };
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++)
        expect_like_libc(corners[i]);
}

static void time__outside_the_calendar_is_its_edge(void **state)
{
    (void)state;
    char text[EB_TIME_LEN + 1] = "";
    eb_time_write(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    eb_time_write(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
}

static void steady_clock__never_goes_back_and_keeps_its_pace(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_us, want_us;
    } cases[] = {
        { 1000, 1000 },
        { 1500, 1500 },
        { 1500, 1500 },
        { 200, 1500 }, /* set back: stands still */
        { 300, 1600 }, /* and goes on */
        { 900, 2200 },
        { 5000, 6300 }, /* set forward: goes along */
        { 4000, 6300 },
        { 4001, 6301 },
    };
    struct eb_steady_clock clock = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(eb_steady_clock_at(&clock, cases[i].wall_us), cases[i].want_us);
        assert_int_equal(eb_steady_clock_advance(&clock, cases[i].wall_us), cases[i].want_us);
        assert_int_equal(clock.now_us, cases[i].want_us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time__is_written_as_libc_reckons),
        cmocka_unit_test(steady_clock__never_goes_back_and_keeps_its_pace),
        cmocka_unit_test(time__outside_the_calendar_is_its_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
