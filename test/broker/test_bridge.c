/*
 * Bridges: a broker without the bus far away, and the bus near, which makes the bridge "up".
 *
 * What comes over it is an event like any other, of a client called by the bridge's local id. At
 * the far end the bridge is a client too, called by its remote id.
 */
#include "eb_test.h"

#include <stdio.h>
#include <unistd.h>

#include "peer.h"
#include "scene.h"
#include "wire.h"

enum { NOT_AUTHORIZED = 0x87 };

struct sides {
    struct eb_server far, near;
};
static struct sides sides;

static int open_sides(void **state)
{
    *state = &sides;
    eb_server_prepare(&sides.far);
    eb_scene_prepare(&sides.near);
    eb_server_write(&sides.near, "event-bus/rules/bridged.json",
        "{ \"from\": [\"bridged/#\"], \"to\": [ { \"topic\": \"services/bridged\","
        "  \"payload\": { \"client\": \"${$mqtt.clientid}\","
        "    \"user\": \"${$mqtt.username|\\\"nobody\\\"}\" } } ] }\n");
    return 0;
}

static int close_sides(void **state)
{
    struct sides *both = *state;
    int near = eb_server_finish(&both->near), far = eb_server_finish(&both->far);
    return near | far;
}

static void settings(struct eb_server *server, const char *members)
{
    char text[512];
    snprintf(text, sizeof text,
        "{ \"version\": 1, \"egress\": [ \"services/#\" ],\n  %s\n"
        "  \"contracts\": \"contracts\", \"rules\": \"rules\" }\n",
        members);
    eb_server_write(server, "event-bus/event-bus.json", text);
}

/* The near side, bridged to the far one, which runs already. */
static void start_near_named(
    struct sides *both, const char *names, const char *topics, const char *version)
{
    char lines[512];
    snprintf(lines, sizeof lines,
        "connection up\naddress 127.0.0.1:%d\n%s"
        "notifications false\nbridge_protocol_version %s\n%s",
        both->far.port, names, version, topics);
    eb_server_start(&both->near, lines);
}

static void start_near(struct sides *both, const char *topics, const char *version)
{
    start_near_named(both, "local_clientid up\nremote_clientid down\n", topics, version);
}

/* Waits until what is published far arrives near; the probe's topic is nobody's. */
static void await_bridge(struct sides *both)
{
    struct eb_peer *here = eb_peer_connect(&both->near, "here", 4);
    struct eb_peer *there = eb_peer_connect(&both->far, "there", 4);
    eb_peer_subscribe(here, "probe", 1);
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    while (!here->inbox) {
        assert_true(eb_now_ms() < deadline);
        eb_peer_publish_text(there, "probe", "", 1);
        eb_peer_pump(&both->near, 100);
    }
    eb_peer_disconnect(here);
    eb_peer_disconnect(there);
}

static void bridged_event__is_judged_and_routed_by_its_local_client_id(void **state)
{
    struct sides *both = *state;
    eb_server_start_plain(&both->far, "");
    start_near(both, "topic # in 2\nlocal_username near\n", "mqttv311");
    await_bridge(both);
    struct eb_peer *service = eb_peer_connect(&both->near, "service", 5);
    struct eb_peer *keeper = eb_peer_connect(&both->near, "keeper", 5);
    eb_peer_subscribe(service, "services/#", 2);
    eb_peer_subscribe(keeper, "$event-bus/#", 2);
    struct eb_peer *device = eb_peer_connect(&both->far, "device", 5);

    eb_peer_publish_text(device, "reject/x", EB_GOOD, 2);
    assert_received(service, "services/reject", EB_GOOD);
    eb_peer_publish_text(device, "reject/x", EB_BAD, 2);
    assert_received(keeper, "$event-bus/dead-letter/reject/x", NULL);
    eb_peer_publish_text(device, "bridged/x", "1", 1);
    assert_received(service, "services/bridged", "{\"client\":\"up\",\"user\":\"near\"}");
    assert_nothing_received(service);
}

/* Whoever is named in `bridges` must be named rightly. */
static void bridge__without_a_local_client_id_is_known_by_its_remote_one(void **state)
{
    char host[128] = "", by_host[256], client[256];
    gethostname(host, sizeof host - 1);
    snprintf(by_host, sizeof by_host, "local.%s.up", host);
    const struct {
        const char *names, *want;
    } cases[] = { { "remote_clientid down\n", "local.down" }, { "", by_host } };
    struct sides *both = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        close_sides(state);
        open_sides(state);
        eb_server_start_plain(&both->far, "");
        start_near_named(both, cases[i].names, "topic # in 2\n", "mqttv311");
        await_bridge(both);
        struct eb_peer *service = eb_peer_connect(&both->near, "service", 5);
        struct eb_peer *device = eb_peer_connect(&both->far, "device", 5);
        eb_peer_subscribe(service, "services/bridged", 2);
        eb_peer_publish_text(device, "bridged/x", "1", 1);
        snprintf(client, sizeof client, "{\"client\":\"%s\",\"user\":\"nobody\"}", cases[i].want);
        assert_received(service, "services/bridged", client);
    }
}

/* The far end loses the connection amid a QoS 2 exchange, and takes it up when the bridge is back.
 */
static void bridged_event__sent_again_is_routed_once_and_delivered_once(void **state)
{
    struct sides *both = *state;
    int listener = eb_wire_listen(&both->far.port);
    start_near(both, "topic # in 2\ncleansession false\nrestart_timeout 1\n", "mqttv311");
    struct eb_peer *service = eb_peer_connect(&both->near, "service", 5);
    struct eb_peer *direct = eb_peer_connect(&both->near, "direct", 5);
    eb_peer_subscribe(service, "services/#", 2);
    eb_peer_subscribe(direct, "reject/#", 2);

    struct eb_wire wire = eb_wire_accept(listener);
    eb_wire_begin(&wire, "reject/x", EB_GOOD, 7, 0);
    eb_wire_drop(&wire);
    wire = eb_wire_accept(listener);
    eb_wire_begin(&wire, "reject/x", EB_GOOD, 7, EB_WIRE_DUP);
    eb_wire_release(&wire, 7);
    assert_received(service, "services/reject", EB_GOOD);
    assert_received(direct, "reject/x", EB_GOOD);
    assert_nothing_received(service);
    assert_nothing_received(direct);

    eb_wire_begin(&wire, "reject/x", EB_GOOD, 8, 0); /* new, for all that it is alike */
    eb_wire_release(&wire, 8);
    assert_received(service, "services/reject", EB_GOOD);
    assert_received(direct, "reject/x", EB_GOOD);
    eb_wire_drop(&wire);
    close(listener);
}

/* It would come back with the same event, again and again. */
static void bridge__is_not_disconnected_by_a_bad_event(void **state)
{
    static const char *const versions[] = { "mqttv311", "mqttv50" };
    struct sides *both = *state;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        close_sides(state);
        open_sides(state);
        eb_server_start_plain(&both->far, "");
        start_near(both, "topic # in 2\ncleansession false\n", versions[i]);
        await_bridge(both);
        struct eb_peer *keeper = eb_peer_connect(&both->near, "keeper", 5);
        struct eb_peer *service = eb_peer_connect(&both->near, "service", 5);
        eb_peer_subscribe(keeper, "$event-bus/#", 2);
        eb_peer_subscribe(service, "services/#", 2);
        struct eb_peer *device = eb_peer_connect(&both->far, "device", 5);
        for (int qos = 0; qos <= 2; qos++)
            eb_peer_publish_text(device, "disconnect/x", EB_BAD, qos);
        eb_peer_publish_text(device, "reject/x", EB_GOOD, 2);
        assert_received(service, "services/reject", EB_GOOD);
        for (int qos = 0; qos <= 2; qos++)
            assert_received(keeper, "$event-bus/dead-letter/disconnect/x", NULL);
        assert_nothing_received(keeper);
        assert_int_equal(eb_server_log_count(&both->near, "refused disconnect/x from up"), 3);
    }
}

static void egress__is_closed_to_bridges_but_those_that_are_named(void **state)
{
    static const char *const versions[] = { "mqttv311", "mqttv50" };
    struct sides *both = *state;
    for (int i = 0; i < 4; i++) {
        bool is_named = i >= 2;
        close_sides(state);
        open_sides(state);
        settings(&both->near, is_named ? "\"bridges\": { \"up\": { \"egress\": true } }," : "");
        eb_server_start_plain(&both->far, "");
        start_near(both, "topic # in 2\n", versions[i % 2]);
        await_bridge(both);
        struct eb_peer *service = eb_peer_connect(&both->near, "service", 5);
        struct eb_peer *device = eb_peer_connect(&both->far, "device", 5);
        eb_peer_subscribe(service, "services/#", 2);
        for (int qos = 0; qos <= 2; qos++)
            eb_peer_publish_text(device, "services/x", is_named ? "named" : "not named", qos);
        for (int qos = 0; is_named && qos <= 2; qos++)
            assert_received(service, "services/x", "named");
        eb_peer_publish_text(device, "bridged/last", "1", 2);
        assert_received(service, "services/bridged", NULL);
        assert_nothing_received(service);
    }
}

/* Who may is the bridge that the broker makes, not whoever takes its name. */
static void egress__is_closed_to_a_client_named_like_the_bridge(void **state)
{
    struct sides *both = *state;
    settings(&both->near, "\"bridges\": { \"ghost\": { \"egress\": true } },");
    eb_server_start(&both->near, NULL);
    struct eb_peer *ghost = eb_peer_connect(&both->near, "ghost", 5);
    assert_int_equal(eb_peer_publish_text(ghost, "services/x", "boo", 1), NOT_AUTHORIZED);
}

/* Two buses whose rules answer one another. */
static void prepare_loop(struct sides *both, const char *bridges)
{
    settings(&both->near, bridges);
    settings(&both->far, "");
    eb_server_write(&both->near, "event-bus/rules/pong.json",
        "{ \"from\": [\"ping\"], \"to\": [ { \"topic\": \"pong\" } ] }\n");
    eb_server_write(&both->far, "event-bus/rules/ping.json",
        "{ \"from\": [\"pong\"], \"to\": [ { \"topic\": \"ping\" } ] }\n");
    eb_server_write(&both->far, "event-bus/contracts/.keep", "");
    eb_server_start(&both->far, NULL);
    start_near(both, "topic # both 1\n", "mqttv311");
    await_bridge(both);
}

/* That the next test could fail. */
static void copies__of_bridged_events_would_go_round_for_ever(void **state)
{
    struct sides *both = *state;
    prepare_loop(both, "");
    struct eb_peer *watcher = eb_peer_connect(&both->near, "watcher", 4);
    struct eb_peer *device = eb_peer_connect(&both->far, "device", 4);
    eb_peer_subscribe(watcher, "ping", 1);
    eb_peer_publish_text(device, "ping", "{}", 1);
    for (int i = 0; i < 5; i++)
        assert_received(watcher, "ping", "{}");
}

static void copy__over_the_bridge_its_event_came_from_is_refused(void **state)
{
    struct sides *both = *state;
    prepare_loop(both, "\"bridges\": { \"up\": { \"out\": [ \"#\" ] } },");
    struct eb_peer *watcher = eb_peer_connect(&both->near, "watcher", 4);
    struct eb_peer *keeper = eb_peer_connect(&both->near, "keeper", 5);
    struct eb_peer *device = eb_peer_connect(&both->far, "device", 4);
    struct eb_peer *own = eb_peer_connect(&both->near, "own", 4);
    eb_peer_subscribe(watcher, "ping", 1);
    eb_peer_subscribe(watcher, "pong", 1);
    eb_peer_subscribe(keeper, "$event-bus/#", 1);

    eb_peer_publish_text(device, "ping", "{\"from\":\"far\"}", 1);
    assert_received(watcher, "ping", "{\"from\":\"far\"}");
    const struct eb_received *letter = assert_received(keeper, "$event-bus/dead-letter/ping", NULL);
    assert_non_null(strstr(letter->payload, "\"reason\":\"loop\""));
    assert_non_null(strstr(letter->payload, "bridge 'up'"));

    /* An event of one's own goes out, comes back once as the other bus's answer, and ends. */
    eb_peer_publish_text(own, "ping", "{\"from\":\"near\"}", 1);
    assert_received(watcher, "ping", "{\"from\":\"near\"}");
    assert_received(watcher, "pong", "{\"from\":\"near\"}");
    assert_received(watcher, "ping", "{\"from\":\"near\"}");
    assert_received(keeper, "$event-bus/dead-letter/ping", NULL);
    assert_nothing_received(watcher);
    assert_nothing_received(keeper);
}

/* Whatever name a bridge has, there is no telling who is behind it. */
static void bridge__does_not_carry_commands(void **state)
{
    struct sides *both = *state;
    settings(&both->near, "\"control\": { \"usernames\": [\"bus-admin\", \"up\"] },");
    eb_server_start(&both->far, "");
    start_near_named(both, "local_clientid up\nremote_clientid down\nlocal_username bus-admin\n",
        "topic probe in 1\ntopic v1 in 1 $CONTROL/event-bus/ far/\n", "mqttv311");
    await_bridge(both);
    struct eb_peer *there = eb_peer_connect(&both->far, "bus-admin", 4);
    eb_peer_publish_text(there, "far/v1", "{\"commands\":[{\"command\":\"reload\"}]}", 1);
    eb_server_await_log(&both->near, "(no address) may not", 1);
    assert_int_equal(eb_server_log_count(&both->near, "is in force"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_sides, close_sides)
    const struct CMUnitTest tests[] = {
        TEST(bridged_event__is_judged_and_routed_by_its_local_client_id),
        TEST(bridge__without_a_local_client_id_is_known_by_its_remote_one),
        TEST(bridge__is_not_disconnected_by_a_bad_event),
        TEST(bridged_event__sent_again_is_routed_once_and_delivered_once),
        TEST(egress__is_closed_to_bridges_but_those_that_are_named),
        TEST(egress__is_closed_to_a_client_named_like_the_bridge),
        TEST(copies__of_bridged_events_would_go_round_for_ever),
        TEST(copy__over_the_bridge_its_event_came_from_is_refused),
        TEST(bridge__does_not_carry_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
