/*
 * Listeners: mount points, and `per_listener_settings`.
 */
#include "eb_test.h"

#include <stdio.h>

#include "mortal.h"
#include "peer.h"
#include "scene.h"

enum { NOT_AUTHORIZED = 0x87 };

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* ---- mount points ----------------------------------------------------------------------------
 */

static int start_mounted(struct eb_server *server, const char *more)
{
    char lines[256];
    int port = eb_server_free_port();
    eb_server_write(server, "event-bus/contracts/mounted.json",
        "{ \"topic\": \"tenant/reject/#\", \"schema\": \"reading@1\" }\n");
    eb_server_write(server, "event-bus/rules/mounted.json",
        "{ \"from\": [\"tenant/#\"], \"to\": [ { \"topic\": \"services/mounted\","
        "  \"payload\": \"${$mqtt.topic}\" }, { \"topic\": \"tenant/back\" } ] }\n");
    eb_server_write(
        server, "event-bus/event-bus.json", "{ \"version\": 1, \"egress\": [ \"services/#\" ] }\n");
    snprintf(lines, sizeof lines, "listener %d 127.0.0.1\nmount_point tenant/\n%s", port, more);
    eb_server_start(server, lines);
    return port;
}

static struct eb_peer *connect_at(struct eb_server *server, const char *id, int port)
{
    return eb_peer_connect_by(server, id, 5, &(struct eb_login){ .port = port });
}

/* Contracts, rules and targets have the whole topic, mount point and all; clients behind it do not.
 */
static void mount_point__is_part_of_the_topic_for_the_bus(void **state)
{
    struct eb_server *server = *state;
    int port = start_mounted(server, "");
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    struct eb_peer *tenant = connect_at(server, "tenant", port);
    struct eb_peer *device = connect_at(server, "device", port);
    eb_peer_subscribe(service, "services/#", 1);
    eb_peer_subscribe(tenant, "#", 1);

    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), NOT_AUTHORIZED);
    assert_true(eb_peer_publish_text(device, "reject/x", EB_GOOD, 1) < 0x80);
    assert_received(service, "services/mounted", "\"tenant/reject/x\"");
    /* The copy and the original, in either order. What clients behind it are sent has the mount
     * point on 2.0, and has not on 2.1. */
    const char *mount = eb_server_is_2_1(server) ? "" : "tenant/";
    for (int i = 0; i < 2; i++) {
        const struct eb_received *got = eb_peer_receive(tenant);
        assert_int_equal(strncmp(got->topic, mount, strlen(mount)), 0);
        const char *topic = got->topic + strlen(mount);
        assert_true(strcmp(topic, "back") == 0 || strcmp(topic, "reject/x") == 0);
    }
    /* What is egress without a mount point is another topic behind one. */
    assert_true(eb_peer_publish_text(device, "services/x", "1", 1) < 0x80);
    assert_received(service, "services/mounted", "\"tenant/services/x\"");
    assert_nothing_received(service);
}

/* ---- per_listener_settings -------------------------------------------------------------------
 */

/* The first listener has no bus, the second has; returns the port of the second. */
static int start_per_listener(struct eb_server *server, const char *more)
{
    char lines[1024];
    int port = eb_server_free_port();
    snprintf(lines, sizeof lines,
        "listener %d 127.0.0.1\nallow_anonymous true\nplugin %s\n"
        "plugin_opt_config_file %s/event-bus\n%s",
        port, eb_server_plugin(), server->tree.path, more);
    eb_server_start_per_listener(server, lines);
    return port;
}

static void per_listener_settings__bus_serves_its_own_listener(void **state)
{
    struct eb_server *server = *state;
    int port = start_per_listener(server, "");
    struct eb_peer *elsewhere = eb_peer_connect(server, "elsewhere", 5);
    struct eb_peer *device = connect_at(server, "device", port);
    struct eb_peer *keeper = connect_at(server, "keeper", port);
    eb_peer_subscribe(keeper, "services/#", 1);
    eb_peer_subscribe(keeper, "$event-bus/#", 1);

    assert_true(eb_peer_publish_text(device, "reject/x", EB_GOOD, 1) < 0x80);
    assert_received(keeper, "services/reject", EB_GOOD);
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), NOT_AUTHORIZED);
    assert_received(keeper, "$event-bus/dead-letter/reject/x", NULL);
    assert_true(eb_peer_publish_text(device, "quarantine/x", EB_BAD, 1) < 0x80);
    assert_received(keeper, "$event-bus/dead-letter/quarantine/x", NULL);

    /* Nobody judges or guards what comes in elsewhere. */
    assert_true(eb_peer_publish_text(elsewhere, "reject/x", EB_BAD, 1) < 0x80);
    assert_true(eb_peer_publish_text(elsewhere, "services/x", "forged", 1) < 0x80);
    assert_received(keeper, "services/x", "forged");
    assert_nothing_received(keeper);
}

static void per_listener_settings__bus_reloads_with_the_next_event(void **state)
{
    struct eb_server *server = *state;
    int port = start_per_listener(server, "");
    struct eb_peer *device = connect_at(server, "device", port);
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), NOT_AUTHORIZED);
    eb_server_remove(server, "event-bus/contracts/rejecting.json");
    eb_server_reload(server);
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    while (eb_peer_publish_text(device, "reject/x", EB_BAD, 1) >= 0x80)
        assert_true(eb_now_ms() < deadline);
    assert_int_equal(eb_server_log_count(server, "is in force"), 2);
}

/* 2.0 ticks for no plugin of a listener. */
static void per_listener_settings__without_a_clock_is_said(void **state)
{
    static const char line[] = "event-bus: warning: this broker gives plugins of a listener";
    struct eb_server *server = *state;
    int port = start_per_listener(server, "");
    struct eb_peer *device = connect_at(server, "device", port);
    bool has_clock = eb_server_is_2_1(server);
    for (long end = eb_now_ms() + 4000; eb_now_ms() < end && !eb_server_log_count(server, line);)
        eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    assert_int_equal(eb_server_log_count(server, line), has_clock ? 0 : 1);
}

static void per_listener_settings__wills_are_checked_and_routed(void **state)
{
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/event-bus.json",
        "{ \"version\": 1, \"wills\": { \"check\": true, \"access_control\": \"none\" } }\n");
    int port = start_per_listener(server, ""), first = server->port;
    struct eb_peer *keeper = connect_at(server, "keeper", port);
    eb_peer_subscribe(keeper, "reject/x", 1);
    eb_peer_subscribe(keeper, "services/#", 1);
    server->port = port; /* where mortals live */
    eb_mortal_live(server, "mortal", NULL, 5, EB_IS_REPLACED,
        (struct eb_will){ .topic = "reject/x", .payload = EB_BAD, .qos = 1 });
    eb_mortal_live(server, "mortal", NULL, 5, EB_DROPS,
        (struct eb_will){ .topic = "reject/x", .payload = EB_GOOD, .qos = 1 });
    server->port = first;
    assert_received(keeper, "reject/x", EB_GOOD);
    assert_received(keeper, "services/reject", EB_GOOD);
    assert_nothing_received(keeper);
}

static void per_listener_settings__each_listener_may_have_a_bus_of_its_own(void **state)
{
    struct eb_server *server = *state;
    char more[1024];
    int second = eb_server_free_port();
    eb_server_write(server, "open/event-bus.json", "{ \"version\": 1 }");
    snprintf(more, sizeof more,
        "listener %d 127.0.0.1\nallow_anonymous true\nplugin %s\nplugin_opt_config_file %s/open\n",
        second, eb_server_plugin(), server->tree.path);
    int first = start_per_listener(server, more);
    struct eb_peer *strict = connect_at(server, "strict", first);
    struct eb_peer *open = connect_at(server, "open", second);
    assert_int_equal(eb_peer_publish_text(strict, "reject/x", EB_BAD, 1), NOT_AUTHORIZED);
    assert_true(eb_peer_publish_text(open, "reject/x", EB_BAD, 1) < 0x80);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(mount_point__is_part_of_the_topic_for_the_bus),
        TEST(per_listener_settings__bus_serves_its_own_listener),
        TEST(per_listener_settings__bus_reloads_with_the_next_event),
        TEST(per_listener_settings__wills_are_checked_and_routed),
        TEST(per_listener_settings__each_listener_may_have_a_bus_of_its_own),
        TEST(per_listener_settings__without_a_clock_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
