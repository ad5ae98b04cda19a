/*
 * letter.h - a dead letter, as a person reads it.
 */
#ifndef EB_DEVICES_LETTER_H
#define EB_DEVICES_LETTER_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/span.h"

struct eb_letter {
    json_t *root;
    const char *reason; /* borrowed from the root, as all that follows */
    const char *topic;
    const char *contract; /* the first one that was violated, and its schema; NULL: none */
    const char *schema;
    const char *rule; /* whose copy could not be made; NULL: none */
    size_t fault_count;
};

struct eb_letter_fault {
    const char *instance_location;
    const char *keyword_location;
    const char *sentence;
};

/* Returns false when `payload` is not a dead letter. */
bool eb_letter_read(struct eb_letter *letter, struct eb_span payload);
void eb_letter_release(struct eb_letter *letter);

/* Members that the letter lacks are "". */
struct eb_letter_fault eb_letter_fault(const struct eb_letter *letter, size_t index);

#endif
