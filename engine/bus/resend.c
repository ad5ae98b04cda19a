#include "bus/resend.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/queue.h"

/*
 * Events and clients are numbered from 1; what was never used follows the last one used, what was
 * given back is chained by `next`. A client is there as long as it has events.
 *
 *     heads[id & MASK] ─► client ─► client …
 *                            │ events     oldest ◄─► … ◄─► newest     by_client links
 *     by_age                              oldest ◄─► … ◄─► newest     by_age links, all clients
 */
enum {
    EVENTS = EB_RESEND_EVENTS_MAX,
    MASK = EVENTS - 1,
    SECOND_US = 1000000,
};

_Static_assert((EVENTS & MASK) == 0, "a power of two");

enum state {
    CONNECTED,
    LOST,
    BACK,      /* connected again; its session may be another: none of its events has come yet */
    RESENDING, /* until `until_us` */
};

struct client {
    struct eb_digest id;
    struct eb_queue events;
    uint32_t next;       /* in its chain */
    uint32_t cursor;     /* in order, events from here on may come again; 0: none */
    uint32_t connection; /* how many it has had */
    enum state state;
    int64_t lost_us;
    int64_t until_us; /* how long it is taken to send again */
};

struct event {
    struct eb_sent sent;
    int64_t seen_us; /* last */
    uint32_t client;
    uint32_t connection; /* of the client's, in which it came first */
    uint32_t repeated;   /* the last in which it came again */
    uint32_t next;       /* given back */
    bool is_amid;        /* it came while others were sent again */
};

struct pool {
    uint32_t used;
    uint32_t given_back;
};

struct eb_resend {
    struct eb_steady_clock clock;
    struct eb_queue by_age;
    uint32_t back_count; /* clients that are BACK */
    struct pool free_events, free_clients;
    uint32_t heads[EVENTS];
    struct eb_queue_link age_links[EVENTS + 1];
    struct eb_queue_link client_links[EVENTS + 1];
    struct event events[EVENTS + 1];
    struct client clients[EVENTS + 1];
};

/* Zeros that the system gives are not touched before they are needed. */
struct eb_resend *eb_resend_new(void)
{
    return calloc(1, sizeof(struct eb_resend));
}

void eb_resend_free(struct eb_resend *resend)
{
    free(resend);
}

/* ---- clients ---- */

struct eb_digest eb_resend_client(struct eb_span client_id, struct eb_span username)
{
    struct eb_hasher hasher;
    eb_hasher_init_wide(&hasher, eb_hash_key());
    eb_hasher_add_counted(&hasher, client_id.ptr, client_id.len);
    eb_hasher_add_counted(&hasher, username.ptr, username.len);
    return eb_hasher_end_wide(&hasher);
}

/* What holds the number of the client, or 0 at the end of its chain. */
static const uint32_t *find_place(const struct eb_resend *resend, struct eb_digest id)
{
    const uint32_t *place = &resend->heads[id.low & MASK];
    while (*place && !eb_digest_equal(resend->clients[*place].id, id))
        place = &resend->clients[*place].next;
    return place;
}

/* NULL: it has no events. */
static struct client *find_client(struct eb_resend *resend, struct eb_digest id)
{
    uint32_t n = *find_place(resend, id);
    return n ? &resend->clients[n] : NULL;
}

static uint32_t number_of(const struct eb_resend *resend, const struct client *client)
{
    return (uint32_t)(client - resend->clients);
}

static struct client *add_client(struct eb_resend *resend, struct eb_digest id)
{
    uint32_t *head = &resend->heads[id.low & MASK];
    uint32_t n = resend->free_clients.given_back;
    if (n)
        resend->free_clients.given_back = resend->clients[n].next;
    else
        n = ++resend->free_clients.used;
    resend->clients[n] = (struct client){ .id = id, .next = *head, .state = CONNECTED };
    *head = n;
    return &resend->clients[n];
}

static void set_state(struct eb_resend *resend, struct client *client, enum state state)
{
    resend->back_count -= client->state == BACK;
    client->state = state;
    resend->back_count += client->state == BACK;
}

static void remove_client(struct eb_resend *resend, struct client *client)
{
    uint32_t n = number_of(resend, client);
    uint32_t *place = &resend->heads[client->id.low & MASK];
    set_state(resend, client, CONNECTED);
    while (*place != n)
        place = &resend->clients[*place].next;
    *place = client->next;
    client->next = resend->free_clients.given_back;
    resend->free_clients.given_back = n;
}

/* ---- events ---- */

/* The client goes with its last event. */
static void remove_event(struct eb_resend *resend, uint32_t n)
{
    struct event *event = &resend->events[n];
    struct client *client = &resend->clients[event->client];
    if (client->cursor == n)
        client->cursor = resend->client_links[n].newer;
    eb_queue_remove(&client->events, resend->client_links, n);
    eb_queue_remove(&resend->by_age, resend->age_links, n);
    event->next = resend->free_events.given_back;
    resend->free_events.given_back = n;
    if (client->events.count == 0)
        remove_client(resend, client);
}

static void remove_all(struct eb_resend *resend, struct client *client)
{
    for (uint32_t left = client->events.count; left > 0; left--)
        remove_event(resend, client->events.oldest);
}

static uint32_t take_event(struct eb_resend *resend)
{
    uint32_t n = resend->free_events.given_back;
    if (!n)
        return ++resend->free_events.used;
    resend->free_events.given_back = resend->events[n].next;
    return n;
}

static bool is_resending(
    const struct eb_resend *resend, const struct client *client, int64_t now_us)
{
    return client->state == RESENDING &&
           client->until_us >= eb_steady_clock_at(&resend->clock, now_us);
}

/*
 * A client that is there without having connected to what it had lost has lost it for good. Else
 * its own oldest give way first; yet what is new does not push out what may come again, and there
 * may be as much of both. True when it was the oldest of all.
 */
static bool make_room(
    struct eb_resend *resend, const struct eb_resend_event *event, uint32_t in_flight)
{
    struct client *client = find_client(resend, event->client);
    if (client && client->state == LOST) {
        remove_all(resend, client);
    } else if (client) {
        uint32_t max = is_resending(resend, client, event->now_us) ? 2 * in_flight : in_flight;
        while (client->events.count >= max)
            remove_event(resend, client->events.oldest);
    }
    if (resend->by_age.count < EVENTS)
        return false;
    remove_event(resend, resend->by_age.oldest);
    return true;
}

bool eb_resend_add(struct eb_resend *resend, const struct eb_resend_event *event, uint8_t answer,
    uint32_t in_flight)
{
    int64_t now_us = eb_steady_clock_advance(&resend->clock, event->now_us);
    bool is_anothers = make_room(resend, event, in_flight);
    struct client *client = find_client(resend, event->client);
    if (!client)
        client = add_client(resend, event->client);
    uint32_t n = take_event(resend);
    resend->events[n] = (struct event){
        .sent = { .content = event->content, .answer = answer },
        .seen_us = now_us,
        .client = number_of(resend, client),
        .connection = client->connection,
        .is_amid = is_resending(resend, client, event->now_us),
    };
    eb_queue_append(&resend->by_age, resend->age_links, n);
    eb_queue_append(&client->events, resend->client_links, n);
    return is_anothers;
}

/*
 * The number of what the event was sent as before, or 0. Events come again in the order they were
 * sent in, which is the one they came in, but for those that came amid others sent again: what is
 * new and what had not arrived before is not told apart, and the client orders them otherwise.
 */
static uint32_t find_sent(
    const struct eb_resend *resend, const struct client *client, struct eb_digest content)
{
    bool is_in_order = false;
    for (uint32_t n = client->events.oldest; n; n = resend->client_links[n].newer) {
        const struct event *before = &resend->events[n];
        if (before->connection == client->connection)
            return 0;
        is_in_order |= n == client->cursor;
        if ((is_in_order || before->is_amid) && before->repeated != client->connection &&
            eb_digest_equal(before->sent.content, content))
            return n;
    }
    return 0;
}

const struct eb_sent *eb_resend_find(
    const struct eb_resend *resend, const struct eb_resend_event *event)
{
    const struct client *client = &resend->clients[*find_place(resend, event->client)];
    if (!is_resending(resend, client, event->now_us))
        return NULL;
    uint32_t n = find_sent(resend, client, event->content);
    return n ? &resend->events[n].sent : NULL;
}

void eb_resend_repeat(struct eb_resend *resend, const struct eb_resend_event *event)
{
    struct client *client = find_client(resend, event->client);
    uint32_t n = find_sent(resend, client, event->content);
    struct event *before = &resend->events[n];
    before->seen_us = eb_steady_clock_advance(&resend->clock, event->now_us);
    before->repeated = client->connection;
    if (!before->is_amid)
        client->cursor = resend->client_links[n].newer;
    client->until_us = before->seen_us + (int64_t)EB_RESEND_PAUSE_S * SECOND_US;
}

/* ---- connections ---- */

/* What was sent long before the client was last heard of had been acknowledged. */
static void remove_acknowledged(
    struct eb_resend *resend, struct client *client, uint32_t keepalive_s, int64_t now_us)
{
    bool is_bounded = keepalive_s > 0 && keepalive_s < EB_RESEND_KEEPALIVE_MAX_S;
    int64_t silence_s = 2 * (int64_t)(is_bounded ? keepalive_s : EB_RESEND_KEEPALIVE_MAX_S);
    int64_t heard_us = now_us - silence_s * SECOND_US;
    uint32_t left = client->events.count;
    while (left-- > 0 && resend->events[client->events.oldest].seen_us < heard_us)
        remove_event(resend, client->events.oldest);
}

static void connect_again(
    struct eb_resend *resend, struct client *client, int64_t within_us, int64_t now_us)
{
    if (now_us - client->lost_us > within_us) {
        remove_all(resend, client);
        return;
    }
    set_state(resend, client, BACK);
    client->cursor = client->events.oldest;
    client->until_us = now_us + (int64_t)EB_RESEND_PAUSE_S * SECOND_US;
}

static bool is_away(const struct client *client)
{
    return client->state == LOST || client->state == BACK;
}

void eb_resend_lose(
    struct eb_resend *resend, struct eb_digest id, uint32_t keepalive_s, int64_t now_us)
{
    struct client *client = find_client(resend, id);
    if (!client || is_away(client))
        return;
    int64_t steady_us = eb_steady_clock_advance(&resend->clock, now_us);
    remove_acknowledged(resend, client, keepalive_s, steady_us);
    if (client->events.count == 0)
        return;
    client->connection++;
    client->lost_us = steady_us;
    set_state(resend, client, LOST);
}

void eb_resend_forget(struct eb_resend *resend, struct eb_digest id)
{
    struct client *client = find_client(resend, id);
    if (client)
        remove_all(resend, client);
}

bool eb_resend_is_lost(const struct eb_resend *resend, struct eb_digest id)
{
    uint32_t n = *find_place(resend, id);
    return n && is_away(&resend->clients[n]);
}

void eb_resend_connect(
    struct eb_resend *resend, struct eb_digest id, int64_t within_us, int64_t now_us)
{
    struct client *client = find_client(resend, id);
    if (client && is_away(client))
        connect_again(resend, client, within_us, eb_steady_clock_advance(&resend->clock, now_us));
}

void eb_resend_meet(struct eb_resend *resend, const struct eb_message *message)
{
    if (resend->back_count == 0)
        return;
    struct eb_digest id = eb_resend_client(message->client_id, message->username);
    struct client *client = find_client(resend, id);
    if (!client || client->state != BACK)
        return;
    if (message->session == EB_SESSION_KEPT)
        set_state(resend, client, RESENDING);
    else
        remove_all(resend, client);
}

/* ---- for tests ---- */

uint32_t eb_resend_count(const struct eb_resend *resend)
{
    return resend->by_age.count;
}

static bool check_client(const struct eb_resend *resend, const struct client *client)
{
    uint32_t count = 0;
    bool has_cursor = client->cursor == 0;
    for (uint32_t n = client->events.oldest; n; n = resend->client_links[n].newer, count++) {
        has_cursor |= n == client->cursor;
        if (resend->events[n].client != number_of(resend, client) ||
            resend->events[n].connection > client->connection)
            return false;
    }
    return count > 0 && count == client->events.count && has_cursor;
}

static uint32_t count_given_back(const struct eb_resend *resend)
{
    uint32_t count = 0;
    for (uint32_t n = resend->free_events.given_back; n; n = resend->events[n].next)
        count++;
    return count;
}

bool eb_resend_check(const struct eb_resend *resend)
{
    uint32_t events = 0, back = 0;
    for (uint32_t head = 0; head < EVENTS; head++) {
        for (uint32_t n = resend->heads[head]; n; n = resend->clients[n].next) {
            const struct client *client = &resend->clients[n];
            events += client->events.count;
            back += client->state == BACK;
            if (!check_client(resend, client))
                return false;
        }
    }
    return events == resend->by_age.count && back == resend->back_count &&
           events + count_given_back(resend) == resend->free_events.used;
}
