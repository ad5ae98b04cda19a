/*
 * message.h - a MESSAGE event of the broker as the engine's message.
 */
#ifndef EB_PLUGIN_MESSAGE_H
#define EB_PLUGIN_MESSAGE_H

#include "base/arena.h"
#include "base/message.h"
#include "broker.h"

/*
 * Fills in `message`, borrowed from `event` and, for its properties, from the empty `arena`. On 2.1
 * nothing touches the heap; 2.0 hands out properties as heap copies, which are freed before this
 * returns.
 */
void eb_message_read(
    struct eb_message *message, const struct mosquitto_evt_message *event, struct eb_arena *arena);

#endif
