/*
 * line.h - an MQTT connection that may be lost at any moment, and found again.
 *
 * It never waits. Whoever owns it turns it whenever the network has something for it; packets go to
 * `receive`. That the broker hangs up by itself is a failure of the run: only line_cut() may.
 */
#ifndef EB_SOAK_LINE_H
#define EB_SOAK_LINE_H

#include <stdbool.h>

#include "packet.h"
#include "queue.h"

struct line {
    int socket; /* -1: there is none */
    int epoll;
    bool is_open; /* the CONNACK has come */
    bool waits_for_room;
    int protocol;
    char id[32];
    const char *port, *username;
    bool keeps_session, has_session; /* the broker knew it at the last CONNACK */
    struct queue in, out;
    void (*receive)(void *owner, const struct packet *packet); /* never a CONNACK */
    void (*opened)(void *owner);
    void *owner;
};

/* Connects and asks to be let in; `opened` is told when that is done. */
void line_dial(struct line *line);

/* Reads and sends what there is. */
void line_turn(struct line *line);

/* Sends what the network takes. */
void line_flush(struct line *line);

/* Loses the connection, without a word; `with_reset`: what is under way is lost with it. */
void line_cut(struct line *line, bool with_reset);

/* Ends it with a DISCONNECT; then it may dial again. */
void line_leave(struct line *line);

void line_release(struct line *line);

#endif
