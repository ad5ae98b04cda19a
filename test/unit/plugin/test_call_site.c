/* A broker in small: functions that ask, and go on as the broker does. */
#include "eb_test.h"

#include "call_site.h"

static struct eb_call_sites sites;
static struct eb_call_stack asking;
static enum eb_call_kind kind;
static bool is_learnt;

#define BROKER_FUNCTION __attribute__((noinline)) static void

/* So that no call of the broker's is turned into a jump. */
static volatile int returned;

BROKER_FUNCTION on_acl_check(void)
{
    kind = eb_call_sites_ask(&sites, &asking);
    returned++;
}

BROKER_FUNCTION on_message(void)
{
    is_learnt = eb_call_sites_learn(&sites, &asking);
    returned++;
}

BROKER_FUNCTION check_access(void)
{
    on_acl_check();
    returned++;
}

BROKER_FUNCTION call_plugins(void)
{
    on_message();
    returned++;
}

BROKER_FUNCTION handle_publish(void)
{
    check_access();
    if (kind != EB_CALL_PUBLISH)
        call_plugins();
    returned++;
}

/* As a compiler may have it twice. */
BROKER_FUNCTION handle_long_publish(void)
{
    returned++;
    check_access();
    if (kind != EB_CALL_PUBLISH)
        call_plugins();
    returned++;
}

BROKER_FUNCTION send_will(void)
{
    check_access();
    returned++;
}

BROKER_FUNCTION handle_connect(void)
{
    send_will();
    returned++;
}

BROKER_FUNCTION handle_packet(bool is_publish)
{
    if (is_publish)
        handle_publish();
    else
        handle_connect();
    returned++;
}

BROKER_FUNCTION read_websocket(bool is_publish)
{
    handle_packet(is_publish);
    returned++;
}

static int forget(void **state)
{
    (void)state;
    sites = (struct eb_call_sites){ 0 };
    return 0;
}

static void publish__is_known_once_one_has_been_seen(void **state)
{
    (void)state;
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_UNKNOWN);
    assert_true(is_learnt);
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_PUBLISH);
    read_websocket(true);
    assert_int_equal(kind, EB_CALL_PUBLISH);
}

/* Its very first, too: what is not asked where PUBLISHes are is asked for a will. */
static void will__is_known_once_a_publish_has_been_seen(void **state)
{
    (void)state;
    handle_packet(false);
    assert_int_equal(kind, EB_CALL_UNKNOWN);
    handle_packet(true);
    handle_packet(false);
    assert_int_equal(kind, EB_CALL_WILL);
    read_websocket(false);
    assert_int_equal(kind, EB_CALL_WILL);
    send_will();
    assert_int_equal(kind, EB_CALL_WILL);
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_PUBLISH);
}

static void publish__that_was_taken_for_a_will_is_set_right(void **state)
{
    (void)state;
    handle_packet(true);
    handle_long_publish();
    assert_int_equal(kind, EB_CALL_WILL);
    assert_true(is_learnt);
    handle_long_publish();
    assert_int_equal(kind, EB_CALL_PUBLISH);
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_PUBLISH);
    assert_int_equal(sites.count, 2);
}

static void stack__that_cannot_be_walked_teaches_nothing(void **state)
{
    (void)state;
    check_access();
    asking.is_whole = false;
    call_plugins();
    assert_false(is_learnt);
    assert_int_equal(sites.count, 0);

    /* Nor does one that ends before the two have anything in common. */
    check_access();
    for (unsigned i = 0; i < asking.count; i++)
        asking.frames[i].base++;
    call_plugins();
    assert_false(is_learnt);
    assert_int_equal(sites.count, 0);
}

static void sites__begin_anew_when_there_are_too_many(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * EB_SITES_MAX; i++) {
        static const struct eb_call_sites no_sites;
        eb_call_sites_ask(&no_sites, &asking);
        asking.frames[0].place += (uintptr_t)i;
        call_plugins();
        assert_true(is_learnt);
        assert_in_range(sites.count, 1, EB_SITES_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(publish__is_known_once_one_has_been_seen, forget),
        cmocka_unit_test_setup(will__is_known_once_a_publish_has_been_seen, forget),
        cmocka_unit_test_setup(publish__that_was_taken_for_a_will_is_set_right, forget),
        cmocka_unit_test_setup(stack__that_cannot_be_walked_teaches_nothing, forget),
        cmocka_unit_test_setup(sites__begin_anew_when_there_are_too_many, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
