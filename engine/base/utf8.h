/*
 * utf8.h - reading and writing UTF-8 (RFC 3629) one code point at a time.
 */
#ifndef EB_BASE_UTF8_H
#define EB_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
    EB_UTF8_BYTES_MAX = 4,
    EB_CODE_POINT_MAX = 0x10ffff,
};

/*
 * The length in bytes of the well-formed sequence at the start of `text`, its code point in
 * `*code_point`; 0 when there is none (overlong forms, surrogates and what lies beyond U+10FFFF
 * are not well-formed: RFC 3629 §3).
 */
size_t eb_utf8_decode(struct eb_span text, uint32_t *code_point);

/* Writes `code_point`, at most 4 bytes, and returns how many; 0 for a surrogate or beyond. */
size_t eb_utf8_encode(uint32_t code_point, char out[EB_UTF8_BYTES_MAX]);

/*
 * False for what a terminal might act on or a reader would not see: C0 and C1 controls, DEL, the
 * separators of lines and paragraphs, what turns the writing direction around, the byte order mark.
 */
bool eb_utf8_is_printable(uint32_t code_point);

/* The first bytes of `text`, at most `max`, without the character that the cut would go through. */
struct eb_span eb_utf8_cut(struct eb_span text, size_t max);

bool eb_utf8_is_valid(struct eb_span text);

/* How many code points well-formed `text` has. */
size_t eb_utf8_count(struct eb_span text);

#endif
