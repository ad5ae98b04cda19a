/*
 * What adds up, after a mixed run: every event has one verdict, every copy one fate, every letter
 * is written or left out. `test_bus_equation N` runs N events.
 */
#include "eb_test.h"

#include <stdlib.h>

#include "bus_fixture.h"

static unsigned long event_count = 20000;

static const struct bus_text schemas[] = {
    { "n@1", "{\"properties\":{\"n\":{\"maximum\":9}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "aside", "{\"topic\":\"q/#\",\"schema\":\"n@1\",\"on_violation\":\"quarantine\"}" },
    { "cut", "{\"topic\":\"d/#\",\"schema\":\"n@1\",\"on_violation\":\"disconnect\"}" },
    { "lax", "{\"topic\":\"o/#\",\"schema\":\"n@1\",\"on_violation\":\"observe\","
             "\"unmatched\":\"dead-letter\"}" },
    { "once", "{\"topic\":\"r/+\",\"schema\":\"n@1\",\"deduplicate\":{\"key\":\"${id}\","
              "\"window\":\"1h\",\"keys\":100}}" },
    { "strict", "{\"topic\":\"r/#\",\"schema\":\"n@1\"}" },
    { "taken", "{\"topic\":\"c/#\",\"schema\":\"n@1\",\"original\":\"consume\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "again", "{\"from\":[\"o/#\"],\"when\":{\"n\":[{\"numeric\":[\"<\",5]}]},"
               "\"to\":[{\"topic\":\"r/x/y\",\"reroute\":true}]}" },
    { "fails",
        "{\"from\":[\"c/#\",\"o/#\"],\"to\":[{\"topic\":\"x/${site}\"},{\"topic\":\"y\"}]}" },
    { "shadow", "{\"from\":[\"r/#\"],\"shadow\":true,\"to\":[{\"topic\":\"s/${site}\"}]}" },
    { "wide",
        "{\"from\":[\"r/#\"],\"when\":{\"n\":[1,2]},\"to\":[{\"topic\":\"a\"},{\"topic\":\"b\"},"
        "{\"topic\":\"c\"},{\"topic\":\"d\"}]}" },
    { NULL, NULL },
};
static const char settings[] = "{\"version\":1,\"egress\":[\"e/#\"],\"limits\":{\"targets\":3},"
                               "\"dead_letters\":{\"per_second\":50}}";

static void assert_verdicts_add_up(const struct eb_figures *figures, uint64_t received)
{
    assert_int_equal(figures->received, received);
    assert_int_equal(figures->received, figures->passed + figures->consumed + figures->quarantined +
                                            figures->refused + figures->disconnected +
                                            figures->deduplicated);
}

static void assert_copies_add_up(const struct eb_snapshot *snapshot)
{
    uint64_t published = 0, failed = 0, discarded = 0;
    for (uint32_t i = 0; i < snapshot->rule_count; i++) {
        const struct eb_rule *rule = &snapshot->rules[i];
        assert_int_equal(rule->figures->matched * rule->target_count,
            rule->figures->published + rule->figures->failed + rule->figures->discarded);
        published += rule->figures->published;
        failed += rule->figures->failed;
        discarded += rule->figures->discarded;
    }
    assert_int_equal(snapshot->figures->published, published);
    assert_int_equal(snapshot->figures->failed, failed);
    assert_int_equal(snapshot->figures->discarded, discarded);
    assert_true(published > 0 && failed > 0 && discarded > 0);
}

static void figures__add_up_after_a_mixed_run(void **state)
{
    (void)state;
    static const char *const topics[] = { "r/1", "q/1", "d/1", "o/1", "c/1", "e/1", "none" };
    struct bus bus;
    bus_open(&bus, settings, schemas, contracts, rules);
    uint64_t received = 0, sent[2] = { 0 };
    srand(7);
    for (unsigned long i = 0; i < event_count; i++) {
        char payload[96];
        snprintf(payload, sizeof payload, "{\"id\":\"%d\",\"n\":%d%s}%s", rand() % 500, rand() % 14,
            rand() % 2 ? ",\"site\":\"b\"" : "", rand() % 20 ? "" : "!");
        struct eb_message message = bus_message(topics[rand() % 7], payload);
        message.received_us += (int64_t)i * 3000;
        const struct eb_outcome *outcome = bus_run(&bus, &message);
        received += outcome->is_watched;
        for (uint32_t j = 0; j < outcome->dispatch_count; j++) {
            sent[0] += outcome->dispatches[j].kind == EB_COPY;
            sent[1] += outcome->dispatches[j].kind == EB_DEAD_LETTER;
        }
    }
    const struct eb_figures *figures = bus.snapshot->figures;
    assert_verdicts_add_up(figures, received);
    for (uint32_t i = 0; i < bus.snapshot->contract_count; i++)
        assert_verdicts_add_up(
            bus.snapshot->contracts[i].figures, bus.snapshot->contracts[i].figures->received);
    assert_copies_add_up(bus.snapshot);
    assert_int_equal(figures->published, sent[0]);
    assert_int_equal(figures->dead_letters, sent[1]);
    assert_true(figures->left_out_letters > 0 && figures->deduplicated > 0);
    bus_close(&bus);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        event_count = strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures__add_up_after_a_mixed_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
