/*
 * mortal.h - clients that come to go, each in one of the ways that MQTT knows.
 */
#ifndef EB_TEST_MORTAL_H
#define EB_TEST_MORTAL_H

#include <stdbool.h>

#include "wire.h"

enum eb_ending {
    EB_DROPS,       /* the connection breaks */
    EB_ASKS,        /* DISCONNECT with will message (MQTT 5) */
    EB_IS_REPLACED, /* another client takes the session over */
    EB_IS_LATE,     /* the connection breaks, and the will's delay ends (MQTT 5) */
    EB_LEAVES,      /* DISCONNECT: the only one that sends no will */
};

const char *eb_ending_name(enum eb_ending ending);
bool eb_ending_is_for(enum eb_ending ending, int protocol);

/* Connects as `id`, and `username` (NULL: anonymous), and goes. */
void eb_mortal_live(struct eb_server *server, const char *id, const char *username, int protocol,
    enum eb_ending ending, struct eb_will will);

/* Publishes that pass, by each protocol: from then on the plugin knows PUBLISHes from wills. */
void eb_mortal_teach(struct eb_server *server);

#endif
