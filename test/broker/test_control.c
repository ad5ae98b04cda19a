/* $CONTROL/event-bus/v1: each command, by who may and by who may not. */
#include "eb_test.h"

#include <stdlib.h>
#include <unistd.h>

#include "peer.h"
#include "scene.h"

#define TOPIC "$CONTROL/event-bus/v1"
#define ANSWER TOPIC "/response"
#define SETTINGS(control)                                                                          \
    "{ \"version\": 1, \"managed\": \"../managed\", \"statistics\": { \"interval_s\": 0 },"        \
    " \"egress\": [ \"services/#\" ]" control " }"
#define OURS ", \"control\": { \"usernames\": [\"bus-admin\", \"other\"] }"

static struct eb_server own;

/* 2.1 takes packets of 2 MB unless told otherwise. */
#define LINES EB_SCENE_LINES "max_packet_size 10000000\n"

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json", SETTINGS(OURS));
    eb_server_start(&own, LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

static struct eb_peer *connect_admin(struct eb_server *server)
{
    return eb_peer_connect_as(server, "admin", 5, "bus-admin", true);
}

/* Sends the commands, an array's elements, and returns the answer, good until the next. */
static const char *command(struct eb_peer *admin, const char *commands)
{
    static char request[64 * 1024];
    snprintf(request, sizeof request, "{\"commands\":[%s]}", commands);
    eb_peer_publish_text(admin, TOPIC, request, 1);
    return assert_received(admin, ANSWER, NULL)->payload;
}

#define assert_has(answer, part) check_has((answer), (part), __FILE__, __LINE__)
static void check_has(const char *answer, const char *part, const char *file, int line)
{
    if (strstr(answer, part))
        return;
    print_error("got  %s\nwant %s\n", answer, part);
    _fail(file, line);
}

static bool has_file(const struct eb_server *server, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/managed/%s", server->tree.path, name);
    return access(path, F_OK) == 0;
}

/* ---- who may ---- */

static void others__are_not_answered_and_change_nothing(void **state)
{
    static const struct {
        const char *username, *settings;
    } cases[] = {
        { NULL, SETTINGS(OURS) },
        { "admin", SETTINGS(OURS) },
        { "bus-admi", SETTINGS(OURS) },
        { "bus-admin", SETTINGS(", \"control\": { \"usernames\": [\"bus-admin\"],"
                                " \"addresses\": [\"10.0.0.1\", \"::1\"] }") },
        { "bus-admin", SETTINGS("") },
    };
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "$CONTROL/#", 1);
    eb_peer_subscribe(watcher, "#", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t before = eb_server_log_count(server, "is in force");
        eb_server_write(server, "event-bus/event-bus.json", cases[i].settings);
        eb_server_reload(server);
        eb_server_await_log(server, "is in force", before + 1);
        struct eb_peer *stranger =
            eb_peer_connect_as(server, "stranger", 5, cases[i].username, true);
        eb_peer_subscribe(stranger, "$CONTROL/#", 1);
        static const char request[] =
            "{\"commands\":[{\"command\":\"putRule\",\"name\":\"mine\",\"rule\":"
            "{\"from\":[\"a\"],\"to\":[{\"topic\":\"services/a\"}]}},{\"command\":\"listRules\"}]}";
        eb_peer_publish_text(stranger, TOPIC, request, (int)i % 3);
        eb_server_await_log(server, "may not", i + 1);
        assert_nothing_received(stranger);
        eb_peer_disconnect(stranger);
    }
    assert_false(has_file(server, "rules/mine.json"));
    assert_nothing_received(watcher);
    assert_logged(server, "control: nobody (127.0.0.1) may not");
    assert_logged(server, "it is not configured");
}

static void answer__goes_to_who_asked_alone(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect_as(server, "watcher", 5, "other", true);
    eb_peer_subscribe(watcher, "$CONTROL/#", 1);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct eb_peer *admin = eb_peer_connect_as(server, "admin", protocol, "bus-admin", true);
        for (int qos = 0; qos <= 2; qos++) {
            eb_peer_publish_text(admin, TOPIC,
                "{\"commands\":[{\"command\":\"listRules\",\"correlationData\":\"7\"}]}", qos);
            assert_has(assert_received(admin, ANSWER, NULL)->payload,
                "{\"responses\":[{\"command\":\"listRules\",\"correlationData\":\"7\",\"data\":{"
                "\"totalCount\":4,");
        }
        eb_peer_disconnect(admin);
    }
    assert_nothing_received(watcher);
}

static void request__that_makes_no_sense_is_answered(void **state)
{
    static const struct {
        const char *request, *answer;
    } cases[] = {
        { "", "there is no JSON value" },
        { "{", "\"command\":\"Unknown command\",\"error\":" },
        { "[]", "expected {\\\"commands\\\":[" },
        { "{\"commands\":{}}", "expected {\\\"commands\\\":[" },
        { "{\"commands\":[1]}", "expected an object" },
        { "{\"commands\":[{}]}", "\\\"command\\\" is missing" },
        { "{\"commands\":[{\"command\":\"listRule\"}]}",
            "{\"command\":\"listRule\",\"error\":\"unknown command; did you mean 'listRules'?\"}" },
        { "{\"commands\":[{\"command\":\"getRule\"}]}", "\\\"name\\\" is missing" },
        { "{\"commands\":[{\"command\":\"getRule\",\"name\":5}]}", "expected a string" },
        { "{\"commands\":[{\"command\":\"getRule\",\"name\":\"../../etc/passwd\"}]}",
            "expected a name of the form" },
        { "{\"commands\":[{\"command\":\"listRules\",\"count\":-1}]}", "expected an integer" },
        { "{\"commands\":[{\"command\":\"listRules\",\"nmae\":\"x\"}]}", "unknown member 'nmae'" },
        { "{\"commands\":[{\"command\":\"a\",\"command\":\"b\"}]}", "twice" },
    };
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_peer_publish_text(admin, TOPIC, cases[i].request, 1);
        assert_has(assert_received(admin, ANSWER, NULL)->payload, cases[i].answer);
    }
}

static void request__of_any_size_and_depth_is_survived(void **state)
{
    enum { BYTES = 5 * 1024 * 1024 };
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    char *text = malloc(BYTES);
    memset(text, '[', BYTES);
    eb_peer_publish(admin,
        (struct eb_publication){ .topic = TOPIC, .payload = text, .payload_len = BYTES, .qos = 1 });
    assert_has(assert_received(admin, ANSWER, NULL)->payload, "too long");
    eb_peer_publish(
        admin, (struct eb_publication){
                   .topic = TOPIC, .payload = text, .payload_len = 1024 * 1024, .qos = 1 });
    assert_has(assert_received(admin, ANSWER, NULL)->payload, "\"error\":");
    size_t len = (size_t)sprintf(text, "{\"commands\":[");
    for (int i = 0; i < 200; i++)
        len += (size_t)sprintf(text + len, "%s{\"command\":\"reload\"}", i ? "," : "");
    sprintf(text + len, "]}");
    eb_peer_publish_text(admin, TOPIC, text, 1);
    assert_has(assert_received(admin, ANSWER, NULL)->payload, "more than 100 commands");
    free(text);
}

/* Who subscribes later is sent nothing. */
static void request__that_is_retained_is_carried_out_once(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    eb_peer_publish(admin, (struct eb_publication){ .topic = TOPIC,
                               .payload = "{\"commands\":[{\"command\":\"reload\"}]}",
                               .qos = 1,
                               .is_retain = true });
    assert_has(assert_received(admin, ANSWER, NULL)->payload, "\"data\":{\"contracts\":9,");
    struct eb_peer *late = connect_admin(server);
    eb_peer_subscribe(late, "$CONTROL/#", 1);
    assert_nothing_received(late);
    assert_int_equal(eb_server_log_count(server, "reload: done"), 1);
}

/* A list of commands inside one is a member that no command has. */
static void commands__inside_commands_are_not_carried_out(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    assert_has(
        command(admin, "{\"command\":\"getStatus\",\"commands\":[{\"command\":\"reload\"}]}"),
        "unknown member 'commands'");
    assert_has(command(admin, "[{\"command\":\"reload\"}]"), "expected an object");
    assert_has(command(admin, "{\"command\":{\"command\":\"reload\"}}"), "expected a string");
    assert_has(command(admin, "{\"command\":\"getStatus\",\"correlationData\":"
                              "{\"commands\":[{\"command\":\"reload\"}]}}"),
        "\"correlationData\":{\"commands\":[{\"command\":\"reload\"}]},\"data\":");
    assert_int_equal(eb_server_log_count(server, "is in force"), 1);
}

/* More than can wait are refused at once, and none is lost. */
static void requests__in_a_burst_are_all_answered(void **state)
{
    enum { REQUESTS = 100 };
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    for (int i = 0; i < REQUESTS; i++)
        eb_peer_send(admin, (struct eb_publication){ .topic = TOPIC,
                                .payload = "{\"commands\":[{\"command\":\"getStatus\"}]}" });
    int busy = 0;
    for (int i = 0; i < REQUESTS; i++) {
        const char *answer = assert_received(admin, ANSWER, NULL)->payload;
        busy += strstr(answer, "busy") != NULL;
        if (!strstr(answer, "busy"))
            assert_has(answer, "\"command\":\"getStatus\",\"data\":{\"version\":");
    }
    assert_true(busy <= REQUESTS - 16);
}

/* A client that took the id of who asked does not get what the other asked for. */
static void answer__is_not_for_who_takes_over_the_id(void **state)
{
    struct eb_server *server = *state;
    for (int i = 0; i < 10; i++) {
        struct eb_peer *admin = eb_peer_connect_as(server, "admin", 5, "bus-admin", i % 2);
        eb_peer_send(admin, (struct eb_publication){ .topic = TOPIC,
                                .payload = "{\"commands\":[{\"command\":\"reload\"},"
                                           "{\"command\":\"listRules\"}]}" });
        struct eb_peer *thief = eb_peer_connect_as(server, "admin", 5, "thief", i % 2);
        eb_peer_await_disconnect(admin);
        size_t done = eb_server_log_count(server, "reload: done");
        eb_peer_ping(thief);
        eb_server_await_log(server, "reload: done", done ? done : 1);
        assert_nothing_received(thief);
        eb_peer_disconnect(thief);
    }
}

/* ---- the bus ---- */

static void status__tells_what_is_in_force(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    const char *answer = command(admin, "{\"command\":\"getStatus\"}");
    assert_has(answer, "\"contracts\":9,\"rules\":4,\"schemas\":1,\"inForceSince\":\"20");
    assert_has(answer, "\"reloads\":{\"good\":1,\"bad\":0,\"isLastGood\":true,\"error\":null}");
}

static void reload__answers_when_it_is_in_force_or_says_why_not(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 1);
    eb_server_write(server, "event-bus/rules/fresh.json",
        "{ \"from\": [\"fresh/#\"], \"to\": [ { \"topic\": \"services/fresh\" } ] }\n");
    assert_has(command(admin, "{\"command\":\"reload\"}"), "\"rules\":5,");
    eb_peer_publish_text(admin, "fresh/x", EB_GOOD, 1);
    assert_received(service, "services/fresh", EB_GOOD);

    eb_server_write(server, "event-bus/rules/broken.json", "{ \"from\": [1],\n \"to\": [] }");
    const char *answer = command(admin, "{\"command\":\"reload\"}");
    assert_has(answer, "\"command\":\"reload\",\"error\":\"");
    assert_has(answer, "rules/broken.json\",\"line\":2,");
    assert_has(answer, "\"pointer\":\"/to\"");
    assert_logged(server, "what was in force stays in force");
    assert_logged(server, "control: bus-admin (127.0.0.1): reload: refused: ");
    assert_has(command(admin, "{\"command\":\"getStatus\"}"), "\"bad\":1,\"isLastGood\":false");
    eb_peer_publish_text(admin, "fresh/x", EB_GOOD, 1);
    assert_received(service, "services/fresh", EB_GOOD);
}

static void test_event__explains_and_publishes_nothing(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "#", 1);
    eb_peer_subscribe(service, "$event-bus/#", 1);
    const char *answer = command(
        admin, "{\"command\":\"testEvent\",\"topic\":\"reject/x\",\"payload\":" EB_GOOD "}");
    assert_has(answer, "\"explanation\":{\"verdict\":\"passed\"");
    assert_has(answer, "\"rule\":\"trees\"");
    assert_has(answer, "\"rule\":\"low\"");
    assert_has(answer, "\"answer\":\"missed\"");
    answer =
        command(admin, "{\"command\":\"testEvent\",\"topic\":\"reject/x\",\"payload\":" EB_BAD "}");
    assert_has(answer, "\"verdict\":\"refused\"");
    assert_has(answer, "/percent");
    answer = command(admin, "{\"command\":\"testEvent\",\"topic\":\"reject/x\",\"text\":\"{\"}");
    assert_has(answer, "\"reason\":\"not-json\"");
    answer = command(admin, "{\"command\":\"testEvent\",\"topic\":\"reject/x\",\"payload\":" EB_GOOD
                            ",\"protocol\":\"5\",\"content_type\":\"a/b\",\"user_properties\":"
                            "{\"who\":\"me\"}}");
    assert_has(answer, "\"content_type\":\"a/b\"");
    assert_has(answer, "[\"who\",\"me\"]");
    assert_has(command(admin, "{\"command\":\"testEvent\",\"topic\":\"a\",\"protocol\":\"4\"}"),
        "expected \\\"3.1\\\"");
    assert_has(
        command(admin, "{\"command\":\"testEvent\",\"topic\":\"a\",\"user_properties\":{\"a\":1}}"),
        "expected strings");
    assert_has(command(admin, "{\"command\":\"testEvent\",\"topic\":\"a/#\",\"payload\":1}"),
        "\"error\":\"\\\"topic\\\": ");
    assert_has(command(admin, "{\"command\":\"testEvent\",\"payload\":1}"), "is missing");
    assert_has(command(admin,
                   "{\"command\":\"testEvent\",\"topic\":\"a\",\"payload\":1,\"rule\":\"none\"}"),
        "there is no rule 'none'");
    assert_nothing_received(service);
    assert_has(command(admin, "{\"command\":\"getStatistics\"}"), "\"events/received\":0,");
}

static void statistics__hold_the_lists_too(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    struct eb_peer *device = eb_peer_connect(server, "dev\"ice", 5);
    eb_peer_publish_text(device, "reject/x", EB_BAD, 1);
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    const char *answer = command(admin, "{\"command\":\"getStatistics\"}");
    assert_has(answer, "\"events/received\":2,");
    assert_has(answer, "\"rules/trees/matched\":1,");
    assert_has(answer, "{\"time\":\"20");
    assert_has(answer, "\"uptimeMicroseconds\":");
    assert_has(answer, "\"histograms\":{\"callback\":[[");
    assert_has(answer, "\"refusedClients\":[{\"client\":\"dev\\\"ice\",\"count\":1,\"error\":0}]");
    answer = command(admin, "{\"command\":\"getStatistics\",\"count\":0}");
    assert_null(strstr(answer, "rules/trees"));
}

/* ---- contracts and rules ---- */

#define RULE(target)                                                                               \
    "{\"from\":[\"noon/#\"],\"to\":[{\"topic\":\"services/" target "\",\"payload\":{\"n\":1.50}}]" \
    "}"

static void rule__is_put_changed_disabled_enabled_and_deleted(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    struct eb_peer *service = eb_peer_connect(server, "service", 5);
    eb_peer_subscribe(service, "services/#", 1);
    assert_has(command(admin, "{\"command\":\"putRule\",\"name\":\"noon\",\"rule\":" RULE("a") "}"),
        "{\"command\":\"putRule\",\"data\":{}}");
    assert_true(has_file(server, "rules/noon.json"));
    eb_peer_publish_text(admin, "noon/x", "1", 1);
    assert_received(service, "services/a", "{\"n\":1.50}");

    command(admin, "{\"command\":\"putRule\",\"name\":\"noon\",\"rule\":" RULE("b") "}");
    eb_peer_publish_text(admin, "noon/x", "1", 1);
    assert_received(service, "services/b", "{\"n\":1.50}");
    const char *answer = command(admin, "{\"command\":\"getRule\",\"name\":\"noon\"}");
    assert_has(answer, "\"name\":\"noon\",\"managed\":true,\"enabled\":true,\"file\":");
    assert_has(answer, "\"rule\":" RULE("b") "}");

    command(admin, "{\"command\":\"disableRule\",\"name\":\"noon\"}");
    eb_peer_publish_text(admin, "noon/x", "1", 1);
    assert_nothing_received(service);
    assert_has(command(admin, "{\"command\":\"getRule\",\"name\":\"noon\"}"),
        "\"enabled\":false,\"file\":");
    command(admin, "{\"command\":\"disableRule\",\"name\":\"noon\"}");
    command(admin, "{\"command\":\"enableRule\",\"name\":\"noon\"}");
    eb_peer_publish_text(admin, "noon/x", "1", 1);
    assert_received(service, "services/b", "{\"n\":1.50}");

    eb_server_stop(server);
    eb_server_start(server, LINES);
    admin = connect_admin(server);
    assert_has(
        command(admin, "{\"command\":\"listRules\"}"), "{\"name\":\"noon\",\"managed\":true");
    command(admin, "{\"command\":\"deleteRule\",\"name\":\"noon\"}");
    assert_false(has_file(server, "rules/noon.json"));
    assert_has(command(admin, "{\"command\":\"getRule\",\"name\":\"noon\"}"),
        "\"error\":\"there is no rule 'noon'\"");
    assert_logged(server, "control: bus-admin (127.0.0.1): deleteRule noon: done");
}

static void contract__is_put_changed_disabled_enabled_and_deleted(void **state)
{
#define CONTRACT "{\"topic\":\"noon/#\",\"schema\":\"reading@1\"}"
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    assert_int_equal(eb_peer_publish_text(device, "noon/x", EB_BAD, 1) & 0x80, 0);
    command(admin, "{\"command\":\"putContract\",\"name\":\"noon\",\"contract\":" CONTRACT "}");
    assert_int_equal(eb_peer_publish_text(device, "noon/x", EB_BAD, 1), 0x87);
    assert_has(command(admin, "{\"command\":\"getContract\",\"name\":\"noon\"}"),
        "\"contract\":" CONTRACT "}");
    assert_has(command(admin, "{\"command\":\"listContracts\",\"count\":1}"),
        "{\"totalCount\":10,\"contracts\":[{\"name\":\"closed-known\",\"managed\":false,");
    command(admin, "{\"command\":\"disableContract\",\"name\":\"noon\"}");
    assert_int_equal(eb_peer_publish_text(device, "noon/x", EB_BAD, 1) & 0x80, 0);
    command(admin, "{\"command\":\"enableContract\",\"name\":\"noon\"}");
    assert_int_equal(eb_peer_publish_text(device, "noon/x", EB_BAD, 1), 0x87);
    command(admin, "{\"command\":\"deleteContract\",\"name\":\"noon\"}");
    assert_int_equal(eb_peer_publish_text(device, "noon/x", EB_BAD, 1) & 0x80, 0);
}

/* getRule reads files that somebody may be editing. */
static void rule__that_has_moved_in_its_file_is_not_taken_for_another(void **state)
{
#define LINE(name) "{\"name\":\"" name "\",\"from\":[\"a\"],\"to\":[{\"topic\":\"services/a\"}]}\n"
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    eb_server_write(server, "event-bus/rules/many.jsonl", LINE("one") LINE("two"));
    command(admin, "{\"command\":\"reload\"}");
    assert_has(command(admin, "{\"command\":\"getRule\",\"name\":\"two\"}"),
        "\"line\":2,\"rule\":{\"name\":\"two\"");
    eb_server_write(server, "event-bus/rules/many.jsonl", LINE("two") LINE("one"));
    assert_has(command(admin, "{\"command\":\"getRule\",\"name\":\"two\"}"),
        "many.jsonl:2 has changed since it was put in force");
}

/* What is remembered of events is the broker's thread's; the answer is another's. */
static void test_event__takes_every_event_for_new(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    eb_server_write(server, "event-bus/contracts/once.json",
        "{ \"topic\": \"once/#\", \"schema\": \"reading@1\","
        " \"deduplicate\": { \"key\": \"${id}\", \"window\": \"1h\" } }");
    command(admin, "{\"command\":\"reload\"}");
    for (int i = 0; i < 2; i++) {
        eb_peer_publish_text(admin, "once/x", EB_GOOD, 1);
        assert_has(command(admin,
                       "{\"command\":\"testEvent\",\"topic\":\"once/x\",\"payload\":" EB_GOOD "}"),
            "\"verdict\":\"passed\"");
    }
    assert_has(command(admin, "{\"command\":\"getStatistics\"}"), "\"events/deduplicated\":1,");
}

static void change__that_is_not_sound_changes_nothing(void **state)
{
    static const struct {
        const char *command, *error;
    } cases[] = {
        { "{\"command\":\"putRule\",\"name\":\"bad\",\"rule\":{\"from\":[\"a/#/b\"],\"to\":[]}}",
            "managed/rules/bad.json:1:" },
        { "{\"command\":\"putRule\",\"name\":\"bad\",\"rule\":{\"from\":[\"a\"],"
          "\"to\":[{\"topic\":\"$SYS/x\"}]}}",
            "managed/rules/bad.json:1:" },
        { "{\"command\":\"putRule\",\"name\":\"bad\",\"rule\":5}", "expected an object" },
        { "{\"command\":\"putRule\",\"name\":\"bad\"}", "\\\"rule\\\" is missing" },
        { "{\"command\":\"putRule\",\"name\":\"Bad\",\"rule\":{}}", "expected a name" },
        { "{\"command\":\"putRule\",\"name\":\"..\",\"rule\":{}}", "expected a name" },
        { "{\"command\":\"putRule\",\"name\":\"low\",\"rule\":" RULE("x") "}",
            "rules/low.json, which its owner changes" },
        { "{\"command\":\"deleteRule\",\"name\":\"low\"}", "which its owner changes" },
        { "{\"command\":\"disableRule\",\"name\":\"low\"}", "which its owner changes" },
        { "{\"command\":\"deleteRule\",\"name\":\"none\"}", "there is no rule 'none'" },
        { "{\"command\":\"putContract\",\"name\":\"bad\",\"contract\":{\"topic\":\"a\","
          "\"schema\":\"none@1\"}}",
            "managed/contracts/bad.json:1:" },
    };
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *answer = command(admin, cases[i].command);
        assert_has(answer, "\"error\":\"");
        assert_has(answer, cases[i].error);
    }
    assert_false(has_file(server, "rules/bad.json"));
    assert_false(has_file(server, "contracts/bad.json"));
    assert_has(command(admin, "{\"command\":\"getStatus\"}"), "\"rules\":4,");
    assert_has(command(admin, "{\"command\":\"getStatus\"}"), "\"good\":1,\"bad\":0,");
}

static void links__in_the_managed_directory_are_not_followed(void **state)
{
    struct eb_server *server = *state;
    char command_text[1200];
    eb_server_write(server, "elsewhere/keep", "x");
    eb_server_write(server, "managed/schemas/s/1.json", "{}");
    snprintf(command_text, sizeof command_text, "ln -s %s/elsewhere %s/managed/rules",
        server->tree.path, server->tree.path);
    assert_int_equal(system(command_text), 0);
    struct eb_peer *admin = connect_admin(server);
    assert_has(command(admin, "{\"command\":\"putRule\",\"name\":\"noon\",\"rule\":" RULE("a") "}"),
        "\"error\":");
    snprintf(
        command_text, sizeof command_text, "test ! -e %s/elsewhere/noon.json", server->tree.path);
    assert_int_equal(system(command_text), 0);
}

#define PUT(name)                                                                                  \
    "{\"command\":\"putRule\",\"name\":\"" name "\",\"rule\":{\"from\":[\"n/#\"],\"to\":"          \
    "[{\"topic\":\"services/n\"}]}}"

/* Two that write without a word to each other would undo each other's changes. */
static void managed__is_one_brokers_until_it_ends(void **state)
{
    static struct eb_server other;
    struct eb_server *server = *state;
    char settings[1024];
    eb_server_prepare(&other);
    snprintf(settings, sizeof settings,
        "{ \"version\": 1, \"managed\": \"%s/managed\", \"statistics\": { \"interval_s\": 0 }" OURS
        " }",
        server->tree.path);
    eb_server_write(&other, "event-bus/event-bus.json", settings);
    eb_server_start(&other, LINES);
    assert_has(command(connect_admin(server), PUT("a")), "\"data\":{}");
    struct eb_peer *admin = connect_admin(&other);
    const char *answer = command(admin, PUT("b"));
    assert_has(answer, "/managed/rules/b.json: error: cannot be written: another broker");
    assert_has(command(admin, "{\"command\":\"reload\"}"), "\"rules\":1");
    assert_has(command(admin, "{\"command\":\"getRule\",\"name\":\"a\"}"), "\"managed\":true");
    assert_false(has_file(server, "rules/b.json"));
    eb_server_stop(server);
    assert_has(command(admin, PUT("b")), "\"data\":{}");
    assert_true(has_file(server, "rules/b.json"));
    assert_int_equal(eb_server_finish(&other), 0);
}

static void managed__missing_is_said(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    eb_server_write(server, "event-bus/event-bus.json", "{ \"version\": 1" OURS " }");
    command(admin, "{\"command\":\"reload\"}");
    assert_has(command(admin, "{\"command\":\"putRule\",\"name\":\"noon\",\"rule\":" RULE("a") "}"),
        "names no directory \\\"managed\\\"");
}

/* ---- schemas ---- */

#define READING(more)                                                                              \
    "{\"type\":\"object\",\"required\":[\"id\",\"percent\"" more "],\"properties\":{"              \
    "\"id\":{\"type\":\"string\"},\"percent\":{\"type\":\"number\",\"maximum\":100}}}"

static void schema__is_registered_as_the_next_version_and_deleted_for_good(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    assert_has(
        command(admin,
            "{\"command\":\"registerSchema\",\"name\":\"reading\",\"schema\":" READING("") "}"),
        "\"data\":{\"name\":\"reading\",\"version\":2}");
    assert_true(has_file(server, "schemas/reading/2.json"));
    assert_has(command(admin, "{\"command\":\"listSchemas\"}"),
        "{\"totalCount\":1,\"schemas\":[{\"name\":\"reading\",\"compatibility\":\"none\","
        "\"versions\":[{\"version\":1,\"managed\":false},{\"version\":2,\"managed\":true}]}]}");
    assert_has(command(admin, "{\"command\":\"getSchema\",\"name\":\"reading\"}"),
        "\"version\":2,\"managed\":true,");
    assert_has(command(admin, "{\"command\":\"getSchema\",\"name\":\"reading\",\"version\":2}"),
        "\"schema\":" READING("") "}");
    assert_has(command(admin, "{\"command\":\"getSchema\",\"name\":\"reading\",\"version\":9}"),
        "there is no reading@9");
    assert_has(command(admin, "{\"command\":\"getSchema\",\"name\":\"none\"}"),
        "there is no subject 'none'");

    command(admin, "{\"command\":\"putContract\",\"name\":\"noon\",\"contract\":"
                   "{\"topic\":\"noon/#\",\"schema\":\"reading@latest\"}}");
    assert_has(command(admin, "{\"command\":\"deleteSchema\",\"name\":\"reading\",\"version\":2}"),
        "reading@2 is used by contract 'noon'");
    command(admin, "{\"command\":\"deleteContract\",\"name\":\"noon\"}");
    assert_has(command(admin, "{\"command\":\"deleteSchema\",\"name\":\"reading\",\"version\":2}"),
        "{\"command\":\"deleteSchema\",\"data\":{}}");
    assert_false(has_file(server, "schemas/reading/2.json"));
    assert_has(
        command(admin,
            "{\"command\":\"registerSchema\",\"name\":\"reading\",\"schema\":" READING("") "}"),
        "\"version\":3}");
    assert_has(command(admin, "{\"command\":\"deleteSchema\",\"name\":\"reading\",\"version\":1}"),
        "which its owner changes");
    assert_has(command(admin, "{\"command\":\"registerSchema\",\"name\":\"reading\",\"schema\":"
                              "{\"type\":5}}"),
        "managed/schemas/reading/4.json:1:");
    assert_has(command(admin, "{\"command\":\"registerSchema\",\"name\":\"new\",\"schema\":true}"),
        "\"version\":1}");
}

static void schema__that_breaks_its_subjects_promise_is_refused_with_the_change(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *admin = connect_admin(server);
    eb_server_write(
        server, "event-bus/schemas/reading/subject.json", "{ \"compatibility\": \"backward\" }\n");
    command(admin, "{\"command\":\"reload\"}");
    const char *answer =
        command(admin, "{\"command\":\"registerSchema\",\"name\":\"reading\",\"schema\":" READING(
                           ",\"site\"") "}");
    assert_has(answer, "\"error\":\"");
    assert_has(answer, "not backward compatible with ");
    assert_has(answer, "site");
    assert_false(has_file(server, "schemas/reading/2.json"));
    assert_has(command(admin, "{\"command\":\"registerSchema\",\"name\":\"reading\",\"schema\":"
                              "{\"type\":\"object\",\"required\":[\"id\"]}}"),
        "\"version\":2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(others__are_not_answered_and_change_nothing),
        TEST(answer__goes_to_who_asked_alone),
        TEST(request__that_makes_no_sense_is_answered),
        TEST(request__of_any_size_and_depth_is_survived),
        TEST(request__that_is_retained_is_carried_out_once),
        TEST(commands__inside_commands_are_not_carried_out),
        TEST(requests__in_a_burst_are_all_answered),
        TEST(answer__is_not_for_who_takes_over_the_id),
        TEST(status__tells_what_is_in_force),
        TEST(reload__answers_when_it_is_in_force_or_says_why_not),
        TEST(test_event__explains_and_publishes_nothing),
        TEST(test_event__takes_every_event_for_new),
        TEST(statistics__hold_the_lists_too),
        TEST(rule__is_put_changed_disabled_enabled_and_deleted),
        TEST(contract__is_put_changed_disabled_enabled_and_deleted),
        TEST(rule__that_has_moved_in_its_file_is_not_taken_for_another),
        TEST(change__that_is_not_sound_changes_nothing),
        TEST(links__in_the_managed_directory_are_not_followed),
        TEST(managed__is_one_brokers_until_it_ends),
        TEST(managed__missing_is_said),
        TEST(schema__is_registered_as_the_next_version_and_deleted_for_good),
        TEST(schema__that_breaks_its_subjects_promise_is_refused_with_the_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
