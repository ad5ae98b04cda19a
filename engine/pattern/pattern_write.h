/*
 * pattern_write.h - parts of a pattern as the JSON they could have been written as.
 *
 * Not always as they were: addresses and text without regard to case are kept in one spelling,
 * alternatives in one order. Read again they mean the same.
 */
#ifndef EB_PATTERN_WRITE_H
#define EB_PATTERN_WRITE_H

#include <stdint.h>

#include "pattern/predicate.h"
#include "json/writer.h"

/* "open", {"prefix":"a"}, … */
void eb_predicate_write(const struct eb_predicate *predicate, struct eb_json_writer *out);

/* [ … ], with at most `max` of them; how many were left out. */
uint32_t eb_predicates_write(
    const struct eb_predicates *predicates, uint32_t max, struct eb_json_writer *out);

/* A scalar of an event. */
void eb_value_write(const struct eb_value *value, struct eb_json_writer *out);

#endif
