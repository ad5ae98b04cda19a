/*
 * figures.h - what a peer has been told below $SYS/broker/event-bus/.
 */
#ifndef EB_TEST_FIGURES_H
#define EB_TEST_FIGURES_H

#include "peer.h"

/* Subscribes, and waits for all of it; nothing else may then be received by the peer. */
void eb_figures_watch(struct eb_peer *peer);

/* The latest value of `path`, below the tree; NULL: it was not told, or cleared. Does not wait. */
const char *eb_figures_get(struct eb_peer *peer, const char *path);

/* Waits until `path` has this value; NULL: until it is cleared, or not there. */
void eb_figures_await(struct eb_peer *peer, const char *path, const char *value);

/* As a number; fails if it was not told. */
unsigned long long eb_figures_number(struct eb_peer *peer, const char *path);

/* How many are told at present. */
size_t eb_figures_count(struct eb_peer *peer);

#endif
