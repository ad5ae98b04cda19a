/*
 * book.h - what was sent, what was acknowledged, and where everything arrived.
 *
 * What must not be: an event of QoS 1 or 2 that is missing in a stream it belongs to; one of QoS 2
 * that is there twice; one in a stream it does not belong to; one that comes for the first time
 * after a later one of its publisher. Events of QoS 0 may be missing, where connections are lost.
 */
#ifndef EB_SOAK_BOOK_H
#define EB_SOAK_BOOK_H

#include "numbered.h"

struct book {
    bool is_bare;
    uint32_t room;                      /* events a publisher */
    uint32_t sent[PUBLISHERS];          /* numbers below this one */
    uint8_t *seen[PUBLISHERS];          /* by number: the streams it has arrived in */
    uint32_t next[STREAMS][PUBLISHERS]; /* above what came last for the first time */
    uint64_t expected;                  /* copies of QoS 1 and 2 */
    uint64_t arrived[3];                /* by QoS, each counted once */
    uint64_t doubles[3];
    uint64_t wrong;      /* in a stream where it does not belong, or never sent */
    uint64_t disordered; /* after a later one */
    uint64_t fates[FATES][3], steady_fates[FATES]; /* of what was sent, by QoS; by the steady */
};

void book_open(struct book *book, uint32_t events_a_publisher, bool is_bare);
void book_close(struct book *book);

/* The next event of a publisher. */
struct numbered book_send(struct book *book, unsigned publisher);

void book_receive(struct book *book, enum stream stream, struct eb_span payload);

/* What a passer-by receives on an event's own topic: counted only if it should not be there. */
void book_visit(struct book *book, struct eb_span payload);

/* Copies of QoS 1 and 2 that are still to come. */
uint64_t book_under_way(const struct book *book);

/* Says what has not come, the first few by name. */
void book_print_missing(const struct book *book);

#endif
