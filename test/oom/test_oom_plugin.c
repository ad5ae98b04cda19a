/* The plugin starts or says why it does not, whichever allocation fails, and leaks nothing. */
#include "eb_test.h"

#include "eb_tree.h"
#include "oom/failing_alloc.h"
#include "played_broker.h"

static int set_up(void **state)
{
    static struct eb_tree tree;
    eb_tree_make(&tree);
    eb_tree_write(&tree, "event-bus.json",
        "{\"version\":1,\"schemas\":{\"directory\":\"schemas\"},\"contracts\":\"contracts\","
        "\"rules\":\"rules\"}");
    eb_tree_write(&tree, "schemas/n/1.json", "{\"required\":[\"n\"]}");
    eb_tree_write(&tree, "contracts/a.json", "{\"topic\":\"a/#\",\"schema\":\"n@1\"}");
    eb_tree_write(
        &tree, "rules/r.json", "{\"from\":[\"a/#\"],\"to\":[{\"topic\":\"services/${n}\"}]}");
    *state = &tree;
    return 0;
}

static int tear_down(void **state)
{
    eb_tree_remove(*state);
    return 0;
}

static bool start_and_end(void *context)
{
    const struct eb_tree *tree = context;
    struct mosquitto_opt options[] = { { (char *)(uintptr_t) "config_file",
        (char *)(uintptr_t)tree->path } };
    void *plugin = NULL;
    played_broker_forget();
    int rc = mosquitto_plugin_init(NULL, &plugin, options, 1);
    if (rc != MOSQ_ERR_SUCCESS) {
        assert_null(plugin);
        assert_true(rc == MOSQ_ERR_NOMEM || played_broker_has_logged("error"));
        return false;
    }
    mosquitto_plugin_cleanup(plugin, NULL, 0);
    return true;
}

static void plugin__fails_cleanly_at_every_allocation(void **state)
{
    assert_true(eb_fail_each_allocation(start_and_end, *state) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            plugin__fails_cleanly_at_every_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
