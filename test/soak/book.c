#include "book.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"

void book_open(struct book *book, uint32_t events_a_publisher, bool is_bare)
{
    *book = (struct book){ .is_bare = is_bare, .room = events_a_publisher };
    for (unsigned p = 0; p < PUBLISHERS; p++) {
        book->seen[p] = calloc(book->room ? book->room : 1, 1);
        if (!book->seen[p])
            bench_fail("no memory");
    }
}

void book_close(struct book *book)
{
    for (unsigned p = 0; p < PUBLISHERS; p++)
        free(book->seen[p]);
}

struct numbered book_send(struct book *book, unsigned publisher)
{
    int qos = publisher_qos(publisher);
    struct numbered event = numbered_make(publisher, book->sent[publisher]++);
    uint8_t streams = numbered_streams(&event, book->is_bare);
    if (qos > 0)
        book->expected += (unsigned)__builtin_popcount(streams);
    book->fates[numbered_fate(&event)][qos]++;
    if (publisher < STEADY)
        book->steady_fates[numbered_fate(&event)]++;
    return event;
}

static void complain(uint64_t *count, const char *what, enum stream stream, struct eb_span payload)
{
    enum { TOLD = 5 };
    if (++*count <= TOLD)
        fprintf(stderr, "%s, in %s: %.*s\n", what, stream_name(stream),
            (int)(payload.len < 400 ? payload.len : 400), payload.ptr);
}

/* Whose event it is; false, having complained, when it is nobody's or does not belong there. */
static bool identify(
    struct book *book, enum stream stream, struct eb_span payload, struct numbered *event)
{
    unsigned publisher;
    uint32_t number;
    if (!numbered_find(payload, &publisher, &number) || publisher >= PUBLISHERS ||
        number >= book->sent[publisher]) {
        complain(&book->wrong, "never sent", stream, payload);
        return false;
    }
    *event = numbered_make(publisher, number);
    if (numbered_streams(event, book->is_bare) >> stream & 1)
        return true;
    complain(&book->wrong, "does not belong here", stream, payload);
    return false;
}

void book_visit(struct book *book, struct eb_span payload)
{
    struct numbered event;
    identify(book, STREAM_ORIGINAL, payload, &event);
}

/* A letter has QoS 1, whatever its event's. */
static int copy_qos(const struct numbered *event, enum stream stream)
{
    int qos = publisher_qos(event->publisher);
    return stream == STREAM_LETTER ? 1 : qos;
}

static void note_double(struct book *book, int qos, enum stream stream, struct eb_span payload)
{
    if (qos == 2)
        complain(&book->doubles[2], "twice at QoS 2", stream, payload);
    else
        book->doubles[qos]++;
}

void book_receive(struct book *book, enum stream stream, struct eb_span payload)
{
    struct numbered event;
    if (!identify(book, stream, payload, &event))
        return;
    uint8_t *seen = &book->seen[event.publisher][event.number];
    uint32_t *next = &book->next[stream][event.publisher];
    if (*seen >> stream & 1) {
        note_double(book, copy_qos(&event, stream), stream, payload);
        return;
    }
    *seen |= (uint8_t)(1 << stream);
    book->arrived[publisher_qos(event.publisher)]++;
    if (event.number < *next)
        complain(&book->disordered, "after a later one", stream, payload);
    else
        *next = event.number + 1;
}

uint64_t book_under_way(const struct book *book)
{
    return book->expected - book->arrived[1] - book->arrived[2];
}

static void print_event(const struct numbered *event, uint8_t missing)
{
    char payload[NUMBERED_BYTES], topic[TOPIC_BYTES];
    numbered_topic(event, topic);
    fprintf(stderr, "missing at QoS %d: %s %.*s in", publisher_qos(event->publisher), topic,
        (int)numbered_write(event, payload), payload);
    for (int i = 0; i < STREAMS; i++) {
        if (missing >> i & 1)
            fprintf(stderr, " %s", stream_name((enum stream)i));
    }
    fputc('\n', stderr);
}

void book_print_missing(const struct book *book)
{
    enum { TOLD = 20 };
    int told = 0;
    for (unsigned p = 0; p < PUBLISHERS; p++) {
        for (uint32_t n = 0; publisher_qos(p) && n < book->sent[p] && told < TOLD; n++) {
            struct numbered event = numbered_make(p, n);
            uint8_t missing =
                (uint8_t)(numbered_streams(&event, book->is_bare) & ~book->seen[p][n]);
            if (!missing)
                continue;
            print_event(&event, missing);
            told++;
        }
    }
}
