/* The figures: what adds up to what. */
#include "eb_test.h"

#include "bus/count.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "lock@1", "{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "strict", "{\"topic\":\"locks/#\",\"schema\":\"lock@1\"}" },
    { "aside", "{\"topic\":\"lifts/#\",\"schema\":\"lock@1\",\"on_violation\":\"quarantine\"}" },
    { "lax", "{\"topic\":\"doors/#\",\"schema\":\"lock@1\",\"on_violation\":\"observe\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "one", "{\"from\":[\"locks/#\"],\"to\":[{\"topic\":\"services/${site}\"}]}" },
    { "two", "{\"from\":[\"doors/#\"],\"to\":[{\"topic\":\"services/a\"},"
             "{\"topic\":\"services/${site}\"}]}" },
    { NULL, NULL },
};
static const char settings[] =
    "{\"version\":1,\"ingress\":[{\"topic\":\"closed/#\",\"unknown\":\"reject\"},"
    "{\"topic\":\"open/#\",\"unknown\":\"allow\"}]}";

static uint64_t sum_of_verdicts(const struct eb_figures *figures)
{
    return figures->passed + figures->consumed + figures->quarantined + figures->refused +
           figures->disconnected + figures->deduplicated;
}

static uint64_t sum_of_reasons(const struct eb_figures *figures)
{
    uint64_t sum = 0;
    for (int reason = 0; reason < EB_REASON_COUNT; reason++)
        sum += figures->reasons[reason];
    return sum;
}

static void publish_a_mixture(struct bus *bus)
{
    static const struct {
        const char *topic, *payload;
    } events[] = {
        { "locks/1", "{\"n\":1,\"site\":\"b\"}" },
        { "locks/1", "{\"n\":10}" },
        { "locks/1", "{" },
        { "lifts/1", "{\"n\":11}" },
        { "doors/1", "{\"n\":12}" },
        { "doors/1", "{\"n\":1,\"site\":\"c\"}" },
        { "closed/1", "1" },
        { "open/1", "2" },
        { "elsewhere", "3" },
    };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        bus_publish(bus, events[i].topic, events[i].payload);
}

static void figures__of_a_mixture_add_up(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    publish_a_mixture(&bus);
    const struct eb_figures *figures = bus.snapshot->figures;
    assert_int_equal(figures->received, 8);
    assert_int_equal(sum_of_verdicts(figures), 8);
    assert_int_equal(figures->bytes, 18 + 8 + 1 + 8 + 8 + 18 + 1 + 1);
    assert_int_equal(figures->passed, 4);
    assert_int_equal(figures->observed, 1);
    assert_int_equal(figures->unmatched, 1);

    assert_int_equal(
        sum_of_reasons(figures), figures->quarantined + figures->refused + figures->disconnected);
    assert_int_equal(figures->reasons[EB_REASON_SCHEMA], 2);
    assert_int_equal(figures->reasons[EB_REASON_NOT_JSON], 1);
    assert_int_equal(figures->reasons[EB_REASON_UNKNOWN_TOPIC], 1);
    assert_int_equal(bus.snapshot->contracts[2].figures->reasons[EB_REASON_SCHEMA], 1);

    assert_int_equal(figures->published, 4);
    assert_int_equal(figures->published_bytes, 18 + 8 + 18 + 18);
    assert_int_equal(figures->failed, 1);
    assert_int_equal(figures->dead_letters, 4 + 1);
    bus_close(&bus);
}

static void targets__of_a_rule_with_several_are_counted_apart(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    publish_a_mixture(&bus);
    const struct eb_rule *one = &bus.snapshot->rules[0], *two = &bus.snapshot->rules[1];
    assert_null(one->target_figures);
    assert_int_equal(one->figures->published, 1);
    assert_int_equal(two->figures->published, 3);
    assert_int_equal(two->figures->failed, 1);
    assert_int_equal(two->target_figures[0]->published, 2);
    assert_int_equal(two->target_figures[0]->failed, 0);
    assert_int_equal(two->target_figures[1]->published, 1);
    assert_int_equal(two->target_figures[1]->failed, 1);
    bus_close(&bus);
}

static void unsent__copy_counts_as_failed_and_nothing_else_changes(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    const struct eb_outcome *outcome = bus_publish(&bus, "doors/1", "{\"n\":1,\"site\":\"c\"}");
    eb_count_unsent(bus.snapshot, &outcome->dispatches[1]);
    const struct eb_figures *figures = bus.snapshot->figures;
    const struct eb_rule *two = &bus.snapshot->rules[1];
    assert_int_equal(figures->published, 1);
    assert_int_equal(figures->published_bytes, 18);
    assert_int_equal(figures->failed, 1);
    assert_int_equal(two->figures->published, 1);
    assert_int_equal(two->figures->failed, 1);
    assert_int_equal(two->target_figures[0]->published, 1);
    assert_int_equal(two->target_figures[1]->published, 0);
    assert_int_equal(two->target_figures[1]->failed, 1);
    assert_int_equal(figures->passed, 1);
    bus_close(&bus);
}

/* The rule has counted its copy as failed when the letter took its place. */
static void unsent__letter_is_counted_and_nothing_else_changes(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    const struct eb_outcome *outcome = bus_publish(&bus, "doors/1", "{\"n\":1}");
    assert_int_equal(outcome->dispatches[1].kind, EB_DEAD_LETTER);
    eb_count_unsent(bus.snapshot, &outcome->dispatches[1]);
    const struct eb_figures *figures = bus.snapshot->figures;
    const struct eb_rule *two = &bus.snapshot->rules[1];
    assert_int_equal(figures->unsent_letters, 1);
    assert_int_equal(figures->published, 1);
    assert_int_equal(figures->failed, 1);
    assert_int_equal(two->figures->published, 1);
    assert_int_equal(two->figures->failed, 1);
    assert_int_equal(two->target_figures[1]->published, 0);
    assert_int_equal(two->target_figures[1]->failed, 1);
    bus_close(&bus);
}

static void unmatched__is_what_was_let_through_and_no_rule_took(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        uint32_t unmatched;
    } cases[] = {
        { "locks/1", "{\"site\":\"b\"}", 0 },
        { "lifts/1", "{}", 1 },
        { "lifts/1", "{\"n\":10}", 0 },
        { "silent/1", "{}", 1 },
    };
    static const struct bus_text some[] = {
        { "aside",
            "{\"topic\":\"lifts/#\",\"schema\":\"lock@1\",\"on_violation\":\"quarantine\"}" },
        { "silent", "{\"topic\":\"silent/#\",\"schema\":\"lock@1\",\"original\":\"consume\"}" },
        { NULL, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        bus_open(&bus, settings, schemas, some, rules);
        bus_publish(&bus, cases[i].topic, cases[i].payload);
        if (bus.snapshot->figures->unmatched != cases[i].unmatched)
            fail_msg("%s %s: not %u", cases[i].topic, cases[i].payload, cases[i].unmatched);
        bus_close(&bus);
    }
}

static void uncovered__is_said_of_every_ingress_and_of_nothing_else(void **state)
{
    static const struct {
        const char *topic;
        bool is_uncovered, is_unknown;
    } cases[] = {
        { "closed/1", true, true },
        { "open/1", true, false },
        { "locks/1", false, false },
        { "elsewhere", false, false },
    };
    (void)state;
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct eb_outcome *outcome = bus_publish(&bus, cases[i].topic, "{}");
        assert_int_equal(outcome->is_uncovered, cases[i].is_uncovered);
        assert_int_equal(outcome->is_unknown_topic, cases[i].is_unknown);
    }
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures__of_a_mixture_add_up),
        cmocka_unit_test(targets__of_a_rule_with_several_are_counted_apart),
        cmocka_unit_test(unsent__copy_counts_as_failed_and_nothing_else_changes),
        cmocka_unit_test(unsent__letter_is_counted_and_nothing_else_changes),
        cmocka_unit_test(unmatched__is_what_was_let_through_and_no_rule_took),
        cmocka_unit_test(uncovered__is_said_of_every_ingress_and_of_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
