/*
 * What is lost, and what comes twice, when a publisher, a consumer or the broker goes away.
 *
 * Events go to reject/x and rules copy them to services/reject; consumers subscribe at QoS 2, so
 * that what they get has the event's own QoS.
 */
#include "eb_test.h"

#include <stdio.h>

#include "peer.h"
#include "scene.h"
#include "wire.h"

static struct eb_server own;
static const char persistent[] = EB_SCENE_LINES "persistence true\n";

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_start(&own, persistent);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* A consumer of copies whose session stays; `subscribes` the first time. */
static struct eb_peer *consumer(struct eb_server *server, bool subscribes)
{
    struct eb_peer *peer = eb_peer_connect_as(server, "consumer", 4, NULL, false);
    if (subscribes)
        eb_peer_subscribe(peer, "services/#", 2);
    return peer;
}

static void publish_each_qos(struct eb_server *server)
{
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (int qos = 0; qos <= 2; qos++)
        eb_peer_publish_text(device, "reject/x", EB_GOOD, qos);
    eb_peer_disconnect(device);
}

/* ---- publishers ------------------------------------------------------------------------------
 */

/* A publisher that is lost with its connection: whatever had arrived has been routed. */
static void publisher_lost__what_arrived_is_routed(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 2);
    for (int qos = 0; qos <= 2; qos++) {
        struct eb_wire wire = eb_wire_connect(server, "device", 4, false);
        eb_wire_publish(&wire, "reject/x", EB_GOOD, qos, 1, 0);
        eb_peer_pump(server, 100);
        eb_wire_drop(&wire);
        assert_int_equal(assert_received(service, "services/reject", EB_GOOD)->qos, qos);
    }
    assert_nothing_received(service);
}

/* It cannot be told from two equal events, unless the contract says how events are told apart. */
static void publisher_lost__qos_1_event_sent_again_is_routed_again(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 2);
    for (int i = 0; i < 2; i++) {
        struct eb_wire wire = eb_wire_connect(server, "device", 4, true);
        eb_wire_publish(&wire, "reject/x", EB_GOOD, 1, 7, i ? EB_WIRE_DUP : 0);
        assert_int_equal(eb_wire_expect(&wire, EB_PUBACK, 7), 0);
        eb_wire_drop(&wire);
        assert_received(service, "services/reject", EB_GOOD);
    }
    assert_nothing_received(service);
}

/* ---- consumers -------------------------------------------------------------------------------
 */

static void consumer_lost__copies_of_qos_1_and_2_wait_in_its_session(void **state)
{
    struct eb_server *server = *state;
    eb_peer_disconnect(consumer(server, true));
    publish_each_qos(server);
    struct eb_peer *back = consumer(server, false);
    for (int qos = 1; qos <= 2; qos++)
        assert_int_equal(assert_received(back, "services/reject", EB_GOOD)->qos, qos);
    assert_nothing_received(back); /* at QoS 0 nothing waits */
}

static void consumer_lost__without_a_session_gets_nothing(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *first = eb_peer_connect(server, "fleeting", 4);
    eb_peer_subscribe(first, "services/#", 2);
    eb_peer_disconnect(first);
    publish_each_qos(server);
    struct eb_peer *back = eb_peer_connect(server, "fleeting", 4);
    eb_peer_subscribe(back, "services/#", 2);
    assert_nothing_received(back);
}

/* ---- reloads ---------------------------------------------------------------------------------
 */

static void reload__loses_and_repeats_no_event(void **state)
{
    enum { EVENTS = 200 };
    struct eb_server *server = *state;
    for (int qos = 0; qos <= 2; qos++) {
        struct eb_peer *service = eb_peer_connect(server, "service", 5);
        struct eb_peer *device = eb_peer_connect(server, "device", 5);
        eb_peer_subscribe(service, "services/reject", 2);
        size_t loads = eb_server_log_count(server, "is in force");
        for (int i = 0; i < EVENTS; i++) {
            char event[64];
            snprintf(event, sizeof event, "{\"id\":\"%d\",\"percent\":50}", i);
            if (i % 50 == 0)
                eb_server_reload(server);
            eb_peer_publish_text(device, "reject/x", event, qos);
            assert_received(service, "services/reject", event);
        }
        assert_nothing_received(service);
        eb_server_await_log(server, "is in force", loads + 1);
        eb_peer_free_all(server);
    }
}

/* ---- restarts of the broker ------------------------------------------------------------------
 */

/* With `persistence true`, what was acknowledged and copied waits on for who was away. */
static void restart__keeps_copies_that_wait_in_sessions(void **state)
{
    struct eb_server *server = *state;
    eb_peer_disconnect(consumer(server, true));
    publish_each_qos(server);
    struct eb_peer *probe = eb_peer_connect(server, "probe", 4);
    eb_peer_ping(probe); /* the last copy has left the plugin */
    eb_server_stop(server);
    eb_server_start(server, persistent);
    struct eb_peer *back = consumer(server, false);
    for (int qos = 1; qos <= 2; qos++)
        assert_int_equal(assert_received(back, "services/reject", EB_GOOD)->qos, qos);
    assert_nothing_received(back);
}

/* Between PUBLISH and PUBREL: routed before, delivered after, once each. */
static void restart__within_a_qos_2_event_delivers_it_after(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/reject", 2);
    struct eb_wire wire = eb_wire_connect(server, "lasting", 4, true);
    eb_wire_publish(&wire, "reject/x", EB_GOOD, 2, 7, 0);
    assert_int_equal(eb_wire_expect(&wire, EB_PUBREC, 7), 0);
    assert_received(service, "services/reject", EB_GOOD);
    eb_wire_drop(&wire);
    eb_server_stop(server);

    eb_server_start(server, persistent);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "#", 2);
    struct eb_packet release;
    wire = eb_wire_connect(server, "lasting", 4, true);
    eb_packet_begin(&release, EB_PUBREL);
    eb_packet_number(&release, 7);
    eb_wire_send(&wire, &release);
    assert_int_equal(eb_wire_expect(&wire, EB_PUBCOMP, 7), 0);
    eb_wire_drop(&wire);
    assert_received(watcher, "reject/x", EB_GOOD);
    assert_nothing_received(watcher); /* no copy again */
}

/* What the broker had not acknowledged, its publisher sends again: then it is another event. */
static void restart__makes_unacknowledged_events_new_ones(void **state)
{
    struct eb_server *server = *state;
    for (int qos = 1; qos <= 2; qos++) {
        struct eb_peer *service = eb_peer_connect(server, "service", 5);
        eb_peer_subscribe(service, "services/reject", 2);
        struct eb_wire wire = eb_wire_connect(server, "lasting", 4, true);
        eb_wire_publish(&wire, "reject/x", EB_GOOD, qos, 7, 0);
        assert_received(service, "services/reject", EB_GOOD);
        eb_wire_drop(&wire); /* it has read no acknowledgement */
        eb_server_stop(server);
        eb_server_start(server, persistent);
        service = eb_peer_connect(server, "service", 5);
        eb_peer_subscribe(service, "services/reject", 2);
        wire = eb_wire_connect(server, "lasting", 4, true);
        eb_wire_publish(&wire, "reject/x", EB_GOOD, qos, 7, EB_WIRE_DUP);
        assert_received(service, "services/reject", EB_GOOD);
        eb_wire_drop(&wire);
        assert_nothing_received(service);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(publisher_lost__what_arrived_is_routed),
        TEST(publisher_lost__qos_1_event_sent_again_is_routed_again),
        TEST(consumer_lost__copies_of_qos_1_and_2_wait_in_its_session),
        TEST(consumer_lost__without_a_session_gets_nothing),
        TEST(reload__loses_and_repeats_no_event),
        TEST(restart__keeps_copies_that_wait_in_sessions),
        TEST(restart__within_a_qos_2_event_delivers_it_after),
        TEST(restart__makes_unacknowledged_events_new_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
