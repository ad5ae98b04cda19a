/* Contracts, rules and targets where events are CloudEvents, in either mode. */
#include "eb_test.h"

#include <stdlib.h>

#include "bus/lint.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "lock@1", "{\"$id\":\"https://example.com/lock\",\"type\":\"object\",\"required\":"
                "[\"percent\"],\"properties\":{\"percent\":{\"type\":\"integer\",\"maximum\":100}},"
                "\"additionalProperties\":false}" },
    { "lock@2", "{\"type\":\"object\",\"required\":[\"percent\",\"door\"]}" },
    { "note@1", "{\"type\":\"string\",\"maxLength\":5}" },
    { "whole@1", "{\"required\":[\"subject\"],\"properties\":{\"data\":{\"type\":\"object\"}}}" },
    { NULL, NULL },
};

static const struct bus_text contracts[] = {
    { "by-contract", "{\"topic\":\"a/#\",\"envelope\":\"cloudevents\",\"schema\":\"lock@1\","
                     "\"candidate\":\"lock@2\"}" },
    { "by-event", "{\"topic\":\"b/#\",\"envelope\":\"cloudevents\"}" },
    { "by-content", "{\"topic\":\"c/#\",\"envelope\":\"cloudevents\",\"schema\":\"${type}@1\"}" },
    { "as-a-whole", "{\"topic\":\"a/whole\",\"schema\":\"whole@1\"}" },
    { "seen", "{\"topic\":\"d/#\",\"envelope\":\"cloudevents\",\"on_violation\":\"observe\","
              "\"unmatched\":\"dead-letter\",\"deduplicate\":{\"key\":\"${source} ${id}\","
              "\"window\":\"1m\"}}" },
    { "plain", "{\"topic\":\"plain/#\",\"schema\":\"lock@1\"}" },
    { NULL, NULL },
};

static const struct bus_text rules[] = {
    { "low", "{\"from\":[\"a/#\",\"b/#\",\"c/#\"],\"when\":{\"type\":[\"lock\"],\"ext\":[\"5\"],"
             "\"data\":{\"percent\":[{\"numeric\":[\"<\",20]}]}},\"to\":[{\"topic\":"
             "\"s/${subject|\\\"none\\\"}\",\"payload\":{\"of\":\"${id}\",\"p\":"
             "\"${data.percent}\"}}]}" },
    { NULL, NULL },
};

#define BINARY_MAX 12

/* An event in both modes: members of the structured one, and properties and payload of the other.
 */
struct forms {
    const char *members;    /* "\"id\":\"1\",…" */
    const char *properties; /* "id=1\n…" */
    const char *content_type;
    const char *payload;
};

static struct eb_message structured(const char *topic, const struct forms *forms, bool is_mqtt_5)
{
    static char payload[4096];
    snprintf(payload, sizeof payload, "{%s}", forms->members);
    struct eb_message message = bus_message(topic, payload);
    message.protocol = is_mqtt_5 ? 5 : 4;
    if (is_mqtt_5)
        message.properties.content_type = eb_span_of("application/cloudevents+json");
    return message;
}

static struct eb_message binary(const char *topic, const struct forms *forms)
{
    static struct eb_user_property user[BINARY_MAX];
    struct eb_message message = bus_message(topic, forms->payload);
    uint32_t count = 0;
    for (const char *at = forms->properties; *at; count++) {
        const char *equals = strchr(at, '='), *end = strchr(at, '\n');
        size_t len = end ? (size_t)(end - at) : strlen(at);
        assert_true(count < BINARY_MAX);
        user[count].name = eb_span(at, (size_t)(equals - at));
        user[count].value = eb_span(equals + 1, len - (size_t)(equals + 1 - at));
        at += end ? len + 1 : len;
    }
    message.properties.content_type = eb_span_of(forms->content_type);
    message.properties.user = user;
    message.properties.user_count = count;
    return message;
}

#define MEMBERS "\"id\":\"1\",\"source\":\"/s\",\"type\":\"lock\",\"specversion\":\"1.0\""
#define PROPERTIES "id=1\nsource=/s\ntype=lock\nspecversion=1.0"

static const struct forms good = { MEMBERS ",\"subject\":\"q\",\"ext\":5,\"data\":{\"percent\":12}",
    PROPERTIES "\nsubject=q\next=5", "application/json", "{\"percent\":12}" };

static const struct eb_judgement *judgement_of(const struct bus *bus, const char *contract)
{
    for (uint32_t i = 0; i < bus->outcome.judgement_count; i++) {
        if (eb_span_is(bus->outcome.judgements[i].contract->name, contract))
            return &bus->outcome.judgements[i];
    }
    fail_msg("no judgement by %s", contract);
    return NULL;
}

/* What an outcome says, but for what differs because the messages do. */
static void describe(const struct bus *bus, char *out, size_t bytes)
{
    const struct eb_outcome *outcome = &bus->outcome;
    size_t len = (size_t)snprintf(
        out, bytes, "%s %s\n", eb_verdict_name(outcome->verdict), eb_reason_name(outcome->reason));
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        const struct eb_judgement *judgement = &outcome->judgements[i];
        for (uint32_t j = 0; j < judgement->fault_count; j++)
            len += (size_t)snprintf(out + len, bytes - len, "%.*s: %.40s\n",
                (int)judgement->faults[j].instance_location.len,
                judgement->faults[j].instance_location.ptr, judgement->faults[j].error.ptr);
    }
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        if (dispatch->kind == EB_COPY)
            len += (size_t)snprintf(out + len, bytes - len, "%.*s %.*s\n",
                (int)dispatch->publish.topic.len, dispatch->publish.topic.ptr,
                (int)dispatch->publish.payload.len, dispatch->publish.payload.ptr);
    }
}

static void both_modes__are_judged_and_routed_alike(void **state)
{
    (void)state;
    static const struct {
        const char *name, *topic;
        struct forms forms;
        const char *want;
    } cases[] = {
        { "valid, and taken", "a/x",
            { MEMBERS ",\"subject\":\"q\",\"ext\":5,\"data\":{\"percent\":12}",
                PROPERTIES "\nsubject=q\next=5", "application/json", "{\"percent\":12}" },
            "passed none\ns/q {\"of\":\"1\",\"p\":12}\n" },
        { "data is invalid", "a/x",
            { MEMBERS ",\"data\":{\"percent\":112}", PROPERTIES, "application/json",
                "{\"percent\":112}" },
            "refused schema\n/data/percent: expected at most 100, got 112\n" },
        { "an attribute is invalid", "a/x",
            { MEMBERS ",\"subject\":\"\",\"data\":{\"percent\":12}",
                PROPERTIES "\nsubject=", "application/json", "{\"percent\":12}" },
            "refused envelope\n/subject: not a CloudEvent: expected a text that i\n" },
        { "both are", "a/x",
            { MEMBERS ",\"time\":\"now\",\"data\":{}", PROPERTIES "\ntime=now", "application/json",
                "{}" },
            "refused envelope\n/time: not a CloudEvent: expected a date and ti\n"
            "/data: the member \"percent\" is missing\n" },
        { "there is no data", "a/x", { MEMBERS, PROPERTIES, NULL, "" },
            "refused schema\n: expected data, as lock@1 has it, got non\n" },
        { "data is no JSON", "a/x",
            { MEMBERS ",\"datacontenttype\":\"a/b\",\"data_base64\":\"/w==\"", PROPERTIES, "a/b",
                "\xff" },
            "refused schema\n/data_base64: expected data, as lock@1 has it, got byt\n" },
        { "no schema is named", "b/x",
            { MEMBERS ",\"data\":[]", PROPERTIES, "application/json", "[]" }, "passed none\n" },
        { "by identifier", "b/x",
            { MEMBERS ",\"dataschema\":\"https://example.com/lock\",\"data\":{\"percent\":112}",
                PROPERTIES "\ndataschema=https://example.com/lock", "application/json",
                "{\"percent\":112}" },
            "refused schema\n/data/percent: expected at most 100, got 112\n" },
        { "by name", "b/x",
            { MEMBERS ",\"ext\":\"5\",\"dataschema\":\"event-bus:lock@1\",\"data\":{\"percent\":1}",
                PROPERTIES "\next=5\ndataschema=event-bus:lock@1", "application/json",
                "{\"percent\":1}" },
            "passed none\ns/none {\"of\":\"1\",\"p\":1}\n" },
        { "by name, the highest", "b/x",
            { MEMBERS ",\"dataschema\":\"event-bus:lock@latest\",\"data\":{\"percent\":1}",
                PROPERTIES "\ndataschema=event-bus:lock@latest", "application/json",
                "{\"percent\":1}" },
            "refused schema\n/data: the member \"door\" is missing\n" },
        { "by file", "b/x",
            { MEMBERS ",\"dataschema\":\"event-bus:/note/1.json\",\"data\":\"123456\"",
                PROPERTIES "\ndataschema=event-bus:/note/1.json", "application/json",
                "\"123456\"" },
            "refused schema\n/data: " },
        { "text is judged as a string", "b/x",
            { MEMBERS ",\"dataschema\":\"event-bus:note@1\",\"datacontenttype\":\"text/plain\","
                      "\"data\":\"123456\"",
                PROPERTIES "\ndataschema=event-bus:note@1", "text/plain", "123456" },
            "refused schema\n/data: " },
        { "what the registry does not have", "b/x",
            { MEMBERS ",\"dataschema\":\"event-bus:lock@3\",\"data\":{}",
                PROPERTIES "\ndataschema=event-bus:lock@3", "application/json", "{}" },
            "refused subject\n/dataschema: the registry has no schema \"event-bus:lo\n" },
        { "by content", "c/x",
            { MEMBERS ",\"data\":{\"percent\":112}", PROPERTIES, "application/json",
                "{\"percent\":112}" },
            "refused schema\n/data/percent: expected at most 100, got 112\n" },
        { "another contract judges all of it", "a/whole",
            { MEMBERS ",\"data\":{\"percent\":12}", PROPERTIES, "application/json",
                "{\"percent\":12}" },
            "refused schema\n: the member \"subject\" is missing\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        char got[3][2048];
        bus_open(&bus, NULL, schemas, contracts, rules);
        struct eb_message messages[] = { structured(cases[i].topic, &cases[i].forms, true),
            structured(cases[i].topic, &cases[i].forms, false),
            binary(cases[i].topic, &cases[i].forms) };
        for (int form = 0; form < 3; form++) {
            bus_run(&bus, &messages[form]);
            describe(&bus, got[form], sizeof got[form]);
            bool is_right = strncmp(got[form], cases[i].want, strlen(cases[i].want)) == 0 &&
                            strcmp(got[form], got[0]) == 0;
            if (!is_right)
                print_error("%s, form %d\ngot  %s\nwant %s\n", cases[i].name, form, got[form],
                    cases[i].want);
            assert_true(is_right);
        }
        bus_close(&bus);
    }
}

static void sentence__says_what_to_do_about_it(void **state)
{
    (void)state;
    static const struct {
        const char *name, *topic;
        struct forms forms;
        const char *place, *error;
    } cases[] = {
        { "an attribute is missing", "a/x",
            { "", "id=1\nsource=/s\nspecversion=1.0", "application/json", "{\"percent\":1}" }, "",
            "not a CloudEvent: expected the attribute type among the user properties, because the "
            "content type is not application/cloudevents+json" },
        { "an attribute is wrong", "a/x",
            { "", PROPERTIES "\nsubject=", "application/json", "{\"percent\":1}" }, "/subject",
            "not a CloudEvent: expected a text that is not empty, got \"\"" },
        { "a name is wrong", "a/x", { "", PROPERTIES "\nid=2", "application/json", "{}" }, "/id",
            "not a CloudEvent: expected one user property for each attribute" },
        { "the data is wrong", "a/x", { "", PROPERTIES, "application/json", "{" }, "",
            "the JSON text ends too early: expected a member name in double quotes, at byte 1" },
        { "the data is of no type", "a/x", { "", PROPERTIES, NULL, "\xff" }, "/data_base64",
            "expected data, as lock@1 has it, got bytes that no content type declares to be JSON" },
        { "the data is of another type", "a/x", { "", PROPERTIES, "a/b", "\xff" }, "/data_base64",
            "expected data, as lock@1 has it, got bytes that are neither JSON nor text" },
        { "there is no data", "a/x", { "", PROPERTIES, NULL, "" }, "",
            "expected data, as lock@1 has it, got none" },
        { "the schema is unknown", "b/x",
            { "", PROPERTIES "\ndataschema=urn:x", "application/json", "1" }, "/dataschema",
            "the registry has no schema \"urn:x\", which the event names" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        bus_open(&bus, NULL, schemas, contracts, rules);
        struct eb_message message = binary(cases[i].topic, &cases[i].forms);
        bus_run(&bus, &message);
        const struct eb_judgement *judgement = &bus.outcome.judgements[0];
        assert_int_equal(judgement->fault_count, 1);
        struct eb_span place = judgement->faults[0].instance_location;
        struct eb_span error = judgement->faults[0].error;
        if (!eb_span_is(place, cases[i].place) || !eb_span_is(error, cases[i].error))
            fail_msg("%s: got %.*s: %.*s", cases[i].name, (int)place.len, place.ptr, (int)error.len,
                error.ptr);
        bus_close(&bus);
    }
}

/* Whichever of the two comes last. */
static void event__is_enveloped_for_any_contract_of_its_filter(void **state)
{
    (void)state;
    static const char *const enveloped =
        "{\"topic\":\"a/#\",\"envelope\":\"cloudevents\",\"schema\":\"lock@1\"}";
    static const char *const whole = "{\"topic\":\"a/#\",\"schema\":\"whole@1\"}";
    static const struct forms forms = { "", PROPERTIES "\nsubject=q", "application/json",
        "{\"percent\":1}" };
    for (int i = 0; i < 2; i++) {
        const struct bus_text two[] = { { "one", i ? whole : enveloped },
            { "two", i ? enveloped : whole }, { NULL, NULL } };
        struct bus bus;
        bus_open(&bus, NULL, schemas, two, NULL);
        struct eb_message message = binary("a/x", &forms);
        assert_int_equal(bus_run(&bus, &message)->verdict, EB_PASSED);
        bus_close(&bus);
    }
}

static void schema__that_judged_is_told(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    struct eb_message message = binary("b/x", &good);
    bus_run(&bus, &message);
    assert_span_equal(judgement_of(&bus, "by-event")->schema, NULL);
    message = binary("a/x", &good);
    bus_run(&bus, &message);
    assert_span_equal(judgement_of(&bus, "by-contract")->schema, "lock@1");
    assert_false(judgement_of(&bus, "by-contract")->is_candidate_valid);
    bus_close(&bus);
}

static void faults__are_no_more_than_the_limit(void **state)
{
    (void)state;
    struct bus bus;
    for (int max = 1; max < 9; max++) {
        char settings[100];
        snprintf(settings, sizeof settings, "{\"version\":1,\"limits\":{\"faults\":%d}}", max);
        bus_open(&bus, settings, schemas, contracts, rules);
        struct eb_message message = bus_message("a/x", "{\"A\":1,\"data\":{\"x\":1}}");
        message.protocol = 4;
        const struct eb_outcome *outcome = bus_run(&bus, &message);
        assert_int_equal(outcome->verdict, EB_REFUSED);
        assert_int_equal(outcome->reason, EB_REASON_ENVELOPE);
        const struct eb_judgement *judgement = judgement_of(&bus, "by-contract");
        assert_int_equal(judgement->fault_count, max < 7 ? max : 7);
        assert_int_equal(judgement->has_more_faults, max < 7);
        bus_close(&bus);
    }
}

/* Attributes took all the room there is; that the schema is unknown is one fault more. */
static void fault__of_the_schema_that_an_event_names_is_one_of_them(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        uint32_t count; /* as far as there is room */
    } cases[] = {
        { "b/x", "{\"type\":\"lock\",\"specversion\":\"1.0\",\"dataschema\":\"urn:none\"}", 3 },
        { "a/x", "{\"type\":\"lock\",\"specversion\":\"1.0\"}", 3 },
        { "b/x", "{\"type\":\"lock\",\"specversion\":\"1.0\"}", 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (uint32_t max = 1; max < 5; max++) {
            struct bus bus;
            char settings[100];
            snprintf(settings, sizeof settings, "{\"version\":1,\"limits\":{\"faults\":%u}}", max);
            bus_open(&bus, settings, schemas, contracts, rules);
            struct eb_message message = bus_message(cases[i].topic, cases[i].payload);
            message.protocol = 4;
            assert_int_equal(bus_run(&bus, &message)->verdict, EB_REFUSED);
            assert_int_equal(bus.outcome.reason, EB_REASON_ENVELOPE);
            const struct eb_judgement *judgement = &bus.outcome.judgements[0];
            assert_int_equal(judgement->fault_count, max < cases[i].count ? max : cases[i].count);
            assert_int_equal(judgement->has_more_faults, max < cases[i].count);
            bus_close(&bus);
        }
    }
}

static void candidate__judges_what_the_schema_in_force_does(void **state)
{
    (void)state;
    static const struct bus_text trying[] = {
        { "c", "{\"topic\":\"a/#\",\"envelope\":\"cloudevents\",\"schema\":\"lock@2\","
               "\"candidate\":\"lock@1\"}" },
        { NULL, NULL },
    };
    static const struct {
        const char *data;
        bool is_valid;
    } cases[] = {
        { ",\"data\":{\"percent\":1}", true },
        { ",\"data\":{\"percent\":1,\"door\":2}", false },
        { "", false },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, trying, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char payload[200];
        snprintf(payload, sizeof payload,
            "{\"id\":\"1\",\"source\":\"/s\",\"type\":\"lock\",\"specversion\":\"1.0\"%s}",
            cases[i].data);
        struct eb_message message = bus_message("a/x", payload);
        message.protocol = 4;
        bus_run(&bus, &message);
        assert_int_equal(bus.outcome.judgements[0].is_candidate_valid, cases[i].is_valid);
        assert_int_equal(!bus.outcome.judgements[0].candidate_fault, cases[i].is_valid);
    }
    bus_close(&bus);
}

static void empty_payload__is_an_event_that_has_attributes(void **state)
{
    (void)state;
    static const struct bus_text all[] = {
        { "all", "{\"from\":[\"b/#\",\"d/#\"],\"to\":[{\"topic\":\"all\"}]}" },
        { NULL, NULL },
    };
    static const struct forms no_data = { MEMBERS, PROPERTIES, NULL, "" };
    static const struct forms nothing = { "", "", NULL, "" };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, all);
    struct eb_message message = binary("b/x", &no_data);
    assert_int_equal(bus_run(&bus, &message)->rule_count, 1);
    message.is_retain = true; /* it clears what was retained, whatever else it is */
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_PASSED);
    assert_int_equal(bus.outcome.rule_count, 0);
    message = binary("b/x", &nothing);
    assert_int_equal(bus_run(&bus, &message)->reason, EB_REASON_ENVELOPE);
    message = binary("d/x", &nothing); /* observed: it is routed as what it is */
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_PASSED);
    assert_int_equal(bus.outcome.rule_count, 0);
    bus_close(&bus);
}

static void keys__are_of_the_event_whatever_its_mode(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    struct eb_message message = binary("d/x", &good);
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_PASSED);
    message = structured("d/x", &good, false);
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_DEDUPLICATED);
    bus_close(&bus);
}

static void observed_event__is_seen_as_far_as_it_is_one(void **state)
{
    (void)state;
    static const struct bus_text all[] = {
        { "all", "{\"from\":[\"d/#\"],\"when\":{\"type\":[\"lock\"]},\"to\":[{\"topic\":\"all\","
                 "\"cloudevents\":\"structured\"}]}" },
        { NULL, NULL },
    };
    static const struct forms no_id = {
        "\"source\":\"/s\",\"type\":\"lock\",\"specversion\":\"1.0\"",
        "source=/s\ntype=lock\nspecversion=1.0", NULL, ""
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, all);
    struct eb_message messages[] = { binary("d/x", &no_id), structured("d/x", &no_id, false) };
    for (int i = 0; i < 2; i++) {
        const struct eb_outcome *outcome = bus_run(&bus, &messages[i]);
        assert_int_equal(outcome->verdict, EB_PASSED);
        assert_int_equal(outcome->rule_count, 1);
        const struct eb_publish *letter =
            bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/d/x");
        assert_non_null(memmem(letter->payload.ptr, letter->payload.len,
            "id: the copy would be no CloudEvent: expected this attribute", 60));
    }
    bus_close(&bus);
}

/* Elements in pairs look like members to who does not look twice. */
static void observed_array__is_no_event(void **state)
{
    (void)state;
    static const struct bus_text all[] = {
        { "all", "{\"from\":[\"d/#\"],\"to\":[{\"topic\":\"all\",\"cloudevents\":\"structured\"},"
                 "{\"topic\":\"too\",\"cloudevents\":\"binary\"}]}" },
        { NULL, NULL },
    };
    static const char *const payloads[] = { "[]", "[1]", "[[\"x\"],\"a\",{}]", "5", "\"id\"",
        "[\"id\",\"1\",\"source\",\"/s\",\"type\",\"t\",\"specversion\",\"1.0\"]" };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, all);
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct eb_message message = bus_message("d/x", payloads[i]);
        message.protocol = 4;
        assert_int_equal(bus_run(&bus, &message)->dispatch_count, 2);
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/d/x");
        bus_dispatch(&bus, 1, EB_DEAD_LETTER, "$event-bus/dead-letter/d/x");
    }
    bus_close(&bus);
}

static void dead_letter__has_the_message_and_not_the_view(void **state)
{
    (void)state;
    static const struct forms bad = { MEMBERS, PROPERTIES "\nUP=1", "application/json", "[ 1 ]" };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    struct eb_message message = binary("a/x", &bad);
    bus_run(&bus, &message);
    const struct eb_publish *letter =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/a/x");
    static const char *const parts[] = {
        "\"properties\":[[\"content-type\",\"application/"
        "json\"],[\"user-property\",[\"id\",\"1\"]]",
        "[\"user-property\",[\"UP\",\"1\"]]",
        "\"payload\":{\"encoding\":\"text\",\"value\":\"[ 1 ]\"}",
        "\"instanceLocation\":\"/data\"",
        "\"envelope\":\"cloudevents\"",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!memmem(letter->payload.ptr, letter->payload.len, parts[i], strlen(parts[i])))
            fail_msg("%s is not in %.*s", parts[i], (int)letter->payload.len, letter->payload.ptr);
    }
    bus_close(&bus);
}

/* ---- loading ---- */

static void contract__without_a_schema_must_be_of_cloudevents(void **state)
{
    (void)state;
    static const struct bus_text bare[] = { { "c", "{\"topic\":\"t\"}" }, { NULL, NULL } };
    struct bus bus;
    bus_open(&bus, NULL, schemas, bare, NULL);
    assert_null(bus.snapshot);
    assert_true(bus_says(&bus, "c:1:1: error: the member \"schema\" is missing (at the top)"));
    bus_close(&bus);
}

/* Who uses our schema for something of his own takes nothing from anybody. */
static void registry__may_hold_the_schema_of_events(void **state)
{
    (void)state;
    static const struct bus_text taken[] = {
        { "event@1", "{\"$id\":\"urn:mosquitto-event-bus:schema:cloudevent:1\"}" },
        { NULL, NULL },
    };
    static const struct bus_text one[] = {
        { "c", "{\"topic\":\"t\",\"schema\":\"event@1\",\"envelope\":\"cloudevents\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, taken, one, NULL);
    assert_non_null(bus.snapshot);
    eb_lint(&bus.configuration, bus.snapshot, true, &bus.diags);
    assert_int_equal(bus.diags.count, 0);
    bus_close(&bus);
}

static void target__that_cannot_be_right_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *more, *want;
    } cases[] = {
        { "a/#", "\"cloudevents\":\"batch\"", NULL },
        { "a/#", "\"cloudevents\":{}", NULL },
        { "a/#", "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"id\":5}}", NULL },
        { "other", "\"cloudevents\":\"binary\"",
            "expected templates for the attributes source and type: not all events of this rule "
            "are CloudEvents, by a contract with \"envelope\": \"cloudevents\" (at "
            "/to/0/cloudevents)" },
        { "#", "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"source\":\"/s\"}}",
            "expected templates for the attributes source and type: not all events of this rule "
            "are CloudEvents, by a contract with \"envelope\": \"cloudevents\" (at "
            "/to/0/cloudevents)" },
        { "a/x", "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"Ext\":\"1\"}}",
            "no attribute can have this name: expected letters a to z and digits, and not "
            "\"data\", which is the payload (at /to/0/cloudevents/attributes/Ext)" },
        { "a/x", "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"data\":\"1\"}}",
            "no attribute can have this name: expected letters a to z and digits, and not "
            "\"data\", which is the payload (at /to/0/cloudevents/attributes/data)" },
        { "a/x", "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"specversion\":\"1.0\"}}",
            "specversion is \"1.0\", and cannot be given (at "
            "/to/0/cloudevents/attributes/specversion)" },
        { "a/x", "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"id\":null}}",
            "a CloudEvent must have this attribute (at /to/0/cloudevents/attributes/id)" },
        { "a/x", "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"time\":\"now\"}}",
            "expected a date and time with offset, as 2026-11-20T17:21:33Z (at "
            "/to/0/cloudevents/attributes/time)" },
        { "a/x", "\"cloudevents\":{\"mode\":\"structured\",\"attributes\":{\"subject\":\"\"}}",
            "expected a text that is not empty (at /to/0/cloudevents/attributes/subject)" },
        { "a/x", "\"cloudevents\":\"structured\",\"content_type\":\"a/b\"",
            "a CloudEvent's content type follows from its mode; that of its data is "
            "cloudevents.attributes.datacontenttype (at /to/0/content_type)" },
        { "a/x", "\"cloudevents\":\"binary\",\"user_properties\":{\"set\":{\"site\":\"x\"}}",
            "in binary mode this is an attribute, or would be taken for one: it belongs into "
            "cloudevents.attributes (at /to/0/user_properties/set/site)" },
        { "a/x", "\"cloudevents\":\"binary\",\"user_properties\":{\"drop\":[\"data\"]}",
            "in binary mode this is an attribute, or would be taken for one: it belongs into "
            "cloudevents.attributes (at /to/0/user_properties/drop/0)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rule[500];
        snprintf(rule, sizeof rule, "{\"from\":[\"%s\"],\"to\":[{\"topic\":\"s\",%s}]}",
            cases[i].from, cases[i].more);
        const struct bus_text one[] = { { "r", rule }, { NULL, NULL } };
        struct bus bus;
        bus_open(&bus, NULL, schemas, contracts, one);
        bool is_said = cases[i].want == NULL;
        for (const struct eb_diag *diag = bus.diags.first; diag && !is_said; diag = diag->next) {
            char text[1000];
            eb_diag_format(diag, text, sizeof text);
            is_said = strstr(text, cases[i].want) != NULL;
            if (!is_said)
                print_error("%s\n", text);
        }
        if (bus.snapshot || !is_said)
            print_error("%s\nwant %s\n", rule, cases[i].want);
        assert_true(!bus.snapshot && is_said);
        bus_close(&bus);
    }
}

/* ---- emitting ---- */

/* "content-type|name=value|…|payload" of a copy. */
static const char *copy_text(const struct eb_publish *publish)
{
    static char text[4096];
    struct eb_span type = publish->properties.content_type;
    size_t len = (size_t)snprintf(text, sizeof text, "%.*s|", (int)type.len, type.ptr);
    for (uint32_t i = 0; i < publish->properties.user_count; i++) {
        const struct eb_user_property *one = &publish->properties.user[i];
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s=%.*s|", (int)one->name.len,
            one->name.ptr, (int)one->value.len, one->value.ptr);
    }
    snprintf(
        text + len, sizeof text - len, "%.*s", (int)publish->payload.len, publish->payload.ptr);
    return text;
}

static void check_copy(
    const char *target, const char *rule_from, struct eb_message *message, const char *want)
{
    char rule[600];
    snprintf(
        rule, sizeof rule, "{\"from\":[\"%s\"],\"to\":[{\"topic\":\"s\",%s}]}", rule_from, target);
    const struct bus_text one[] = { { "r", rule }, { NULL, NULL } };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, one);
    if (!bus.snapshot)
        print_error("%s is refused\n", rule);
    assert_non_null(bus.snapshot);
    bus_run(&bus, message);
    assert_true(bus.outcome.dispatch_count > 0);
    const struct eb_dispatch *copy = &bus.outcome.dispatches[0];
    bool is_copy = copy->kind == EB_COPY;
    char got[4096];
    snprintf(got, sizeof got, "%s",
        is_copy       ? copy_text(&copy->publish)
        : copy->fault ? copy->fault->error.ptr
                      : "refused");
    if (strcmp(got, want) != 0)
        print_error("%s\ngot  %s\nwant %s\n", target, got, want);
    assert_string_equal(got, want);
    bus_close(&bus);
}

#define STRUCTURED "application/cloudevents+json|"

static void structured_copy__must_have_the_content_type_of_the_format(void **state)
{
    (void)state;
    static const struct forms view = { MEMBERS ",\"datacontenttype\":\"a/json\",\"data\":[ 1 ]",
        PROPERTIES "\nUP=1", "a/json", "[ 1 ]" };
    static const char copy[] = "{" MEMBERS ",\"datacontenttype\":\"a/json\",\"data\":[ 1 ]}";
    struct eb_message messages[] = { structured("b/x", &view, false),
        structured("b/x", &view, true), binary("b/x", &view) };
    char want[400];
    for (int i = 0; i < 3; i++) {
        snprintf(want, sizeof want, STRUCTURED "%s%s", i == 2 ? "UP=1|" : "", copy);
        check_copy("\"cloudevents\":\"structured\"", "b/#", &messages[i], want);
    }
}

static void binary_copy__must_map_attributes_content_type_and_data(void **state)
{
    (void)state;
    static const struct forms view = { MEMBERS
        ",\"time\":null,\"ext\":true,\"datacontenttype\":\"a/json\",\"data\":[ 1 ]",
        PROPERTIES "\next=true", "a/json", "[ 1 ]" };
    struct eb_message messages[] = { structured("b/x", &view, false),
        structured("b/x", &view, true), binary("b/x", &view) };
    for (int i = 0; i < 3; i++)
        check_copy("\"cloudevents\":\"binary\"", "b/#", &messages[i],
            "a/json|id=1|source=/s|type=lock|specversion=1.0|ext=true|[ 1 ]");
}

static void implied_content_type__should_be_set_in_another_mode(void **state)
{
    (void)state;
    static const struct forms view = { MEMBERS ",\"data\":\"I'm just a string\"", PROPERTIES,
        "application/json", "\"I'm just a string\"" };
    struct eb_message message = structured("b/x", &view, false);
    check_copy("\"cloudevents\":\"binary\"", "b/#", &message,
        "application/json|id=1|source=/s|type=lock|specversion=1.0|\"I'm just a string\"");
}

static void data__that_is_no_json_is_converted(void **state)
{
    (void)state;
    static const struct {
        struct forms forms;
        const char *structured, *binary;
    } cases[] = {
        { { MEMBERS ",\"datacontenttype\":\"text/xml\",\"data\":\"<a b=\\\"c\\\"/>\"", PROPERTIES,
              "text/xml", "<a b=\"c\"/>" },
            "{" MEMBERS ",\"datacontenttype\":\"text/xml\",\"data\":\"<a b=\\\"c\\\"/>\"}",
            "text/xml|id=1|source=/s|type=lock|specversion=1.0|<a b=\"c\"/>" },
        { { MEMBERS ",\"datacontenttype\":\"a/b\",\"data_base64\":\"//4=\"", PROPERTIES, "a/b",
              "\xff\xfe" },
            "{" MEMBERS ",\"datacontenttype\":\"a/b\",\"data_base64\":\"//4=\"}",
            "a/b|id=1|source=/s|type=lock|specversion=1.0|\xff\xfe" },
        { { MEMBERS ",\"data_base64\":\"eyB9\"", PROPERTIES, NULL, "{ }" },
            "{" MEMBERS ",\"data_base64\":\"eyB9\"}",
            "|id=1|source=/s|type=lock|specversion=1.0|{ }" },
        { { MEMBERS, PROPERTIES, NULL, "" }, "{" MEMBERS "}",
            "|id=1|source=/s|type=lock|specversion=1.0|" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_message messages[] = { structured("b/x", &cases[i].forms, true),
            binary("b/x", &cases[i].forms) };
        for (int form = 0; form < 2; form++) {
            char want[400];
            snprintf(want, sizeof want, STRUCTURED "%s", cases[i].structured);
            check_copy("\"cloudevents\":\"structured\"", "b/#", &messages[form], want);
            check_copy("\"cloudevents\":\"binary\"", "b/#", &messages[form], cases[i].binary);
        }
    }
    static const struct forms latin = { MEMBERS
        ",\"datacontenttype\":\"text/plain;charset=latin1\",\"data\":\"\xc3\xa9\"",
        PROPERTIES, NULL, NULL };
    struct eb_message message = structured("b/x", &latin, true);
    check_copy("\"cloudevents\":\"binary\"", "b/#", &message,
        "datacontenttype: the copy would be no CloudEvent: expected text in UTF-8: in another "
        "charset its bytes are not known");
}

static void given_attributes__win_and_a_template_makes_the_data(void **state)
{
    (void)state;
    static const struct forms view = { MEMBERS
        ",\"subject\":\"q\",\"dataschema\":\"event-bus:note@1\",\"data\":\"abc\"",
        PROPERTIES "\nsubject=q\ndataschema=event-bus:note@1", "application/json", "\"abc\"" };
    struct eb_message messages[] = { structured("b/x", &view, false),
        structured("b/x", &view, true), binary("b/x", &view) };
    for (int i = 0; i < 3; i++) {
        check_copy("\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"type\":\"x.${type}\","
                   "\"subject\":null,\"site\":\"${$mqtt.level[1]}\"}}",
            "b/#", &messages[i],
            "application/json|id=1|source=/s|specversion=1.0|dataschema=event-bus:note@1|"
            "type=x.lock|site=x|\"abc\"");
        check_copy("\"payload\":{\"d\":\"${data}\"},\"cloudevents\":\"structured\"", "b/#",
            &messages[i],
            STRUCTURED "{" MEMBERS ",\"subject\":\"q\",\"datacontenttype\":\"application/json\","
                       "\"data\":{\"d\":\"abc\"}}");
        check_copy("\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"datacontenttype\":"
                   "\"text/plain\"}}",
            "b/#", &messages[i],
            "text/plain|id=1|source=/s|type=lock|specversion=1.0|subject=q|"
            "dataschema=event-bus:note@1|\"abc\"");
        check_copy("\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"subject\":"
                   "\"${nothing|\\\"\\\"}\"}}",
            "b/#", &messages[i],
            "subject: the copy would be no CloudEvent: expected a text that is not empty");
    }
}

static void plain_event__becomes_one(void **state)
{
    (void)state;
    struct eb_message message = bus_message("plain/door", "{\"percent\":5}");
    struct eb_user_property user[] = { { EB_SPAN("subject"), EB_SPAN("chosen by the device") },
        { EB_SPAN("traceparent"), EB_SPAN("00-1-2-01") }, { EB_SPAN("X-a"), EB_SPAN("b") } };
    message.properties.user = user;
    message.properties.user_count = 3;
    check_copy("\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"source\":"
               "\"/${$mqtt.level[1]}\",\"type\":\"t.${percent}\",\"id\":\"x\"}}",
        "#", &message,
        "application/json|source=/door|type=t.5|id=x|specversion=1.0|traceparent=00-1-2-01|X-a=b|"
        "{\"percent\":5}");
    check_copy("\"cloudevents\":{\"mode\":\"structured\",\"attributes\":{\"source\":"
               "\"/${$mqtt.level[1]}\",\"type\":\"t\",\"id\":\"x\"}}",
        "#", &message,
        STRUCTURED "subject=chosen by the device|traceparent=00-1-2-01|X-a=b|{\"source\":\"/door\","
                   "\"type\":\"t\",\"id\":\"x\",\"specversion\":\"1.0\",\"datacontenttype\":"
                   "\"application/json\",\"data\":{\"percent\":5}}");
    message = bus_message("other", "\xff");
    check_copy("\"cloudevents\":{\"mode\":\"structured\",\"attributes\":{\"source\":\"/s\","
               "\"type\":\"t\",\"id\":\"x\"}}",
        "#", &message,
        STRUCTURED "{\"source\":\"/s\",\"type\":\"t\",\"id\":\"x\",\"specversion\":\"1.0\","
                   "\"data_base64\":\"/w==\"}");
    message.properties.content_type = eb_span_of("application/json");
    check_copy("\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"source\":\"/s\","
               "\"type\":\"t\",\"id\":\"x\"}}",
        "#", &message,
        "data: the copy would be no CloudEvent: expected JSON, as datacontenttype "
        "says");
}

static void plain_event__has_the_bus_s_id(void **state)
{
    (void)state;
    static const struct bus_text one[] = {
        { "r", "{\"from\":[\"other\"],\"to\":[{\"topic\":\"s\",\"cloudevents\":{\"mode\":"
               "\"binary\",\"attributes\":{\"source\":\"/s\",\"type\":\"t\"}}}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, one);
    bus_publish(&bus, "other", "1");
    const struct eb_publish *copy = bus_dispatch(&bus, 0, EB_COPY, "s");
    const struct eb_user_property *id = &copy->properties.user[copy->properties.user_count - 1];
    assert_span_equal(id->name, "id");
    assert_true(eb_span_equal(id->value, bus.outcome.event_id));
    bus_close(&bus);
}

static void properties_of_a_structured_event__become_no_attributes(void **state)
{
    (void)state;
    struct eb_message message = structured("b/x", &good, true);
    struct eb_user_property user[] = { { EB_SPAN("evil"), EB_SPAN("1") },
        { EB_SPAN("subject"), EB_SPAN("2") }, { EB_SPAN("data"), EB_SPAN("3") },
        { EB_SPAN("tracestate"), EB_SPAN("4") }, { EB_SPAN("Ok"), EB_SPAN("5") } };
    message.properties.user = user;
    message.properties.user_count = 5;
    check_copy("\"cloudevents\":\"binary\"", "b/#", &message,
        "application/json|id=1|source=/s|type=lock|specversion=1.0|subject=q|ext=5|tracestate=4|"
        "Ok=5|{\"percent\":12}");
}

static void made_payload__of_a_structured_event_is_no_event(void **state)
{
    (void)state;
    struct eb_message message = structured("b/x", &good, true);
    check_copy("\"payload\":\"${data}\"", "b/#", &message, "application/json|{\"percent\":12}");

    /* Where its content type is no envelope, or is taken for none, it is the copy's, too. */
    static const struct forms of_another_type = { "", PROPERTIES, "application/x+json", "[1]" };
    message = binary("b/x", &of_another_type);
    check_copy("\"payload\":2", "b/#", &message,
        "application/x+json|id=1|source=/s|type=lock|specversion=1.0|2");
    static const struct forms plain = { "\"percent\":5", "", NULL, "" };
    message = structured("plain/x", &plain, true);
    check_copy("\"payload\":2", "plain/#", &message, STRUCTURED "2");
}

static void converted_copy__passes_the_bus_again_as_what_it_is(void **state)
{
    (void)state;
    static const struct bus_text chain[] = {
        { "first", "{\"from\":[\"b/x\"],\"to\":[{\"topic\":\"a/y\",\"cloudevents\":\"binary\","
                   "\"reroute\":true}]}" },
        { "second", "{\"from\":[\"a/y\"],\"when\":{\"ext\":[\"5\"]},\"to\":[{\"topic\":\"s\","
                    "\"cloudevents\":\"structured\"}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, chain);
    struct eb_message message = structured("b/x", &good, false);
    assert_int_equal(bus_run(&bus, &message)->dispatch_count, 2);
    bus_dispatch(&bus, 0, EB_COPY, "a/y");
    assert_string_equal(copy_text(bus_dispatch(&bus, 1, EB_COPY, "s")),
        STRUCTURED "{" MEMBERS ",\"subject\":\"q\",\"ext\":\"5\",\"datacontenttype\":"
                   "\"application/json\",\"data\":{\"percent\":12}}");
    bus_close(&bus);
}

/* A copy with another attribute need not match again. */
static void circle__that_attributes_end_is_none(void **state)
{
    (void)state;
    static const struct bus_text chain[] = {
        { "r", "{\"from\":[\"b/#\"],\"when\":{\"type\":[\"lock\"]},\"to\":[{\"topic\":\"b/y\","
               "\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"type\":\"other\"}},"
               "\"reroute\":true}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, chain);
    assert_non_null(bus.snapshot);
    struct eb_message message = structured("b/x", &good, false);
    assert_int_equal(bus_run(&bus, &message)->dispatch_count, 1);
    bus_close(&bus);
}

static void event_of_64_kib__must_be_forwarded(void **state)
{
    (void)state;
    static char payload[64 * 1024 + 1], want[66 * 1024];
    static const struct bus_text one[] = {
        { "r", "{\"from\":[\"b/#\"],\"to\":[{\"topic\":\"s\",\"cloudevents\":\"structured\"}]}" },
        { NULL, NULL },
    };
    int len = snprintf(payload, sizeof payload,
        "{" MEMBERS ",\"datacontenttype\":\"a/b\","
        "\"data\":\"");
    memset(payload + len, 'x', sizeof payload - (size_t)len - 3);
    strcpy(payload + sizeof payload - 3, "\"}");
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, one);
    bus_publish(&bus, "b/x", payload);
    struct eb_message message = bus_message("b/x", payload);
    message.protocol = 4;
    bus_run(&bus, &message);
    const struct eb_publish *copy = bus_dispatch(&bus, 0, EB_COPY, "s");
    snprintf(want, sizeof want, "%s", payload);
    assert_int_equal(copy->payload.len, 64 * 1024);
    assert_true(eb_span_is(copy->payload, want));
    bus_close(&bus);
}

static void attributes__that_no_property_can_hold_make_no_binary_copy(void **state)
{
    (void)state;
    static char payload[70 * 1024];
    int len = snprintf(payload, sizeof payload, "{" MEMBERS ",\"ext\":\"");
    memset(payload + len, 'x', 66 * 1024);
    strcpy(payload + len + 66 * 1024, "\"}");
    struct eb_message message = bus_message("b/x", payload);
    message.protocol = 4;
    check_copy("\"cloudevents\":\"binary\"", "b/#", &message,
        "the topic or property it makes is longer than 65535 bytes");
    len = snprintf(payload, sizeof payload, "{" MEMBERS);
    for (int i = 0; i < 1000; i++)
        len += snprintf(payload + len, sizeof payload - (size_t)len, ",\"x%d\":\"\"", i);
    strcpy(payload + len, "}");
    message = bus_message("b/x", payload);
    message.protocol = 4;
    check_copy("\"cloudevents\":\"binary\"", "b/#", &message,
        "the copy would have more user properties than the limit of 1000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_modes__are_judged_and_routed_alike),
        cmocka_unit_test(sentence__says_what_to_do_about_it),
        cmocka_unit_test(event__is_enveloped_for_any_contract_of_its_filter),
        cmocka_unit_test(schema__that_judged_is_told),
        cmocka_unit_test(faults__are_no_more_than_the_limit),
        cmocka_unit_test(fault__of_the_schema_that_an_event_names_is_one_of_them),
        cmocka_unit_test(candidate__judges_what_the_schema_in_force_does),
        cmocka_unit_test(empty_payload__is_an_event_that_has_attributes),
        cmocka_unit_test(keys__are_of_the_event_whatever_its_mode),
        cmocka_unit_test(observed_event__is_seen_as_far_as_it_is_one),
        cmocka_unit_test(observed_array__is_no_event),
        cmocka_unit_test(dead_letter__has_the_message_and_not_the_view),
        cmocka_unit_test(contract__without_a_schema_must_be_of_cloudevents),
        cmocka_unit_test(registry__may_hold_the_schema_of_events),
        cmocka_unit_test(target__that_cannot_be_right_is_refused),
        cmocka_unit_test(structured_copy__must_have_the_content_type_of_the_format),
        cmocka_unit_test(binary_copy__must_map_attributes_content_type_and_data),
        cmocka_unit_test(implied_content_type__should_be_set_in_another_mode),
        cmocka_unit_test(data__that_is_no_json_is_converted),
        cmocka_unit_test(given_attributes__win_and_a_template_makes_the_data),
        cmocka_unit_test(plain_event__becomes_one),
        cmocka_unit_test(plain_event__has_the_bus_s_id),
        cmocka_unit_test(properties_of_a_structured_event__become_no_attributes),
        cmocka_unit_test(made_payload__of_a_structured_event_is_no_event),
        cmocka_unit_test(converted_copy__passes_the_bus_again_as_what_it_is),
        cmocka_unit_test(circle__that_attributes_end_is_none),
        cmocka_unit_test(event_of_64_kib__must_be_forwarded),
        cmocka_unit_test(attributes__that_no_property_can_hold_make_no_binary_copy),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
