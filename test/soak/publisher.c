#include "publisher.h"

#include <stdio.h>
#include <string.h>

#include "bench/bench.h"

enum { UNSENT_MAX = 64 * 1024 };

static void put(
    struct publisher *publisher, const struct numbered *event, uint16_t id, bool repeats)
{
    char payload[NUMBERED_BYTES], topic[TOPIC_BYTES];
    size_t len = numbered_write(event, payload);
    numbered_topic(event, topic);
    packet_publish(&publisher->line.out, publisher->line.protocol,
        &(struct packet_publish){ .topic = eb_span_of(topic),
            .payload = eb_span(payload, len),
            .qos = publisher_qos(publisher->number),
            .id = id,
            .is_repeat = repeats });
}

/* ---- the broker's answers ---- */

static struct flight *find_flight(struct publisher *publisher, uint16_t id)
{
    for (uint32_t i = 0; i < publisher->flight_count; i++) {
        if (publisher->flights[i].id == id)
            return &publisher->flights[i];
    }
    bench_fail("%s: an acknowledgement of what was not sent", publisher->line.id);
}

static void land(struct publisher *publisher, struct flight *flight)
{
    struct flight *end = publisher->flights + publisher->flight_count--;
    memmove(flight, flight + 1, (size_t)((char *)end - (char *)(flight + 1)));
}

/* A publisher of MQTT 5 is told of a refusal, and of nothing else. */
static void check_reason(struct publisher *publisher, uint32_t number, uint8_t reason)
{
    struct numbered event = numbered_make(publisher->number, number);
    bool is_refusal = !publisher->is_bare && publisher->line.protocol == 5 &&
                      numbered_fate(&event) == FATE_REFUSED;
    if ((reason >= 0x80) != is_refusal && publisher->misinformed++ < 3)
        fprintf(
            stderr, "%s: event %u was answered with 0x%02x\n", publisher->line.id, number, reason);
}

static void take_answer(struct publisher *publisher, const struct packet *packet)
{
    uint16_t id = 0;
    packet_read_id(&id, packet);
    struct flight *flight = find_flight(publisher, id);
    uint8_t reason = packet_reason(packet, publisher->line.protocol);
    if (packet->type != PACKET_PUBCOMP)
        check_reason(publisher, flight->number, reason);
    if (packet->type == PACKET_PUBREC && reason < 0x80) {
        flight->is_released = true;
        packet_acknowledge(&publisher->line.out, PACKET_PUBREL, id);
    } else {
        land(publisher, flight);
    }
}

static void receive(void *owner, const struct packet *packet)
{
    struct publisher *publisher = owner;
    if (packet->type == PACKET_PINGRESP)
        publisher->fence_count--;
    else
        take_answer(publisher, packet);
}

/* ---- a connection, again ---- */

static void repeat(struct publisher *publisher, const struct flight *flight)
{
    if (flight->is_released) {
        packet_acknowledge(&publisher->line.out, PACKET_PUBREL, flight->id);
        return;
    }
    struct numbered event = numbered_make(publisher->number, flight->number);
    put(publisher, &event, flight->id, true);
    publisher->repeated[numbered_fate(&event)]++;
}

static void opened(void *owner)
{
    struct publisher *publisher = owner;
    if (publisher->flight_count && !publisher->line.has_session)
        bench_fail("%s: the broker has lost its session", publisher->line.id);
    for (uint32_t i = 0; i < publisher->flight_count; i++)
        repeat(publisher, &publisher->flights[i]);
}

/* Whatever came after the last PINGREQ that was answered, at most. */
void publisher_note_loss(struct publisher *publisher)
{
    uint32_t doubtful = publisher->fence_count * FENCE_INTERVAL + publisher->since_fence;
    uint32_t sent = publisher->book->sent[publisher->number];
    for (uint32_t i = 0; i < doubtful && i < sent; i++) {
        struct numbered event = numbered_make(publisher->number, sent - 1 - i);
        publisher->doubtful[numbered_fate(&event)]++;
    }
    publisher->fence_count = publisher->since_fence = 0;
}

/* ---- sending ---- */

void publisher_init(struct publisher *publisher, unsigned number, struct book *book)
{
    *publisher = (struct publisher){ .book = book, .number = number, .is_bare = book->is_bare };
    struct line *line = &publisher->line;
    line->protocol = number / 3 % 2 ? 5 : 4;
    line->keeps_session = true;
    line->receive = receive;
    line->opened = opened;
    line->owner = publisher;
    snprintf(line->id, sizeof line->id, "soak-publisher-%u", number);
}

bool publisher_may_send(const struct publisher *publisher)
{
    const struct book *book = publisher->book;
    return publisher->line.is_open && book->sent[publisher->number] < book->room &&
           publisher->flight_count < IN_FLIGHT_MAX && publisher->fence_count < FENCES_MAX &&
           queue_length(&publisher->line.out) < UNSENT_MAX;
}

static void fence(struct publisher *publisher)
{
    packet_ping(&publisher->line.out);
    publisher->fence_count++;
    publisher->since_fence = 0;
}

void publisher_send(struct publisher *publisher)
{
    struct numbered event = book_send(publisher->book, publisher->number);
    if (publisher_qos(publisher->number) == 0) {
        put(publisher, &event, 0, false);
        if (++publisher->since_fence == FENCE_INTERVAL)
            fence(publisher);
        return;
    }
    publisher->last_id = publisher->last_id == UINT16_MAX ? 1 : publisher->last_id + 1;
    publisher->flights[publisher->flight_count++] =
        (struct flight){ .id = publisher->last_id, .number = event.number };
    put(publisher, &event, publisher->last_id, false);
}

bool publisher_is_settled(const struct publisher *publisher)
{
    return publisher->line.is_open && !publisher->flight_count && !publisher->fence_count &&
           !queue_length(&publisher->line.out);
}
