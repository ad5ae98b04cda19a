#include "eb_test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "regex_agreement.h"
#include "text/regex_engine.h"

enum { STEPS = EB_REGEX_STEPS_DEFAULT };

static void open(struct regex_agreement *agreement, const char *pattern)
{
    struct eb_regex_fault fault;
    bool is_open = regex_agreement_open(agreement, eb_span_of(pattern), &fault);
    if (!is_open)
        print_error("/%s/ refused at %zu: %s\n", pattern, fault.offset, fault.text);
    assert_true(is_open);
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
    { "(?<=\\$\\d{1,3},)5", "$12,5", EB_REGEX_MATCH },
    { "(?<=\\$\\d{1,3},)5", "$1234,5", EB_REGEX_NO_MATCH },
    { "(?<=^(?:\xc3\xa9|bb)*)c",
        "bb\xc3\xa9"
        "bbc",
        EB_REGEX_MATCH },
    { "(?<=^(?:\xc3\xa9|bb)*)c",
        "bb\xc3\xa9"
        "bc",
        EB_REGEX_NO_MATCH },
    { "(?<!^(?:\xc3\xa9|bb)*)c", "bbc", EB_REGEX_NO_MATCH },
    { "(?<!x.{0,2})z", "xabz", EB_REGEX_NO_MATCH },
    { "(?<!x.{0,2})z", "xabcz", EB_REGEX_MATCH },
    { "\\bfoo\\b", "a foo b", EB_REGEX_MATCH },
    { "^(?=.*\\d).{4,}$", "abc1", EB_REGEX_MATCH },
    { "^[^<]{0,100000}$", "abc", EB_REGEX_MATCH },
    { "^[^<]{0,100000}$", "a<c", EB_REGEX_NO_MATCH },
    { "^a{70000,}$", "aaa", EB_REGEX_NO_MATCH },
    { "^(?<\\u0061>b)\\k<a>$", "bb", EB_REGEX_MATCH },
    { "^(?<\xc3\xa9>b)\\k<\xc3\xa9>$", "bb", EB_REGEX_MATCH },
    { "^(?<a\xe2\x80\x8d>b)\\k<a\\u200d>$", "bb", EB_REGEX_MATCH },
};

static void expressions__mean_what_ecma_262_says(void **state)
{
    (void)state;
    struct eb_regex_runner *runner = eb_regex_runner_new(STEPS);
    assert_non_null(runner);
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        struct regex_agreement agreement;
        open(&agreement, matches[i].pattern);
        enum eb_regex_result got;
        bool do_agree =
            regex_agreement_run(&agreement, eb_span_of(matches[i].subject), runner, &got);
        if (got != matches[i].want || !do_agree)
            print_error("/%s/ on \"%s\": got %d, want %d\n", matches[i].pattern, matches[i].subject,
                got, matches[i].want);
        assert_true(do_agree);
        assert_int_equal(got, matches[i].want);
        regex_agreement_close(&agreement);
    }
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
        { "\\p{L", 0 },
        { "\\p{Foo=L}", 0 },
        { "[\\p{Foo}]", 1 },
        { "[a-", 0 },
        { "[a-\\", 3 },
        { "a\xff", 1 },
        { "(?<\xe2\x80\x8d>a)", 3 },
        { "(?<\xe3\x80\x80>a)", 3 },
        { "(?<n", 3 },
        { "(?<>a)", 3 },
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

/* Strictly refused, leniently taken: each means what it would without the u flag. */
static void new__takes_what_schemas_in_use_do(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        { "^\\-\\_\\@\\'$", "-_@'", EB_REGEX_MATCH },
        { "^[\\w-.]+$", "a-.", EB_REGEX_MATCH },
        { "^[\\w-.]+$", "a/", EB_REGEX_NO_MATCH },
        { "^[+-\\d]+$", "+-7", EB_REGEX_MATCH },
        { "^[+-\\d]+$", ",", EB_REGEX_NO_MATCH },
        { "^[\\s-\\d]+$", " -7", EB_REGEX_MATCH },
    };
    struct eb_regex_runner *runner = eb_regex_runner_new(STEPS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(eb_regex_is_valid(eb_span_of(cases[i].pattern)));
        struct regex_agreement agreement;
        open(&agreement, cases[i].pattern);
        enum eb_regex_result got;
        assert_true(regex_agreement_run(&agreement, eb_span_of(cases[i].subject), runner, &got));
        assert_int_equal(got, cases[i].want);
        regex_agreement_close(&agreement);
    }
    eb_regex_runner_free(runner);
}

static void new__says_what_it_cannot_express(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        size_t offset;
    } cases[] = {
        { "(?<=\\p{L}b*c)d", 0 },
        { "^(?:(a)|b)*\\1", 11 },
        { "^(a?)*\\1", 6 },
        { "(?<=(a))\\1", 8 },
        { "(?=x)(?:ab){70000}", 11 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_span pattern = eb_span_of(cases[i].pattern);
        struct eb_regex_fault fault = { NULL, 0, false };
        assert_true(eb_regex_is_valid(pattern));
        assert_null(eb_regex_new(pattern, &fault));
        if (!strstr(fault.text, "cannot be expressed") || fault.offset != cases[i].offset)
            print_error("/%s/: %s at %zu\n", cases[i].pattern, fault.text, fault.offset);
        assert_non_null(strstr(fault.text, "cannot be expressed"));
        assert_int_equal(fault.offset, cases[i].offset);
    }
}

/* Neither recursion nor tables follow the pattern's size without a bound. */
static void new__bounds_what_a_pattern_may_ask_for(void **state)
{
    (void)state;
    static char nested[2 * EB_REGEX_BYTES_MAX], named[300 * sizeof "(?<n123>)"];
    memset(nested, '(', sizeof nested);
    struct eb_regex_fault fault;
    assert_null(eb_regex_new(eb_span(nested, EB_REGEX_BYTES_MAX), &fault));
    assert_string_equal(fault.text, "groups are nested too deeply");
    assert_int_equal(fault.offset, EB_REGEX_DEPTH_MAX);
    assert_null(eb_regex_new(eb_span(nested, EB_REGEX_BYTES_MAX + 1), &fault));
    assert_string_equal(fault.text, "the expression is too long");
    size_t len = 0;
    for (int i = 0; i < 300; i++)
        len += (size_t)sprintf(named + len, "(?<n%d>)", i);
    assert_null(eb_regex_new(eb_span(named, len), &fault));
    assert_string_equal(fault.text, "there are too many named groups");
    assert_null(eb_regex_new(eb_span_of("(?=((a{1000}){1000}){1000})"), &fault));
    assert_non_null(strstr(fault.text, "too large"));
    len = 0;
    for (int i = 0; i < 256; i++)
        len += (size_t)sprintf(named + len, "(?<=a+)");
    assert_null(eb_regex_new(eb_span(named, len), &fault));
    assert_string_equal(fault.text, "so many look-behinds cannot be expressed");
    assert_null(eb_regex_new(eb_span_of("(?<=(?:a|b){40}a(?:a|b)*)c"), &fault));
    assert_string_equal(fault.text, "a look-behind this large cannot be expressed");
    assert_null(eb_regex_new(eb_span_of("(?=a{4294967290})"), &fault));
    assert_string_equal(fault.text, "a repeat count this large cannot be expressed");
    struct eb_regex *regex = eb_regex_new(eb_span_of("(?:){4294967295}[]{4294967295}"), &fault);
    assert_null(regex);
}

/* A whole pattern of literals, and one of alternatives, as long as they may be. */
static void new__compiles_the_longest_patterns(void **state)
{
    (void)state;
    static char pattern[EB_REGEX_BYTES_MAX];
    static const char *const fillings[] = { "a", "b|", "[^]", "c*" };
    for (size_t i = 0; i < sizeof fillings / sizeof *fillings; i++) {
        size_t len = strlen(fillings[i]), total = sizeof pattern / len * len;
        for (size_t at = 0; at < total; at++)
            pattern[at] = fillings[i][at % len];
        struct eb_regex_fault fault;
        struct eb_regex *regex = eb_regex_new(eb_span(pattern, total), &fault);
        if (!regex)
            assert_non_null(strstr(fault.text, "too large"));
        eb_regex_free(regex);
    }
}

static enum eb_regex_result run(
    const char *pattern, enum eb_regex_engine engine, bool has_jit, struct eb_span subject)
{
    struct eb_regex_fault fault;
    eb_regex_set_jit(has_jit);
    struct eb_regex *regex = eb_regex_new_by(eb_span_of(pattern), engine, &fault);
    eb_regex_set_jit(true);
    assert_non_null(regex);
    struct eb_regex_runner *runner = eb_regex_runner_new(STEPS);
    enum eb_regex_result result = eb_regex_run(regex, subject, runner);
    eb_regex_runner_free(runner);
    eb_regex_free(regex);
    return result;
}

/* A repeated repetition over 100 kB, however it is run; the catastrophe comes much earlier. */
static void run__ends_at_the_step_budget(void **state)
{
    (void)state;
    static char subject[STEPS + 1];
    memset(subject, 'a', STEPS);
    subject[STEPS] = '!';
    static const struct {
        enum eb_regex_engine engine;
        bool has_jit;
    } engines[] = {
        { EB_REGEX_BY_AUTOMATON, true },
        { EB_REGEX_BY_PCRE, true },
        { EB_REGEX_BY_PCRE, false },
    };
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        enum eb_regex_engine engine = engines[i].engine;
        bool has_jit = engines[i].has_jit;
        assert_int_equal(run("(a+)+$", engine, has_jit, eb_span(subject, STEPS)), EB_REGEX_LIMIT);
        assert_int_equal(
            run("(a+)+$", engine, has_jit, eb_span(subject, STEPS + 1)), EB_REGEX_LIMIT);
        if (engine == EB_REGEX_BY_PCRE) {
            assert_int_equal(
                run("(?=a)(a|aa)+$", engine, has_jit, eb_span(subject + STEPS - 40, 41)),
                EB_REGEX_LIMIT);
            assert_int_equal(
                run("^(?:.(?<=^a.*))*$", engine, has_jit, eb_span(subject, 5000)), EB_REGEX_LIMIT);
            assert_int_equal(
                run("^(?:(a|aa)*)*[cd]", engine, has_jit, eb_span(subject, 5000)), EB_REGEX_LIMIT);
        }
    }
}

/* What an automaton reads once needs no steps; a repeated repetition does, unless it is decided. */
static void run__reads_long_values_without_steps(void **state)
{
    (void)state;
    enum { LONG = 20 * STEPS };
    static char subject[LONG + 1];
    memset(subject, 'a', LONG);
    subject[LONG] = '!';
    static const struct {
        const char *pattern;
        size_t len;
        enum eb_regex_result want;
    } cases[] = {
        { "^[a-z0-9+/]*={0,2}$", LONG, EB_REGEX_MATCH },
        { "^[a-z0-9+/]*={0,2}$", LONG + 1, EB_REGEX_NO_MATCH },
        { "^(?:[a-z]{4})*$", LONG, EB_REGEX_MATCH },
        { "!$", LONG + 1, EB_REGEX_MATCH },
        { "a+b+$", LONG, EB_REGEX_NO_MATCH },
        { "^(a{1,9}){1,9}$", LONG, EB_REGEX_NO_MATCH },
        { "(a+)+$", STEPS - 1, EB_REGEX_MATCH },
        { "(a+)+$", STEPS, EB_REGEX_LIMIT },
        { "^((?:a|b+)c*)*$", LONG, EB_REGEX_LIMIT },
        { "^(a+)*", LONG, EB_REGEX_MATCH },
        { "^ab(a+)*$", LONG, EB_REGEX_NO_MATCH },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_span text = eb_span(subject, cases[i].len);
        enum eb_regex_result got = run(cases[i].pattern, EB_REGEX_BY_AUTOMATON, true, text);
        if (got != cases[i].want)
            print_error("%s over %zu bytes: got %d, want %d\n", cases[i].pattern, cases[i].len, got,
                cases[i].want);
        assert_int_equal(got, cases[i].want);
    }
}

static void run__counts_beyond_what_pcre2_does(void **state)
{
    (void)state;
    static char subject[70001];
    memset(subject, 'a', sizeof subject);
    static const struct {
        size_t len;
        enum eb_regex_result want;
    } cases[] = {
        { 65535, EB_REGEX_NO_MATCH },
        { 65536, EB_REGEX_NO_MATCH },
        { 65537, EB_REGEX_MATCH },
        { 70000, EB_REGEX_MATCH },
        { 70001, EB_REGEX_NO_MATCH },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int is_jit = 0; is_jit < 2; is_jit++) {
            assert_int_equal(
                run("^a{65537,70000}$", EB_REGEX_BY_PCRE, is_jit, eb_span(subject, cases[i].len)),
                cases[i].want);
        }
    }
}

/* Searching from everywhere, each time far: what PCRE2 does not count must be bounded too. */
static void run__ends_soon_on_long_subjects(void **state)
{
    (void)state;
    static char subject[STEPS];
    memset(subject, 'a', sizeof subject);
    static const char *const patterns[] = { "a*b(?=c)", "(?:a?){15}b(?=c)", "(a*)b\\1", "(?=a*?b)",
        "(?<!b)a*a*a*b", "^(.*)\\1\\1$" };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        for (int is_jit = 0; is_jit < 2; is_jit++) {
            enum eb_regex_result result =
                run(patterns[i], EB_REGEX_BY_PCRE, is_jit, eb_span(subject, sizeof subject - 1));
            assert_true(result != EB_REGEX_MATCH);
        }
    }
}

/* ECMA-262 tables 66 to 68: every name the parser takes, PCRE2 has to know. */
static void properties__are_all_known_to_pcre2(void **state)
{
    (void)state;
    static const char *const names[] = { "L", "Lu", "LC", "Cased_Letter", "Cn", "punct", "digit",
        "cntrl", "Any", "ASCII", "Assigned", "AHex", "Alphabetic", "Emoji", "ExtPict", "IDC",
        "XIDS", "White_Space", "Script=Latin", "sc=Grek", "scx=Hira", "Script_Extensions=Zyyy",
        "gc=Nd", "General_Category=Decimal_Number", "sc=Qaac", "sc=Zinh", "sc=Vithkuqi" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char pattern[80];
        struct regex_agreement agreement;
        snprintf(pattern, sizeof pattern, "[\\p{%s}\\P{%s}]", names[i], names[i]);
        open(&agreement, pattern);
        regex_agreement_close(&agreement);
    }
}

/* As systemd's MemoryDenyWriteExecute= does: no memory that can be executed, for good. */
static bool forbid_machine_code(void)
{
    enum { PROT_ARGUMENT = offsetof(struct seccomp_data, args[2]) };
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PROT_ARGUMENT),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int try_without_machine_code(void)
{
    enum { DONE, CANNOT_FORBID, HAS_JIT, NO_REGEX, NO_MATCH };
    if (!forbid_machine_code())
        return CANNOT_FORBID;
    if (eb_regex_has_jit())
        return HAS_JIT;
    struct eb_regex_fault fault;
    struct eb_regex *regex = eb_regex_new(eb_span_of("^(?=.*\\d)[\\w-]{4,}$"), &fault);
    struct eb_regex_runner *runner = eb_regex_runner_new(STEPS);
    if (!regex || !runner)
        return NO_REGEX;
    bool is_right = eb_regex_run(regex, eb_span_of("abc1"), runner) == EB_REGEX_MATCH &&
                    eb_regex_run(regex, eb_span_of("abcd"), runner) == EB_REGEX_NO_MATCH;
    return is_right ? DONE : NO_MATCH;
}

static void machine_code__is_done_without_where_it_is_forbidden(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(try_without_machine_code());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 1) {
        print_message("skipped: seccomp is not available here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: PCRE2 keeps, and uses again, what memory for machine code it has been given. */
        cmocka_unit_test(machine_code__is_done_without_where_it_is_forbidden),
        cmocka_unit_test(expressions__mean_what_ecma_262_says),
        cmocka_unit_test(new__refuses_what_ecma_262_refuses),
        cmocka_unit_test(new__takes_what_schemas_in_use_do),
        cmocka_unit_test(new__says_what_it_cannot_express),
        cmocka_unit_test(new__bounds_what_a_pattern_may_ask_for),
        cmocka_unit_test(new__compiles_the_longest_patterns),
        cmocka_unit_test(run__ends_at_the_step_budget),
        cmocka_unit_test(run__reads_long_values_without_steps),
        cmocka_unit_test(run__counts_beyond_what_pcre2_does),
        cmocka_unit_test(run__ends_soon_on_long_subjects),
        cmocka_unit_test(properties__are_all_known_to_pcre2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
