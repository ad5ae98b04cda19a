/* Copies reach those who share them, come late, were away, or read more slowly than they come. */
#include "eb_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "peer.h"
#include "scene.h"
#include "wire.h"

enum { QUEUED_MAX = 50, IN_FLIGHT_MAX = 10 };

static const struct {
    const char *path;
    const char *text;
} files[] = {
    { "event-bus/rules/copy.json",
        "{ \"from\": [\"n/#\"], \"to\": [ { \"topic\": \"services/n\" } ] }\n" },
    { "event-bus/rules/last.json",
        "{ \"from\": [\"state/+\"], \"empty\": true, \"to\": [ { \"topic\":"
        " \"services/last/${$mqtt.level[1]}\", \"retain\": true } ] }\n" },
};

static struct eb_server own;

static int open_own(void **state)
{
    char lines[128];
    *state = &own;
    eb_server_prepare(&own);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        eb_server_write(&own, files[i].path, files[i].text);
    snprintf(lines, sizeof lines, "max_queued_messages %d\nmax_inflight_messages %d\n", QUEUED_MAX,
        IN_FLIGHT_MAX);
    eb_server_start(&own, lines);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

static void publish(struct eb_peer *device, int n, int qos)
{
    char payload[32];
    snprintf(payload, sizeof payload, "{\"n\":%d}", n);
    assert_true(eb_peer_publish_text(device, "n/x", payload, qos) < 0x80);
}

/* The number of the next event in the inbox, or -1. */
static int next_number(struct eb_peer *peer)
{
    return peer->inbox ? eb_received_number(eb_peer_receive(peer)) : -1;
}

static void shared_subscribers__get_each_copy_once_between_them(void **state)
{
    enum { MEMBERS = 3, EVENTS = 60 };
    struct eb_server *server = *state;
    struct eb_peer *members[MEMBERS];
    char id[32];
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(id, sizeof id, "member-%d", i);
        members[i] = eb_peer_connect(server, id, 5);
        eb_peer_subscribe(members[i], "$share/group/services/#", 1);
    }
    struct eb_peer *single = eb_peer_connect(server, "single", 5);
    eb_peer_subscribe(single, "services/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    int seen[EVENTS] = { 0 };
    for (int n = 0; n < EVENTS; n++) {
        publish(device, n, 1);
        assert_non_null(eb_peer_receive(single));
    }
    for (int i = 0; i < MEMBERS; i++) {
        eb_peer_ping(members[i]);
        int count = 0, before = -1;
        for (int n; (n = next_number(members[i])) >= 0; before = n, count++) {
            assert_true(n > before); /* each in its order */
            seen[n]++;
        }
        assert_true(count > 0);
    }
    for (int n = 0; n < EVENTS; n++)
        assert_int_equal(seen[n], 1);
}

static void send_state(struct eb_peer *device, const char *topic, const char *payload)
{
    eb_peer_publish(
        device, (struct eb_publication){
                    .topic = topic, .payload = payload, .qos = 1, .is_retain = payload == NULL });
}

static void retained_target__keeps_the_last_value_of_each_topic_until_it_is_cleared(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_peer *early = eb_peer_connect(server, "early", 5);
    eb_peer_subscribe(early, "services/last/+", 1);
    send_state(device, "state/door", "{\"n\":1}");
    send_state(device, "state/lift", "{\"n\":2}");
    send_state(device, "state/door", "{\"n\":3}");
    for (int i = 0; i < 3; i++)
        assert_false(eb_peer_receive(early)->is_retain);

    struct eb_peer *late = eb_peer_connect(server, "late", 4);
    eb_peer_subscribe(late, "services/last/door", 1);
    assert_true(assert_received(late, "services/last/door", "{\"n\":3}")->is_retain);
    eb_peer_subscribe(late, "services/last/lift", 1);
    assert_true(assert_received(late, "services/last/lift", "{\"n\":2}")->is_retain);

    send_state(device, "state/door", NULL);
    assert_received(late, "services/last/door", "");
    struct eb_peer *last = eb_peer_connect(server, "last", 5);
    eb_peer_subscribe(last, "services/last/+", 1);
    assert_received(last, "services/last/lift", "{\"n\":2}");
    assert_nothing_received(last);
}

/* Someone whose session stays, who subscribed at QoS 2 and is away. */
static void go_away(struct eb_server *server, const char *id)
{
    struct eb_peer *away = eb_peer_connect_as(server, id, 4, NULL, false);
    eb_peer_subscribe(away, "services/n", 2);
    eb_peer_disconnect(away);
}

static void copies__wait_for_a_consumer_that_is_away(void **state)
{
    struct eb_server *server = *state;
    go_away(server, "away-once");
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (int n = 0; n < 9; n++)
        publish(device, n, n % 3);
    struct eb_peer *back = eb_peer_connect_as(server, "away-once", 4, NULL, false);
    eb_peer_subscribe(back, "services/none", 0);
    eb_peer_ping(back);
    int got[9] = { 0 };
    for (int n; (n = next_number(back)) >= 0;)
        got[n]++;
    for (int n = 0; n < 9; n++)
        assert_int_equal(got[n], n % 3 > 0); /* QoS 0 waits for nobody */
    mosquitto_unsubscribe(back->mosquitto, NULL, "services/n");
    assert_nothing_received(back);
}

/* The broker drops what comes last, for this consumer alone, and says so once. */
static void queue__that_is_full_drops_the_newest_for_one_consumer(void **state)
{
    enum { EVENTS = 2 * QUEUED_MAX };
    struct eb_server *server = *state;
    go_away(server, "away-long");
    struct eb_peer *present = eb_peer_connect(server, "present", 5);
    eb_peer_subscribe(present, "services/n", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (int n = 0; n < EVENTS; n++) {
        publish(device, n, 1);
        eb_peer_receive(present);
    }
    assert_logged(server, "Outgoing messages are being dropped for client away-long");
    assert_int_equal(eb_server_log_count(server, "being dropped for client present"), 0);
    struct eb_peer *back = eb_peer_connect_as(server, "away-long", 4, NULL, false);
    for (int n = 0; n < QUEUED_MAX; n++)
        assert_int_equal(eb_received_number(eb_peer_receive(back)), n);
    mosquitto_unsubscribe(back->mosquitto, NULL, "services/n");
    assert_nothing_received(back);
}

/* One that does not read at all for a while. */
static void slow_consumer__holds_up_nobody(void **state)
{
    enum { EVENTS = 2000, PAD = 4000 };
    struct eb_server *server = *state;
    struct eb_wire slow = eb_wire_connect(server, "slow", 4, false);
    eb_wire_subscribe(&slow, "services/n", strlen("services/n"), 1);
    eb_wire_expect(&slow, EB_SUBACK, 1);
    struct eb_peer *quick = eb_peer_connect(server, "quick", 5);
    eb_peer_subscribe(quick, "services/n", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    char *payload = malloc(PAD + 64);
    assert_non_null(payload);
    for (int n = 0; n < EVENTS; n++) {
        int len = sprintf(payload, "{\"n\":%d,\"pad\":\"", n);
        memset(payload + len, 'x', PAD);
        memcpy(payload + len + PAD, "\"}", sizeof "\"}");
        eb_peer_publish_text(device, "n/x", payload, 1);
        assert_int_equal(eb_received_number(eb_peer_receive(quick)), n);
    }
    free(payload);
    assert_logged(server, "Outgoing messages are being dropped for client slow");
    eb_wire_drop(&slow);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(shared_subscribers__get_each_copy_once_between_them),
        TEST(retained_target__keeps_the_last_value_of_each_topic_until_it_is_cleared),
        TEST(copies__wait_for_a_consumer_that_is_away),
        TEST(queue__that_is_full_drops_the_newest_for_one_consumer),
        TEST(slow_consumer__holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
