/*
 * `event-bus dead-letters` with a real broker: what the demo's devices did wrong is listed,
 * corrected, sent again, and arrives where rules send it.
 */
#include "eb_test.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "peer.h"
#include "server.h"

static struct eb_server own;

static char output[64 * 1024];

/* The exit code of a command line; what it printed is in `output`. */
static int run_line(const char *line)
{
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t len = fread(output, 1, sizeof output - 1, pipe);
    output[len] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* `event-bus dead-letters COMMAND …`, with a store of the test's own. */
static int run(const char *command, bool speaks_with_broker, const char *more)
{
    char line[2048], where[64] = "";
    if (speaks_with_broker)
        snprintf(where, sizeof where, "-h 127.0.0.1 -p %d", own.port);
    snprintf(line, sizeof line,
        "XDG_CONFIG_HOME=/nowhere " EB_CLI_FILE
        " dead-letters %s %s --store %s/letters.jsonl %s 2>&1",
        command, where, own.tree.path, more);
    return run_line(line);
}

static int count_lines(void)
{
    int count = 0;
    for (const char *next = output; (next = strchr(next, '\n')) != NULL; next++)
        count++;
    return count;
}

/* How many letters there are that match. */
static int list(const char *filter)
{
    char more[512];
    snprintf(more, sizeof more, "--json %s", filter);
    assert_int_equal(run("list", true, more), 0);
    return count_lines();
}

static int open_own(void **state)
{
    char lines[4096], *config = realpath("config/event-bus.json", NULL);
    *state = &own;
    assert_non_null(config);
    eb_server_prepare(&own);
    snprintf(
        lines, sizeof lines, "plugin %s\nplugin_opt_config_file %s\n", eb_server_plugin(), config);
    free(config);
    eb_server_start_plain(&own, lines);
    return 0;
}

/* 2.0.11 loses a little memory of its own with every session that returns. */
static int close_own(void **state)
{
    eb_server_write(*state, "suppressions", "leak:mosquitto__calloc\n");
    return eb_server_finish(*state);
}

static void run_demo(void)
{
    char line[256];
    snprintf(line, sizeof line, EB_DEMO_FILE " --port %d --once 2>&1", own.port);
    if (run_line(line) != 0)
        print_error("%s\n", output);
    assert_non_null(strstr(output, "7 dead letters"));
}

static void letters__are_fetched_once_and_found_by_what_they_are_about(void)
{
    static const struct {
        const char *filter;
        int want;
    } cases[] = {
        { "", 7 },
        { "--reason schema", 4 },
        { "--reason not-json", 1 },
        { "--contract lock-events", 3 },
        { "--contract nobody", 0 },
        { "--client kitchen-sensor", 1 },
        { "-t 'locks/+/events'", 3 },
        { "--reason egress --client stolen-sensor", 1 },
        { "--since '1h ago'", 7 },
        { "--until 1h", 0 },
        { "--since 2026", 7 },
        { "--since 2026-01-01T00:00Z", 7 },
        { "--until 2026-01-01T00:00:00Z", 0 },
        { "--rule low-battery", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = list(cases[i].filter);
        if (got != cases[i].want)
            print_error("%s: %s\n", cases[i].filter, output);
        assert_int_equal(got, cases[i].want);
    }
    assert_int_equal(run("list", true, ""), 0);
    assert_non_null(strstr(output, "/data/percent: expected at most 100, got 140"));
    assert_int_equal(run("show", false, "1"), 0);
    assert_non_null(strstr(output, "\"percent\":140"));
    assert_int_equal(run("show", false, "77"), 1);
}

/* Resends what `which` names, and expects the one line that says how it went. */
static void resend(const char *which, int want_code, const char *want)
{
    int code = run("resend", true, which);
    if (code != want_code || !strstr(output, want))
        print_error("%s: %d\n%s\n", which, code, output);
    assert_int_equal(code, want_code);
    assert_non_null(strstr(output, want));
}

static void events__arrive_routed_when_corrected(struct eb_peer *services)
{
    resend("--all --client front-door --reason schema --set /data/percent=14", 0,
        "sent      locks/front-door/events");
    assert_received(services, "services/maintenance/berlin",
        "{\"lock\":\"front-door\",\"door\":\"Front\",\"percent\":14}");

    resend(
        "--all --client back-door --set /data/percent=12", 0, "sent      locks/back-door/events");
    assert_received(services, "services/maintenance/berlin",
        "{\"lock\":\"back-door\",\"door\":\"Back\",\"percent\":12}");

    resend(
        "--all -t 'sensors/#' --set /value=19.0", 0, "sent      sensors/kitchen-sensor/readings");
    const struct eb_received *reading =
        assert_received(services, "services/dashboard/berlin/humidity/kitchen-sensor", NULL);
    assert_non_null(strstr(reading->payload, "\"value\":19.0"));

    resend("--all --contract deliveries --set '/data/access_code=\"480913\"'", 0,
        "sent      deliveries/parcel-service/events");
    assert_received(services, "services/access/berlin/unlock", NULL);
    assert_received(services, "services/front-desk/berlin/messages", NULL);
    assert_received(services, "services/tenants/flat-2a", NULL);

    eb_server_write(&own, "whole.json",
        "{\"id\":\"c-2\",\"type\":\"door.forced\",\"time\":\"2026-11-20T17:21:33Z\","
        "\"data\":{\"site\":\"berlin\",\"door\":\"Cellar\"}}");
    char which[512];
    snprintf(which, sizeof which,
        "$(%s dead-letters list --stored --json --store "
        "%s/letters.jsonl --reason not-json | sed 's/{\"n\":\\([0-9]*\\).*/\\1/') "
        "--payload %s/whole.json",
        EB_CLI_FILE, own.tree.path, own.tree.path);
    resend(which, 0, "sent      locks/cellar-door/events");
    assert_received(services, "services/front-desk/berlin/messages", NULL);
}

/* The two that no correction makes right: they are refused again, kept, and leave new letters. */
static void events__that_are_refused_again_are_kept(void)
{
    assert_int_equal(list(""), 2);
    resend("--all", 1, "refused   locks/front-door/debug  (Not authorized");
    assert_int_equal(list(""), 4);
    assert_int_equal(list("--client front-door --reason unknown-topic"), 1);
}

static void mistakes__are_told_and_change_nothing(void)
{
    resend("--all --reason egress --set /door", 1, "expected POINTER=JSON");
    resend("--all --reason egress --set door=1", 1, "a pointer begins with '/'");
    resend("--all --reason egress --set /door=x", 1, "the value is not JSON");
    resend("--all --reason egress --set /a/b=1", 1, "nothing is there");
    assert_int_equal(run("resend", true, ""), 2);
    assert_int_equal(run("resend", true, "1 --all"), 2);
    assert_int_equal(run("resend", true, "--all --payload x"), 2);
    assert_int_equal(run("list", true, "--since yesterday"), 2);
    assert_int_equal(list(""), 4);
    assert_int_equal(run("drop", false, "--all"), 0);
    assert_int_equal(list(""), 0);
}

static void demo__is_mended_from_its_dead_letters(void **state)
{
    struct eb_server *server = *state;
    assert_int_equal(list(""), 0); /* from here on the broker collects */
    run_demo();
    letters__are_fetched_once_and_found_by_what_they_are_about();

    struct eb_peer *services = eb_peer_connect(server, "services", 5);
    eb_peer_subscribe(services, "services/maintenance/#", 1);
    eb_peer_subscribe(services, "services/dashboard/berlin/humidity/#", 1);
    eb_peer_subscribe(services, "services/access/#", 1);
    eb_peer_subscribe(services, "services/front-desk/#", 1);
    eb_peer_subscribe(services, "services/tenants/#", 1);
    events__arrive_routed_when_corrected(services);
    events__that_are_refused_again_are_kept();
    mistakes__are_told_and_change_nothing();
}

/* Properties and bytes are those of the event as it came. */
static void event__is_sent_again_as_it_was(void **state)
{
    struct eb_server *server = *state;
    list("");
    struct eb_peer *device = eb_peer_connect(server, "exact", 5);
    mosquitto_property *properties = NULL;
    mosquitto_property_add_byte(&properties, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 0);
    mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, "x/y");
    mosquitto_property_add_string(&properties, MQTT_PROP_RESPONSE_TOPIC, "reply");
    mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA, "\0\377", 2);
    mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "k", "1");
    mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "k", "\xc3\xbc");
    const char bytes[] = "\xff\0\x01{";
    eb_peer_publish(device, (struct eb_publication){ .topic = "sensors/s/readings",
                                .payload = bytes,
                                .payload_len = 4,
                                .qos = 2,
                                .is_retain = true,
                                .properties = properties });
    mosquitto_property_free_all(&properties);
    assert_int_equal(list("--client exact"), 1);
    static char first[sizeof output];
    memcpy(first, output, sizeof first);
    resend("--all --client exact", 0, "sent      sensors/s/readings");
    assert_int_equal(list(""), 1); /* set aside again: the same but for who and when */
    static const char *const parts[] = {
        "\"topic\":\"sensors/s/readings\"",
        "\"protocol\":5,\"qos\":2,\"retain\":true,\"properties\":[[\"payload-format-indicator\",0],"
        "[\"content-type\",\"x/y\"],[\"response-topic\",\"reply\"],[\"correlation-data\",\"AP8=\"],"
        "[\"user-property\",[\"k\",\"1\"]],[\"user-property\",[\"k\",\"\xc3\xbc\"]]]",
        "\"payload\":{\"encoding\":\"base64\",\"value\":\"/wABew==\"}",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_non_null(strstr(first, parts[i]));
        assert_non_null(strstr(output, parts[i]));
    }
    assert_int_equal(run("drop", false, "--all"), 0);
}

int main(void)
{
    setenv("NO_COLOR", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demo__is_mended_from_its_dead_letters),
        cmocka_unit_test(event__is_sent_again_as_it_was),
    };
    return cmocka_run_group_tests(tests, open_own, close_own);
}
