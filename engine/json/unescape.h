/*
 * unescape.h - the value of a JSON string, piece by piece, without memory.
 *
 *     caf\u00e9 \"x\"   ->   "caf"  "é"  " "  "\""  "x"  "\""
 *
 * A piece is a run of the raw bytes, borrowed from the text, or one escape decoded into the
 * iterator. The raw string is one the reader has accepted (RFC 8259 §7).
 */
#ifndef EB_JSON_UNESCAPE_H
#define EB_JSON_UNESCAPE_H

#include "base/span.h"
#include "base/utf8.h"

struct eb_unescape {
    const char *next, *end;
    char decoded[EB_UTF8_BYTES_MAX];
};

static inline struct eb_unescape eb_unescape(struct eb_span raw)
{
    return (struct eb_unescape){ .next = raw.ptr, .end = raw.ptr + raw.len };
}

/* The next piece, never empty, borrowed until the next call; ptr is NULL at the end. */
struct eb_span eb_unescape_next(struct eb_unescape *pieces);

#endif
