#include "eb_test.h"

#include "base/embedded.h"
#include "base/limits.h"
#include "bus/document_check.h"
#include "bus/settings.h"
#include "json/number.h"
#include "json/reader.h"

extern const struct eb_embedded eb_embedded_config[];
extern const size_t eb_embedded_config_count;

struct fixture {
    struct eb_arena arena;
    struct eb_diag_list diags;
    struct eb_document_checker *checker;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    eb_arena_init_growing(&fixture.arena, SIZE_MAX);
    eb_diag_list_init(&fixture.diags);
    fixture.checker = eb_document_checker_new(&fixture.diags);
    *state = &fixture;
    return fixture.checker ? 0 : 1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    eb_document_checker_free(fixture->checker);
    eb_diag_list_release(&fixture->diags);
    eb_arena_release(&fixture->arena);
    return 0;
}

static bool check(struct fixture *fixture, enum eb_document_kind kind, const char *text)
{
    struct eb_doc doc;
    eb_diag_list_release(&fixture->diags);
    bool is_read =
        eb_json_read_file(&doc, eb_span_of(text), "f.json", 1, &fixture->arena, &fixture->diags);
    return is_read && eb_document_check(fixture->checker, kind, &doc, &fixture->diags);
}

static void document_check__accepts_what_the_design_shows(void **state)
{
    static const struct {
        enum eb_document_kind kind;
        const char *text;
    } cases[] = {
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"b@1\"}" },
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"b@latest\"}" },
        { EB_DOCUMENT_CONTRACT,
            "{\"$schema\":\"x\",\"$comment\":\"x\",\"description\":\"x\",\"name\":\"x\","
            "\"topic\":\"a\",\"schema\":\"b@1\",\"candidate\":\"b@2\",\"on_violation\":\"observe\","
            "\"dead_letter\":false,\"original\":\"consume\",\"empty\":\"refuse\","
            "\"on_error\":\"deliver\"}" },
        { EB_DOCUMENT_RULE, "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}]}" },
        { EB_DOCUMENT_RULE,
            "{\"$schema\":\"x\",\"$comment\":\"x\",\"description\":\"x\",\"name\":\"x\","
            "\"from\":[\"a\",\"b\"],\"when\":{},\"empty\":true,\"to\":[{\"topic\":\"b\","
            "\"$comment\":\"x\",\"description\":\"x\",\"payload\":null,\"qos\":2,"
            "\"retain\":true}]}" },
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!check(fixture, cases[i].kind, cases[i].text))
            print_error("%s: %s\n", cases[i].text, fixture->diags.first->text);
        assert_int_equal(fixture->diags.count, 0);
    }
}

static void document_check__suggests_the_member_that_was_meant(void **state)
{
    static const struct {
        enum eb_document_kind kind;
        const char *text, *want;
    } cases[] = {
        { EB_DOCUMENT_CONTRACT,
            "{\"topic\":\"a\",\n \"schema\":\"b@1\",\n \"on_violaton\":\"observe\"}",
            "f.json:3:2: error: unknown member 'on_violaton'; did you mean 'on_violation'? (at "
            "/on_violaton)" },
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"b@1\",\"x\\u002fy~\":1}",
            "f.json:1:29: error: unknown member 'x/y~' (at /x~1y~0)" },
        { EB_DOCUMENT_RULE,
            "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"},{\"topic\":\"c\",\"payloads\":{}}]}",
            "f.json:1:48: error: unknown member 'payloads'; did you mean 'payload'? (at "
            "/to/1/payloads)" },
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[1000] = "";
        assert_false(check(fixture, cases[i].kind, cases[i].text));
        assert_int_equal(fixture->diags.count, 1);
        eb_diag_format(fixture->diags.first, line, sizeof line);
        assert_string_equal(line, cases[i].want);
    }
}

/* The sentence is the schema compiler's; what matters here is the place. */
static void document_check__points_at_what_is_wrong(void **state)
{
    static const struct {
        enum eb_document_kind kind;
        const char *text, *pointer;
        uint32_t column;
    } cases[] = {
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"b@1\",\"dead_letter\":\"no\"}",
            "/dead_letter", 43 },
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"b@1\",\"on_violation\":\"drop\"}",
            "/on_violation", 44 },
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"B@1\"}", "/schema", 23 },
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"b@01\"}", "/schema", 23 },
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\",\"schema\":\"${type}\"}", "/schema", 23 },
        { EB_DOCUMENT_CONTRACT, "{\"topic\":\"a\"}", "", 1 },
        { EB_DOCUMENT_RULE, "{\"from\":[],\"to\":[{\"topic\":\"b\"}]}", "/from", 9 },
        { EB_DOCUMENT_RULE, "{\"from\":\"a\",\"to\":[{\"topic\":\"b\"}]}", "/from", 9 },
        { EB_DOCUMENT_RULE, "{\"from\":[\"a\"],\"to\":[]}", "/to", 20 },
        { EB_DOCUMENT_RULE, "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\",\"qos\":3}]}", "/to/0/qos",
            40 },
        { EB_DOCUMENT_RULE, "{\"from\":[\"a\"],\"to\":[{}]}", "/to/0", 21 },
        { EB_DOCUMENT_RULE, "[]", "", 1 },
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(check(fixture, cases[i].kind, cases[i].text));
        assert_int_equal(fixture->diags.count, 1);
        assert_string_equal(fixture->diags.first->pointer, cases[i].pointer);
        assert_int_equal(fixture->diags.first->column, cases[i].column);
    }
}

static void document_check__reports_every_fault_up_to_a_bound(void **state)
{
    struct fixture *fixture = *state;
    char text[4096] = "{\"topic\":1,\"schema\":2", *end = text + strlen(text);
    for (int i = 0; i < 60; i++)
        end += sprintf(end, ",\"x%d\":1", i);
    strcpy(end, "}");
    assert_false(check(fixture, EB_DOCUMENT_CONTRACT, text));
    assert_int_equal(fixture->diags.errors, 32);
    assert_int_equal(fixture->diags.count, 33);
    assert_false(check(fixture, EB_DOCUMENT_RULE, "{\"from\":1,\"to\":1,\"x\":1}"));
    assert_int_equal(fixture->diags.errors, 3);
}

/* ---- the schema of event-bus.json says the bounds and defaults that hold ---- */

static struct eb_number number_in(const struct eb_doc *doc, uint32_t property, const char *keyword)
{
    uint32_t token = eb_doc_member(doc, property, keyword);
    assert_int_not_equal(token, EB_NO_TOKEN);
    return eb_number_of(eb_doc_raw(doc, token));
}

static void settings_schema__says_the_limits_that_hold(void **state)
{
    struct fixture *fixture = *state;
    struct eb_settings settings = eb_settings_default();
    const struct {
        const char *group, *name;
        int64_t fallback, max;
    } numbers[] = {
        { "limits", "event_bytes", settings.event_bytes_max, EB_DOCUMENT_BYTES_MAX },
        { "limits", "depth", settings.depth_max, EB_DEPTH_MAX },
        { "limits", "targets", settings.targets_max, EB_TARGETS_MAX },
        { "limits", "regex_steps", settings.regex_steps_max, EB_REGEX_STEPS_MAX },
        { "limits", "faults", settings.faults_max, EB_FAULTS_MAX },
        { "dead_letters", "per_second", settings.dead_letters_per_second, 1000000 },
        { "statistics", "interval_s", settings.statistics_interval_s, 86400 },
    };
    struct eb_doc doc;
    assert_true(eb_json_read_file(
        &doc, eb_embedded_config[0].text, "schema", 1, &fixture->arena, &fixture->diags));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint32_t group =
            eb_doc_member(&doc, eb_doc_member(&doc, 0, "properties"), numbers[i].group);
        uint32_t property =
            eb_doc_member(&doc, eb_doc_member(&doc, group, "properties"), numbers[i].name);
        assert_int_equal(number_in(&doc, property, "default").small, numbers[i].fallback);
        assert_int_equal(number_in(&doc, property, "maximum").small, numbers[i].max);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(document_check__accepts_what_the_design_shows),
        TEST(document_check__suggests_the_member_that_was_meant),
        TEST(document_check__points_at_what_is_wrong),
        TEST(document_check__reports_every_fault_up_to_a_bound),
        TEST(settings_schema__says_the_limits_that_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
