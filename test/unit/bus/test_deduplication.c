/* `deduplicate`: which events are let through, which were there before. */
#include "eb_test.h"

#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "event@1", "{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":9}}}" },
    { "any@1", "true" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "all", "{\"from\":[\"t/#\"],\"empty\":true,\"to\":[{\"topic\":\"services/all\"}]}" },
    { NULL, NULL },
};

#define CONTRACT(topic, more)                                                                      \
    "{\"topic\":\"" topic "\",\"schema\":\"event@1\",\"deduplicate\":{" more "}}"
#define BY_ID "\"key\":\"${id}\",\"window\":\"10m\""

enum { MINUTE = 60 * 1000000 };

static void open_with(struct bus *bus, const char *contract)
{
    const struct bus_text contracts[] = { { "c", contract }, { NULL, NULL } };
    bus_open(bus, NULL, schemas, contracts, rules);
}

static enum eb_verdict verdict_at(
    struct bus *bus, const char *topic, const char *payload, int64_t later_us)
{
    struct eb_message message = bus_message(topic, payload);
    message.received_us += later_us;
    bus_run(bus, &message);
    assert_int_equal(bus->outcome.dispatch_count > 0, bus->outcome.verdict == EB_PASSED);
    return bus->outcome.verdict;
}

static enum eb_verdict verdict(struct bus *bus, const char *topic, const char *payload)
{
    return verdict_at(bus, topic, payload, 0);
}

static void event__is_let_through_once_for_each_key_and_window(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", BY_ID));
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\"}"), EB_PASSED);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\"}"), EB_DEDUPLICATED);
    assert_int_equal(bus.outcome.answer, EB_CONSUMED);
    assert_int_equal(verdict(&bus, "t/2", "{\"id\":\"a\",\"n\":1}"), EB_DEDUPLICATED);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"b\"}"), EB_PASSED);
    assert_int_equal(bus.outcome.answer, EB_PASSED);
    assert_int_equal(verdict_at(&bus, "t/1", "{\"id\":\"a\"}", 10 * MINUTE), EB_DEDUPLICATED);
    assert_int_equal(verdict_at(&bus, "t/1", "{\"id\":\"a\"}", 10 * MINUTE + 1), EB_PASSED);
    for (int i = 0; i < 2; i++) {
        const struct eb_figures *figures =
            i ? bus.snapshot->figures : bus.snapshot->contracts[0].figures;
        assert_int_equal(figures->received, 6);
        assert_int_equal(figures->passed, 3);
        assert_int_equal(figures->deduplicated, 3);
        assert_int_equal(figures->keyless, 0);
        assert_int_equal(figures->forgotten, 0);
    }
    bus_close(&bus);
}

static void key__is_what_the_template_makes_of_the_event(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *key;
        const char *first, *second;
        enum eb_verdict want;
    } cases[] = {
        { "escapes", "${id}", "{\"id\":\"a\"}", "{\"id\":\"\\u0061\"}", EB_DEDUPLICATED },
        { "a number as written", "${id}", "{\"id\":17}", "{ \"id\" : 17 }", EB_DEDUPLICATED },
        { "a number otherwise", "${id}", "{\"id\":1}", "{\"id\":1.0}", EB_PASSED },
        { "no text", "${id}", "{\"id\":17}", "{\"id\":\"17\"}", EB_DEDUPLICATED },
        { "true", "${id}", "{\"id\":true}", "{\"id\":true}", EB_DEDUPLICATED },
        { "two values", "${a}${b}", "{\"a\":\"x\",\"b\":\"y\"}", "{\"a\":\"x\",\"b\":\"y\"}",
            EB_DEDUPLICATED },
        { "values moved", "${a}${b}", "{\"a\":\"xy\",\"b\":\"z\"}", "{\"a\":\"x\",\"b\":\"yz\"}",
            EB_PASSED },
        { "a separator in them", "${a}/${b}", "{\"a\":\"x/y\",\"b\":\"z\"}",
            "{\"a\":\"x\",\"b\":\"y/z\"}", EB_PASSED },
        { "of the message", "${$mqtt.topic}", "{\"n\":1}", "{\"n\":2}", EB_DEDUPLICATED },
        { "with a default", "${id|\\\"none\\\"}", "{}", "{\"n\":1}", EB_DEDUPLICATED },
        { "missing", "${id}", "{}", "{}", EB_PASSED },
        { "one of two missing", "${id}${more}", "{\"id\":1}", "{\"id\":1}", EB_PASSED },
        { "null", "${id}", "{\"id\":null}", "{\"id\":null}", EB_PASSED },
        { "empty", "${id}", "{\"id\":\"\"}", "{\"id\":\"\"}", EB_PASSED },
        { "an object", "${id}", "{\"id\":{}}", "{\"id\":{}}", EB_PASSED },
        { "an array", "${id}", "{\"id\":[1]}", "{\"id\":[1]}", EB_PASSED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[256];
        struct bus bus;
        snprintf(contract, sizeof contract, CONTRACT("t/#", "\"key\":\"%s\",\"window\":\"1s\""),
            cases[i].key);
        open_with(&bus, contract);
        assert_int_equal(verdict(&bus, "t/1", cases[i].first), EB_PASSED);
        enum eb_verdict got = verdict(&bus, "t/1", cases[i].second);
        if (got != cases[i].want)
            fail_msg("%s: got %s", cases[i].name, eb_verdict_name(got));
        bus_close(&bus);
    }
}

static void event__without_a_key_passes_and_is_counted(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", BY_ID));
    verdict(&bus, "t/1", "{}");
    verdict(&bus, "t/1", "{}");
    assert_int_equal(bus.snapshot->figures->keyless, 2);
    assert_int_equal(bus.snapshot->contracts[0].figures->keyless, 2);
    assert_int_equal(bus.snapshot->figures->passed, 2);
    bus_close(&bus);
}

static void event__that_was_refused_leaves_its_key_free(void **state)
{
    (void)state;
    static const char *const actions[] = { "reject", "quarantine", "disconnect" };
    for (size_t i = 0; i < 3; i++) {
        char contract[256];
        struct bus bus;
        snprintf(contract, sizeof contract,
            "{\"topic\":\"t/#\",\"schema\":\"event@1\",\"on_violation\":\"%s\","
            "\"deduplicate\":{" BY_ID "}}",
            actions[i]);
        open_with(&bus, contract);
        struct eb_message bad = bus_message("t/1", "{\"id\":\"a\",\"n\":10}");
        assert_true(bus_run(&bus, &bad)->verdict >= EB_QUARANTINED);
        assert_int_equal(bus.outcome.answer, bus.outcome.verdict);
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\"}"), EB_PASSED);
        /* It is judged first, and refused whatever its key. */
        assert_true(bus_run(&bus, &bad)->verdict >= EB_QUARANTINED);
        bus_close(&bus);
    }
}

/* An acknowledgement would tell the sender that it was taken. */
static void repetition__that_another_contract_refuses_is_refused(void **state)
{
    (void)state;
    static const struct bus_text contracts[] = {
        { "any", "{\"topic\":\"t/#\",\"schema\":\"any@1\",\"deduplicate\":{" BY_ID "}}" },
        { "strict", "{\"topic\":\"t/1\",\"schema\":\"event@1\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\"}"), EB_PASSED);
    bus_publish(&bus, "t/1", "{\"id\":\"a\",\"n\":10}");
    assert_int_equal(bus.outcome.verdict, EB_REFUSED);
    assert_int_equal(bus.outcome.answer, EB_REFUSED);
    assert_int_equal(bus.outcome.reason, EB_REASON_SCHEMA);
    bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/t/1");
    bus_close(&bus);
}

static void event__without_a_key_takes_the_room_of_none(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", BY_ID ",\"keys\":1"));
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\"}"), EB_PASSED);
    assert_int_equal(verdict(&bus, "t/1", "{}"), EB_PASSED);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\"}"), EB_DEDUPLICATED);
    assert_int_equal(bus.snapshot->figures->forgotten, 0);
    bus_close(&bus);
}

static void event__that_was_only_observed_has_no_key(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"t/#\",\"schema\":\"event@1\",\"on_violation\":\"observe\","
                    "\"deduplicate\":{" BY_ID "}}");
    for (int i = 0; i < 2; i++)
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\",\"n\":10}"), EB_PASSED);
    assert_int_equal(bus.snapshot->figures->keyless, 0);
    bus_close(&bus);
}

static void event__the_engine_failed_on_leaves_its_key_free(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", BY_ID));
    struct eb_message message = bus_message("t/1", "{\"id\":\"a\"}");
    struct eb_arena whole = bus.pipeline.arena;
    bool has_failed_late = false;
    for (size_t bytes = 64; bytes < 65536; bytes += 16) {
        bus.pipeline.arena.end = bus.pipeline.arena.base + bytes;
        if (bus_run(&bus, &message)->verdict == EB_PASSED)
            break;
        has_failed_late |= bus.outcome.reason == EB_REASON_ERROR && bus.outcome.judgement_count;
    }
    assert_true(has_failed_late);
    assert_int_equal(bus.outcome.verdict, EB_PASSED); /* never deduplicated on the way */
    bus.pipeline.arena.end = whole.end;
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\"}"), EB_DEDUPLICATED);
    bus_close(&bus);
}

/* It was not routed: sent again, it shall be. */
static void event__delivered_in_spite_of_a_failure_leaves_its_key_free(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"t/#\",\"schema\":\"event@1\",\"on_error\":\"deliver\","
                    "\"deduplicate\":{" BY_ID "}}");
    char *end = bus.pipeline.arena.end;
    uint32_t failures = 0;
    for (size_t bytes = 64;; bytes += 16) {
        char payload[32];
        snprintf(payload, sizeof payload, "{\"id\":%zu}", bytes);
        bus.pipeline.arena.end = bus.pipeline.arena.base + bytes;
        bus_publish(&bus, "t/1", payload);
        bool is_failed = bus.snapshot->figures->errors > failures;
        failures = (uint32_t)bus.snapshot->figures->errors;
        bool is_whole = bus.outcome.dispatch_count > 0;
        bus.pipeline.arena.end = end;
        if (is_failed)
            assert_int_equal(verdict(&bus, "t/1", payload), EB_PASSED);
        else if (is_whole && bus.outcome.verdict == EB_PASSED)
            break;
    }
    assert_true(failures > 1);
    bus_close(&bus);
}

/* Repetitions, too, tell how time passes, or a key would stay for an hour more. */
static void window__ends_though_the_clock_goes_back(void **state)
{
    (void)state;
    static const struct {
        int minute;
        enum eb_verdict want;
    } cases[] = {
        { 0, EB_PASSED },
        { 5, EB_DEDUPLICATED },
        { -60, EB_DEDUPLICATED },
        { -56, EB_DEDUPLICATED },
        { -54, EB_PASSED },
    };
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", BY_ID));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum eb_verdict got =
            verdict_at(&bus, "t/1", "{\"id\":\"a\"}", (int64_t)cases[i].minute * MINUTE);
        if (got != cases[i].want)
            fail_msg("minute %d: got %s", cases[i].minute, eb_verdict_name(got));
    }
    bus_close(&bus);
}

static void retained_message__may_always_be_cleared(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", "\"key\":\"${$mqtt.topic}\",\"window\":\"10m\""));
    struct eb_message clearing = bus_message("t/1", "");
    clearing.is_retain = true;
    assert_int_equal(verdict(&bus, "t/1", "{}"), EB_PASSED);
    for (int i = 0; i < 2; i++)
        assert_int_equal(bus_run(&bus, &clearing)->verdict, EB_PASSED);
    bus_close(&bus);
}

static void key__is_the_contracts_own(void **state)
{
    (void)state;
    static const struct bus_text contracts[] = {
        { "one", CONTRACT("t/1/#", BY_ID) },
        { "two", CONTRACT("t/2/#", BY_ID) },
        { "both", "{\"topic\":\"t/+/x\",\"schema\":\"event@1\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    assert_int_equal(verdict(&bus, "t/1/x", "{\"id\":\"a\"}"), EB_PASSED);
    assert_int_equal(verdict(&bus, "t/2/x", "{\"id\":\"a\"}"), EB_PASSED);
    assert_int_equal(verdict(&bus, "t/2/x", "{\"id\":\"a\"}"), EB_DEDUPLICATED);
    assert_int_equal(bus.snapshot->contracts[2].figures->deduplicated, 1);
    bus_close(&bus);
}

/* Any contract that has let it through will do; the keys of the others stay free. */
static void event__is_a_repetition_for_one_contract_or_for_none(void **state)
{
    (void)state;
    static const struct bus_text contracts[] = {
        { "by-id", CONTRACT("t/#", BY_ID) },
        { "by-n", CONTRACT("t/#", "\"key\":\"${n}\",\"window\":\"10m\"") },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\",\"n\":1}"), EB_PASSED);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"b\",\"n\":1}"), EB_DEDUPLICATED);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"a\",\"n\":2}"), EB_DEDUPLICATED);
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"b\",\"n\":2}"), EB_PASSED);
    bus_close(&bus);
}

/* A copy that passes the bus again is an event to the contracts where it comes. */
static void copy__that_passes_again_is_let_through_once(void **state)
{
    (void)state;
    static const struct bus_text contracts[] = { { "c", CONTRACT("t/#", BY_ID) }, { NULL, NULL } };
    static const struct bus_text chained[] = {
        { "in", "{\"from\":[\"in/#\"],\"to\":[{\"topic\":\"t/1\",\"reroute\":true}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, chained);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bus_publish(&bus, "in/1", "{\"id\":\"a\"}")->verdict, EB_PASSED);
        assert_int_equal(bus.outcome.dispatch_count, 1);
        assert_int_equal(bus.outcome.dispatches[0].kind, i ? EB_WITHHELD : EB_COPY);
    }
    assert_int_equal(bus.snapshot->contracts[0].figures->deduplicated, 2);
    assert_int_equal(bus.snapshot->figures->deduplicated, 0);
    bus_close(&bus);
}

/* It may be the first one, sent again under its message id: see deduplication.h. */
static void repetition__at_qos_2_by_the_same_client_is_answered_as_the_first(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *client, *topic, *payload;
        uint8_t qos;
        bool is_retain;
        enum eb_verdict want;
    } cases[] = {
        { "the same", "c1", "t/1", "{\"id\":\"a\"}", 2, false, EB_PASSED },
        { "another client", "c2", "t/1", "{\"id\":\"a\"}", 2, false, EB_CONSUMED },
        { "another topic", "c1", "t/2", "{\"id\":\"a\"}", 2, false, EB_CONSUMED },
        { "another payload", "c1", "t/1", "{\"id\": \"a\"}", 2, false, EB_CONSUMED },
        { "another QoS", "c1", "t/1", "{\"id\":\"a\"}", 1, false, EB_CONSUMED },
        { "to be retained", "c1", "t/1", "{\"id\":\"a\"}", 2, true, EB_CONSUMED },
    };
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", BY_ID));
    struct eb_message first = bus_message("t/1", "{\"id\":\"a\"}");
    first.qos = 2;
    assert_int_equal(bus_run(&bus, &first)->verdict, EB_PASSED);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_message message = bus_message(cases[i].topic, cases[i].payload);
        message.client_id = eb_span_of(cases[i].client);
        message.qos = cases[i].qos;
        message.is_retain = cases[i].is_retain;
        assert_int_equal(bus_run(&bus, &message)->verdict, EB_DEDUPLICATED);
        assert_int_equal(bus.outcome.dispatch_count, 0);
        if (bus.outcome.answer != cases[i].want)
            fail_msg("%s: got %s", cases[i].name, eb_verdict_name(bus.outcome.answer));
    }
    bus_close(&bus);
}

static void repetition__of_a_consumed_event_stays_consumed(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"t/#\",\"schema\":\"event@1\",\"original\":\"consume\","
                    "\"deduplicate\":{" BY_ID "}}");
    struct eb_message message = bus_message("t/1", "{\"id\":\"a\"}");
    message.qos = 2;
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_CONSUMED);
    assert_int_equal(bus_run(&bus, &message)->verdict, EB_DEDUPLICATED);
    assert_int_equal(bus.outcome.answer, EB_CONSUMED);
    bus_close(&bus);
}

static void memory__survives_a_reload_by_the_contracts_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct bus_text contracts[2];
        enum eb_verdict want;
    } cases[] = {
        { "nothing changed", { { "c", CONTRACT("t/#", BY_ID) } }, EB_DEDUPLICATED },
        { "another filter", { { "c", CONTRACT("t/1", BY_ID) } }, EB_DEDUPLICATED },
        { "another window", { { "c", CONTRACT("t/#", "\"key\":\"${id}\",\"window\":\"2d\"") } },
            EB_DEDUPLICATED },
        { "more keys", { { "c", CONTRACT("t/#", BY_ID ",\"keys\":100000") } }, EB_DEDUPLICATED },
        { "fewer keys", { { "c", CONTRACT("t/#", BY_ID ",\"keys\":1") } }, EB_DEDUPLICATED },
        { "another key", { { "c", CONTRACT("t/#", "\"key\":\"${id}!\",\"window\":\"10m\"") } },
            EB_PASSED },
        { "another path", { { "c", CONTRACT("t/#", "\"key\":\"${n|1}\",\"window\":\"10m\"") } },
            EB_PASSED },
        { "another name", { { "d", CONTRACT("t/#", BY_ID) } }, EB_PASSED },
    };
    static const struct bus_text before[] = { { "c", CONTRACT("t/#", BY_ID) }, { NULL, NULL } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        bus_open(&bus, NULL, schemas, before, rules);
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"1\"}"), EB_PASSED);
        assert_true(bus_reload(&bus, cases[i].contracts));
        enum eb_verdict got = verdict(&bus, "t/1", "{\"id\":\"1\"}");
        if (got != cases[i].want)
            fail_msg("%s: got %s", cases[i].name, eb_verdict_name(got));
        bus_close(&bus);
    }
}

static void snapshot__forgets_events_when_asked(void **state)
{
    (void)state;
    static const struct bus_text more[] = { { "c", CONTRACT("t/#", BY_ID ",\"keys\":9") },
        { NULL, NULL } };
    struct bus bus;
    open_with(&bus, CONTRACT("t/#", BY_ID));
    verdict(&bus, "t/1", "{\"id\":\"1\"}");
    assert_true(bus_reload(&bus, more));
    verdict(&bus, "t/1", "{\"id\":\"2\"}");
    eb_snapshot_forget_events(bus.snapshot);
    for (int i = 0; i < 2; i++) {
        enum eb_verdict want = i ? EB_DEDUPLICATED : EB_PASSED;
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"1\"}"), want);
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"2\"}"), want);
    }
    bus_close(&bus);
}

static void memory__survives_a_reload_that_fails(void **state)
{
    (void)state;
    static const struct bus_text bad[] = {
        { "c", CONTRACT("t/#", BY_ID ",\"keys\":7") },
        { "d", "{\"topic\":\"t/#\",\"schema\":\"nothing@1\"}" },
        { NULL, NULL },
    };
    static const struct bus_text good[] = { { "c", CONTRACT("t/#", BY_ID) }, { NULL, NULL } };
    struct bus bus;
    bus_open(&bus, NULL, schemas, good, rules);
    verdict(&bus, "t/1", "{\"id\":\"1\"}");
    assert_false(bus_reload(&bus, bad));
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"1\"}"), EB_DEDUPLICATED);
    eb_diag_list_release(&bus.diags);
    assert_true(bus_reload(&bus, good));
    assert_int_equal(verdict(&bus, "t/1", "{\"id\":\"1\"}"), EB_DEDUPLICATED);
    bus_close(&bus);
}

static void memory__holds_as_many_keys_as_the_configuration_says(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *contract;
    } cases[] = {
        { "{\"version\":1,\"limits\":{\"deduplicate_keys\":3}}", CONTRACT("t/#", BY_ID) },
        { "{\"version\":1}", CONTRACT("t/#", BY_ID ",\"keys\":3") },
        { "{\"version\":1,\"limits\":{\"deduplicate_keys\":9}}",
            CONTRACT("t/#", BY_ID ",\"keys\":3") },
    };
    for (size_t i = 0; i < 3; i++) {
        const struct bus_text contracts[] = { { "c", cases[i].contract }, { NULL, NULL } };
        struct bus bus;
        bus_open(&bus, cases[i].settings, schemas, contracts, rules);
        for (int n = 0; n < 4; n++) {
            char payload[32];
            snprintf(payload, sizeof payload, "{\"id\":%d}", n);
            assert_int_equal(verdict(&bus, "t/1", payload), EB_PASSED);
        }
        assert_int_equal(bus.snapshot->figures->forgotten, 1);
        assert_int_equal(bus.snapshot->contracts[0].figures->forgotten, 1);
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":3}"), EB_DEDUPLICATED);
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":1}"), EB_DEDUPLICATED);
        assert_int_equal(verdict(&bus, "t/1", "{\"id\":0}"), EB_PASSED);
        bus_close(&bus);
    }
}

static void mistake__is_reported_where_it_was_made(void **state)
{
    (void)state;
    static const struct {
        const char *deduplicate, *want;
    } cases[] = {
        { "\"key\":\"id\",\"window\":\"10m\"",
            "c:1:56: error: every event would have the same key: expected a "
            "placeholder, as \"${id}\" (at /deduplicate/key)" },
        { "\"key\":\"${$event.id}\",\"window\":\"10m\"",
            "c:1:56: error: \"${$event.id}\" is not of the event: expected a "
            "path in the payload or below $mqtt (at /deduplicate/key)" },
        { "\"key\":\"${id}${$event.received}\",\"window\":\"10m\"",
            "c:1:56: error: \"${$event.received}\" is not of the event: expected a "
            "path in the payload or below $mqtt (at /deduplicate/key)" },
        { "\"key\":\"${$rule.name}\",\"window\":\"10m\"",
            "c:1:56: error: \"${$rule.name}\" is not of the event: expected a "
            "path in the payload or below $mqtt (at /deduplicate/key)" },
        { "\"key\":\"${id\",\"window\":\"10m\"",
            "c:1:56: error: \"${id\" is not a placeholder: expected '}' at its "
            "end (at /deduplicate/key)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[256];
        struct bus bus;
        snprintf(contract, sizeof contract, CONTRACT("t/#", "%s"), cases[i].deduplicate);
        open_with(&bus, contract);
        assert_null(bus.snapshot);
        assert_true(bus_says(&bus, cases[i].want));
        bus_close(&bus);
    }
}

static void window__is_a_number_and_a_unit(void **state)
{
    (void)state;
    static const struct {
        const char *window;
        int64_t want_s; /* 0: a mistake */
    } cases[] = {
        { "1s", 1 },
        { "90s", 90 },
        { "10m", 600 },
        { "24h", 86400 },
        { "7d", 604800 },
        { "999999d", INT64_C(86399913600) },
        { "0s", 0 },
        { "10", 0 },
        { "m", 0 },
        { "-1s", 0 },
        { "1.5h", 0 },
        { "10 m", 0 },
        { "1000000s", 0 },
        { "10ms", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[256];
        struct bus bus;
        snprintf(contract, sizeof contract, CONTRACT("t/#", "\"key\":\"${id}\",\"window\":\"%s\""),
            cases[i].window);
        open_with(&bus, contract);
        assert_int_equal(bus.snapshot != NULL, cases[i].want_s != 0);
        if (bus.snapshot)
            assert_int_equal(
                bus.snapshot->contracts[0].deduplication.window_us, cases[i].want_s * 1000000);
        bus_close(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event__is_let_through_once_for_each_key_and_window),
        cmocka_unit_test(key__is_what_the_template_makes_of_the_event),
        cmocka_unit_test(event__without_a_key_passes_and_is_counted),
        cmocka_unit_test(event__that_was_refused_leaves_its_key_free),
        cmocka_unit_test(repetition__that_another_contract_refuses_is_refused),
        cmocka_unit_test(event__without_a_key_takes_the_room_of_none),
        cmocka_unit_test(event__that_was_only_observed_has_no_key),
        cmocka_unit_test(event__the_engine_failed_on_leaves_its_key_free),
        cmocka_unit_test(event__delivered_in_spite_of_a_failure_leaves_its_key_free),
        cmocka_unit_test(window__ends_though_the_clock_goes_back),
        cmocka_unit_test(retained_message__may_always_be_cleared),
        cmocka_unit_test(key__is_the_contracts_own),
        cmocka_unit_test(event__is_a_repetition_for_one_contract_or_for_none),
        cmocka_unit_test(copy__that_passes_again_is_let_through_once),
        cmocka_unit_test(repetition__at_qos_2_by_the_same_client_is_answered_as_the_first),
        cmocka_unit_test(repetition__of_a_consumed_event_stays_consumed),
        cmocka_unit_test(memory__survives_a_reload_by_the_contracts_name),
        cmocka_unit_test(memory__survives_a_reload_that_fails),
        cmocka_unit_test(snapshot__forgets_events_when_asked),
        cmocka_unit_test(memory__holds_as_many_keys_as_the_configuration_says),
        cmocka_unit_test(mistake__is_reported_where_it_was_made),
        cmocka_unit_test(window__is_a_number_and_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
