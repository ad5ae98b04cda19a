#include "soak.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "bench/bench.h"
#include "process_time.h"

enum {
    COPIES_UNDER_WAY_MAX = 4000,
    AHEAD_MAX = 100, /* events that one publisher may be ahead of another */
    BURST = 8,       /* events of one publisher before answers are looked at */
    READY_MAX = 64,
};

static const int64_t ms_ns = 1000000;

static int64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 * ms_ns + now.tv_nsec;
}

/* Below `bound`; the same in every run. */
static uint64_t draw(struct soak *soak, uint64_t bound)
{
    soak->random = soak->random * 6364136223846793005u + 1442695040888963407u;
    return (soak->random >> 33) % bound;
}

/* ---- connections that are lost, and visitors that come and go ---- */

static struct line *line_at(struct soak *soak, unsigned i)
{
    return i < PUBLISHERS ? &soak->publishers[i].line : &soak->subscribers[i - PUBLISHERS].line;
}

/* Mostly back at once; now and then long enough for much to wait in the session. */
static int64_t absence_ns(struct soak *soak)
{
    return (int64_t)(draw(soak, 16) ? draw(soak, 20) : draw(soak, 400)) * ms_ns;
}

/*
 * Not a subscriber to whom the broker has not repeated everything since it was lost before: then
 * Mosquitto (2.0.11) takes what is in its state `resend_pubrel` for never received, and delivers
 * it twice at QoS 2.
 */
static bool may_be_lost(const struct soak *soak, unsigned i)
{
    if (i < PUBLISHERS)
        return soak->publishers[i].line.is_open;
    const struct subscriber *subscriber = &soak->subscribers[i - PUBLISHERS];
    return subscriber->line.is_open && subscriber->is_subscribed && subscriber->is_back;
}

static void lose_one(struct soak *soak, int64_t now_ns)
{
    unsigned i = STEADY + (unsigned)draw(soak, PUBLISHERS + STREAMS - STEADY);
    struct line *line = line_at(soak, i);
    if (!may_be_lost(soak, i))
        return;
    if (i < PUBLISHERS)
        publisher_note_loss(&soak->publishers[i]);
    line_cut(line, draw(soak, 2));
    soak->away_until_ns[i] = now_ns + absence_ns(soak);
    ++*(i < PUBLISHERS ? &soak->lost_by_publishers : &soak->lost_by_subscribers);
}

static void come_back(struct soak *soak, int64_t now_ns)
{
    for (unsigned i = 0; i < PUBLISHERS + STREAMS; i++) {
        struct line *line = line_at(soak, i);
        if (line->socket < 0 && now_ns >= soak->away_until_ns[i])
            line_dial(line);
    }
}

static void let_visit(struct soak *soak, int64_t now_ns)
{
    for (unsigned i = 0; i < VISITORS; i++) {
        struct subscriber *visitor = &soak->visitors[i];
        if (now_ns < soak->visit_ends_ns[i])
            continue;
        soak->visit_ends_ns[i] = now_ns + (int64_t)(20 + draw(soak, 100)) * ms_ns;
        if (visitor->line.socket < 0) {
            visitor->is_subscribed = false;
            line_dial(&visitor->line);
            soak->visits++;
        } else if (draw(soak, 2)) {
            line_leave(&visitor->line);
        } else {
            line_cut(&visitor->line, true);
        }
    }
}

static void disturb(struct soak *soak, int64_t now_ns)
{
    if (now_ns >= soak->next_act_ns) {
        warden_act(&soak->warden);
        soak->next_act_ns = now_ns + 1000 * ms_ns;
    }
    if (soak->plan.loses_connections && now_ns >= soak->next_loss_ns) {
        lose_one(soak, now_ns);
        soak->next_loss_ns = now_ns + (int64_t)draw(soak, 100) * ms_ns;
    }
    let_visit(soak, now_ns);
}

/* ---- moving ---- */

static void flush_line(struct line *line)
{
    if (line->socket >= 0 && queue_length(&line->out) && !line->waits_for_room)
        line_flush(line);
}

static void turn(struct soak *soak, int wait_ms)
{
    struct epoll_event ready[READY_MAX];
    for (unsigned i = 0; i < PUBLISHERS; i++)
        flush_line(&soak->publishers[i].line);
    flush_line(&soak->warden.line);
    int count = epoll_wait(soak->epoll, ready, READY_MAX, wait_ms);
    for (int i = 0; i < count; i++)
        line_turn(ready[i].data.ptr);
}

static uint32_t least_sent(const struct soak *soak)
{
    uint32_t least = UINT32_MAX;
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        if (soak->book.sent[i] < least)
            least = soak->book.sent[i];
    }
    return least;
}

static bool all_keep_up(const struct soak *soak)
{
    for (unsigned i = 0; i < STREAMS; i++) {
        if (!subscriber_keeps_up(&soak->subscribers[i]))
            return false;
    }
    for (unsigned i = 0; i < VISITORS; i++) {
        if (soak->visitors[i].line.is_open && !subscriber_keeps_up(&soak->visitors[i]))
            return false;
    }
    return book_under_way(&soak->book) < COPIES_UNDER_WAY_MAX;
}

/* Whether anything was sent. */
static bool send_events(struct soak *soak, uint32_t until)
{
    uint32_t bound = least_sent(soak) + AHEAD_MAX;
    bool has_sent = false;
    if (!all_keep_up(soak))
        return false;
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        struct publisher *publisher = &soak->publishers[i];
        for (int burst = 0;
             burst < BURST && publisher_may_send(publisher) && soak->book.sent[i] < until &&
             soak->book.sent[i] < bound && book_under_way(&soak->book) < COPIES_UNDER_WAY_MAX;
             burst++) {
            publisher_send(publisher);
            has_sent = true;
        }
    }
    return has_sent;
}

static bool is_settled(const struct soak *soak)
{
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        if (!publisher_is_settled(&soak->publishers[i]))
            return false;
    }
    for (unsigned i = 0; i < STREAMS; i++) {
        const struct subscriber *subscriber = &soak->subscribers[i];
        if (!subscriber->is_subscribed || !subscriber->line.is_open || subscriber->fence_count)
            return false;
    }
    return !soak->warden.is_waiting && book_under_way(&soak->book) == 0;
}

/* Everything has come and is acknowledged; false when patience ended first. */
static bool await_settled(struct soak *soak)
{
    uint64_t under_way = UINT64_MAX;
    int64_t deadline_ns = 0;
    for (int64_t now_ns; now_ns = read_clock(), !is_settled(soak);) {
        if (book_under_way(&soak->book) < under_way) {
            under_way = book_under_way(&soak->book);
            deadline_ns = now_ns + soak->plan.patience_s * 1000 * ms_ns;
        }
        if (now_ns > deadline_ns)
            return false;
        come_back(soak, now_ns);
        turn(soak, 5);
    }
    /* Those of QoS 0 publishers' last events that nobody waits for, acknowledgements. */
    for (int i = 0; i < 10; i++)
        turn(soak, 5);
    return true;
}

/* ---- the run ---- */

static void join(struct soak *soak, struct line *line)
{
    line->epoll = soak->epoll;
    line->port = soak->plan.port;
    line->socket = -1;
}

static void gather(struct soak *soak)
{
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        publisher_init(&soak->publishers[i], i, &soak->book);
        join(soak, &soak->publishers[i].line);
    }
    for (unsigned i = 0; i < STREAMS; i++) {
        subscriber_init(&soak->subscribers[i], (enum stream)i, &soak->book);
        join(soak, &soak->subscribers[i].line);
    }
    for (unsigned i = 0; i < VISITORS; i++) {
        visitor_init(&soak->visitors[i], i, &soak->book);
        join(soak, &soak->visitors[i].line);
    }
    warden_init(&soak->warden, soak->plan.broker, soak->plan.directory);
    join(soak, &soak->warden.line);
    line_dial(&soak->warden.line);
}

static void note_memory(struct soak *soak)
{
    int i = soak->pause_count++;
    soak->memory_kib[i] = process_memory_kib(soak->plan.broker);
    soak->returns[i] = soak->lost_by_publishers + soak->lost_by_subscribers;
    soak->subscriptions[i] = soak->visits;
    if (soak->plan.is_quiet)
        return;
    fprintf(stderr, "%9u events, %llu connections lost, %llu reloads: %ld KiB\n",
        soak->book.sent[0] * PUBLISHERS, (unsigned long long)soak->returns[i],
        (unsigned long long)(soak->warden.signals + soak->warden.commands), soak->memory_kib[i]);
}

static void run_until(struct soak *soak, uint32_t until)
{
    while (least_sent(soak) < until) {
        int64_t now_ns = read_clock();
        disturb(soak, now_ns);
        come_back(soak, now_ns);
        turn(soak, send_events(soak, until) ? 0 : 1);
    }
}

bool soak_run(struct soak *soak, const struct soak_plan *plan)
{
    *soak = (struct soak){ .plan = *plan, .random = 1 };
    uint32_t each = (plan->events + PUBLISHERS - 1) / PUBLISHERS;
    soak->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (soak->epoll < 0)
        bench_fail("no epoll");
    book_open(&soak->book, each, !plan->directory);
    gather(soak);
    int64_t begin_ns = read_clock();
    bool has_come = await_settled(soak); /* all are there, all subscriptions granted */
    for (int pause = 0; has_come && pause <= PAUSES; pause++) {
        run_until(soak, (uint32_t)((uint64_t)each * (unsigned)pause / PAUSES));
        has_come = await_settled(soak);
        note_memory(soak);
    }
    soak->seconds = (double)(read_clock() - begin_ns) / 1e9;
    if (!has_come || !plan->directory)
        return has_come;
    warden_ask(&soak->warden, "{\"command\":\"getStatistics\"}");
    return await_settled(soak);
}

void soak_release(struct soak *soak)
{
    for (unsigned i = 0; i < PUBLISHERS + STREAMS; i++)
        line_release(line_at(soak, i));
    for (unsigned i = 0; i < VISITORS; i++)
        line_release(&soak->visitors[i].line);
    line_release(&soak->warden.line);
    book_close(&soak->book);
}
