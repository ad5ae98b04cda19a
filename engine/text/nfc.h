/*
 * nfc.h - whether a label is in Unicode normalization form C (UAX #15).
 */
#ifndef EB_TEXT_NFC_H
#define EB_TEXT_NFC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * For at most EB_LABEL_BYTES_MAX code points, each of which a label may hold (RFC 5892): none of
 * them has NFC_Quick_Check=No, and none is a conjoining jamo.
 */
bool eb_label_is_nfc(const uint32_t *code_points, size_t count);

#endif
