#include "eb_test.h"

#include "base/limits.h"
#include "log.h"
#include "played_broker.h"

static int forget(void **state)
{
    (void)state;
    played_broker_forget();
    return 0;
}

static void text__from_devices_is_escaped(void **state)
{
    static const struct {
        const char *name;
        struct eb_span input;
        const char *want;
    } cases[] = {
        { "plain", EB_SPAN("locks/7"), "locks/7" },
        { "empty", EB_SPAN(""), "" },
        { "a faked line", EB_SPAN("a\nb"), "a\\x0ab" },
        { "a terminal's escape", EB_SPAN("\033[2J"), "\\x1b[2J" },
        { "NUL", EB_SPAN("a\0b"), "a\\x00b" },
        { "DEL", EB_SPAN("\177"), "\\x7f" },
        { "C1 control", EB_SPAN("\xc2\x9b"), "\\xc2\\x9b" },
        { "right-to-left override", EB_SPAN("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
        { "isolate", EB_SPAN("\xe2\x81\xa6"), "\\xe2\\x81\\xa6" },
        { "letters beyond ASCII", EB_SPAN("\xc3\xa4\xf0\x9f\x98\x80"), "\xc3\xa4\xf0\x9f\x98\x80" },
        { "not UTF-8", EB_SPAN("a\377b"), "a\\xffb" },
        { "a sequence cut off", EB_SPAN("\xe2\x80"), "\\xe2\\x80" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[EB_LOG_TEXT_BYTES];
        const char *got = eb_log_text(cases[i].input, out);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got %s want %s", cases[i].name, got, cases[i].want);
    }
}

static void text__that_is_long_is_cut_and_says_so(void **state)
{
    (void)state;
    char input[600], out[EB_LOG_TEXT_BYTES];
    for (int fill = 'a'; fill >= 1; fill -= 'a' - 1) {
        memset(input, fill, sizeof input);
        for (size_t len = 0; len < sizeof input; len++) {
            const char *got = eb_log_text(eb_span(input, len), out);
            size_t got_len = strlen(got);
            bool is_whole = got_len == len * (fill == 'a' ? 1 : 4);
            assert_true(got_len < EB_LOG_TEXT_BYTES);
            assert_true(is_whole || strcmp(got + got_len - 3, "\xe2\x80\xa6") == 0);
            assert_true(is_whole || got_len > EB_LOG_TEXT_BYTES - 10);
        }
    }
}

static void line__that_the_broker_would_cut_goes_on_in_another(void **state)
{
    (void)state;
    char text[3000], joined[3000] = "";
    for (size_t i = 0; i < sizeof text - 1; i += 3) /* three-byte characters */
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[2997] = '\0';
    eb_log(MOSQ_LOG_ERR, "%s", text);
    assert_int_equal(played_broker.line_count, 4);
    for (int i = 0; i < played_broker.line_count; i++) {
        const char *part =
            played_broker.lines[i] + strlen(i ? "event-bus: \xe2\x80\xa6 " : "event-bus: ");
        assert_int_equal(played_broker.levels[i], MOSQ_LOG_ERR);
        assert_true(strlen(part) <= EB_BROKER_LOG_BYTES_MAX);
        assert_true(mosquitto_validate_utf8(part, (int)strlen(part)) == 0);
        strcat(joined, part);
    }
    assert_string_equal(joined, text);
}

static void diagnostics__are_all_logged_with_their_severity(void **state)
{
    (void)state;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_place place = {
        .file = "a.json", .line = 3, .column = 7, .pointer = eb_span_of("/to/0")
    };
    eb_diag_add(&diags, EB_ERROR, place, "100%% wrong");
    eb_diag_add(&diags, EB_WARNING, (struct eb_place){ .file = "b.json" }, "odd");
    eb_diag_add_out_of_memory(&diags);
    eb_log_diags(&diags);
    eb_diag_list_release(&diags);
    assert_string_equal(
        played_broker.lines[0], "event-bus: a.json:3:7: error: 100% wrong (at /to/0)");
    assert_int_equal(played_broker.levels[0], MOSQ_LOG_ERR);
    assert_string_equal(played_broker.lines[1], "event-bus: b.json: warning: odd");
    assert_int_equal(played_broker.levels[1], MOSQ_LOG_WARNING);
    assert_string_equal(played_broker.lines[2], "event-bus: error: out of memory");
}

static void budget__lets_so_many_lines_through_a_second_and_counts_the_rest(void **state)
{
    (void)state;
    struct eb_log_budget budget = { 0 };
    int64_t now_us = 5000000;
    for (int i = 0; i < EB_LOG_LINES_PER_SECOND + 7; i++)
        assert_int_equal(eb_log_spend(&budget, now_us + i), i < EB_LOG_LINES_PER_SECOND);
    assert_int_equal(played_broker.line_count, 0);
    eb_log_settle(&budget, now_us + 999999);
    assert_int_equal(played_broker.line_count, 0);
    eb_log_settle(&budget, now_us + 1000000);
    assert_string_equal(played_broker.lines[0], "event-bus: 7 more lines left out");
    assert_true(eb_log_spend(&budget, now_us + 1000001));
    eb_log_settle(&budget, now_us + 2000000);
    assert_int_equal(played_broker.line_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, forget)
    const struct CMUnitTest tests[] = {
        TEST(text__from_devices_is_escaped),
        TEST(text__that_is_long_is_cut_and_says_so),
        TEST(line__that_the_broker_would_cut_goes_on_in_another),
        TEST(diagnostics__are_all_logged_with_their_severity),
        TEST(budget__lets_so_many_lines_through_a_second_and_counts_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
