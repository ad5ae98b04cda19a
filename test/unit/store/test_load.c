#include "eb_test.h"

#include "bus/pipeline.h"
#include "eb_tree.h"
#include "store/store.h"

/* The example in config/; tests run in the source tree. */
static void load__gives_a_snapshot_that_decides(void **state)
{
    (void)state;
    static const char event[] =
        "{\"id\":\"1\",\"type\":\"door.forced\",\"time\":\"2026-11-20T17:21:33Z\","
        "\"data\":{\"site\":\"harbour-7\",\"door\":\"front\"}}";
    struct eb_diag_list diags;
    struct eb_loaded loaded;
    struct eb_pipeline pipeline;
    struct eb_outcome outcome;
    struct eb_figures_registry *registry = eb_figures_registry_new();
    const struct eb_message message = {
        .topic = EB_SPAN("locks/17/events"),
        .payload = EB_SPAN(event),
        .client_id = EB_SPAN("lock-17"),
        .protocol = 5,
    };
    eb_diag_list_init(&diags);
    assert_true(eb_store_load(&loaded, "config", registry, &diags));
    assert_int_equal(diags.count, 0);
    assert_true(eb_pipeline_init(&pipeline));
    eb_pipeline_run(&pipeline, loaded.snapshot, &message, &outcome);
    assert_int_equal(outcome.verdict, EB_PASSED);
    assert_int_equal(outcome.dispatch_count, 3);
    assert_span_equal(outcome.dispatches[0].publish.topic, "services/security/harbour-7/events");
    assert_span_equal(outcome.dispatches[0].rule->name, "door-forced");
    assert_string_equal(outcome.dispatches[0].rule->file, "config/rules/door-forced.json");
    eb_pipeline_release(&pipeline);
    eb_loaded_free(&loaded);
    eb_figures_registry_free(registry);
    eb_diag_list_release(&diags);
}

/* The texts of rules are given back; those of schemas and settings are still needed. */
static void load__keeps_what_the_snapshot_borrows(void **state)
{
    (void)state;
    struct eb_diag_list diags;
    struct eb_loaded loaded;
    struct eb_figures_registry *registry = eb_figures_registry_new();
    eb_diag_list_init(&diags);
    assert_true(eb_store_load(&loaded, "config", registry, &diags));
    assert_int_equal(loaded.snapshot->rule_count, 10);
    assert_int_equal(eb_store_configuration(loaded.store)->rule_count, 0);
    assert_int_equal(eb_store_configuration(loaded.store)->schema_count, 5);
    assert_int_equal(eb_store_configuration(loaded.store)->contract_count, 4);
    eb_loaded_free(&loaded);
    eb_figures_registry_free(registry);
    eb_diag_list_release(&diags);
}

static void load__gives_nothing_after_a_mistake_in_any_layer(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } cases[] = {
        { "event-bus.json", "{\"version\":1,\"egres\":[]}" },
        { "schemas/s/1.json", "{\"type\":5}" },
        { "schemas/s/x.json", "{}" },
        { "contracts/c.json", "{\"topic\":\"a\",\"schema\":\"s@2\"}" },
        { "rules/r.json", "{\"from\":[\"a/#/b\"],\"to\":[{\"topic\":\"b\"}]}" },
        { "rules/r.yaml", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_tree tree;
        struct eb_diag_list diags;
        struct eb_loaded loaded;
        struct eb_figures_registry *registry = eb_figures_registry_new();
        eb_tree_make(&tree);
        eb_tree_write(&tree, "event-bus.json", "{\"version\":1}");
        eb_tree_write(&tree, "schemas/s/1.json", "{}");
        eb_tree_write(&tree, cases[i].file, cases[i].text);
        eb_diag_list_init(&diags);
        assert_false(eb_store_load(&loaded, tree.path, registry, &diags));
        assert_null(loaded.store);
        assert_null(loaded.snapshot);
        assert_int_equal(diags.errors, 1);
        assert_string_equal(diags.first->file, eb_tree_path(&tree, cases[i].file));
        eb_figures_registry_free(registry);
        eb_diag_list_release(&diags);
        eb_tree_remove(&tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load__gives_a_snapshot_that_decides),
        cmocka_unit_test(load__keeps_what_the_snapshot_borrows),
        cmocka_unit_test(load__gives_nothing_after_a_mistake_in_any_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
