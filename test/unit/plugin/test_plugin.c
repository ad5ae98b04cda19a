/* The plugin as the broker sees it: three entry points and what it registers. */
#include "eb_test.h"

#include <poll.h>

#include "eb_tree.h"
#include "heap_watch.h"
#include "played_broker.h"
#include "verdict.h"

static struct eb_tree tree;
static void *plugin;

static int init(const char *file)
{
    struct mosquitto_opt options[] = { { (char *)(uintptr_t) "config_file",
        (char *)(uintptr_t)file } };
    return mosquitto_plugin_init(NULL, &plugin, options, 1);
}

static void end(void)
{
    assert_int_equal(mosquitto_plugin_cleanup(plugin, NULL, 0), MOSQ_ERR_SUCCESS);
    plugin = NULL;
}

static int set_up(void **state)
{
    (void)state;
    eb_tree_make(&tree);
    eb_tree_write(&tree, "event-bus.json",
        "{\"version\":1,\"schemas\":{\"directory\":\"schemas\"},\"contracts\":\"contracts\","
        "\"rules\":\"rules\",\"egress\":[\"services/#\"],\"statistics\":{\"interval_s\":0}}");
    eb_tree_write(&tree, "schemas/n/1.json", "{\"required\":[\"n\"]}");
    eb_tree_write(&tree, "contracts/a.json", "{\"topic\":\"reject/#\",\"schema\":\"n@1\"}");
    eb_tree_write(&tree, "contracts/b.json",
        "{\"topic\":\"quiet/#\",\"schema\":\"n@1\",\"dead_letter\":false}");
    eb_tree_write(&tree, "contracts/c.json",
        "{\"topic\":\"quarantine/#\",\"schema\":\"n@1\",\"on_violation\":\"quarantine\"}");
    eb_tree_write(&tree, "contracts/d.json",
        "{\"topic\":\"disconnect/#\",\"schema\":\"n@1\",\"on_violation\":\"disconnect\"}");
    eb_tree_write(&tree, "contracts/e.json",
        "{\"topic\":\"q\",\"schema\":\"n@1\",\"on_violation\":\"quarantine\"}");
    eb_tree_write(
        &tree, "rules/r.json", "{\"from\":[\"reject/#\"],\"to\":[{\"topic\":\"services/${n}\"}]}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mosquitto_plugin_cleanup(plugin, NULL, 0);
    plugin = NULL;
    played_broker_forget();
    eb_tree_remove(&tree);
    return 0;
}

static int publish(const char *topic, const char *payload, char topic_after[64])
{
    return played_broker_message(
        &(struct played_message){ .topic = topic, .payload = payload, .qos = 1 }, topic_after);
}

static void version__is_5_or_none(void **state)
{
    (void)state;
    const int all[] = { 2, 3, 4, 5 };
    assert_int_equal(mosquitto_plugin_version(4, all), 5);
    assert_int_equal(mosquitto_plugin_version(3, all), -1);
    assert_int_equal(mosquitto_plugin_version(0, NULL), -1);
}

static void outcome__becomes_the_brokers_answer(void **state)
{
    static const struct {
        const char *topic;
        const char *payload;
        int answer;
        const char *topic_after;
        int publishes;
    } cases[] = {
        { "plain", "{}", MOSQ_ERR_SUCCESS, "plain", 0 },
        { "reject/x", "{\"n\":1}", MOSQ_ERR_SUCCESS, "reject/x", 1 },
        { "reject/x", "{}", MOSQ_ERR_ACL_DENIED, "reject/x", 1 },
        { "quiet/x", "{}", MOSQ_ERR_ACL_DENIED, "quiet/x", 0 },
        { "quarantine/x", "{}", MOSQ_ERR_SUCCESS, "$\001", 1 },
        { "q", "{}", MOSQ_ERR_SUCCESS, "$\001", 1 },
        { "disconnect/x", "{}", 1, "disconnect/x", 1 },
        { "services/1", "{}", MOSQ_ERR_ACL_DENIED, "services/1", 1 },
    };
    (void)state;
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char topic_after[64];
        played_broker_forget();
        assert_int_equal(publish(cases[i].topic, cases[i].payload, topic_after), cases[i].answer);
        assert_string_equal(topic_after, cases[i].topic_after);
        assert_int_equal(played_broker.publish_count, cases[i].publishes);
    }
    end();
}

/* The broker would keep what it is to deliver to nobody. */
static void hiding__clears_retain(void **state)
{
    (void)state;
    static const struct {
        enum eb_verdict verdict;
        const char *topic_after;
    } cases[] = {
        { EB_PASSED, "a/b" },
        { EB_CONSUMED, "$\001" },
        { EB_DEDUPLICATED, "$\001" },
        { EB_QUARANTINED, "$\001" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char topic[] = "a/b";
        struct mosquitto_evt_message event = { .topic = topic, .retain = true };
        assert_int_equal(eb_verdict_answer(cases[i].verdict, &event), MOSQ_ERR_SUCCESS);
        assert_string_equal(event.topic, cases[i].topic_after);
        assert_int_equal(event.retain, cases[i].verdict == EB_PASSED);
    }
}

/* The shortest topic must grow to be hidden. */
static void hiding__without_memory_refuses(void **state)
{
    (void)state;
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    played_broker.is_out_of_memory = true;
    assert_int_equal(publish("q", "{}", NULL), MOSQ_ERR_ACL_DENIED);
    assert_int_equal(publish("quarantine/x", "{}", NULL), MOSQ_ERR_SUCCESS);
    end();
}

static void broker__that_takes_no_message_changes_no_verdict(void **state)
{
    (void)state;
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    played_broker.publish_answer = MOSQ_ERR_NOMEM;
    assert_int_equal(publish("reject/x", "{\"n\":1}", NULL), MOSQ_ERR_SUCCESS);
    assert_true(played_broker_has_logged("a copy of reject/x for services/1 could not be"));
    assert_int_equal(publish("reject/x", "{}", NULL), MOSQ_ERR_ACL_DENIED);
    assert_true(played_broker_has_logged("a dead letter of reject/x for "));
    end();
}

static void start__that_fails_leaves_nothing_registered(void **state)
{
    (void)state;
    assert_int_equal(init("/nowhere"), MOSQ_ERR_INVAL);
    assert_true(played_broker_has_logged("/nowhere"));
    assert_null(plugin);
    assert_int_equal(mosquitto_plugin_cleanup(NULL, NULL, 0), MOSQ_ERR_SUCCESS);
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    end();
}

static void plugin__loaded_twice_says_so(void **state)
{
    (void)state;
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    void *first = plugin;
    assert_int_not_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    assert_true(played_broker_has_logged("loaded twice"));
    plugin = first;
    end();
}

/* Ticks until the log says `text`. */
static void tick_until(const char *text)
{
    for (int i = 0; i < 10000 && !played_broker_has_logged(text); i++) {
        assert_int_equal(played_broker_tick(), MOSQ_ERR_SUCCESS);
        poll(NULL, 0, 1);
    }
    assert_true(played_broker_has_logged(text));
}

static void reload__always_answers_success(void **state)
{
    (void)state;
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    played_broker_forget();
    eb_tree_write(&tree, "contracts/a.json", "{");
    assert_int_equal(played_broker_reload(), MOSQ_ERR_SUCCESS);
    tick_until("what was in force stays in force");
    assert_true(played_broker_has_logged("contracts/a.json:1:2"));
    assert_int_equal(publish("reject/x", "{}", NULL), MOSQ_ERR_ACL_DENIED);

    played_broker_forget();
    eb_tree_write(&tree, "contracts/a.json", "{\"topic\":\"other\",\"schema\":\"n@1\"}");
    assert_int_equal(played_broker_reload(), MOSQ_ERR_SUCCESS);
    tick_until("is in force");
    assert_int_equal(publish("reject/x", "{}", NULL), MOSQ_ERR_SUCCESS);
    assert_int_equal(publish("other", "{}", NULL), MOSQ_ERR_ACL_DENIED);
    end();
}

/* The first callback of any kind brings a finished build into force. */
static void reload__comes_into_force_by_a_message_too(void **state)
{
    (void)state;
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    eb_tree_write(&tree, "contracts/a.json", "{\"topic\":\"other\",\"schema\":\"n@1\"}");
    assert_int_equal(played_broker_reload(), MOSQ_ERR_SUCCESS);
    int i = 0;
    while (publish("other", "{}", NULL) == MOSQ_ERR_SUCCESS && i++ < 10000)
        poll(NULL, 0, 1);
    assert_int_equal(publish("other", "{}", NULL), MOSQ_ERR_ACL_DENIED);
    end();
}

/* Of this process. */
static int thread_count(void)
{
    int count = 0;
    char line[128];
    FILE *status = fopen("/proc/self/status", "r");
    assert_non_null(status);
    while (count == 0 && fgets(line, sizeof line, status))
        sscanf(line, "Threads: %d", &count);
    fclose(status);
    return count;
}

static bool has_told(const char *topic, const char *value)
{
    for (int i = 0; i < played_broker.publish_count; i++) {
        const struct played_publish *publish = &played_broker.publishes[i];
        if (strcmp(publish->topic, topic) == 0)
            return publish->is_retain && (size_t)publish->payload_len == strlen(value) &&
                   memcmp(publish->payload, value, strlen(value)) == 0;
    }
    return false;
}

/* More figures than one callback publishes. */
static void statistics__that_are_brief_take_no_thread(void **state)
{
    (void)state;
    int before = thread_count();
    eb_tree_write(&tree, "event-bus.json", "{\"version\":1,\"statistics\":{\"interval_s\":1}}");
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    assert_int_equal(publish("reject/x", "{}", NULL), MOSQ_ERR_ACL_DENIED);
    for (int i = 0; i < 10; i++)
        assert_int_equal(played_broker_tick(), MOSQ_ERR_SUCCESS);
    assert_true(has_told("$SYS/broker/event-bus/events/refused", "1"));
    assert_true(has_told("$SYS/broker/event-bus/snapshot/contracts", "5"));
    assert_true(has_told("$SYS/broker/event-bus/rules/r/matched", "0"));
    assert_int_equal(thread_count(), before);
    end();
}

static void statistics__go_on_where_there_is_a_thread(void **state)
{
    (void)state;
    eb_tree_write(&tree, "event-bus.json", "{\"version\":1,\"statistics\":{\"interval_s\":1}}");
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    assert_int_equal(played_broker_tick(), MOSQ_ERR_SUCCESS); /* tells the first of them */
    assert_int_equal(played_broker_reload(), MOSQ_ERR_SUCCESS);
    tick_until("is in force");
    played_broker_forget();
    for (int i = 0; i < 10000 && !has_told("$SYS/broker/event-bus/reloads/good", "2"); i++) {
        assert_int_equal(played_broker_tick(), MOSQ_ERR_SUCCESS);
        poll(NULL, 0, 1);
    }
    assert_true(has_told("$SYS/broker/event-bus/reloads/good", "2"));
    assert_false(has_told("$SYS/broker/event-bus/rules/r/matched", "0")); /* it was before */
    end();
}

/*
 * What the broker takes over comes from its own memory, but for properties: so no dead letters
 * here, which have some.
 */
static size_t count_heap_calls_of_many_messages(void)
{
    static const struct {
        const char *topic;
        const char *payload;
    } events[] = {
        { "plain", "{}" },
        { "reject/x", "{\"n\":\"y\"}" },
        { "quiet/x", "{\"n\":\"y\"}" },
        { "quiet/x", "{" },
        { "quiet/x", "{}" },
        { "quiet/x", NULL },
    };
    heap_watch_start();
    for (int round = 0; round < 1000; round++) {
        for (size_t i = 0; i < sizeof events / sizeof *events; i++)
            publish(events[i].topic, events[i].payload, NULL);
        played_broker_tick();
        played_broker_forget();
    }
    return heap_watch_stop();
}

static void messages__never_touch_the_heap(void **state)
{
    (void)state;
    assert_int_equal(init(tree.path), MOSQ_ERR_SUCCESS);
    played_broker_tick(); /* a broker with a clock */
    assert_int_equal(count_heap_calls_of_many_messages(), 0);
    end();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version__is_5_or_none),
        TEST(outcome__becomes_the_brokers_answer),
        TEST(hiding__clears_retain),
        TEST(hiding__without_memory_refuses),
        TEST(broker__that_takes_no_message_changes_no_verdict),
        TEST(start__that_fails_leaves_nothing_registered),
        TEST(plugin__loaded_twice_says_so),
        TEST(reload__always_answers_success),
        TEST(reload__comes_into_force_by_a_message_too),
        TEST(statistics__that_are_brief_take_no_thread),
        TEST(statistics__go_on_where_there_is_a_thread),
        TEST(messages__never_touch_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
