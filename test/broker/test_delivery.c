/* What targets and contracts ask for beyond a plain copy, through a broker. */
#include "eb_test.h"

#include <stdlib.h>

#include "peer.h"
#include "scene.h"

static const struct {
    const char *path;
    const char *text;
} files[] = {
    { "event-bus/rules/labelled.json",
        "{ \"from\": [\"labelled/#\"], \"to\": [ { \"topic\": \"services/labelled\",\n"
        "  \"content_type\": \"x/${id}\", \"expiry_s\": \"${ttl|60}\", \"provenance\": true,\n"
        "  \"user_properties\": { \"drop\": [\"secret\"], \"set\": { \"site\": \"${id}\" },\n"
        "                       \"add\": { \"via\": \"bus\" } } } ] }\n" },
    /* first/# ──► reject/#, whose contract judges and whose rules copy */
    { "event-bus/event-bus.json", "{ \"version\": 1, \"egress\": [ \"services/#\" ],"
                                  " \"dead_letters\": { \"per_second\": 20 } }\n" },
    { "event-bus/rules/chained.json",
        "{ \"from\": [\"first/#\"], \"to\": [ { \"topic\": \"reject/${id}\","
        " \"reroute\": true } ] }\n" },
    { "event-bus/rules/shadow.json", "{ \"from\": [\"first/#\"], \"shadow\": true,"
                                     " \"to\": [ { \"topic\": \"services/shadow\" } ] }\n" },
    { "event-bus/contracts/curious.json", "{ \"topic\": \"curious/#\", \"schema\": \"reading@1\","
                                          " \"unmatched\": \"dead-letter\" }\n" },
};

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        eb_server_write(&own, files[i].path, files[i].text);
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

/* "name=value;…" of the user properties, in their order. */
static const char *user_properties(const struct eb_received *received)
{
    static char text[1024];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < received->property_count; i++) {
        const struct eb_received_property *property = &received->properties[i];
        if (property->name)
            used += (size_t)snprintf(
                text + used, sizeof text - used, "%s=%s;", property->name, property->value);
    }
    return text;
}

static mosquitto_property *trace_properties(void)
{
    mosquitto_property *list = NULL;
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "traceparent", "00-4bf9");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "secret", "x");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "site", "forged");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "tracestate", "a=b");
    mosquitto_property_add_string_pair(
        &list, MQTT_PROP_USER_PROPERTY, "event-bus-client", "forged");
    mosquitto_property_add_int32(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 7);
    return list;
}

static void copy__is_labelled_as_its_target_says(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/labelled", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    mosquitto_property *list = trace_properties();
    eb_peer_publish(
        device, (struct eb_publication){
                    .topic = "labelled/x", .payload = EB_GOOD, .qos = 1, .properties = list });
    mosquitto_property_free_all(&list);
    const struct eb_received *got = assert_received(service, "services/labelled", EB_GOOD);
    assert_string_equal(user_properties(got),
        "traceparent=00-4bf9;tracestate=a=b;site=r-1;via=bus;event-bus-rule=labelled;"
        "event-bus-topic=labelled/x;event-bus-client=device;");
    assert_string_equal(eb_received_property(got, MQTT_PROP_CONTENT_TYPE, NULL), "x/r-1");
    assert_string_equal(eb_received_property(got, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, NULL), "60");
}

/* What no MQTT string may hold would cost the service its connection. */
static void property__that_would_break_the_packet_is_never_sent(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/labelled", 1);
    eb_peer_subscribe(service, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    eb_peer_publish_text(device, "labelled/x", "{\"id\":\"a\\u0000b\"}", 1);
    const struct eb_received *letter =
        assert_received(service, "$event-bus/dead-letter/labelled/x", NULL);
    assert_non_null(strstr(letter->payload, "${id}: its value may not go into a property"));
    assert_nothing_received(service);
}

static void chained_copy__is_judged_and_routed_again(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 1);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "reject/#", 1);
    eb_peer_subscribe(watcher, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);

    eb_peer_publish_text(device, "first/x", EB_GOOD, 1);
    assert_received(watcher, "reject/r-1", EB_GOOD);
    assert_received(service, "services/reject", EB_GOOD);
    eb_peer_publish_text(device, "first/x", EB_BAD, 1);
    assert_received(watcher, "$event-bus/dead-letter/reject/r-1", NULL);
    assert_nothing_received(watcher);
    assert_nothing_received(service);
}

static void event__that_no_rule_takes_leaves_a_letter_and_is_delivered(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "curious/#", 1);
    eb_peer_subscribe(watcher, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "curious/x", EB_GOOD, 1), 0);
    const struct eb_received *got = eb_peer_receive(watcher);
    bool is_letter_first = strcmp(got->topic, "curious/x") != 0;
    got = assert_received(
        watcher, is_letter_first ? "curious/x" : "$event-bus/dead-letter/curious/x", NULL);
    assert_nothing_received(watcher);
}

static mosquitto_property *asking(const char *response_topic)
{
    mosquitto_property *list = NULL;
    mosquitto_property_add_string(&list, MQTT_PROP_RESPONSE_TOPIC, response_topic);
    mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA, "7\0x", 3);
    return list;
}

static int publish_asking(struct eb_peer *device, const char *topic, const char *payload)
{
    mosquitto_property *list = asking("reply/here");
    int code = eb_peer_publish(
        device, (struct eb_publication){
                    .topic = topic, .payload = payload, .qos = 1, .properties = list });
    mosquitto_property_free_all(&list);
    return code;
}

/* It is not subscribed to it; who is, does not get it. */
static void report__goes_to_the_publisher_alone(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *curious = eb_peer_connect(server, "curious", 5);
    eb_peer_subscribe(curious, "#", 1);
    struct eb_peer *device = eb_peer_connect(server, "reported", 5);
    assert_int_equal(publish_asking(device, "reject/x", EB_BAD), 0x87);
    const struct eb_received *report = assert_received(device, "reply/here", NULL);
    assert_non_null(strstr(report->payload, "\"verdict\":\"refused\",\"reason\":\"schema\""));
    assert_non_null(strstr(report->payload, "\"schema\":\"reading@1\",\"valid\":false"));
    assert_memory_equal(eb_received_property(report, MQTT_PROP_CORRELATION_DATA, NULL), "7\0x", 3);
    assert_nothing_received(curious);
    assert_int_equal(publish_asking(device, "reject/x", EB_GOOD), 0);
    assert_nothing_received(device);
}

/*
 * 2.1 cuts the mount point's length off whatever topic a client there is sent. What was to come
 * before a SUBACK has come with it.
 */
static void report__is_not_sent_behind_a_mount_point(void **state)
{
    struct eb_server *server = *state;
    eb_server_stop(server);
    eb_server_start(server, "mount_point reject/\n");
    struct eb_peer *device = eb_peer_connect(server, "mounted", 5);
    assert_int_equal(publish_asking(device, "x", EB_BAD), 0x87);
    eb_peer_subscribe(device, "any", 0);
    bool is_mangled = strcmp(eb_peer_receive(device)->topic, "reply/here") != 0;
    assert_int_equal(is_mangled, eb_server_is_2_1(server));

    eb_server_write(server, "event-bus/event-bus.json",
        "{ \"version\": 1, \"reports\": { \"mount_points\": [\"reject/\"] } }\n");
    size_t loads = eb_server_log_count(server, "is in force");
    eb_server_reload(server);
    eb_server_await_log(server, "is in force", loads + 1);
    assert_int_equal(publish_asking(device, "x", EB_BAD), 0x87);
    eb_peer_subscribe(device, "any", 0);
    assert_null(device->inbox);
}

/* A thousand refusals: the letters there is room for, and then summaries that tell of the rest. */
static void flood__of_refusals_does_not_flood_the_dead_letters(void **state)
{
    enum { EVENTS = 1000 };
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    const struct eb_publication bad = { .topic = "reject/x", .payload = EB_BAD, .qos = 1 };
    int mid = 0;
    for (int i = 0; i < EVENTS; i++)
        mid = eb_peer_send(device, bad);
    assert_int_equal(eb_peer_ack(device, mid), 0x87);
    int letters = 0, told = 0;
    while (letters + told < EVENTS) {
        const char *count = strstr(eb_peer_receive(keeper)->payload, "\"count\":");
        if (count)
            told += atoi(count + strlen("\"count\":"));
        else
            letters++;
    }
    assert_int_equal(letters + told, EVENTS);
    assert_true(letters > 0 && letters < EVENTS / 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(copy__is_labelled_as_its_target_says), TEST(chained_copy__is_judged_and_routed_again),
        TEST(event__that_no_rule_takes_leaves_a_letter_and_is_delivered),
        TEST(flood__of_refusals_does_not_flood_the_dead_letters),
        TEST(property__that_would_break_the_packet_is_never_sent),
        TEST(report__goes_to_the_publisher_alone),
        TEST(report__is_not_sent_behind_a_mount_point), /* the last: it changes the broker */
    };
    return cmocka_run_group_tests(tests, open_own, eb_scene_close);
}
