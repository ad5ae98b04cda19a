/*
 * punycode.h - RFC 3492: code points as letters, digits and hyphens, without the "xn--".
 */
#ifndef EB_TEXT_PUNYCODE_H
#define EB_TEXT_PUNYCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Room for any label (RFC 1035 §2.3.4): each of its bytes stands for at most one code point. */
enum { EB_LABEL_BYTES_MAX = 63 };

/*
 * `text`, lower case, decoded; returns how many code points, 0 when it is not well-formed or there
 * are more than EB_LABEL_BYTES_MAX.
 */
size_t eb_punycode_decode(struct eb_span text, uint32_t out[EB_LABEL_BYTES_MAX]);

/*
 * `code_points`, at most EB_LABEL_BYTES_MAX, encoded; returns how many bytes, 0 when they do not
 * fit.
 */
size_t eb_punycode_encode(const uint32_t *code_points, size_t count, char out[EB_LABEL_BYTES_MAX]);

#endif
