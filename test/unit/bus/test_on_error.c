/* `on_error`: what becomes of an event when the engine fails, in each of its stages. */
#include "eb_test.h"

#include <stdlib.h>

#include "bus/event.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = { { "anything@1", "true" }, { NULL, NULL } };
static const struct bus_text rules[] = {
    { "copy",
        "{\"from\":[\"locks/#\"],\"when\":{\"n\":[1]},\"to\":[{\"topic\":\"copies/${n}\"}]}" },
    { NULL, NULL },
};

/* The stages as eb_event_decide() has them, for an event that nobody refuses. */
enum stage { FIND, READ, JUDGE, MATCH, RENDER, STAGES };

static void find(struct eb_event *event)
{
    eb_event_find_watchers(event);
}

static const struct {
    const char *name;
    void (*run)(struct eb_event *event);
} stages[STAGES] = {
    [FIND] = { "find", find },
    [READ] = { "read", eb_event_read },
    [JUDGE] = { "judge", eb_event_judge },
    [MATCH] = { "match", eb_event_match },
    [RENDER] = { "render", eb_event_render },
};

static void exhaust(struct eb_arena *arena)
{
    for (size_t bytes = (size_t)1 << 40; bytes > 0; bytes /= 2) {
        while (eb_arena_alloc(arena, bytes, 1)) {
        }
    }
}

/* The event as it is when memory ends just before `failing`. */
static enum eb_verdict decide_with_fault(
    struct bus *bus, struct eb_event *event, enum stage failing)
{
    static struct eb_message message;
    message = bus_message("locks/7/events", "{\"n\":1}");
    eb_event_begin(event, &bus->pipeline, bus->snapshot, &message, &bus->outcome);
    for (int i = 0; i < STAGES; i++) {
        if (i == (int)failing)
            exhaust(event->arena);
        if (i <= JUDGE || bus->outcome.verdict <= EB_CONSUMED)
            stages[i].run(event);
    }
    if (event->has_failed)
        eb_event_decide_failure(event);
    return bus->outcome.verdict;
}

static void open_with(struct bus *bus, const char *first, const char *second)
{
    static char texts[2][200];
    static struct bus_text contracts[] = { { "one", texts[0] }, { "two", texts[1] },
        { NULL, NULL } };
    const char *const on_error[] = { first, second };
    for (int i = 0; i < 2; i++)
        snprintf(texts[i], sizeof texts[i],
            "{\"topic\":\"locks/%s\",\"schema\":\"anything@1\",\"on_error\":\"%s\"}",
            i ? "+/events" : "#", on_error[i]);
    bus_open(bus, NULL, schemas, contracts, rules);
}

/* What is refused for being over a limit is no failure: a payload too large to be read. */
static void failure__in_any_stage_gets_what_the_contracts_say(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        enum eb_verdict want;
    } cases[] = {
        { "refuse", "refuse", EB_REFUSED },
        { "deliver", "deliver", EB_PASSED },
        { "deliver", "refuse", EB_REFUSED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus bus;
        struct eb_event event;
        open_with(&bus, cases[i].first, cases[i].second);
        for (enum stage stage = FIND; stage < STAGES; stage++) {
            enum eb_verdict got = decide_with_fault(&bus, &event, stage);
            if (stage != READ && (got != cases[i].want || !event.has_failed))
                fail_msg("%s, %s and %s: got %s, failed %d", stages[stage].name, cases[i].first,
                    cases[i].second, eb_verdict_name(got), event.has_failed);
            assert_int_equal(event.fan_out->count, 0); /* no copy by halves */
        }
        assert_int_equal(decide_with_fault(&bus, &event, STAGES), EB_PASSED);
        assert_false(event.has_failed);
        assert_int_equal(event.fan_out->count, 1);
        bus_close(&bus);
    }
}

/* Whatever there is memory for: no rule is asked that would fail, too. */
static void event__is_never_let_through_unjudged(void **state)
{
    (void)state;
    static const struct bus_text strict[] = { { "none@1", "{\"required\":[\"n\"]}" },
        { NULL, NULL } };
    static const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"locks/#\",\"schema\":\"none@1\",\"deduplicate\":{\"key\":"
               "\"${n}\",\"window\":\"1h\"}}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, strict, contracts, NULL);
    char *end = bus.pipeline.arena.end;
    for (size_t bytes = 0; bus.outcome.reason != EB_REASON_SCHEMA; bytes += 8) {
        bus.pipeline.arena.end = bus.pipeline.arena.base + bytes;
        struct eb_message message = bus_message("locks/7", "{}");
        enum eb_verdict got = eb_pipeline_judge(&bus.pipeline, bus.snapshot, &message);
        assert_int_equal(got, EB_REFUSED);
        assert_int_equal(bus_run(&bus, &message)->verdict, EB_REFUSED);
    }
    bus.outcome.verdict = EB_REFUSED;
    for (size_t bytes = 0; bus.outcome.verdict != EB_PASSED; bytes += 8) {
        bus.pipeline.arena.end = bus.pipeline.arena.base + bytes;
        bus_publish(&bus, "locks/7", "{\"n\":1}");
    }
    bus.pipeline.arena.end = end;
    assert_int_equal(bus_publish(&bus, "locks/7", "{\"n\":1}")->verdict, EB_DEDUPLICATED);
    bus_close(&bus);
}

static void event__that_is_refused_has_no_copies_by_halves(void **state)
{
    (void)state;
    static const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"locks/#\",\"schema\":\"anything@1\"}" },
        { NULL, NULL },
    };
    static const struct bus_text several[] = {
        { "a", "{\"from\":[\"locks/#\"],\"to\":[{\"topic\":\"a\"},{\"topic\":\"b\"},"
               "{\"topic\":\"c/${x}\"}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, several);
    uint32_t refused = 0;
    bus.outcome.verdict = EB_REFUSED;
    for (size_t bytes = 0; bus.outcome.verdict != EB_PASSED; bytes += 8) {
        bus.pipeline.arena.end = bus.pipeline.arena.base + bytes;
        bus_publish(&bus, "locks/1", "{}");
        if (bus.outcome.verdict == EB_PASSED)
            break;
        refused++;
        for (uint32_t i = 0; i < bus.outcome.dispatch_count; i++)
            assert_int_not_equal(bus.outcome.dispatches[i].kind, EB_COPY);
    }
    assert_true(refused > 0);
    bus_close(&bus);
}

static void copy__that_cannot_be_judged_is_withheld_and_counted(void **state)
{
    (void)state;
    static const struct bus_text strict[] = { { "none@1", "false" }, { NULL, NULL } };
    static const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"mid\",\"schema\":\"none@1\",\"dead_letter\":false}" },
        { NULL, NULL },
    };
    static const struct bus_text chain[] = {
        { "a", "{\"from\":[\"start\"],\"to\":[{\"topic\":\"mid\",\"reroute\":true}]}" },
        { NULL, NULL },
    };
    struct bus bus;
    bus_open(&bus, NULL, strict, contracts, chain);
    const struct eb_figures *all = bus.snapshot->figures;
    const struct eb_figures *judged = bus.snapshot->contracts[0].figures;
    uint32_t withheld = 0;
    for (size_t bytes = 0; judged->reasons[EB_REASON_SCHEMA] == 0; bytes += 8) {
        uint64_t errors = all->errors, received = judged->received;
        bus.pipeline.arena.end = bus.pipeline.arena.base + bytes;
        const struct eb_outcome *outcome = bus_publish(&bus, "start", "{}");
        for (uint32_t i = 0; i < outcome->dispatch_count; i++)
            assert_int_not_equal(outcome->dispatches[i].kind, EB_COPY);
        if (judged->received > received || outcome->dispatch_count == 0)
            continue;
        assert_true(all->errors > errors);
        withheld += outcome->dispatches[0].kind == EB_WITHHELD;
    }
    assert_true(withheld > 0);
    bus_close(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure__in_any_stage_gets_what_the_contracts_say),
        cmocka_unit_test(event__is_never_let_through_unjudged),
        cmocka_unit_test(event__that_is_refused_has_no_copies_by_halves),
        cmocka_unit_test(copy__that_cannot_be_judged_is_withheld_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
