/*
 * name.h - names of contracts, rules and subjects, and versions of subjects.
 */
#ifndef EB_BUS_NAME_H
#define EB_BUS_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* For messages: what eb_name_is_valid() expects. */
#define EB_NAME_GRAMMAR "[a-z0-9][a-z0-9._-]{0,127}"

/* Whether `name` may be a file's stem everywhere: EB_NAME_GRAMMAR, at most EB_NAME_BYTES_MAX. */
bool eb_name_is_valid(struct eb_span name);

/* "lock-event@2", "lock-event@latest". */
struct eb_subject_version {
    struct eb_span subject;
    uint32_t version; /* EB_VERSION_LATEST for "latest" */
};

enum { EB_VERSION_LATEST = 0 };

/* False when `text` has not that form. Spans are borrowed from it. */
bool eb_subject_version_read(struct eb_span text, struct eb_subject_version *result);

/* A positive decimal number without leading zeros, below 2^31; 0 when `text` is none. */
uint32_t eb_version_read(struct eb_span text);

#endif
