/*
 * Last wills, under an operator who says that nothing else controls access (`none`).
 *
 * However a client goes, its will comes only through the broker's access check, where it cannot be
 * told from a PUBLISH until the plugin has seen one of those. So most things are shown twice: on a
 * broker that has just started, and on one that has seen publishes.
 */
#include "eb_test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "mortal.h"
#include "peer.h"
#include "scene.h"
#include "wire.h"

enum { NOT_AUTHORIZED = 0x87 };

static struct eb_server own;

static void start(struct eb_server *server, const char *wills, const char *lines)
{
    char settings[512];
    snprintf(settings, sizeof settings,
        "{ \"version\": 1, \"egress\": [ \"services/#\" ],\n"
        "  \"ingress\": [ { \"topic\": \"closed/#\", \"unknown\": \"reject\" } ],\n"
        "  \"wills\": %s }\n",
        wills);
    eb_server_finish(server);
    eb_scene_prepare(server);
    eb_server_write(server, "event-bus/event-bus.json", settings);
    eb_server_write(server, "event-bus/rules/gone.json",
        "{ \"from\": [\"reject/#\"], \"when\": { \"$mqtt\": { \"will\": [true] } },\n"
        "  \"to\": [ { \"topic\": \"services/gone\", \"payload\": { \"who\": \"${$mqtt.clientid}\","
        "    \"user\": \"${$mqtt.username|\\\"nobody\\\"}\", \"will\": \"${$mqtt.will}\" } } ] "
        "}\n");
    eb_server_start(server, lines);
}

static const char none[] = "{ \"check\": true, \"access_control\": \"none\" }";

static int open_none(void **state)
{
    *state = &own;
    start(&own, none, NULL);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* ---- how clients go --------------------------------------------------------------------------
 */

static void live_and_go(
    struct eb_server *server, int protocol, enum eb_ending ending, struct eb_will will)
{
    eb_mortal_live(server, "mortal", "Erika", protocol, ending, will);
}

/*
 * A will of another client, on a topic of nobody's, comes after one that was to be suppressed: who
 * has waited for it has waited long enough for the other.
 */
static void await_marker(
    struct eb_server *server, struct eb_peer *watcher, int protocol, enum eb_ending ending)
{
    eb_mortal_live(server, "marker", NULL, protocol, ending,
        (struct eb_will){ .topic = "marker", .payload = "m" });
    assert_received(watcher, "marker", "m");
}

typedef void per_ending(struct eb_server *server, int protocol, enum eb_ending ending);

/* Every way to go that sends a will, by MQTT 3.1.1 and 5, before and after publishes were seen. */
static void for_each_ending(struct eb_server *server, per_ending *show)
{
    for (int is_taught = 0; is_taught <= 1; is_taught++) {
        if (is_taught)
            eb_mortal_teach(server);
        for (int protocol = 4; protocol <= 5; protocol++) {
            for (enum eb_ending ending = EB_DROPS; ending <= EB_IS_LATE; ending++) {
                if (!eb_ending_is_for(ending, protocol))
                    continue;
                print_message("%s, MQTT %d, %s\n", is_taught ? "later" : "at first", protocol,
                    eb_ending_name(ending));
                show(server, protocol, ending);
                eb_peer_free_all(server);
            }
        }
    }
}

/* ---- under "none" ----------------------------------------------------------------------------
 */

static void show_valid(struct eb_server *server, int protocol, enum eb_ending ending)
{
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(watcher, "reject/#", 2);
    eb_peer_subscribe(service, "services/#", 2);
    for (uint8_t qos = 0; qos <= 2; qos += ending == EB_IS_LATE ? 3 : 1) {
        live_and_go(server, protocol, ending,
            (struct eb_will){ .topic = "reject/x", .payload = EB_GOOD, .qos = qos });
        assert_int_equal(assert_received(watcher, "reject/x", EB_GOOD)->qos, qos);
        /* When the session was taken over or time went by, the user name is still known. */
        assert_received(
            service, "services/gone", "{\"who\":\"mortal\",\"user\":\"Erika\",\"will\":true}");
        assert_received(service, "services/reject", EB_GOOD);
    }
    assert_nothing_received(watcher);
    assert_nothing_received(service);
}

static void will__that_is_valid_is_delivered_and_routed(void **state)
{
    for_each_ending(*state, show_valid);
}

static void show_invalid(struct eb_server *server, int protocol, enum eb_ending ending)
{
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(watcher, "#", 2);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    for (uint8_t qos = 0; qos <= 2; qos += ending == EB_IS_LATE ? 3 : 1) {
        live_and_go(server, protocol, ending,
            (struct eb_will){
                .topic = "reject/x", .payload = EB_BAD, .qos = qos, .is_retain = true });
        await_marker(server, watcher, protocol, ending);
        const struct eb_received *letter =
            assert_received(keeper, "$event-bus/dead-letter/reject/x", NULL);
        assert_non_null(strstr(letter->payload, "\"will\":true"));
        assert_non_null(strstr(letter->payload, "\"reason\":\"schema\""));
        assert_non_null(strstr(letter->payload, "\"id\":\"mortal\""));
    }
    assert_logged(server, "event-bus: refused the will for reject/x from mortal: schema");
    assert_nothing_received(watcher);
    assert_nothing_received(keeper);
    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, "reject/x", 1);
    assert_nothing_received(late);
}

static void will__that_is_invalid_is_suppressed_and_leaves_a_letter(void **state)
{
    for_each_ending(*state, show_invalid);
}

/* What each contract makes of a will, and what no client may write. */
static void show_suppressed(struct eb_server *server, int protocol, enum eb_ending ending)
{
    static const struct {
        const char *topic;
        const char *payload;
    } cases[] = {
        { "quarantine/x", EB_BAD },
        { "q", EB_BAD },
        { "disconnect/x", EB_BAD },
        { "services/x", EB_GOOD },
        { "services/x", EB_GOOD },
        { "services/x", EB_GOOD },
        { "$event-bus/dead-letter/forged", "{}" },
        { "closed/unknown", EB_GOOD },
        { "reject/x", "" },
    };
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(watcher, "#", 2);
    eb_peer_subscribe(watcher, "$event-bus/dead-letter/forged", 2);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char letter[128];
        live_and_go(server, protocol, ending,
            (struct eb_will){
                .topic = cases[i].topic, .payload = cases[i].payload, .qos = (uint8_t)(i % 3) });
        snprintf(letter, sizeof letter, "$event-bus/dead-letter/%s", cases[i].topic);
        assert_received(keeper, letter, NULL);
    }
    await_marker(server, watcher, protocol, ending);
    assert_nothing_received(watcher);
}

static void will__where_publishes_are_refused_or_set_aside_is_suppressed(void **state)
{
    for_each_ending(*state, show_suppressed);
}

static void will__that_is_suppressed_leaves_the_retained_message(void **state)
{
    static const char *const topics[] = { "reject/x", "quarantine/x", "q" };
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        eb_peer_publish(device,
            (struct eb_publication){ .topic = topics[i], .payload = EB_GOOD, .is_retain = true });
    for (enum eb_ending ending = EB_DROPS; ending <= EB_IS_REPLACED; ending++) {
        for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
            live_and_go(server, 5, ending,
                (struct eb_will){ .topic = topics[i], .payload = EB_BAD, .is_retain = true });
    }
    eb_server_await_log(server, "the will for q", EB_IS_REPLACED + 1);
    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        eb_peer_subscribe(late, topics[i], 1);
        assert_true(assert_received(late, topics[i], EB_GOOD)->is_retain);
    }
}

/* Before it delivers what is retained, the broker asks whether its publisher still might. */
static void retained_message__of_before_its_contract_is_still_delivered(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_publication event = {
        .topic = "later/x", .payload = EB_BAD, .qos = 1, .is_retain = true
    };
    assert_true(eb_peer_publish(device, event) < 0x80);
    eb_server_write(server, "event-bus/contracts/later.json",
        "{ \"topic\": \"later/#\", \"schema\": \"reading@1\" }");
    eb_server_reload(server);
    eb_server_await_log(server, "is in force", 2);
    assert_int_equal(eb_peer_publish(device, event), NOT_AUTHORIZED);
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/#", 1);
    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, "later/x", 1);
    assert_true(assert_received(late, "later/x", EB_BAD)->is_retain);
    assert_nothing_received(keeper);
}

static void will__that_is_consumed_is_routed_only(void **state)
{
    struct eb_server *server = *state;
    struct eb_will will = { .topic = "consume/x", .payload = EB_GOOD, .qos = 1 };
    eb_mortal_teach(server);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/consume", 2);
    eb_peer_subscribe(service, "consume/#", 2);
    for (int protocol = 4; protocol <= 5; protocol++) {
        for (enum eb_ending ending = EB_DROPS; ending <= EB_IS_LATE; ending++) {
            if (!eb_ending_is_for(ending, protocol))
                continue;
            live_and_go(server, protocol, ending, will);
            assert_received(service, "services/consume", EB_GOOD);
        }
    }
    assert_nothing_received(service);
}

/* It could be a PUBLISH, which MESSAGE hides: denied, its MQTT 5 publisher would be told no. */
static void will__that_is_consumed_is_delivered_until_a_publish_has_passed(void **state)
{
    struct eb_server *server = *state;
    struct eb_will will = { .topic = "consume/x", .payload = EB_GOOD };
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "consume/#", 2);
    live_and_go(server, 5, EB_DROPS, will);
    assert_received(watcher, "consume/x", EB_GOOD);
    eb_mortal_teach(server);
    live_and_go(server, 5, EB_DROPS, will);
    assert_nothing_received(watcher);
}

static void will__is_not_sent_after_a_clean_disconnect(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(watcher, "#", 2);
    for (int protocol = 4; protocol <= 5; protocol++) {
        live_and_go(server, protocol, EB_LEAVES,
            (struct eb_will){ .topic = "reject/x", .payload = EB_GOOD });
        await_marker(server, watcher, protocol, EB_DROPS);
    }
    assert_nothing_received(watcher);
    assert_nothing_received(service);
}

static void will__on_a_topic_of_nobodys_is_as_ever(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "plain/#", 2);
    for (enum eb_ending ending = EB_DROPS; ending <= EB_IS_LATE; ending++) {
        struct eb_will will = { .topic = "plain/x", .payload = "\001\377 not json", .qos = 2 };
        live_and_go(server, 5, ending, will);
        assert_int_equal(assert_received(watcher, "plain/x", will.payload)->qos, 2);
    }
    assert_nothing_received(watcher);
}

/* To 2.0 a topic below $CONTROL is like any other, for wills; 2.1 refuses the CONNECT. */
static void will__that_plays_an_answer_of_the_bus_is_suppressed(void **state)
{
    static const char *const topics[] = { "$CONTROL/event-bus/v1/response",
        "$CONTROL/event-bus/v1/verdicts" };
    struct eb_server *server = *state;
    if (eb_server_is_2_1(server))
        skip();
    struct eb_peer *admin = eb_peer_connect(server, "admin", 5);
    eb_peer_subscribe(admin, "$CONTROL/event-bus/#", 2);
    eb_peer_subscribe(admin, "marker", 2);
    for (int is_taught = 0; is_taught <= 1; is_taught++) {
        if (is_taught)
            eb_mortal_teach(server);
        for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
            live_and_go(server, 5, EB_DROPS,
                (struct eb_will){ .topic = topics[i], .payload = "{}", .is_retain = true });
        await_marker(server, admin, 5, EB_DROPS);
        assert_nothing_received(admin);
    }
    assert_logged(server, "refused $CONTROL/event-bus/v1/response from mortal: only the bus");
}

/* As the broker ends, wills go out to whoever is still there; copies and letters no more. */
static void will__at_the_end_of_the_broker_is_checked(void **state)
{
    struct eb_server *server = *state;
    for (int is_taught = 0; is_taught <= 1; is_taught++) {
        start(server, none, NULL);
        if (is_taught)
            eb_mortal_teach(server);
        struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
        eb_peer_subscribe(watcher, "#", 0);
        struct eb_wire wires[] = {
            eb_wire_connect_leaving(server, "bad", 4, false, NULL,
                &(struct eb_will){ .topic = "reject/x", .payload = EB_BAD }),
            eb_wire_connect_leaving(server, "aside", 5, false, NULL,
                &(struct eb_will){ .topic = "quarantine/x", .payload = EB_BAD, .qos = 1 }),
            eb_wire_connect_leaving(server, "plain", 4, false, NULL,
                &(struct eb_will){ .topic = "marker", .payload = "m" }),
        };
        kill(server->pid, SIGTERM);
        eb_peer_await_disconnect(watcher);
        assert_received(watcher, "marker", "m");
        assert_null(watcher->inbox);
        for (size_t i = 0; i < sizeof wires / sizeof *wires; i++)
            eb_wire_drop(&wires[i]);
        eb_server_stop(server);
    }
}

/* Once one has passed, no PUBLISH is taken for a will: nothing about them changes. */
static void publish__is_as_without_wills(void **state)
{
    struct eb_server *server = *state;
    eb_mortal_teach(server);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(watcher, "#", 2);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    static const struct {
        const char *topic, *payload;
        int want; /* of MQTT 5 at QoS 1, without 0x10 */
        int copies;
        bool is_seen, leaves_letter;
    } cases[] = {
        { "reject/x", EB_GOOD, 0, 1, true, false },
        { "reject/x", EB_BAD, NOT_AUTHORIZED, 0, false, true },
        { "quarantine/x", EB_BAD, 0, 0, false, true },
        { "consume/x", EB_GOOD, 0, 1, false, false },
        { "observe/x", EB_BAD, 0, 1, true, false },
        { "services/x", EB_GOOD, NOT_AUTHORIZED, 0, false, true },
    };
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            mosquitto_property *list = NULL;
            if (protocol == 5)
                mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "n", "v");
            int code = eb_peer_publish(device, (struct eb_publication){ .topic = cases[i].topic,
                                                   .payload = cases[i].payload,
                                                   .qos = 1,
                                                   .properties = list });
            mosquitto_property_free_all(&list);
            assert_int_equal(code & ~0x10, protocol == 5 ? cases[i].want : 0);
            for (int j = 0; j < cases[i].copies + cases[i].is_seen; j++)
                eb_peer_receive(watcher);
            if (!cases[i].leaves_letter)
                continue;
            const struct eb_received *letter = eb_peer_receive(keeper);
            assert_null(strstr(letter->payload, "\"will\""));
            assert_true(protocol < 5 || strstr(letter->payload, "[\"n\",\"v\"]"));
        }
        assert_nothing_received(watcher);
        assert_nothing_received(keeper);
        eb_peer_disconnect(device);
    }
}

/* The very first publish could be a will: what is refused either way is refused as one. */
static void publish__that_is_set_aside_is_told_no_until_one_has_passed(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *old = eb_peer_connect(server, "old", 4);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(old, "quarantine/x", EB_BAD, 1), 0);
    assert_int_equal(eb_peer_publish_text(device, "quarantine/x", EB_BAD, 1), NOT_AUTHORIZED);
    assert_int_equal(eb_peer_publish_text(device, "consume/x", EB_GOOD, 1) & ~0x10, 0);
    assert_int_equal(eb_peer_publish_text(device, "quarantine/x", EB_BAD, 1) & ~0x10, 0);
}

/* A publish that could be no will: a will's length is two bytes. */
static void publish__larger_than_a_will_may_be_is_none(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    static char payload[65536 + 1];
    memset(payload, ' ', sizeof payload - 1);
    assert_int_equal(eb_peer_publish_text(device, "quarantine/x", payload, 1) & ~0x10, 0);
}

/* MQTT 5's properties of a will reach a plugin on 2.1 alone. */
static void will__keeps_its_properties(void **state)
{
    static const uint8_t user[] = { 0x26, 0, 1, 'n', 0, 1, 'v' };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(watcher, "reject/#", 0);
    eb_peer_subscribe(service, "services/reject", 0);
    live_and_go(server, 5, EB_DROPS,
        (struct eb_will){ .topic = "reject/x",
            .payload = EB_GOOD,
            .properties = user,
            .properties_len = sizeof user });
    const struct eb_received *got = assert_received(watcher, "reject/x", EB_GOOD);
    assert_string_equal(eb_received_property(got, MQTT_PROP_USER_PROPERTY, "n"), "v");
    const struct eb_received *copy = assert_received(service, "services/reject", EB_GOOD);
    const char *value = eb_received_property(copy, MQTT_PROP_USER_PROPERTY, "n");
    assert_true(eb_server_is_2_1(server) ? value && strcmp(value, "v") == 0 : value == NULL);
}

/* ---- what the log says -----------------------------------------------------------------------
 */

static void wills__that_are_not_checked_are_warned_of(void **state)
{
    struct eb_server *server = *state;
    start(server, "{}", NULL);
    assert_logged(server,
        "warning: last wills are not checked: on the topics of contracts closed-known, consuming, "
        "disconnecting, full, observing and 4 more, of egress and ingress,");
    start(server, "{ \"check\": false }", NULL);
    assert_logged(server, "warning: last wills are not checked");
    start(server, none, NULL);
    assert_int_equal(eb_server_log_count(server, "last wills are not checked"), 0);
    assert_logged(server, "the bus grants all access");
    start(server, "{ \"check\": true, \"access_control\": \"other\" }", "allow_anonymous true\n");
    assert_logged(server, "they are not routed");
}

static void wills__change_with_a_restart_only(void **state)
{
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/event-bus.json", "{ \"version\": 1 }");
    eb_server_reload(server);
    eb_server_await_log(server, "warning: `wills` has changed", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "plain/x", "1", 1) & ~0x10, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_none, close_own)
    const struct CMUnitTest tests[] = {
        TEST(will__that_is_valid_is_delivered_and_routed),
        TEST(will__that_is_invalid_is_suppressed_and_leaves_a_letter),
        TEST(will__where_publishes_are_refused_or_set_aside_is_suppressed),
        TEST(will__that_is_suppressed_leaves_the_retained_message),
        TEST(retained_message__of_before_its_contract_is_still_delivered),
        TEST(will__that_is_consumed_is_routed_only),
        TEST(will__that_is_consumed_is_delivered_until_a_publish_has_passed),
        TEST(will__is_not_sent_after_a_clean_disconnect),
        TEST(will__on_a_topic_of_nobodys_is_as_ever),
        TEST(will__that_plays_an_answer_of_the_bus_is_suppressed),
        TEST(will__at_the_end_of_the_broker_is_checked),
        TEST(publish__is_as_without_wills),
        TEST(publish__that_is_set_aside_is_told_no_until_one_has_passed),
        TEST(publish__larger_than_a_will_may_be_is_none),
        TEST(will__keeps_its_properties),
        TEST(wills__that_are_not_checked_are_warned_of),
        TEST(wills__change_with_a_restart_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
