/*
 * names.h - a fixed set of names, asked at every event: a perfect hash over length and bytes.
 *
 *     few names      first 8 bytes + length ──► × seed ──► slot ──► the only name it can be
 *     few members    mark (json/mark.h)     ──► × seed ──► slot ──► the only name it can be
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
#include "json/mark.h"

struct eb_name {
    struct eb_span text;
    uint64_t head, head_mask; /* the first 8 bytes, zero-filled, and which of them there are */
    uint64_t tail, tail_mask; /* the last 8 bytes; both 0 when there are at most 8 */
    size_t tail_at;           /* where those begin */
};

/* Few names, found by numbers that tell them apart; slots is NULL where they do not. */
struct eb_few {
    const uint8_t *slots; /* a slot holds the index of its name; a free one some index */
    uint64_t seed;
    uint8_t shift;
};

struct eb_names {
    const struct eb_name *names;   /* in the order given */
    const uint32_t *slots;         /* a slot holds the index of its name; a free one some index */
    const uint32_t *displacements; /* by bucket; of many names */
    uint64_t seed;
    struct eb_few heads; /* by head and length */
    struct eb_few marks; /* the same for names that are marked */
    uint32_t count;
    uint32_t slot_mask;
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

/* The index of the only name that it can be. */
static inline uint32_t eb_few_find(const struct eb_few *few, uint64_t number)
{
    return few->slots[number * few->seed >> few->shift];
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
    uint32_t index;
    if (set->heads.slots)
        index = eb_few_find(&set->heads, head + text.len);
    else if (!set->count)
        return EB_NO_NAME;
    else if (set->hashes_all)
        index = set->slots[eb_names_slot(set, eb_name_hash_all(text, set->seed))];
    else
        index = set->slots[eb_names_slot(set, eb_name_hash(head, tail, text.len, set->seed))];
    return eb_name_equals(&set->names[index], text, head, tail) ? index : EB_NO_NAME;
}

/* The index of `text` in the set, or EB_NO_NAME. */
static inline uint32_t eb_names_find(const struct eb_names *set, struct eb_span text)
{
    uint64_t head, tail;
    eb_mark_words(text, &head, &tail);
    return eb_names_find_words(set, text, head, tail);
}

/* The same for a text behind whose start 8 bytes can be read. */
static inline uint32_t eb_names_find_readable(const struct eb_names *set, struct eb_span text)
{
    uint64_t head = eb_mark_head_readable(text.ptr, text.len);
    uint32_t index = 0;
    if (set->count != 1) {
        if (!set->heads.slots)
            return eb_names_find_words(set, text, head, eb_mark_tail_readable(text.ptr, text.len));
        index = eb_few_find(&set->heads, head + text.len);
    }
    return eb_name_equals_readable(&set->names[index], text.ptr, text.len) ? index : EB_NO_NAME;
}

/* And where, besides, the text is a member's name and marked, and the names of the set are. */
static inline uint32_t eb_names_find_marked(
    const struct eb_names *set, const char *text, size_t len, uint32_t mark)
{
    uint32_t index = eb_few_find(&set->marks, mark);
    return eb_name_equals_readable(&set->names[index], text, len) ? index : EB_NO_NAME;
}

#endif
