/*
 * draw_pattern.h - patterns drawn at random, and events made of what the patterns ask for.
 *
 * Names and values come from small pools, so that rules share predicates and events meet them.
 */
#ifndef EB_DRAW_PATTERN_H
#define EB_DRAW_PATTERN_H

#include <stdint.h>

#include "base/message.h"
#include "base/span.h"
#include "eb_draw.h"
#include "json/doc.h"
#include "json/writer.h"

/* How often each was drawn. */
enum draw_operator {
    DRAW_STRING,
    DRAW_ADDRESS,
    DRAW_NUMBER,
    DRAW_NULL,
    DRAW_BOOL,
    DRAW_EXACTLY,
    DRAW_PREFIX,
    DRAW_SUFFIX,
    DRAW_IGNORE_CASE,
    DRAW_PREFIX_IGNORE_CASE,
    DRAW_SUFFIX_IGNORE_CASE,
    DRAW_WILDCARD,
    DRAW_NUMERIC,
    DRAW_CIDR,
    DRAW_EXISTS,
    DRAW_ABSENT,
    DRAW_BUT_STRINGS,
    DRAW_BUT_NUMBERS,
    DRAW_BUT_PREFIX,
    DRAW_BUT_SUFFIX,
    DRAW_BUT_IGNORE_CASE,
    DRAW_BUT_WILDCARD,
    DRAW_OR,
    DRAW_MESSAGE,
    DRAW_OPERATORS
};

const char *draw_operator_name(enum draw_operator which);

struct pattern_drawer {
    struct eb_draw draw;
    uint64_t counts[DRAW_OPERATORS];
};

/* Writes a pattern. */
void draw_pattern(struct pattern_drawer *drawer, struct eb_json_writer *writer);

/*
 * Writes an event that `pattern` is likely to match (NULL: anything): each field of one way
 * through it gets a value that one of its alternatives asks for, now and then another one, and
 * objects on the way become arrays.
 */
void draw_event(
    struct pattern_drawer *drawer, const struct eb_doc *pattern, struct eb_json_writer *writer);

/* Static strings throughout. */
struct eb_message draw_message(struct pattern_drawer *drawer);

#endif
