/* QoS 2 events that a publisher sends again after it lost its connection: routed once. */
#include "eb_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "eb_draw.h"
#include "peer.h"
#include "scene.h"
#include "wire.h"

/* However long a busy machine takes, nobody but who is meant to comes back late. */
static const char settings[] = "{ \"version\": 1, \"retransmissions\": { \"within_s\": 600 } }\n";
static const char hasty_settings[] =
    "{ \"version\": 1, \"retransmissions\": { \"within_s\": 1 } }\n";

static const struct {
    const char *path;
    const char *text;
} files[] = {
    { "event-bus/event-bus.json", settings },
    { "event-bus/schemas/reading/1.json",
        "{ \"properties\": { \"percent\": { \"maximum\": 100 } } }\n" },
    { "event-bus/contracts/told.json", "{ \"topic\": \"told/#\", \"schema\": \"reading@1\" }\n" },
    { "event-bus/contracts/taken.json",
        "{ \"topic\": \"taken/#\", \"schema\": \"reading@1\", \"original\": \"consume\" }\n" },
    { "event-bus/contracts/routed.json", "{ \"topic\": \"routed/#\", \"schema\": \"reading@1\","
                                         " \"retransmissions\": \"route\" }\n" },
    { "event-bus/rules/copy.json",
        "{ \"from\": [\"told/#\", \"taken/#\", \"routed/#\"],\n"
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

/* Who sees copies, and who sees originals. */
struct audience {
    struct eb_peer *service, *direct;
};

static struct audience seat(struct eb_server *server)
{
    struct audience audience = {
        .service = eb_peer_connect(server, "service", 5),
        .direct = eb_peer_connect(server, "direct", 5),
    };
    eb_peer_subscribe(audience.service, "services/#", 2);
    eb_peer_subscribe(audience.direct, "told/#", 2);
    return audience;
}

static void reload(struct eb_server *server)
{
    size_t before = eb_server_log_count(server, "is in force");
    eb_server_reload(server);
    eb_server_await_log(server, "is in force", before + 1);
}

/* A payload nobody has used before. */
static const char *fresh_payload(void)
{
    static char text[64];
    static int count;
    snprintf(text, sizeof text, "{\"percent\":0,\"n\":%d}", count++);
    return text;
}

static struct eb_wire connect_again(struct eb_server *server, int protocol)
{
    return eb_wire_connect(server, "again", protocol, true);
}

static void event__sent_again_is_routed_once_and_delivered_once(void **state)
{
    struct eb_server *server = *state;
    for (int protocol = 4; protocol <= 5; protocol++) {
        struct audience audience = seat(server);
        struct eb_wire wire = connect_again(server, protocol);
        const char *payload = fresh_payload();
        eb_wire_begin(&wire, "told/x", payload, 7, 0);
        eb_wire_drop(&wire);

        wire = connect_again(server, protocol);
        eb_wire_begin(&wire, "told/x", payload, 7, EB_WIRE_DUP);
        eb_wire_release(&wire, 7);
        eb_wire_part(&wire);
        assert_received(audience.service, "services/told", payload);
        assert_received(audience.direct, "told/x", payload);
        assert_nothing_received(audience.service);
        assert_nothing_received(audience.direct);
        eb_peer_free_all(server);
    }
}

/* The broker learns of the loss when the client is there again. */
static void event__of_a_half_open_connection_is_told_after_the_takeover(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    for (int protocol = 4; protocol <= 5; protocol++) {
        struct eb_wire dead = connect_again(server, protocol);
        const char *payload = fresh_payload();
        eb_wire_begin(&dead, "told/x", payload, 7, 0);

        struct eb_wire wire = connect_again(server, protocol);
        eb_wire_begin(&wire, "told/x", payload, 7, EB_WIRE_DUP);
        eb_wire_release(&wire, 7);
        eb_wire_part(&wire);
        eb_wire_drop(&dead);
        assert_received(audience.service, "services/told", payload);
        assert_nothing_received(audience.service);
    }
}

static void event__sent_a_third_time_is_still_told(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    const char *payload = fresh_payload();
    for (int i = 0; i < 4; i++) {
        struct eb_wire wire = connect_again(server, 5);
        eb_wire_begin(&wire, "told/x", payload, 7, i ? EB_WIRE_DUP : 0);
        eb_wire_drop(&wire);
    }
    assert_received(audience.service, "services/told", payload);
    assert_nothing_received(audience.service);
}

/* libmosquitto lets its program publish before it sends again. */
static void new_events__may_overtake_those_sent_again(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    static const char *const payloads[] = { "{\"o\":1}", "{\"o\":2}", "{\"o\":3}", "{\"o\":4}" };
    struct eb_wire wire = connect_again(server, 5);
    eb_wire_begin(&wire, "told/x", payloads[0], 1, 0);
    eb_wire_begin(&wire, "told/x", payloads[1], 2, 0);
    eb_wire_drop(&wire);

    wire = connect_again(server, 5);
    eb_wire_begin(&wire, "told/x", payloads[2], 3, 0);
    eb_wire_begin(&wire, "told/x", payloads[0], 1, EB_WIRE_DUP);
    eb_wire_begin(&wire, "told/x", payloads[3], 4, 0);
    eb_wire_begin(&wire, "told/x", payloads[1], 2, EB_WIRE_DUP);
    eb_wire_begin(&wire, "told/x", payloads[1], 5, 0); /* new, for all that it is alike */
    eb_wire_part(&wire);
    static const int order[] = { 0, 1, 2, 3, 1 };
    for (int i = 0; i < 5; i++)
        assert_received(audience.service, "services/told", payloads[order[i]]);
    assert_nothing_received(audience.service);
}

static void equal_events__of_one_connection_are_all_routed(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    for (int protocol = 4; protocol <= 5; protocol++) {
        struct eb_wire wire = connect_again(server, protocol);
        const char *payload = fresh_payload();
        for (uint16_t mid = 1; mid <= 3; mid++) {
            eb_wire_begin(&wire, "told/x", payload, mid, 0);
            eb_wire_release(&wire, mid);
        }
        eb_wire_part(&wire);
        for (int i = 0; i < 3; i++) {
            assert_received(audience.service, "services/told", payload);
            assert_received(audience.direct, "told/x", payload);
        }
        assert_nothing_received(audience.service);
        assert_nothing_received(audience.direct);
    }
}

/* 2.0 does not tell a goodbye from a loss: the case that remains wrong there. */
static void goodbye__ends_it_where_the_broker_tells(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    const char *payload = fresh_payload();
    for (uint16_t mid = 1; mid <= 2; mid++) {
        struct eb_wire wire = connect_again(server, 5);
        eb_wire_begin(&wire, "told/x", payload, mid, 0);
        eb_wire_release(&wire, mid);
        eb_wire_part(&wire);
        assert_received(audience.direct, "told/x", payload);
    }
    assert_received(audience.service, "services/told", payload);
    if (eb_server_is_2_1(server))
        assert_received(audience.service, "services/told", payload);
    assert_nothing_received(audience.service);
}

static void session__that_is_new_sends_nothing_again(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    for (int protocol = 4; protocol <= 5; protocol++) {
        struct eb_wire wire = connect_again(server, protocol);
        const char *payload = fresh_payload();
        eb_wire_begin(&wire, "told/x", payload, 7, 0);
        eb_wire_drop(&wire);
        wire = eb_wire_connect(server, "again", protocol, false);
        eb_wire_begin(&wire, "told/x", payload, 7, 0);
        eb_wire_part(&wire);
        for (int i = 0; i < 2; i++)
            assert_received(audience.service, "services/told", payload);
        assert_nothing_received(audience.service);
    }
}

static void client__that_comes_back_late_sends_nothing_again(void **state)
{
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/event-bus.json", hasty_settings);
    reload(server);
    struct audience audience = seat(server);
    struct eb_wire wire = connect_again(server, 5);
    const char *payload = fresh_payload();
    eb_wire_begin(&wire, "told/x", payload, 7, 0);
    eb_wire_drop(&wire);
    assert_received(audience.service, "services/told", payload);
    for (long end_ms = eb_now_ms() + 1200; eb_now_ms() < end_ms;)
        eb_peer_pump(server, 50);
    wire = connect_again(server, 5);
    eb_wire_begin(&wire, "told/x", payload, 7, EB_WIRE_DUP);
    eb_wire_part(&wire);
    assert_received(audience.service, "services/told", payload);
    assert_nothing_received(audience.service);
    eb_server_write(server, "event-bus/event-bus.json", settings);
    reload(server);
}

static void others__do_not_send_what_one_client_sent(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    struct eb_wire wire = connect_again(server, 5);
    const char *payload = fresh_payload();
    eb_wire_begin(&wire, "told/x", payload, 7, 0);
    eb_wire_drop(&wire);
    wire = eb_wire_connect(server, "another", 5, true);
    eb_wire_begin(&wire, "told/x", payload, 7, EB_WIRE_DUP);
    eb_wire_part(&wire);
    for (int i = 0; i < 2; i++)
        assert_received(audience.service, "services/told", payload);
    assert_nothing_received(audience.service);
}

static void hidden_event__sent_again_is_still_hidden_and_routed_once(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    size_t before = eb_server_log_count(server, "Reused message ID");
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "taken/#", 2);
    struct eb_wire wire = connect_again(server, 5);
    const char *payload = fresh_payload();
    eb_wire_begin(&wire, "taken/x", payload, 70, 0);
    eb_wire_drop(&wire);
    wire = connect_again(server, 5);
    eb_wire_begin(&wire, "taken/x", payload, 70, EB_WIRE_DUP);
    eb_wire_release(&wire, 70);
    eb_wire_part(&wire);
    assert_received(audience.service, "services/taken", payload);
    assert_nothing_received(audience.service);
    assert_nothing_received(watcher);
    assert_int_equal(eb_server_log_count(server, "Reused message ID"), before);
}

/* A PUBREC that says no ends the exchange in MQTT 5, if it arrives. */
static void refused_event__sent_again_is_refused_with_one_dead_letter(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    for (int i = 0; i < 2; i++) {
        struct eb_wire wire = connect_again(server, 5);
        eb_wire_publish(&wire, "told/x", "{\"percent\":101}", 2, 7, i ? EB_WIRE_DUP : 0);
        assert_int_equal(eb_wire_expect(&wire, EB_PUBREC, 7), 0x87);
        eb_wire_drop(&wire);
    }
    assert_received(keeper, "$event-bus/dead-letter/told/x", NULL);
    assert_nothing_received(keeper);
}

static void contract__can_switch_it_off(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    struct eb_wire wire = connect_again(server, 5);
    const char *payload = fresh_payload();
    eb_wire_begin(&wire, "routed/x", payload, 7, 0);
    eb_wire_drop(&wire);
    wire = connect_again(server, 5);
    eb_wire_begin(&wire, "routed/x", payload, 7, EB_WIRE_DUP);
    eb_wire_part(&wire);
    for (int i = 0; i < 2; i++)
        assert_received(audience.service, "services/routed", payload);
    assert_nothing_received(audience.service);
}

/* QoS 1 is at least once, and stays it. */
static void qos_1_event__sent_again_is_routed_again(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    const char *payload = fresh_payload();
    for (int i = 0; i < 2; i++) {
        struct eb_wire wire = connect_again(server, 5);
        eb_wire_publish(&wire, "told/x", payload, 1, 7, i ? EB_WIRE_DUP : 0);
        eb_wire_expect(&wire, EB_PUBACK, 7);
        eb_wire_drop(&wire);
        assert_received(audience.service, "services/told", payload);
    }
    assert_nothing_received(audience.service);
}

/* Everything but a well-behaved client's pace: a reload in between changes nothing. */
static void memory__survives_a_reload(void **state)
{
    struct eb_server *server = *state;
    struct audience audience = seat(server);
    struct eb_wire wire = connect_again(server, 5);
    const char *payload = fresh_payload();
    eb_wire_begin(&wire, "told/x", payload, 7, 0);
    eb_wire_drop(&wire);
    reload(server);
    wire = connect_again(server, 5);
    eb_wire_begin(&wire, "told/x", payload, 7, EB_WIRE_DUP);
    eb_wire_part(&wire);
    assert_received(audience.service, "services/told", payload);
    assert_nothing_received(audience.service);
}

/* libmosquitto, cut off at any moment, and back with a session that stays. */
static void cut(struct eb_peer *device)
{
    mosquitto_property *list = NULL;
    shutdown(mosquitto_socket(device->mosquitto), SHUT_RDWR);
    eb_peer_await_disconnect(device);
    mosquitto_property_add_int32(&list, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 3600);
    assert_int_equal(mosquitto_connect_bind_v5(device->mosquitto, "127.0.0.1", device->server->port,
                         60, NULL, device->protocol == 5 ? list : NULL),
        MOSQ_ERR_SUCCESS);
    mosquitto_property_free_all(&list);
}

static void assert_each_once(struct eb_peer *peer, int count)
{
    int *seen = calloc((size_t)count, sizeof *seen);
    assert_non_null(seen);
    eb_peer_ping(peer);
    while (peer->inbox) {
        int n = eb_received_number(eb_peer_receive(peer));
        assert_in_range(n, 0, count - 1);
        seen[n]++;
    }
    for (int n = 0; n < count; n++) {
        if (seen[n] != 1)
            fail_msg("%s got event %d %d times", peer->id, n, seen[n]);
    }
    free(seen);
}

static void events__of_a_client_that_is_cut_off_again_and_again_are_each_routed_once(void **state)
{
    enum { EVENTS = 3000, IN_FLIGHT = 15 };
    struct eb_server *server = *state;
    for (int protocol = 4; protocol <= 5; protocol++) {
        struct audience audience = seat(server);
        struct eb_draw draw = { (uint64_t)protocol };
        struct eb_peer *device = eb_peer_connect_as(server, "cut-off", protocol, NULL, false);
        int cuts = 0;
        cut(device); /* from now on the session stays, in MQTT 5 too */
        for (int sent = 0; device->ack_count < EVENTS;) {
            char payload[64];
            while (sent < EVENTS && sent - (int)device->ack_count < IN_FLIGHT) {
                snprintf(payload, sizeof payload, "{\"cut\":%d}", sent++);
                eb_peer_send(device,
                    (struct eb_publication){ .topic = "told/x", .payload = payload, .qos = 2 });
            }
            eb_peer_pump(server, 1);
            if (eb_draw_below(&draw, 20) == 0) {
                cut(device);
                cuts++;
            }
        }
        assert_each_once(audience.service, EVENTS);
        assert_each_once(audience.direct, EVENTS);
        print_message("%d events, cut off %d times\n", EVENTS, cuts);
        assert_true(cuts > 10);
        eb_peer_free_all(server);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(event__sent_again_is_routed_once_and_delivered_once),
        TEST(event__of_a_half_open_connection_is_told_after_the_takeover),
        TEST(event__sent_a_third_time_is_still_told),
        TEST(new_events__may_overtake_those_sent_again),
        TEST(equal_events__of_one_connection_are_all_routed),
        TEST(goodbye__ends_it_where_the_broker_tells),
        TEST(session__that_is_new_sends_nothing_again),
        TEST(client__that_comes_back_late_sends_nothing_again),
        TEST(others__do_not_send_what_one_client_sent),
        TEST(hidden_event__sent_again_is_still_hidden_and_routed_once),
        TEST(refused_event__sent_again_is_refused_with_one_dead_letter),
        TEST(contract__can_switch_it_off),
        TEST(qos_1_event__sent_again_is_routed_again),
        TEST(memory__survives_a_reload),
        TEST(events__of_a_client_that_is_cut_off_again_and_again_are_each_routed_once),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
