/* `watchVerdicts`: who asked is sent a line for each event, within bounds, and nobody else. */
#include "eb_test.h"

#include "peer.h"
#include "scene.h"

#define TOPIC "$CONTROL/event-bus/v1"
#define LINES TOPIC "/verdicts"
#define WATCH(more) "{\"commands\":[{\"command\":\"watchVerdicts\"" more "}]}"

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json",
        "{ \"version\": 1, \"statistics\": { \"interval_s\": 0 }, \"egress\": [ \"services/#\" ],"
        " \"control\": { \"usernames\": [\"bus-admin\"] } }");
    eb_server_write(&own, "event-bus/contracts/secret.json",
        "{ \"topic\": \"secret/#\", \"schema\": \"reading@1\","
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

static struct eb_peer *connect_watcher(struct eb_server *server, const char *id, const char *watch)
{
    struct eb_peer *peer = eb_peer_connect_as(server, id, 5, "bus-admin", true);
    eb_peer_publish_text(peer, TOPIC, watch, 1);
    assert_has(assert_received(peer, TOPIC "/response", NULL)->payload, "\"data\":{\"seconds\":");
    return peer;
}

static void line__tells_what_became_of_an_event(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = connect_watcher(server, "watcher", WATCH(""));
    struct eb_peer *other = eb_peer_connect_as(server, "other", 5, "bus-admin", true);
    eb_peer_subscribe(other, "$CONTROL/#", 1);
    struct eb_peer *device = eb_peer_connect_as(server, "dev\"ice", 4, "someone", true);
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    const char *line = assert_received(watcher, LINES, NULL)->payload;
    assert_has(line, "{\"time\":\"20");
    assert_has(line, "\"topic\":\"reject/x\",\"client\":\"dev\\\"ice\",\"username\":\"someone\","
                     "\"qos\":1,\"retain\":false,\"will\":false,\"bytes\":");
    assert_has(line, "\"verdict\":\"passed\",\"reason\":null,\"contracts\":[{\"name\":"
                     "\"rejecting\",\"schema\":\"reading@1\",\"valid\":true,\"faults\":[]}],"
                     "\"rules\":[{\"name\":\"trees\",\"published\":1,\"failed\":0}],"
                     "\"deadLetters\":0}");
    eb_peer_publish_text(device, "reject/x", EB_BAD, 1);
    line = assert_received(watcher, LINES, NULL)->payload;
    assert_has(line, "\"verdict\":\"refused\",\"reason\":\"schema\",");
    assert_has(line, "\"faults\":[{\"instanceLocation\":\"/percent\",\"keywordLocation\":"
                     "\"/properties/percent/maximum\",\"error\":\"");
    assert_has(line, "\"rules\":[],\"deadLetters\":1}");
    eb_peer_publish_text(device, "three/x", "{\"id\":\"a/b\",\"percent\":1}", 1);
    assert_has(assert_received(watcher, LINES, NULL)->payload,
        "\"rules\":[{\"name\":\"three\",\"published\":2,\"failed\":1}],\"deadLetters\":1}");
    eb_peer_publish_text(device, "unwatched/x", EB_GOOD, 1);
    assert_nothing_received(watcher);
    assert_nothing_received(other);
}

/* As in dead letters. */
static void line__of_a_confidential_contract_tells_no_values(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = connect_watcher(server, "watcher", WATCH(""));
    eb_peer_publish_text(eb_peer_connect(server, "device", 5), "secret/x", EB_BAD, 1);
    const char *line = assert_received(watcher, LINES, NULL)->payload;
    assert_has(line, "\"instanceLocation\":\"/percent\"");
    assert_null(strstr(line, "\"error\""));
}

static void filter__selects_by_client_topic_rule_and_verdict(void **state)
{
    static const struct {
        const char *watch;
        int passes; /* which of the events below */
    } cases[] = {
        { WATCH(",\"client\":\"two\""), 2 },
        { WATCH(",\"topic\":\"+/x\""), 1 },
        { WATCH(",\"rule\":\"low\""), 2 },
        { WATCH(",\"verdict\":\"refused\""), 3 },
        { WATCH(",\"rule\":\"trees\",\"topic\":\"reject/#\",\"client\":\"two\","
                "\"verdict\":\"passed\""),
            2 },
    };
    static const struct {
        const char *client, *topic, *payload;
    } events[] = {
        { "one", "observe/x", EB_GOOD },
        { "two", "reject/two", "{\"id\":\"a\",\"percent\":7}" },
        { "three", "reject/three", EB_BAD },
    };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect_as(server, "watcher", 5, "bus-admin", true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_peer_publish_text(watcher, TOPIC, cases[i].watch, 1);
        assert_received(watcher, TOPIC "/response", NULL);
        for (int j = 0; j < 3; j++) {
            struct eb_peer *device = eb_peer_connect(server, events[j].client, 5);
            eb_peer_publish_text(device, events[j].topic, events[j].payload, 1);
            eb_peer_disconnect(device);
        }
        assert_has(
            assert_received(watcher, LINES, NULL)->payload, events[cases[i].passes - 1].client);
        assert_nothing_received(watcher);
    }
}

static void order__that_makes_no_sense_is_answered(void **state)
{
    static const struct {
        const char *watch, *answer;
    } cases[] = {
        { WATCH(",\"verdict\":\"refuse\""), "there is none of this name" },
        { WATCH(",\"topic\":\"a/#/b\""), "\\\"topic\\\": " },
        { WATCH(",\"topic\":5"), "expected a string" },
        { WATCH(",\"rule\":\"treees\""), "there is no rule 'treees'; did you mean 'trees'?" },
        { WATCH(",\"seconds\":61"), "expected an integer from 0 to 60" },
        { WATCH(",\"perSecond\":501"), "expected an integer from 0 to 500" },
        { WATCH(",\"per_second\":1"), "unknown member" },
    };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect_as(server, "watcher", 5, "bus-admin", true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_peer_publish_text(watcher, TOPIC, cases[i].watch, 1);
        assert_has(assert_received(watcher, TOPIC "/response", NULL)->payload, cases[i].answer);
    }
    eb_peer_publish_text(eb_peer_connect(server, "device", 5), "reject/x", EB_GOOD, 1);
    assert_nothing_received(watcher);
}

static void lines__beyond_the_bound_are_counted(void **state)
{
    enum { EVENTS = 100 };
    struct eb_server *server = *state;
    struct eb_peer *watcher = connect_watcher(server, "watcher", WATCH(",\"perSecond\":10"));
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (int i = 0; i < EVENTS; i++)
        eb_peer_send(device, (struct eb_publication){ .topic = "reject/x", .payload = EB_GOOD });
    int lines = 0;
    unsigned left_out = 0;
    while (lines + (int)left_out < EVENTS) {
        const char *line = assert_received(watcher, LINES, NULL)->payload;
        unsigned more;
        if (sscanf(line, "{\"leftOut\":%u}", &more) == 1)
            left_out += more;
        else
            lines++;
    }
    assert_int_equal(lines + (int)left_out, EVENTS);
    assert_true(left_out > 0);
}

enum { WATCHERS = 4 };

/* As many as may watch do, and leave. */
static void fill_places(struct eb_server *server)
{
    struct eb_peer *watchers[WATCHERS];
    for (int i = 0; i < WATCHERS; i++) {
        char id[32];
        snprintf(id, sizeof id, "another-%d", i);
        watchers[i] = connect_watcher(server, id, WATCH(""));
    }
    for (int i = 0; i < WATCHERS; i++)
        eb_peer_disconnect(watchers[i]);
}

static void watching__ends_with_its_seconds_and_on_demand(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_peer *watcher = connect_watcher(server, "watcher", WATCH(",\"seconds\":1"));
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    assert_received(watcher, LINES, NULL);
    long end = eb_now_ms() + 1100;
    while (eb_now_ms() < end)
        eb_peer_pump(server, 50);
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    assert_nothing_received(watcher);
    fill_places(server); /* its own is among them */
    for (int seconds = 60; seconds >= 0; seconds -= 60) {
        eb_peer_publish_text(watcher, TOPIC, seconds ? WATCH("") : WATCH(",\"seconds\":0"), 1);
        assert_received(watcher, TOPIC "/response", NULL);
    }
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    assert_nothing_received(watcher);
}

static void watchers__are_few_and_leave_their_place(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watchers[WATCHERS];
    for (int i = 0; i < WATCHERS; i++) {
        char id[32];
        snprintf(id, sizeof id, "watcher-%d", i);
        watchers[i] = connect_watcher(server, id, WATCH(""));
    }
    struct eb_peer *late = eb_peer_connect_as(server, "late", 5, "bus-admin", true);
    eb_peer_publish_text(late, TOPIC, WATCH(""), 1);
    assert_has(assert_received(late, TOPIC "/response", NULL)->payload, "do already");
    eb_peer_disconnect(watchers[1]);
    struct eb_peer *thief = eb_peer_connect_as(server, "watcher-1", 5, "thief", true);
    eb_peer_publish_text(late, TOPIC, WATCH(""), 1);
    assert_has(assert_received(late, TOPIC "/response", NULL)->payload, "\"data\":");
    eb_peer_publish_text(eb_peer_connect(server, "device", 5), "reject/x", EB_GOOD, 1);
    assert_received(late, LINES, NULL);
    assert_received(watchers[0], LINES, NULL);
    assert_nothing_received(thief);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(line__tells_what_became_of_an_event),
        TEST(line__of_a_confidential_contract_tells_no_values),
        TEST(filter__selects_by_client_topic_rule_and_verdict),
        TEST(order__that_makes_no_sense_is_answered),
        TEST(lines__beyond_the_bound_are_counted),
        TEST(watching__ends_with_its_seconds_and_on_demand),
        TEST(watchers__are_few_and_leave_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
