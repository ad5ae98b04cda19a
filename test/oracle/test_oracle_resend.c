/* Events sent again, against lists that are searched from end to end. */
#include "eb_test.h"

#include "base/limits.h"
#include "bus/resend.h"
#include "eb_draw.h"

enum {
    SECOND = 1000000,
    CLIENTS = 3,
    LETTERS = 4,
    IN_FLIGHT = 4,
    WITHIN_S = 30,
    KEEPALIVE_S = 20,
    EVENTS_MAX = 2 * IN_FLIGHT,
};

struct naive_event {
    char letter;
    int64_t seen_s;
    bool is_candidate; /* may come again in this connection */
    bool is_amid;      /* came while others were sent again */
};

struct naive_client {
    struct naive_event events[EVENTS_MAX + 1]; /* oldest first */
    size_t count;
    bool is_lost, is_back;
    int64_t lost_s;
    int64_t until_s; /* candidates count up to then */
};

static void naive_drop_oldest(struct naive_client *client)
{
    client->count--;
    memmove(client->events, client->events + 1, client->count * sizeof *client->events);
}

static void naive_lose(struct naive_client *client, int64_t now_s)
{
    if (client->is_lost)
        return;
    while (client->count && client->events[0].seen_s < now_s - 2 * KEEPALIVE_S)
        naive_drop_oldest(client);
    client->is_lost = client->count > 0;
    client->is_back = false;
    client->lost_s = now_s;
}

static void naive_connect(struct naive_client *client, int64_t now_s)
{
    if (!client->is_lost)
        return;
    if (now_s - client->lost_s > WITHIN_S) {
        *client = (struct naive_client){ .until_s = -1 };
        return;
    }
    for (size_t i = 0; i < client->count; i++)
        client->events[i].is_candidate = true;
    client->is_back = true;
    client->until_s = now_s + EB_RESEND_PAUSE_S;
}

static void naive_meet(struct naive_client *client, enum eb_session session)
{
    if (!client->is_lost || !client->is_back)
        return;
    client->is_lost = false;
    if (session != EB_SESSION_KEPT)
        *client = (struct naive_client){ .until_s = -1 };
}

/* Whether it was sent before. */
static bool naive_send(struct naive_client *client, char letter, int64_t now_s)
{
    if (client->is_lost) /* and not back */
        *client = (struct naive_client){ .until_s = -1 };
    bool is_resending = now_s <= client->until_s;
    for (size_t i = 0; is_resending && i < client->count; i++) {
        if (!client->events[i].is_candidate || client->events[i].letter != letter)
            continue;
        client->events[i].seen_s = now_s;
        client->until_s = now_s + EB_RESEND_PAUSE_S;
        client->events[i].is_candidate = false;
        for (size_t j = 0; j < i && !client->events[i].is_amid; j++)
            client->events[j].is_candidate &= client->events[j].is_amid;
        return true;
    }
    size_t max = is_resending ? EVENTS_MAX : IN_FLIGHT;
    while (client->count >= max)
        naive_drop_oldest(client);
    client->events[client->count++] =
        (struct naive_event){ .letter = letter, .seen_s = now_s, .is_amid = is_resending };
    return false;
}

static bool send(struct eb_resend *resend, struct eb_digest id, char letter, int64_t now_s)
{
    struct eb_resend_event event = {
        .client = id,
        .content = { (uint64_t)letter % 2, (uint64_t)letter },
        .now_us = now_s * SECOND,
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
    struct eb_draw draw = { 11 };
    struct naive_client naive[CLIENTS] = { 0 };
    struct eb_resend *resend = eb_resend_new();
    size_t repeated = 0, fresh = 0;
    int64_t now_s = 1000;
    assert_non_null(resend);
    for (int step = 0; step < 200000; step++) {
        size_t n = eb_draw_below(&draw, CLIENTS);
        struct eb_digest id = eb_resend_client(eb_span_of(ids[n]), eb_span(NULL, 0));
        enum eb_session session = eb_draw_below(&draw, 8) ? EB_SESSION_KEPT : EB_SESSION_NEW;
        now_s += eb_draw_below(&draw, 10) ? 0 : (int64_t)eb_draw_below(&draw, 20);
        size_t what = eb_draw_below(&draw, 60);
        if (what < 6) {
            eb_resend_lose(resend, id, KEEPALIVE_S, now_s * SECOND);
            naive_lose(&naive[n], now_s);
        } else if (what < 9) {
            eb_resend_connect(resend, id, (int64_t)WITHIN_S * SECOND, now_s * SECOND);
            naive_connect(&naive[n], now_s);
        } else if (what == 9) {
            eb_resend_forget(resend, id);
            naive[n] = (struct naive_client){ .until_s = -1 };
        } else {
            if (naive[n].is_lost && eb_draw_below(&draw, 4)) {
                eb_resend_connect(resend, id, (int64_t)WITHIN_S * SECOND, now_s * SECOND);
                naive_connect(&naive[n], now_s);
            }
            struct eb_message message = { .client_id = eb_span_of(ids[n]), .session = session };
            char letter = (char)('a' + eb_draw_below(&draw, LETTERS));
            eb_resend_meet(resend, &message);
            naive_meet(&naive[n], session);
            bool want = naive_send(&naive[n], letter, now_s);
            bool got = send(resend, id, letter, now_s);
            if (got != want)
                fail_msg("step %d: got %d, want %d", step, got, want);
            *(got ? &repeated : &fresh) += 1;
        }
        size_t count = naive[0].count + naive[1].count + naive[2].count;
        assert_int_equal(eb_resend_count(resend), count);
        if (step % 1000 == 0)
            assert_true(eb_resend_check(resend));
    }
    print_message("%zu events were sent again, %zu were new\n", repeated, fresh);
    assert_true(repeated > 10000 && fresh > 10000);
    eb_resend_free(resend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resend__is_what_lists_would_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
