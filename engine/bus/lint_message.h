/*
 * lint_message.h - what a message looks like on the topics of a filter, as a JSON Schema: what
 * patterns see of it under `$mqtt`.
 */
#ifndef EB_BUS_LINT_MESSAGE_H
#define EB_BUS_LINT_MESSAGE_H

#include "base/span.h"
#include "json/writer.h"

/* One object, of draft 2020-12. The filter has passed its check. */
void eb_lint_write_message_schema(struct eb_span filter, struct eb_json_writer *out);

#endif
