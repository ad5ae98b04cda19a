/*
 * link.h - a TCP connection that never waits, with what is still to be sent and to be read.
 *
 * What goes wrong with it ends the program.
 */
#ifndef EB_LOAD_LINK_H
#define EB_LOAD_LINK_H

#include <stdbool.h>

#include "queue.h"

struct link {
    int socket;
    struct queue in, out;
};

void link_open(struct link *link, const char *host, const char *port);

/* Sends what the network takes; true when nothing is left. */
bool link_flush(struct link *link);

/* Reads what is there; the number of bytes. */
size_t link_receive(struct link *link);

void link_close(struct link *link);

#endif
