/* Whichever call of the file system fails, the broker goes on with what was in force. */
#include "eb_test.h"

#include <dirent.h>
#include <unistd.h>

#include "eb_tree.h"
#include "io/failing_calls.h"
#include "played_broker.h"

static struct eb_tree tree;
static void *plugin;

/* A letter, or a summary of letters, would be taken for a command's answer. */
#define CONTRACT(filter) "{\"topic\":\"" filter "\",\"schema\":\"n@1\",\"dead_letter\":false}"
#define RULE(target) "{\"from\":[\"a/#\"],\"to\":[{\"topic\":\"services/" target "\"}]}"

static int start(void **state)
{
    (void)state;
    eb_tree_make(&tree);
    eb_tree_write(&tree, "bus/event-bus.json",
        "{\"version\":1,\"schemas\":{\"directory\":\"schemas\"},\"contracts\":\"contracts\","
        "\"rules\":\"rules\",\"managed\":\"../managed\","
        "\"statistics\":{\"interval_s\":0},\"control\":{\"usernames\":[\"Erika\"]}}");
    eb_tree_write(&tree, "bus/schemas/n/1.json", "{\"required\":[\"n\"]}");
    eb_tree_write(&tree, "bus/contracts/a.json", CONTRACT("a/#"));
    eb_tree_write(&tree, "bus/rules/r.json", RULE("own"));
    eb_tree_directory(&tree, "managed/rules");
    struct mosquitto_opt options[] = { { (char *)(uintptr_t) "config_file",
        (char *)(uintptr_t)eb_tree_path(&tree, "bus") } };
    assert_int_equal(mosquitto_plugin_init(NULL, &plugin, options, 1), MOSQ_ERR_SUCCESS);
    return 0;
}

static int end(void **state)
{
    (void)state;
    mosquitto_plugin_cleanup(plugin, NULL, 0);
    played_broker_forget();
    eb_tree_remove(&tree);
    return 0;
}

static int publish(const char *topic, const char *payload)
{
    return played_broker_message(
        &(struct played_message){ .topic = topic, .payload = payload, .qos = 1 }, NULL);
}

/* How many copies a valid event has, its first one going to services/WHERE. */
static int copies_to(const char *where)
{
    char topic[64];
    played_broker_forget();
    assert_int_equal(publish("a/x", "{\"n\":1}"), MOSQ_ERR_SUCCESS);
    snprintf(topic, sizeof topic, "services/%s", where);
    if (played_broker.publish_count)
        assert_string_equal(played_broker.publishes[0].topic, topic);
    return played_broker.publish_count;
}

/* ---- reloads ---------------------------------------------------------------------------------
 */

static bool reload(void)
{
    played_broker_forget();
    assert_int_equal(played_broker_reload(), MOSQ_ERR_SUCCESS);
    const char *come = played_broker_await("is in force", "stays in force");
    assert_non_null(come);
    return strcmp(come, "is in force") == 0;
}

static void reload_disturbed(void *context)
{
    (void)context;
    bool is_good = reload();
    const char *failed = eb_failed_call();
    if (is_good == (failed != NULL))
        fail_msg("%s failed, and the reload is %s", failed, is_good ? "good" : "bad");
    if (failed && !played_broker_has_logged("cannot be read: "))
        fail_msg("%s failed, and the log does not say what cannot be read", failed);
    assert_int_equal(publish("a/x", "{}"), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(copies_to("own"), 1);
}

static void reload__that_fails_leaves_what_was_in_force(void **state)
{
    (void)state;
    assert_true(reload());
    size_t files = eb_open_files();
    size_t failed = eb_fail_each_call(reload_disturbed, NULL);
    print_message("%zu calls made to fail\n", failed);
    assert_true(failed > 3 * 20);
    assert_int_equal(eb_open_files(), files);
}

/* ---- commands --------------------------------------------------------------------------------
 */

/* Whether it is done; else why not is in the answer. */
static bool command(const char *text, char answer[1024])
{
    assert_true(played_broker_command(text, answer, 1024));
    return strstr(answer, "\"error\":\"") == NULL;
}

#define COMMAND(members) "{\"commands\":[{\"command\":" members "}]}"

static void put_disturbed(void *context)
{
    (void)context;
    char answer[1024];
    bool is_done = command(COMMAND("\"putRule\",\"name\":\"m\",\"rule\":" RULE("own")), answer);
    const char *failed = eb_failed_call();
    bool must_tell = failed && strcmp(failed, "unlinkat") != 0;
    if (is_done == must_tell)
        fail_msg("%s failed, and the answer is %s", failed, answer);
    if (must_tell)
        assert_true(strstr(answer, "cannot be written: ") || strstr(answer, "cannot be read: "));
    bool is_there = access(eb_tree_path(&tree, "managed/rules/m.json"), F_OK) == 0;
    assert_int_equal(is_there, is_done);
    assert_int_equal(copies_to("own"), is_done ? 2 : 1);
    if (is_done)
        assert_true(command(COMMAND("\"deleteRule\",\"name\":\"m\""), answer));
    assert_int_equal(copies_to("own"), 1);
}

static size_t count_hidden(const char *directory)
{
    size_t count = 0;
    DIR *stream = opendir(eb_tree_path(&tree, directory));
    for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;)
        count += entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 &&
                 strcmp(entry->d_name, "..") != 0;
    if (stream)
        closedir(stream);
    return count;
}

static void change__that_cannot_be_written_changes_nothing(void **state)
{
    (void)state;
    char answer[1024];
    assert_true(command(COMMAND("\"getStatus\""), answer));
    size_t files = eb_open_files();
    size_t failed = eb_fail_each_call(put_disturbed, NULL);
    print_message("%zu calls made to fail\n", failed);
    assert_true(failed > 3 * 30);
    assert_int_equal(eb_open_files(), files + 1); /* the claim on the directory */
    assert_int_equal(count_hidden("managed/rules"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(reload__that_fails_leaves_what_was_in_force),
        TEST(change__that_cannot_be_written_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
