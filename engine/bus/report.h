/*
 * report.h - what the publisher is told over its Response Topic (MQTT 5 §4.10).
 *
 *     {"version":1,"id":…,"time":…,"topic":…,"verdict":"refused","reason":"schema",
 *      "contracts":[{"name":…,"schema":"lock-event@1","valid":false,"faults":[…]},…]}
 *
 * A refusal is always reported to who gave a Response Topic; anything else when the event has the
 * user property event-bus-report=always. Reports carry the event's Correlation Data and go to that
 * client alone, whatever others subscribe to. None goes to a topic that the client could not
 * publish to by itself (what begins with `$`, egress), to a client that is gone (a will's, one that
 * is thrown out) or is not at the other end (a bridge's), or to one behind a mount point, whose
 * length the broker would cut off the topic. Internal to bus/.
 */
#ifndef EB_BUS_REPORT_H
#define EB_BUS_REPORT_H

#include "bus/event.h"

#define EB_REPORT_PROPERTY "event-bus-report"

/* Adds the report to the event's dispatches, if there is to be one and its budget has room. */
void eb_event_write_report(struct eb_event *event);

#endif
