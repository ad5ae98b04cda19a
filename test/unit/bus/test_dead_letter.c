/* A dead letter holds all that is needed to understand the event and to send it again. */
#include "eb_test.h"

#include <jansson.h>
#include <sys/mman.h>

#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "lock@1", "{\"required\":[\"type\"],\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "locks", "{\"topic\":\"locks/#\",\"schema\":\"lock@1\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "route", "{\"from\":[\"doors\"],\"to\":[{\"topic\":\"services/${site}\"}]}" },
    { NULL, NULL },
};

/* The letter as a program of somebody else's reads it. */
static json_t *read_letter(const struct eb_publish *publish)
{
    json_error_t error;
    json_t *letter = json_loadb(publish->payload.ptr, publish->payload.len,
        JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!letter)
        print_error("%s\n%.*s\n", error.text, (int)publish->payload.len, publish->payload.ptr);
    assert_non_null(letter);
    return letter;
}

static void expect_text(const json_t *object, const char *name, const char *want)
{
    const char *got = json_string_value(json_object_get(object, name));
    assert_non_null(got);
    assert_string_equal(got, want);
}

static void letter__holds_the_message_as_it_came(void **state)
{
    (void)state;
    static const struct eb_user_property user[] = {
        { EB_SPAN("k"), EB_SPAN("1") },
        { EB_SPAN("k"), EB_SPAN("2") },
    };
    struct eb_message message = bus_message("locks/1", "{\"n\":10}");
    message.is_retain = true;
    message.qos = 2;
    message.properties = (struct eb_properties){
        .payload_format = 1,
        .content_type = EB_SPAN("application/json"),
        .response_topic = EB_SPAN("reply/to"),
        .correlation_data = EB_SPAN("\0\1\2"),
        .user_count = 2,
        .user = user,
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    bus_run(&bus, &message);
    const struct eb_publish *publish =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/1");
    assert_int_equal(publish->qos, 1);
    assert_false(publish->is_retain);

    json_t *letter = read_letter(publish);
    assert_int_equal(json_integer_value(json_object_get(letter, "version")), 1);
    assert_int_equal(strlen(json_string_value(json_object_get(letter, "id"))), 36);
    expect_text(letter, "time", "2026-11-20T17:21:33.125Z");
    expect_text(letter, "topic", "locks/1");
    expect_text(json_object_get(letter, "client"), "id", "c1");
    expect_text(json_object_get(letter, "client"), "username", "u1");
    assert_int_equal(json_integer_value(json_object_get(letter, "protocol")), 5);
    assert_int_equal(json_integer_value(json_object_get(letter, "qos")), 2);
    assert_true(json_is_true(json_object_get(letter, "retain")));
    char *properties = json_dumps(json_object_get(letter, "properties"), JSON_COMPACT);
    assert_string_equal(properties,
        "[[\"payload-format-indicator\",1],[\"content-type\",\"application/json\"],"
        "[\"response-topic\",\"reply/to\"],[\"correlation-data\",\"AAEC\"],"
        "[\"user-property\",[\"k\",\"1\"]],[\"user-property\",[\"k\",\"2\"]]]");
    free(properties);
    expect_text(letter, "reason", "schema");
    assert_true(json_is_null(json_object_get(letter, "rule")));
    assert_int_equal(json_array_size(json_object_get(letter, "faults")), 2);
    expect_text(json_object_get(letter, "payload"), "encoding", "text");
    expect_text(json_object_get(letter, "payload"), "value", "{\"n\":10}");
    assert_null(json_object_get(letter, "truncated"));
    json_decref(letter);
    bus_close(&bus);
}

static void letter__keeps_binary_payloads_in_base64(void **state)
{
    (void)state;
    struct eb_message message = bus_message("locks/1", "");
    message.payload = eb_span("\xff\x00\x7f", 3);
    message.username = eb_span(NULL, 0);
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    bus_run(&bus, &message);
    json_t *letter =
        read_letter(bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/1"));
    expect_text(letter, "reason", "not-json");
    expect_text(json_object_get(letter, "payload"), "encoding", "base64");
    expect_text(json_object_get(letter, "payload"), "value", "/wB/");
    assert_true(json_is_null(json_object_get(json_object_get(letter, "client"), "username")));
    json_decref(letter);
    bus_close(&bus);
}

/* Escaped, each of its bytes would take six. */
static void letter__of_control_characters_is_not_six_times_their_size(void **state)
{
    (void)state;
    enum { BYTES = 100000 };
    static char zeros[BYTES];
    struct eb_message message = bus_message("locks/1", "");
    message.payload = eb_span(zeros, BYTES);
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    bus_run(&bus, &message);
    const struct eb_publish *publish =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/1");
    assert_true(publish->payload.len < 2 * BYTES);
    json_t *letter = read_letter(publish);
    expect_text(json_object_get(letter, "payload"), "encoding", "base64");
    json_decref(letter);
    bus_close(&bus);
}

static void letter__of_a_few_control_characters_is_text(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *want;
    } cases[] = {
        { "\n\t\n", "text" },
        { "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", "text" }, /* 20, and 16 and a fourth */
        { "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", "base64" },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bus_publish(&bus, "locks/1", cases[i].payload);
        json_t *letter =
            read_letter(bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/1"));
        expect_text(json_object_get(letter, "payload"), "encoding", cases[i].want);
        json_decref(letter);
    }
    bus_close(&bus);
}

/* MQTT allows the payload, but in base64 it is larger than any packet. */
static void letter__that_no_packet_could_hold_goes_without_the_payload(void **state)
{
    (void)state;
    size_t len = (size_t)200 << 20;
    void *zeros = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(zeros != MAP_FAILED);
    struct eb_message message = bus_message("locks/1", "");
    message.payload = eb_span(zeros, len);
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    bus_run(&bus, &message);
    const struct eb_publish *publish =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/1");
    assert_true(publish->payload.len < 4096);
    json_t *letter = read_letter(publish);
    expect_text(letter, "reason", "limit");
    assert_true(json_is_true(json_object_get(letter, "truncated")));
    json_decref(letter);
    bus_close(&bus);
    munmap(zeros, len);
}

static void letter__of_a_failed_target_names_rule_target_and_placeholder(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    bus_publish(&bus, "doors", "{}");
    json_t *letter =
        read_letter(bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/doors"));
    expect_text(letter, "reason", "target");
    expect_text(letter, "rule", "route");
    assert_int_equal(json_integer_value(json_object_get(letter, "target")), 0);
    const char *error = json_string_value(
        json_object_get(json_array_get(json_object_get(letter, "faults"), 0), "error"));
    assert_non_null(error);
    assert_non_null(strstr(error, "${site}"));
    json_decref(letter);
    bus_close(&bus);
}

static void letter__may_leave_out_the_payload_and_says_so(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"dead_letters\":{\"topic\":\"dead\",\"payload\":\"omit\"}}",
        schemas, contracts, rules);
    bus_publish(&bus, "locks/1", "{\"secret\":1}");
    json_t *letter = read_letter(bus_dispatch(&bus, 0, EB_DEAD_LETTER, "dead/locks/1"));
    assert_null(json_object_get(letter, "payload"));
    assert_true(json_is_true(json_object_get(letter, "truncated")));
    json_decref(letter);
    bus_close(&bus);
}

static void letter__of_an_overlong_topic_goes_to_the_bare_one(void **state)
{
    (void)state;
    char topic[65536];
    memset(topic, 'x', sizeof topic - 1);
    memcpy(topic, "locks/", 6);
    topic[65535] = '\0';
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    bus_publish(&bus, topic, "{}");
    json_t *letter = read_letter(bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter"));
    expect_text(letter, "topic", topic);
    json_decref(letter);
    bus_close(&bus);
}

static void ids__are_uuids_that_never_repeat(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    enum { EVENTS = 300 };
    static char ids[EVENTS][37];
    for (int i = 0; i < EVENTS; i++) {
        bus_publish(&bus, "locks/1", "{}");
        struct eb_span id = bus.outcome.event_id;
        assert_int_equal(id.len, 36);
        memcpy(ids[i], id.ptr, 36);
        assert_int_equal(ids[i][14], '7');
        assert_non_null(strchr("89ab", ids[i][19]));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(ids[i], ids[j]);
    }
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letter__holds_the_message_as_it_came),
        cmocka_unit_test(letter__keeps_binary_payloads_in_base64),
        cmocka_unit_test(letter__of_control_characters_is_not_six_times_their_size),
        cmocka_unit_test(letter__of_a_few_control_characters_is_text),
        cmocka_unit_test(letter__that_no_packet_could_hold_goes_without_the_payload),
        cmocka_unit_test(letter__of_a_failed_target_names_rule_target_and_placeholder),
        cmocka_unit_test(letter__may_leave_out_the_payload_and_says_so),
        cmocka_unit_test(letter__of_an_overlong_topic_goes_to_the_bare_one),
        cmocka_unit_test(ids__are_uuids_that_never_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
