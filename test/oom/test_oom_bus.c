/* Building a snapshot survives every allocation that fails: a clean error, nothing leaked. */
#include "eb_test.h"

#include "bus/explain_rule.h"
#include "bus/lint.h"
#include "bus/resend.h"
#include "bus_fixture.h"
#include "oom/failing_alloc.h"

static const struct bus_text schemas[] = {
    { "lock@1", "{\"type\":\"object\",\"required\":[\"type\"],\"properties\":{\"type\":"
                "{\"enum\":[\"a\",\"b\"]},\"site\":{\"pattern\":\"^b[0-9]+$\"},"
                "\"host\":{\"format\":\"hostname\"},\"more\":{\"$ref\":\"#/$defs/m\"}},"
                "\"$defs\":{\"m\":{\"uniqueItems\":true}}}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "c", "{\"topic\":\"locks/+/events\",\"schema\":\"lock@1\",\"candidate\":\"lock@latest\","
           "\"deduplicate\":{\"key\":\"${id}\",\"window\":\"1m\"}}" },
    { "cloud", "{\"topic\":\"cloud/#\",\"envelope\":\"cloudevents\",\"schema\":\"lock@1\"}" },
    { "named", "{\"topic\":\"named/#\",\"envelope\":\"cloudevents\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "r",
        "{\"from\":[\"locks/#\",\"doors/+\"],\"when\":{\"type\":[\"a\",{\"prefix\":\"x\"}],\"n\":"
        "[{\"numeric\":[\">\",1]}]},\"to\":[{\"topic\":\"services/${site}\",\"payload\":"
        "{\"n\":\"${n}\"}},{\"topic\":\"services/all\"}]}" },
    { "cloud", "{\"from\":[\"cloud/+\",\"named/1\"],\"when\":{\"data\":{\"type\":[\"c\"]}},\"to\":"
               "[{\"topic\":\"d\",\"cloudevents\":{\"mode\":\"binary\",\"attributes\":{\"type\":"
               "\"x.${type}\",\"subject\":null}}},{\"topic\":\"e\",\"cloudevents\":"
               "\"structured\"}]}" },
    { "chained", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b/${x}\",\"reroute\":true}]}" },
    { "on", "{\"from\":[\"b/+\"],\"to\":[{\"topic\":\"c\",\"reroute\":true}]}" },
    { NULL, NULL },
};

static bool build(void *context)
{
    struct bus *bus = context;
    /* A memory of its own has to be made, too. */
    bus->configuration.settings.seen_keys_max++;
    struct eb_snapshot *snapshot =
        eb_snapshot_build(&bus->configuration, bus->registry, &bus->diags);
    bool is_told = bus->diags.errors > 0;
    assert_true((snapshot == NULL) == is_told);
    eb_snapshot_free(snapshot);
    eb_diag_list_release(&bus->diags);
    return snapshot != NULL;
}

static void snapshot__fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, rules);
    assert_non_null(bus.snapshot);
    /* Nobody holds the trial of the candidate: it has to be made anew, too. */
    eb_snapshot_free(bus.snapshot);
    bus.snapshot = NULL;
    size_t failed = eb_fail_each_allocation(build, &bus);
    print_message("%zu allocations made to fail\n", failed);
    assert_true(failed > 10);
    bus_close(&bus);
}

/* Wrong in every way that lint knows, and some that are right. */
static const struct bus_text odd_rules[] = {
    { "never", "{\"from\":[\"locks/+/events\"],\"when\":{\"type\":[\"c\",{\"prefix\":\"d\"}]},"
               "\"to\":[{\"topic\":\"x\"}]}" },
    { "topic", "{\"from\":[\"locks/+/events\"],\"when\":{\"$mqtt\":{\"level\":[\"doors\"],"
               "\"qos\":[7]}},\"to\":[{\"topic\":\"y\"}]}" },
    { "some", "{\"from\":[\"locks/#\"],\"when\":{\"type\":[\"a\"]},\"to\":[{\"topic\":"
              "\"z/${site}/${host}\"}]}" },
    { "fewer", "{\"from\":[\"locks/1/events\"],\"when\":{\"type\":[\"a\"],\"n\":[1]},\"to\":"
               "[{\"topic\":\"z/${site}/${host}\"}]}" },
    { "watching", "{\"from\":[\"z/#\"],\"to\":[{\"topic\":\"w\"}]}" },
    { "cloud", "{\"from\":[\"cloud/+\"],\"when\":{\"data\":{\"type\":[\"c\"]},\"ext\":[5]},\"to\":"
               "[{\"topic\":\"v/${subject}\"}]}" },
    { NULL, NULL },
};

struct linting {
    struct bus bus;
    char told[8192]; /* all that is said when there is memory */
};

/* That a rule never matches may be said without the member that is to blame. */
static bool is_told(const char *told, const char *text)
{
    bool blames_nothing = strstr(text, "the rule never matches: ") && strstr(text, "all of these");
    return strstr(told, blames_nothing ? "the rule never matches: " : text);
}

static bool lint(void *context)
{
    struct linting *linting = context;
    struct eb_diag_list found;
    eb_diag_list_init(&found);
    eb_lint(&linting->bus.configuration, linting->bus.snapshot, false, &found);
    for (const struct eb_diag *diag = found.first; diag; diag = diag->next) {
        if (!is_told(linting->told, diag->text))
            fail_msg("only without memory: %s", diag->text);
    }
    bool is_complete = !found.is_out_of_memory;
    eb_diag_list_release(&found);
    return is_complete;
}

static void lint__says_nothing_else_when_memory_is_short(void **state)
{
    (void)state;
    static struct linting linting;
    struct eb_diag_list found;
    size_t len = 0;
    bus_open(&linting.bus, NULL, schemas, contracts, odd_rules);
    assert_non_null(linting.bus.snapshot);
    eb_diag_list_init(&found);
    eb_lint(&linting.bus.configuration, linting.bus.snapshot, false, &found);
    assert_true(found.count >= 5);
    for (const struct eb_diag *diag = found.first; diag; diag = diag->next)
        len += (size_t)snprintf(linting.told + len, sizeof linting.told - len, "%s\n", diag->text);
    eb_diag_list_release(&found);
    assert_true(eb_fail_each_allocation(lint, &linting) > 100);
    bus_close(&linting.bus);
}

static bool explain_rules(void *context)
{
    const struct bus *bus = context;
    struct eb_arena arena;
    bool is_complete = true;
    eb_arena_init_growing(&arena, SIZE_MAX);
    for (uint32_t i = 0; is_complete && i < bus->snapshot->rule_count; i++) {
        struct eb_rule_filing filing;
        is_complete = eb_rule_explain(bus->snapshot, &bus->snapshot->rules[i], &arena, &filing);
    }
    eb_arena_release(&arena);
    return is_complete;
}

static void explain__fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    struct bus bus;
    bus_open(&bus, NULL, schemas, contracts, odd_rules);
    assert_non_null(bus.snapshot);
    assert_true(eb_fail_each_allocation(explain_rules, &bus) > 0);
    bus_close(&bus);
}

static bool open_registry(void *context)
{
    (void)context;
    struct eb_figures_registry *registry = eb_figures_registry_new();
    bool is_complete = registry != NULL;
    for (int i = 0; is_complete && i < 200; i++) {
        char text[20];
        struct eb_span name = eb_span(text, (size_t)snprintf(text, sizeof text, "rule-%d", i));
        is_complete = eb_figures_find(registry, EB_FIGURES_RULE, &name) != NULL;
    }
    eb_figures_registry_free(registry);
    return is_complete;
}

static void figures__fail_cleanly_at_every_allocation(void **state)
{
    (void)state;
    assert_true(eb_fail_each_allocation(open_registry, NULL) > 3);
}

static bool open_resend(void *context)
{
    (void)context;
    struct eb_resend *resend = eb_resend_new();
    eb_resend_free(resend);
    return resend != NULL;
}

static void resend__fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    assert_true(eb_fails_pieces || eb_fail_each_allocation(open_resend, NULL) == 1);
}

static bool open_pipeline(void *context)
{
    (void)context;
    struct eb_pipeline pipeline;
    bool is_open = eb_pipeline_init(&pipeline);
    if (is_open)
        eb_pipeline_release(&pipeline);
    return is_open;
}

static void pipeline__fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    assert_true(eb_fails_pieces || eb_fail_each_allocation(open_pipeline, NULL) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot__fails_cleanly_at_every_allocation),
        cmocka_unit_test(lint__says_nothing_else_when_memory_is_short),
        cmocka_unit_test(explain__fails_cleanly_at_every_allocation),
        cmocka_unit_test(figures__fail_cleanly_at_every_allocation),
        cmocka_unit_test(resend__fails_cleanly_at_every_allocation),
        cmocka_unit_test(pipeline__fails_cleanly_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
