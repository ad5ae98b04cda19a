/*
 * count.h - what becomes of a dispatch after the engine counted it.
 */
#ifndef EB_BUS_COUNT_H
#define EB_BUS_COUNT_H

#include "bus/outcome.h"
#include "bus/snapshot.h"

/*
 * Puts right what the pipeline counted: `dispatch`, which it took for published, was not taken by
 * the broker. No figure falls but those of copies in flight.
 */
void eb_count_unsent(const struct eb_snapshot *snapshot, const struct eb_dispatch *dispatch);

#endif
