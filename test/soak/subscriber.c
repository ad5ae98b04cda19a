#include "subscriber.h"

#include <stdio.h>
#include <string.h>

#include "bench/bench.h"

/* A visitor sees the same originals as everybody, and none that was stopped. */
static void visit(struct subscriber *subscriber, const struct packet_publish *publish)
{
    static const char originals[] = "soak/";
    if (publish->topic.len >= sizeof originals - 1 &&
        memcmp(publish->topic.ptr, originals, sizeof originals - 1) == 0)
        book_visit(subscriber->book, publish->payload);
}

static void deliver(struct subscriber *subscriber, const struct packet_publish *publish)
{
    subscriber->received++;
    if (subscriber->stream == STREAMS)
        visit(subscriber, publish);
    else
        book_receive(subscriber->book, subscriber->stream, publish->payload);
}

static bool is_held(const struct subscriber *subscriber, uint16_t id)
{
    return subscriber->held[id / 8] >> id % 8 & 1;
}

static void fence(struct subscriber *subscriber)
{
    packet_ping(&subscriber->line.out);
    subscriber->fence_count++;
    subscriber->since_fence = 0;
}

static void acknowledge(struct subscriber *subscriber, enum packet_type type, uint16_t id)
{
    packet_acknowledge(&subscriber->line.out, type, id);
    if (++subscriber->since_fence >= ACKS_A_FENCE)
        fence(subscriber);
}

bool subscriber_keeps_up(const struct subscriber *subscriber)
{
    return subscriber->fence_count < ACK_FENCES_MAX;
}

static void take_publish(struct subscriber *subscriber, const struct packet *packet)
{
    struct packet_publish publish;
    if (!packet_read_publish(&publish, packet, subscriber->line.protocol))
        bench_fail("the broker sent a PUBLISH that is too short");
    if (publish.qos < 2 || !is_held(subscriber, publish.id))
        deliver(subscriber, &publish);
    if (publish.qos == 2)
        subscriber->held[publish.id / 8] |= (uint8_t)(1 << publish.id % 8);
    if (publish.qos > 0)
        packet_acknowledge(
            &subscriber->line.out, publish.qos == 1 ? PACKET_PUBACK : PACKET_PUBREC, publish.id);
}

static void take_release(struct subscriber *subscriber, const struct packet *packet)
{
    uint16_t id = 0;
    packet_read_id(&id, packet);
    subscriber->held[id / 8] &= (uint8_t) ~(1 << id % 8);
    acknowledge(subscriber, PACKET_PUBCOMP, id);
}

static void take_fence(struct subscriber *subscriber)
{
    subscriber->fence_count--;
    subscriber->is_back = true;
}

static void receive(void *owner, const struct packet *packet)
{
    struct subscriber *subscriber = owner;
    if (packet->type == PACKET_PUBLISH)
        take_publish(subscriber, packet);
    else if (packet->type == PACKET_PUBREL)
        take_release(subscriber, packet);
    else if (packet->type == PACKET_SUBACK)
        subscriber->is_subscribed = true;
    else if (packet->type == PACKET_PINGRESP)
        take_fence(subscriber);
}

static void opened(void *owner)
{
    struct subscriber *subscriber = owner;
    const char *filter = subscriber->stream == STREAMS ? "#" : stream_filter(subscriber->stream);
    subscriber->fence_count = 0;
    subscriber->is_back = false;
    if (!subscriber->line.has_session)
        memset(subscriber->held, 0, sizeof subscriber->held);
    if (subscriber->is_subscribed && !subscriber->line.has_session)
        bench_fail("%s: the broker has lost its session", subscriber->line.id);
    if (!subscriber->is_subscribed)
        packet_subscribe(&subscriber->line.out, subscriber->line.protocol, filter, 2);
    fence(subscriber);
}

static void init(struct subscriber *subscriber, enum stream stream, struct book *book)
{
    *subscriber = (struct subscriber){ .book = book, .stream = stream };
    subscriber->line.receive = receive;
    subscriber->line.opened = opened;
    subscriber->line.owner = subscriber;
}

void subscriber_init(struct subscriber *subscriber, enum stream stream, struct book *book)
{
    init(subscriber, stream, book);
    subscriber->line.protocol = stream % 2 ? 5 : 4;
    subscriber->line.keeps_session = true;
    snprintf(subscriber->line.id, sizeof subscriber->line.id, "soak-subscriber-%d", (int)stream);
}

void visitor_init(struct subscriber *subscriber, unsigned number, struct book *book)
{
    init(subscriber, STREAMS, book);
    subscriber->line.protocol = number % 2 ? 5 : 4;
    snprintf(subscriber->line.id, sizeof subscriber->line.id, "soak-visitor-%u", number);
}
