/*
 * subscriber.h - who receives: one that stays, of one stream, whose session outlives its
 * connections; or a visitor that subscribes to everything and goes away again.
 */
#ifndef EB_SOAK_SUBSCRIBER_H
#define EB_SOAK_SUBSCRIBER_H

#include "book.h"
#include "line.h"

/*
 * Acknowledgements are fenced with PINGREQs: the broker reads them one a turn (2.0.11), and what it
 * has not read it keeps, and sends again.
 */
enum { ACKS_A_FENCE = 100, ACK_FENCES_MAX = 3 };

struct subscriber {
    struct line line;
    struct book *book;
    enum stream stream; /* STREAMS: a visitor */
    bool is_subscribed;
    bool is_back;                      /* the broker has sent all that it had to repeat */
    uint32_t fence_count, since_fence; /* PINGREQs not answered, acknowledgements since the last */
    uint64_t received;
    uint8_t held[65536 / 8]; /* ids of QoS 2 that came and are not released (MQTT 5 §4.3.3) */
};

void subscriber_init(struct subscriber *subscriber, enum stream stream, struct book *book);
void visitor_init(struct subscriber *subscriber, unsigned number, struct book *book);

/* The broker has read most of what it was told. */
bool subscriber_keeps_up(const struct subscriber *subscriber);

#endif
