#include "eb_test.h"

#include <stdlib.h>

#include "peer.h"
#include "scene.h"

static const char low[] = "{\"id\":\"r-7\",\"percent\":5}";

static void valid_event__is_delivered_and_routed(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 4);
    eb_peer_subscribe(service, "services/#", 2);
    eb_peer_subscribe(watcher, "reject/#", 2);

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (int qos = 0; qos <= 2; qos++) {
            assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_GOOD, qos), 0);
            assert_int_equal(assert_received(watcher, "reject/x", EB_GOOD)->qos, qos);
            /* Publisher's QoS, unless the target says otherwise. */
            assert_int_equal(assert_received(service, "services/reject", EB_GOOD)->qos, qos);
        }
        eb_peer_disconnect(device);
    }
    assert_nothing_received(service);
    assert_nothing_received(watcher);
}

static void event__goes_to_every_rule_that_matches(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);

    eb_peer_publish_text(device, "reject/x", low, 1);
    /* In the order of the rules' names. */
    assert_received(service, "services/low", "{\"who\":\"r-7\",\"at\":\"reject/x\"}");
    assert_received(service, "services/reject", low);
    assert_nothing_received(service);
}

static struct eb_peer *connect_service(struct eb_server *server, const char *topic)
{
    struct eb_peer *service = eb_peer_connect(server, topic, 5);
    eb_peer_subscribe(service, topic, 2);
    return service;
}

static void rule__with_three_targets_sends_three_copies(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *a = connect_service(server, "services/three/a");
    struct eb_peer *named = connect_service(server, "services/three/r-1");
    struct eb_peer *last = connect_service(server, "services/three/last");
    struct eb_peer *device = eb_peer_connect(server, "device", 4);

    eb_peer_publish_text(device, "three/x", EB_GOOD, 1);
    assert_int_equal(assert_received(a, "services/three/a", EB_GOOD)->qos, 1);
    assert_int_equal(assert_received(named, "services/three/r-1", "{\"percent\":50}")->qos, 2);
    assert_int_equal(assert_received(last, "services/three/last", EB_GOOD)->qos, 0);
    assert_nothing_received(a);
    assert_nothing_received(named);
    assert_nothing_received(last);

    /* The last one is retained: who comes later gets it still. */
    struct eb_peer *late = eb_peer_connect(server, "late", 4);
    eb_peer_subscribe(late, "services/three/last", 1);
    assert_true(assert_received(late, "services/three/last", EB_GOOD)->is_retain);
}

static void target__that_cannot_be_rendered_leaves_a_dead_letter(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = connect_service(server, "services/three/a");
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);

    eb_peer_publish_text(device, "three/x", "{\"id\":\"a/b\",\"percent\":1}", 1);
    assert_received(service, "services/three/a", NULL);
    const struct eb_received *letter =
        assert_received(keeper, "$event-bus/dead-letter/three/x", NULL);
    assert_non_null(strstr(letter->payload, "\"rule\":\"three\",\"target\":1"));
    assert_nothing_received(keeper);
}

/* Two more that repeat a name: their order is theirs too. */
static mosquitto_property *some_properties(void)
{
    mosquitto_property *list = NULL;
    mosquitto_property_add_byte(&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1);
    mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, "application/json");
    mosquitto_property_add_string(&list, MQTT_PROP_RESPONSE_TOPIC, "answers/device");
    mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA, "\0\1\377", 3);
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "trace", "a");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "", "");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "trace", "b");
    return list;
}

static const struct eb_received_property expected_properties[] = {
    { MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, NULL, "1", 0 },
    { MQTT_PROP_CONTENT_TYPE, NULL, "application/json", 16 },
    { MQTT_PROP_RESPONSE_TOPIC, NULL, "answers/device", 14 },
    { MQTT_PROP_CORRELATION_DATA, NULL, "\0\1\377", 3 },
    { MQTT_PROP_USER_PROPERTY, "trace", "a", 1 },
    { MQTT_PROP_USER_PROPERTY, "", "", 0 },
    { MQTT_PROP_USER_PROPERTY, "trace", "b", 1 },
};
enum { EXPECTED_PROPERTIES = sizeof expected_properties / sizeof *expected_properties };

static void assert_properties(const struct eb_received *received)
{
    assert_int_equal(received->property_count, EXPECTED_PROPERTIES);
    for (size_t i = 0; i < EXPECTED_PROPERTIES; i++) {
        const struct eb_received_property *got = &received->properties[i];
        const struct eb_received_property *want = &expected_properties[i];
        assert_int_equal(got->identifier, want->identifier);
        if (want->name)
            assert_string_equal(got->name, want->name);
        assert_int_equal(got->value_len, want->value_len);
        assert_memory_equal(got->value, want->value, want->value_len ? want->value_len : 1);
    }
}

static void copy__carries_the_properties(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/reject", 2);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "reject/#", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);

    mosquitto_property *list = some_properties();
    int code = eb_peer_publish(
        device, (struct eb_publication){
                    .topic = "reject/x", .payload = EB_GOOD, .qos = 1, .properties = list });
    mosquitto_property_free_all(&list);
    assert_int_equal(code, 0);
    assert_properties(assert_received(watcher, "reject/x", EB_GOOD));
    assert_properties(assert_received(service, "services/reject", EB_GOOD));
}

static void copy__of_bytes_that_are_not_json_is_byte_for_byte(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t len;
    } cases[] = {
        { "nul inside", "a\0b", 3 },
        { "not UTF-8", "\377\376\0\1", 4 },
        { "one NUL", "\0", 1 },
    };
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/raw", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_peer_publish(device, (struct eb_publication){ .topic = "raw/x",
                                    .payload = cases[i].bytes,
                                    .payload_len = cases[i].len,
                                    .qos = 1 });
        const struct eb_received *got = assert_received(service, "services/raw", NULL);
        assert_int_equal(got->payload_len, cases[i].len);
        assert_memory_equal(got->payload, cases[i].bytes, cases[i].len);
    }
}

static void copy__of_an_empty_event_is_empty(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/raw", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    eb_peer_publish_text(device, "raw/x", NULL, 2);
    assert_int_equal(assert_received(service, "services/raw", "")->payload_len, 0);
}

static void event__of_one_mebibyte_is_judged_and_routed(void **state)
{
    enum { LEN = 1024 * 1024 };
    static const char head[] = "{\"percent\":1,\"id\":\"";
    static const char tail[] = "\"}";
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/reject", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);

    char *payload = malloc(LEN + 1);
    memset(payload, 'x', LEN);
    memcpy(payload, head, sizeof head - 1);
    memcpy(payload + LEN - (sizeof tail - 1), tail, sizeof tail);
    struct eb_publication big = { .topic = "reject/big", .payload = payload, .payload_len = LEN };
    for (big.qos = 0; big.qos <= 2; big.qos++) {
        assert_true(eb_peer_publish(device, big) < 0x80);
        const struct eb_received *got = assert_received(service, "services/reject", payload);
        assert_int_equal(got->payload_len, LEN);
    }
    payload[LEN - 1] = ',';
    assert_int_equal(
        eb_peer_publish(device,
            (struct eb_publication){
                .topic = "reject/big", .payload = payload, .payload_len = LEN, .qos = 1 }),
        0x87);
    assert_nothing_received(service);
    free(payload);
}

static void copies__of_one_publisher_keep_their_order(void **state)
{
    enum { EVENTS = 5000, MIDS = 100 };
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/reject", 0);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);

    char text[64], want[64];
    int sent = 0, received = 0;
    while (received < EVENTS) {
        int mid = -1;
        for (int i = 0; i < MIDS && sent < EVENTS; i++, sent++) {
            snprintf(text, sizeof text, "{\"id\":\"r\",\"percent\":50,\"n\":%d}", sent);
            mid = eb_peer_send(device,
                (struct eb_publication){ .topic = "reject/x", .payload = text, .qos = sent % 2 });
        }
        if (mid >= 0)
            eb_peer_ack(device, mid);
        for (; received < sent; received++) {
            snprintf(want, sizeof want, "{\"id\":\"r\",\"percent\":50,\"n\":%d}", received);
            assert_received(service, "services/reject", want);
        }
    }
}

static void rule__sees_who_published(void **state)
{
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/rules/who.json",
        "{ \"from\": [\"who/#\"], \"to\": [ { \"topic\": \"services/who\", \"payload\": {"
        " \"client\": \"${$mqtt.clientid}\", \"user\": \"${$mqtt.username|\\\"nobody\\\"}\","
        " \"qos\": \"${$mqtt.qos}\", \"retain\": \"${$mqtt.retain}\" } } ] }\n");
    size_t loads = eb_server_log_count(server, "is in force");
    eb_server_reload(server);
    eb_server_await_log(server, "is in force", loads + 1);

    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/who", 0);
    struct eb_peer *known = eb_peer_connect_as(server, "known", 4, "Erika", true);
    eb_peer_publish(known, (struct eb_publication){ .topic = "who/x", .payload = "{}", .qos = 1 });
    assert_received(service, "services/who",
        "{\"client\":\"known\",\"user\":\"Erika\",\"qos\":1,\"retain\":false}");
    struct eb_peer *unknown = eb_peer_connect(server, "unknown", 5);
    eb_peer_publish(
        unknown, (struct eb_publication){ .topic = "who/x", .payload = "{}", .is_retain = true });
    assert_received(service, "services/who",
        "{\"client\":\"unknown\",\"user\":\"nobody\",\"qos\":0,\"retain\":true}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(valid_event__is_delivered_and_routed),
        TEST(event__goes_to_every_rule_that_matches),
        TEST(rule__with_three_targets_sends_three_copies),
        TEST(target__that_cannot_be_rendered_leaves_a_dead_letter),
        TEST(copy__carries_the_properties),
        TEST(copy__of_bytes_that_are_not_json_is_byte_for_byte),
        TEST(copy__of_an_empty_event_is_empty),
        TEST(event__of_one_mebibyte_is_judged_and_routed),
        TEST(copies__of_one_publisher_keep_their_order),
        TEST(rule__sees_who_published),
    };
    return cmocka_run_group_tests(tests, eb_scene_open, eb_scene_close);
}
