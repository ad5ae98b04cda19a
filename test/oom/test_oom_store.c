#include "eb_test.h"

#include "eb_tree.h"
#include "oom/failing_alloc.h"
#include "store/store.h"

/* A tree with everything in it that is read in a way of its own. */
static int set_up(void **state)
{
    static struct eb_tree tree;
    eb_tree_make(&tree);
    eb_tree_write(&tree, "event-bus.json",
        "{\"version\":1,\"managed\":\"m\",\"egress\":[\"a\\u0062/#\"],"
        "\"ingress\":[{\"topic\":\"a/#\",\"unknown\":\"warn\"}],"
        "\"schemas\":{\"uri_map\":{\"https://example.com/\":\"imported\"}}}");
    eb_tree_write(&tree, "contracts/a.json", "{}");
    eb_tree_write(&tree, "rules/a.json", "{}");
    eb_tree_write(&tree, "rules/b.jsonl", "{}\n{}\n");
    eb_tree_write(&tree, "schemas/s/1.json", "{}");
    eb_tree_write(&tree, "schemas/imported/x/y.json", "{}");
    eb_tree_write(&tree, "m/rules/c.json", "{}");
    *state = &tree;
    return 0;
}

static int tear_down(void **state)
{
    eb_tree_remove(*state);
    return 0;
}

static bool read_tree(void *context)
{
    const struct eb_tree *tree = context;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_store *store = eb_store_read(tree->path, &diags);
    bool is_read = store && diags.errors == 0;
    if (is_read)
        assert_int_equal(eb_store_configuration(store)->rule_count, 4);
    else
        assert_true(diags.is_out_of_memory);
    eb_store_free(store);
    eb_diag_list_release(&diags);
    return is_read;
}

static void store__survives_the_failure_of_any_allocation(void **state)
{
    assert_true(eb_fail_each_allocation(read_tree, *state) > 50);
}

/* Mistakes in every document: the diagnostics themselves take memory. */
static bool read_mistakes(void *context)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_store *store = eb_store_read(context, &diags);
    assert_true(diags.errors > 0);
    eb_store_free(store);
    bool is_told = !diags.is_out_of_memory;
    eb_diag_list_release(&diags);
    return is_told;
}

static void store__counts_mistakes_it_has_no_memory_to_describe(void **state)
{
    struct eb_tree *tree = *state;
    eb_tree_write(tree, "event-bus.json", "{\"version\":2,\"egres\":[],\"targets\":[\"a#\"]}");
    eb_tree_write(tree, "rules/x.yaml", "");
    eb_tree_write(tree, "schemas/s/x.json", "");
    assert_true(eb_fail_each_allocation(read_mistakes, tree->path) > 50);
}

/* Reading and compiling, as a start or a reload of the broker does. */
static bool load(void *context)
{
    struct eb_diag_list diags;
    struct eb_loaded loaded = { 0 };
    eb_diag_list_init(&diags);
    struct eb_figures_registry *registry = eb_figures_registry_new();
    bool is_loaded = registry && eb_store_load(&loaded, context, registry, &diags);
    if (registry)
        assert_int_equal(is_loaded, diags.errors == 0);
    eb_loaded_free(&loaded);
    eb_figures_registry_free(registry);
    eb_diag_list_release(&diags);
    return is_loaded;
}

static void load__survives_the_failure_of_any_allocation(void **state)
{
    struct eb_tree *tree = *state;
    eb_tree_write(tree, "contracts/a.json", "{\"topic\":\"a\",\"schema\":\"s@1\"}");
    eb_tree_write(tree, "schemas/s/1.json", "{\"pattern\":\"^a+$\"}");
    eb_tree_write(tree, "rules/a.json", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b/${x}\"}]}");
    eb_tree_write(tree, "rules/b.jsonl",
        "{\"name\":\"x\",\"from\":[\"a\"],\"when\":{\"x\":[1]},\"to\":[{\"topic\":\"b\"}]}\n");
    eb_tree_write(tree, "m/rules/c.json", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"c\"}]}");
    assert_true(eb_fail_each_allocation(load, tree->path) > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            store__survives_the_failure_of_any_allocation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            store__counts_mistakes_it_has_no_memory_to_describe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            load__survives_the_failure_of_any_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
