/*
 * verdict_line.h - an event and what became of it as one short JSON object, for who watches events
 * go by.
 *
 * Bounded, whatever devices send: texts are cut, lists have a first part and the number of what is
 * not shown. Sentences about the values of a confidential contract's events are left out.
 */
#ifndef EB_BUS_VERDICT_LINE_H
#define EB_BUS_VERDICT_LINE_H

#include <stdbool.h>

#include "base/message.h"
#include "bus/outcome.h"
#include "json/writer.h"

/* Which events: what is set must hold. Borrowed. */
struct eb_verdict_filter {
    struct eb_span client_id; /* ptr NULL: any; for all three */
    struct eb_span topic;     /* a filter that has passed its check */
    struct eb_span rule;      /* one that took the event */
    bool has_verdict;
    enum eb_verdict verdict;
};

bool eb_verdict_filter_takes(const struct eb_verdict_filter *filter,
    const struct eb_message *message, const struct eb_outcome *outcome);

/*
 * {"time":…,"topic":…,"client":…,"username":…,"qos":…,"retain":…,"will":…,"bytes":…,"verdict":…,
 *  "reason":…,"contracts":[{"name":…,"schema":…,"valid":…,"faults":[…]},…],"moreContracts":…,
 *  "rules":[{"name":…,"published":…,"failed":…,"withheld":…},…],"moreRules":…,"deadLetters":…}
 */
void eb_verdict_line_write(
    const struct eb_message *message, const struct eb_outcome *outcome, struct eb_json_writer *out);

#endif
