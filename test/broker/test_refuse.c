#include "eb_test.h"

#include <jansson.h>

#include "peer.h"
#include "scene.h"
#include "wire.h"

enum { NOT_AUTHORIZED = 0x87 };

static void invalid_event__is_refused_and_delivered_to_nobody(void **state)
{
    static const struct {
        const char *name;
        const char *payload;
    } cases[] = {
        { "breaks the schema", EB_BAD },
        { "is not JSON", "hello" },
        { "is cut off", "{\"id\":\"r-1\"," },
        { "names a member twice", "{\"id\":\"r-1\",\"percent\":500,\"percent\":5}" },
        { "is not UTF-8", "{\"id\":\"\377\",\"percent\":1}" },
        { "is empty and not retained", "" },
    };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "#", 2);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            for (int qos = 0; qos <= 2; qos++) {
                /* MQTT 3 knows no refusal, nor does QoS 0: the publisher goes on unknowing. */
                int want = protocol == 5 && qos > 0 ? NOT_AUTHORIZED : 0;
                int got = eb_peer_publish_text(device, "reject/x", cases[i].payload, qos);
                if (got != want)
                    fail_msg("%s, protocol %d, QoS %d: got %x want %x", cases[i].name, protocol,
                        qos, got, want);
            }
        }
        assert_nothing_received(watcher);
        eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
        assert_received(watcher, "reject/x", EB_GOOD);
        assert_received(watcher, "services/reject", EB_GOOD);
        eb_peer_disconnect(device);
    }
    assert_nothing_received(watcher);
}

/* ---- dead letters -----------------------------------------------------------------------------
 */

static json_t *receive_letter(struct eb_peer *keeper, const char *topic)
{
    const struct eb_received *got = assert_received(keeper, topic, NULL);
    assert_int_equal(got->qos, 1);
    assert_false(got->is_retain);
    json_t *letter = json_loadb(got->payload, got->payload_len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(letter);
    return letter;
}

static const char *text_of(const json_t *letter, const char *object, const char *name)
{
    return json_string_value(json_object_get(json_object_get(letter, object), name));
}

static void dead_letter__is_enough_to_rebuild_the_message(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 4);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect_as(server, "device", 5, "Erika", true);

    mosquitto_property *list = NULL;
    mosquitto_property_add_byte(&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1);
    mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, "application/json");
    mosquitto_property_add_string(&list, MQTT_PROP_RESPONSE_TOPIC, "answers/device");
    mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA, "\0\1\377", 3);
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "trace", "a");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "trace", "b");
    int code = eb_peer_publish(device, (struct eb_publication){ .topic = "reject/7/events",
                                           .payload = EB_BAD,
                                           .qos = 2,
                                           .is_retain = true,
                                           .properties = list });
    mosquitto_property_free_all(&list);
    assert_int_equal(code, NOT_AUTHORIZED);

    json_t *letter = receive_letter(keeper, "$event-bus/dead-letter/reject/7/events");
    assert_int_equal(json_integer_value(json_object_get(letter, "version")), 1);
    assert_int_equal(strlen(json_string_value(json_object_get(letter, "id"))), 36);
    assert_int_equal(strlen(json_string_value(json_object_get(letter, "time"))), 24);
    assert_string_equal(json_string_value(json_object_get(letter, "topic")), "reject/7/events");
    assert_string_equal(text_of(letter, "client", "id"), "device");
    assert_string_equal(text_of(letter, "client", "username"), "Erika");
    assert_int_equal(json_integer_value(json_object_get(letter, "protocol")), 5);
    assert_int_equal(json_integer_value(json_object_get(letter, "qos")), 2);
    assert_true(json_is_true(json_object_get(letter, "retain")));
    assert_string_equal(json_string_value(json_object_get(letter, "reason")), "schema");
    assert_string_equal(text_of(letter, "payload", "encoding"), "text");
    assert_string_equal(text_of(letter, "payload", "value"), EB_BAD);

    json_t *want = json_loads("[[\"payload-format-indicator\",1],"
                              "[\"content-type\",\"application/json\"],"
                              "[\"response-topic\",\"answers/device\"],"
                              "[\"correlation-data\",\"AAH/\"],"
                              "[\"user-property\",[\"trace\",\"a\"]],"
                              "[\"user-property\",[\"trace\",\"b\"]]]",
        0, NULL);
    assert_true(json_equal(json_object_get(letter, "properties"), want));
    json_decref(want);

    const json_t *fault = json_array_get(json_object_get(letter, "faults"), 0);
    assert_string_equal(json_string_value(json_object_get(fault, "instanceLocation")), "/percent");
    assert_string_equal(json_string_value(json_object_get(fault, "keywordLocation")),
        "/properties/percent/maximum");
    assert_non_null(json_object_get(fault, "error"));
    const json_t *contract = json_array_get(json_object_get(letter, "contracts"), 0);
    assert_string_equal(json_string_value(json_object_get(contract, "name")), "rejecting");
    assert_string_equal(json_string_value(json_object_get(contract, "schema")), "reading@1");
    json_decref(letter);
    assert_nothing_received(keeper);
}

static void dead_letter__holds_binary_payloads_as_base64(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    eb_peer_publish(
        device, (struct eb_publication){
                    .topic = "reject/x", .payload = "\377\0\1", .payload_len = 3, .qos = 1 });
    json_t *letter = receive_letter(keeper, "$event-bus/dead-letter/reject/x");
    assert_string_equal(json_string_value(json_object_get(letter, "reason")), "not-json");
    assert_string_equal(text_of(letter, "payload", "encoding"), "base64");
    assert_string_equal(text_of(letter, "payload", "value"), "/wAB");
    assert_true(json_is_null(json_object_get(json_object_get(letter, "client"), "username")));
    json_decref(letter);
}

static void dead_letter__is_left_at_every_qos_and_version(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (int qos = 0; qos <= 2; qos++) {
            eb_peer_publish_text(device, "reject/x", EB_BAD, qos);
            json_t *letter = receive_letter(keeper, "$event-bus/dead-letter/reject/x");
            assert_int_equal(json_integer_value(json_object_get(letter, "protocol")), protocol);
            assert_int_equal(json_integer_value(json_object_get(letter, "qos")), qos);
            json_decref(letter);
        }
        eb_peer_disconnect(device);
    }
}

static void dead_letter__is_not_left_where_the_contract_wants_none(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "silent/x", EB_BAD, 1), NOT_AUTHORIZED);
    assert_nothing_received(keeper);
}

static void dead_letter__topics_belong_to_the_bus(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "$event-bus/dead-letter/reject/x", EB_GOOD, 1),
        NOT_AUTHORIZED);
    eb_peer_ping(keeper);
    while (keeper->inbox)
        assert_string_not_equal(eb_peer_receive(keeper)->payload, EB_GOOD);
}

/* ---- what else is refused, and what is not ----------------------------------------------------
 */

static void egress__is_closed_to_clients(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 2);
    eb_peer_ping(service);
    while (service->inbox) /* retained */
        eb_peer_receive(service);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (int qos = 0; qos <= 2; qos++)
            assert_int_equal(eb_peer_publish_text(device, "services/reject", EB_GOOD, qos),
                protocol == 5 && qos > 0 ? NOT_AUTHORIZED : 0);
        eb_peer_disconnect(device);
    }
    assert_nothing_received(service);
}

/* However the topic is said, and whatever would become of what is retained there. */
static void egress__is_closed_to_topic_aliases_and_to_clearing(void **state)
{
    static const uint8_t alias[] = { 0x23, 0, 1 };
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    struct eb_peer *three = eb_peer_connect(server, "three", 5);
    eb_peer_publish_text(three, "three/x", EB_GOOD, 1); /* the last is retained */
    struct eb_wire wire = eb_wire_connect(server, "device", 5, false);
    for (uint16_t mid = 1; mid <= 2; mid++) {
        eb_wire_publish_with(
            &wire, mid == 1 ? "services/three/last" : "", "{}", mid, alias, sizeof alias);
        assert_int_equal(eb_wire_expect(&wire, EB_PUBACK, mid), NOT_AUTHORIZED);
    }
    for (int qos = 1; qos <= 2; qos++) {
        eb_wire_publish(&wire, "services/three/last", "", qos, 3, EB_WIRE_RETAIN);
        assert_int_equal(
            eb_wire_expect(&wire, qos == 1 ? EB_PUBACK : EB_PUBREC, 3), NOT_AUTHORIZED);
    }
    eb_wire_part(&wire);
    eb_peer_subscribe(service, "services/three/last", 1);
    assert_true(assert_received(service, "services/three/last", EB_GOOD)->is_retain);
    assert_nothing_received(service);
}

static void closed_tree__takes_known_topics_only(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "closed/#", 2);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "closed/other", EB_GOOD, 1), NOT_AUTHORIZED);
    assert_int_equal(eb_peer_publish_text(device, "closed", EB_GOOD, 2), NOT_AUTHORIZED);
    assert_nothing_received(watcher);
    assert_int_equal(eb_peer_publish_text(device, "closed/known", EB_GOOD, 1), 0);
    assert_received(watcher, "closed/known", EB_GOOD);
    assert_int_equal(eb_peer_publish_text(device, "closed/known", EB_BAD, 1), NOT_AUTHORIZED);
    assert_nothing_received(watcher);
}

static void observed_event__is_delivered_and_routed(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(watcher, "observe/#", 2);
    eb_peer_subscribe(watcher, "$event-bus/#", 2);
    eb_peer_subscribe(service, "services/observe", 2);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *device = eb_peer_connect(server, "device", protocol);
        for (int qos = 0; qos <= 2; qos++) {
            assert_int_equal(eb_peer_publish_text(device, "observe/x", EB_BAD, qos), 0);
            assert_received(watcher, "observe/x", EB_BAD);
            assert_received(service, "services/observe", EB_BAD);
        }
        eb_peer_disconnect(device);
    }
    assert_nothing_received(watcher);
    assert_nothing_received(service);
}

static void disconnect__throws_the_publisher_out(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "disconnect/#", 2);
    eb_peer_subscribe(watcher, "$event-bus/dead-letter/#", 2);
    for (int protocol = 3; protocol <= 5; protocol++) {
        for (int qos = 0; qos <= 2; qos++) {
            struct eb_peer *device = eb_peer_connect(server, "device", protocol);
            eb_peer_publish_text(device, "disconnect/x", EB_GOOD, qos);
            assert_received(watcher, "disconnect/x", EB_GOOD);
            eb_peer_send(device,
                (struct eb_publication){ .topic = "disconnect/x", .payload = EB_BAD, .qos = qos });
            /* MQTT 5: DISCONNECT with 0x80; before that, the connection just ends. */
            assert_int_equal(eb_peer_await_disconnect(device),
                protocol == 5 ? MQTT_RC_UNSPECIFIED : MOSQ_ERR_CONN_LOST);
            json_decref(receive_letter(watcher, "$event-bus/dead-letter/disconnect/x"));
        }
    }
    assert_nothing_received(watcher);
}

static void event__with_too_many_properties_is_refused(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    for (int count = 1000; count <= 1001; count++) {
        mosquitto_property *list = NULL;
        for (int i = 0; i < count; i++)
            mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "n", "v");
        int code = eb_peer_publish(
            device, (struct eb_publication){
                        .topic = "reject/x", .payload = EB_GOOD, .qos = 1, .properties = list });
        mosquitto_property_free_all(&list);
        assert_int_equal(code & ~0x10, count > 1000 ? NOT_AUTHORIZED : 0);
    }
    json_t *letter = receive_letter(keeper, "$event-bus/dead-letter/reject/x");
    assert_string_equal(json_string_value(json_object_get(letter, "reason")), "limit");
    assert_true(json_is_true(json_object_get(letter, "truncated")));
    json_decref(letter);
    assert_nothing_received(keeper);
}

static void refused_event__leaves_the_retained_one_alone(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_publication retained = {
        .topic = "reject/kept", .payload = EB_GOOD, .qos = 1, .is_retain = true
    };
    eb_peer_publish(device, retained);
    retained.payload = EB_BAD;
    assert_int_equal(eb_peer_publish(device, retained), NOT_AUTHORIZED);
    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, "reject/kept", 1);
    assert_true(assert_received(late, "reject/kept", EB_GOOD)->is_retain);

    /* An empty retained payload clears it, and needs not meet the schema. */
    retained.payload = NULL;
    assert_true(eb_peer_publish(device, retained) < 0x80);
    assert_received(late, "reject/kept", "");
    struct eb_peer *later = eb_peer_connect(server, "later", 5);
    eb_peer_subscribe(later, "reject/kept", 1);
    assert_nothing_received(later);
}

static void clearing__is_refused_where_the_contract_forbids_it(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_publication retained = {
        .topic = "full/x", .payload = EB_GOOD, .qos = 1, .is_retain = true
    };
    eb_peer_publish(device, retained);
    retained.payload = NULL;
    assert_int_equal(eb_peer_publish(device, retained), NOT_AUTHORIZED);
    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, "full/x", 1);
    assert_received(late, "full/x", EB_GOOD);
}

static void refusal__is_logged_but_not_without_end(void **state)
{
    static const char line[] = "event-bus: refused reject/logged from device: schema, contract"
                               " rejecting, schema reading@1: \"/percent\" ";
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    /* Tests before may have used up what may be logged in this second. */
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    while (eb_server_log_count(server, line) == 0) {
        assert_true(eb_now_ms() < deadline);
        eb_peer_publish_text(device, "reject/logged", EB_BAD, 1);
        eb_peer_pump(server, 20);
    }
    size_t left_out = eb_server_log_count(server, "more lines left out");
    for (int i = 0; i < 200; i++)
        eb_peer_publish_text(device, "reject/logged", EB_BAD, 1);
    eb_server_await_log(server, "more lines left out", left_out + 1);
    assert_true(eb_server_log_count(server, line) < 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(invalid_event__is_refused_and_delivered_to_nobody),
        TEST(dead_letter__is_enough_to_rebuild_the_message),
        TEST(dead_letter__holds_binary_payloads_as_base64),
        TEST(dead_letter__is_left_at_every_qos_and_version),
        TEST(dead_letter__is_not_left_where_the_contract_wants_none),
        TEST(dead_letter__topics_belong_to_the_bus),
        TEST(egress__is_closed_to_clients),
        TEST(egress__is_closed_to_topic_aliases_and_to_clearing),
        TEST(closed_tree__takes_known_topics_only),
        TEST(observed_event__is_delivered_and_routed),
        TEST(disconnect__throws_the_publisher_out),
        TEST(event__with_too_many_properties_is_refused),
        TEST(refused_event__leaves_the_retained_one_alone),
        TEST(clearing__is_refused_where_the_contract_forbids_it),
        TEST(refusal__is_logged_but_not_without_end),
    };
    return cmocka_run_group_tests(tests, eb_scene_open, eb_scene_close);
}
