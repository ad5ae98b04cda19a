/*
 * draw_schema.h - schemas and instances made of drawn bytes: every byte string is some schema and
 * some instance, so that a fuzzer can mutate them and a seeded test can draw millions.
 *
 * They are small and use few names and values, so that keywords meet what they speak about.
 */
#ifndef EB_DRAW_SCHEMA_H
#define EB_DRAW_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "schema/schema.h"

/* Bytes that decide; when they are used up every decision is the first choice. */
struct drawn {
    const uint8_t *next, *end;
};

enum { DRAWN_TEXT_MAX = 64 * 1024 };

/* JSON texts, NUL-terminated, into `out` of DRAWN_TEXT_MAX bytes; returns the length. */
size_t draw_schema(struct drawn *drawn, enum eb_draft draft, char *out);
size_t draw_instance(struct drawn *drawn, char *out);

#endif
