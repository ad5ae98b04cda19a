/* `getCandidate`: what a candidate schema would have done to the last events, with evidence. */
#include "eb_test.h"

#include "figures.h"
#include "line.h"
#include "peer.h"
#include "scene.h"

#define TOPIC "$CONTROL/event-bus/v1"
#define ASK "{\"commands\":[{\"command\":\"getCandidate\",\"name\":\"reading\"}]}"
#define SETTINGS(interval)                                                                         \
    "{ \"version\": 1, \"statistics\": { \"interval_s\": " interval " },"                          \
    " \"control\": { \"usernames\": [\"bus-admin\"] } }"

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json", SETTINGS("1"));
    eb_server_write(&own, "event-bus/schemas/reading/2.json",
        "{ \"type\": \"object\", \"required\": [\"id\", \"percent\", \"site\"],"
        " \"properties\": { \"percent\": { \"maximum\": 50 } } }");
    eb_server_write(&own, "event-bus/contracts/tried.json",
        "{ \"topic\": \"tried/#\", \"schema\": \"reading@1\", \"candidate\": \"reading@2\" }");
    eb_server_write(&own, "event-bus/contracts/secret.json",
        "{ \"topic\": \"secret/#\", \"schema\": \"reading@1\", \"candidate\": \"reading@2\","
        " \"dead_letter\": { \"payload\": \"omit\" } }");
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

#define assert_has(text, part) check_has((text), (part), __FILE__, __LINE__)
static void check_has(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part))
        return;
    print_error("got  %s\nwant %s\n", text, part);
    _fail(file, line);
}

static const char *ask(struct eb_peer *admin, const char *request)
{
    eb_peer_publish_text(admin, TOPIC, request, 1);
    return assert_received(admin, TOPIC "/response", NULL)->payload;
}

static void candidate__counts_the_last_events_and_shows_one_of_each_fault(void **state)
{
    static const char *const events[] = {
        "{\"id\":\"a\",\"percent\":1,\"site\":\"x\"}",
        "{\"id\":\"b\",\"percent\":2}",
        "{\"id\":\"c\",\"percent\":3}",
        "{\"id\":\"d\",\"percent\":60,\"site\":\"x\"}",
        "{\"percent\":4,\"id\":5,\"site\":\"x\"}",
    };
    struct eb_server *server = *state;
    struct eb_peer *admin = eb_peer_connect_as(server, "admin", 5, "bus-admin", true);
    struct eb_peer *device = eb_peer_connect(server, "dev\"ice", 5);
    assert_has(ask(admin, ASK), "\"contract\":\"tried\",\"schema\":\"reading@1\",\"candidate\":"
                                "\"reading@2\",\"events\":0,\"invalid\":0,\"newlyInvalid\":0,"
                                "\"newlyValid\":0,\"faults\":[],\"otherFaults\":0}");
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        assert_int_equal(eb_peer_publish_text(device, "tried/x", events[i], 1) >= 0x80, i == 4);
    const char *answer = ask(admin, ASK);
    assert_has(answer, "\"events\":5,\"invalid\":3,\"newlyInvalid\":3,\"newlyValid\":1,"
                       "\"faults\":[{\"count\":2,\"keywordLocation\":\"/required\","
                       "\"instanceLocation\":\"\",\"error\":\"");
    assert_has(answer, "\"topic\":\"tried/x\",\"client\":\"dev\\\"ice\",\"payload\":"
                       "\"{\\\"id\\\":\\\"c\\\",\\\"percent\\\":3}\",\"isCut\":false}}");
    assert_has(answer, "{\"count\":1,\"keywordLocation\":\"/properties/percent/maximum\","
                       "\"instanceLocation\":\"/percent\",");
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "contracts/tried/candidate/recent/newly-invalid", "3");
    eb_figures_await(watcher, "contracts/tried/candidate/invalid", "3");
    assert_null(eb_figures_get(watcher, "contracts/rejecting/candidate/recent/events"));
}

#define BUS(command) "$BUS " command " -p $PORT -u bus-admin"

static void command__says_what_would_be_refused_and_why(void **state)
{
    static const struct eb_line_case before[] = {
        { BUS("schema candidate reading"), 0,
            "contract tried: of the last 0 events reading@2 would refuse 0\n", NULL },
        { BUS("schema candidate none"), 1, "no contract has a version of 'none'", NULL },
        { BUS("schema candidate ../x"), 2, "expected SUBJECT", NULL },
        { BUS("schema candidate"), 2, "Usage: event-bus schema candidate", NULL },
    };
    static const struct eb_line_case after[] = {
        { BUS("schema candidate reading"), 1,
            "contract tried: of the last 3 events reading@2 would refuse 2 (66.7 %), of which 2 "
            "pass "
            "reading@1\n     2  (the whole): ",
            "\xe2\x80\xae" },
        { BUS("schema candidate reading"), 1, "  \\u{202e}device  tried/x\n        {\"id\":\"c",
            NULL },
        { BUS("schema candidate reading --json"), 1, "\"newlyInvalid\":2,", NULL },
    };
    static const char *const events[] = { "{\"id\":\"a\",\"percent\":1,\"site\":\"x\"}",
        "{\"id\":\"b\",\"percent\":2}", "{\"id\":\"c\",\"percent\":3}" };
    struct eb_server *server = *state;
    assert_lines(server, before);
    struct eb_peer *device = eb_peer_connect(server,
        "\xe2\x80\xae"
        "device",
        4);
    for (int i = 0; i < 3; i++)
        eb_peer_publish_text(device, "tried/x", events[i], 1);
    assert_lines(server, after);
}

static void candidate__of_a_confidential_contract_shows_no_values(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = eb_peer_connect_as(server, "admin", 5, "bus-admin", true);
    eb_peer_publish_text(
        eb_peer_connect(server, "device", 5), "secret/x", "{\"id\":\"b\",\"percent\":7777}", 1);
    const char *answer = ask(admin, ASK);
    assert_has(answer, "\"topic\":\"secret/x\",\"client\":\"device\",\"payload\":null,");
    assert_null(strstr(answer, "7777"));
    assert_null(strstr(answer, "\"error\""));
}

static void candidate__keeps_its_counts_over_a_reload_and_begins_anew_with_another(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = eb_peer_connect_as(server, "admin", 5, "bus-admin", true);
    eb_peer_publish_text(admin, "tried/x", EB_GOOD, 1);
    ask(admin, "{\"commands\":[{\"command\":\"reload\"}]}");
    assert_has(ask(admin, ASK), "\"events\":1,\"invalid\":1,");
    eb_server_write(server, "event-bus/schemas/reading/3.json", "true");
    eb_server_write(server, "event-bus/contracts/tried.json",
        "{ \"topic\": \"tried/#\", \"schema\": \"reading@1\", \"candidate\": \"reading@latest\" }");
    ask(admin, "{\"commands\":[{\"command\":\"reload\"}]}");
    assert_has(ask(admin, ASK), "\"candidate\":\"reading@3\",\"events\":0,");
    assert_has(ask(admin, "{\"commands\":[{\"command\":\"getCandidate\",\"name\":\"none\"}]}"),
        "\"error\":\"no contract has a version of 'none' as its candidate\"");
    assert_has(ask(admin, "{\"commands\":[{\"command\":\"deleteSchema\",\"name\":\"reading\","
                          "\"version\":2}]}"),
        "which its owner changes");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(candidate__counts_the_last_events_and_shows_one_of_each_fault),
        TEST(command__says_what_would_be_refused_and_why),
        TEST(candidate__of_a_confidential_contract_shows_no_values),
        TEST(candidate__keeps_its_counts_over_a_reload_and_begins_anew_with_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
