#include "eb_test.h"

#include "base/limits.h"
#include "text/regex.h"

enum { STEPS = EB_REGEX_STEPS_DEFAULT };

static struct eb_regex *compile(const char *pattern)
{
    struct eb_regex_fault fault;
    struct eb_regex *regex = eb_regex_new(eb_span_of(pattern), &fault);
    if (!regex)
        print_error("/%s/ refused at %zu: %s\n", pattern, fault.offset, fault.text);
    assert_non_null(regex);
    return regex;
}

struct match_case {
    const char *pattern, *subject;
    enum eb_regex_result want;
};

static const struct match_case matches[] = {
    { "a", "xay", EB_REGEX_MATCH },
    { "", "", EB_REGEX_MATCH },
    { "^u-[0-9]{1,9}$", "u-123", EB_REGEX_MATCH },
    { "^u-[0-9]{1,9}$", "u-1234567890", EB_REGEX_NO_MATCH },
    { "^abc$", "abc\n", EB_REGEX_NO_MATCH },
    { "^\\cC$", "\x03", EB_REGEX_MATCH },
    { "^\\d$", "\xdf\x80", EB_REGEX_NO_MATCH },
    { "^\\w$", "\xc3\xa9", EB_REGEX_NO_MATCH },
    { "^\\W$", "\xc3\xa9", EB_REGEX_MATCH },
    { "^\\s$", "\xef\xbb\xbf", EB_REGEX_MATCH },
    { "^\\s$", "\xe2\x80\xa9", EB_REGEX_MATCH },
    { "^\\S$", "\xe2\x80\x93", EB_REGEX_MATCH },
    { "^.$", "\xe2\x80\xa8", EB_REGEX_NO_MATCH },
    { "^.$", "\xf0\x9f\x98\x80", EB_REGEX_MATCH },
    { "^\\ud83d\\ude00$", "\xf0\x9f\x98\x80", EB_REGEX_MATCH },
    { "^\\u{1F600}$", "\xf0\x9f\x98\x80", EB_REGEX_MATCH },
    { "^[^]$", "\n", EB_REGEX_MATCH },
    { "[]", "a", EB_REGEX_NO_MATCH },
    { "^\\p{Letter}+$", "\xcf\x80", EB_REGEX_MATCH },
    { "^\\p{digit}+$", "\xe0\xa7\xaa\xe0\xa7\xa8", EB_REGEX_MATCH },
    { "^\\p{Script=Greek}$", "\xcf\x80", EB_REGEX_MATCH },
    { "^[^\\P{Lu}]$", "A", EB_REGEX_MATCH },
    { "^(?:(a)|b)\\1$", "b", EB_REGEX_MATCH },
    { "^\\1(a)$", "a", EB_REGEX_MATCH },
    { "^(?<n>a|b)\\k<n>$", "bb", EB_REGEX_MATCH },
    { "^(?<n>a|b)\\k<n>$", "ab", EB_REGEX_NO_MATCH },
    { "(?<=a+)b", "xaab", EB_REGEX_MATCH },
    { "(?<!a)b", "ab", EB_REGEX_NO_MATCH },
    { "\\bfoo\\b", "a foo b", EB_REGEX_MATCH },
    { "^(?=.*\\d).{4,}$", "abc1", EB_REGEX_MATCH },
};

static void run_matches(struct eb_regex_runner *runner)
{
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        struct eb_regex *regex = compile(matches[i].pattern);
        enum eb_regex_result got = eb_regex_run(regex, eb_span_of(matches[i].subject), runner);
        if (got != matches[i].want)
            print_error("/%s/ on \"%s\": got %d, want %d\n", matches[i].pattern, matches[i].subject,
                got, matches[i].want);
        assert_int_equal(got, matches[i].want);
        eb_regex_free(regex);
    }
}

static void expressions__mean_what_ecma_262_says(void **state)
{
    (void)state;
    struct eb_regex_runner *runner = eb_regex_runner_new(STEPS);
    assert_non_null(runner);
    run_matches(runner);
    eb_regex_set_jit(false);
    assert_false(eb_regex_has_jit());
    run_matches(runner);
    eb_regex_set_jit(true);
    eb_regex_runner_free(runner);
}

static void new__refuses_what_ecma_262_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        size_t offset;
    } cases[] = {
        { "a**", 2 },
        { "*a", 0 },
        { "a{2,1}", 1 },
        { "{", 0 },
        { "a{", 1 },
        { "a]", 1 },
        { "(a", 0 },
        { "a)", 1 },
        { "^(abc]", 5 },
        { "[b-a]", 1 },
        { "[a", 0 },
        { "\\a", 0 },
        { "\\Z", 0 },
        { "\\A", 0 },
        { "\\h", 0 },
        { "\\", 0 },
        { "\\c1", 0 },
        { "\\x1", 0 },
        { "\\u12", 0 },
        { "\\u{110000}", 0 },
        { "\\01", 0 },
        { "\\1", 0 },
        { "(a)\\2", 3 },
        { "\\k<n>", 0 },
        { "\\k", 0 },
        { "(?<n>a)(?<n>b)", 10 },
        { "(?i)a", 0 },
        { "(?>a)", 0 },
        { "(?P<n>a)", 0 },
        { "(?#a)", 0 },
        { "(*FAIL)", 1 },
        { "a++", 2 },
        { "^*", 1 },
        { "(?=a)*", 5 },
        { "(?<=a)?", 6 },
        { "\\p{Foo}", 0 },
        { "\\p{lu}", 0 },
        { "\\p{Script=Foo}", 0 },
        { "\\pL", 0 },
        { "(?R)", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_regex_fault fault = { NULL, 0, false };
        struct eb_regex *regex = eb_regex_new(eb_span_of(cases[i].pattern), &fault);
        if (regex || fault.offset != cases[i].offset)
            print_error("/%s/: got %zu (%s), want %zu\n", cases[i].pattern, fault.offset,
                regex ? "accepted" : fault.text, cases[i].offset);
        assert_null(regex);
        assert_int_equal(fault.offset, cases[i].offset);
        assert_false(eb_regex_is_valid(eb_span_of(cases[i].pattern)));
    }
}

static void run__ends_at_the_step_budget(void **state)
{
    (void)state;
    static char subject[100 * 1000 + 1];
    memset(subject, 'a', sizeof subject - 1);
    subject[sizeof subject - 1] = '!';
    struct eb_regex_runner *runner = eb_regex_runner_new(STEPS);
    assert_non_null(runner);
    for (int is_jit = 0; is_jit < 2; is_jit++) {
        eb_regex_set_jit(is_jit);
        struct eb_regex *regex = compile("(a+)+$");
        struct eb_span without = eb_span(subject, sizeof subject - 1);
        assert_int_equal(eb_regex_run(regex, without, runner), EB_REGEX_LIMIT);
        struct eb_span with = eb_span(subject, sizeof subject);
        assert_int_equal(eb_regex_run(regex, with, runner), EB_REGEX_LIMIT);
        eb_regex_free(regex);
    }
    eb_regex_set_jit(true);
    eb_regex_runner_free(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions__mean_what_ecma_262_says),
        cmocka_unit_test(new__refuses_what_ecma_262_refuses),
        cmocka_unit_test(run__ends_at_the_step_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
