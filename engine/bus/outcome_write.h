/*
 * outcome_write.h - what the bus decided about an event, as JSON for programs.
 *
 *     {"verdict":…,"reason":…,"watched":…,"unknown_topic":…,"unreadable":…,"event":…,
 *      "judgements":[{"contract":…,"schema":…,"validity":…,"reason":…,"faults":[…]},…],
 *      "rules":…,"publishes":[{"kind":"copy","rule":…,"target":…,"topic":…,…,"payload":{…}},…]}
 *
 * Whoever reads it sees the same from the command line and over the control topic.
 */
#ifndef EB_BUS_OUTCOME_WRITE_H
#define EB_BUS_OUTCOME_WRITE_H

#include "bus/outcome.h"
#include "json/writer.h"

/* One object. */
void eb_outcome_write(const struct eb_outcome *outcome, struct eb_json_writer *out);

/* Parts of it: members of an object that is open, or an array of objects. */
void eb_outcome_write_verdict(const struct eb_outcome *outcome, struct eb_json_writer *out);
void eb_outcome_write_judgements(const struct eb_outcome *outcome, struct eb_json_writer *out);
void eb_publish_write_members(const struct eb_publish *publish, struct eb_json_writer *out);

/* "valid", "invalid", "undecided": static. */
const char *eb_validity_name(enum eb_validity validity);

#endif
