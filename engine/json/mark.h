/*
 * mark.h - 24 bits that nearly always tell two member names apart.
 *
 * The reader marks every member name as it is written, once, in the name's token. Whoever looks for
 * names hashes nothing any more: it looks a mark up, and compares names only where one is found.
 *
 *     "temperature"    head  temperat    tail  perature    length 11    ──►  mark
 *     "door"                 door              (none)               4
 *
 * Names of up to 16 bytes have the same mark by accident only; of longer ones, the middle does not
 * count. A name written with escapes has the mark of what is written, not of what is meant.
 */
#ifndef EB_JSON_MARK_H
#define EB_JSON_MARK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"

enum { EB_MARK_BITS = 24 }; /* as a token has room for */

/* Heads are read as words here, in names and in topics; masks and shifts take the first byte for
 * the lowest. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "made for little-endian processors");

/* Two reads that together see every byte of up to 16. Never reads outside `text`. */
static inline void eb_mark_words(struct eb_span text, uint64_t *head, uint64_t *tail)
{
    const char *p = text.ptr;
    size_t len = text.len;
    *tail = 0;
    if (len > 8) {
        memcpy(head, p, 8);
        memcpy(tail, p + len - 8, 8);
    } else if (len >= 4) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + len - 4, 4);
        *head = low | (uint64_t)high << 8 * (len - 4);
    } else if (len) {
        *head = (uint64_t)(unsigned char)p[0] |
                (uint64_t)(unsigned char)p[len / 2] << 8 * (len / 2) |
                (uint64_t)(unsigned char)p[len - 1] << 8 * (len - 1);
    } else {
        *head = 0;
    }
}

/* By length: the bytes that a head has. */
extern const uint64_t eb_mark_head_masks[9];

/* The same without branches, for a text behind whose start 8 bytes can be read. */
static inline uint64_t eb_mark_head_readable(const char *text, size_t len)
{
    uint64_t head;
    memcpy(&head, text, 8);
    return head & eb_mark_head_masks[len < 8 ? len : 8];
}

static inline uint64_t eb_mark_tail_readable(const char *text, size_t len)
{
    size_t is_long = len > 8;
    uint64_t tail;
    memcpy(&tail, text + (is_long ? len - 8 : 0), 8);
    return tail & (0 - (uint64_t)is_long);
}

/* `tail` is the last eight bytes; of a shorter name, once more its head. */
static inline uint32_t eb_mark_of_words(uint64_t head, uint64_t tail, size_t len)
{
    uint64_t x = (head + len) ^ tail * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x * UINT64_C(0x9e3779b97f4a7c15) >> (64 - EB_MARK_BITS));
}

/* For a name behind whose start 8 bytes can be read. */
static inline uint32_t eb_mark_readable(const char *name, size_t len)
{
    size_t head_len = len < 8 ? len : 8;
    uint64_t head, tail, mask = eb_mark_head_masks[head_len];
    memcpy(&head, name, 8);
    memcpy(&tail, name + (len - head_len), 8);
    return eb_mark_of_words(head & mask, tail & mask, len);
}

static inline uint32_t eb_mark_of(struct eb_span name)
{
    uint64_t head, tail;
    eb_mark_words(name, &head, &tail);
    return eb_mark_of_words(head, name.len > 8 ? tail : head, name.len);
}

#endif
