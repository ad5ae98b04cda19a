/*
 * The broker's own access control: what it decides beside the bus, and the bus beside it.
 */
#include "eb_test.h"

#include <stdio.h>

#include "mortal.h"
#include "peer.h"
#include "scene.h"

enum { NOT_AUTHORIZED = 0x87 };

static struct eb_server own;

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

/* ---- what controls access --------------------------------------------------------------------
 */

/* Both grant the same: plain/open to all, and what devices and services of the scene do. */
static const char acl_file[] = "topic readwrite plain/open/#\n"
                               "topic readwrite reject/#\n"
                               "topic readwrite quarantine/#\n"
                               "topic readwrite consume/#\n"
                               "topic readwrite services/#\n"
                               "topic readwrite marker\n"
                               "topic readwrite ping/#\n"
                               "topic read $event-bus/#\n"
                               "user Erika\n"
                               "topic readwrite plain/open/#\n"
                               "topic write plain/erika\n"
                               "topic readwrite reject/#\n"
                               "topic readwrite quarantine/#\n"
                               "topic readwrite services/#\n"
                               "topic readwrite marker\n"
                               "topic readwrite ping/#\n";

#define ALLOW(topic)                                                                               \
    "{\"acltype\":\"publishClientSend\",\"topic\":\"" topic "\",\"allow\":true},"                  \
    "{\"acltype\":\"subscribePattern\",\"topic\":\"" topic "\",\"allow\":true},"
static const char dynamic_security[] =
    "{\"defaultACLAccess\":{\"publishClientSend\":false,\"publishClientReceive\":true,"
    "\"subscribe\":false,\"unsubscribe\":true},"
    "\"roles\":[{\"rolename\":\"anyone\",\"acls\":[" ALLOW("plain/open/#") ALLOW("reject/#")
        ALLOW("quarantine/#") ALLOW("consume/#") ALLOW("services/#") ALLOW("marker") ALLOW("ping/#")
            ALLOW("$event-bus/#") "{\"acltype\":\"publishClientReceive\",\"topic\":\"#\",\"allow\":"
                                  "true}]}],"
                                  "\"groups\":[{\"groupname\":\"all\",\"roles\":[{\"rolename\":"
                                  "\"anyone\"}]}],"
                                  "\"anonymousGroup\":\"all\",\"clients\":[]}";

enum control {
    NOTHING,
    ACL_FILE,
    DYNAMIC_SECURITY,       /* behind the bus in mosquitto.conf */
    DYNAMIC_SECURITY_FIRST, /* before it */
    CONTROLS,
};
static const char *const control_names[] = {
    "nothing",
    "ACL file",
    "dynamic-security",
    "dynamic-security first",
};

/* `wills`: the member of event-bus.json; NULL: no bus at all. False when there is no such control.
 */
static bool start(struct eb_server *server, enum control control, const char *wills)
{
    const char *dynamic = eb_server_dynamic_security();
    char settings[512], bus[1024] = "", other[1024] = "", lines[2048];
    if (control >= DYNAMIC_SECURITY && !dynamic) {
        print_message("left out: no mosquitto_dynamic_security.so beside this mosquitto\n");
        return false;
    }
    close_own((void **)&server);
    eb_scene_prepare(server);
    snprintf(settings, sizeof settings,
        "{ \"version\": 1, \"egress\": [ \"services/#\" ], \"wills\": %s }\n",
        wills ? wills : "{}");
    eb_server_write(server, "event-bus/event-bus.json", settings);
    eb_server_write(server, "acl", acl_file);
    eb_server_write(server, "dynamic-security.json", dynamic_security);
    if (wills)
        snprintf(
            bus, sizeof bus, "plugin %s\nplugin_opt_config_file event-bus\n", eb_server_plugin());
    if (control == ACL_FILE)
        snprintf(other, sizeof other, "acl_file acl\n");
    else if (control >= DYNAMIC_SECURITY)
        snprintf(other, sizeof other, "plugin %s\nplugin_opt_config_file dynamic-security.json\n",
            dynamic);
    bool is_bus_last = control == DYNAMIC_SECURITY_FIRST;
    snprintf(lines, sizeof lines, "%s%s", is_bus_last ? other : bus, is_bus_last ? bus : other);
    eb_server_start_plain(server, lines);
    return true;
}

static const char off[] = "{}";
static const char none[] = "{ \"check\": true, \"access_control\": \"none\" }";
static const char other[] = "{ \"check\": true, \"access_control\": \"other\" }";

/* ---- topics that are not the bus's -----------------------------------------------------------
 */

static const char *const topics[] = { "plain/open/a", "plain/erika", "plain/closed", "$unknown/a",
    "$SYS/broker/x" };
static const char *const filters[] = { "plain/open/#", "plain/erika", "plain/closed", "#", "$SYS/#",
    "$share/g/plain/open/#" };
enum { TOPICS = sizeof topics / sizeof *topics, FILTERS = sizeof filters / sizeof *filters };

struct report {
    char text[8192];
    size_t len;
};

static void note(struct report *report, const char *what, const char *topic, const char *user,
    int protocol, int result)
{
    report->len += (size_t)snprintf(report->text + report->len, sizeof report->text - report->len,
        "%s %s as %s, MQTT %d: %x\n", what, topic, user ? user : "nobody", protocol, result);
}

/* What has arrived, without what the broker says of itself. */
static int count_received(struct eb_peer *reader)
{
    int count = 0;
    eb_peer_ping(reader);
    while (reader->inbox)
        count += strncmp(eb_peer_receive(reader)->topic, "$SYS/", 5) != 0;
    return count;
}

static int granted_will(
    struct eb_server *server, const char *user, struct eb_peer *reader, const char *topic)
{
    eb_mortal_live(
        server, "mortal", user, 4, EB_DROPS, (struct eb_will){ .topic = topic, .payload = "will" });
    eb_mortal_live(
        server, "marker", NULL, 4, EB_DROPS, (struct eb_will){ .topic = "marker", .payload = "m" });
    while (strcmp(eb_peer_receive(reader)->topic, "marker") != 0) {
        if (strcmp(reader->current->topic, topic) == 0)
            return 1;
    }
    return 0;
}

/* All that access control decides, as clients see it. */
static void probe(struct eb_server *server, const char *user, int protocol, struct report *report)
{
    struct eb_peer *client = eb_peer_connect_as(server, "client", protocol, user, true);
    for (size_t i = 0; i < FILTERS; i++)
        note(report, "subscribe to", filters[i], user, protocol,
            eb_peer_subscribe(client, filters[i], 1));
    eb_peer_disconnect(client);
    client = eb_peer_connect_as(server, "client", protocol, user, true);
    struct eb_peer *reader = eb_peer_connect_as(server, "reader", protocol, user, true);
    for (size_t i = 0; i < FILTERS; i++)
        eb_peer_subscribe(reader, filters[i], 1);
    eb_peer_subscribe(reader, "marker", 1);
    for (size_t i = 0; i < TOPICS; i++) {
        int code = eb_peer_publish(
            client, (struct eb_publication){
                        .topic = topics[i], .payload = "kept", .qos = 1, .is_retain = true });
        note(report, "publish to", topics[i], user, protocol, code & ~0x10);
    }
    note(report, "received of", "these", user, protocol, count_received(reader));
    for (size_t i = 0; i < TOPICS; i++)
        note(report, "will to", topics[i], user, protocol,
            granted_will(server, user, reader, topics[i]));
    struct eb_peer *late = eb_peer_connect_as(server, "late", protocol, user, true);
    for (size_t i = 0; i < FILTERS; i++)
        eb_peer_subscribe(late, filters[i], 1);
    note(report, "retained of", "these", user, protocol, count_received(late));
    eb_peer_free_all(server);
}

static bool probe_all(
    struct eb_server *server, enum control control, const char *wills, struct report *report)
{
    report->len = 0;
    if (!start(server, control, wills))
        return false;
    for (int protocol = 4; protocol <= 5; protocol++) {
        probe(server, NULL, protocol, report);
        /* dynamic-security lets nobody in by a name that it does not know. */
        if (control < DYNAMIC_SECURITY)
            probe(server, "Erika", protocol, report);
    }
    return true;
}

static void assert_same(
    const struct report *got, const struct report *want, const char *control, const char *wills)
{
    const char *g = got->text, *w = want->text;
    while (*g && *w && strncmp(g, w, strcspn(w, "\n") + 1) == 0) {
        g += strcspn(g, "\n") + 1;
        w += strcspn(w, "\n") + 1;
    }
    if (*g || *w)
        fail_msg("%s, wills %s\ngot  %.*s\nwant %.*s", control, wills, (int)strcspn(g, "\n"), g,
            (int)strcspn(w, "\n"), w);
}

static void access__to_other_topics_is_as_without_the_bus(void **state)
{
    static const char *const modes[] = { off, other, none };
    struct eb_server *server = *state;
    static struct report want_report, got_report;
    struct report *want = &want_report, *got = &got_report;
    for (enum control control = NOTHING; control < CONTROLS; control++) {
        if (!probe_all(server, control, NULL, want))
            continue;
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
            /* What the operator says has to be so. */
            if (modes[i] != off && (modes[i] == none) != (control == NOTHING))
                continue;
            print_message("%s, wills %s\n", control_names[control], modes[i]);
            probe_all(server, control, modes[i], got);
            assert_same(got, want, control_names[control], modes[i]);
        }
    }
}

/* ---- topics that are -------------------------------------------------------------------------
 */

static void show_wills(struct eb_server *server, int protocol, enum eb_ending ending)
{
    static const struct {
        const char *topic, *payload;
        bool is_sent;
    } cases[] = {
        { "reject/x", EB_GOOD, true }, { "reject/x", EB_BAD, false },
        { "quarantine/x", EB_BAD, false }, { "services/x", EB_GOOD, false },
        { "observe/x", EB_GOOD, false }, /* the access control forbids it */
    };
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_peer_subscribe(watcher, "reject/#", 1);
    eb_peer_subscribe(watcher, "quarantine/#", 1);
    eb_peer_subscribe(watcher, "services/#", 1);
    eb_peer_subscribe(watcher, "marker", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_will will = { .topic = cases[i].topic, .payload = cases[i].payload, .qos = 1 };
        eb_mortal_live(server, "mortal", NULL, protocol, ending, will);
        if (cases[i].is_sent)
            assert_received(watcher, cases[i].topic, cases[i].payload);
        eb_mortal_live(server, "marker", NULL, protocol, ending,
            (struct eb_will){ .topic = "marker", .payload = "m" });
        assert_received(watcher, "marker", "m");
    }
    assert_nothing_received(watcher); /* and nothing was routed */
    eb_peer_free_all(server);
}

static void other__wills_are_suppressed_or_left_to_the_access_control(void **state)
{
    struct eb_server *server = *state;
    for (enum control control = ACL_FILE; control <= DYNAMIC_SECURITY; control++) {
        if (!start(server, control, other))
            continue;
        for (int is_taught = 0; is_taught <= 1; is_taught++) {
            if (is_taught)
                eb_mortal_teach(server);
            for (int protocol = 4; protocol <= 5; protocol++) {
                for (enum eb_ending ending = EB_DROPS; ending <= EB_IS_LATE; ending++) {
                    if (!eb_ending_is_for(ending, protocol))
                        continue;
                    print_message("%s, MQTT %d, %s\n", control_names[control], protocol,
                        eb_ending_name(ending));
                    show_wills(server, protocol, ending);
                }
            }
        }
    }
}

/* 2.0 takes its ACL file out and puts it back in; it has to come back behind the bus. */
static void other__wills_are_checked_after_a_reload(void **state)
{
    struct eb_server *server = *state;
    start(server, ACL_FILE, other);
    for (size_t loads = 2; loads <= 3; loads++) {
        eb_server_reload(server);
        eb_server_await_log(server, "is in force", loads);
        show_wills(server, 4, EB_DROPS);
        struct eb_peer *device = eb_peer_connect(server, "device", 5);
        assert_int_equal(eb_peer_publish_text(device, "plain/closed", "1", 1), NOT_AUTHORIZED);
        assert_int_equal(eb_peer_publish_text(device, "plain/open/a", "1", 1) & ~0x10, 0);
    }
}

static void other__publishes_are_judged_after_the_access_control(void **state)
{
    struct eb_server *server = *state;
    for (enum control control = ACL_FILE; control <= DYNAMIC_SECURITY; control++) {
        if (!start(server, control, other))
            continue;
        eb_mortal_teach(server);
        struct eb_peer *device = eb_peer_connect(server, "device", 5);
        struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
        eb_peer_subscribe(watcher, "services/#", 1);
        eb_peer_subscribe(watcher, "$event-bus/#", 1);
        assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_GOOD, 1) & ~0x10, 0);
        assert_received(watcher, "services/reject", EB_GOOD);
        assert_int_equal(eb_peer_publish_text(device, "reject/x", EB_BAD, 1), NOT_AUTHORIZED);
        assert_received(watcher, "$event-bus/dead-letter/reject/x", NULL);
        assert_int_equal(eb_peer_publish_text(device, "quarantine/x", EB_BAD, 1) & ~0x10, 0);
        assert_received(watcher, "$event-bus/dead-letter/quarantine/x", NULL);
        assert_int_equal(eb_peer_publish_text(device, "consume/x", EB_GOOD, 1) & ~0x10, 0);
        assert_received(watcher, "services/consume", EB_GOOD);
        /* Who may not publish leaves no letter: the bus is not asked. */
        assert_int_equal(eb_peer_publish_text(device, "observe/x", EB_BAD, 1), NOT_AUTHORIZED);
        assert_nothing_received(watcher);
    }
}

static void egress__is_closed_whatever_the_access_control_grants(void **state)
{
    static const char *const modes[] = { off, other };
    struct eb_server *server = *state;
    for (enum control control = NOTHING; control < CONTROLS; control++) {
        for (size_t i = 0; i < 2; i++) {
            if (!start(server, control, modes[i] == other && control == NOTHING ? none : modes[i]))
                continue;
            struct eb_peer *service = eb_peer_connect(server, "service", 5);
            eb_peer_subscribe(service, "services/#", 2);
            for (int protocol = 3; protocol <= 5; protocol++) {
                struct eb_peer *device = eb_peer_connect(server, "device", protocol);
                for (int qos = 0; qos <= 2; qos++)
                    assert_int_equal(eb_peer_publish_text(device, "services/x", EB_GOOD, qos),
                        protocol == 5 && qos > 0 ? NOT_AUTHORIZED : 0);
                eb_peer_disconnect(device);
            }
            assert_nothing_received(service);
        }
    }
}

/* Then the bus learns of wills too late, or never. */
static void others__that_are_asked_before_the_bus_are_warned_of(void **state)
{
    struct eb_server *server = *state;
    if (!start(server, DYNAMIC_SECURITY_FIRST, other))
        skip();
    struct eb_peer *device = eb_peer_connect(server, "device", 5);
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    assert_int_equal(eb_server_log_count(server, "was granted before the bus was asked"), 1);
    assert_true(start(server, DYNAMIC_SECURITY, other));
    device = eb_peer_connect(server, "device", 5);
    eb_peer_publish_text(device, "reject/x", EB_GOOD, 1);
    assert_int_equal(eb_server_log_count(server, "was granted before the bus was asked"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(access__to_other_topics_is_as_without_the_bus),
        TEST(other__wills_are_suppressed_or_left_to_the_access_control),
        TEST(other__wills_are_checked_after_a_reload),
        TEST(other__publishes_are_judged_after_the_access_control),
        TEST(egress__is_closed_whatever_the_access_control_grants),
        TEST(others__that_are_asked_before_the_bus_are_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
