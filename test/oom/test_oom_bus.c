/* Building a snapshot survives every allocation that fails: a clean error, nothing leaked. */
#include "eb_test.h"

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
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "r",
        "{\"from\":[\"locks/#\",\"doors/+\"],\"when\":{\"type\":[\"a\",{\"prefix\":\"x\"}],\"n\":"
        "[{\"numeric\":[\">\",1]}]},\"to\":[{\"topic\":\"services/${site}\",\"payload\":"
        "{\"n\":\"${n}\"}},{\"topic\":\"services/all\"}]}" },
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
    size_t failed = eb_fail_each_allocation(build, &bus);
    print_message("%zu allocations made to fail\n", failed);
    assert_true(failed > 10);
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
    assert_true(eb_fail_each_allocation(open_pipeline, NULL) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot__fails_cleanly_at_every_allocation),
        cmocka_unit_test(figures__fail_cleanly_at_every_allocation),
        cmocka_unit_test(pipeline__fails_cleanly_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
