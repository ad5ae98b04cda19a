/* `deduplicate` as publishers and subscribers see it. */
#include "eb_test.h"

#include <stdio.h>

#include "peer.h"
#include "scene.h"
#include "wire.h"

static const struct {
    const char *path;
    const char *text;
} files[] = {
    { "event-bus/schemas/event/1.json", "{ \"required\": [\"id\"] }\n" },
    { "event-bus/contracts/once.json",
        "{ \"topic\": \"once/#\", \"schema\": \"event@1\",\n"
        "  \"deduplicate\": { \"key\": \"${id}\", \"window\": \"10m\" } }\n" },
    { "event-bus/contracts/taken.json",
        "{ \"topic\": \"taken/#\", \"schema\": \"event@1\", \"original\": \"consume\",\n"
        "  \"deduplicate\": { \"key\": \"${id}\", \"window\": \"10m\" } }\n" },
    { "event-bus/contracts/brief.json",
        "{ \"topic\": \"brief/#\", \"schema\": \"event@1\",\n"
        "  \"deduplicate\": { \"key\": \"${id}\", \"window\": \"1s\" } }\n" },
    { "event-bus/rules/copy.json",
        "{ \"from\": [\"once/#\", \"taken/#\", \"brief/#\"],\n"
        "  \"to\": [ { \"topic\": \"services/${$mqtt.level[0]}\" } ] }\n" },
};

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_server_prepare(&own);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        eb_server_write(&own, files[i].path, files[i].text);
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* One who sees originals and copies; they are not ordered among each other. */
static struct eb_peer *watch(struct eb_server *server, const char *id, const char *filter)
{
    struct eb_peer *peer = eb_peer_connect(server, id, 5);
    eb_peer_subscribe(peer, filter, 2);
    return peer;
}

static void event__is_routed_and_delivered_once_at_any_qos(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = watch(server, "service", "services/once");
    struct eb_peer *direct = watch(server, "direct", "once/#");
    for (int protocol = 3; protocol <= 5; protocol++) {
        for (int qos = 0; qos <= 2; qos++) {
            char payload[64];
            struct eb_peer *one = eb_peer_connect(server, "one", protocol);
            struct eb_peer *two = eb_peer_connect(server, "two", protocol);
            snprintf(payload, sizeof payload, "{\"id\":\"%d-%d\"}", protocol, qos);
            assert_true(eb_peer_publish_text(one, "once/x", payload, qos) < 0x80);
            assert_true(eb_peer_publish_text(two, "once/x", payload, qos) < 0x80);
            assert_true(eb_peer_publish_text(one, "once/y", payload, (qos + 1) % 3) < 0x80);
            assert_received(service, "services/once", payload);
            assert_received(direct, "once/x", payload);
            assert_nothing_received(service);
            assert_nothing_received(direct);
            eb_peer_disconnect(one);
            eb_peer_disconnect(two);
        }
    }
}

static void window__ends(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = watch(server, "service", "services/brief");
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    eb_peer_publish_text(device, "brief/x", "{\"id\":1}", 1);
    assert_received(service, "services/brief", "{\"id\":1}");
    for (long end_ms = eb_now_ms() + 1100; eb_now_ms() < end_ms;)
        eb_peer_pump(server, 50);
    eb_peer_publish_text(device, "brief/x", "{\"id\":1}", 1);
    assert_received(service, "services/brief", "{\"id\":1}");
}

static void refused_event__may_come_again_corrected(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = watch(server, "service", "services/once");
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "once/x", "{\"id\":\"r\"", 1), 0x87);
    assert_true(eb_peer_publish_text(device, "once/x", "{\"id\":\"r\"}", 1) < 0x80);
    assert_received(service, "services/once", "{\"id\":\"r\"}");
}

/* The retained message stays the one of the event that was let through. */
static void repetition__changes_no_retained_message(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    static const char *const payloads[] = { "{\"id\":\"k\",\"n\":1}", "{\"id\":\"k\",\"n\":2}" };
    for (int i = 0; i < 2; i++)
        eb_peer_publish(device,
            (struct eb_publication){
                .topic = "once/kept", .payload = payloads[i], .qos = 1, .is_retain = true });
    struct eb_peer *late = watch(server, "late", "once/kept");
    assert_received(late, "once/kept", payloads[0]);
    assert_nothing_received(late);
}

/* Whether in the same connection or the next: what differs would make 2.0 deliver the second. */
static void qos_2_event__sent_again_is_delivered_and_routed_once(void **state)
{
    struct eb_server *server = *state;
    for (int protocol = 4; protocol <= 5; protocol++) {
        for (int is_reconnected = 0; is_reconnected < 2; is_reconnected++) {
            char payload[64];
            struct eb_peer *service = watch(server, "service", "services/#");
            struct eb_peer *direct = watch(server, "direct", "once/x");
            struct eb_peer *taker = watch(server, "taker", "taken/#");
            struct eb_wire wire = eb_wire_connect(server, "again", protocol, true);
            snprintf(payload, sizeof payload, "{\"id\":\"w%d%d\"}", protocol, is_reconnected);
            eb_wire_begin(&wire, "once/x", payload, 7, 0);
            eb_wire_begin(&wire, "taken/x", payload, 8, 0);
            if (is_reconnected) {
                eb_wire_drop(&wire);
                wire = eb_wire_connect(server, "again", protocol, true);
            }
            eb_wire_begin(&wire, "once/x", payload, 7, EB_WIRE_DUP);
            eb_wire_begin(&wire, "taken/x", payload, 8, EB_WIRE_DUP);
            eb_wire_release(&wire, 7);
            eb_wire_release(&wire, 8);
            eb_wire_part(&wire);
            assert_received(direct, "once/x", payload);
            assert_nothing_received(direct);
            assert_nothing_received(taker);
            assert_received(service, "services/once", payload);
            assert_received(service, "services/taken", payload);
            assert_nothing_received(service);
            assert_int_equal(eb_server_log_count(server, "Reused message ID"), 0);
            eb_peer_free_all(server);
        }
    }
}

/* A QoS 1 publisher that lost its PUBACK sends again: no exact memory is needed. */
static void qos_1_event__sent_again_is_delivered_and_routed_once(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = watch(server, "service", "services/once");
    struct eb_peer *direct = watch(server, "direct", "once/x");
    for (int i = 0; i < 2; i++) {
        struct eb_wire wire = eb_wire_connect(server, "again", 5, true);
        eb_wire_publish(&wire, "once/x", "{\"id\":\"q1\"}", 1, 7, i ? EB_WIRE_DUP : 0);
        assert_true(eb_wire_expect(&wire, EB_PUBACK, 7) < 0x80);
        eb_wire_drop(&wire);
    }
    assert_received(service, "services/once", "{\"id\":\"q1\"}");
    assert_received(direct, "once/x", "{\"id\":\"q1\"}");
    assert_nothing_received(service);
    assert_nothing_received(direct);
}

static void memory__survives_a_reload_and_not_a_restart(void **state)
{
    (void)state;
    struct eb_server *server = &own;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_peer *service = watch(server, "service", "services/once");
    eb_peer_publish_text(device, "once/x", "{\"id\":\"m\"}", 1);
    assert_received(service, "services/once", "{\"id\":\"m\"}");
    size_t before = eb_server_log_count(server, "is in force");
    eb_server_write(server, "event-bus/contracts/once.json",
        "{ \"topic\": \"once/#\", \"schema\": \"event@1\",\n"
        "  \"deduplicate\": { \"key\": \"${id}\", \"window\": \"1h\", \"keys\": 10 } }\n");
    eb_server_reload(server);
    eb_server_await_log(server, "is in force", before + 1);
    eb_peer_publish_text(device, "once/x", "{\"id\":\"m\"}", 1);
    assert_nothing_received(service);

    eb_server_stop(server);
    eb_server_start(server, EB_SCENE_LINES);
    device = eb_peer_connect(server, "device", 5);
    service = watch(server, "service", "services/once");
    eb_peer_publish_text(device, "once/x", "{\"id\":\"m\"}", 1);
    assert_received(service, "services/once", "{\"id\":\"m\"}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(event__is_routed_and_delivered_once_at_any_qos),
        TEST(window__ends),
        TEST(refused_event__may_come_again_corrected),
        TEST(repetition__changes_no_retained_message),
        TEST(qos_2_event__sent_again_is_delivered_and_routed_once),
        TEST(qos_1_event__sent_again_is_delivered_and_routed_once),
        TEST(memory__survives_a_reload_and_not_a_restart),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
