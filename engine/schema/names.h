/*
 * names.h - a fixed set of names, asked at every event: a perfect hash over length and bytes.
 *
 *     name ──► word of its first 8 bytes, word of its last 8, length ──► hash
 *     hash ──► bucket ──► displacement ──► slot ──► index of the only name it can be
 *
 * Asking costs one multiplication or two, and one comparison, whatever the set's size and whoever
 * chose the name asked for. A few names do without buckets. Sets whose names differ only in the
 * middle hash all bytes instead.
 *
 * Immutable once compiled; lives in the arena it was compiled into. The names are borrowed.
 */
#ifndef EB_SCHEMA_NAMES_H
#define EB_SCHEMA_NAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/span.h"

struct eb_name {
    struct eb_span text;
    uint64_t head; /* the first 8 bytes, zero-filled */
    uint64_t tail; /* the last 8 bytes; 0 when there are at most 8 */
    uint64_t mask; /* of the bytes in `head` */
};

struct eb_names {
    const struct eb_name *names; /* in the order given */
    const uint32_t *slots;       /* a hash's slot holds the name's index; free ones hold index 0 */
    const uint32_t *displacements; /* by bucket; NULL: there are no buckets */
    uint64_t seed;
    uint32_t count;
    uint32_t slot_mask;
    uint8_t bucket_shift;
    bool hashes_all; /* every byte takes part */
};

enum { EB_NO_NAME = UINT32_MAX };

/* `names` must differ from each other. False without memory. Expected time linear in the names. */
bool eb_names_compile(
    struct eb_names *set, const struct eb_span *names, uint32_t count, struct eb_arena *arena);

/* Two reads that together see every byte: the words of eb_name. Never reads outside `text`. */
static inline void eb_name_words(struct eb_span text, uint64_t *head, uint64_t *tail)
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

/* The hash of a name whose middle does not count. */
static inline uint64_t eb_name_hash(uint64_t head, uint64_t tail, size_t len, uint64_t seed)
{
    uint64_t x = (head ^ (tail * UINT64_C(0x9e3779b97f4a7c15)) ^ (uint64_t)len << 59) * seed;
    return x ^ x >> 32;
}

/* The same of all bytes. */
uint64_t eb_name_hash_all(struct eb_span text, uint64_t seed);

static inline bool eb_name_equals(
    const struct eb_name *name, struct eb_span text, uint64_t head, uint64_t tail)
{
    return name->head == head && name->text.len == text.len && name->tail == tail &&
           (text.len <= 16 || memcmp(name->text.ptr, text.ptr, text.len) == 0);
}

/* The same for a text behind which there is more, so that 8 bytes can be read from its start. */
static inline bool eb_name_equals_readable(const struct eb_name *name, struct eb_span text)
{
    uint64_t head, tail;
    memcpy(&head, text.ptr, sizeof head);
    if (name->text.len != text.len || (head & name->mask) != name->head)
        return false;
    if (text.len <= 8)
        return true;
    memcpy(&tail, text.ptr + text.len - 8, sizeof tail);
    return tail == name->tail &&
           (text.len <= 16 || memcmp(name->text.ptr, text.ptr, text.len) == 0);
}

static inline uint32_t eb_names_slot(const struct eb_names *set, uint64_t hash)
{
    uint32_t low = (uint32_t)hash;
    if (set->displacements)
        low += set->displacements[hash >> set->bucket_shift] * ((uint32_t)(hash >> 32) | 1);
    return low & set->slot_mask;
}

/* The index of `text`, whose words are known, or EB_NO_NAME. */
static inline uint32_t eb_names_find_words(
    const struct eb_names *set, struct eb_span text, uint64_t head, uint64_t tail)
{
    if (!set->count)
        return EB_NO_NAME;
    uint64_t hash = set->hashes_all ? eb_name_hash_all(text, set->seed)
                                    : eb_name_hash(head, tail, text.len, set->seed);
    uint32_t index = set->slots[eb_names_slot(set, hash)];
    return eb_name_equals(&set->names[index], text, head, tail) ? index : EB_NO_NAME;
}

/* The index of `text` in the set, or EB_NO_NAME. */
static inline uint32_t eb_names_find(const struct eb_names *set, struct eb_span text)
{
    uint64_t head, tail;
    eb_name_words(text, &head, &tail);
    return eb_names_find_words(set, text, head, tail);
}

#endif
