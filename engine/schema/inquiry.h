/*
 * inquiry.h - can a value be valid under a schema and something else besides?
 *
 * What is asked are schemas, too: the branches of one `anyOf`. Every answer is a proof or a value
 * that the validator has judged by both (compat_prover.h); beyond the bound on steps nothing is
 * known.
 */
#ifndef EB_SCHEMA_INQUIRY_H
#define EB_SCHEMA_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/span.h"
#include "schema/schema.h"

enum eb_inquiry_answer {
    EB_INQUIRY_UNKNOWN,
    EB_INQUIRY_NEVER, /* proved: no value is both */
    EB_INQUIRY_CAN,   /* this one is */
};

struct eb_inquiry;

/*
 * Ready to ask `schema`, which is borrowed. `questions` is the text of a schema of draft 2020-12
 * with an `anyOf`: {"$defs":{…},"anyOf":[…]}; it is borrowed, too. Given: free it. NULL, with the
 * reason in `diags`, when it is not such a schema or without memory.
 */
struct eb_inquiry *eb_inquiry_new(
    const struct eb_schema *schema, struct eb_span questions, struct eb_diag_list *diags);
void eb_inquiry_free(struct eb_inquiry *inquiry);

/*
 * Question `index`. Spends from `*steps`, some microseconds each. After CAN, `*example` is the
 * value, JSON, borrowed from the inquiry; NULL: it is not wanted.
 */
enum eb_inquiry_answer eb_inquiry_ask(
    struct eb_inquiry *inquiry, uint32_t index, uint32_t *steps, struct eb_span *example);

#endif
