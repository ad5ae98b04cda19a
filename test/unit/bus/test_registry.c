/* Which schema a name, a reference or an event leads to. */
#include "eb_test.h"

#include "bus_fixture.h"

static const struct bus_text one_contract[] = {
    { "c", "{\"topic\":\"t\",\"schema\":\"door@1\"}" },
    { NULL, NULL },
};

/* ---- references ---- */

#define LOCK_2 "{\"$defs\":{\"id\":{\"$anchor\":\"id\",\"type\":\"string\"}},\"type\":\"object\"}"

static void references__lead_to_the_registry(void **state)
{
    (void)state;
    static const struct {
        const char *name, *door, *valid, *invalid;
    } cases[] = {
        { "by name", "{\"$ref\":\"lock@2\"}", "{}", "1" },
        { "by name and pointer", "{\"$ref\":\"lock@2#/$defs/id\"}", "\"x\"", "1" },
        { "by name and anchor", "{\"$ref\":\"lock@2#id\"}", "\"x\"", "1" },
        { "by file", "{\"$ref\":\"../lock/2.json\"}", "{}", "1" },
        { "by file and pointer", "{\"$ref\":\"../lock/2.json#/$defs/id\"}", "\"x\"", "1" },
        { "by the subject's own file", "{\"$ref\":\"2.json\"}", "[]", "1" },
        { "by identifier", "{\"$ref\":\"https://example.com/id\"}", "true", "1" },
        { "by name, whatever one's own identifier is",
            "{\"$id\":\"https://example.org/door\",\"items\":{\"$ref\":\"lock@2\"}}", "[{}]",
            "[1]" },
        { "to what has an identifier, by name", "{\"$ref\":\"own@1\"}", "true", "1" },
        { "to what has an identifier, by file", "{\"$ref\":\"../own/1.json\"}", "true", "1" },
        { "to a part with an identifier of its own", "{\"$ref\":\"https://example.com/part\"}",
            "null", "1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bus_text schemas[] = {
            { "door@1", cases[i].door },
            { "door@2", "{\"type\":\"array\"}" },
            { "lock@1", "false" },
            { "lock@2", LOCK_2 },
            { "own@1", "{\"$id\":\"https://example.com/id\",\"type\":\"boolean\","
                       "\"$defs\":{\"p\":{\"$id\":\"part\",\"type\":\"null\"}}}" },
            { NULL, NULL },
        };
        struct bus bus;
        bus_open(&bus, NULL, schemas, one_contract, NULL);
        enum eb_verdict good = bus_publish(&bus, "t", cases[i].valid)->verdict;
        enum eb_verdict bad = bus_publish(&bus, "t", cases[i].invalid)->verdict;
        if (good != EB_PASSED || bad != EB_REFUSED)
            print_error("%s: %s, %s\n", cases[i].name, eb_verdict_name(good), eb_verdict_name(bad));
        assert_int_equal(good, EB_PASSED);
        assert_int_equal(bad, EB_REFUSED);
        bus_close(&bus);
    }
}

static void references__that_leave_the_registry_are_refused(void **state)
{
    (void)state;
    static const char *const references[] = {
        "https://example.com/nowhere.json",
        "file:///etc/hostname",
        "/etc/hostname",
        "../../../etc/hostname",
        "../lock/9.json",
        "lock@9",
        "lock@latest",
        "lock",
        "lock@2x",
        "urn:uuid:4f9c1d2e-7a3b-4c5d-8e9f-0123456789ab",
    };
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        char door[200], want[300];
        snprintf(door, sizeof door, "{\"items\":{\"$ref\":\"%s\"}}", references[i]);
        snprintf(want, sizeof want,
            "door@1:1:18: error: \"$ref\" \"%s\": no schema known here has this URI "
            "(at /items/$ref)",
            references[i]);
        const struct bus_text schemas[] = {
            { "door@1", door },
            { "lock@2", LOCK_2 },
            { NULL, NULL },
        };
        struct bus bus;
        bus_open(&bus, NULL, schemas, one_contract, NULL);
        assert_null(bus.snapshot);
        assert_int_equal(bus.diags.errors, 1);
        assert_true(bus_says(&bus, want));
        bus_close(&bus);
    }
}

static void identifiers__of_two_files_are_different(void **state)
{
    (void)state;
    const struct bus_text schemas[] = {
        { "door@1", "{\"$id\":\"https://example.com/x\"}" },
        { "lock@1", "{\"$id\":\"https://example.com/x\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, one_contract, NULL);
    assert_null(bus.snapshot);
    assert_true(bus_says(&bus, "lock@1:1:8: error: \"https://example.com/x\" is already declared "
                               "by door@1 (at /$id)"));
    bus_close(&bus);
}

static void metaschemas__of_ones_own_may_come_after_what_they_describe(void **state)
{
    (void)state;
    const struct bus_text schemas[] = {
        { "door@1", "{\"$schema\":\"https://example.com/meta\",\"title\":\"t\"}" },
        { "meta@1", "{\"$schema\":\"https://example.com/metameta\","
                    "\"$id\":\"https://example.com/meta\",\"required\":[\"title\"]}" },
        { "metameta@1", "{\"$id\":\"https://example.com/metameta\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, one_contract, NULL);
    assert_int_equal(bus_publish(&bus, "t", "1")->verdict, EB_PASSED);
    bus_close(&bus);
}

static void default_draft__is_what_the_settings_say(void **state)
{
    (void)state;
    const struct bus_text schemas[] = {
        { "door@1", "{\"items\":[{\"type\":\"string\"}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(
        &bus, "{\"version\":1,\"schemas\":{\"default_draft\":\"7\"}}", schemas, one_contract, NULL);
    assert_int_equal(bus_publish(&bus, "t", "[1]")->verdict, EB_REFUSED);
    bus_close(&bus);
    bus_open(&bus, NULL, schemas, one_contract, NULL);
    assert_null(bus.snapshot);
    bus_close(&bus);
}

/* ---- formats ---- */

static void formats__are_asserted_or_not_as_the_contract_says(void **state)
{
    (void)state;
    const struct bus_text schemas[] = {
        { "door@1", "{\"format\":\"ipv4\"}" },
        { NULL, NULL },
    };
    static const struct {
        const char *contract;
        enum eb_verdict want;
    } cases[] = {
        { "{\"topic\":\"t\",\"schema\":\"door@1\"}", EB_REFUSED },
        { "{\"topic\":\"t\",\"schema\":\"door@1\",\"formats\":\"assert\"}", EB_REFUSED },
        { "{\"topic\":\"t\",\"schema\":\"door@1\",\"formats\":\"annotate\"}", EB_PASSED },
        { "{\"topic\":\"t\",\"schema\":\"${$mqtt.username}@1\",\"formats\":\"annotate\"}",
            EB_PASSED },
        { "{\"topic\":\"t\",\"schema\":\"${$mqtt.username}@1\"}", EB_REFUSED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bus_text contracts[] = {
            { "c", cases[i].contract },
            { "other", "{\"topic\":\"u\",\"schema\":\"door@1\"}" },
            { NULL, NULL },
        };
        struct bus bus;
        bus_open(&bus, NULL, schemas, contracts, NULL);
        struct eb_message message = bus_message("t", "\"1.2.3\"");
        message.username = eb_span_of("door");
        assert_int_equal(bus_run(&bus, &message)->verdict, cases[i].want);
        assert_int_equal(bus_publish(&bus, "u", "\"1.2.3\"")->verdict, EB_REFUSED);
        bus_close(&bus);
    }
}

/* ---- a subject by content ---- */

static const struct bus_text subjects[] = {
    { "door@1", "{\"required\":[\"open\"]}" },
    { "door@2", "{\"required\":[\"open\",\"by\"]}" },
    { "acme.lock@1", "true" },
    { "window@3", "true" },
    { NULL, NULL },
};

struct choice_case {
    const char *schema, *payload;
    enum eb_reason reason;
    const char *used;
    const char *place, *fault; /* of the first fault; NULL: none is looked at */
};

static void check_choice(const struct choice_case *row)
{
    char contract[300];
    snprintf(contract, sizeof contract, "{\"topic\":\"+/t\",\"schema\":\"%s\"}", row->schema);
    const struct bus_text contracts[] = { { "c", contract }, { NULL, NULL } };
    struct bus bus;
    bus_open(&bus, NULL, subjects, contracts, NULL);
    const struct eb_outcome *outcome = bus_publish(&bus, "door/t", row->payload);
    if (outcome->reason != row->reason)
        print_error("%s with %s\n", row->schema, row->payload);
    assert_string_equal(eb_reason_name(outcome->reason), eb_reason_name(row->reason));
    assert_int_equal(outcome->judgement_count, 1);
    assert_span_equal(outcome->judgements->schema, row->used);
    if (row->fault) {
        assert_int_equal(outcome->judgements->fault_count, 1);
        assert_span_equal(outcome->judgements->faults->instance_location, row->place);
        assert_span_equal(outcome->judgements->faults->error, row->fault);
    }
    bus_close(&bus);
}

static void event__names_the_schema_it_is_judged_by(void **state)
{
    (void)state;
    static const struct choice_case rows[] = {
        { "${type}@1", "{\"type\":\"door\",\"open\":1}", EB_REASON_NONE, "door@1", NULL, NULL },
        { "${type}@1", "{\"type\":\"door\"}", EB_REASON_SCHEMA, "door@1", "",
            "the member \"open\" is missing" },
        { "${type}@1", "{\"type\":\"\\u0064oor\",\"open\":1}", EB_REASON_NONE, "door@1", NULL,
            NULL },
        { "${type}@latest", "{\"type\":\"door\",\"open\":1}", EB_REASON_SCHEMA, "door@2", "",
            "the member \"by\" is missing" },
        { "${type}@latest", "{\"type\":\"window\"}", EB_REASON_NONE, "window@3", NULL, NULL },
        { "acme.${a.b[0].type}@1", "{\"a\":{\"b\":[{\"type\":\"lock\"}]}}", EB_REASON_NONE,
            "acme.lock@1", NULL, NULL },
        { "${v}.${w}@1", "{\"v\":\"acme\",\"w\":\"lock\"}", EB_REASON_NONE, "acme.lock@1", NULL,
            NULL },
        { "${$mqtt.level[0]}@1", "{\"open\":1}", EB_REASON_NONE, "door@1", NULL, NULL },
        { "${type|\\\"acme.lock\\\"}@1", "{}", EB_REASON_NONE, "acme.lock@1", NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_choice(&rows[i]);
}

#define HUNDRED                                                                                    \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxx"                                                                                          \
    "xxxxx"

static void event__that_names_no_schema_is_told_so(void **state)
{
    (void)state;
    static const struct choice_case rows[] = {
        { "${type}@1", "{\"type\":\"gate\"}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "the registry has no schema \"gate@1\", which the event names" },
        { "${type}@1", "{\"type\":\"window\"}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "the registry has no schema \"window@1\", which the event names" },
        { "${type}@1", "{\"type\":\"door@1\"}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "the registry has no schema \"door@1@1\", which the event names" },
        { "${type}@1", "{\"type\":\"\"}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "the registry has no schema \"@1\", which the event names" },
        { "${type}@1", "{\"type\":\"a\\u0000\\u001b[2J\"}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "the registry has no schema \"a\\u0000\\u001b[2J@1\", which the event names" },
        { "${type}@1", "{}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "\"${type}\", by which the event names its schema, is missing" },
        { "${type}@1", "[]", EB_REASON_SUBJECT, "${type}@1", "/type",
            "\"${type}\", by which the event names its schema, is missing" },
        { "${type}@1", "{\"type\":1}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "\"${type}\", by which the event names its schema, is not a string" },
        { "${type}@1", "{\"type\":null}", EB_REASON_SUBJECT, "${type}@1", "/type",
            "\"${type}\", by which the event names its schema, is not a string" },
        { "${a[\\\"/~\\\"][2]}@1", "{}", EB_REASON_SUBJECT, "${a[\"/~\"][2]}@1", "/a/~1~0/2",
            "\"${a[\"/~\"][2]}\", by which the event names its schema, is missing" },
        { "${v}.${w}@1", "{\"v\":\"a\"}", EB_REASON_SUBJECT, "${v}.${w}@1", "/w",
            "\"${w}\", by which the event names its schema, is missing" },
        { "${$mqtt.topic}@1", "{}", EB_REASON_SUBJECT, "${$mqtt.topic}@1", "",
            "the registry has no schema \"door/t@1\", which the event names" },
        { "${type}@1", "{\"type\":\"" HUNDRED HUNDRED "\"}", EB_REASON_SUBJECT, "${type}@1", NULL,
            NULL },
        { "${type}@1", "type", EB_REASON_NOT_JSON, "${type}@1", NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_choice(&rows[i]);
}

static void dead_letter__says_which_schema_judged(void **state)
{
    (void)state;
    const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"t\",\"schema\":\"${type}@latest\",\"on_violation\":\"quarantine\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, subjects, contracts, NULL);
    bus_publish(&bus, "t", "{\"type\":\"door\"}");
    struct eb_span letter =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/t")->payload;
    const char *want = "\"contracts\":[{\"name\":\"c\",\"schema\":\"door@2\"}]";
    assert_non_null(memmem(letter.ptr, letter.len, want, strlen(want)));
    bus_close(&bus);
}

static void choice__that_cannot_work_is_a_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *contract, *want;
    } rows[] = {
        { "{\"topic\":\"t\",\"schema\":\"${type}@9\"}",
            "c:1:23: error: the registry has no subject in version 9 (at /schema)" },
        { "{\"topic\":\"t\",\"schema\":\"${$event.id}@1\"}",
            "c:1:23: error: \"${$event.id}\" is not of the event: expected a path in the payload "
            "or below $mqtt (at /schema)" },
        { "{\"topic\":\"t\",\"schema\":\"${type@1\"}",
            "c:1:23: error: \"${type@1\" is not a placeholder: expected '}' at its end "
            "(at /schema)" },
        { "{\"topic\":\"t\",\"schema\":\"$${type}@1\"}",
            "c:1:23: error: expected SUBJECT@VERSION, such as \"lock-event@1\" or "
            "\"lock-event@latest\" (at /schema)" },
        { "{\"topic\":\"t\",\"schema\":\"${type}\"}",
            "c:1:23: error: expected SUBJECT@VERSION, such as \"lock-event@1\", "
            "\"lock-event@latest\" or \"${type}@1\" (at /schema)" },
        { "{\"topic\":\"t\",\"schema\":\"door@1\",\"candidate\":\"${type}@1\"}",
            "c:1:44: error: expected SUBJECT@VERSION, such as \"lock-event@1\" or "
            "\"lock-event@latest\" (at /candidate)" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct bus_text contracts[] = { { "c", rows[i].contract }, { NULL, NULL } };
        struct bus bus;
        bus_open(&bus, NULL, subjects, contracts, NULL);
        assert_null(bus.snapshot);
        assert_int_equal(bus.diags.errors, 1);
        assert_true(bus_says(&bus, rows[i].want));
        bus_close(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references__lead_to_the_registry),
        cmocka_unit_test(references__that_leave_the_registry_are_refused),
        cmocka_unit_test(identifiers__of_two_files_are_different),
        cmocka_unit_test(metaschemas__of_ones_own_may_come_after_what_they_describe),
        cmocka_unit_test(default_draft__is_what_the_settings_say),
        cmocka_unit_test(formats__are_asserted_or_not_as_the_contract_says),
        cmocka_unit_test(event__names_the_schema_it_is_judged_by),
        cmocka_unit_test(event__that_names_no_schema_is_told_so),
        cmocka_unit_test(dead_letter__says_which_schema_judged),
        cmocka_unit_test(choice__that_cannot_work_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
