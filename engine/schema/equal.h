/*
 * equal.h - equality of JSON values (2020-12 core §4.2.2): numbers by what they are worth, strings
 * by code points, arrays in order, objects in any order.
 *
 * Depth is bounded by EB_DEPTH_MAX, because the reader's is. Neither touches the heap.
 */
#ifndef EB_SCHEMA_EQUAL_H
#define EB_SCHEMA_EQUAL_H

#include <stdbool.h>
#include <stdint.h>

#include "json/doc.h"

/*
 * Whether two values are equal. Linear in their tokens as expected: objects with many members are
 * compared through a table in `arena`, a reserved one, given back before returning. `*is_exhausted`
 * is set when that has no room; the answer then means nothing.
 */
bool eb_value_equal(const struct eb_doc *doc_a, uint32_t a, const struct eb_doc *doc_b, uint32_t b,
    struct eb_arena *arena, bool *is_exhausted);

/* Equal values hash alike; under the process's key, so that no sender can make others do so. */
uint64_t eb_value_hash(const struct eb_doc *doc, uint32_t token);

/* Whether the elements of an array differ from each other. Expected time linear in their tokens. */
bool eb_elements_differ(const struct eb_doc *doc, uint32_t array, struct eb_arena *arena,
    bool *is_exhausted, uint32_t pair[2]);

#endif
