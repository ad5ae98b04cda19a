/* CloudEvents through a broker, in either mode, to subscribers of either version. */
#include "eb_test.h"

#include "line.h"
#include "peer.h"
#include "scene.h"
#include "wire.h"

static const struct {
    const char *path;
    const char *text;
} files[] = {
    { "event-bus/event-bus.json",
        "{ \"version\": 1, \"egress\": [ \"services/#\" ],"
        " \"wills\": { \"check\": true, \"access_control\": \"none\" } }\n" },
    { "event-bus/schemas/percent/1.json", "{ \"required\": [\"percent\"], \"properties\": { "
                                          "\"percent\": { \"maximum\": 100 } } }\n" },
    { "event-bus/contracts/cloud.json",
        "{ \"topic\": \"cloud/#\", \"envelope\": \"cloudevents\", \"schema\": \"percent@1\" }\n" },
    { "event-bus/contracts/named.json",
        "{ \"topic\": \"named/#\", \"envelope\": \"cloudevents\" }\n" },
    { "event-bus/rules/both.json",
        "{ \"from\": [\"cloud/#\", \"named/#\"], \"when\": { \"type\": [\"low\"],"
        " \"data\": { \"percent\": [ { \"numeric\": [\"<\", 20] } ] } }, \"to\": [\n"
        "  { \"topic\": \"services/binary\", \"cloudevents\": \"binary\" },\n"
        "  { \"topic\": \"services/structured\", \"cloudevents\": \"structured\" },\n"
        "  { \"topic\": \"services/made/${subject|\\\"x\\\"}\", \"payload\": { \"p\":"
        " \"${data.percent}\", \"of\": \"${id}\" }, \"user_properties\": { \"drop\": [\"id\","
        " \"source\", \"type\", \"specversion\", \"subject\"] } } ] }\n" },
    { "event-bus/rules/plain.json",
        "{ \"from\": [\"reject/#\"], \"to\": [ { \"topic\": \"services/from-plain\","
        " \"cloudevents\": { \"mode\": \"binary\", \"attributes\": { \"source\":"
        " \"/${$mqtt.level[0]}\", \"type\": \"reading\", \"id\": \"${id}\" } } } ] }\n" },
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

/* 2.0.11 loses a little memory of its own with every session that returns. */
static int close_own(void **state)
{
    eb_server_write(*state, "suppressions", "leak:mosquitto__calloc\n");
    return eb_scene_close(state);
}

#define ATTRIBUTES "\"id\":\"7\",\"source\":\"/s\",\"type\":\"low\",\"specversion\":\"1.0\""
#define JSON_TYPE ",\"datacontenttype\":\"application/json\""
#define STRUCTURED "{" ATTRIBUTES JSON_TYPE ",\"data\":{\"percent\":12}}"
#define EVENT_TYPE "application/cloudevents+json"

/* What the next message is: "content type|name=value;…|payload". */
static const char *receive(struct eb_peer *peer, const char *topic)
{
    static char text[4096];
    const struct eb_received *got = assert_received(peer, topic, NULL);
    const char *type = eb_received_property(got, MQTT_PROP_CONTENT_TYPE, NULL);
    size_t used = (size_t)snprintf(text, sizeof text, "%s|", type ? type : "");
    for (size_t i = 0; i < got->property_count; i++) {
        if (got->properties[i].name)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s=%s;",
                got->properties[i].name, got->properties[i].value);
    }
    snprintf(text + used, sizeof text - used, "|%s", got->payload);
    return text;
}

/* Attributes as "name=value" lines; content_type NULL: none. Returns the reason code. */
static int publish(struct eb_peer *device, const char *topic, const char *content_type,
    const char *attributes, const char *payload, int qos)
{
    mosquitto_property *list = NULL;
    char name[64], value[64];
    int len;
    if (content_type)
        mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, content_type);
    for (; sscanf(attributes, "%63[^=]=%63[^\n]\n%n", name, value, &len) == 2; attributes += len)
        mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, name, value);
    int code = eb_peer_publish(
        device, (struct eb_publication){
                    .topic = topic, .payload = payload, .qos = qos, .properties = list });
    mosquitto_property_free_all(&list);
    return code;
}

#define PROPERTIES "id=7\nsource=/s\ntype=low\nspecversion=1.0\n"

static void publish_in_form(struct eb_server *server, int form, int qos)
{
    static const int protocols[] = { 5, 5, 4, 3 };
    struct eb_peer *device = eb_peer_connect(server, "device", protocols[form]);
    int code = 0;
    if (form == 0)
        code = publish(device, "cloud/x", "application/json", PROPERTIES, "{\"percent\":12}", qos);
    else if (form == 1)
        code = publish(device, "cloud/x", EVENT_TYPE "; charset=utf-8", "", STRUCTURED, qos);
    else
        code = eb_peer_publish_text(device, "cloud/x", STRUCTURED, qos);
    assert_int_equal(code & 0x80, 0); /* nobody may be there to receive it */
    eb_peer_disconnect(device);
}

static void both_modes__are_routed_alike_at_every_qos_and_version(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 2);
    for (int form = 0; form < 4; form++) {
        for (int qos = 0; qos < 3; qos++) {
            publish_in_form(server, form, qos);
            assert_string_equal(receive(service, "services/binary"),
                "application/json|id=7;source=/s;type=low;specversion=1.0;|{\"percent\":12}");
            assert_int_equal(service->current->qos, qos);
            assert_string_equal(receive(service, "services/structured"),
                form == 1 ? EVENT_TYPE "; charset=utf-8||" STRUCTURED : EVENT_TYPE "||" STRUCTURED);
            const char *made = receive(service, "services/made/x");
            assert_string_equal(strchr(made, '|'), "||{\"p\":12,\"of\":\"7\"}");
        }
    }
    assert_nothing_received(service);
}

static void invalid_event__is_refused_in_either_mode_and_told_where(void **state)
{
    static const struct {
        const char *topic, *content_type, *attributes, *payload;
        const char *want; /* in the letter */
    } cases[] = {
        { "cloud/x", "application/json", PROPERTIES, "{\"percent\":120}",
            "\"instanceLocation\":\"/data/percent\"" },
        { "cloud/x", EVENT_TYPE, "", "{" ATTRIBUTES ",\"data\":{\"percent\":120}}",
            "\"instanceLocation\":\"/data/percent\"" },
        { "cloud/x", "application/json", "id=7\nsource=/s\nspecversion=1.0\n", "{\"percent\":12}",
            "expected the attribute type" },
        { "cloud/x", EVENT_TYPE, "", "{\"id\":\"\"}", "\"instanceLocation\":\"/id\"" },
        { "cloud/x", "application/cloudevents+avro", PROPERTIES, "{\"percent\":12}",
            "\"reason\":\"envelope\"" },
        { "cloud/x", "application/json", PROPERTIES "data=1\n", "{\"percent\":12}",
            "\"instanceLocation\":\"/data\"" },
        { "cloud/x", "application/json", PROPERTIES "id=8\n", "{\"percent\":12}",
            "one user property for each attribute" },
        { "cloud/x", "application/json", PROPERTIES, "{\"percent\":12},\"id\":\"8\"",
            "\"reason\":\"not-json\"" },
        { "cloud/x", NULL, PROPERTIES, "{\"percent\":12}", "no content type declares to be JSON" },
        { "cloud/x", NULL, "", STRUCTURED, "because the content type is not" },
        { "named/x", "application/json", PROPERTIES "dataschema=event-bus:percent@1\n",
            "{\"percent\":120}", "\"instanceLocation\":\"/data/percent\"" },
        { "named/x", "application/json", PROPERTIES "dataschema=urn:nobody:knows\n", "{}",
            "the registry has no schema \\\"urn:nobody:knows\\\"" },
    };
    struct eb_server *server = *state;
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    eb_peer_subscribe(keeper, "cloud/#", 1);
    eb_peer_subscribe(keeper, "named/#", 1);
    eb_peer_subscribe(keeper, "services/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = publish(device, cases[i].topic, cases[i].content_type, cases[i].attributes,
            cases[i].payload, 1);
        char topic[64];
        snprintf(topic, sizeof topic, "$event-bus/dead-letter/%s", cases[i].topic);
        const struct eb_received *letter = assert_received(keeper, topic, NULL);
        if (code != 0x87 || !strstr(letter->payload, cases[i].want))
            print_error("%zu: %d, %s\nwant %s\n", i, code, letter->payload, cases[i].want);
        assert_int_equal(code, 0x87);
        assert_non_null(strstr(letter->payload, cases[i].want));
    }
    assert_nothing_received(keeper);
}

static void copies__towards_mqtt_3_are_data_or_the_whole_event(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 4);
    eb_peer_subscribe(service, "services/binary", 1);
    eb_peer_subscribe(service, "services/structured", 1);
    publish_in_form(server, 0, 1);
    assert_received(service, "services/binary", "{\"percent\":12}");
    assert_received(service, "services/structured", STRUCTURED);
    assert_nothing_received(service);
}

static void original__is_delivered_as_it_came(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "cloud/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(publish(device, "cloud/x", "application/json",
                         PROPERTIES "X-Other=y\nid2=\xc3\xbc\n", " {\"percent\":50} ", 1),
        0);
    assert_string_equal(receive(watcher, "cloud/x"),
        "application/json|id=7;source=/s;type=low;specversion=1.0;X-Other=y;id2=\xc3\xbc;| "
        "{\"percent\":50} ");
}

static void plain_event__becomes_a_cloudevent(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/from-plain", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    assert_string_equal(receive(service, "services/from-plain"),
        "application/json|source=/reject;type=reading;id=r-1;specversion=1.0;|" EB_GOOD);
}

static void retained_event__is_kept_and_cleared(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    struct eb_publication event = { "cloud/kept", STRUCTURED, 0, 1, true, NULL };
    eb_peer_publish(device, event);
    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, "cloud/kept", 1);
    assert_true(assert_received(late, "cloud/kept", STRUCTURED)->is_retain);
    event.payload = NULL;
    eb_peer_publish(device, event);
    assert_received(late, "cloud/kept", "");
    struct eb_peer *later = eb_peer_connect(server, "later", 5);
    eb_peer_subscribe(later, "cloud/kept", 1);
    assert_nothing_received(later);
}

/* By hand: what libmosquitto would not send. An empty name, an empty value, an attribute twice. */
static void properties__of_any_bytes_are_survived(void **state)
{
    static const char twice[] = "\x03\x00\x03"
                                "a/b"
                                "\x26\x00\x02id\x00\x01"
                                "1"
                                "\x26\x00\x02id\x00\x01"
                                "2";
    static const char empty[] = "\x03\x00\x00"
                                "\x26\x00\x00\x00\x00"
                                "\x26\x00\x02id\x00\x00";
    static const char good[] = "\x26\x00\x02id\x00\x01"
                               "1"
                               "\x26\x00\x06source\x00\x02/s"
                               "\x26\x00\x04type\x00\x01t"
                               "\x26\x00\x0bspecversion\x00\x03"
                               "1.0";
    struct eb_server *server = *state;
    struct eb_wire wire = eb_wire_connect(server, "raw", 5, false);
    eb_wire_publish_with(&wire, "named/x", "x", 1, twice, sizeof twice - 1);
    assert_int_equal(eb_wire_expect(&wire, EB_PUBACK, 1), 0x87);
    eb_wire_publish_with(&wire, "named/x", "x", 2, empty, sizeof empty - 1);
    assert_int_equal(eb_wire_expect(&wire, EB_PUBACK, 2), 0x87);
    eb_wire_publish_with(&wire, "named/x", "\xff\x00", 3, good, sizeof good - 1);
    assert_int_equal(eb_wire_expect(&wire, EB_PUBACK, 3) & 0x80, 0);
    eb_wire_drop(&wire);
}

#define WILL_EVENT_PROPERTIES                                                                      \
    "\x03\x00\x10"                                                                                 \
    "application/json"                                                                             \
    "\x26\x00\x02id\x00\x01"                                                                       \
    "7"                                                                                            \
    "\x26\x00\x06source\x00\x02/s"                                                                 \
    "\x26\x00\x04type\x00\x03low"                                                                  \
    "\x26\x00\x0bspecversion\x00\x03"                                                              \
    "1.0"

/* 2.0.11 does not tell plugins what properties a will has: a binary one is then no event. */
static void will__is_an_event_in_structured_mode_and_where_properties_are_told_in_binary(
    void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/structured", 1);
    static const char type[] = "\x03\x00\x1c" EVENT_TYPE;
    const struct eb_will structured = { .topic = "cloud/will",
        .payload = STRUCTURED,
        .qos = 1,
        .properties = type,
        .properties_len = sizeof type - 1 };
    struct eb_wire wire = eb_wire_connect_leaving(server, "leaving", 5, false, NULL, &structured);
    eb_wire_drop(&wire);
    assert_non_null(strstr(receive(service, "services/structured"), STRUCTURED));

    static const char properties[] = WILL_EVENT_PROPERTIES;
    const struct eb_will binary = { .topic = "cloud/will",
        .payload = "{\"percent\":12}",
        .qos = 1,
        .properties = properties,
        .properties_len = sizeof properties - 1 };
    struct eb_peer *keeper = eb_peer_connect(server, "keeper", 5);
    eb_peer_subscribe(keeper, "$event-bus/dead-letter/#", 1);
    wire = eb_wire_connect_leaving(server, "leaving", 5, false, NULL, &binary);
    eb_wire_drop(&wire);
    if (eb_server_is_2_1(server))
        assert_non_null(strstr(receive(service, "services/structured"), STRUCTURED));
    else
        assert_received(keeper, "$event-bus/dead-letter/cloud/will", NULL);
    assert_nothing_received(service);
    assert_nothing_received(keeper);
}

static void dead_letters(const struct eb_server *server, const char *command)
{
    char line[1024];
    snprintf(line, sizeof line,
        "$BUS dead-letters %s -h 127.0.0.1 -p $PORT --store $DIR/letters.jsonl", command);
    int code = eb_line_run(server, EB_CLI_FILE, line);
    if (code != 0)
        print_error("%s: %d\n%s\n", command, code, eb_line_output);
    assert_int_equal(code, 0);
}

/* In binary mode data is the payload, and attributes are properties; what came without a content
 * type, over MQTT 3.1.1, needs one over MQTT 5. */
static void letter__is_corrected_where_it_says(void **state)
{
    struct eb_server *server = *state;
    dead_letters(server, "list");
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/structured", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_peer *old = eb_peer_connect(server, "old", 4);

    publish(device, "cloud/x", "application/json", PROPERTIES, "{\"percent\":112}", 1);
    dead_letters(server, "list");
    dead_letters(server, "resend --all --set /data/percent=12");
    assert_string_equal(receive(service, "services/structured"), EVENT_TYPE "||" STRUCTURED);

    publish(device, "cloud/x", "nothing", "id=7\nsource=a b\ntype=low\nspecversion=1.0\nup=1\n",
        "{\"percent\":12}", 1);
    dead_letters(server, "list");
    dead_letters(server, "resend --all --set '/source=\"/s\"' --set /up=null "
                         "--set '/datacontenttype=\"application/json\"'");
    assert_string_equal(receive(service, "services/structured"),
        EVENT_TYPE "||{\"id\":\"7\",\"type\":\"low\",\"specversion\":\"1.0\","
                   "\"source\":\"/s\"" JSON_TYPE ",\"data\":{\"percent\":12}}");

    publish(device, "cloud/x", EVENT_TYPE, "", "{" ATTRIBUTES JSON_TYPE ",\"data\":{}}", 1);
    dead_letters(server, "list");
    dead_letters(server, "resend --all --set /data/percent=12");
    assert_string_equal(receive(service, "services/structured"), EVENT_TYPE "||" STRUCTURED);

    eb_peer_publish_text(old, "cloud/x", "{" ATTRIBUTES JSON_TYPE ",\"data\":{}}", 1);
    dead_letters(server, "list");
    dead_letters(server, "resend --all --set /data/percent=12");
    assert_string_equal(receive(service, "services/structured"), EVENT_TYPE "||" STRUCTURED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, eb_scene_leave)
    const struct CMUnitTest tests[] = {
        TEST(both_modes__are_routed_alike_at_every_qos_and_version),
        TEST(invalid_event__is_refused_in_either_mode_and_told_where),
        TEST(copies__towards_mqtt_3_are_data_or_the_whole_event),
        TEST(original__is_delivered_as_it_came),
        TEST(plain_event__becomes_a_cloudevent),
        TEST(retained_event__is_kept_and_cleared),
        TEST(properties__of_any_bytes_are_survived),
        TEST(letter__is_corrected_where_it_says),
        TEST(will__is_an_event_in_structured_mode_and_where_properties_are_told_in_binary),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
