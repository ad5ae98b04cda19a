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
    is_learnt = eb_call_sites_learn_publish(&sites, &asking);
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
    if (kind == EB_CALL_UNKNOWN)
        call_plugins();
    returned++;
}

BROKER_FUNCTION send_will(void)
{
    check_access();
    if (kind == EB_CALL_UNKNOWN)
        eb_call_sites_learn_will(&sites, &asking);
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

static void will__is_never_taken_for_a_publish(void **state)
{
    (void)state;
    handle_packet(false);
    assert_int_equal(kind, EB_CALL_UNKNOWN);
    handle_packet(true);
    handle_packet(false);
    assert_int_equal(kind, EB_CALL_UNKNOWN);
    read_websocket(false);
    assert_int_equal(kind, EB_CALL_WILL);
    send_will();
    assert_int_equal(kind, EB_CALL_WILL);
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_PUBLISH);
}

/* Another plugin may have kept MESSAGE from following, once. */
static void site__that_was_taken_for_a_wills_is_set_right(void **state)
{
    (void)state;
    handle_packet(true);
    sites.sites[0].kind = EB_CALL_WILL;
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_WILL);
    call_plugins();
    assert_true(is_learnt);
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_PUBLISH);
    assert_int_equal(sites.count, 1);
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
    asking.is_whole = false;
    eb_call_sites_learn_will(&sites, &asking);
    assert_int_equal(sites.count, 0);
}

static void sites__begin_anew_when_there_are_too_many(void **state)
{
    (void)state;
    handle_packet(true);
    check_access();
    for (int i = 0; i < 3 * EB_SITES_MAX; i++) {
        asking.is_whole = true;
        asking.frames[0].place++;
        eb_call_sites_learn_will(&sites, &asking);
        assert_in_range(sites.count, 1, EB_SITES_MAX);
    }
    handle_packet(true);
    handle_packet(true);
    assert_int_equal(kind, EB_CALL_PUBLISH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(publish__is_known_once_one_has_been_seen, forget),
        cmocka_unit_test_setup(will__is_never_taken_for_a_publish, forget),
        cmocka_unit_test_setup(site__that_was_taken_for_a_wills_is_set_right, forget),
        cmocka_unit_test_setup(stack__that_cannot_be_walked_teaches_nothing, forget),
        cmocka_unit_test_setup(sites__begin_anew_when_there_are_too_many, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
