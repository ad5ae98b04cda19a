/* Events sent again, against a list that is searched from end to end. */
#include "eb_test.h"

#include "bus/resend.h"
#include "eb_draw.h"
#include "oracle/naive_resend.h"

enum {
    SECOND = 1000000,
    CLIENTS = 3,
    LETTERS = 4,
    IN_FLIGHT = 4,
    WITHIN_S = 30,
    KEEPALIVE_S = 20,
};

static bool send(struct eb_resend *resend, struct eb_digest id, uint32_t letter, int64_t now_us)
{
    struct eb_resend_event event = {
        .client = id,
        .content = { letter % 2, letter },
        .now_us = now_us,
    };
    const struct eb_sent *sent = eb_resend_find(resend, &event);
    if (sent)
        eb_resend_repeat(resend, &event);
    else
        eb_resend_add(resend, &event, 0, IN_FLIGHT);
    return sent != NULL;
}

static void resend__is_what_lists_would_be(void **state)
{
    (void)state;
    static const char *const ids[CLIENTS] = { "a", "b", "c" };
    static const int64_t within_us = (int64_t)WITHIN_S * SECOND;
    struct eb_draw draw = { 11 };
    struct naive_resend naive;
    struct eb_resend *resend = eb_resend_new();
    size_t repeated = 0, fresh = 0;
    int64_t now_us = (int64_t)1000 * SECOND;
    assert_non_null(resend);
    naive_resend_init(&naive);
    for (int step = 0; step < 200000; step++) {
        uint32_t n = (uint32_t)eb_draw_below(&draw, CLIENTS);
        struct eb_digest id = eb_resend_client(eb_span_of(ids[n]), eb_span(NULL, 0));
        enum eb_session session = eb_draw_below(&draw, 8) ? EB_SESSION_KEPT : EB_SESSION_NEW;
        now_us += eb_draw_below(&draw, 10) ? 0 : (int64_t)eb_draw_below(&draw, 20) * SECOND;
        size_t what = eb_draw_below(&draw, 60);
        if (what < 6) {
            eb_resend_lose(resend, id, KEEPALIVE_S, now_us);
            naive_resend_lose(&naive, n, KEEPALIVE_S, now_us);
        } else if (what < 9) {
            eb_resend_connect(resend, id, within_us, now_us);
            naive_resend_connect(&naive, n, within_us, now_us);
        } else if (what == 9) {
            eb_resend_forget(resend, id);
            naive_resend_forget(&naive, n);
        } else {
            if (naive_resend_is_lost(&naive, n) && eb_draw_below(&draw, 4)) {
                eb_resend_connect(resend, id, within_us, now_us);
                naive_resend_connect(&naive, n, within_us, now_us);
            }
            struct eb_message message = { .client_id = eb_span_of(ids[n]), .session = session };
            uint32_t letter = 'a' + (uint32_t)eb_draw_below(&draw, LETTERS);
            uint8_t answer = 0;
            eb_resend_meet(resend, &message);
            naive_resend_meet(&naive, n, session);
            bool want = naive_resend_send(&naive, n, letter, IN_FLIGHT, now_us, &answer);
            bool got = send(resend, id, letter, now_us);
            if (got != want)
                fail_msg("step %d: got %d, want %d", step, got, want);
            *(got ? &repeated : &fresh) += 1;
        }
        assert_int_equal(eb_resend_count(resend), naive_resend_count(&naive));
        if (step % 1000 == 0)
            assert_true(eb_resend_check(resend));
    }
    print_message("%zu events were sent again, %zu were new\n", repeated, fresh);
    assert_true(repeated > 10000 && fresh > 10000);
    naive_resend_release(&naive);
    eb_resend_free(resend);
}

/*
 * Others fill the memory, one event each, while a client that is lost again and again sends few:
 * each has as many events as the list says, the oldest of all being forgotten.
 */
static void memory__that_is_full_forgets_what_the_list_does(void **state)
{
    (void)state;
    struct eb_draw draw = { 12 };
    struct naive_resend naive;
    struct eb_resend *resend = eb_resend_new();
    struct eb_digest id = eb_resend_client(eb_span_of("a"), eb_span(NULL, 0));
    size_t repeated = 0, fresh = 0;
    int64_t now_us = (int64_t)1000 * SECOND;
    assert_non_null(resend);
    naive_resend_init(&naive);
    for (uint32_t stranger = NAIVE_CLIENTS_MAX; stranger < 4 * EB_RESEND_EVENTS_MAX; stranger++) {
        uint8_t answer = 0;
        struct eb_digest other = { stranger / 4, stranger };
        naive_resend_send(&naive, stranger, 0, 1, now_us, &answer);
        assert_false(send(resend, other, 0, now_us));
        if (eb_draw_below(&draw, EB_RESEND_EVENTS_MAX / 8))
            continue;
        struct eb_message message = { .client_id = EB_SPAN("a"), .session = EB_SESSION_KEPT };
        eb_resend_lose(resend, id, KEEPALIVE_S, now_us);
        naive_resend_lose(&naive, 0, KEEPALIVE_S, now_us);
        eb_resend_connect(resend, id, SECOND, now_us);
        naive_resend_connect(&naive, 0, SECOND, now_us);
        eb_resend_meet(resend, &message);
        naive_resend_meet(&naive, 0, message.session);
        for (uint32_t letter = 0; letter < LETTERS; letter++) {
            bool want = naive_resend_send(&naive, 0, letter, IN_FLIGHT, now_us, &answer);
            assert_int_equal(send(resend, id, letter, now_us), want);
            *(want ? &repeated : &fresh) += 1;
        }
        assert_int_equal(eb_resend_count(resend), naive_resend_count(&naive));
    }
    assert_true(eb_resend_check(resend));
    assert_int_equal(eb_resend_count(resend), EB_RESEND_EVENTS_MAX);
    print_message("%zu events were sent again, %zu were new\n", repeated, fresh);
    assert_true(repeated > LETTERS && fresh > LETTERS);
    naive_resend_release(&naive);
    eb_resend_free(resend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resend__is_what_lists_would_be),
        cmocka_unit_test(memory__that_is_full_forgets_what_the_list_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
