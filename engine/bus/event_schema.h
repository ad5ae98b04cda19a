/*
 * event_schema.h - what the CloudEvents of a contract look like as a whole, for who asks what can
 * come of them: config/schema/cloudevent.schema.json with the contract's schema for `data`.
 *
 * Nothing is judged by these: attributes are judged by hand (cloudevents/), data by its own schema.
 */
#ifndef EB_BUS_EVENT_SCHEMA_H
#define EB_BUS_EVENT_SCHEMA_H

#include "bus/builder.h"

/*
 * Adds it to the library and its URI to the contract. False, reported, without memory. After the
 * contract's schema has been read.
 */
bool eb_builder_add_event_schema(struct eb_builder *builder, struct eb_contract *contract);

/*
 * All that is known of the events that a contract lets pass: its own schema, or the one that was
 * added for it. NULL when nothing is, or without memory.
 */
const struct eb_schema *eb_event_schema(
    const struct eb_snapshot *snapshot, const struct eb_contract *contract);

#endif
