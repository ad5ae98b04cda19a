/* A broker that is killed at any moment of a change finds the old or the new when it starts again.
 */
#include "eb_test.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "peer.h"
#include "scene.h"

#define TOPIC "$CONTROL/event-bus/v1"

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json",
        "{ \"version\": 1, \"managed\": \"../managed\", \"statistics\": { \"interval_s\": 0 },"
        " \"control\": { \"usernames\": [\"bus-admin\"] } }");
    own.preload = EB_CRASH_AT_FILE;
    return 0;
}

static int close_own(void **state)
{
    unsetenv("EB_CRASH_AT");
    return eb_server_finish(*state);
}

/* The file's text; "": it is not there. */
static const char *read_file(const struct eb_server *server, const char *name)
{
    static char text[4096];
    char path[512];
    snprintf(path, sizeof path, "%s/managed/%s", server->tree.path, name);
    FILE *file = fopen(path, "r");
    text[file ? fread(text, 1, sizeof text - 1, file) : 0] = '\0';
    if (file)
        fclose(file);
    return text;
}

#define OLD "{\"from\":[\"a\"],\"to\":[{\"topic\":\"services/old\"}]}\n"
#define NEW "{\"from\":[\"b\"],\"to\":[{\"topic\":\"services/new\"}]}"

/* One change, killed at its call number `at`. False when it came to its end before. */
static bool is_killed_at(struct eb_server *server, int at, const char *command)
{
    char number[16];
    snprintf(number, sizeof number, "%d", at);
    setenv("EB_CRASH_AT", number, 1);
    eb_server_start(server, EB_SCENE_LINES);
    unsetenv("EB_CRASH_AT");
    struct eb_peer *admin = eb_peer_connect_as(server, "admin", 5, "bus-admin", true);
    eb_peer_send(admin, (struct eb_publication){ .topic = TOPIC, .payload = command });
    while (admin->is_connected && !admin->inbox)
        eb_peer_pump(server, 100);
    if (admin->inbox) {
        assert_null(strstr(eb_peer_receive(admin)->payload, "\"error\""));
        eb_server_stop(server);
        return false;
    }
    eb_server_await_kill(server);
    return true;
}

static void change__that_is_cut_short_leaves_the_old_or_the_new(void **state)
{
    static const struct {
        const char *file, *before, *command, *after;
        int moments; /* at least */
    } cases[] = {
        { "rules/r.json", "",
            "{\"commands\":[{\"command\":\"putRule\",\"name\":\"r\",\"rule\":" NEW "}]}", NEW "\n",
            6 },
        { "rules/r.json", OLD,
            "{\"commands\":[{\"command\":\"putRule\",\"name\":\"r\",\"rule\":" NEW "}]}", NEW "\n",
            6 },
        { "rules/r.json", OLD, "{\"commands\":[{\"command\":\"deleteRule\",\"name\":\"r\"}]}", "",
            2 },
        { "schemas/s/1.json", "",
            "{\"commands\":[{\"command\":\"registerSchema\",\"name\":\"s\",\"schema\":true}]}",
            "true", 6 },
    };
    struct eb_server *server = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        bool is_killed = true;
        int at = 0;
        while (is_killed) {
            snprintf(path, sizeof path, "managed/%s", cases[i].file);
            unlink(eb_tree_path(&server->tree, path));
            if (*cases[i].before)
                eb_server_write(server, path, cases[i].before);
            is_killed = is_killed_at(server, ++at, cases[i].command);
            const char *text = read_file(server, cases[i].file);
            bool is_new = strcmp(text, cases[i].after) == 0;
            if (is_killed ? !is_new && strcmp(text, cases[i].before) != 0 : !is_new)
                fail_msg("case %zu, call %d: %s holds '%s'", i, at, cases[i].file, text);
            eb_server_start(server, EB_SCENE_LINES);
            eb_server_stop(server);
        }
        assert_true(at > cases[i].moments);
    }
}

/* ---- in the midst of everything --------------------------------------------------------------
 */

static int open_busy(void **state)
{
    int rc = open_own(state);
    own.preload = NULL;
    eb_server_write(&own, "event-bus/rules/numbers.json",
        "{ \"from\": [\"numbers\"], \"to\": [{ \"topic\": \"services/numbers\" }] }");
    return rc;
}

/* The next thing an operator might do; answers are not waited for. */
static void disturb(struct eb_server *server, struct eb_peer *admin, int turn)
{
    char command[256];
    snprintf(command, sizeof command,
        "{\"commands\":[{\"command\":\"putRule\",\"name\":\"r\",\"rule\":{\"from\":[\"a\"],"
        "\"to\":[{\"topic\":\"services/%d\"}]}}]}",
        turn);
    if (turn % 2)
        eb_peer_send(admin, (struct eb_publication){ .topic = TOPIC, .payload = command });
    else
        eb_server_reload(server);
}

/* Events, changes and reloads for `for_ms`; how many events were sent. */
static int be_busy(struct eb_server *server, int for_ms)
{
    struct eb_peer *admin = eb_peer_connect_as(server, "admin", 5, "bus-admin", true);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    int sent = 0;
    for (long end = eb_now_ms() + for_ms; eb_now_ms() < end; sent++) {
        char text[16];
        snprintf(text, sizeof text, "%d", sent);
        eb_peer_send(
            device, (struct eb_publication){ .topic = "numbers", .payload = text, .qos = 1 });
        if (sent % 8 == 0)
            disturb(server, admin, sent / 8);
        eb_peer_pump(server, 1);
    }
    return sent;
}

/* What has reached the consumer has no gap and no double, and was sent. */
static void assert_in_a_row(struct eb_peer *consumer, int sent)
{
    int expected = 0;
    for (; consumer->inbox; expected++)
        assert_int_equal(eb_received_number(eb_peer_receive(consumer)), expected);
    assert_true(expected <= sent);
}

/* Nothing but what was there, and the rule or nothing: what is half written is hidden. */
static void assert_rule_is_whole(const struct eb_server *server)
{
    DIR *stream = opendir(eb_tree_path(&server->tree, "managed/rules"));
    for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;)
        assert_true(entry->d_name[0] == '.' || strcmp(entry->d_name, "r.json") == 0);
    if (stream)
        closedir(stream);
    const char *text = read_file(server, "rules/r.json");
    if (*text)
        assert_non_null(strstr(text, "\"services/"));
}

static void broker__killed_in_the_midst_of_everything_is_whole_afterwards(void **state)
{
    struct eb_server *server = *state;
    for (int round = 0; round < 4; round++) {
        eb_server_start(server, EB_SCENE_LINES "persistence true\n");
        struct eb_peer *consumer = eb_peer_connect(server, "consumer", 4);
        eb_peer_subscribe(consumer, "services/numbers", 1);
        int sent = be_busy(server, 60 + 71 * round);
        kill(server->pid, SIGKILL);
        while (consumer->is_connected)
            eb_peer_pump(server, 10);
        assert_in_a_row(consumer, sent);
        eb_server_await_kill(server);
        assert_rule_is_whole(server);

        eb_server_start(server, EB_SCENE_LINES "persistence true\n");
        struct eb_peer *service = eb_peer_connect(server, "service", 4);
        eb_peer_subscribe(service, "services/numbers", 1);
        eb_peer_publish_text(service, "numbers", "1", 1);
        assert_received(service, "services/numbers", "1");
        assert_nothing_received(service);
        eb_server_stop(server);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(change__that_is_cut_short_leaves_the_old_or_the_new),
        cmocka_unit_test_setup_teardown(
            broker__killed_in_the_midst_of_everything_is_whole_afterwards, open_busy, close_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
