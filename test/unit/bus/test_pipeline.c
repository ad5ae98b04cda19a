/* Verdicts and copies: what becomes of an event, stage by stage. */
#include "eb_test.h"

#include <stdlib.h>

#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "lock@1", "{\"type\":\"object\",\"required\":[\"type\"],"
                "\"properties\":{\"type\":{\"type\":\"string\"},\"n\":{\"maximum\":9}}}" },
    { "lock@2", "{\"type\":\"object\",\"required\":[\"type\",\"site\"]}" },
    { "anything@1", "true" },
    { NULL, NULL },
};

static const struct bus_text no_texts[] = { { NULL, NULL } };

static const struct bus_text rules[] = {
    { "all", "{\"from\":[\"locks/+/events\"],\"to\":[{\"topic\":\"services/all\"}]}" },
    { "low", "{\"from\":[\"locks/#\",\"locks/+/events\"],\"when\":{\"type\":[\"low\"]},"
             "\"to\":[{\"topic\":\"services/low/${site}\",\"payload\":{\"n\":\"${n}\"}},"
             "{\"topic\":\"services/audit\",\"qos\":2,\"retain\":true}]}" },
    { NULL, NULL },
};

static void open_with(struct bus *bus, const char *contract)
{
    const struct bus_text contracts[] = { { "c", contract }, { NULL, NULL } };
    bus_open(bus, NULL, schemas, contract ? contracts : no_texts, rules);
}

static void topic__that_nobody_watches_passes_untouched(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL);
    const struct eb_outcome *outcome = bus_publish(&bus, "lifts/7/events", "not json");
    assert_false(outcome->is_watched);
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_int_equal(outcome->dispatch_count, 0);
    assert_int_equal(bus.snapshot->figures->received, 0);
    bus_close(&bus);
}

static void event__goes_to_every_target_of_every_matching_rule_in_order(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL);
    const char *payload = "{\"type\":\"low\",\"site\":\"b12\",\"n\":1.50}";
    const struct eb_outcome *outcome = bus_publish(&bus, "locks/7/events", payload);
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_int_equal(outcome->rule_count, 2);
    assert_int_equal(outcome->dispatch_count, 3);
    assert_span_equal(bus_dispatch(&bus, 0, EB_COPY, "services/all")->payload, payload);
    assert_span_equal(bus_dispatch(&bus, 1, EB_COPY, "services/low/b12")->payload, "{\"n\":1.50}");
    const struct eb_publish *audit = bus_dispatch(&bus, 2, EB_COPY, "services/audit");
    assert_int_equal(audit->qos, 2);
    assert_true(audit->is_retain);
    assert_int_equal(bus.snapshot->rules[1].figures->matched, 1);
    assert_int_equal(bus.snapshot->rules[1].figures->published, 2);
    bus_close(&bus);
}

static void rule__watching_twice_takes_an_event_once(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL);
    bus_publish(&bus, "locks/7/events", "{\"type\":\"low\",\"site\":\"b\",\"n\":1}");
    assert_int_equal(bus.snapshot->rules[1].figures->matched, 1);
    bus_close(&bus);
}

static void unreadable__without_a_contract_is_delivered_and_counted(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL);
    const struct eb_outcome *outcome = bus_publish(&bus, "locks/7/events", "{\"type\":");
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_true(outcome->is_unreadable);
    assert_int_equal(outcome->dispatch_count, 1); /* the rule without `when` names no field */
    bus_dispatch(&bus, 0, EB_COPY, "services/all");
    assert_int_equal(bus.snapshot->figures->unreadable, 1);
    bus_close(&bus);
}

static void properties__over_the_limit_are_a_violation(void **state)
{
    (void)state;
    struct bus bus;
    struct eb_message message = bus_message("locks/7/events", "{\"type\":\"x\",\"n\":1}");
    message.properties.is_over_limit = true;
    open_with(&bus, "{\"topic\":\"locks/+/events\",\"schema\":\"lock@1\"}");
    const struct eb_outcome *outcome = bus_run(&bus, &message);
    assert_int_equal(outcome->verdict, EB_REFUSED);
    assert_int_equal(outcome->reason, EB_REASON_LIMIT);
    assert_false(outcome->is_unreadable); /* which is said of what no contract judges */
    struct eb_span letter =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/7/events")->payload;
    assert_non_null(memmem(letter.ptr, letter.len, "\"truncated\":true", 16));
    bus_close(&bus);

    open_with(&bus, NULL);
    outcome = bus_run(&bus, &message);
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_true(outcome->is_unreadable);
    assert_int_equal(outcome->dispatch_count, 0);
    bus_close(&bus);
}

static void violation__gets_what_the_contract_says(void **state)
{
    (void)state;
    static const struct {
        const char *action;
        enum eb_verdict want;
        bool is_routed;
        bool leaves_letter;
    } cases[] = {
        { "reject", EB_REFUSED, false, true },
        { "quarantine", EB_QUARANTINED, false, true },
        { "disconnect", EB_DISCONNECTED, false, true },
        { "observe", EB_PASSED, true, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[200];
        snprintf(contract, sizeof contract,
            "{\"topic\":\"locks/+/events\",\"schema\":\"lock@1\",\"on_violation\":\"%s\"}",
            cases[i].action);
        struct bus bus;
        open_with(&bus, contract);
        const struct eb_outcome *outcome =
            bus_publish(&bus, "locks/7/events", "{\"type\":\"x\",\"n\":10}");
        assert_int_equal(outcome->verdict, cases[i].want);
        assert_int_equal(outcome->reason, cases[i].leaves_letter ? EB_REASON_SCHEMA : 0);
        assert_int_equal(outcome->rule_count, cases[i].is_routed);
        assert_int_equal(outcome->dispatch_count, 1);
        if (cases[i].leaves_letter)
            bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/7/events");
        else
            bus_dispatch(&bus, 0, EB_COPY, "services/all");
        bus_close(&bus);
    }
}

static void consume__holds_for_what_is_only_observed(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/+/events\",\"schema\":\"lock@1\","
                    "\"on_violation\":\"observe\",\"original\":\"consume\"}");
    const struct eb_outcome *outcome =
        bus_publish(&bus, "locks/7/events", "{\"type\":\"x\",\"n\":10}");
    assert_int_equal(outcome->verdict, EB_CONSUMED);
    assert_int_equal(outcome->reason, EB_REASON_NONE);
    bus_dispatch(&bus, 0, EB_COPY, "services/all");
    assert_int_equal(bus.snapshot->contracts[0].figures->observed, 1);
    bus_close(&bus);
}

static void reject__is_what_a_contract_does_unless_it_says_otherwise(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"lock@1\"}");
    assert_int_equal(bus_publish(&bus, "locks/1", "{}")->verdict, EB_REFUSED);
    assert_int_equal(bus_publish(&bus, "locks/1", "{\"type\":\"x\"}")->verdict, EB_PASSED);
    bus_close(&bus);
}

static void dead_letter__is_not_left_when_the_contract_says_so(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"dead_letter\":false}");
    const struct eb_outcome *outcome = bus_publish(&bus, "locks/1", "{}");
    assert_int_equal(outcome->verdict, EB_REFUSED);
    assert_int_equal(outcome->dispatch_count, 0);
    bus_close(&bus);
}

/* Others that have nothing to say about it, or only watch, do not say it for them. */
static void dead_letter__is_left_if_one_that_refuses_wants_it(void **state)
{
    (void)state;
    static const struct {
        const char *name, *other;
        bool is_left;
    } cases[] = {
        { "valid", "\"schema\":\"anything@1\"", false },
        { "observing", "\"schema\":\"lock@2\",\"on_violation\":\"observe\"", false },
        { "silent as well", "\"schema\":\"lock@2\",\"dead_letter\":false", false },
        { "refusing", "\"schema\":\"lock@2\"", true },
        { "setting aside", "\"schema\":\"lock@2\",\"on_violation\":\"quarantine\"", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char other[200];
        snprintf(other, sizeof other, "{\"topic\":\"locks/+\",%s}", cases[i].other);
        const struct bus_text contracts[] = {
            { "silent", "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"dead_letter\":false}" },
            { "other", other },
            { NULL, NULL },
        };
        struct bus bus;
        bus_open(&bus, NULL, schemas, contracts, no_texts);
        const struct eb_outcome *outcome = bus_publish(&bus, "locks/1", "{}");
        assert_int_equal(outcome->verdict, EB_REFUSED);
        if (outcome->dispatch_count != cases[i].is_left)
            fail_msg("%s: %u letters", cases[i].name, outcome->dispatch_count);
        bus_close(&bus);
    }
}

static void strictest__contract_wins_and_one_letter_lists_all(void **state)
{
    (void)state;
    const struct bus_text contracts[] = {
        { "a", "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"on_violation\":\"quarantine\"}" },
        { "b", "{\"topic\":\"locks/+\",\"schema\":\"lock@2\",\"on_violation\":\"disconnect\"}" },
        { "c", "{\"topic\":\"locks/1\",\"schema\":\"anything@1\",\"original\":\"consume\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, no_texts);
    const struct eb_outcome *outcome = bus_publish(&bus, "locks/1", "{\"n\":100}");
    assert_int_equal(outcome->verdict, EB_DISCONNECTED);
    assert_int_equal(outcome->judgement_count, 3);
    assert_int_equal(outcome->dispatch_count, 1);
    struct eb_span letter =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/1")->payload;
    char *text = strndup(letter.ptr, letter.len);
    assert_non_null(strstr(text, "\"contracts\":[{\"name\":\"a\",\"schema\":\"lock@1\"},"
                                 "{\"name\":\"b\",\"schema\":\"lock@2\"}]"));
    free(text);
    bus_close(&bus);
}

static void consume__keeps_the_original_for_rules(void **state)
{
    (void)state;
    struct bus bus;
    open_with(
        &bus, "{\"topic\":\"locks/+/events\",\"schema\":\"lock@1\",\"original\":\"consume\"}");
    const struct eb_outcome *outcome = bus_publish(&bus, "locks/7/events", "{\"type\":\"x\"}");
    assert_int_equal(outcome->verdict, EB_CONSUMED);
    bus_dispatch(&bus, 0, EB_COPY, "services/all");
    assert_int_equal(outcome->dispatch_count, 1);
    bus_close(&bus);
}

static void not_json__violates_any_schema(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        enum eb_reason want;
    } cases[] = {
        { "", EB_REASON_NOT_JSON },
        { "off", EB_REASON_NOT_JSON },
        { "{\"a\":1,\"a\":2}", EB_REASON_NOT_JSON },
        { "\xff", EB_REASON_NOT_JSON },
        { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1"
          "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            EB_REASON_LIMIT },
    };
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"anything@1\"}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct eb_outcome *outcome = bus_publish(&bus, "locks/1", cases[i].payload);
        assert_int_equal(outcome->verdict, EB_REFUSED);
        assert_int_equal(outcome->reason, cases[i].want);
        assert_int_equal(outcome->judgements[0].fault_count, 1);
    }
    bus_close(&bus);
}

static void empty_retained__clears_and_is_nobodys_event(void **state)
{
    (void)state;
    struct eb_message message = bus_message("locks/7/events", "");
    message.is_retain = true;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"lock@1\"}");
    const struct eb_outcome *outcome = bus_run(&bus, &message);
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_int_equal(outcome->dispatch_count, 0);
    bus_close(&bus);

    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"empty\":\"refuse\"}");
    outcome = bus_run(&bus, &message);
    assert_int_equal(outcome->verdict, EB_REFUSED);
    assert_int_equal(outcome->reason, EB_REASON_EMPTY);
    bus_close(&bus);
}

static void empty_payload__reaches_rules_that_take_it(void **state)
{
    (void)state;
    const struct bus_text takers[] = {
        { "no", "{\"from\":[\"#\"],\"to\":[{\"topic\":\"services/no\"}]}" },
        { "yes", "{\"from\":[\"#\"],\"empty\":true,\"to\":[{\"topic\":\"services/yes\"}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, no_texts, no_texts, takers);
    const struct eb_outcome *outcome = bus_publish(&bus, "a", "");
    assert_int_equal(outcome->dispatch_count, 1);
    assert_int_equal(bus_dispatch(&bus, 0, EB_COPY, "services/yes")->payload.len, 0);
    bus_close(&bus);
}

static void empty_payload__is_not_lost_among_rules_that_ignore_it(void **state)
{
    (void)state;
    const struct bus_text takers[] = {
        { "n1", "{\"from\":[\"#\"],\"to\":[{\"topic\":\"services/no\"}]}" },
        { "n2", "{\"from\":[\"#\"],\"to\":[{\"topic\":\"services/no\"}]}" },
        { "n3", "{\"from\":[\"#\"],\"to\":[{\"topic\":\"services/no\"}]}" },
        { "yes", "{\"from\":[\"#\"],\"empty\":true,\"to\":[{\"topic\":\"services/yes\"}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"limits\":{\"targets\":1}}", no_texts, no_texts, takers);
    bus_publish(&bus, "a", "");
    assert_int_equal(bus.outcome.dispatch_count, 1);
    bus_dispatch(&bus, 0, EB_COPY, "services/yes");
    bus_close(&bus);
}

/* A small arena stands for any failure inside the engine. */
static const struct eb_outcome *publish_with_room(struct bus *bus, size_t bytes)
{
    struct eb_message message = bus_message("locks/7/events", "{\"type\":\"x\"}");
    char *end = bus->pipeline.arena.end;
    eb_pipeline_rest(&bus->pipeline);
    bus->pipeline.arena.end = bus->pipeline.arena.base + bytes;
    eb_pipeline_run(&bus->pipeline, bus->snapshot, &message, &bus->outcome);
    bus->pipeline.arena.end = end;
    return &bus->outcome;
}

/* With ever more room an event is over a limit, then fails in ever later stages, then passes. */
static void failure__inside_the_engine_gets_what_the_contract_says(void **state)
{
    (void)state;
    static const struct {
        const char *on_error;
        enum eb_verdict want;
    } cases[] = { { "refuse", EB_REFUSED }, { "deliver", EB_PASSED } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[200];
        snprintf(contract, sizeof contract,
            "{\"topic\":\"locks/#\",\"schema\":\"anything@1\",\"on_error\":\"%s\"}",
            cases[i].on_error);
        struct bus bus;
        open_with(&bus, contract);
        size_t failures = 0, room = 512; /* with less, not even the contracts are found */
        for (bool is_whole = false; !is_whole; room += 64) {
            size_t errors = bus.snapshot->figures->errors;
            const struct eb_outcome *outcome = publish_with_room(&bus, room);
            bool has_failed = bus.snapshot->figures->errors > errors;
            bool is_limit = outcome->reason == EB_REASON_LIMIT;
            is_whole = outcome->dispatch_count == 1 && !has_failed;
            failures += has_failed && !is_limit;
            assert_int_equal(outcome->verdict, is_limit     ? EB_REFUSED
                                               : has_failed ? cases[i].want
                                                            : EB_PASSED);
        }
        assert_true(failures > 3);
        bus_close(&bus);
    }
}

static void egress__is_for_the_bus_alone(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"egress\":[\"services/#\"]}", no_texts, no_texts, rules);
    const struct eb_outcome *outcome = bus_publish(&bus, "services/all", "{}");
    assert_int_equal(outcome->verdict, EB_REFUSED);
    assert_int_equal(outcome->reason, EB_REASON_EGRESS);
    bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/services/all");
    outcome = bus_publish(&bus, "locks/7/events", "{}");
    bus_dispatch(&bus, 0, EB_COPY, "services/all");
    bus_close(&bus);
}

static const struct bus_text pinging[] = {
    { "ping", "{\"from\":[\"ping\"],\"to\":[{\"topic\":\"pong\"},{\"topic\":\"here\"}]}" },
    { NULL, NULL },
};
static const char with_bridges[] = "{\"version\":1,\"egress\":[\"services/#\"],\"bridges\":{"
                                   "\"up\":{\"egress\":true},\"side\":{\"out\":[\"x\",\"po/+\"]},"
                                   "\"both\":{\"out\":[\"pong\",\"x/#\",\"here\"]}}}";

static void egress__is_open_to_the_bridges_that_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *client, *topic;
        bool is_bridge;
        enum eb_verdict want;
    } cases[] = {
        { "the one that may", "up", "services/a", true, EB_PASSED },
        { "and dead letters", "up", "$event-bus/dead-letter/x", true, EB_PASSED },
        { "a client that calls itself like it", "up", "services/a", false, EB_REFUSED },
        { "another one that is named", "both", "services/a", true, EB_REFUSED },
        { "one that is not named", "down", "services/a", true, EB_REFUSED },
    };
    struct bus bus;
    bus_open(&bus, with_bridges, no_texts, no_texts, pinging);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_message message = bus_message(cases[i].topic, "{}");
        message.client_id = eb_span_of(cases[i].client);
        message.is_bridge = cases[i].is_bridge;
        enum eb_verdict got = bus_run(&bus, &message)->verdict;
        if (got != cases[i].want)
            fail_msg("%s: got %s", cases[i].name, eb_verdict_name(got));
    }
    bus_close(&bus);
}

static void copy__does_not_go_back_over_the_bridge_it_came_from(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, with_bridges, no_texts, no_texts, pinging);
    struct eb_message message = bus_message("ping", "{}");
    message.client_id = eb_span_of("both");
    bus_run(&bus, &message);
    bus_dispatch(&bus, 0, EB_COPY, "pong");

    message.is_bridge = true;
    const struct eb_outcome *outcome = bus_run(&bus, &message);
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_int_equal(outcome->dispatch_count, 2);
    const struct eb_publish *letter =
        bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/ping");
    assert_non_null(memmem(letter->payload.ptr, letter->payload.len, "\"loop\"", 6));
    assert_non_null(memmem(letter->payload.ptr, letter->payload.len, "bridge 'both'", 13));
    letter = bus_dispatch(&bus, 1, EB_DEAD_LETTER, "$event-bus/dead-letter/ping");
    assert_non_null(memmem(letter->payload.ptr, letter->payload.len, "\"target\":1,", 11));

    message.client_id = eb_span_of("side");
    bus_run(&bus, &message);
    bus_dispatch(&bus, 0, EB_COPY, "pong");
    bus_dispatch(&bus, 1, EB_COPY, "here");
    bus_close(&bus);
}

static void will__is_judged_like_a_publish_but_nobody_is_thrown_out(void **state)
{
    (void)state;
    static const struct {
        const char *on_violation;
        enum eb_verdict publish, will;
    } cases[] = {
        { "reject", EB_REFUSED, EB_REFUSED },
        { "quarantine", EB_QUARANTINED, EB_QUARANTINED },
        { "disconnect", EB_DISCONNECTED, EB_REFUSED },
        { "observe", EB_PASSED, EB_PASSED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char contract[200];
        snprintf(contract, sizeof contract,
            "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"on_violation\":\"%s\"}",
            cases[i].on_violation);
        struct bus bus;
        open_with(&bus, contract);
        struct eb_message message = bus_message("locks/7", "{}");
        assert_int_equal(bus_run(&bus, &message)->verdict, cases[i].publish);
        message.is_will = true;
        message.properties.response_topic = eb_span_of("answers/to/nobody");
        assert_int_equal(bus_run(&bus, &message)->verdict, cases[i].will);
        assert_int_equal(bus.outcome.dispatch_count, cases[i].will > EB_CONSUMED);
        if (cases[i].will > EB_CONSUMED) {
            struct eb_span letter =
                bus_dispatch(&bus, 0, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/7")->payload;
            assert_non_null(memmem(letter.ptr, letter.len, "\"will\":true", 11));
        }
        bus_close(&bus);
    }
}

static void judging__alone_gives_the_verdict_and_leaves_no_trace(void **state)
{
    (void)state;
    static const char *const payloads[] = { "{\"type\":\"low\"}", "{}", "not json" };
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"lock@1\"}");
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct eb_message message = bus_message("locks/7/events", payloads[i]);
        enum eb_verdict got = eb_pipeline_judge(&bus.pipeline, bus.snapshot, &message);
        assert_int_equal(bus.snapshot->figures->received, i);
        assert_int_equal(got, bus_run(&bus, &message)->verdict);
    }
    struct eb_message message = bus_message("unwatched", "not json");
    assert_int_equal(eb_pipeline_judge(&bus.pipeline, bus.snapshot, &message), EB_PASSED);
    bus_close(&bus);
}

static void dead_letters__cannot_be_written_by_a_client(void **state)
{
    (void)state;
    static const char *const topics[] = { "$event-bus/dead-letter",
        "$event-bus/dead-letter/locks/1" };
    struct bus bus;
    open_with(&bus, NULL);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        const struct eb_outcome *outcome = bus_publish(&bus, topics[i], "{}");
        assert_int_equal(outcome->verdict, EB_REFUSED);
        assert_int_equal(outcome->reason, EB_REASON_EGRESS);
    }
    bus_close(&bus);
}

static void ingress__is_as_open_as_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *unknown, *topic;
        enum eb_verdict want;
        bool is_unknown, is_uncovered;
    } cases[] = {
        { "reject", "locks/9/secret", EB_REFUSED, true, true },
        { "reject", "locks/9/events", EB_PASSED, false, false },
        { "reject", "lifts/9", EB_PASSED, false, false },
        { "warn", "locks/9/secret", EB_PASSED, true, true },
        { "allow", "locks/9/secret", EB_PASSED, false, true },
    };
    static const struct bus_text lifts[] = {
        { "lifts", "{\"from\":[\"lifts/#\"],\"to\":[{\"topic\":\"x\"}]}" },
        { NULL, NULL },
    };
    const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"locks/+/events\",\"schema\":\"anything@1\"}" },
        { NULL, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char settings[200];
        snprintf(settings, sizeof settings,
            "{\"version\":1,\"ingress\":[{\"topic\":\"locks/#\",\"unknown\":\"%s\"}]}",
            cases[i].unknown);
        struct bus bus;
        bus_open(&bus, settings, schemas, contracts, lifts);
        const struct eb_outcome *outcome = bus_publish(&bus, cases[i].topic, "{}");
        assert_int_equal(outcome->verdict, cases[i].want);
        assert_int_equal(outcome->is_unknown_topic, cases[i].is_unknown);
        assert_int_equal(outcome->is_uncovered, cases[i].is_uncovered);
        bus_close(&bus);
    }
}

static void candidate__is_only_counted(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"candidate\":\"lock@2\"}");
    assert_int_equal(bus_publish(&bus, "locks/1", "{\"type\":\"x\"}")->verdict, EB_PASSED);
    bus_publish(&bus, "locks/1", "{\"type\":\"x\",\"site\":\"b\"}");
    const struct eb_figures *figures = bus.snapshot->contracts[0].figures;
    assert_int_equal(figures->candidate_invalid, 1);
    assert_int_equal(figures->candidate_valid, 1);
    assert_int_equal(figures->passed, 2);
    bus_close(&bus);
}

static void target__that_fails_undoes_nothing_else(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, NULL);
    const struct eb_outcome *outcome =
        bus_publish(&bus, "locks/7/events", "{\"type\":\"low\",\"site\":\"a/b\",\"n\":1}");
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_int_equal(outcome->dispatch_count, 3);
    bus_dispatch(&bus, 0, EB_COPY, "services/all");
    bus_dispatch(&bus, 1, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/7/events");
    bus_dispatch(&bus, 2, EB_COPY, "services/audit");
    assert_int_equal(bus.snapshot->rules[1].figures->published, 1);
    assert_int_equal(bus.snapshot->rules[1].figures->failed, 1);
    bus_close(&bus);
}

static void targets__beyond_the_limit_are_one_dead_letter(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"limits\":{\"targets\":2}}", no_texts, no_texts, rules);
    const struct eb_outcome *outcome =
        bus_publish(&bus, "locks/7/events", "{\"type\":\"low\",\"site\":\"b\",\"n\":1}");
    assert_int_equal(outcome->verdict, EB_PASSED);
    assert_int_equal(outcome->dispatch_count, 3);
    bus_dispatch(&bus, 0, EB_COPY, "services/all");
    bus_dispatch(&bus, 1, EB_COPY, "services/low/b");
    bus_dispatch(&bus, 2, EB_DEAD_LETTER, "$event-bus/dead-letter/locks/7/events");
    bus_close(&bus);
}

static void targets__exactly_at_the_limit_are_no_trouble(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"limits\":{\"targets\":3}}", no_texts, no_texts, rules);
    bus_publish(&bus, "locks/7/events", "{\"type\":\"low\",\"site\":\"b\",\"n\":1}");
    assert_int_equal(bus.outcome.dispatch_count, 3);
    bus_dispatch(&bus, 2, EB_COPY, "services/audit");
    bus_close(&bus);
}

static void figures__add_up_and_survive_a_new_snapshot(void **state)
{
    (void)state;
    struct bus bus;
    open_with(&bus, "{\"topic\":\"locks/#\",\"schema\":\"lock@1\"}");
    bus_publish(&bus, "locks/1", "{}");
    bus_publish(&bus, "locks/1", "{\"type\":\"x\"}");
    struct eb_snapshot *next = eb_snapshot_build(&bus.configuration, bus.registry, &bus.diags);
    assert_non_null(next);
    eb_snapshot_free(bus.snapshot);
    bus.snapshot = next;
    bus_publish(&bus, "locks/1", "{\"type\":\"y\"}");
    const struct eb_figures *figures = next->figures;
    assert_int_equal(figures->received, 3);
    assert_int_equal(figures->received, figures->passed + figures->consumed + figures->quarantined +
                                            figures->refused + figures->disconnected +
                                            figures->deduplicated);
    assert_int_equal(figures->dead_letters, 1);
    assert_int_equal(next->contracts[0].figures->passed, 2);
    assert_int_equal(next->contracts[0].figures->refused, 1);
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topic__that_nobody_watches_passes_untouched),
        cmocka_unit_test(event__goes_to_every_target_of_every_matching_rule_in_order),
        cmocka_unit_test(rule__watching_twice_takes_an_event_once),
        cmocka_unit_test(unreadable__without_a_contract_is_delivered_and_counted),
        cmocka_unit_test(properties__over_the_limit_are_a_violation),
        cmocka_unit_test(violation__gets_what_the_contract_says),
        cmocka_unit_test(consume__holds_for_what_is_only_observed),
        cmocka_unit_test(reject__is_what_a_contract_does_unless_it_says_otherwise),
        cmocka_unit_test(dead_letter__is_not_left_when_the_contract_says_so),
        cmocka_unit_test(dead_letter__is_left_if_one_that_refuses_wants_it),
        cmocka_unit_test(strictest__contract_wins_and_one_letter_lists_all),
        cmocka_unit_test(consume__keeps_the_original_for_rules),
        cmocka_unit_test(not_json__violates_any_schema),
        cmocka_unit_test(empty_retained__clears_and_is_nobodys_event),
        cmocka_unit_test(empty_payload__reaches_rules_that_take_it),
        cmocka_unit_test(empty_payload__is_not_lost_among_rules_that_ignore_it),
        cmocka_unit_test(failure__inside_the_engine_gets_what_the_contract_says),
        cmocka_unit_test(egress__is_for_the_bus_alone),
        cmocka_unit_test(egress__is_open_to_the_bridges_that_are_named),
        cmocka_unit_test(copy__does_not_go_back_over_the_bridge_it_came_from),
        cmocka_unit_test(will__is_judged_like_a_publish_but_nobody_is_thrown_out),
        cmocka_unit_test(judging__alone_gives_the_verdict_and_leaves_no_trace),
        cmocka_unit_test(dead_letters__cannot_be_written_by_a_client),
        cmocka_unit_test(ingress__is_as_open_as_it_says),
        cmocka_unit_test(candidate__is_only_counted),
        cmocka_unit_test(target__that_fails_undoes_nothing_else),
        cmocka_unit_test(targets__beyond_the_limit_are_one_dead_letter),
        cmocka_unit_test(targets__exactly_at_the_limit_are_no_trouble),
        cmocka_unit_test(figures__add_up_and_survive_a_new_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
