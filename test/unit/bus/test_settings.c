#include "eb_test.h"

#include "base/limits.h"
#include "bus/settings.h"

struct fixture {
    struct eb_arena arena;
    struct eb_diag_list diags;
    struct eb_settings settings;
    bool is_good;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    eb_arena_init_growing(&fixture.arena, SIZE_MAX);
    eb_diag_list_init(&fixture.diags);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    eb_diag_list_release(&fixture->diags);
    eb_arena_release(&fixture->arena);
    return 0;
}

static void read_settings(struct fixture *fixture, const char *text)
{
    eb_diag_list_release(&fixture->diags);
    fixture->is_good = eb_settings_read(
        &fixture->settings, eb_span_of(text), "event-bus.json", &fixture->arena, &fixture->diags);
}

static void print_diags(const struct fixture *fixture)
{
    for (const struct eb_diag *diag = fixture->diags.first; diag; diag = diag->next) {
        char line[4096];
        eb_diag_format(diag, line, sizeof line);
        print_error("%s\n", line);
    }
}

static void assert_good(const struct fixture *fixture)
{
    if (!fixture->is_good || fixture->diags.count)
        print_diags(fixture);
    assert_true(fixture->is_good);
    assert_int_equal(fixture->diags.count, 0);
}

static void assert_list(struct eb_span_list list, const char *const *want, size_t count)
{
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++)
        assert_span_equal(list.items[i], want[i]);
}

/* Member by member: what lies between them is anything. */
static void assert_same_numbers(const struct eb_settings *got, const struct eb_settings *want)
{
#define SAME(member) assert_int_equal(got->member, want->member)
    SAME(uri_mapping_count);
    SAME(default_draft);
    SAME(dead_letter_keeps_payload);
    SAME(dead_letters_per_second);
    SAME(reports_per_second);
    SAME(report_mount_points.count);
    SAME(ingress_count);
    SAME(egress.count);
    SAME(wills.is_checked);
    SAME(bridge_count);
    SAME(targets.count);
    SAME(event_bytes_max);
    SAME(depth_max);
    SAME(targets_max);
    SAME(copies_bytes_max);
    SAME(regex_steps_max);
    SAME(faults_max);
    SAME(resend_in_flight_max);
    SAME(resend_within_s);
    SAME(seen_keys_max);
    SAME(rules_bytes_max);
    SAME(statistics_interval_s);
    SAME(statistics_times_stages);
    SAME(control_usernames.count);
    SAME(control_addresses.count);
#undef SAME
}

static void settings__default_when_only_the_version_is_said(void **state)
{
    struct fixture *fixture = *state;
    read_settings(fixture, "{\"version\":1}");
    assert_good(fixture);
    struct eb_settings got = fixture->settings, want = eb_settings_default();
    assert_same_numbers(&got, &want);
    assert_span_equal(got.schemas_directory, NULL);
    assert_span_equal(got.contracts_directory, NULL);
    assert_span_equal(got.rules_directory, NULL);
    assert_span_equal(got.managed_directory, NULL);
    assert_span_equal(got.prometheus_file, NULL);
    assert_span_equal(got.dead_letter_topic, "$event-bus/dead-letter");
    assert_true(want.dead_letter_keeps_payload);
    assert_int_equal(want.default_draft, EB_DRAFT_2020_12);
    assert_int_equal(want.event_bytes_max, EB_EVENT_BYTES_DEFAULT);
}

static void settings__take_every_member(void **state)
{
    struct fixture *fixture = *state;
    read_settings(fixture,
        "{\"version\":1,\"description\":\"d\",\"$comment\":\"c\","
        "\"schemas\":{\"directory\":\"../s\",\"default_draft\":\"7\","
        "  \"uri_map\":{\"https://example.com/schemas/\":\"imported/\",\"http://x/\":\".\"}},"
        "\"contracts\":\"c\",\"rules\":\"\\u0072\",\"managed\":\"/var/m\","
        "\"dead_letters\":{\"topic\":\"$dead\",\"payload\":\"omit\"},"
        "\"ingress\":[{\"topic\":\"a/#\",\"unknown\":\"reject\"},"
        "  {\"topic\":\"b/#\",\"unknown\":\"warn\"},{\"topic\":\"c/#\",\"unknown\":\"allow\"}],"
        "\"wills\":{\"check\":true,\"access_control\":\"none\"},"
        "\"bridges\":{\"a.b\":{\"egress\":true},\"c\":{\"out\":[\"u/#\",\"v\"]}},"
        "\"egress\":[\"x/#\"],\"targets\":[\"x/#\",\"y/+\"],"
        "\"limits\":{\"event_bytes\":1e3,\"depth\":5,\"targets\":6,\"regex_steps\":7.0,"
        "  \"faults\":8}}");
    assert_good(fixture);
    const struct eb_settings *settings = &fixture->settings;
    assert_span_equal(settings->schemas_directory, "../s");
    assert_span_equal(settings->contracts_directory, "c");
    assert_span_equal(settings->rules_directory, "r");
    assert_span_equal(settings->managed_directory, "/var/m");
    assert_int_equal(settings->default_draft, EB_DRAFT_7);
    assert_int_equal(settings->uri_mapping_count, 2);
    assert_span_equal(settings->uri_mappings[0].prefix, "https://example.com/schemas/");
    assert_span_equal(settings->uri_mappings[0].directory, "imported");
    assert_span_equal(settings->uri_mappings[1].directory, "");
    assert_span_equal(settings->dead_letter_topic, "$dead");
    assert_false(settings->dead_letter_keeps_payload);
    assert_int_equal(settings->ingress_count, 3);
    assert_span_equal(settings->ingress[0].filter, "a/#");
    assert_int_equal(settings->ingress[0].unknown, EB_UNKNOWN_REJECT);
    assert_int_equal(settings->ingress[1].unknown, EB_UNKNOWN_WARN);
    assert_int_equal(settings->ingress[2].unknown, EB_UNKNOWN_ALLOW);
    assert_true(settings->wills.is_checked);
    assert_int_equal(settings->wills.access_control, EB_ACCESS_NONE);
    assert_int_equal(settings->bridge_count, 2);
    assert_span_equal(settings->bridges[0].client_id, "a.b");
    assert_true(settings->bridges[0].may_write_egress);
    assert_int_equal(settings->bridges[0].out.count, 0);
    assert_span_equal(settings->bridges[1].client_id, "c");
    assert_false(settings->bridges[1].may_write_egress);
    assert_list(settings->bridges[1].out, (const char *[]){ "u/#", "v" }, 2);
    assert_list(settings->egress, (const char *[]){ "x/#" }, 1);
    assert_list(settings->targets, (const char *[]){ "x/#", "y/+" }, 2);
    assert_int_equal(settings->event_bytes_max, 1000);
    assert_int_equal(settings->depth_max, 5);
    assert_int_equal(settings->targets_max, 6);
    assert_int_equal(settings->regex_steps_max, 7);
    assert_int_equal(settings->faults_max, 8);
}

static void settings__of_letters_statistics_and_control_are_read(void **state)
{
    struct fixture *fixture = *state;
    read_settings(fixture, "{\"version\":1,\"dead_letters\":{\"per_second\":7},"
                           "\"statistics\":{\"interval_s\":5,\"prometheus_file\":\"p\"},"
                           "\"control\":{\"usernames\":[\"u\"],\"addresses\":[\"::1\"]}}");
    assert_true(fixture->is_good);
    assert_int_equal(fixture->settings.dead_letters_per_second, 7);
    assert_int_equal(fixture->diags.count, 0);
    assert_int_equal(fixture->settings.statistics_interval_s, 5);
    assert_span_equal(fixture->settings.prometheus_file, "p");
    assert_list(fixture->settings.control_usernames, (const char *[]){ "u" }, 1);
    assert_list(fixture->settings.control_addresses, (const char *[]){ "::1" }, 1);
}

/* Each document has one mistake; the diagnostic says where. */
static void settings__say_what_is_wrong_and_where(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "{\"version\":1,\n \"egress\":[\"a/#/b\"]}",
            "event-bus.json:2:12: error: 'a/#/b': '#' may only be the last level (at /egress/0)" },
        { "{\"version\":1,\"targets\":[\"x\",\"$share/g/t\"]}",
            "event-bus.json:1:29: error: '$share/g/t': no rule may send to the broker's own topics "
            "(at /targets/1)" },
        { "{\"version\":1,\"targets\":[\"$event-bus/dead-letter/#\"]}",
            "event-bus.json:1:25: error: '$event-bus/dead-letter/#': no rule may send to the dead "
            "letters (at /targets/0)" },
        { "{\"version\":1,\"dead_letters\":{\"topic\":\"$SYS/x\"}}",
            "event-bus.json:1:38: error: '$SYS/x': dead letters cannot go to the broker's own "
            "topics (at /dead_letters/topic)" },
        { "{\"version\":1,\"dead_letters\":{\"topic\":\"dead\"}}",
            "event-bus.json:1:38: warning: subscribers of '#' will see what was refused; a topic "
            "that begins with '$' is hidden (at /dead_letters/topic)" },
        { "{\"version\":1,\"ingress\":[{\"topic\":\"a\",\"unknown\":\"warn\"},"
          "{\"topic\":\"a\",\"unknown\":\"reject\"}]}",
            "event-bus.json:1:65: error: 'a': this filter is there already (at /ingress/1/topic)" },
        { "{\"version\":1,\"schemas\":{\"uri_map\":{\"schemas/\":\"a\"}}}",
            "event-bus.json:1:36: error: 'schemas/': expected an absolute URI, as "
            "https://example.com/schemas/ (at /schemas/uri_map/schemas~1)" },
        { "{\"version\":1,\"schemas\":{\"uri_map\":{\"http://x\":\"a\"}}}",
            "event-bus.json:1:36: error: 'http://x': a URI prefix ends in '/', as the directory it "
            "stands for (at /schemas/uri_map/http:~1~1x)" },
        { "{\"version\":1,\"schemas\":{\"uri_map\":{\"http://x/#/\":\"a\"}}}",
            "event-bus.json:1:36: error: 'http://x/#/': a URI prefix has no fragment (at "
            "/schemas/uri_map/http:~1~1x~1#~1)" },
        { "{\"version\":1,\"schemas\":{\"uri_map\":{\"http://x/\":\"a/../..\"}}}",
            "event-bus.json:1:48: error: 'a/../..': expected a directory inside the registry, as "
            "imported/ (at /schemas/uri_map/http:~1~1x~1)" },
        { "{\"version\":1,\"schemas\":{\"uri_map\":{\"http://x/\":\"/a\"}}}",
            "event-bus.json:1:48: error: '/a': expected a directory inside the registry, as "
            "imported/ (at /schemas/uri_map/http:~1~1x~1)" },
        { "{\"version\":1,\"bridges\":{\"a\":{\"out\":[\"x/#/y\"]}}}",
            "event-bus.json:1:37: error: 'x/#/y': '#' may only be the last level (at "
            "/bridges/a/out/0)" },
        { "{\"version\":1,\"wills\":{\"check\":true}}",
            "event-bus.json:1:31: error: expected \"access_control\" beside it, \"none\" or "
            "\"other\": whether anything else decides who may publish, only you can say (at "
            "/wills/check)" },
        { "{\"version\":1,\"rules\":\"a\\u0000b\"}",
            "event-bus.json:1:22: error: 'a': expected a string without NUL (at /rules)" },
        { "{\"version\":1,\n\"egres\":[]}",
            "event-bus.json:2:1: error: unknown member 'egres'; did you mean 'egress'? (at "
            "/egres)" },
        { "{\"version\":1,\"limits\":{\"speed\":1}}",
            "event-bus.json:1:24: error: unknown member 'speed' (at /limits/speed)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[4096] = "";
        read_settings(fixture, cases[i].text);
        if (fixture->diags.count != 1)
            print_diags(fixture);
        assert_int_equal(fixture->diags.count, 1);
        eb_diag_format(fixture->diags.first, line, sizeof line);
        assert_string_equal(line, cases[i].want);
        assert_int_equal(fixture->is_good, fixture->diags.errors == 0);
    }
}

/* What the schema refuses; the sentence is the schema compiler's. */
static void settings__have_a_shape(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *pointer;
    } cases[] = {
        { "[]", "" },
        { "{}", "" },
        { "{\"version\":2}", "/version" },
        { "{\"version\":1,\"rules\":5}", "/rules" },
        { "{\"version\":1,\"rules\":\"\"}", "/rules" },
        { "{\"version\":1,\"schemas\":{\"default_draft\":\"3\"}}", "/schemas/default_draft" },
        { "{\"version\":1,\"dead_letters\":{\"payload\":\"some\"}}", "/dead_letters/payload" },
        { "{\"version\":1,\"dead_letters\":{\"per_second\":0}}", "/dead_letters/per_second" },
        { "{\"version\":1,\"ingress\":[{\"topic\":\"a\"}]}", "/ingress/0" },
        { "{\"version\":1,\"ingress\":[{\"topic\":\"a\",\"unknown\":\"drop\"}]}",
            "/ingress/0/unknown" },
        { "{\"version\":1,\"egress\":\"a\"}", "/egress" },
        { "{\"version\":1,\"egress\":[1]}", "/egress/0" },
        { "{\"version\":1,\"egress\":[\"a\",\"a\"]}", "/egress" },
        { "{\"version\":1,\"wills\":{\"check\":true,\"access_control\":\"some\"}}",
            "/wills/access_control" },
        { "{\"version\":1,\"bridges\":{\"a\":true}}", "/bridges/a" },
        { "{\"version\":1,\"bridges\":{\"\":{}}}", "/bridges/" },
        { "{\"version\":1,\"limits\":{\"depth\":1025}}", "/limits/depth" },
        { "{\"version\":1,\"limits\":{\"depth\":1.5}}", "/limits/depth" },
        { "{\"version\":1,\"limits\":{\"depth\":0}}", "/limits/depth" },
        { "{\"version\":1,\"limits\":{\"event_bytes\":33554433}}", "/limits/event_bytes" },
        { "{\"version\":1,\"limits\":{\"targets\":10001}}", "/limits/targets" },
        { "{\"version\":1,\"limits\":{\"regex_steps\":1e99}}", "/limits/regex_steps" },
        { "{\"version\":1,\"limits\":{\"faults\":-1}}", "/limits/faults" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_settings(fixture, cases[i].text);
        if (fixture->diags.count != 1)
            print_error("%s: %zu diagnostics\n", cases[i].text, fixture->diags.count);
        assert_false(fixture->is_good);
        assert_int_equal(fixture->diags.count, 1);
        assert_string_equal(fixture->diags.first->pointer, cases[i].pointer);
    }
}

static void settings__report_every_mistake(void **state)
{
    struct fixture *fixture = *state;
    read_settings(fixture,
        "{\"version\":1,\"egres\":[],\"limits\":{\"depth\":0},\"targets\":[\"a#\",\"$SYS/#\"]}");
    assert_false(fixture->is_good);
    assert_int_equal(fixture->diags.errors, 4);
}

static void settings__keep_the_places_of_files_after_a_mistake(void **state)
{
    struct fixture *fixture = *state;
    read_settings(fixture,
        "{\"version\":1,\"rules\":\"r\",\"egress\":[\"a#\"],\"limits\":{\"depth\":5},"
        "\"schemas\":{\"uri_map\":{\"http://a/\":\"..\",\"http://b/\":\"b\"}}}");
    assert_false(fixture->is_good);
    assert_span_equal(fixture->settings.rules_directory, "r");
    assert_int_equal(fixture->settings.uri_mapping_count, 1);
    assert_span_equal(fixture->settings.uri_mappings[0].prefix, "http://b/");
    assert_int_equal(fixture->settings.egress.count, 0);
    assert_int_equal(fixture->settings.depth_max, EB_EVENT_DEPTH_DEFAULT);
}

static void settings__say_where_the_json_is_broken(void **state)
{
    struct fixture *fixture = *state;
    read_settings(fixture, "{\"version\":1,\n}");
    assert_false(fixture->is_good);
    assert_int_equal(fixture->diags.errors, 1);
    assert_int_equal(fixture->diags.first->line, 2);
    assert_int_equal(fixture->diags.first->column, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(settings__default_when_only_the_version_is_said),
        TEST(settings__take_every_member),
        TEST(settings__of_letters_statistics_and_control_are_read),
        TEST(settings__say_what_is_wrong_and_where),
        TEST(settings__have_a_shape),
        TEST(settings__report_every_mistake),
        TEST(settings__keep_the_places_of_files_after_a_mistake),
        TEST(settings__say_where_the_json_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
