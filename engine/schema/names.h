/*
 * names.h - a fixed set of names, asked at every event: a perfect hash over length and bytes.
 *
 *     few names      first 8 bytes + length ──► × seed ──► slot ──► the only name it can be
 *     many           first 8, last 8, length ──► hash ──► bucket ──► displacement ──► slot ──► …
 *     names alike    all bytes ──► hash ──► …
 *
 * Asking costs a multiplication or three, and one comparison, whatever the set's size and whoever
 * chose the name asked for.
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
    uint64_t head, head_mask; /* the first 8 bytes, zero-filled, and which of them there are */
    uint64_t tail, tail_mask; /* the last 8 bytes; both 0 when there are at most 8 */
    size_t tail_at;           /* where those begin */
};

struct eb_names {
    const struct eb_name *names;   /* in the order given */
    const uint32_t *slots;         /* a slot holds the index of its name; a free one some index */
    const uint32_t *displacements; /* by bucket; of many names */
    uint64_t seed;
    uint32_t count;
    uint32_t slot_mask;
    uint8_t head_shift;   /* few names, which their heads and lengths tell apart; else 0 */
    uint8_t bucket_shift; /* many names */
    bool hashes_all;      /* every byte takes part */
};

enum {
    EB_NO_NAME = UINT32_MAX,
    EB_NAMES_FEW = 64, /* no more than that are few: as many as a word has bits */
};

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

/* By length: the bytes that a head has. */
extern const uint64_t eb_name_head_masks[9];

/* The same without branches, for a text behind whose start 8 bytes can be read. */
static inline uint64_t eb_name_head_readable(const char *text, size_t len)
{
    uint64_t head;
    memcpy(&head, text, 8);
    return head & eb_name_head_masks[len < 8 ? len : 8];
}

static inline uint64_t eb_name_tail_readable(const char *text, size_t len)
{
    size_t is_long = len > 8;
    uint64_t tail;
    memcpy(&tail, text + (is_long ? len - 8 : 0), 8);
    return tail & (0 - (uint64_t)is_long);
}

static inline uint64_t eb_name_head_slot(uint64_t head, size_t len, uint64_t seed, unsigned shift)
{
    return ((head + len) * seed) >> shift;
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
    uint64_t differences = (name->head ^ head) | (name->tail ^ tail) | (name->text.len ^ text.len);
    return differences == 0 && (text.len <= 16 || memcmp(name->text.ptr, text.ptr, text.len) == 0);
}

/* The same for a text behind whose start 8 bytes can be read, which most likely is the name. */
static inline bool eb_name_equals_readable(const struct eb_name *name, const char *text, size_t len)
{
    uint64_t head, tail;
    if (name->text.len != len)
        return false;
    memcpy(&head, text, 8);
    memcpy(&tail, text + name->tail_at, 8);
    uint64_t differences =
        ((head & name->head_mask) ^ name->head) | ((tail & name->tail_mask) ^ name->tail);
    return differences == 0 && (len <= 16 || memcmp(name->text.ptr, text, len) == 0);
}

static inline uint32_t eb_names_slot(const struct eb_names *set, uint64_t hash)
{
    uint32_t low = (uint32_t)hash;
    low += set->displacements[hash >> set->bucket_shift] * ((uint32_t)(hash >> 32) | 1);
    return low & set->slot_mask;
}

/* The index of `text`, whose words are known, or EB_NO_NAME. */
static inline uint32_t eb_names_find_words(
    const struct eb_names *set, struct eb_span text, uint64_t head, uint64_t tail)
{
    uint64_t slot;
    if (set->head_shift)
        slot = eb_name_head_slot(head, text.len, set->seed, set->head_shift);
    else if (!set->count)
        return EB_NO_NAME;
    else if (set->hashes_all)
        slot = eb_names_slot(set, eb_name_hash_all(text, set->seed));
    else
        slot = eb_names_slot(set, eb_name_hash(head, tail, text.len, set->seed));
    uint32_t index = set->slots[slot];
    return eb_name_equals(&set->names[index], text, head, tail) ? index : EB_NO_NAME;
}

/* The index of `text` in the set, or EB_NO_NAME. */
static inline uint32_t eb_names_find(const struct eb_names *set, struct eb_span text)
{
    uint64_t head, tail;
    eb_name_words(text, &head, &tail);
    return eb_names_find_words(set, text, head, tail);
}

/*
 * For a text behind whose start 8 bytes can be read, in a set of few names that their heads tell
 * apart: `head_shift` is not 0.
 */
static inline uint32_t eb_names_find_few(const struct eb_names *set, const char *text, size_t len)
{
    uint64_t head = eb_name_head_readable(text, len);
    uint32_t index = set->slots[eb_name_head_slot(head, len, set->seed, set->head_shift)];
    return eb_name_equals_readable(&set->names[index], text, len) ? index : EB_NO_NAME;
}

/* The same in any set. */
static inline uint32_t eb_names_find_readable(const struct eb_names *set, struct eb_span text)
{
    if (set->count == 1)
        return eb_name_equals_readable(set->names, text.ptr, text.len) ? 0 : EB_NO_NAME;
    if (set->head_shift)
        return eb_names_find_few(set, text.ptr, text.len);
    return eb_names_find_words(set, text, eb_name_head_readable(text.ptr, text.len),
        eb_name_tail_readable(text.ptr, text.len));
}

#endif
