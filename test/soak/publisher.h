/*
 * publisher.h - a device that publishes numbered events and repeats what was not acknowledged when
 * its connection was lost (MQTT 5 §4.4).
 */
#ifndef EB_SOAK_PUBLISHER_H
#define EB_SOAK_PUBLISHER_H

#include "book.h"
#include "line.h"

enum {
    IN_FLIGHT_MAX = 20,  /* Mosquitto's own max_inflight_messages */
    FENCE_INTERVAL = 50, /* events of QoS 0 between two PINGREQs */
    FENCES_MAX = 2,
};

struct publisher {
    struct line line;
    struct book *book;
    unsigned number;
    uint16_t last_id;
    struct flight {
        uint16_t id;
        uint32_t number;
        bool is_released;     /* QoS 2: its PUBREC has come */
    } flights[IN_FLIGHT_MAX]; /* in the order they were sent */
    uint32_t flight_count;
    uint32_t fence_count, since_fence; /* QoS 0: PINGREQs not answered, events since the last */
    uint64_t doubtful[FATES];          /* QoS 0: of which nobody knows whether they arrived */
    uint64_t repeated[FATES];          /* PUBLISHes sent again */
    uint64_t misinformed;              /* told otherwise than the event deserves */
    bool is_bare;
};

void publisher_init(struct publisher *publisher, unsigned number, struct book *book);
bool publisher_may_send(const struct publisher *publisher);
void publisher_send(struct publisher *publisher);

/* All it has sent is acknowledged. */
bool publisher_is_settled(const struct publisher *publisher);

/* To be told before its line is cut. */
void publisher_note_loss(struct publisher *publisher);

#endif
