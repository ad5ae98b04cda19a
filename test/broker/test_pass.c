#include "eb_test.h"

#include <stdlib.h>

#include "peer.h"
#include "scene.h"
#include "wire.h"

static void unwatched_event__is_delivered_byte_for_byte(void **state)
{
    static const struct {
        const char *topic;
        const char *payload;
        size_t len;
    } cases[] = {
        { "plain/x", "hello", 5 },
        { "plain/x", "", 0 },
        { "plain/x", "\0\1\2\377", 4 },
        { "plain/x", EB_BAD, sizeof EB_BAD - 1 },
        { "p", "one byte of topic", 17 },
        { "/", "two empty levels", 16 },
        { "//", "three", 5 },
        { "plain/\xc3\xa4/\xf0\x9f\x98\x80", "not ASCII", 9 },
        { "$plain/x", "of no wildcard", 14 },
        /* Looks like watched topics, but is none. */
        { "Reject/x", EB_BAD, sizeof EB_BAD - 1 },
        { "rejected/x", EB_BAD, sizeof EB_BAD - 1 },
        { "x/reject", EB_BAD, sizeof EB_BAD - 1 },
        { "/reject/x", EB_BAD, sizeof EB_BAD - 1 },
        { "q/", EB_BAD, sizeof EB_BAD - 1 },
    };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "#", 2);
    eb_peer_subscribe(watcher, "$plain/#", 2);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            for (int qos = 0; qos <= 2; qos++) {
                assert_int_equal(
                    eb_peer_publish(device, (struct eb_publication){ .topic = cases[i].topic,
                                                .payload = cases[i].payload,
                                                .payload_len = cases[i].len,
                                                .qos = qos }),
                    0);
                const struct eb_received *got = assert_received(watcher, cases[i].topic, NULL);
                assert_int_equal(got->qos, qos);
                assert_int_equal(got->payload_len, cases[i].len);
                assert_memory_equal(got->payload, cases[i].payload, cases[i].len + 1);
            }
        }
        eb_peer_disconnect(device);
    }
    assert_nothing_received(watcher);
}

static mosquitto_property *every_property(void)
{
    mosquitto_property *list = NULL;
    mosquitto_property_add_byte(&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1);
    mosquitto_property_add_int32(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 100);
    mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, "text/plain");
    mosquitto_property_add_string(&list, MQTT_PROP_RESPONSE_TOPIC, "answers");
    mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA, "\0\377", 2);
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "b", "2");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "a", "1");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "b", "");
    return list;
}

static void assert_every_property(const struct eb_received *got)
{
    static const char *const pairs[] = { "b", "2", "a", "1", "b", "" };
    size_t pair = 0;
    assert_int_equal(got->property_count, 8);
    assert_string_equal(eb_received_property(got, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, NULL), "1");
    const char *expiry = eb_received_property(got, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, NULL);
    assert_non_null(expiry);
    assert_in_range(strtol(expiry, NULL, 10), 90, 100);
    assert_string_equal(eb_received_property(got, MQTT_PROP_CONTENT_TYPE, NULL), "text/plain");
    assert_string_equal(eb_received_property(got, MQTT_PROP_RESPONSE_TOPIC, NULL), "answers");
    assert_memory_equal(eb_received_property(got, MQTT_PROP_CORRELATION_DATA, NULL), "\0\377", 2);
    for (size_t i = 0; i < got->property_count; i++) {
        if (got->properties[i].identifier != MQTT_PROP_USER_PROPERTY)
            continue;
        assert_string_equal(got->properties[i].name, pairs[pair++]);
        assert_string_equal(got->properties[i].value, pairs[pair++]);
    }
}

/* The expiry interval too, which the plugin never sees. */
static void delivered_event__keeps_its_properties(void **state)
{
    static const char *const topics[] = { "plain/x", "reject/x", "observe/x" };
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    mosquitto_property *list = every_property();
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        eb_peer_subscribe(watcher, topics[i], 2);
        for (int qos = 0; qos <= 2; qos++) {
            eb_peer_publish(device,
                (struct eb_publication){
                    .topic = topics[i], .payload = EB_GOOD, .qos = qos, .properties = list });
            assert_every_property(assert_received(watcher, topics[i], EB_GOOD));
        }
    }
    mosquitto_property_free_all(&list);
}

/* Brokers hold an empty value as none; the copy is to have it all the same. */
static void event__may_have_empty_properties(void **state)
{
    static const char empty[] = { MQTT_PROP_CONTENT_TYPE, 0, 0, MQTT_PROP_CORRELATION_DATA, 0, 0,
        MQTT_PROP_USER_PROPERTY, 0, 0, 0, 0 };
    static const char *const topics[] = { "plain/x", "reject/x", "services/reject" };
    enum { TOPICS = 3 };
    struct eb_server *server = *state;
    struct eb_peer *watchers[TOPICS];
    for (int i = 0; i < TOPICS; i++) {
        watchers[i] = eb_peer_connect(server, topics[i], 5);
        eb_peer_subscribe(watchers[i], topics[i], 1);
    }
    struct eb_wire wire = eb_wire_connect(server, "device", 5, false);
    eb_wire_publish_with(&wire, "plain/x", EB_GOOD, 1, empty, sizeof empty);
    assert_int_equal(eb_wire_expect(&wire, EB_PUBACK, 1), 0);
    eb_wire_publish_with(&wire, "reject/x", EB_GOOD, 2, empty, sizeof empty);
    assert_int_equal(eb_wire_expect(&wire, EB_PUBACK, 2), 0);
    eb_wire_drop(&wire);
    for (int i = 0; i < TOPICS; i++) {
        const struct eb_received *got = assert_received(watchers[i], topics[i], EB_GOOD);
        assert_int_equal(got->property_count, 3);
        assert_string_equal(eb_received_property(got, MQTT_PROP_CONTENT_TYPE, NULL), "");
        assert_non_null(eb_received_property(got, MQTT_PROP_CORRELATION_DATA, NULL));
        assert_string_equal(eb_received_property(got, MQTT_PROP_USER_PROPERTY, ""), "");
    }
}

static void retained_event__is_kept_and_cleared(void **state)
{
    static const char *const topics[] = { "plain/kept", "reject/kept", "observe/kept", "p" };
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        struct eb_publication event = {
            .topic = topics[i], .payload = EB_GOOD, .qos = 1, .is_retain = true
        };
        eb_peer_publish(device, event);
        struct eb_peer *late = eb_peer_connect(server, "late", 4);
        eb_peer_subscribe(late, topics[i], 1);
        assert_true(assert_received(late, topics[i], EB_GOOD)->is_retain);
        eb_peer_disconnect(late);

        event.payload = NULL;
        assert_true(eb_peer_publish(device, event) < 0x80);
        struct eb_peer *later = eb_peer_connect(server, "later", 4);
        eb_peer_subscribe(later, topics[i], 1);
        assert_nothing_received(later);
        eb_peer_disconnect(later);
    }
}

static void unwatched_event__of_one_mebibyte_passes(void **state)
{
    enum { LEN = 1024 * 1024 };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "plain/#", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    char *payload = malloc(LEN);
    for (size_t i = 0; i < LEN; i++)
        payload[i] = (char)(i * 31 >> 3);
    eb_peer_publish(
        device, (struct eb_publication){
                    .topic = "plain/big", .payload = payload, .payload_len = LEN, .qos = 2 });
    const struct eb_received *got = assert_received(watcher, "plain/big", NULL);
    assert_int_equal(got->payload_len, LEN);
    assert_memory_equal(got->payload, payload, LEN);
    free(payload);
}

/* A thousand are a limit of ours; those of an unwatched topic are none of our business. */
static void unwatched_event__may_have_any_number_of_properties(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "plain/#", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    mosquitto_property *list = NULL;
    for (int i = 0; i < 5000; i++)
        mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "n", "v");
    int code = eb_peer_publish(
        device, (struct eb_publication){
                    .topic = "plain/x", .payload = "x", .qos = 1, .properties = list });
    mosquitto_property_free_all(&list);
    assert_int_equal(code, 0);
    assert_received(watcher, "plain/x", "x");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(unwatched_event__is_delivered_byte_for_byte),
        TEST(delivered_event__keeps_its_properties),
        TEST(event__may_have_empty_properties),
        TEST(retained_event__is_kept_and_cleared),
        TEST(unwatched_event__of_one_mebibyte_passes),
        TEST(unwatched_event__may_have_any_number_of_properties),
    };
    return cmocka_run_group_tests(tests, eb_scene_open, eb_scene_close);
}
