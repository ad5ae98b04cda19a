/* The commands of `event-bus` that speak with a running bus: by who may, who may not, to nobody. */
#include "eb_test.h"

#include <stdlib.h>

#include "line.h"
#include "peer.h"
#include "scene.h"

#define SETTINGS(more)                                                                             \
    "{ \"version\": 1, \"managed\": \"../managed\", \"statistics\": { \"interval_s\": 1 },"        \
    " \"egress\": [ \"services/#\" ], \"control\": { \"usernames\": [\"bus-admin\"] }" more " }"

#define BUS(command) "$BUS " command " -p $PORT -u bus-admin"

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json", SETTINGS(""));
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

static void bus__tells_how_it_is(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("status"), 0, "9 contracts, 4 rules, 1 schemas", NULL },
        { BUS("status"), 0, "1 good, 0 bad; the last was good", NULL },
        { BUS("status --json"), 0, "\"contracts\":9,\"rules\":4,\"schemas\":1", NULL },
        { BUS("reload"), 0, "in force: 9 contracts, 4 rules, in ", NULL },
        { "echo '{}' >$DIR/event-bus/rules/broken.json;" BUS("reload"), 1,
            "rules/broken.json:1:1: error: the member \"from\" is missing", "in force" },
        { BUS("status"), 1, "2 good, 1 bad; the last was bad\n", NULL },
        { BUS("status --json"), 1, "\"isLastGood\":false", NULL },
        { "rm $DIR/event-bus/rules/broken.json;" BUS("reload --json"), 0, "{\"contracts\":9,",
            NULL },
        { BUS("status now"), 2, "Usage: event-bus status", NULL },
        { BUS("status --jsn"), 2, "did you mean '--json'", NULL },
    };
    assert_lines(*state, cases);
}

static void rules__are_added_changed_and_taken_away(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("rule list") "| wc -l", 0, "4\n", NULL },
        { BUS("rule list --json"), 0, "{\"name\":\"low\",\"managed\":false,\"enabled\":true,",
            NULL },
        { BUS("rule show low"), 0, "\"who\": \"${id}\"", NULL },
        { BUS("rule show low --json") "| wc -l", 0, "1\n", NULL },
        { BUS("rule show lo"), 1, "there is no rule 'lo'", NULL },
        { BUS("rule show"), 2, "Usage: event-bus rule show NAME", NULL },
        { "printf '\\n\\n  {\"from\": [\"n/#\"],\\n  \"to\": []}' >$DIR/new.json;" BUS(
              "rule put $DIR/new.json"),
            1, "/new.json:4:9: error: ", NULL },
        { "printf '\\n\\n  {\"from\": [\"n/#\"], \"to\": []}' >$DIR/new.json;" BUS(
              "rule put $DIR/new.json"),
            1, "/new.json:3:27: error: ", NULL },
        { "printf '{\"from\": [\"n/#\"],' >$DIR/new.json;" BUS("rule put $DIR/new.json"), 1,
            "/new.json:1:18: error: ", NULL },
        { BUS("rule put $DIR/gone.json"), 1, "No such file", NULL },
        { BUS("rule show new"), 1, "there is no rule 'new'", NULL },
        { "echo '{\"from\":[\"n/#\"],\"to\":[{\"topic\":\"services/n\"}]}' >$DIR/new.json;" BUS(
              "rule put $DIR/new.json"),
            0, "new  in force\n", NULL },
        { "cat $DIR/managed/rules/new.json", 0, "{\"from\":[\"n/#\"],", NULL },
        { "cat $DIR/new.json |" BUS("rule put - --name other --json"), 0,
            "{\"name\":\"other\",\"done\":true}", NULL },
        { "cat $DIR/new.json |" BUS("rule put -"), 2, "say --name NAME", NULL },
        { "cat $DIR/new.json |" BUS("rule put - --name ../../x"), 1, "expected a name of", NULL },
        { "cp $DIR/new.json $DIR/low.json;" BUS("rule put $DIR/low.json"), 1,
            "which its owner changes", NULL },
        { BUS("rule put --name a $DIR/new.json $DIR/low.json"), 2, "Usage:", NULL },
        { BUS("rule disable new other"), 0, "new  disabled\nother  disabled\n", NULL },
        { BUS("rule list") "| grep -c 'disabled  managed'", 0, "2\n", NULL },
        { BUS("rule enable new"), 0, "new  enabled\n", NULL },
        { BUS("rule disable low"), 1, "which its owner changes", NULL },
        { BUS("rule delete new other none"), 1, "new  deleted\nother  deleted\n", NULL },
        { BUS("rule delete none --json"), 1, "{\"name\":\"none\",\"done\":false,\"error\":\"there",
            NULL },
        { BUS("rule list") "| wc -l", 0, "4\n", NULL },
    };
    assert_lines(*state, cases);
}

static void contracts__are_as_rules_are(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("contract list") "| wc -l", 0, "9\n", NULL },
        { BUS("contract show rejecting"), 0, "\"topic\": \"reject/#\"", NULL },
        { "echo '{\"topic\":\"n/#\",\"schema\":\"reading@7\"}' >$DIR/new.json;" BUS(
              "contract put $DIR/new.json"),
            1, "/new.json:1:", NULL },
        { "echo '{\"topic\":\"n/#\",\"schema\":\"reading@1\"}' >$DIR/new.json;" BUS(
              "contract put $DIR/new.json"),
            0, "new  in force\n", NULL },
        { BUS("contract disable new"), 0, "new  disabled\n", NULL },
        { BUS("contract enable new"), 0, "new  enabled\n", NULL },
        { BUS("contract delete new"), 0, "new  deleted\n", NULL },
        { BUS("contract delete rejecting"), 1, "which its owner changes", NULL },
    };
    assert_lines(*state, cases);
}

static void schemas__are_registered_and_looked_at(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("schema list"), 0, "reading                       1  none\n", NULL },
        { BUS("schema list --json"), 0, "{\"name\":\"reading\",\"compatibility\":\"none\"", NULL },
        { BUS("schema show reading"), 0, "reading@1  ", NULL },
        { BUS("schema show reading@1 --source"), 0, "{\n  \"$schema\":", NULL },
        { BUS("schema show reading@2"), 1, "there is no reading@2", NULL },
        { BUS("schema show nothing"), 1, "there is no subject 'nothing'", NULL },
        { BUS("schema show ../x"), 2, "expected SUBJECT", NULL },
        { BUS("schema show $DIR/event-bus"), 2, "expected a SUBJECT of ", NULL },
        { "echo '{\"type\":\"objet\"}' |" BUS("schema register reading -"), 1,
            "standard input:1:9: error: ", NULL },
        { "echo '{\"type\":' |" BUS("schema register reading -"), 1, "standard input:2:1: error",
            NULL },
        { "echo '{\"type\":\"object\"}' |" BUS("schema register reading -"), 0,
            "reading@2  registered\n", NULL },
        { BUS("schema show reading --json"), 0, "\"version\":2,\"managed\":true", NULL },
        { BUS("schema delete reading@1"), 1, "which its owner changes", NULL },
        { BUS("schema delete reading"), 2, "expected SUBJECT@VERSION", NULL },
        { BUS("schema delete reading@2"), 0, "reading@2  deleted\n", NULL },
        { BUS("schema delete reading@2"), 1, "there is no reading@2", NULL },
        { BUS("schema list a b"), 2, "Usage:", NULL },
    };
    assert_lines(*state, cases);
}

static void figures__are_those_of_now(void **state)
{
    static const struct eb_line_case cases[] = {
        { BUS("stats events/received"), 0, "         2\n", "callback" },
        { BUS("stats events"), 0, "events/valid   ", "unmatched" },
        { BUS("stats events -a"), 0, "events/consumed", NULL },
        { BUS("stats rules/low"), 0, "rules/low/matched                                      1",
            NULL },
        { BUS("stats"), 0, "callback/0.99 ", NULL },
        { BUS("stats"), 0, "Clients refused most\n         1  device", NULL },
        { BUS("stats --json"), 0, "\"events/refused\":1,", NULL },
        { BUS("stats nothing"), 1, "there is no figure 'nothing' among those", "events" },
    };
    struct eb_peer *device = eb_peer_connect(*state, "device\xe2\x80\xae", 5);
    eb_peer_publish_text(device, "reject/x", "{\"id\":\"r-1\",\"percent\":5}", 1);
    eb_peer_publish_text(device, "reject/x", EB_BAD, 1);
    assert_lines(*state, cases);
    assert_int_equal(eb_line_run(*state, EB_CLI_FILE, BUS("stats")), 0);
    assert_null(strstr(eb_line_output, "\xe2\x80\xae"));
    assert_non_null(strstr(eb_line_output, "device\\u{202e}"));
}

/* It says, word for word, what `explain` says of the same files. */
static void event__is_explained_as_it_would_go(void **state)
{
#define SAME(options, payload)                                                                     \
    "echo '" payload "' >$DIR/event.json;" BUS(                                                    \
        "test " options " $DIR/event.json") " >$DIR/live; $BUS explain " options                   \
                                            " $DIR/event-bus $DIR/event.json >$DIR/dry;"           \
                                            "cat $DIR/live; diff $DIR/dry $DIR/live"
    static const struct eb_line_case cases[] = {
        { SAME("-t reject/x", EB_GOOD), 0, "no match     low", NULL },
        { SAME("-t reject/x -q 2 -r --rule low", "{\"id\":\"r\",\"percent\":5}"), 0,
            "matched      low", NULL },
        { SAME("-t reject/x", EB_BAD), 0, "verdict      refused: schema", NULL },
        { SAME("-t reject/x", "no JSON"), 0, "verdict      refused: not-json", NULL },
        { SAME("-t nobody", "{}"), 0, "nobody watches this topic", NULL },
        { SAME("-t three/x --client a", EB_GOOD), 0,
            "target 2   services/three/last  qos 0, retained", NULL },
        { "echo '{}' |" BUS("test -t a --json -"), 0, "{\"verdict\":\"passed\",\"watched\":false",
            NULL },
        { "echo '{}' |" BUS("test -t a --rule none -"), 1, "there is no rule 'none'", NULL },
        { "echo '{}' |" BUS("test -t 'a/#' -"), 2, "--topic: ", NULL },
        { "echo '{}' |" BUS("test -t a"), 2, "Usage: ", NULL },
        { "printf '\\377' |" BUS("test -t a -"), 1, "a bus can only be asked about UTF-8", NULL },
        { BUS("test -t a $DIR/gone"), 1, "No such file", NULL },
        { "echo '{}' | $BUS test -t a -p $PORT -u stranger --timeout 1 -", 1, "no answer in 1 s",
            NULL },
        { BUS("stats events/received"), 0, "", "received" },
    };
    assert_lines(*state, cases);
}

/* What events there were in between is on the edges they went along. */
static void graph__says_how_much_goes_where(void **state)
{
#define LIVE(options)                                                                              \
    "(sleep 1; for i in 1 2 3 4 5; do mosquitto_pub -p $PORT -q 1 -t reject/x -m '" EB_GOOD        \
    "'; done) & " BUS("graph $DIR/event-bus --live " options)
    static const struct eb_line_case cases[] = {
        { LIVE("-n 3"), 0, "/s\" penwidth=", NULL },
        { LIVE("-n 3 --json") " | grep -oE '\"per_second\":[^,}]*[1-9]' | wc -l", 0, "2\n", NULL },
        { BUS("graph $DIR/event-bus --live -n 0"), 2, "expected a number", NULL },
        { BUS("graph --live"), 2, "Usage: ", NULL },
        { "$BUS graph $DIR/event-bus --live -p 1", 1, "no broker listens there", "digraph" },
        { "$BUS graph $DIR/event-bus -p 1", 0, "digraph", "penwidth" },
    };
    if (eb_line_run(*state, EB_CLI_FILE, "command -v mosquitto_pub")) {
        print_message("left out: there is no mosquitto_pub\n");
        skip();
    }
    assert_lines(*state, cases);
}

/* ---- who may not, and nobody there ---- */

static const char *const commands[] = { "status", "reload", "stats", "rule list", "rule show low",
    "rule delete low", "contract list", "contract disable low", "schema list",
    "schema show reading", "schema delete reading@1" };
enum { COMMANDS = sizeof commands / sizeof *commands };

static void others__are_told_who_may(void **state)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        char line[256];
        snprintf(line, sizeof line, "$BUS %s -p $PORT -u stranger --timeout 1", commands[i]);
        const struct eb_line_case cases[] = {
            { line, 1, "no answer in 1 s\n", NULL },
            { line, 1, "there is a bus; it answers who has one of the names", NULL },
            { line, 1, "we are stranger\n", NULL },
        };
        eb_line_assert_all(*state, EB_CLI_FILE, cases, i == 0 ? 3 : 1);
    }
}

static void broker__without_a_bus_or_none_at_all_is_told(void **state)
{
    static struct eb_server plain;
    (void)state;
    eb_server_prepare(&plain);
    eb_server_start_plain(&plain, "");
    for (size_t i = 0; i < COMMANDS; i += 3) {
        char silent[256], absent[256];
        snprintf(silent, sizeof silent, "$BUS %s -p $PORT --timeout 1", commands[i]);
        snprintf(absent, sizeof absent, "$BUS %s -p 1 --timeout 1", commands[i]);
        const struct eb_line_case cases[] = {
            { silent, 1, "the broker has not loaded the plugin", NULL },
            { absent, 1, "localhost:1: Connection refused: no broker listens there\n", NULL },
        };
        assert_lines(&plain, cases);
    }
    assert_int_equal(eb_server_finish(&plain), 0);
}

/* MQTT 3.1.1 has no way to say it. */
static void broker__that_forbids_the_topic_is_told(void **state)
{
    static struct eb_server strict;
    static const struct eb_line_case cases[] = {
        { BUS("status"), 1, "the broker does not let us publish to $CONTROL/event-bus/v1: Not",
            NULL },
        { BUS("status -V 311 --timeout 1"), 1, "no answer in 1 s", NULL },
    };
    (void)state;
    eb_server_prepare(&strict);
    eb_server_write(&strict, "acl", "topic readwrite a/#\n");
    eb_server_start_plain(&strict, "acl_file acl\n");
    assert_lines(&strict, cases);
    assert_int_equal(eb_server_finish(&strict), 0);
}

#define LETTERS(command) "$BUS dead-letters " command " -p $PORT --store $DIR/letters.jsonl"

/* Nor are letters others' to read. */
static void letter__that_has_us_thrown_out_keeps_no_other_back(void **state)
{
    struct eb_server *server = *state;
    static const struct eb_line_case before[] = {
        { LETTERS("list"), 0, NULL, NULL },
    };
    static const struct eb_line_case after[] = {
        { LETTERS("list") "; stat -c 'mode %a' $DIR/letters.jsonl", 0, "mode 600", NULL },
        { LETTERS("resend --all"), 1, "refused   reject/x  (Not authorized", "gone" },
        { LETTERS("resend --all --set /percent=5"), 0, "sent      reject/x", "hung up" },
        { "stat -c 'mode %a' $DIR/letters.jsonl", 0, "mode 600", NULL },
    };
    assert_lines(server, before);
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    eb_peer_publish_text(device, "disconnect/x", EB_BAD, 0);
    eb_peer_await_disconnect(device);
    struct eb_peer *again = eb_peer_connect(server, "device", 4);
    eb_peer_publish_text(again, "reject/x", EB_BAD, 1);
    assert_lines(server, after);

    /* Both are gone, and with them their numbers. */
    static const struct eb_line_case later[] = {
        { LETTERS("list"), 0, "   3  20", "   1  " },
        { "$BUS dead-letters drop --all --store $DIR/letters.jsonl", 0, NULL, NULL },
        { LETTERS("list") " | wc -l", 0, "0\n", NULL },
    };
    eb_peer_publish_text(again, "reject/x", EB_BAD, 1);
    assert_lines(server, later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bus__tells_how_it_is),
        cmocka_unit_test(rules__are_added_changed_and_taken_away),
        cmocka_unit_test(contracts__are_as_rules_are),
        cmocka_unit_test(schemas__are_registered_and_looked_at),
        cmocka_unit_test(event__is_explained_as_it_would_go),
        cmocka_unit_test(figures__are_those_of_now),
        cmocka_unit_test(graph__says_how_much_goes_where),
        cmocka_unit_test(others__are_told_who_may),
        cmocka_unit_test(broker__without_a_bus_or_none_at_all_is_told),
        cmocka_unit_test(broker__that_forbids_the_topic_is_told),
        cmocka_unit_test(letter__that_has_us_thrown_out_keeps_no_other_back),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
