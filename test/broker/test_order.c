/*
 * Events of one publisher reach one target topic in the order published.
 *
 * A hundred thousand numbered events on several topics, of all QoS and of sizes from a few bytes to
 * a hundred thousand, taken by different rules that send to the same topics among many others.
 */
#include "eb_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "eb_draw.h"
#include "peer.h"
#include "scene.h"

enum {
    EVENTS = 100000,
    BATCH = 250, /* what is on its way at a time: order, not load */
    PAD_MAX = 100000,
};

/* Each event is taken by one of them for the topics that are looked at, and by others beside. */
static const char rules[] =
    "{ \"name\": \"even\", \"from\": [\"n/#\"], \"when\": { \"kind\": [\"even\"] }, \"to\": ["
    "  { \"topic\": \"services/beside/${n}\", \"qos\": 0 },"
    "  { \"topic\": \"services/as-sent\" }, { \"topic\": \"services/qos0\", \"qos\": 0 },"
    "  { \"topic\": \"services/qos1\", \"qos\": 1 }, { \"topic\": \"services/qos2\", \"qos\": 2 },"
    "  { \"topic\": \"services/small\", \"qos\": 1, \"payload\": { \"n\": \"${n}\" } } ] }\n"
    "{ \"name\": \"a-odd\", \"from\": [\"n/1\", \"n/+\"], \"when\": { \"kind\": [ { \"prefix\":"
    " \"od\" } ], \"n\": [ { \"numeric\": [\">=\", 0] } ] }, \"to\": ["
    "  { \"topic\": \"services/small\", \"qos\": 1, \"payload\": { \"n\": \"${n}\" } },"
    "  { \"topic\": \"services/as-sent\" }, { \"topic\": \"services/qos2\", \"qos\": 2 },"
    "  { \"topic\": \"services/qos1\", \"qos\": 1 }, { \"topic\": \"services/qos0\", \"qos\": 0 } "
    "] }\n"
    "{ \"name\": \"z-large\", \"from\": [\"n/2\"], \"when\": { \"pad\": [ { \"prefix\": \"xxxx\" } "
    "] },"
    " \"to\": [ { \"topic\": \"services/beside/large\", \"qos\": 2 } ] }\n";

/* What is compared: a topic, and how it is subscribed to. */
static const struct {
    const char *topic;
    int qos;
} views[] = {
    { "services/as-sent", 0 }, /* the publisher's QoS, each cut down to 0 */
    { "services/qos0", 2 },
    { "services/qos1", 2 },
    { "services/qos2", 2 },
    { "services/qos2", 1 },
    { "services/small", 2 },
};
enum { VIEWS = sizeof views / sizeof *views };

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_server_prepare(&own);
    eb_server_write(&own, "event-bus/rules/order.jsonl", rules);
    eb_server_start(&own, EB_SCENE_LINES "max_inflight_bytes 0\n");
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

struct run {
    struct eb_server *server;
    struct eb_peer *device;
    struct eb_peer *viewers[VIEWS];
    int arrived[VIEWS]; /* events, which were the first so many */
    struct eb_draw draw;
    char *payload;
};

static size_t draw_pad(struct eb_draw *draw)
{
    size_t size = eb_draw_below(draw, 1000);
    return eb_draw_below(draw, size == 0 ? PAD_MAX : size < 50 ? 5000 : 20);
}

static void publish(struct run *run, int n)
{
    static const char *const topics[] = { "n/1", "n/2", "n/3" };
    size_t pad = draw_pad(&run->draw);
    int len =
        sprintf(run->payload, "{\"n\":%d,\"kind\":\"%s\",\"pad\":\"", n, n % 2 ? "odd" : "even");
    memset(run->payload + len, 'x', pad);
    memcpy(run->payload + len + pad, "\"}", sizeof "\"}");
    eb_peer_send(
        run->device, (struct eb_publication){ .topic = topics[eb_draw_below(&run->draw, 3)],
                         .payload = run->payload,
                         .qos = (int)eb_draw_below(&run->draw, 3) });
}

/* Takes what has arrived, and looks whether it is what comes next. */
static void look(struct run *run)
{
    for (int i = 0; i < VIEWS; i++) {
        struct eb_peer *viewer = run->viewers[i];
        while (viewer->inbox) {
            int n = eb_received_number(eb_peer_receive(viewer));
            if (n != run->arrived[i])
                fail_msg("%s at QoS %d: got event %d, want %d", views[i].topic, views[i].qos, n,
                    run->arrived[i]);
            run->arrived[i]++;
        }
    }
}

static bool have_all_arrived(const struct run *run, int count)
{
    for (int i = 0; i < VIEWS; i++) {
        if (run->arrived[i] < count)
            return false;
    }
    return true;
}

static void await_all(struct run *run, int count)
{
    long deadline_ms = eb_now_ms() + EB_PATIENCE_MS;
    while (!have_all_arrived(run, count)) {
        if (eb_now_ms() > deadline_ms)
            fail_msg("of %d events: %d %d %d %d %d %d arrived", count, run->arrived[0],
                run->arrived[1], run->arrived[2], run->arrived[3], run->arrived[4],
                run->arrived[5]);
        eb_peer_pump(run->server, 20);
        look(run);
    }
    run->device->ack_count = 0;
}

static void publish_all(struct run *run)
{
    for (int n = 0; n < EVENTS;) {
        for (int end = n + BATCH; n < end; n++)
            publish(run, n);
        await_all(run, n);
    }
}

static void events__of_one_publisher_reach_a_topic_in_their_order(void **state)
{
    struct run run = { .server = *state, .draw = { 5 } };
    char id[32];
    run.payload = malloc(PAD_MAX + 100);
    assert_non_null(run.payload);
    run.device = eb_peer_connect(run.server, "device", 5);
    for (int i = 0; i < VIEWS; i++) {
        snprintf(id, sizeof id, "viewer-%d", i);
        run.viewers[i] = eb_peer_connect(run.server, id, i % 2 ? 4 : 5);
        eb_peer_subscribe(run.viewers[i], views[i].topic, views[i].qos);
    }
    publish_all(&run);
    for (int i = 0; i < VIEWS; i++)
        assert_int_equal(run.arrived[i], EVENTS);
    free(run.payload);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(events__of_one_publisher_reach_a_topic_in_their_order),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
