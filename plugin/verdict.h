/*
 * verdict.h - what the broker is told to do with the original.
 */
#ifndef EB_PLUGIN_VERDICT_H
#define EB_PLUGIN_VERDICT_H

#include "broker.h"
#include "bus/outcome.h"

/*
 * The answer of the MESSAGE callback, of an outcome's `answer`. An event that nobody is to receive
 * is changed in place, so this comes after everything that borrows from the event.
 */
int eb_verdict_answer(enum eb_verdict answer, struct mosquitto_evt_message *event);

#endif
