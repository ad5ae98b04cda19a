/* The plugin starts or says why it does not, whichever allocation fails, and leaks nothing. */
#include "eb_test.h"

#include <stdlib.h>

#include "eb_tree.h"
#include "oom/failing_alloc.h"
#include "played_broker.h"

static int set_up(void **state)
{
    static struct eb_tree tree;
    eb_tree_make(&tree);
    eb_tree_write(&tree, "event-bus.json",
        "{\"version\":1,\"schemas\":{\"directory\":\"schemas\"},\"contracts\":\"contracts\","
        "\"rules\":\"rules\",\"managed\":\"managed\",\"statistics\":{\"interval_s\":0},"
        "\"control\":{\"usernames\":[\"Erika\"]}}");
    eb_tree_write(&tree, "schemas/n/1.json", "{\"required\":[\"n\"]}");
    /* A letter, or a summary of letters, would be taken for a command's answer. */
    eb_tree_write(
        &tree, "contracts/a.json", "{\"topic\":\"a/#\",\"schema\":\"n@1\",\"dead_letter\":false}");
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

/* ---- a plugin that runs -----------------------------------------------------------------------
 */

static void *running;

static int start(void **state)
{
    set_up(state);
    struct eb_tree *tree = *state;
    struct mosquitto_opt options[] = { { (char *)(uintptr_t) "config_file", tree->path } };
    return mosquitto_plugin_init(NULL, &running, options, 1);
}

static int end(void **state)
{
    mosquitto_plugin_cleanup(running, NULL, 0);
    played_broker_forget();
    return tear_down(state);
}

static void assert_it_serves(void)
{
    const struct played_message bad = { .topic = "a/x", .payload = "{}", .qos = 1 };
    const struct played_message good = { .topic = "a/x", .payload = "{\"n\":1}", .qos = 1 };
    played_broker_forget();
    assert_int_equal(played_broker_message(&bad, NULL), MOSQ_ERR_ACL_DENIED);
    played_broker_forget();
    assert_int_equal(played_broker_message(&good, NULL), MOSQ_ERR_SUCCESS);
    assert_int_equal(played_broker.publish_count, 1);
    assert_string_equal(played_broker.publishes[0].topic, "services/1");
}

static bool reload(void *context)
{
    (void)context;
    played_broker_forget();
    assert_int_equal(played_broker_reload(), MOSQ_ERR_SUCCESS);
    const char *come = played_broker_await("is in force", "stays in force");
    assert_non_null(come);
    bool is_good = strcmp(come, "is in force") == 0;
    eb_fail_allocation(0);
    assert_it_serves();
    return is_good;
}

static void reload__that_fails_leaves_what_was_in_force(void **state)
{
    (void)state;
    assert_true(reload(NULL)); /* the worker's thread is there */
    size_t failed = eb_fail_each_allocation(reload, NULL);
    print_message("%zu allocations made to fail\n", failed);
    assert_true(failed > 50);
}

/* Each is done, or its answer says why it is not. */
static bool command(const char *request)
{
    char answer[8192];
    assert_true(played_broker_command(request, answer, sizeof answer));
    eb_fail_allocation(0);
    assert_it_serves();
    return strstr(answer, "\"error\":\"") == NULL;
}

/* As it was before the first change. */
static void begin_again(const struct eb_tree *tree)
{
    char line[256];
    snprintf(line, sizeof line, "rm -rf %s", eb_tree_path(tree, "managed"));
    assert_int_equal(system(line), 0);
    eb_tree_write(tree, "managed/rules/m.json", "{\"from\":[\"b\"],\"to\":[{\"topic\":\"d\"}]}");
    assert_true(reload(NULL));
}

static size_t fail_each_allocation_of(const struct eb_tree *tree, const char *request)
{
    bool is_done = true;
    for (size_t n = 1;; n++) {
        if (is_done)
            begin_again(tree);
        eb_fail_allocation(n);
        is_done = command(request);
        if (eb_has_allocation_failed())
            continue;
        assert_true(is_done);
        return n - 1;
    }
}

static void commands__fail_cleanly_at_every_allocation(void **state)
{
    static const char *const commands[] = {
        "{\"command\":\"getStatus\"}",
        "{\"command\":\"listRules\"}",
        "{\"command\":\"getRule\",\"name\":\"r\"}",
        "{\"command\":\"putRule\",\"name\":\"m\",\"rule\":{\"from\":[\"b\"],\"to\":[{\"topic\":"
        "\"c\"}]}}",
        "{\"command\":\"listSchemas\"}",
        "{\"command\":\"registerSchema\",\"name\":\"m\",\"schema\":{\"required\":[\"a\"]}}",
        "{\"command\":\"testEvent\",\"topic\":\"a/x\",\"payload\":{\"n\":1}}",
        "{\"command\":\"getStatistics\"}",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char request[512];
        snprintf(request, sizeof request, "{\"commands\":[%s]}", commands[i]);
        size_t failed = fail_each_allocation_of(*state, request);
        print_message("%zu allocations made to fail in %s\n", failed, commands[i]);
        assert_true(failed > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            plugin__fails_cleanly_at_every_allocation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reload__that_fails_leaves_what_was_in_force, start, end),
        cmocka_unit_test_setup_teardown(commands__fail_cleanly_at_every_allocation, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
