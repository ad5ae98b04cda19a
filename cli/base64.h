/*
 * base64.h - what dead letters hold as base64 (RFC 4648 §4), back as bytes.
 */
#ifndef EB_CLI_BASE64_H
#define EB_CLI_BASE64_H

#include "base/arena.h"
#include "base/span.h"

/* Given in `arena`, with a NUL behind it; ptr is NULL when `text` is not base64. */
struct eb_span base64_decode(struct eb_span text, struct eb_arena *arena);

#endif
