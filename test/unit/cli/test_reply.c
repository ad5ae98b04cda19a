/* What a bus answers, and what somebody else might. */
#include "eb_test.h"

#include <stdlib.h>

#include "reply.h"
#include "terminal.h"
#include "verdict_line.h"

static void answer__is_ours_only_if_it_says_so(void **state)
{
    static const struct {
        const char *text;
        enum reply_kind want;
    } cases[] = {
        { "{\"responses\":[{\"command\":\"a\",\"correlationData\":\"7\",\"data\":{}}]}",
            REPLY_OURS },
        { "{\"responses\":[{\"correlationData\":\"\\u0037\",\"data\":{}}]}", REPLY_OURS },
        { "{\"responses\":[{\"correlationData\":\"7\",\"error\":\"no\"}]}", REPLY_OURS },
        { "{\"responses\":[{\"command\":\"Unknown command\",\"error\":\"no\"}]}", REPLY_OURS },
        { "{\"responses\":[{\"correlationData\":\"8\",\"error\":\"no\"}]}", REPLY_OTHERS },
        { "{\"responses\":[{\"correlationData\":\"8\"},{\"correlationData\":\"7\",\"data\":{}}]}",
            REPLY_OURS },
        { "{\"responses\":[{\"correlationData\":7,\"data\":{}}]}", REPLY_OTHERS },
        { "{\"responses\":[{\"data\":{}}]}", REPLY_OTHERS },
        { "{\"responses\":[{\"correlationData\":\"7\"}]}", REPLY_BROKEN },
        { "{\"responses\":[{\"correlationData\":\"7\",\"data\":[]}]}", REPLY_BROKEN },
        { "{\"responses\":[{\"correlationData\":\"7\",\"error\":1}]}", REPLY_BROKEN },
        { "{\"responses\":[1]}", REPLY_BROKEN },
        { "{\"responses\":[]}", REPLY_BROKEN },
        { "{\"responses\":{}}", REPLY_BROKEN },
        { "{\"error\": \"endpoint not available\"}", REPLY_ABSENT },
        { "{\"error\": 1}", REPLY_BROKEN },
        { "[]", REPLY_BROKEN },
        { "\"responses\"", REPLY_BROKEN },
        { "", REPLY_BROKEN },
        { "{", REPLY_BROKEN },
        { "\xff", REPLY_BROKEN },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_arena arena;
        struct reply reply;
        eb_arena_init_growing(&arena, SIZE_MAX);
        enum reply_kind got =
            reply_read(&reply, eb_span_of(cases[i].text), eb_span_of("7"), &arena);
        if (got != cases[i].want)
            print_error("%s: got %d, want %d\n", cases[i].text, got, cases[i].want);
        assert_int_equal(got, cases[i].want);
        eb_arena_release(&arena);
    }
}

static void number__that_is_none_is_nothing(void **state)
{
    static const struct {
        const char *literal;
        double want;
    } cases[] = {
        { "0", 0 },
        { "12", 12 },
        { "0.5", 0.5 },
        { "1e3", 1000 },
        { "-1", 0 },
        { "1e999", 0 },
        { "\"12\"", 0 },
        { "null", 0 },
        { "{}", 0 },
        { "1.00000000000000000000000000000000000000000000000000000000000000000000001", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        struct eb_arena arena;
        struct reply reply;
        eb_arena_init_growing(&arena, SIZE_MAX);
        snprintf(text, sizeof text,
            "{\"responses\":[{\"correlationData\":\"7\",\"data\":{\"n\":%s}}]}", cases[i].literal);
        assert_int_equal(reply_read(&reply, eb_span_of(text), eb_span_of("7"), &arena), REPLY_OURS);
        double got = reply_decimal(&reply, reply.data, "n");
        assert_true(got == cases[i].want);
        assert_true(reply_number(&reply, reply.data, "n") == (uint64_t)cases[i].want);
        assert_true(reply_decimal(&reply, reply.data, "m") == 0);
        eb_arena_release(&arena);
    }
}

/* What `print` writes of `diags`, on the heap. */
static char *print_diags_of(const char *diags, const struct reply_source *source)
{
    char text[1024], *out = NULL;
    size_t len = 0;
    struct eb_arena arena;
    struct reply reply;
    eb_arena_init_growing(&arena, SIZE_MAX);
    snprintf(text, sizeof text,
        "{\"responses\":[{\"correlationData\":\"7\",\"error\":\"e\",\"data\":{\"diagnostics\":%s}}]"
        "}",
        diags);
    assert_int_equal(reply_read(&reply, eb_span_of(text), eb_span_of("7"), &arena), REPLY_OURS);
    FILE *stream = open_memstream(&out, &len);
    reply_print_diags(stream, &reply, source);
    fclose(stream);
    eb_arena_release(&arena);
    return out;
}

static void diagnostic__is_said_of_the_file_that_was_sent(void **state)
{
    static const struct reply_source source = {
        .file = "my.json",
        .stands_as = EB_SPAN("rules/low.json"),
        .stands_below = EB_SPAN("lock"),
        .lines_before = 2,
        .columns_before = 4,
    };
    static const struct {
        const char *diags, *want;
    } cases[] = {
        { "[{\"severity\":\"error\",\"file\":\"/m/rules/low.json\",\"line\":1,\"column\":3,"
          "\"pointer\":\"/a\",\"text\":\"bad\"}]",
            "my.json:3:7: error: bad (at /a)\n" },
        { "[{\"severity\":\"warning\",\"file\":\"/m/rules/low.json\",\"line\":2,\"column\":3,"
          "\"text\":\"odd\"}]",
            "my.json:4:3: warning: odd\n" },
        { "[{\"file\":\"/m/schemas/lock/3.json\",\"line\":2,\"column\":3,\"text\":\"odd\"}]",
            "my.json:4:3: note: odd\n" },
        { "[{\"severity\":\"error\",\"file\":\"/m/schemas/lock/3.json\",\"text\":\"full\"}]",
            "/m/schemas/lock/3.json: error: full\n" },
        { "[{\"severity\":\"error\",\"file\":\"/m/rules/slow.json\",\"line\":1,\"column\":3,"
          "\"text\":\"bad\"}]",
            "/m/rules/slow.json:1:3: error: bad\n" },
        { "[{\"file\":\"rules/low.json\",\"text\":\"x\"}]", "rules/low.json: note: x\n" },
        { "[{\"severity\":5,\"file\":[],\"line\":-7,\"column\":{},\"pointer\":null}]",
            "note: ?\n" },
        { "[{\"text\":\"a\\u001b[2Jb\\u0000c\\n\",\"file\":\"\\u009b\"}]",
            "\\u{9b}: note: a\\x1b[2Jb\n" },
        { "[{\"severity\":\"error\",\"file\":\"/m/rules/low.json\",\"line\":4294967295,"
          "\"column\":4294967295,\"text\":\"far\"}]",
            "/m/rules/low.json: error: far\n" },
        { "[1,\"x\",[],null]", "" },
        { "{}", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = print_diags_of(cases[i].diags, &source);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

/* What would steer a terminal is written otherwise, and means the same. */
static void json__is_shown_without_what_steers_a_terminal(void **state)
{
    static const struct {
        const char *json, *want;
    } cases[] = {
        { "{\"a\": \"\xc2\x9b\x32J\"}", "{\"a\": \"\\u009b2J\"}" },
        { "\"\x7f\"", "\"\\u007f\"" },
        { "\"\xe2\x80\xae\"", "\"\\u202e\"" },
        { "\"\xc3\xbc \\u001b \xf0\x9f\x98\x80\"", "\"\xc3\xbc \\u001b \xf0\x9f\x98\x80\"" },
        { "{\n\t\"a\":1\n}", "{\n\t\"a\":1\n}" },
        { "\"\xff\"", "\"\\ufffd\"" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = NULL;
        size_t len = 0;
        FILE *stream = open_memstream(&out, &len);
        print_json_text(stream, eb_span_of(cases[i].json));
        fclose(stream);
        assert_string_equal(out, cases[i].want);
        free(out);
    }
}

/* Only events count; whatever else comes is survived. */
static void line__that_is_no_event_does_not_count(void **state)
{
    static const struct {
        const char *json;
        bool want;
    } cases[] = {
        { "{}", true },
        { "{\"time\":5,\"rules\":{},\"contracts\":[1,{\"faults\":[2,{}]}],\"moreRules\":-1}",
            true },
        { "{\"leftOut\":5}", false },
        { "[]", false },
        { "", false },
        { "{\"a\":", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(verdict_line_print(eb_span_of(cases[i].json), false), cases[i].want);
        assert_int_equal(verdict_line_print(eb_span_of(cases[i].json), true), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer__is_ours_only_if_it_says_so),
        cmocka_unit_test(number__that_is_none_is_nothing),
        cmocka_unit_test(diagnostic__is_said_of_the_file_that_was_sent),
        cmocka_unit_test(json__is_shown_without_what_steers_a_terminal),
        cmocka_unit_test(line__that_is_no_event_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
