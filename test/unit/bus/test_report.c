/* Reports to publishers: to whom, when, about what. */
#include "eb_test.h"

#include <jansson.h>

#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "small@1", "{\"required\":[\"n\"],\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "a", "{\"topic\":\"a/#\",\"schema\":\"small@1\"}" },
    { "q", "{\"topic\":\"q/#\",\"schema\":\"small@1\",\"on_violation\":\"quarantine\"}" },
    { "d", "{\"topic\":\"d/#\",\"schema\":\"small@1\",\"on_violation\":\"disconnect\"}" },
    { "m", "{\"topic\":\"site-a/#\",\"schema\":\"small@1\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "again", "{\"from\":[\"a/#\"],\"when\":{\"again\":[true]},\"to\":[{\"topic\":\"q/x\","
               "\"payload\":{},\"reroute\":true}]}" },
    { NULL, NULL },
};
static const char settings[] =
    "{\"version\":1,\"egress\":[\"services/#\"],\"reports\":{\"per_second\":3,"
    "\"mount_points\":[\"site-a/\"]}}";

static const struct eb_user_property always[] = { { EB_SPAN("x"), EB_SPAN("y") },
    { EB_SPAN("event-bus-report"), EB_SPAN("always") } };

static struct eb_message asking(const char *topic, const char *payload, const char *response)
{
    struct eb_message message = bus_message(topic, payload);
    message.properties.response_topic = eb_span_of(response);
    message.properties.correlation_data = eb_span("\0\1\2", 3);
    return message;
}

/* The report among what came of it; NULL: none. */
static const struct eb_publish *report_of(const struct eb_outcome *outcome)
{
    const struct eb_publish *report = NULL;
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        if (outcome->dispatches[i].kind != EB_REPORT)
            continue;
        assert_null(report);
        report = &outcome->dispatches[i].publish;
    }
    return report;
}

static const struct {
    const char *name, *topic, *payload, *response;
    bool asks_always;
    uint8_t protocol;
    bool is_bridge;
    bool want;
} cases[] = {
    { "refused", "a/1", "{}", "reply/1", false, 5, false, true },
    { "refused, not JSON", "a/1", "{", "reply/1", false, 5, false, true },
    { "refused, a topic of the bus", "services/1", "{}", "reply/1", false, 5, false, true },
    { "passed", "a/1", "{\"n\":1}", "reply/1", false, 5, false, false },
    { "passed, and asked", "a/1", "{\"n\":1}", "reply/1", true, 5, false, true },
    { "set aside, as if all were well", "q/1", "{}", "reply/1", false, 5, false, false },
    { "set aside, and asked", "q/1", "{}", "reply/1", true, 5, false, true },
    { "thrown out", "d/1", "{}", "reply/1", true, 5, false, false },
    { "not asked", "a/1", "{}", NULL, true, 5, false, false },
    { "MQTT 3.1.1", "a/1", "{}", "reply/1", true, 4, false, false },
    { "a bridge", "a/1", "{}", "reply/1", true, 5, true, false },
    { "nobody watches", "z/1", "{}", "reply/1", true, 5, false, false },
    { "to the broker", "a/1", "{}", "$SYS/x", false, 5, false, false },
    { "to control", "a/1", "{}", "$CONTROL/event-bus/v1", false, 5, false, false },
    { "to the dead letters", "a/1", "{}", "$event-bus/dead-letter/x", false, 5, false, false },
    { "to egress", "a/1", "{}", "services/x", false, 5, false, false },
    { "to a filter", "a/1", "{}", "reply/#", false, 5, false, false },
    { "to a wildcard", "a/1", "{}", "reply/+/x", false, 5, false, false },
    { "to nothing", "a/1", "{}", "", false, 5, false, false },
    { "to a control character", "a/1", "{}", "reply/\001", false, 5, false, false },
    { "behind a mount point", "site-a/1", "{}", "reply/1", false, 5, false, false },
};

static void report__goes_where_it_may_and_is_wanted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        bus_open(&bus, settings, schemas, contracts, rules);
        struct eb_message message = asking(cases[i].topic, cases[i].payload, cases[i].response);
        message.protocol = cases[i].protocol;
        message.is_bridge = cases[i].is_bridge;
        if (cases[i].asks_always) {
            message.properties.user = always;
            message.properties.user_count = 2;
        }
        const struct eb_publish *report = report_of(bus_run(&bus, &message));
        if ((report != NULL) != cases[i].want)
            print_error("%s: %s\n", cases[i].name, report ? "reported" : "not reported");
        assert_int_equal(report != NULL, cases[i].want);
        assert_int_equal(bus.snapshot->figures->reports, report != NULL);
        if (report) {
            assert_span_equal(report->topic, cases[i].response);
            assert_span_equal(report->client_id, "c1");
            assert_int_equal(report->properties.correlation_data.len, 3);
            assert_int_equal(report->qos, 0);
            assert_false(report->is_retain);
        }
        bus_close(&bus);
    }
}

static void will__is_not_reported_to_who_is_gone(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    struct eb_message message = asking("a/1", "{}", "reply");
    message.is_will = true;
    assert_null(report_of(bus_run(&bus, &message)));
    bus_close(&bus);
}

static void report__tells_verdict_schema_and_faults(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    struct eb_message message = asking("a/1", "{\"n\":10}", "reply");
    const struct eb_publish *report = report_of(bus_run(&bus, &message));
    assert_non_null(report);
    json_t *json =
        json_loadb(report->payload.ptr, report->payload.len, JSON_REJECT_DUPLICATES, NULL);
    const char *topic, *verdict, *reason, *name, *schema, *place, *keyword, *error;
    int version, is_valid;
    assert_int_equal(
        json_unpack(json, "{s:i,s:s,s:s,s:s,s:[{s:s,s:s,s:b,s:[{s:s,s:s,s:s}]}]}", "version",
            &version, "topic", &topic, "verdict", &verdict, "reason", &reason, "contracts", "name",
            &name, "schema", &schema, "valid", &is_valid, "faults", "instanceLocation", &place,
            "keywordLocation", &keyword, "error", &error),
        0);
    assert_int_equal(version, 1);
    assert_int_equal(strlen(json_string_value(json_object_get(json, "id"))), 36);
    assert_string_equal(topic, "a/1");
    assert_string_equal(verdict, "refused");
    assert_string_equal(reason, "schema");
    assert_string_equal(name, "a");
    assert_string_equal(schema, "small@1");
    assert_false(is_valid);
    assert_string_equal(place, "/n");
    assert_string_equal(keyword, "/properties/n/maximum");
    assert_string_equal(error, "expected at most 9, got 10");
    json_decref(json);
    bus_close(&bus);
}

static void report__has_a_budget_per_client(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    int reports[3] = { 0 };
    for (int i = 0; i < 30; i++) {
        struct eb_message message = asking("a/1", "{}", "reply");
        message.client_id = i % 2 ? eb_span_of("c1") : eb_span_of("c2");
        message.received_us += i >= 20 ? 1000000 : 0;
        const struct eb_publish *report = report_of(bus_run(&bus, &message));
        reports[i >= 20 ? 2 : i % 2] += report != NULL;
    }
    assert_int_equal(reports[0], 3);
    assert_int_equal(reports[1], 3);
    assert_int_equal(reports[2], 6);
    bus_close(&bus);
}

/* What becomes of copies is not the publisher's affair. */
static void report__is_of_the_event_and_not_of_its_copies(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    struct eb_message message = asking("a/1", "{\"n\":1,\"again\":true}", "reply");
    message.properties.user = always;
    message.properties.user_count = 2;
    const struct eb_publish *report = report_of(bus_run(&bus, &message));
    assert_non_null(memmem(report->payload.ptr, report->payload.len, "\"verdict\":\"passed\"", 18));
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report__goes_where_it_may_and_is_wanted),
        cmocka_unit_test(will__is_not_reported_to_who_is_gone),
        cmocka_unit_test(report__tells_verdict_schema_and_faults),
        cmocka_unit_test(report__has_a_budget_per_client),
        cmocka_unit_test(report__is_of_the_event_and_not_of_its_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
