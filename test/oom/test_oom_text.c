#include "eb_test.h"

#include "base/limits.h"
#include "oom/failing_alloc.h"
#include "text/regex.h"
#include "text/regex_engine.h"

struct attempt {
    const char *pattern;
    unsigned engines;
};

/* Compiles it; a failure must say that it was memory's. */
static bool compile(void *context)
{
    const struct attempt *attempt = context;
    struct eb_regex_fault fault = { NULL, 0, false };
    struct eb_regex *regex =
        eb_regex_new_by(eb_span_of(attempt->pattern), attempt->engines, &fault);
    if (!regex) {
        assert_non_null(fault.text);
        /* The automaton alone gives up silently: somebody else would have taken over. */
        assert_true(fault.is_out_of_memory || attempt->engines == EB_REGEX_BY_AUTOMATON);
    }
    eb_regex_free(regex);
    return regex != NULL;
}

/* More than the first block of an arena holds. */
static void regex__survives_it_when_it_is_long(void **state)
{
    (void)state;
    static char pattern[8000] = "^(?=a)";
    static const char piece[] = "(?:[^abcdefghijk\\d\\p{L}-]\\w+|x)?";
    for (size_t len = strlen(pattern); len + sizeof piece <= sizeof pattern;
         len += sizeof piece - 1)
        memcpy(pattern + len, piece, sizeof piece);
    static struct attempt attempt = { pattern, EB_REGEX_BY_PCRE };
    assert_in_range(eb_fail_each_allocation(compile, &attempt), 5, 1000);
}

static void regex__survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    static struct attempt attempts[] = {
        { "^u-[0-9]{1,9}$", EB_REGEX_BY_AUTOMATON },
        { "^u-[0-9]{1,9}$", EB_REGEX_BY_AUTOMATON | EB_REGEX_BY_PCRE },
        { "^[^a]{1,60}(?:b|\xc3\xa9)*$", EB_REGEX_BY_AUTOMATON },
        { "^(?=.*\\d)(?<n>a|[\\w\\P{Lu}\xc3\xa9])\\k<n>{2,3}$", EB_REGEX_BY_PCRE },
    };
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        assert_in_range(eb_fail_each_allocation(compile, &attempts[i]), 3, 1000);
}

static bool make_runner(void *context)
{
    (void)context;
    struct eb_regex_runner *runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    eb_regex_runner_free(runner);
    return runner != NULL;
}

static void runner__survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    assert_in_range(eb_fail_each_allocation(make_runner, NULL), 3, 100);
}

static bool is_valid(void *context)
{
    (void)context;
    return eb_regex_is_valid(eb_span_of("(?<n>[a-z\\p{L}]{2,3}|(?=x)y)*\\k<n>"));
}

static void is_valid__asks_for_no_memory(void **state)
{
    (void)state;
    assert_int_equal(eb_fail_each_allocation(is_valid, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regex__survives_the_failure_of_any_allocation),
        cmocka_unit_test(regex__survives_it_when_it_is_long),
        cmocka_unit_test(runner__survives_the_failure_of_any_allocation),
        cmocka_unit_test(is_valid__asks_for_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
