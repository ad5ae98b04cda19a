/*
 * pattern_question.h - what an event must at least be to match, as JSON Schemas.
 *
 * A document that some pattern matches is valid under its schema; not every valid one is matched:
 * which elements of arrays belong together, letters' cases and addresses are left out. So where no
 * document is valid under the schema and under a contract's as well, the pattern never matches what
 * the contract lets pass.
 *
 *     { "d": { "p": [5] } }     an object with d and in it p, or with "d.p"; where there is an
 *                               array, one of its elements will do
 */
#ifndef EB_PATTERN_QUESTION_H
#define EB_PATTERN_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "pattern/pattern_code.h"
#include "json/writer.h"

/*
 * Questions in the making: `defs` and `questions` are writers in an open object and an open array;
 * the schema they are parts of is {"$defs":{…},"anyOf":[…]}.
 */
struct eb_question_writer {
    const struct eb_paths *paths;
    struct eb_json_writer *defs, *questions;
    uint32_t root;  /* EB_PATH_PAYLOAD or EB_PATH_MESSAGE: fields of the other count as true */
    bool is_coarse; /* values by their types alone: many patterns then ask the same */
    uint32_t def_count;
};

/* One more question: whether these items can match. */
void eb_question_add(struct eb_question_writer *writer, struct eb_items items);

/* The types of the values that predicates hold for: all that a coarse question asks; a bit each. */
unsigned eb_question_types(const struct eb_predicates *predicates);

/* Text that stands for itself, in an expression that is being written as a string. */
void eb_question_write_literal(struct eb_span text, struct eb_json_writer *out);

/* Whether some of the items' fields belong to `root`. */
bool eb_items_read(struct eb_items items, const struct eb_paths *paths, uint32_t root);

#endif
