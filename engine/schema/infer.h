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
 * Linear in the samples; what it remembers of them is bounded by the schema's size, not by theirs.
 * An object with more names than EB_INFER_NAMES_MAX is a table from names to values, and says so
 * with `additionalProperties`. An inference belongs to one thread.
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

/* Everything goes into `arena`, a growing one, whose bound is the inference's. NULL without
 * memory. */
struct eb_inference *eb_inference_new(struct eb_arena *arena, struct eb_infer_options options);

/*
 * Learn from `doc`, borrowed for the call; `scratch` takes decoded strings, which nobody needs
 * afterwards. False when either arena is exhausted: the samples differ in more than a schema should
 * say, or there is no memory.
 */
bool eb_inference_add(
    struct eb_inference *inference, const struct eb_doc *doc, struct eb_arena *scratch);

/* The schema of all samples, draft 2020-12; of none, one that accepts everything. */
void eb_inference_write(const struct eb_inference *inference, struct eb_json_writer *out);

#endif
