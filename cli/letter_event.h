/*
 * letter_event.h - the event that a dead letter holds, made ready to be published again.
 */
#ifndef EB_CLI_LETTER_EVENT_H
#define EB_CLI_LETTER_EVENT_H

#include <stdbool.h>

#include "connection.h"
#include "letters.h"

struct letter_correction {
    const char *payload;       /* a file with another; "-": standard input; NULL: the event's own */
    struct option_texts edits; /* "POINTER=JSON" */
};

/*
 * Fills in `message`, whose texts live in `arena` and whose properties are given, to be freed even
 * after a failure. As it was, but for the correction, and with QoS 1 at least: at 0 nobody would
 * say whether it was refused again. False, said, when the letter does not hold enough.
 */
bool letter_event_make(const struct letter *letter, const struct letter_correction *correction,
    struct eb_arena *arena, struct connection_message *message, mosquitto_property **properties);

#endif
