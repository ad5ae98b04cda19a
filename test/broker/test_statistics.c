/* What the bus says about itself: topics below $SYS, and the file for Prometheus. */
#include "eb_test.h"

#include <stdlib.h>
#include <unistd.h>

#include "figures.h"
#include "peer.h"
#include "scene.h"

static struct eb_server own;

#define SETTINGS(statistics)                                                                       \
    "{ \"version\": 1, \"ingress\": [ { \"topic\": \"closed/#\", \"unknown\": \"reject\" } ],"     \
    " \"statistics\": " statistics " }"
#define EVERY_SECOND SETTINGS("{ \"interval_s\": 1, \"prometheus_file\": \"../bus.prom\" }")

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json", EVERY_SECOND);
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

static void publish_a_mixture(struct eb_server *server)
{
    static const struct {
        const char *topic, *payload;
    } events[] = {
        { "reject/x", EB_GOOD },
        { "reject/x", EB_BAD },
        { "reject/x", "{" },
        { "quarantine/x", EB_BAD },
        { "observe/x", EB_BAD },
        { "consume/x", EB_GOOD },
        { "closed/unknown", "{}" },
        { "three/x", "{\"id\":\"a/b\",\"percent\":1}" },
        { "unwatched/x", "1" },
    };
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        eb_peer_publish_text(device, events[i].topic, events[i].payload, 1);
}

static void figures__are_told_by_topic_and_retained(void **state)
{
    static const struct {
        const char *path, *value;
    } want[] = {
        { "events/received", "8" },
        { "events/passed", "3" },
        { "events/consumed", "1" },
        { "events/quarantined", "1" },
        { "events/refused", "3" },
        { "events/disconnected", "0" },
        { "stopped/schema", "2" },
        { "stopped/not-json", "1" },
        { "stopped/unknown-topic", "1" },
        { "copies/published", "5" },
        { "copies/failed", "1" },
        { "dead-letters", "5" },
        { "reloads/good", "1" },
        { "reloads/bad", "0" },
        { "callback/count", "8" },
        { "contracts/rejecting/refused", "2" },
        { "contracts/rejecting/passed", "1" },
        { "contracts/observing/observed", "1" },
        { "rules/three/matched", "1" },
        { "rules/three/targets/0/published", "1" },
        { "rules/three/targets/1/failed", "1" },
        { "rules/trees/targets/0/published", "3" },
    };
    struct eb_server *server = *state;
    publish_a_mixture(server);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 4);
    eb_figures_watch(watcher);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        eb_figures_await(watcher, want[i].path, want[i].value);
    assert_non_null(eb_figures_get(watcher, "version"));
    assert_non_null(eb_figures_get(watcher, "callback/0.99"));

    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, "$SYS/broker/event-bus/events/received", 0);
    assert_true(assert_received(late, "$SYS/broker/event-bus/events/received", "8")->is_retain);
}

/* Names that devices chose are not for everybody who may read $SYS. */
static void lists__are_not_below_sys(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 4);
    eb_figures_watch(watcher);
    size_t before = eb_figures_count(watcher);
    publish_a_mixture(server);
    eb_figures_await(watcher, "stopped/unknown-topic", "1");
    assert_int_equal(eb_figures_count(watcher), before);
}

static void reload__says_why_it_failed_until_one_succeeds(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_server_write(server, "event-bus/rules/broken.json", "{ \"from\": 1 }");
    eb_server_reload(server);
    eb_figures_await(watcher, "reloads/bad", "1");
    eb_figures_await(watcher, "reloads/last-good", "0");
    const char *why = eb_figures_get(watcher, "reloads/error");
    assert_non_null(why);
    assert_non_null(strstr(why, "rules/broken.json:1:"));

    eb_server_remove(server, "event-bus/rules/broken.json");
    eb_server_reload(server);
    eb_figures_await(watcher, "reloads/last-good", "1");
    eb_figures_await(watcher, "reloads/good", "2");
    eb_figures_await(watcher, "reloads/error", NULL);
}

static void rule__that_is_gone_is_told_no_more(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "rules/raw/matched", "0");
    eb_server_remove(server, "event-bus/rules/raw.json");
    eb_server_reload(server);
    eb_figures_await(watcher, "rules/raw/matched", NULL);
    eb_figures_await(watcher, "rules/low/matched", "0");
}

static void interval__of_zero_tells_nothing_and_clears_what_was_told(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "events/received", "0");
    eb_server_write(server, "event-bus/event-bus.json", SETTINGS("{ \"interval_s\": 0 }"));
    eb_server_reload(server);
    eb_figures_await(watcher, "version", NULL);
    assert_int_equal(eb_figures_count(watcher), 0);
}

static void stages__are_told_when_asked_for(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "events/received", "0");
    assert_null(eb_figures_get(watcher, "stages/json/count"));
    eb_server_write(
        server, "event-bus/event-bus.json", SETTINGS("{ \"interval_s\": 1, \"stages\": true }"));
    eb_server_reload(server);
    eb_figures_await(watcher, "stages/json/count", "0");
    publish_a_mixture(server);
    eb_figures_await(watcher, "stages/message/count", "8");
    eb_figures_await(watcher, "stages/publish/count", "8");
    eb_figures_await(watcher, "stages/json/count", "7");
}

/* ---- the file ---- */

static void read_file(const struct eb_server *server, char *text, size_t bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/bus.prom", server->tree.path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, bytes - 1, file)] = '\0';
    fclose(file);
}

static void prometheus_file__holds_the_same_and_promtool_accepts_it(void **state)
{
    static const char *const lines[] = {
        "\nevent_bus_events_received_total 8\n",
        "\nevent_bus_events_stopped_total{reason=\"schema\"} 2\n",
        "\nevent_bus_rule_copies_total{rule=\"three\",target=\"1\",result=\"failed\"} 1\n",
        "\nevent_bus_client_refused_total{client=\"device\"} 4\n",
        "\nevent_bus_unwatched_topic_total{topic=\"closed/unknown\"} 1\n",
    };
    static char text[256 * 1024];
    struct eb_server *server = *state;
    publish_a_mixture(server);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "events/received", "8");
    read_file(server, text, sizeof text);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!strstr(text, lines[i]))
            fail_msg("there is no line %s", lines[i]);
    }
    if (system("command -v promtool >/dev/null") != 0)
        return;
    char command[600];
    snprintf(command, sizeof command, "promtool check metrics < %s/bus.prom", server->tree.path);
    assert_int_equal(system(command), 0);
}

static void prometheus_file__that_cannot_be_written_is_said_once(void **state)
{
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/event-bus.json",
        SETTINGS("{ \"interval_s\": 1, \"prometheus_file\": \"../later/bus.prom\" }"));
    eb_server_reload(server);
    eb_server_await_log(server, "../later/bus.prom cannot be written: No such file", 1);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    publish_a_mixture(server);
    eb_figures_await(watcher, "events/received", "8");
    assert_int_equal(eb_server_log_count(server, "cannot be written"), 1);
    eb_tree_directory(&server->tree, "later");
    eb_server_await_log(server, "../later/bus.prom is written again", 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(figures__are_told_by_topic_and_retained),
        TEST(lists__are_not_below_sys),
        TEST(reload__says_why_it_failed_until_one_succeeds),
        TEST(rule__that_is_gone_is_told_no_more),
        TEST(interval__of_zero_tells_nothing_and_clears_what_was_told),
        TEST(stages__are_told_when_asked_for),
        TEST(prometheus_file__holds_the_same_and_promtool_accepts_it),
        TEST(prometheus_file__that_cannot_be_written_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
