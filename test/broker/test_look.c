/* A running bus, watched: `event-bus tail` and `event-bus top`, the latter on a terminal too. */
#include "eb_test.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "line.h"
#include "peer.h"
#include "scene.h"

#define SETTINGS                                                                                   \
    "{ \"version\": 1, \"egress\": [ \"services/#\" ],"                                            \
    " \"control\": { \"usernames\": [\"bus-admin\"] } }"

#define BUS(command) "$BUS " command " -p $PORT -u bus-admin"

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json", SETTINGS);
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* ---- tail ---- */

static void publish_all(struct eb_peer *device)
{
    static const struct {
        const char *topic, *payload;
    } events[] = {
        { "reject/x", EB_GOOD },
        { "reject/x", EB_BAD },
        { "quarantine/x", "no JSON" },
        { "consume/\xe2\x80\xae", "{\"id\":\"r-1\",\"percent\":7}" },
        { "reject/low", "{\"id\":\"r-1\",\"percent\":7}" },
    };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        eb_peer_publish_text(device, events[i].topic, events[i].payload, 1);
}

static FILE *begin_line(const char *line)
{
    setenv("LINE", line, 1);
    FILE *pipe = popen("timeout --foreground 60 bash -c \"$LINE\" 2>&1", "r");
    assert_non_null(pipe);
    return pipe;
}

/* The exit code of a line that ends by itself, while `device` (NULL: none) publishes events. */
static int end_under_events(struct eb_server *server, struct eb_peer *device, FILE *pipe)
{
    struct pollfd output = { .fd = fileno(pipe), .events = POLLIN };
    size_t len = 0;
    for (long end = eb_now_ms() + EB_PATIENCE_MS; eb_now_ms() < end;) {
        if (device) {
            publish_all(device);
            eb_peer_pump(server, 10);
        }
        if (poll(&output, 1, 50) == 0)
            continue;
        ssize_t count = read(output.fd, eb_line_output + len, sizeof eb_line_output - 1 - len);
        if (count <= 0)
            break;
        len += (size_t)count;
    }
    eb_line_output[len] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_under_events(struct eb_server *server, struct eb_peer *device, const char *line)
{
    return end_under_events(server, device, begin_line(line));
}

static void verdicts__are_told_as_they_happen(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("tail -C 1 -t reject/x --verdict passed"), 0,
            "  device            reject/x  \xe2\x86\x92 trees\n", NULL },
        { BUS("tail -C 1 --verdict refused"), 0, "refused: schema ", "passed" },
        { BUS("tail -C 1 --verdict refused"), 0, "/percent: expected at most 100, got 500\n",
            NULL },
        { BUS("tail -C 1 -t quarantine/#"), 0, "quarantined: not-json", "refused" },
        { BUS("tail -C 1 --rule low"), 0, "reject/low  \xe2\x86\x92 ", "reject/x" },
        { BUS("tail -C 1 --client device --verdict consumed"), 0, "consume/\\u{202e}",
            "\xe2\x80\xae" },
        { BUS("tail -C 1 --verdict consumed --json"), 0, "\"topic\":\"consume/\\u202e\"",
            "\xe2\x80\xae" },
        { BUS("tail -C 3 --json") "| wc -l", 0, "3\n", NULL },
        { BUS("tail -C 3 --per-second 1 -t reject/#"), 0, "\xe2\x80\xa6 and ", NULL },
        { BUS("tail") " | head -n 1", 0, "device", NULL },
        { "timeout --foreground -s INT 2 " BUS("tail --client nobody"), 124, NULL, "device" },
    };
    struct eb_server *server = *state;
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    eb_line_run(server, EB_CLI_FILE, "true");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = run_under_events(server, device, cases[i].line);
        eb_line_assert(&cases[i], code);
    }
}

static void tail__that_cannot_be_is_told(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("tail --verdict refuse"), 2, "|refused|disconnected, not 'refuse'", NULL },
        { BUS("tail -t 'a/#/b'"), 2, "--topic: ", NULL },
        { BUS("tail x"), 2, "Usage: ", NULL },
        { BUS("tail --rule lowe"), 1, "there is no rule 'lowe'; did you mean 'low'?", NULL },
        { BUS("tail --per-second 0"), 2, "expected a number", NULL },
        { "$BUS tail -p $PORT -u stranger --timeout 1", 1, "no answer in 1 s", NULL },
    };
    assert_lines(*state, cases);
}

/* ---- top ---- */

static void top__prints_an_interval_where_there_is_no_terminal(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("top"), 0, "contracts", "\033" },
        { BUS("top --once"), 0, "\nrejecting ", NULL },
        { BUS("top --once"), 0, "\nschema ", NULL },
        { BUS("top --json"), 0, "\"per_second\":{\"received\":", NULL },
        { BUS("top --json") "| wc -l", 0, "1\n", NULL },
        { BUS("top -n 0"), 2, "expected a number", NULL },
        { BUS("top x"), 2, "Usage: ", NULL },
        { "$BUS top -p $PORT -u stranger --timeout 1", 1, "no answer in 1 s", NULL },
    };
    struct eb_peer *device = eb_peer_connect(*state, "device", 5);
    eb_line_run(*state, EB_CLI_FILE, "true");
    publish_all(device);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = run_under_events(*state, device, cases[i].line);
        eb_line_assert(&cases[i], code);
    }
}

/* Between the other screen and the way back nothing else is written to; the keys are as before. */
#define ON_TERMINAL(keys, command)                                                                 \
    "(" keys ") | script -qec \"stty -a >$DIR/before; " command                                    \
    "; stty -a >$DIR/after\" /dev/null; cmp $DIR/before $DIR/after"

#define TOP "env TERM=xterm LC_ALL=C.UTF-8 $BUS top -p $PORT -u bus-admin"
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

static void top__leaves_the_terminal_as_it_was(void **state)
{
    static const struct {
        const char *line, *want_behind;
    } cases[] = {
        { ON_TERMINAL("sleep 2; printf q", TOP "; echo code=\\$?"), "code=0" },
        { ON_TERMINAL("sleep 2; printf 'pp \\033[Aq'", TOP "; echo code=\\$?"), "code=0" },
        { ON_TERMINAL("sleep 2; printf '\\003'; sleep 1", TOP "; echo code=\\$?"), "" },
        { ON_TERMINAL("sleep 4", "timeout --foreground -s TERM 2 " TOP), "" },
        { ON_TERMINAL("sleep 4", "timeout --foreground -s HUP 2 " TOP), "" },
        { ON_TERMINAL("sleep 4", "timeout --foreground -s SEGV 2 " TOP), "" },
        { ON_TERMINAL("sleep 4", "TERM=xterm $BUS top -p $PORT -u stranger --timeout 1"),
            "no answer in 1 s" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = eb_line_run(*state, EB_CLI_FILE, cases[i].line);
        const char *enter = strstr(eb_line_output, ENTER);
        const char *leave = enter ? strstr(enter, LEAVE) : NULL;
        if (code || !leave || !strstr(leave, cases[i].want_behind))
            print_error("%s\n%d\n%s\n", cases[i].line, code, eb_line_output);
        assert_int_equal(code, 0);
        assert_non_null(leave);
        assert_null(strstr(leave + 1, "\033[?1049h"));
        assert_null(strstr(leave + 1, "events "));
        assert_non_null(strstr(leave, cases[i].want_behind));
        if (i < 2)
            assert_non_null(strstr(enter, "event-bus top"));
    }
}

static void top__does_without_a_screen_where_it_is_dumb(void **state)
{
    static const struct eb_line_case cases[] = {
        { "sleep 3 | script -qec \"TERM=dumb $BUS top -p $PORT -u bus-admin\" /dev/null", 0,
            "contracts", "\033" },
        { "(sleep 2; printf q) | script -qec \"TERM=vt100 LC_ALL=C NO_COLOR=1 $BUS top -p $PORT -u "
          "bus-admin\" /dev/null",
            0, "contracts", "\033[3" },
    };
    assert_lines(*state, cases);
}

/* ---- a broker that goes ---- */

static struct eb_server mortal;

/* With a port that stays the same, whatever becomes of the broker. */
static void start_mortal(int port)
{
    char lines[256];
    snprintf(lines, sizeof lines, EB_SCENE_LINES "listener %d 127.0.0.1\n", port);
    eb_server_start(&mortal, lines);
}

static int close_mortal(void **state)
{
    (void)state;
    return eb_server_finish(&mortal);
}

/* Begins `line`, and stops the broker once it is connected. */
static FILE *begin_and_stop(const char *line, int port)
{
    char number[16];
    eb_scene_prepare(&mortal);
    eb_server_write(&mortal, "event-bus/event-bus.json", SETTINGS);
    start_mortal(port);
    eb_line_run(&mortal, EB_CLI_FILE, "true");
    snprintf(number, sizeof number, "%d", port);
    setenv("PORT", number, 1);
    FILE *pipe = begin_line(line);
    eb_server_await_log(&mortal, " as bus-", 1);
    eb_server_stop(&mortal);
    return pipe;
}

static void tail__goes_on_when_the_broker_is_back(void **state)
{
    (void)state;
    const struct eb_line_case whole = { BUS("tail -C 1 --verdict refused"), 0,
        " trying to connect again\n", NULL };
    int port = eb_server_free_port();
    FILE *pipe = begin_and_stop(whole.line, port);
    start_mortal(port);
    int code = end_under_events(&mortal, eb_peer_connect(&mortal, "device", 5), pipe);
    eb_line_assert(&whole, code);
    const char *again = strstr(eb_line_output, " connected again; what happened in between");
    assert_non_null(again);
    assert_non_null(strstr(again, "refused: schema"));
    assert_null(strstr(again + sizeof " connected again", "again"));
}

static void tail__ends_with_the_broker_if_told_to(void **state)
{
    (void)state;
    const struct eb_line_case whole = { BUS("tail --no-reconnect"), 1, NULL, "again" };
    FILE *pipe = begin_and_stop(whole.line, eb_server_free_port());
    eb_line_assert(&whole, end_under_events(&mortal, NULL, pipe));
}

/* Else the two would throw each other out for ever; 2.0 does not say why it closes. */
static void tail__leaves_its_id_to_who_takes_it(void **state)
{
    struct eb_server *server = *state;
    if (!eb_server_is_2_1(server))
        skip();
    const struct eb_line_case whole = { BUS("tail -i wanted"), 1,
        "the connection is lost: Session taken over", "again" };
    eb_line_run(server, EB_CLI_FILE, "true");
    FILE *pipe = begin_line(whole.line);
    eb_server_await_log(server, " as wanted", 1);
    eb_peer_connect(server, "wanted", 5);
    eb_line_assert(&whole, end_under_events(server, NULL, pipe));
}

/* An interruption is no failure. */
static void tail__can_be_ended_while_the_broker_is_away(void **state)
{
    (void)state;
    const struct eb_line_case whole = { "timeout --foreground --preserve-status -s INT 3 " BUS(
                                            "tail"),
        0, " trying to connect again\n", "connected again" };
    FILE *pipe = begin_and_stop(whole.line, eb_server_free_port());
    eb_line_assert(&whole, end_under_events(&mortal, NULL, pipe));
}

static void top__goes_on_when_the_broker_is_back(void **state)
{
    (void)state;
    const struct eb_line_case whole = { "(sleep 6; printf q) | script -qec \"" TOP "\" /dev/null",
        0, " connected again", NULL };
    int port = eb_server_free_port();
    FILE *pipe = begin_and_stop(whole.line, port);
    start_mortal(port);
    int code = end_under_events(&mortal, eb_peer_connect(&mortal, "device", 5), pipe);
    eb_line_assert(&whole, code);
    /* What is said of it is said on the screen of before. */
    const char *leave = strstr(eb_line_output, LEAVE);
    assert_non_null(leave);
    const char *again = strstr(leave, " connected again");
    assert_non_null(again);
    assert_non_null(strstr(again, ENTER));
    assert_non_null(strstr(again, "event-bus top"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts__are_told_as_they_happen),
        cmocka_unit_test(tail__that_cannot_be_is_told),
        cmocka_unit_test(top__prints_an_interval_where_there_is_no_terminal),
        cmocka_unit_test(top__leaves_the_terminal_as_it_was),
        cmocka_unit_test(top__does_without_a_screen_where_it_is_dumb),
        cmocka_unit_test_teardown(tail__goes_on_when_the_broker_is_back, close_mortal),
        cmocka_unit_test(tail__leaves_its_id_to_who_takes_it),
        cmocka_unit_test_teardown(tail__ends_with_the_broker_if_told_to, close_mortal),
        cmocka_unit_test_teardown(tail__can_be_ended_while_the_broker_is_away, close_mortal),
        cmocka_unit_test_teardown(top__goes_on_when_the_broker_is_back, close_mortal),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
