/* What runs per event never calls the heap: every engine, every format, whatever the verdict. */
#include "eb_test.h"

#include "base/limits.h"
#include "heap_watch.h"
#include "regex_agreement.h"
#include "text/format.h"

enum { LONG_LEN = 20000 };

static char long_subject[LONG_LEN];

static const char *const patterns[] = { "^u-[0-9]{1,9}$", "(?=a)(a|aa)+$", "^(a|aa)+\\1$",
    "^(?=.*\\d)(?!.*--)[\\w-]{4,}$", "(?<=a.*)\\p{L}+(?:(?=x)y|[^]*)*$", "\\bfoo\\b|(a+)+b\\1\\B" };

static const char *const subjects[] = { "", "u-123", "abc1", "foo",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "\xf0\x9f\x98\x80\xc3\xa9" };

static void run__never_touches_the_heap(void **state)
{
    (void)state;
    memset(long_subject, 'a', sizeof long_subject - 1);
    long_subject[sizeof long_subject - 1] = '!';
    struct eb_regex_runner *runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    assert_non_null(runner);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct regex_agreement agreement;
        struct eb_regex_fault fault;
        assert_true(regex_agreement_open(&agreement, eb_span_of(patterns[i]), &fault));
        enum eb_regex_result result;
        heap_watch_start();
        for (size_t j = 0; j < sizeof subjects / sizeof *subjects; j++)
            regex_agreement_run(&agreement, eb_span_of(subjects[j]), runner, &result);
        regex_agreement_run(
            &agreement, eb_span(long_subject, sizeof long_subject), runner, &result);
        assert_int_equal(heap_watch_stop(), 0);
        regex_agreement_close(&agreement);
    }
    eb_regex_runner_free(runner);
}

static void check__never_touches_the_heap(void **state)
{
    (void)state;
    static const char *const formats[] = { "date-time", "date", "time", "duration", "email",
        "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri",
        "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex" };
    static const char *const values[] = { "", "2026-11-20T17:21:33Z", "xn--bcher-kva.example",
        "b\xc3\xbc\x63her.\xd7\x90", "u\xcc\x88\xe1\xba\xa1\xcc\x82", "a@b", "(?<n>\\p{L})\\k<n>",
        "http://a@b:1/%41?#", "{a*}" };
    heap_watch_start();
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct eb_format *format = eb_format_find(eb_span_of(formats[i]));
        for (size_t j = 0; j < sizeof values / sizeof *values; j++)
            eb_format_check(format, eb_span_of(values[j]));
    }
    assert_int_equal(heap_watch_stop(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run__never_touches_the_heap),
        cmocka_unit_test(check__never_touches_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
