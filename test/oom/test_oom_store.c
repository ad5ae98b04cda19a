#include "eb_test.h"

#include "eb_tree.h"
#include "oom/failing_alloc.h"
#include "store/managed.h"
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

/* What checks a document has bounds of its own. */
static bool is_short_of_room(const struct eb_diag_list *diags)
{
    const char *text = diags->first ? diags->first->text : "nothing is said";
    if (diags->is_out_of_memory || strstr(text, "too large or too deep to be checked") ||
        strstr(text, "a limit is exceeded"))
        return true;
    print_error("%s\n", text);
    return false;
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
        assert_true(is_short_of_room(&diags));
    eb_store_free(store);
    eb_diag_list_release(&diags);
    return is_read;
}

static void store__survives_the_failure_of_any_allocation(void **state)
{
    assert_true(eb_fail_each_allocation(read_tree, *state) > 50);
}

/* A change is in what is read, or it is told that it is not. */
struct changing {
    const char *path;
    struct eb_managed_change change;
    uint32_t contracts, rules, schemas;
};

static bool read_changed(void *context)
{
    const struct changing *changing = context;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_store *store = eb_store_read_changed(changing->path, &changing->change, &diags);
    bool is_read = store && diags.errors == 0;
    if (is_read) {
        const struct eb_configuration *configuration = eb_store_configuration(store);
        assert_int_equal(configuration->contract_count, changing->contracts);
        assert_int_equal(configuration->rule_count, changing->rules);
        assert_int_equal(configuration->schema_count, changing->schemas);
    } else {
        assert_true(is_short_of_room(&diags));
    }
    eb_store_free(store);
    eb_diag_list_release(&diags);
    return is_read;
}

static void store__never_loses_a_change(void **state)
{
    const struct eb_tree *tree = *state;
    struct changing cases[] = {
        { NULL, { EB_MANAGED_CONTRACT, EB_SPAN("d"), 0, EB_SPAN("{}") }, 2, 4, 2 },
        { NULL, { EB_MANAGED_RULE, EB_SPAN("d"), 0, EB_SPAN("{}") }, 1, 5, 2 },
        { NULL, { EB_MANAGED_RULE, EB_SPAN("c"), 0, { NULL, 0 } }, 1, 3, 2 },
        { NULL, { EB_MANAGED_SCHEMA, EB_SPAN("d"), 1, EB_SPAN("{}") }, 1, 4, 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cases[i].path = tree->path;
        assert_true(eb_fail_each_allocation(read_changed, &cases[i]) > 50);
    }
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
        cmocka_unit_test_setup_teardown(store__never_loses_a_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            store__counts_mistakes_it_has_no_memory_to_describe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            load__survives_the_failure_of_any_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
