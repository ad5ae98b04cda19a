/* config/acl, as it is, does what it and SECURITY.md say. */
#include "eb_test.h"

#include <limits.h>
#include <stdlib.h>

#include "peer.h"

static struct eb_server own;

#define EVENTS "locks/front-door/events"
#define COMMANDS "$CONTROL/event-bus/v1"

static int open_own(void **state)
{
    char lines[PATH_MAX + 32], *acl = realpath("config/acl", NULL);
    *state = &own;
    assert_non_null(acl);
    eb_server_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json",
        "{ \"version\": 1, \"egress\": [\"services/#\"], \"targets\": [\"services/#\"],"
        " \"control\": { \"usernames\": [\"bus-admin\", \"front-door\"] } }");
    eb_server_write(&own, "event-bus/schemas/s/1.json", "{ \"required\": [\"id\"] }");
    eb_server_write(&own, "event-bus/contracts/locks.json",
        "{ \"topic\": \"locks/+/events\", \"schema\": \"s@1\" }");
    eb_server_write(&own, "event-bus/rules/low.json",
        "{ \"from\": [\"locks/+/events\"], \"to\": [{ \"topic\": \"services/maintenance/low\" }] "
        "}");
    snprintf(lines, sizeof lines, "acl_file %s\n", acl);
    free(acl);
    eb_server_start(&own, lines);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

static struct eb_peer *connect_as(struct eb_server *server, const char *username)
{
    return eb_peer_connect_as(server, username, 5, username, true);
}

enum { NOT_AUTHORIZED = 0x87 };

static void device__writes_its_own_events_and_nothing_else(void **state)
{
    static const struct {
        const char *topic;
        bool may;
    } cases[] = {
        { EVENTS, true },
        { "locks/back-door/events", false },
        { "locks/front-door", false },
        { "services/maintenance/low", false },
        { "$event-bus/dead-letter/x", false },
        { "$SYS/broker/event-bus/x", false },
    };
    struct eb_server *server = *state;
    struct eb_peer *device = connect_as(server, "front-door");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = eb_peer_publish_text(device, cases[i].topic, "{\"id\":1}", 1);
        if ((code < 0x80) != cases[i].may)
            fail_msg("%s: answered with 0x%02x", cases[i].topic, code);
    }
    assert_int_equal(eb_peer_publish_text(device, EVENTS, "{}", 1), NOT_AUTHORIZED); /* refused */
}

/* Whoever they are, they subscribe to everything. */
static void everybody__receives_what_is_theirs_alone(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *device = connect_as(server, "front-door");
    struct eb_peer *service = connect_as(server, "maintenance");
    struct eb_peer *clerk = connect_as(server, "clerk");
    struct eb_peer *other = connect_as(server, "back-door");
    struct eb_peer *nobody = eb_peer_connect(server, "nobody", 5);
    struct eb_peer *const all[] = { device, service, clerk, other, nobody };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        eb_peer_subscribe(all[i], "#", 1);
        eb_peer_subscribe(all[i], "$event-bus/#", 1);
    }
    eb_peer_publish_text(device, EVENTS, "{\"id\":1}", 1);
    eb_peer_publish_text(device, EVENTS, "{}", 1);
    assert_received(service, "services/maintenance/low", "{\"id\":1}");
    const char *letter = eb_peer_receive(clerk)->topic;
    assert_string_equal(letter, "$event-bus/dead-letter/" EVENTS);
    for (int i = 0; i < 20; i++)
        eb_peer_pump(server, 10);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_null(all[i]->inbox);
}

/* The bus names one of them too: both have to agree. */
static void commands__take_the_acl_and_the_bus(void **state)
{
    static const char status[] = "{\"commands\":[{\"command\":\"getStatus\"}]}";
    static const struct {
        const char *username;
        bool may;
    } cases[] = { { "bus-admin", true }, { "front-door", false }, { "clerk", false } };
    struct eb_server *server = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_peer *peer = connect_as(server, cases[i].username);
        eb_peer_subscribe(peer, COMMANDS "/response", 1);
        int code = eb_peer_publish_text(peer, COMMANDS, status, 1);
        assert_int_equal(code < 0x80, cases[i].may);
        if (cases[i].may)
            assert_non_null(strstr(eb_peer_receive(peer)->payload, "\"getStatus\""));
        for (int turn = 0; turn < 20; turn++)
            eb_peer_pump(server, 10);
        assert_null(peer->inbox);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(device__writes_its_own_events_and_nothing_else),
        TEST(everybody__receives_what_is_theirs_alone),
        TEST(commands__take_the_acl_and_the_bus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
