#include "eb_test.h"

#include <stdio.h>

#include "peer.h"
#include "scene.h"

static struct eb_server own;

static int open_own(void **state)
{
    eb_scene_prepare(&own);
    *state = &own;
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

static void broken_configuration__stops_the_broker_and_says_where(void **state)
{
    static const struct {
        const char *name;
        const char *path;
        const char *text;
        const char *said[3];
    } cases[] = {
        { "settings that are not JSON", "event-bus/event-bus.json", "{ \"version\": 1,\n }",
            { "event-bus.json:2:" } },
        { "an unknown member", "event-bus/event-bus.json",
            "{ \"version\": 1,\n  \"contract\": \"c\" }", { "event-bus.json:2:", "/contract" } },
        { "a contract for no topic filter", "event-bus/contracts/bad.json",
            "{\n  \"topic\": \"a/#/b\", \"schema\": \"reading@1\" }",
            { "contracts/bad.json:2:", "/topic", "'#'" } },
        { "a contract for a schema there is not", "event-bus/contracts/bad.json",
            "{\n  \"topic\": \"a\",\n  \"schema\": \"reading@9\" }",
            { "contracts/bad.json:3:", "/schema", "version 9" } },
        { "a schema that is none", "event-bus/schemas/bad/1.json",
            "{ \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
            "  \"minimum\": \"1\" }",
            { "schemas/bad/1.json:2:", "/minimum" } },
        { "a rule with a bad pattern", "event-bus/rules/bad.json",
            "{ \"from\": [\"a\"],\n  \"when\": { \"a\": [ { \"numeric\": [\"<\"] } ] },\n"
            "  \"to\": [ { \"topic\": \"services/a\" } ] }",
            { "rules/bad.json:2:", "/when/a/0/numeric" } },
        { "a rule with a bad target", "event-bus/rules/bad.json",
            "{ \"from\": [\"a\"],\n  \"to\": [\n    { \"topic\": \"elsewhere/a\" } ] }",
            { "rules/bad.json:3:", "/to/0/topic" } },
        { "a second fault beside the first", "event-bus/rules/bad.jsonl",
            "{ \"name\": \"one\", \"from\": [], \"to\": [] }\n"
            "{ \"name\": \"two\", \"from\": 2, \"to\": [ { \"topic\": \"services/a\" } ] }\n",
            { "bad.jsonl:1:", "bad.jsonl:2:" } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char lines[512];
        eb_server_finish(&own);
        eb_scene_prepare(&own);
        eb_server_write(&own, cases[i].path, cases[i].text);
        snprintf(lines, sizeof lines, "plugin %s\nplugin_opt_config_file %s/event-bus\n",
            eb_server_plugin(), own.tree.path);
        int status = eb_server_run_to_end(&own, lines);
        if (status == 0 || status > 3)
            fail_msg("%s: the broker ended with %d", cases[i].name, status);
        for (size_t j = 0; j < 3 && cases[i].said[j]; j++)
            assert_logged(&own, cases[i].said[j]);
    }
}

static void options__that_are_wrong_stop_the_broker(void **state)
{
    static const struct {
        const char *options;
        const char *said;
    } cases[] = {
        { "", "plugin_opt_config_file is missing" },
        { "plugin_opt_config_file event-bus\nplugin_opt_confg x\n",
            "there is no option plugin_opt_confg" },
        { "plugin_opt_config_file event-bus\nplugin_opt_config_file event-bus\n",
            "plugin_opt_config_file is given twice" },
        { "plugin_opt_config_file nowhere/event-bus.json\n", "nowhere/event-bus.json" },
        { "plugin_opt_config_file /nowhere\n", "/nowhere" },
    };
    struct eb_server *server = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char lines[512];
        snprintf(lines, sizeof lines, "plugin %s\n%s", eb_server_plugin(), cases[i].options);
        int status = eb_server_run_to_end(server, lines);
        if (status == 0 || status > 3)
            fail_msg("%s: the broker ended with %d", cases[i].options, status);
        assert_logged(server, cases[i].said);
    }
}

static void config_file__may_be_relative_and_the_file_itself(void **state)
{
    static const char *const values[] = { "event-bus", "./event-bus/event-bus.json" };
    struct eb_server *server = *state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char lines[512];
        snprintf(lines, sizeof lines, "plugin %s\nplugin_opt_config_file %s\n", eb_server_plugin(),
            values[i]);
        eb_server_start_plain(server, lines);
        struct eb_peer *device = eb_peer_connect(server, "device", 5);
        assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), 0x87);
        size_t loads = eb_server_log_count(server, "is in force");
        eb_server_reload(server);
        eb_server_await_log(server, "is in force", loads + 1);
        eb_server_stop(server);
    }
}

/* A link that is pointed elsewhere, as container platforms do it, is followed anew. */
static void config_file__may_be_a_link_that_moves(void **state)
{
    struct eb_server *server = *state;
    char lines[512];
    eb_tree_link(&server->tree, "link", "event-bus");
    snprintf(lines, sizeof lines, "plugin %s\nplugin_opt_config_file link\n", eb_server_plugin());
    eb_server_start_plain(server, lines);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), 0x87);

    eb_server_write(server, "other/event-bus.json", "{ \"version\": 1 }");
    eb_tree_link(&server->tree, "next", "other");
    assert_int_equal(
        rename(eb_tree_path(&server->tree, "next"), eb_tree_path(&server->tree, "link")), 0);
    eb_server_reload(server);
    eb_server_await_log(server, "is in force", 2);
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1) & 0x80, 0);
}

static void configuration__that_says_nothing_changes_nothing(void **state)
{
    struct eb_server *server = *state;
    eb_server_finish(server);
    eb_server_prepare(server);
    eb_server_start(server, NULL);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "#", 1);
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), 0);
    assert_received(watcher, "reject/x", EB_BAD);
}

/* A line in mosquitto.conf and one more in conf.d: each event would be copied twice. */
static void plugin__that_is_loaded_twice_is_said_to_be(void **state)
{
    struct eb_server *server = *state;
    eb_server_start(server, NULL);
    eb_server_stop(server);

    char twice[1024];
    int len = 0;
    for (int i = 0; i < 2; i++)
        len += snprintf(twice + len, sizeof twice - (size_t)len,
            "plugin %s\nplugin_opt_config_file %s/event-bus\n", eb_server_plugin(),
            server->tree.path);
    if (eb_server_is_2_1(server)) {
        eb_server_start_plain(server, twice);
        assert_logged(server, "warning: the plugin is loaded more than once");
    } else {
        int status = eb_server_run_to_end(server, twice);
        assert_true(status > 0 && status <= 3);
        assert_logged(server, "error: the plugin is loaded twice");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(broken_configuration__stops_the_broker_and_says_where),
        TEST(options__that_are_wrong_stop_the_broker),
        TEST(config_file__may_be_relative_and_the_file_itself),
        TEST(config_file__may_be_a_link_that_moves),
        TEST(plugin__that_is_loaded_twice_is_said_to_be),
        TEST(configuration__that_says_nothing_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
