#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "topic/filter.h"

struct check_case {
    const char *name;
    struct eb_span text;
    enum eb_topic_fault want_topic, want_filter;
};

static const struct check_case check_cases[] = {
    { "one level", EB_SPAN("a"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "three levels", EB_SPAN("a/b/c"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "a lone slash", EB_SPAN("/"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "empty levels", EB_SPAN("//a//"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "spaces", EB_SPAN(" / "), EB_TOPIC_OK, EB_TOPIC_OK },
    { "a dollar topic", EB_SPAN("$SYS/broker"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "a lone dollar", EB_SPAN("$"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "empty", EB_SPAN(""), EB_TOPIC_EMPTY, EB_TOPIC_EMPTY },
    { "plus", EB_SPAN("+"), EB_TOPIC_WILDCARD, EB_TOPIC_OK },
    { "plus inside", EB_SPAN("a/+/b"), EB_TOPIC_WILDCARD, EB_TOPIC_OK },
    { "many pluses", EB_SPAN("+/+/+"), EB_TOPIC_WILDCARD, EB_TOPIC_OK },
    { "hash", EB_SPAN("#"), EB_TOPIC_WILDCARD, EB_TOPIC_OK },
    { "hash last", EB_SPAN("a/#"), EB_TOPIC_WILDCARD, EB_TOPIC_OK },
    { "hash behind an empty level", EB_SPAN("/#"), EB_TOPIC_WILDCARD, EB_TOPIC_OK },
    { "hash inside", EB_SPAN("a/#/b"), EB_TOPIC_WILDCARD, EB_TOPIC_HASH_INSIDE },
    { "hash before an empty level", EB_SPAN("#/"), EB_TOPIC_WILDCARD, EB_TOPIC_HASH_INSIDE },
    { "plus in a level", EB_SPAN("a/b+"), EB_TOPIC_WILDCARD, EB_TOPIC_WILDCARD },
    { "hash in a level", EB_SPAN("a/b#"), EB_TOPIC_WILDCARD, EB_TOPIC_WILDCARD },
    { "two pluses in a level", EB_SPAN("++"), EB_TOPIC_WILDCARD, EB_TOPIC_WILDCARD },
    { "two hashes", EB_SPAN("a/##"), EB_TOPIC_WILDCARD, EB_TOPIC_WILDCARD },
    { "shared", EB_SPAN("$share/g/a"), EB_TOPIC_SHARED, EB_TOPIC_SHARED },
    { "shared, nothing behind", EB_SPAN("$share"), EB_TOPIC_SHARED, EB_TOPIC_SHARED },
    { "shared with a wildcard", EB_SPAN("$share/g/#"), EB_TOPIC_SHARED, EB_TOPIC_SHARED },
    { "only like shared", EB_SPAN("$shared/g"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "commands", EB_SPAN("$CONTROL/event-bus/v1"), EB_TOPIC_OK, EB_TOPIC_CONTROL },
    { "commands of all kinds", EB_SPAN("$CONTROL/#"), EB_TOPIC_WILDCARD, EB_TOPIC_CONTROL },
    { "no command", EB_SPAN("$CONTROL"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "no command either", EB_SPAN("a/$CONTROL/b"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "shared deeper", EB_SPAN("a/$share/g"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "NUL", EB_SPAN("a\0b"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "newline", EB_SPAN("a\nb"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "U+001F", EB_SPAN("a\x1f"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "DEL", EB_SPAN("a\x7f"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "U+0080", EB_SPAN("\xc2\x80"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "U+009F", EB_SPAN("\xc2\x9f"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "U+00A0", EB_SPAN("\xc2\xa0"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "an emoji", EB_SPAN("\xf0\x9f\x94\x92/x"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "U+FDCF", EB_SPAN("\xef\xb7\x8f"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "U+FDD0", EB_SPAN("\xef\xb7\x90"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "U+FDEF", EB_SPAN("\xef\xb7\xaf"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "U+FDF0", EB_SPAN("\xef\xb7\xb0"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "U+FFFD", EB_SPAN("\xef\xbf\xbd"), EB_TOPIC_OK, EB_TOPIC_OK },
    { "U+FFFE", EB_SPAN("\xef\xbf\xbe"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "U+10FFFF", EB_SPAN("\xf4\x8f\xbf\xbf"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "a surrogate", EB_SPAN("\xed\xa0\x80"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "an overlong slash", EB_SPAN("\xc0\xaf"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
    { "a cut sequence", EB_SPAN("a\xe2\x82"), EB_TOPIC_NOT_UTF8, EB_TOPIC_NOT_UTF8 },
};

static void check__names_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof check_cases / sizeof *check_cases; i++) {
        const struct check_case *c = &check_cases[i];
        enum eb_topic_fault topic = eb_topic_check(c->text), filter = eb_filter_check(c->text);
        if (topic != c->want_topic || filter != c->want_filter)
            print_error("%s: got topic %d, filter %d, want %d, %d\n", c->name, topic, filter,
                c->want_topic, c->want_filter);
        assert_int_equal(topic, c->want_topic);
        assert_int_equal(filter, c->want_filter);
    }
}

static void check__holds_to_the_bounds_exactly(void **state)
{
    (void)state;
    char *text = malloc(EB_TOPIC_BYTES_MAX + 1);
    memset(text, 'a', EB_TOPIC_BYTES_MAX + 1);
    assert_int_equal(eb_topic_check(eb_span(text, EB_TOPIC_BYTES_MAX)), EB_TOPIC_OK);
    assert_int_equal(eb_filter_check(eb_span(text, EB_TOPIC_BYTES_MAX)), EB_TOPIC_OK);
    assert_int_equal(eb_topic_check(eb_span(text, EB_TOPIC_BYTES_MAX + 1)), EB_TOPIC_TOO_LONG);
    assert_int_equal(eb_filter_check(eb_span(text, EB_TOPIC_BYTES_MAX + 1)), EB_TOPIC_TOO_LONG);
    memset(text, '/', EB_TOPIC_LEVELS_MAX);
    assert_int_equal(eb_topic_check(eb_span(text, EB_TOPIC_LEVELS_MAX - 1)), EB_TOPIC_OK);
    assert_int_equal(eb_filter_check(eb_span(text, EB_TOPIC_LEVELS_MAX - 1)), EB_TOPIC_OK);
    assert_int_equal(eb_topic_check(eb_span(text, EB_TOPIC_LEVELS_MAX)), EB_TOPIC_TOO_DEEP);
    assert_int_equal(eb_filter_check(eb_span(text, EB_TOPIC_LEVELS_MAX)), EB_TOPIC_TOO_DEEP);
    free(text);
}

static void fault_text__exists_for_every_fault(void **state)
{
    (void)state;
    for (int fault = EB_TOPIC_OK; fault <= EB_TOPIC_CONTROL; fault++)
        assert_true(strlen(eb_topic_fault_text((enum eb_topic_fault)fault)) > 5);
}

static const struct {
    const char *filter, *topic;
    bool want;
} match_cases[] = {
    { "a", "a", true },
    { "a", "b", false },
    { "a", "a/", false },
    { "a/", "a", false },
    { "a/b", "a/b", true },
    { "a/b", "A/b", false },
    { "ab", "a", false },
    { "+", "a", true },
    { "+", "/", false },
    { "+/+", "/", true },
    { "/+", "/", true },
    { "+/", "/", true },
    { "+", "a/b", false },
    { "a/+", "a", false },
    { "a/+", "a/", true },
    { "a/+/c", "a/b/c", true },
    { "a/+/c", "a//c", true },
    { "a/+/c", "a/b/b/c", false },
    { "#", "a", true },
    { "#", "/", true },
    { "#", "a/b/c", true },
    { "a/#", "a", true },
    { "a/#", "a/", true },
    { "a/#", "a/b/c", true },
    { "a/#", "ab", false },
    { "/#", "/", true },
    { "/#", "a", false },
    { "+/#", "a", true },
    { "a/+/#", "a", false },
    { "a/+/#", "a/b", true },
    { "#", "$SYS", false },
    { "#", "$SYS/a", false },
    { "+", "$SYS", false },
    { "+/a", "$SYS/a", false },
    { "+/#", "$SYS/a", false },
    { "$SYS/#", "$SYS/a", true },
    { "$SYS/#", "$SYS", true },
    { "$SYS/+", "$SYS/a", true },
    { "$SYS/a", "$SYS/a", true },
    { "a/#", "a/$SYS", true },
    { "a/+", "a/$SYS", true },
    { "#", "a$", true },
};

static void matches__is_what_the_standard_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof match_cases / sizeof *match_cases; i++) {
        struct eb_span filter = eb_span_of(match_cases[i].filter);
        struct eb_span topic = eb_span_of(match_cases[i].topic);
        assert_int_equal(eb_filter_check(filter), EB_TOPIC_OK);
        assert_int_equal(eb_topic_check(topic), EB_TOPIC_OK);
        bool got = eb_filter_matches(filter, topic);
        if (got != match_cases[i].want)
            print_error("%s against %s: got %d\n", filter.ptr, topic.ptr, got);
        assert_int_equal(got, match_cases[i].want);
    }
}

static const struct {
    const char *a, *b;
    bool want_covers, want_overlaps;
} pair_cases[] = {
    { "#", "a/+", true, true },
    { "#", "+/#", true, true },
    { "+/#", "#", true, true },
    { "+/+/#", "#", false, true },
    { "#", "$SYS/#", false, false },
    { "+/a", "$SYS/a", false, false },
    { "$SYS/#", "$SYS/+/a", true, true },
    { "$SYS/+", "$SYS/#", false, true },
    { "a/#", "a", true, true },
    { "a/+", "a/#", false, true },
    { "a/#", "a/+", true, true },
    { "a/+/#", "a/#", false, true },
    { "a/+", "+/b", false, true },
    { "a/b", "a/+", false, true },
    { "a/b", "a/c", false, false },
    { "a", "a/b", false, false },
    { "a/+", "a", false, false },
    { "+", "+", true, true },
    { "/+/#", "/#", true, true }, /* there is no empty topic for "/#" to match */
    { "/+", "/#", false, true },
    { "+", "/#", false, false },
};

static void covers_and_overlaps__know_the_edges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pair_cases / sizeof *pair_cases; i++) {
        struct eb_span a = eb_span_of(pair_cases[i].a), b = eb_span_of(pair_cases[i].b);
        if (eb_filter_covers(a, b) != pair_cases[i].want_covers ||
            eb_filter_overlaps(a, b) != pair_cases[i].want_overlaps)
            print_error("%s and %s\n", a.ptr, b.ptr);
        assert_int_equal(eb_filter_covers(a, b), pair_cases[i].want_covers);
        assert_int_equal(eb_filter_overlaps(a, b), pair_cases[i].want_overlaps);
        assert_int_equal(eb_filter_overlaps(b, a), pair_cases[i].want_overlaps);
    }
}

static void next_level__gives_empty_levels_too(void **state)
{
    (void)state;
    struct eb_span rest = eb_span_of("a//"), level;
    assert_true(eb_topic_next_level(&rest, &level));
    assert_span_equal(level, "a");
    assert_true(eb_topic_next_level(&rest, &level));
    assert_span_equal(level, "");
    assert_true(eb_topic_next_level(&rest, &level));
    assert_span_equal(level, "");
    assert_false(eb_topic_next_level(&rest, &level));
    rest = eb_span_of("");
    assert_true(eb_topic_next_level(&rest, &level));
    assert_false(eb_topic_next_level(&rest, &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__names_what_is_wrong),
        cmocka_unit_test(check__holds_to_the_bounds_exactly),
        cmocka_unit_test(fault_text__exists_for_every_fault),
        cmocka_unit_test(matches__is_what_the_standard_says),
        cmocka_unit_test(covers_and_overlaps__know_the_edges),
        cmocka_unit_test(next_level__gives_empty_levels_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
