#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

static void queue_move_to_front(struct queue *queue)
{
    if (!queue->begin)
        return;
    memmove(queue->bytes, queue_front(queue), queue_length(queue));
    queue->end -= queue->begin;
    queue->begin = 0;
}

uint8_t *queue_room(struct queue *queue, size_t count)
{
    if (queue->size - queue->end >= count)
        return queue->bytes + queue->end;
    queue_move_to_front(queue);
    if (queue->size - queue->end < count) {
        queue->size = 2 * queue->size + count;
        queue->bytes = realloc(queue->bytes, queue->size);
        if (!queue->bytes)
            bench_fail("no memory");
    }
    return queue->bytes + queue->end;
}

void queue_added(struct queue *queue, size_t count)
{
    queue->end += count;
}

void queue_add(struct queue *queue, const void *bytes, size_t count)
{
    memcpy(queue_room(queue, count), bytes, count);
    queue_added(queue, count);
}

void queue_add_byte(struct queue *queue, uint8_t byte)
{
    queue_add(queue, &byte, 1);
}

void queue_take(struct queue *queue, size_t count)
{
    queue->begin += count;
    if (queue->begin == queue->end)
        queue->begin = queue->end = 0;
}

void queue_release(struct queue *queue)
{
    free(queue->bytes);
    *queue = (struct queue){ 0 };
}
