#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bus/resend.h"

enum { SECOND = 1000000, KEEPALIVE_S = 60, WITHIN_S = 60, IN_FLIGHT = 5 };

static struct eb_resend *resend;
static int64_t now_s;

static int open_memory(void **state)
{
    (void)state;
    resend = eb_resend_new();
    now_s = 1000000;
    return resend ? 0 : -1;
}

static int close_memory(void **state)
{
    (void)state;
    bool is_sound = eb_resend_check(resend);
    eb_resend_free(resend);
    return is_sound ? 0 : -1;
}

static struct eb_digest id_of(const char *client)
{
    return eb_resend_client(eb_span_of(client), eb_span(NULL, 0));
}

static void lose(const char *client)
{
    eb_resend_lose(resend, id_of(client), KEEPALIVE_S, now_s * SECOND);
}

static void connect_again(const char *client)
{
    eb_resend_connect(resend, id_of(client), (int64_t)WITHIN_S * SECOND, now_s * SECOND);
}

/* With its first message. */
static void meet_as(const char *client, enum eb_session session)
{
    struct eb_message message = { .client_id = eb_span_of(client), .session = session };
    eb_resend_meet(resend, &message);
}

static void come_back(const char *client)
{
    connect_again(client);
    meet_as(client, EB_SESSION_KEPT);
}

/* Whether the event, one letter, was sent before; it is remembered either way, as its answer. */
static bool send_as(const char *client, char letter)
{
    struct eb_resend_event event = {
        .client = id_of(client),
        .content = { (uint64_t)letter, 0 },
        .now_us = now_s * SECOND,
    };
    const struct eb_sent *sent = eb_resend_find(resend, &event);
    if (sent) {
        assert_int_equal(sent->answer, letter);
        eb_resend_repeat(resend, &event);
    } else {
        assert_false(eb_resend_add(resend, &event, (uint8_t)letter, IN_FLIGHT));
    }
    return sent != NULL;
}

/* The events in `letters` that are new; the others were sent before. */
static const char *send(const char *letters)
{
    static char fresh[64];
    char *next = fresh;
    for (; *letters; letters++) {
        if (!send_as("c", *letters))
            *next++ = *letters;
    }
    *next = '\0';
    return fresh;
}

static void events__are_told_by_their_order_after_a_loss(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after, *fresh;
    } cases[] = {
        { "a", "a", "" }, { "abc", "abc", "" }, { "abc", "bc", "" }, /* a was acknowledged */
        { "abc", "bcd", "d" },                                       /* d never arrived */
        { "abc", "c", "" }, { "abc", "xbyc", "xy" },                 /* what is new overtakes */
        { "abc", "abcabc", "abc" }, { "abc", "cb", "b" },            /* against the order: new */
        { "abcb", "bcbb", "b" },                                     /* the drawing in resend.h */
        { "aa", "aa", "" }, { "aa", "aaa", "a" }, { "abc", "xyz", "xyz" },
        { "abcdefg", "abcdefg", "ab" }, /* more than may be in flight: the first are forgotten */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(send(cases[i].before), cases[i].before);
        lose("c");
        come_back("c");
        if (strcmp(send(cases[i].after), cases[i].fresh) != 0)
            fail_msg("%s, %s: fresh were %s", cases[i].before, cases[i].after, send(""));
        assert_true(eb_resend_check(resend));
        eb_resend_forget(resend, id_of("c"));
        assert_int_equal(eb_resend_count(resend), 0);
    }
}

static void equal_events__of_one_connection_are_all_new(void **state)
{
    (void)state;
    assert_string_equal(send("aaa"), "aaa");
    come_back("c"); /* nobody was lost */
    assert_string_equal(send("a"), "a");
    lose("c");
    come_back("c");
    assert_string_equal(send("x"), "x");
    assert_string_equal(send("x"), "x");
}

static void event__that_is_sent_a_third_time_is_still_told(void **state)
{
    (void)state;
    send("ab");
    for (int i = 0; i < 3; i++) {
        lose("c");
        now_s += 30;
        come_back("c");
        assert_string_equal(send("ab"), "");
    }
    lose("c");
    lose("c"); /* lost again before it sent anything */
    come_back("c");
    assert_string_equal(send("xab"), "x");
    lose("c");
    come_back("c");
    assert_string_equal(send("abxx"), "x"); /* in the order of their first coming */
}

/* What was in flight when the connection was lost, and as much that is new before it. */
static void new_events__do_not_push_out_what_may_come_again(void **state)
{
    (void)state;
    send("abcde");
    lose("c");
    come_back("c");
    assert_string_equal(send("vwxyzabcde"), "vwxyz");
    assert_int_equal(eb_resend_count(resend), 2 * IN_FLIGHT);
    now_s += EB_RESEND_PAUSE_S + 1;
    assert_string_equal(send("f"), "f");
    assert_int_equal(eb_resend_count(resend), IN_FLIGHT);
    lose("c");
    come_back("c");
    assert_string_equal(send("vwxyzf"), "v");
}

/*
 * Sent: a b c, of which a arrives. Then d, new, is sent before a b c again. Lost again, the client
 * sends all of it in its own order.
 */
static void events__that_came_amid_others_sent_again_have_the_clients_order(void **state)
{
    (void)state;
    send("a");
    lose("c");
    come_back("c");
    assert_string_equal(send("dabc"), "dbc");
    for (int i = 0; i < 2; i++) {
        lose("c");
        come_back("c");
        assert_string_equal(send("abcd"), "");
    }
    assert_string_equal(send("dd"), "dd"); /* each once in a connection */
}

static void client__that_says_goodbye_sends_nothing_again(void **state)
{
    (void)state;
    send("ab");
    eb_resend_forget(resend, id_of("c"));
    come_back("c");
    assert_string_equal(send("ab"), "ab");
    eb_resend_forget(resend, id_of("unknown"));
    lose("unknown");
    come_back("unknown");
}

static void session__that_is_new_has_nothing_to_send_again(void **state)
{
    (void)state;
    static const enum eb_session sessions[] = { EB_SESSION_NONE, EB_SESSION_NEW };
    for (int i = 0; i < 2; i++) {
        send("ab");
        lose("c");
        connect_again("c");
        meet_as("c", sessions[i]);
        assert_string_equal(send("ab"), "ab");
        eb_resend_forget(resend, id_of("c"));
    }
}

static void client__that_comes_back_late_has_nothing_to_send_again(void **state)
{
    (void)state;
    send("ab");
    lose("c");
    now_s += WITHIN_S;
    come_back("c");
    assert_string_equal(send("a"), "");
    lose("c");
    now_s += WITHIN_S + 1;
    come_back("c");
    assert_string_equal(send("b"), "b");
}

static void client__that_pauses_is_through_with_sending_again(void **state)
{
    (void)state;
    send("abc");
    lose("c");
    come_back("c");
    now_s += EB_RESEND_PAUSE_S;
    assert_string_equal(send("a"), "");
    now_s += EB_RESEND_PAUSE_S;
    assert_string_equal(send("b"), "");
    now_s += EB_RESEND_PAUSE_S + 1;
    assert_string_equal(send("c"), "c");
}

static void event__that_must_have_been_acknowledged_is_not_sent_again(void **state)
{
    (void)state;
    send("a");
    now_s += 2L * KEEPALIVE_S;
    send("b");
    now_s++;
    lose("c"); /* a is a second older than twice the keep alive */
    come_back("c");
    assert_string_equal(send("ab"), "a");
    now_s += 1000;
    lose("c");
    assert_int_equal(eb_resend_count(resend), 0);
}

/* A device that sends an event a day, all alike, loses its connection now and then, too. */
static void event__of_a_client_without_keep_alive_is_not_sent_again_for_ever(void **state)
{
    (void)state;
    static const uint32_t keepalives[] = { 0, EB_RESEND_KEEPALIVE_MAX_S, UINT16_MAX };
    for (size_t i = 0; i < sizeof keepalives / sizeof *keepalives; i++) {
        eb_resend_forget(resend, id_of("c"));
        send("a");
        now_s++;
        send("b");
        now_s += 2L * EB_RESEND_KEEPALIVE_MAX_S;
        eb_resend_lose(resend, id_of("c"), keepalives[i], now_s * SECOND);
        come_back("c");
        assert_string_equal(send("ab"), "a");
    }
}

/* Where the broker tells of the connection, time counts from there. */
static void connection__begins_when_the_broker_says(void **state)
{
    (void)state;
    send("abc");
    assert_false(eb_resend_is_lost(resend, id_of("c")));
    connect_again("c"); /* not lost: nothing happens */
    lose("c");
    assert_true(eb_resend_is_lost(resend, id_of("c")));
    now_s += WITHIN_S;
    connect_again("c");
    assert_true(eb_resend_is_lost(resend, id_of("c"))); /* it may be another session */
    now_s += EB_RESEND_PAUSE_S;
    meet_as("c", EB_SESSION_KEPT);
    assert_false(eb_resend_is_lost(resend, id_of("c")));
    assert_string_equal(send("a"), "");
    lose("c");
    connect_again("c");
    now_s += EB_RESEND_PAUSE_S + 1; /* it would have begun by now */
    meet_as("c", EB_SESSION_KEPT);
    assert_string_equal(send("b"), "b");
    lose("c");
    now_s += WITHIN_S;
    lose("c"); /* told again: the first time counts */
    now_s++;
    connect_again("c");
    assert_int_equal(eb_resend_count(resend), 0);
}

/* Clients that connect and are lost before they send anything. */
static void client__that_flaps_is_given_new_time(void **state)
{
    (void)state;
    send("ab");
    lose("c");
    for (int i = 0; i < 5; i++) {
        now_s += EB_RESEND_PAUSE_S;
        connect_again("c");
        lose("c");
    }
    now_s += EB_RESEND_PAUSE_S;
    come_back("c");
    assert_string_equal(send("ab"), "");
}

/* The broker ends the connection of before wherever there is a session to come back to. */
static void client__that_sends_without_having_connected_has_no_session(void **state)
{
    (void)state;
    send("ab");
    lose("c");
    meet_as("c", EB_SESSION_KEPT);
    assert_string_equal(send("ab"), "ab");
    assert_int_equal(eb_resend_count(resend), 2);
    lose("c");
    come_back("c");
    assert_string_equal(send("ab"), "");
}

static void client__of_another_user_is_another(void **state)
{
    (void)state;
    struct eb_digest users[] = {
        eb_resend_client(eb_span_of("c"), eb_span_of("one")),
        eb_resend_client(eb_span_of("c"), eb_span_of("two")),
        eb_resend_client(eb_span_of("co"), eb_span_of("ne")),
        id_of("c"),
    };
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++)
            assert_int_equal(eb_digest_equal(users[i], users[j]), i == j);
    }
}

static void clients__have_nothing_to_do_with_each_other(void **state)
{
    (void)state;
    send_as("c", 'a');
    send_as("d", 'a');
    lose("c");
    come_back("d");
    assert_false(send_as("d", 'a'));
    assert_false(send_as("e", 'a'));
    come_back("c");
    assert_true(send_as("c", 'a'));
}

static void clock__that_is_set_back_changes_nothing(void **state)
{
    (void)state;
    send("ab");
    lose("c");
    now_s -= 1000000;
    come_back("c");
    now_s += 5;
    assert_string_equal(send("a"), "");
    now_s -= 100;
    assert_string_equal(send("b"), "");
}

static void memory__that_is_full_forgets_the_oldest_of_all(void **state)
{
    (void)state;
    struct eb_resend_event event = { .now_us = now_s * SECOND };
    send("ab");
    for (uint64_t i = 0; i < EB_RESEND_EVENTS_MAX - 2; i++) {
        event.client = (struct eb_digest){ i, i };
        assert_false(eb_resend_add(resend, &event, 0, IN_FLIGHT));
    }
    event.client = (struct eb_digest){ 1, 2 };
    assert_true(eb_resend_add(resend, &event, 0, IN_FLIGHT));
    assert_int_equal(eb_resend_count(resend), EB_RESEND_EVENTS_MAX);
    assert_true(eb_resend_check(resend));
    lose("c");
    come_back("c");
    event.client = id_of("c");
    event.content = (struct eb_digest){ 'a', 0 };
    assert_null(eb_resend_find(resend, &event));
    event.content = (struct eb_digest){ 'b', 0 };
    assert_non_null(eb_resend_find(resend, &event));
    /* The oldest of all is the client's last: it is forgotten, and there again. */
    event.content = (struct eb_digest){ 'd', 0 };
    assert_true(eb_resend_add(resend, &event, 0, IN_FLIGHT));
    assert_true(eb_resend_check(resend));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_memory, close_memory)
    const struct CMUnitTest tests[] = {
        TEST(events__are_told_by_their_order_after_a_loss),
        TEST(equal_events__of_one_connection_are_all_new),
        TEST(event__that_is_sent_a_third_time_is_still_told),
        TEST(new_events__do_not_push_out_what_may_come_again),
        TEST(events__that_came_amid_others_sent_again_have_the_clients_order),
        TEST(client__that_says_goodbye_sends_nothing_again),
        TEST(session__that_is_new_has_nothing_to_send_again),
        TEST(client__that_comes_back_late_has_nothing_to_send_again),
        TEST(client__that_pauses_is_through_with_sending_again),
        TEST(event__that_must_have_been_acknowledged_is_not_sent_again),
        TEST(event__of_a_client_without_keep_alive_is_not_sent_again_for_ever),
        TEST(connection__begins_when_the_broker_says),
        TEST(client__that_flaps_is_given_new_time),
        TEST(client__that_sends_without_having_connected_has_no_session),
        TEST(client__of_another_user_is_another),
        TEST(clients__have_nothing_to_do_with_each_other),
        TEST(clock__that_is_set_back_changes_nothing),
        TEST(memory__that_is_full_forgets_the_oldest_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
