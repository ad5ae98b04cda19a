#include "base/queue.h"

void eb_queue_append(struct eb_queue *queue, struct eb_queue_link *links, uint32_t n)
{
    links[n] = (struct eb_queue_link){ .older = queue->newest };
    *(queue->newest ? &links[queue->newest].newer : &queue->oldest) = n;
    queue->newest = n;
    queue->count++;
}

void eb_queue_remove(struct eb_queue *queue, struct eb_queue_link *links, uint32_t n)
{
    struct eb_queue_link link = links[n];
    *(link.older ? &links[link.older].newer : &queue->oldest) = link.newer;
    *(link.newer ? &links[link.newer].older : &queue->newest) = link.older;
    queue->count--;
}
