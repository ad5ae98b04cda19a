#include "eb_test.h"

#include "base/near_name.h"

static const char *const known[] = { "topic", "schema", "candidate", "on_violation", "original",
    "dead_letter", "empty", "on_error", "to" };

static void near_name__finds_the_slip(void **state)
{
    (void)state;
    static const struct {
        const char *written, *want;
    } cases[] = {
        { "on_violaton", "on_violation" },
        { "on_violations", "on_violation" },
        { "onviolation", "on_violation" },
        { "on_voilation", "on_violation" },
        { "dead_letters", "dead_letter" },
        { "deadletter", "dead_letter" },
        { "tpoic", "topic" },
        { "shcema", "schema" },
        { "Schema", "schema" },
        { "schemas", "schema" },
        { "qos", NULL },
        { "x", NULL },
        { "", NULL },
        { "t", "to" },
        { "target", NULL },
        { "a name so long that nobody can have meant any of the names that are known", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_near_name near = eb_near_name(eb_span_of(cases[i].written));
        for (size_t j = 0; j < sizeof known / sizeof *known; j++)
            eb_near_name_offer(&near, eb_span_of(known[j]));
        assert_span_equal(near.best, cases[i].want);
    }
}

static void near_name__counts_a_swap_once(void **state)
{
    (void)state;
    struct eb_near_name near = eb_near_name(eb_span_of("abcd"));
    eb_near_name_offer(&near, eb_span_of("abdc"));
    assert_span_equal(near.best, "abdc");
    assert_int_equal(near.distance, 1);
}

static void near_name__keeps_the_first_of_equals(void **state)
{
    (void)state;
    struct eb_near_name near = eb_near_name(eb_span_of("rule"));
    eb_near_name_offer(&near, eb_span_of("rules"));
    eb_near_name_offer(&near, eb_span_of("ruler"));
    assert_span_equal(near.best, "rules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_name__finds_the_slip),
        cmocka_unit_test(near_name__counts_a_swap_once),
        cmocka_unit_test(near_name__keeps_the_first_of_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
