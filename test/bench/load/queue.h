/*
 * queue.h - bytes that wait: appended at the end, taken from the front.
 *
 * A zeroed queue is an empty one. Without memory the program ends.
 */
#ifndef EB_LOAD_QUEUE_H
#define EB_LOAD_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queue {
    uint8_t *bytes;
    size_t begin, end, size;
};

static inline const uint8_t *queue_front(const struct queue *queue)
{
    return queue->begin ? queue->bytes + queue->begin : queue->bytes;
}

static inline size_t queue_length(const struct queue *queue)
{
    return queue->end - queue->begin;
}

/* Room for `count` more bytes; queue_added() says how many were written there. */
uint8_t *queue_room(struct queue *queue, size_t count);
void queue_added(struct queue *queue, size_t count);

void queue_add(struct queue *queue, const void *bytes, size_t count);
void queue_add_byte(struct queue *queue, uint8_t byte);
void queue_take(struct queue *queue, size_t count);
void queue_release(struct queue *queue);

#endif
