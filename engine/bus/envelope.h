/*
 * envelope.h - events whose contracts say `"envelope": "cloudevents"`.
 *
 * One contract of an event's topic that says so is enough: all contracts and rules then see the
 * event's view (cloudevents/cloudevent.h), wherever its attributes came from. The contract that
 * says so judges the attributes by the standard, and `data` by its schema; without a schema of its
 * own by the one that `dataschema` names. Other contracts of the topic judge the view as a whole.
 */
#ifndef EB_BUS_ENVELOPE_H
#define EB_BUS_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/outcome.h"
#include "bus/subject.h"

struct eb_contract;
struct eb_event;

/*
 * Reads the event's view into its document. Of a message whose properties are not told, and which
 * then is no event in structured mode, attributes are not known, and not judged; its payload is
 * taken for data that is JSON.
 */
bool eb_envelope_read(struct eb_event *event);

/* What was wrong with a message that has no view; NULL when it is its JSON, or without memory. */
const struct eb_fault *eb_envelope_fault(struct eb_event *event);

/*
 * Judges the attributes. Faults are added to `faults`, of which `*count` of `max` are taken. False
 * when the event's arena is exhausted.
 */
bool eb_envelope_judge(
    struct eb_event *event, struct eb_fault *faults, uint32_t max, uint32_t *count, bool *has_more);

/* The token that the contract's schema judges; EB_NO_TOKEN: the event has no such data. */
uint32_t eb_envelope_data(const struct eb_event *event, const struct eb_contract *contract);

/* The fault of an event that has none; NULL without memory. */
const struct eb_fault *eb_envelope_no_data_fault(struct eb_event *event, struct eb_span schema);

/*
 * The schema that `dataschema` names among the contract's. NULL when it names none: `*fault` says
 * so when there is such an attribute, and is NULL when there is not, or without memory.
 */
const struct eb_subject *eb_envelope_schema(
    struct eb_event *event, const struct eb_contract *contract, const struct eb_fault **fault);

#endif
