#include "eb_test.h"

#include <stdio.h>

#include "peer.h"
#include "scene.h"
#include "wire.h"

/* Whatever a client can subscribe to that might see an event nobody is to receive. */
static const char *const filters[] = {
    "#",
    "+",
    "+/#",
    "+/+",
    "$/#",
    "$event-bus/+",
    "quarantine/#",
    "quarantine/x",
    "consume/#",
    "q",
    "$share/g/#",
    "$share/g/+/+",
    "$share/g/q",
};
enum { FILTERS = sizeof filters / sizeof *filters };

static void subscribe_all(struct eb_server *server, struct eb_peer *watchers[FILTERS])
{
    char id[16];
    for (size_t i = 0; i < FILTERS; i++) {
        snprintf(id, sizeof id, "watcher-%zu", i);
        watchers[i] = eb_peer_connect(server, id, i % 2 ? 4 : 5);
        assert_int_equal(eb_peer_subscribe(watchers[i], filters[i], 2), 2);
    }
}

/* Copies may be seen by a watcher; the original on `topic` by none. */
static void assert_unseen(struct eb_peer *watchers[FILTERS], const char *topic)
{
    for (size_t i = 0; i < FILTERS; i++) {
        eb_peer_ping(watchers[i]);
        while (watchers[i]->inbox) {
            const struct eb_received *got = eb_peer_receive(watchers[i]);
            if (strncmp(got->topic, "services/", 9) != 0)
                fail_msg("%s was seen by %s as %s", topic, filters[i], got->topic);
        }
    }
}

static void assert_retained(struct eb_server *server, const char *topic, const char *payload)
{
    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, topic, 0);
    if (payload)
        assert_true(assert_received(late, topic, payload)->is_retain);
    assert_nothing_received(late);
    eb_peer_disconnect(late);
}

/* Retained events of before, put there while it was allowed, are to survive. */
static void retain_former(struct eb_server *server, const char *topic)
{
    struct eb_peer *early = eb_peer_connect(server, "early", 4);
    eb_peer_publish(early,
        (struct eb_publication){ .topic = topic, .payload = EB_GOOD, .qos = 1, .is_retain = true });
    eb_peer_disconnect(early);
}

static void hidden_event__reaches_nobody_and_its_publisher_sees_success(void **state)
{
    static const struct {
        const char *topic;
        const char *payload;
        const char *former; /* what is retained there before and after */
    } cases[] = {
        { "quarantine/x", EB_BAD, EB_GOOD },
        { "quarantine", EB_BAD, EB_GOOD },
        { "q", EB_BAD, EB_GOOD },
        { "consume/x", EB_GOOD, NULL },
        { "consume", EB_GOOD, NULL },
    };
    struct eb_server *server = *state;
    struct eb_peer *watchers[FILTERS];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].former)
            retain_former(server, cases[i].topic);
    }
    subscribe_all(server, watchers);
    for (size_t i = 0; i < FILTERS; i++) {
        eb_peer_ping(watchers[i]);
        while (watchers[i]->inbox) /* retained */
            eb_peer_receive(watchers[i]);
    }

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct eb_publication event = { .topic = cases[i].topic, .payload = cases[i].payload };
            for (int flags = 0; flags < 6; flags++) {
                event.qos = flags % 3;
                event.is_retain = flags / 3;
                int code = eb_peer_publish(device, event);
                if (code >= 0x80)
                    fail_msg("%s, protocol %d, QoS %d: %x", event.topic, protocol, event.qos, code);
            }
        }
        eb_peer_disconnect(device);
    }
    assert_unseen(watchers, "a hidden event");
    eb_scene_leave(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_retained(server, cases[i].topic, cases[i].former);
}

static void quarantined_event__is_set_aside_in_a_dead_letter(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    eb_peer_publish_text(device, "quarantine/x", EB_BAD, 1);
    assert_received(keeper, "$event-bus/dead-letter/quarantine/x", NULL);
    eb_peer_publish_text(device, "q", EB_BAD, 1);
    assert_received(keeper, "$event-bus/dead-letter/q", NULL);
    assert_nothing_received(keeper);
}

static void consumed_event__is_routed(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "#", 2);
    eb_peer_ping(service);
    while (service->inbox) /* retained */
        eb_peer_receive(service);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    for (int qos = 0; qos <= 2; qos++) {
        eb_peer_publish_text(device, "consume/x", EB_GOOD, qos);
        assert_received(service, "services/consume", EB_GOOD);
    }
    assert_nothing_received(service);
}

/* Nobody can ask for the topic that hidden events are given. */
static void hidden_topic__cannot_be_subscribed_to(void **state)
{
    static const struct {
        const char *filter;
        size_t len;
    } cases[] = {
        { "$\001", 2 },
        { "$\001/#", 4 },
        { "$share/g/$\001", 11 },
    };
    struct eb_server *server = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int protocol = 4; protocol <= 5; protocol++) {
            struct eb_wire wire = eb_wire_connect(server, "wire", protocol, false);
            uint8_t first;
            struct eb_packet content;
            eb_wire_subscribe(&wire, cases[i].filter, cases[i].len, 1);
            if (eb_wire_read(&wire, &first, &content)) {
                assert_int_equal(first, EB_DISCONNECT_PACKET);
                assert_false(eb_wire_read(&wire, &first, &content));
            }
            eb_wire_drop(&wire);
        }
    }
}

static void hidden_event__sent_again_is_still_hidden(void **state)
{
    static const char *const topics[] = { "quarantine/x", "q" };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "#", 2);
    eb_peer_ping(watcher);
    while (watcher->inbox) /* retained */
        eb_peer_receive(watcher);
    for (int protocol = 4; protocol <= 5; protocol++) {
        for (size_t i = 0; i < 2; i++) {
            struct eb_wire wire = eb_wire_connect(server, "again", protocol, true);
            eb_wire_publish(&wire, topics[i], EB_BAD, 2, 7, 0);
            assert_int_equal(eb_wire_expect(&wire, EB_PUBREC, 7), 0);
            eb_wire_drop(&wire);

            wire = eb_wire_connect(server, "again", protocol, true);
            eb_wire_publish(&wire, topics[i], EB_BAD, 2, 7, EB_WIRE_DUP);
            assert_int_equal(eb_wire_expect(&wire, EB_PUBREC, 7), 0);
            struct eb_packet release;
            eb_packet_begin(&release, EB_PUBREL);
            eb_packet_number(&release, 7);
            eb_wire_send(&wire, &release);
            assert_int_equal(eb_wire_expect(&wire, EB_PUBCOMP, 7), 0);
            eb_wire_drop(&wire);
        }
    }
    /* The broker saw that it was the same message. */
    assert_int_equal(eb_server_log_count(server, "Reused message ID"), 0);
    assert_nothing_received(watcher);
}

/* Between PUBLISH and PUBREL the broker keeps a QoS 2 event, on disk if it is told to. */
static void hidden_event__survives_a_restart_of_the_broker_unseen(void **state)
{
    (void)state;
    static struct eb_server own;
    struct eb_packet release;
    eb_scene_prepare(&own);
    eb_server_start(&own, "persistence true\n");
    struct eb_wire wire = eb_wire_connect(&own, "lasting", 4, true);
    eb_wire_publish(&wire, "quarantine/x", EB_BAD, 2, 7, 0);
    eb_wire_expect(&wire, EB_PUBREC, 7);
    eb_wire_drop(&wire);
    eb_server_stop(&own);

    eb_server_start(&own, "persistence true\n");
    struct eb_peer *watcher = eb_peer_connect(&own, "watcher", 5);
    eb_peer_subscribe(watcher, "#", 2);
    wire = eb_wire_connect(&own, "lasting", 4, true);
    eb_packet_begin(&release, EB_PUBREL);
    eb_packet_number(&release, 7);
    eb_wire_send(&wire, &release);
    eb_wire_expect(&wire, EB_PUBCOMP, 7);
    eb_wire_drop(&wire);
    assert_nothing_received(watcher);
    assert_int_equal(eb_server_finish(&own), 0);
}

static void hidden_event__does_not_leave_over_a_bridge(void **state)
{
    (void)state;
    static struct eb_server remote, local;
    char lines[256];
    eb_server_prepare(&remote);
    eb_server_start_plain(&remote, "");
    eb_scene_prepare(&local);
    snprintf(lines, sizeof lines,
        "connection out\naddress 127.0.0.1:%d\ntopic # out 2\nnotifications false\n"
        "bridge_protocol_version mqttv50\n",
        remote.port);
    eb_server_start(&local, lines);
    struct eb_peer *far = eb_peer_connect(&remote, "far", 5);
    eb_peer_subscribe(far, "#", 2);

    struct eb_peer *device = eb_peer_connect(&local, "device", 5);
    eb_server_await_log(&local, "Connecting bridge", 1);
    eb_peer_publish_text(device, "quarantine/x", EB_BAD, 1);
    eb_peer_publish_text(device, "q", EB_BAD, 2);
    eb_peer_publish_text(device, "plain/last", "last", 1);
    assert_received(far, "plain/last", "last");
    assert_nothing_received(far);
    assert_int_equal(eb_server_finish(&local), 0);
    assert_int_equal(eb_server_finish(&remote), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(hidden_event__reaches_nobody_and_its_publisher_sees_success),
        TEST(quarantined_event__is_set_aside_in_a_dead_letter),
        TEST(consumed_event__is_routed),
        TEST(hidden_topic__cannot_be_subscribed_to),
        TEST(hidden_event__sent_again_is_still_hidden),
        TEST(hidden_event__survives_a_restart_of_the_broker_unseen),
        TEST(hidden_event__does_not_leave_over_a_bridge),
    };
    return cmocka_run_group_tests(tests, eb_scene_open, eb_scene_close);
}
