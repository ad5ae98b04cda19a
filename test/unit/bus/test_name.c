#include "eb_test.h"

#include "bus/name.h"

static void name__obeys_its_grammar(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool want;
    } cases[] = {
        { "a", true },
        { "0", true },
        { "lock-event_2.x", true },
        { "", false },
        { "-a", false },
        { ".a", false },
        { "A", false },
        { "a/b", false },
        { "a\xc3\xa9", false },
        { "a b", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (eb_name_is_valid(eb_span_of(cases[i].name)) != cases[i].want)
            fail_msg("%s", cases[i].name);
    }
    char longest[130];
    memset(longest, 'a', 129);
    assert_true(eb_name_is_valid(eb_span(longest, 128)));
    assert_false(eb_name_is_valid(eb_span(longest, 129)));
}

static void version__is_a_positive_number(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t want;
    } cases[] = {
        { "1", 1 },
        { "2147483647", 2147483647 },
        { "2147483648", 0 },
        { "0", 0 },
        { "01", 0 },
        { "", 0 },
        { "1a", 0 },
        { "-1", 0 },
        { "99999999999", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(eb_version_read(eb_span_of(cases[i].text)), cases[i].want);
}

static void subject_version__is_a_name_an_at_and_a_version(void **state)
{
    (void)state;
    static const struct {
        const char *text, *subject;
        uint32_t version;
    } cases[] = {
        { "lock-event@2", "lock-event", 2 },
        { "lock@latest", "lock", EB_VERSION_LATEST },
        { "lock@0", NULL, 0 },
        { "lock@", NULL, 0 },
        { "@1", NULL, 0 },
        { "lock", NULL, 0 },
        { "lock@1@2", NULL, 0 },
        { "a/b@1", NULL, 0 },
        { "", NULL, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_subject_version got;
        bool is_one = eb_subject_version_read(eb_span_of(cases[i].text), &got);
        if (is_one != (cases[i].subject != NULL))
            fail_msg("%s", cases[i].text);
        if (!is_one)
            continue;
        assert_span_equal(got.subject, cases[i].subject);
        assert_int_equal(got.version, cases[i].version);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name__obeys_its_grammar),
        cmocka_unit_test(version__is_a_positive_number),
        cmocka_unit_test(subject_version__is_a_name_an_at_and_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
