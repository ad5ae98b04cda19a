#include "eb_test.h"

#include <signal.h>
#include <stdio.h>

#include "peer.h"
#include "scene.h"

/* Each test has a broker of its own: it changes the configuration. */
static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* Reloads and waits until the outcome, `said` in the log, is there. */
static void reload(struct eb_server *server, const char *said)
{
    size_t before = eb_server_log_count(server, said);
    eb_server_reload(server);
    eb_server_await_log(server, said, before + 1);
}

static const char new_rule[] =
    "{ \"from\": [\"fresh/#\"], \"to\": [ { \"topic\": \"services/%s\" } ] }\n";

static void write_rule(struct eb_server *server, const char *target)
{
    char text[256];
    snprintf(text, sizeof text, new_rule, target);
    eb_server_write(server, "event-bus/rules/fresh.json", text);
}

static void good_configuration__takes_over(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    eb_peer_publish_text(device, "fresh/x", EB_GOOD, 1);
    assert_nothing_received(service);

    write_rule(server, "one");
    reload(server, "is in force");
    eb_peer_publish_text(device, "fresh/x", EB_GOOD, 1);
    assert_received(service, "services/one", EB_GOOD);

    eb_server_remove(server, "event-bus/contracts/rejecting.json");
    write_rule(server, "two");
    reload(server, "is in force");
    eb_peer_publish_text(device, "fresh/x", EB_GOOD, 1);
    assert_received(service, "services/two", EB_GOOD);
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1) & 0x80, 0);
}

static void bad_configuration__changes_nothing_and_says_why(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);

    write_rule(server, "one");
    eb_server_write(server, "event-bus/contracts/typo.json",
        "{ \"topic\": \"fresh/#\",\n  \"shema\": \"reading@1\" }\n");
    eb_server_write(server, "event-bus/rules/broken.json", "{ \"from\": [\"a\"],\n  \"to\": [");
    reload(server, "what was in force stays in force");
    assert_logged(server, "contracts/typo.json:2:");
    assert_logged(server, "/shema");
    assert_logged(server, "rules/broken.json:2:");
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), 0x87);
    assert_int_equal(eb_peer_publish_text(device, "fresh/x", EB_GOOD, 1) & 0x80, 0);
    assert_nothing_received(service);

    eb_server_remove(server, "event-bus/contracts/typo.json");
    eb_server_remove(server, "event-bus/rules/broken.json");
    reload(server, "is in force");
    eb_peer_publish_text(device, "fresh/x", EB_GOOD, 1);
    assert_received(service, "services/one", EB_GOOD);
}

static void settings__that_vanished_are_a_bad_configuration(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    eb_server_remove(server, "event-bus/event-bus.json");
    reload(server, "what was in force stays in force");
    assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), 0x87);
}

/* 2.0.11 drops its ACL file when a plugin's reload reports failure. */
static void bad_configuration__leaves_the_acl_file_in_force(void **state)
{
    struct eb_server *server = *state;
    char lines[256];
    eb_server_stop(server);
    eb_server_write(server, "acl", "topic readwrite ping/#\ntopic write plain/#\n");
    snprintf(lines, sizeof lines, "acl_file %s/acl\n", server->tree.path);
    eb_server_start(server, lines);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "denied/x", "x", 1), 0x87);
    eb_server_write(server, "event-bus/contracts/typo.json", "{");
    for (int i = 0; i < 3; i++) {
        reload(server, "what was in force stays in force");
        assert_int_equal(eb_peer_publish_text(device, "denied/x", "x", 1), 0x87);
        assert_int_equal(eb_peer_publish_text(device, "plain/x", "x", 1) & 0x80, 0);
    }
}

/* Two rules name the version of the configuration; an event that met both must meet one version. */
static void write_version(struct eb_server *server, int version)
{
    static const char *const names[] = { "first", "second" };
    char path[64], text[256];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "event-bus/rules/%s.json", names[i]);
        snprintf(text, sizeof text,
            "{ \"from\": [\"twice/#\"], \"to\": [ { \"topic\": \"services/twice\","
            " \"payload\": { \"version\": %d, \"n\": \"${n}\" } } ] }\n",
            version);
        eb_server_write(server, path, text);
    }
}

/* Publishes event `n` and returns the version that both its copies tell. */
static int publish_twice(struct eb_peer *device, struct eb_peer *service, int n)
{
    char event[32], first[64];
    int got_n, version;
    snprintf(event, sizeof event, "{\"n\":%d}", n);
    eb_peer_publish_text(device, "twice/x", event, 1);
    snprintf(first, sizeof first, "%s", assert_received(service, "services/twice", NULL)->payload);
    assert_received(service, "services/twice", first);
    assert_int_equal(sscanf(first, "{\"version\":%d,\"n\":%d}", &version, &got_n), 2);
    assert_int_equal(got_n, n);
    return version;
}

static void reload__under_traffic_loses_nothing_and_mixes_nothing(void **state)
{
    enum { VERSIONS = 8 };
    struct eb_server *server = *state;
    write_version(server, 1);
    reload(server, "is in force");
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/twice", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);

    int n = 0, seen = 1;
    for (int version = 2; version <= VERSIONS; version++) {
        long deadline = eb_now_ms() + EB_PATIENCE_MS;
        write_version(server, version);
        eb_server_reload(server);
        while (seen < version) {
            int got = publish_twice(device, service, n++);
            assert_true(got == seen || got == version);
            assert_true(eb_now_ms() < deadline);
            seen = got;
        }
    }
    assert_nothing_received(service);
}

/* ---- many rules, by command ---- */

enum { RULES = 2000, BURST = 50 };

/* Two files of rules; of each one rule takes the event, and names the version. */
static void write_rule_sets(struct eb_server *server, int version)
{
    static char text[RULES * 200];
    for (int set = 0; set < 2; set++) {
        char path[64];
        size_t len = 0;
        for (int i = 0; i < RULES; i++)
            len += (size_t)snprintf(text + len, sizeof text - len,
                "{\"name\":\"set%d-%d\",\"from\":[\"many/#\"],\"when\":{\"door\":[%d]},\"to\":"
                "[{\"topic\":\"services/many\",\"payload\":{\"version\":%d,\"n\":\"${n}\"}}]}\n",
                set, i, i, version);
        snprintf(path, sizeof path, "event-bus/rules/set%d.jsonl", set);
        eb_server_write(server, path, text);
    }
}

/* The version of the next event's two copies, which must be of event `n` and of one version. */
static int receive_both(struct eb_peer *service, int n)
{
    char first[64];
    int version, got_n;
    snprintf(first, sizeof first, "%s", assert_received(service, "services/many", NULL)->payload);
    assert_received(service, "services/many", first);
    assert_int_equal(sscanf(first, "{\"version\":%d,\"n\":%d}", &version, &got_n), 2);
    assert_int_equal(got_n, n);
    return version;
}

static int send_burst(struct eb_peer *device, int n)
{
    for (int i = 0; i < BURST; i++, n++) {
        char event[64];
        snprintf(event, sizeof event, "{\"door\":%d,\"n\":%d}", n * 7 % RULES, n);
        eb_peer_send(
            device, (struct eb_publication){ .topic = "many/x", .payload = event, .qos = 1 });
    }
    return n;
}

static bool is_answered(struct eb_peer *admin)
{
    eb_peer_pump(admin->server, 0);
    return admin->inbox != NULL;
}

static void reload__of_many_rules_by_command_loses_nothing_and_mixes_nothing(void **state)
{
    enum { VERSIONS = 5 };
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/event-bus.json",
        "{ \"version\": 1, \"control\": { \"usernames\": [\"bus-admin\"] } }");
    write_rule_sets(server, 1);
    reload(server, "is in force");
    struct eb_peer *admin = eb_peer_connect_as(server, "admin", 5, "bus-admin", true);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/many", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    int sent = 0, received = 0, seen = 1;
    for (int version = 2; version <= VERSIONS; version++) {
        write_rule_sets(server, version);
        eb_peer_publish_text(
            admin, "$CONTROL/event-bus/v1", "{\"commands\":[{\"command\":\"reload\"}]}", 1);
        bool was_answered;
        do {
            was_answered = is_answered(admin);
            sent = send_burst(device, sent);
            while (received < sent) {
                int got = receive_both(service, received++);
                assert_true(got == seen || got == version);
                seen = got;
            }
        } while (!was_answered);
        assert_int_equal(seen, version); /* who was answered finds it in force */
        assert_non_null(
            strstr(assert_received(admin, "$CONTROL/event-bus/v1/response", NULL)->payload,
                "\"data\":{\"contracts\":9,"));
    }
    assert_nothing_received(service);
}

static void reload__asked_for_often_ends_with_the_last_state(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 1);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    for (int i = 0; i < 50; i++) {
        write_rule(server, i % 2 ? "odd" : "even");
        eb_server_reload(server);
        eb_peer_publish_text(device, "plain/x", "x", 1);
    }
    write_rule(server, "last");
    reload(server, "is in force");
    /* One that was under way may have come first; none comes after that knows less. */
    const struct eb_received *got;
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    do {
        assert_true(eb_now_ms() < deadline);
        eb_peer_publish_text(device, "fresh/x", EB_GOOD, 1);
        got = eb_peer_receive(service);
    } while (strcmp(got->topic, "services/last") != 0);
}

/* The builder may be at work, or its result unclaimed, when the broker ends. */
static void reload__just_before_the_end_leaves_nothing_behind(void **state)
{
    struct eb_server *server = *state;
    for (int i = 0; i < 3; i++) {
        eb_server_reload(server);
        eb_server_stop(server);
        eb_server_start(server, NULL);
    }
    eb_server_reload(server);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(good_configuration__takes_over),
        TEST(bad_configuration__changes_nothing_and_says_why),
        TEST(settings__that_vanished_are_a_bad_configuration),
        TEST(bad_configuration__leaves_the_acl_file_in_force),
        TEST(reload__under_traffic_loses_nothing_and_mixes_nothing),
        TEST(reload__of_many_rules_by_command_loses_nothing_and_mixes_nothing),
        TEST(reload__asked_for_often_ends_with_the_last_state),
        TEST(reload__just_before_the_end_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
