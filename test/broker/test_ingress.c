/* Closed worlds: what becomes of a publish on a topic that no contract covers. */
#include "eb_test.h"

#include <stdio.h>

#include "peer.h"
#include "scene.h"

enum { NOT_AUTHORIZED = 0x87 };

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json",
        "{ \"version\": 1, \"ingress\": [\n"
        "  { \"topic\": \"closed/#\", \"unknown\": \"reject\" },\n"
        "  { \"topic\": \"closed/yard/#\", \"unknown\": \"allow\" },\n"
        "  { \"topic\": \"watched/#\", \"unknown\": \"warn\" },\n"
        "  { \"topic\": \"open/#\", \"unknown\": \"allow\" } ] }\n");
    eb_server_write(&own, "event-bus/rules/unknown.json",
        "{ \"from\": [\"closed/#\", \"watched/#\", \"open/#\"], \"to\": [ { \"topic\": \"copied\" "
        "} ] }\n");
    eb_server_start(&own, NULL);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* Of two that cover a topic, the stricter decides. A contract for the topic settles it. */
static void unknown_topic__is_refused_warned_of_or_allowed(void **state)
{
    static const struct {
        const char *topic, *payload;
        bool is_refused;
    } cases[] = {
        { "closed/x", "1", true },
        { "closed", "1", true },
        { "closed/yard/x", "1", true },
        { "closed/known", EB_GOOD, false },
        { "watched/x", "not json", false },
        { "open/x", "not json", false },
        { "elsewhere", "not json", false },
    };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        eb_peer_subscribe(watcher, cases[i].topic, 2);
    eb_peer_subscribe(service, "copied", 2);
    eb_peer_subscribe(keeper, "$event-bus/#", 1);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            for (int qos = 0; qos <= 2; qos++) {
                bool is_told = cases[i].is_refused && protocol == 5 && qos > 0;
                assert_int_equal(
                    eb_peer_publish_text(device, cases[i].topic, cases[i].payload, qos) & ~0x10,
                    is_told ? NOT_AUTHORIZED & ~0x10 : 0);
                if (cases[i].is_refused) {
                    const struct eb_received *letter = eb_peer_receive(keeper);
                    assert_non_null(strstr(letter->payload, "\"reason\":\"unknown-topic\""));
                    continue;
                }
                assert_received(watcher, cases[i].topic, cases[i].payload);
                if (strcmp(cases[i].topic, "elsewhere") != 0)
                    assert_received(service, "copied", cases[i].payload);
            }
        }
        eb_peer_disconnect(device);
    }
    assert_nothing_received(watcher);
    assert_nothing_received(service);
    assert_nothing_received(keeper);
}

static void unknown_topic__that_is_warned_of_is_in_the_log(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    eb_peer_publish_text(device, "watched/x", "1", 1);
    eb_peer_publish_text(device, "open/x", "1", 1);
    assert_logged(server, "event-bus: passed watched/x from device: unknown-topic");
    assert_int_equal(eb_server_log_count(server, "open/x"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(unknown_topic__is_refused_warned_of_or_allowed),
        TEST(unknown_topic__that_is_warned_of_is_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
