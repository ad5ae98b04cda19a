/*
 * queue.h - queues of numbered things that may leave from anywhere.
 *
 * The things live in an array of the caller's, numbered from 1; 0 is none. For every queue that a
 * thing can stand in at a time there is one array of links beside it:
 *
 *     links[n].older ◄── n ──► links[n].newer          queue.oldest … queue.newest
 *
 * Nothing here allocates; every call takes the same short time.
 */
#ifndef EB_BASE_QUEUE_H
#define EB_BASE_QUEUE_H

#include <stdint.h>

struct eb_queue_link {
    uint32_t older, newer;
};

struct eb_queue {
    uint32_t oldest, newest; /* 0: empty */
    uint32_t count;
};

/* `n` stands in no queue of these links. */
void eb_queue_append(struct eb_queue *queue, struct eb_queue_link *links, uint32_t n);

/* `n` stands in `queue`. */
void eb_queue_remove(struct eb_queue *queue, struct eb_queue_link *links, uint32_t n);

#endif
