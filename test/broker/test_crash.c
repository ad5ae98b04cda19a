/* A broker that is killed at any moment of a change finds the old or the new when it starts again.
 */
#include "eb_test.h"

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(change__that_is_cut_short_leaves_the_old_or_the_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
