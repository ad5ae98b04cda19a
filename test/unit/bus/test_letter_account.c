/* Budgets of dead letters, what is said of the rest, and letters that keep a secret. */
#include "eb_test.h"

#include <jansson.h>
#include <stdlib.h>

#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "small@1", "{\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "a", "{\"topic\":\"a/#\",\"schema\":\"small@1\"}" },
    { "b", "{\"topic\":\"b/#\",\"schema\":\"small@1\"}" },
    { "secret", "{\"topic\":\"secret/#\",\"schema\":\"small@1\","
                "\"dead_letter\":{\"payload\":\"omit\"}}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "r", "{\"from\":[\"r/#\"],\"to\":[{\"topic\":\"x/${x}\"}]}" },
    { "reveal", "{\"from\":[\"secret/#\"],\"to\":[{\"topic\":\"open/${x}\",\"reroute\":true}]}" },
    { "fails", "{\"from\":[\"open/#\"],\"to\":[{\"topic\":\"x/${y}\"}]}" },
    { NULL, NULL },
};
static const char settings[] = "{\"version\":1,\"dead_letters\":{\"per_second\":5}}";

enum { SECOND = 1000000 };
static const int64_t start_us = INT64_C(1795195293000000);

/* How many letters `count` events of `client` leave in one second. */
static uint32_t letters_of(
    struct bus *bus, const char *topic, const char *client, int64_t time_us, int count)
{
    uint32_t letters = 0;
    for (int i = 0; i < count; i++) {
        struct eb_message message = bus_message(topic, "{\"n\":10}");
        message.client_id = eb_span_of(client);
        message.received_us = time_us + i;
        const struct eb_outcome *outcome = bus_run(bus, &message);
        for (uint32_t j = 0; j < outcome->dispatch_count; j++)
            letters += outcome->dispatches[j].kind == EB_DEAD_LETTER;
    }
    return letters;
}

static json_t *summary_of(const struct eb_dispatch *dispatch)
{
    assert_int_equal(dispatch->kind, EB_DEAD_LETTER);
    assert_span_equal(dispatch->publish.topic, "$event-bus/dead-letter");
    json_t *summary = json_loadb(
        dispatch->publish.payload.ptr, dispatch->publish.payload.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(summary);
    assert_true(json_is_true(json_object_get(summary, "summary")));
    return summary;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void budget__is_per_contract_and_per_client(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    assert_int_equal(letters_of(&bus, "a/1", "c1", start_us, 3), 3);
    assert_int_equal(letters_of(&bus, "b/1", "c1", start_us, 10), 2); /* 5 of the client */
    assert_int_equal(letters_of(&bus, "a/1", "c2", start_us, 10), 2); /* 5 of the contract */
    assert_int_equal(letters_of(&bus, "b/1", "c2", start_us, 10), 3);
    assert_int_equal(letters_of(&bus, "r/1", "c3", start_us, 10), 5); /* of the rule */
    assert_int_equal(letters_of(&bus, "r/1", "c4", start_us, 1), 0);
    assert_int_equal(letters_of(&bus, "a/1", "c1", start_us + SECOND, 10), 5);
    assert_int_equal(bus.snapshot->figures->dead_letters, 20);
    assert_int_equal(bus.snapshot->figures->left_out_letters, 34);
    assert_int_equal(bus.snapshot->rules[0].figures->failed, 11);
    bus_close(&bus);
}

static void budget__holds_for_copies_that_pass_again(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    for (int i = 0; i < 10; i++)
        bus_publish(&bus, "secret/1", "{\"x\":\"1\"}");
    assert_int_equal(bus.snapshot->rules[2].figures->failed, 10);
    assert_int_equal(bus.snapshot->figures->dead_letters, 5);
    assert_int_equal(bus.snapshot->figures->left_out_letters, 5);
    assert_int_equal(bus.snapshot->figures->discarded, 0);
    bus_close(&bus);
}

static void seconds__that_nobody_asked_about_have_a_summary_each(void **state)
{
    (void)state;
    struct bus bus;
    struct eb_outcome outcome;
    bus_open(&bus, settings, schemas, contracts, rules);
    letters_of(&bus, "a/1", "c1", start_us, 6);
    letters_of(&bus, "a/1", "c1", start_us + SECOND, 7);
    eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, start_us + 2 * SECOND, &outcome);
    assert_int_equal(outcome.dispatch_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        json_t *summary = summary_of(&outcome.dispatches[i]);
        assert_int_equal(json_integer_value(json_object_get(summary, "count")), i + 1);
        assert_string_equal(text_of(summary, "time"), "2026-11-20T17:21:35.000Z");
        json_decref(summary);
    }
    bus_close(&bus);
}

/* Whoever found nothing wrong has no fault to tell. */
static void summary__tells_the_fault_of_the_contract_that_was_violated(void **state)
{
    (void)state;
    static const struct bus_text schemas_too[] = { { "any@1", "true" },
        { "small@1", "{\"properties\":{\"n\":{\"maximum\":9}}}" }, { NULL, NULL } };
    static const struct bus_text both[] = {
        { "any", "{\"topic\":\"a/#\",\"schema\":\"any@1\"}" },
        { "small", "{\"topic\":\"a/1\",\"schema\":\"small@1\"}" },
        { NULL, NULL },
    };
    struct bus bus;
    struct eb_outcome outcome;
    bus_open(&bus, settings, schemas_too, both, NULL);
    letters_of(&bus, "a/1", "c1", start_us, 6);
    eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, start_us + SECOND, &outcome);
    json_t *summary = summary_of(&outcome.dispatches[0]);
    assert_string_equal(text_of(summary, "contract"), "small");
    assert_string_equal(
        text_of(json_object_get(summary, "first"), "error"), "expected at most 9, got 10");
    json_decref(summary);
    bus_close(&bus);
}

static void summary__tells_how_many_why_the_first_and_the_last(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    assert_false(eb_pipeline_owes_summary(&bus.pipeline));
    letters_of(&bus, "a/1", "c1", start_us, 5);
    assert_false(eb_pipeline_owes_summary(&bus.pipeline));
    letters_of(&bus, "a/first", "c1", start_us + 10, 1);
    letters_of(&bus, "a/2", "c2", start_us + 20, 7);
    letters_of(&bus, "a/last", "c3", start_us + 500000, 1);
    assert_true(eb_pipeline_owes_summary(&bus.pipeline));

    struct eb_outcome outcome;
    eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, start_us + 900000, &outcome);
    assert_int_equal(outcome.dispatch_count, 0); /* the second is not over */
    eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, start_us + SECOND, &outcome);
    assert_int_equal(outcome.dispatch_count, 1);
    assert_false(eb_pipeline_owes_summary(&bus.pipeline));

    json_t *summary = summary_of(&outcome.dispatches[0]);
    assert_string_equal(text_of(summary, "contract"), "a");
    assert_true(json_is_null(json_object_get(summary, "rule")));
    assert_true(json_is_null(json_object_get(summary, "client")));
    assert_int_equal(json_integer_value(json_object_get(summary, "count")), 9);
    assert_int_equal(json_integer_value(json_object_get(summary, "per_second")), 5);
    const json_t *reasons = json_object_get(summary, "reasons");
    assert_int_equal(json_object_size(reasons), 1);
    assert_int_equal(json_integer_value(json_object_get(reasons, "schema")), 9);
    const json_t *first = json_object_get(summary, "first");
    assert_string_equal(text_of(first, "topic"), "a/first");
    assert_string_equal(text_of(first, "client"), "c1");
    assert_string_equal(text_of(first, "reason"), "schema");
    assert_string_equal(text_of(first, "error"), "expected at most 9, got 10");
    assert_int_equal(strlen(text_of(first, "id")), 36);
    assert_string_equal(text_of(json_object_get(summary, "last"), "topic"), "a/last");
    json_decref(summary);
    bus_close(&bus);
}

/* Texts that a device chooses are cut between characters; what is cut is still JSON. */
static void sample__cuts_long_texts(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    char topic[600] = "a/";
    for (size_t i = 2; i + 2 < sizeof topic; i += 2)
        memcpy(topic + i, "\xc3\xbc", 3);
    letters_of(&bus, "a/1", "c1", start_us, 5);
    letters_of(&bus, topic, "c1", start_us, 1);
    struct eb_outcome outcome;
    eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, start_us + SECOND, &outcome);
    json_t *summary = summary_of(&outcome.dispatches[0]);
    const char *got = text_of(json_object_get(summary, "first"), "topic");
    assert_int_equal(strlen(got), EB_SAMPLE_TEXT_MAX);
    assert_memory_equal(got, topic, EB_SAMPLE_TEXT_MAX);
    json_decref(summary);
    bus_close(&bus);
}

/* More of them than there are places: nothing is lost, but the names. */
static void flood__of_many_sources_is_counted_to_the_last(void **state)
{
    (void)state;
    enum { CLIENTS = 10000, EACH = 3 };
    struct bus bus;
    bus_open(&bus, "{\"version\":1,\"dead_letters\":{\"per_second\":1},\"egress\":[\"e/#\"]}",
        schemas, NULL, rules);
    uint64_t letters = 0;
    char client[32];
    for (int i = 0; i < CLIENTS; i++) {
        snprintf(client, sizeof client, "c%d", i);
        letters += letters_of(&bus, "r/1", client, start_us, EACH);
    }
    assert_int_equal(letters, 1);
    struct eb_outcome outcome;
    uint64_t told = 0;
    eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, start_us + SECOND, &outcome);
    for (uint32_t i = 0; i < outcome.dispatch_count; i++) {
        json_t *summary = summary_of(&outcome.dispatches[i]);
        told += (uint64_t)json_integer_value(json_object_get(summary, "count"));
        json_decref(summary);
    }
    assert_int_equal(told, CLIENTS * EACH - letters);
    assert_int_equal(bus.snapshot->figures->left_out_letters, told);
    bus_close(&bus);
}

static void summaries__beyond_their_number_are_one(void **state)
{
    (void)state;
    enum { SOURCES = 200 };
    struct eb_letter_account *account = calloc(1, sizeof *account);
    assert_non_null(account);
    char name[32];
    for (int i = 0; i < SOURCES; i++) {
        snprintf(name, sizeof name, "n%d", i);
        const struct eb_unwritten_letter letter = { .id = EB_SPAN("id"),
            .topic = EB_SPAN("t"),
            .client = EB_SPAN("c"),
            .time_us = start_us,
            .reason = EB_REASON_LIMIT };
        const struct eb_letter_cause cause = { EB_SPENDER_RULE, eb_span_of(name) };
        assert_false(eb_letter_account_spend(account, 0, cause, &letter));
    }
    struct eb_letter_summary summary;
    uint64_t count = 0, nameless = 0, taken = 0;
    while (eb_letter_summaries_take(&account->summaries, start_us / SECOND + 1, &summary)) {
        count += summary.count;
        nameless += summary.name.is_there ? 0 : summary.count;
        taken++;
    }
    assert_int_equal(taken, EB_SUMMARIES_MAX);
    assert_int_equal(count, SOURCES);
    assert_int_equal(nameless, SOURCES - (EB_SUMMARIES_MAX - 1));
    free(account);
}

/* Nobody gets more by calling themselves by many names. */
static void budgets__that_find_no_place_are_shared(void **state)
{
    (void)state;
    enum { NAMES = 100000, EACH = 10 };
    struct eb_budgets *budgets = calloc(1, sizeof *budgets);
    assert_non_null(budgets);
    uint64_t spent = 0;
    for (uint32_t i = 0; i < NAMES; i++) {
        uint64_t key = eb_budget_key(EB_SPENDER_CLIENT, eb_span((const char *)&i, sizeof i));
        struct eb_budget *budget = eb_budget_find(budgets, key, 7);
        for (; budget->spent < EACH; spent++)
            budget->spent++;
    }
    assert_true(spent <= (EB_BUDGET_SLOTS + 1) * EACH);
    assert_true(spent > EB_BUDGET_SLOTS * EACH / 2);
    free(budgets);
}

static char *letter_of(const struct bus *bus, uint32_t index)
{
    const struct eb_dispatch *dispatch = &bus->outcome.dispatches[index];
    assert_int_equal(dispatch->kind, EB_DEAD_LETTER);
    return strndup(dispatch->publish.payload.ptr, dispatch->publish.payload.len);
}

static void letter__of_a_confidential_topic_tells_no_values(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    bus_publish(&bus, "secret/1", "{\"n\":1234567}");
    char *letter = letter_of(&bus, 0);
    assert_null(strstr(letter, "1234567"));
    assert_null(strstr(letter, "\"payload\""));
    assert_non_null(strstr(letter, "\"truncated\":true"));
    assert_non_null(strstr(letter, "\"instanceLocation\":\"/n\""));
    free(letter);

    /* A copy of it that fails elsewhere keeps the secret. */
    bus_publish(&bus, "secret/1", "{\"x\":\"1234567\"}");
    letter = letter_of(&bus, 1);
    assert_non_null(strstr(letter, "\"rule\":\"fails\""));
    assert_null(strstr(letter, "\"payload\""));
    free(letter);

    /* The same topic by itself has none to keep. */
    bus_publish(&bus, "open/1", "{\"x\":\"1234567\"}");
    letter = letter_of(&bus, 0);
    assert_non_null(strstr(letter, "\"payload\""));
    free(letter);

    letters_of(&bus, "secret/1", "c9", start_us + SECOND, 10);
    struct eb_outcome outcome;
    eb_pipeline_sum_up(&bus.pipeline, bus.snapshot, start_us + 2 * SECOND, &outcome);
    json_t *summary = summary_of(&outcome.dispatches[0]);
    assert_true(json_is_null(json_object_get(json_object_get(summary, "first"), "error")));
    json_decref(summary);
    bus_close(&bus);
}

/* What watches one filter is looked at as one, whichever contract comes last. */
static void letter__keeps_the_secret_of_any_contract_of_its_filter(void **state)
{
    (void)state;
    static const char *const secret = "{\"topic\":\"a/#\",\"schema\":\"small@1\","
                                      "\"dead_letter\":{\"payload\":\"omit\"}}";
    static const char *const open = "{\"topic\":\"a/#\",\"schema\":\"small@1\"}";
    for (int i = 0; i < 2; i++) {
        const struct bus_text two[] = { { "one", i ? open : secret }, { "two", i ? secret : open },
            { NULL, NULL } };
        struct bus bus;
        bus_open(&bus, settings, schemas, two, NULL);
        bus_publish(&bus, "a/1", "{\"n\":1234567}");
        char *letter = letter_of(&bus, 0);
        assert_null(strstr(letter, "1234567"));
        free(letter);
        bus_close(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budget__is_per_contract_and_per_client),
        cmocka_unit_test(budget__holds_for_copies_that_pass_again),
        cmocka_unit_test(seconds__that_nobody_asked_about_have_a_summary_each),
        cmocka_unit_test(summary__tells_the_fault_of_the_contract_that_was_violated),
        cmocka_unit_test(summary__tells_how_many_why_the_first_and_the_last),
        cmocka_unit_test(sample__cuts_long_texts),
        cmocka_unit_test(flood__of_many_sources_is_counted_to_the_last),
        cmocka_unit_test(summaries__beyond_their_number_are_one),
        cmocka_unit_test(budgets__that_find_no_place_are_shared),
        cmocka_unit_test(letter__of_a_confidential_topic_tells_no_values),
        cmocka_unit_test(letter__keeps_the_secret_of_any_contract_of_its_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
