/*
 * infer.h - a schema from sample documents.
 *
 * It accepts every sample, and is closed: what no sample had is refused.
 *
 *     type        those seen, `integer` where no number had a fraction
 *     properties  every member seen, `required` those that every object there had, no others
 *     items       one schema for all elements
 *     enum        where strings are few and came again and again
 *     format      the first of a list that all strings have
 *     minimum, maximum   as seen
 *
 * Linear in the samples. An inference belongs to one thread.
 */
#ifndef EB_SCHEMA_INFER_H
#define EB_SCHEMA_INFER_H

#include <stdbool.h>

#include "base/arena.h"
#include "json/doc.h"
#include "json/writer.h"

struct eb_inference;

struct eb_infer_options {
    bool leaves_out_enums;
    bool leaves_out_ranges;
};

/* Everything goes into `arena`, a growing one. NULL without memory. */
struct eb_inference *eb_inference_new(struct eb_arena *arena, struct eb_infer_options options);

/* Learn from `doc`, whose text is borrowed until the schema is written. False without memory. */
bool eb_inference_add(struct eb_inference *inference, const struct eb_doc *doc);

/* The schema of all samples, draft 2020-12; of none, one that accepts everything. */
void eb_inference_write(const struct eb_inference *inference, struct eb_json_writer *out);

#endif
