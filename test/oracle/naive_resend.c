#include "oracle/naive_resend.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND_US = 1000000 };

static const struct naive_client fresh = { .until_us = -1 };

void naive_resend_init(struct naive_resend *naive)
{
    *naive = (struct naive_resend){ 0 };
    for (uint32_t i = 0; i < NAIVE_CLIENTS_MAX; i++)
        naive->clients[i] = fresh;
}

void naive_resend_release(struct naive_resend *naive)
{
    free(naive->events);
}

size_t naive_resend_count(const struct naive_resend *naive)
{
    return naive->end - naive->first;
}

/* Time never goes back. */
static void tell_time(struct naive_resend *naive, int64_t wall_us)
{
    if (wall_us > naive->wall_us)
        naive->now_us += wall_us - naive->wall_us;
    naive->wall_us = wall_us;
}

/* ---- the list ---- */

/* The client's oldest event; `end` when it has none. */
static size_t oldest_of(const struct naive_resend *naive, uint32_t client)
{
    size_t i = naive->first;
    while (i < naive->end && naive->events[i].client != client)
        i++;
    return i;
}

static size_t count_of(const struct naive_resend *naive, uint32_t client)
{
    size_t count = 0;
    for (size_t i = naive->first; i < naive->end; i++)
        count += naive->events[i].client == client;
    return count;
}

/* Of who has no event any more, nothing is known. */
static void drop(struct naive_resend *naive, size_t i)
{
    uint32_t client = naive->events[i].client;
    if (i == naive->first) {
        naive->first++;
    } else {
        naive->end--;
        memmove(naive->events + i, naive->events + i + 1, (naive->end - i) * sizeof *naive->events);
    }
    if (client < NAIVE_CLIENTS_MAX && oldest_of(naive, client) == naive->end)
        naive->clients[client] = fresh;
}

static void append(struct naive_resend *naive, struct naive_event event)
{
    if (naive->end == naive->room) {
        naive->room = naive->room ? 2 * naive->room : 64;
        naive->events = realloc(naive->events, naive->room * sizeof *naive->events);
        if (!naive->events)
            abort();
    }
    naive->events[naive->end++] = event;
}

/* ---- connections ---- */

void naive_resend_forget(struct naive_resend *naive, uint32_t client)
{
    size_t i;
    while ((i = oldest_of(naive, client)) < naive->end)
        drop(naive, i);
}

bool naive_resend_is_lost(const struct naive_resend *naive, uint32_t client)
{
    return naive->clients[client].is_lost;
}

void naive_resend_lose(
    struct naive_resend *naive, uint32_t client, uint32_t keepalive_s, int64_t wall_us)
{
    struct naive_client *known = &naive->clients[client];
    tell_time(naive, wall_us);
    if (known->is_lost)
        return;
    if (keepalive_s == 0 || keepalive_s > EB_RESEND_KEEPALIVE_MAX_S)
        keepalive_s = EB_RESEND_KEEPALIVE_MAX_S;
    int64_t heard_us = naive->now_us - 2 * (int64_t)keepalive_s * SECOND_US;
    size_t i;
    while ((i = oldest_of(naive, client)) < naive->end && naive->events[i].seen_us < heard_us)
        drop(naive, i);
    known->is_lost = i < naive->end;
    known->is_back = false;
    known->lost_us = naive->now_us;
}

void naive_resend_connect(
    struct naive_resend *naive, uint32_t client, int64_t within_us, int64_t wall_us)
{
    struct naive_client *known = &naive->clients[client];
    tell_time(naive, wall_us);
    if (!known->is_lost)
        return;
    if (naive->now_us - known->lost_us > within_us) {
        naive_resend_forget(naive, client);
        return;
    }
    for (size_t i = naive->first; i < naive->end; i++)
        naive->events[i].is_candidate |= naive->events[i].client == client;
    known->is_back = true;
    known->until_us = naive->now_us + (int64_t)EB_RESEND_PAUSE_S * SECOND_US;
}

void naive_resend_meet(struct naive_resend *naive, uint32_t client, enum eb_session session)
{
    struct naive_client *known = &naive->clients[client];
    if (!known->is_lost || !known->is_back)
        return;
    known->is_lost = false;
    if (session != EB_SESSION_KEPT)
        naive_resend_forget(naive, client);
}

/* ---- events ---- */

/* What the client sent before it comes no more, but for what came amid others. */
static void pass_over(struct naive_resend *naive, size_t found)
{
    for (size_t i = naive->first; i < found && !naive->events[found].is_amid; i++) {
        if (naive->events[i].client == naive->events[found].client)
            naive->events[i].is_candidate &= naive->events[i].is_amid;
    }
    naive->events[found].is_candidate = false;
}

static size_t find(const struct naive_resend *naive, uint32_t client, uint32_t content)
{
    size_t i = naive->first;
    while (i < naive->end && !(naive->events[i].client == client && naive->events[i].is_candidate &&
                                 naive->events[i].content == content))
        i++;
    return i;
}

static bool is_resending(const struct naive_resend *naive, uint32_t client)
{
    return client < NAIVE_CLIENTS_MAX && naive->now_us <= naive->clients[client].until_us;
}

static void add(struct naive_resend *naive, struct naive_event event, uint32_t in_flight)
{
    size_t max = event.is_amid ? 2 * (size_t)in_flight : in_flight;
    if (event.client < NAIVE_CLIENTS_MAX) {
        while (count_of(naive, event.client) >= max)
            drop(naive, oldest_of(naive, event.client));
    }
    if (naive_resend_count(naive) == EB_RESEND_EVENTS_MAX)
        drop(naive, naive->first);
    /* The one that went may have been the last of this client. */
    event.is_amid = is_resending(naive, event.client);
    append(naive, event);
}

bool naive_resend_send(struct naive_resend *naive, uint32_t client, uint32_t content,
    uint32_t in_flight, int64_t wall_us, uint8_t *answer)
{
    tell_time(naive, wall_us);
    if (client < NAIVE_CLIENTS_MAX && naive->clients[client].is_lost)
        naive_resend_forget(naive, client); /* it has not connected to what it had lost */
    bool is_again = is_resending(naive, client);
    size_t i = is_again ? find(naive, client, content) : naive->end;
    if (i == naive->end) {
        struct naive_event event = { client, content, *answer, false, is_again, naive->now_us };
        add(naive, event, in_flight);
        return false;
    }
    pass_over(naive, i);
    naive->events[i].seen_us = naive->now_us;
    naive->clients[client].until_us = naive->now_us + (int64_t)EB_RESEND_PAUSE_S * SECOND_US;
    *answer = naive->events[i].answer;
    return true;
}
