/*
 * bridge.h - what `event-bus.json` says about a bridge of the broker's: a connection that the
 * broker itself makes, known by its local client id.
 *
 * Two things about bridges concern the bus. One may speak for another bus, and so write where
 * clients may not. And what rules copy leaves over every bridge whose `topic` lines cover it, the
 * one that the event came from included: two buses then send each other copies for ever. Only the
 * operator knows those lines.
 */
#ifndef EB_BUS_BRIDGE_H
#define EB_BUS_BRIDGE_H

#include "base/message.h"
#include "base/span.h"
#include "bus/settings.h"

/* What is said of the bridge that `message` came over; NULL: nothing, or it came from a client. */
const struct eb_bridge *eb_bridge_find(
    const struct eb_settings *settings, const struct eb_message *message);

/* Whether what is published to `topic` leaves over it. NULL carries nothing that is known of. */
bool eb_bridge_carries(const struct eb_bridge *bridge, struct eb_span topic);

#endif
