/*
 * message.h - a MESSAGE event of the broker as the engine's message.
 */
#ifndef EB_PLUGIN_MESSAGE_H
#define EB_PLUGIN_MESSAGE_H

#include "base/arena.h"
#include "base/message.h"
#include "broker.h"

/* Of the client's connection, as it began. */
enum eb_session eb_message_session(const struct mosquitto *client);

/*
 * Fills in `message`, borrowed from `event` and, for its properties, from the empty `arena`. On 2.1
 * nothing touches the heap; 2.0 hands out properties as heap copies, which are freed before this
 * returns.
 */
void eb_message_read(
    struct eb_message *message, const struct mosquitto_evt_message *event, struct eb_arena *arena);

/* The same of an access check that may be for a last will. 2.0 does not tell its properties. */
void eb_message_read_will(struct eb_message *message, const struct mosquitto_evt_acl_check *check,
    struct eb_arena *arena);

/* A copy of `message` that borrows from `arena` alone. False when that is exhausted. */
bool eb_message_keep(
    struct eb_message *kept, const struct eb_message *message, struct eb_arena *arena);

#endif
