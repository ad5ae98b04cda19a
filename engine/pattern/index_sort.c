/*
 * Rules under keys, in the order of the keys' hashes: by one byte after the other, the highest
 * first, in place. There may be tens of millions: a copy would be a gigabyte, and comparing them
 * two by two would fetch each from memory some twenty times.
 */
#include <stdlib.h>

#include "pattern/index_builder.h"

enum {
    DIGITS = 256,
    DIGIT_BITS = 8,
    TOP_SHIFT = 64 - DIGIT_BITS,
    FEW = 24, /* so many are sorted one by one */
};

static int compare_filed(const void *left, const void *right)
{
    const struct eb_filed *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static void insertion_sort(struct eb_filed *filed, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct eb_filed moved = filed[i];
        size_t at = i;
        for (; at && compare_filed(&filed[at - 1], &moved) > 0; at--)
            filed[at] = filed[at - 1];
        filed[at] = moved;
    }
}

static unsigned digit_of(const struct eb_filed *filed, unsigned shift)
{
    return filed->hash >> shift & (DIGITS - 1);
}

/* Where those of each digit begin; behind the last, the end. False: all have the same digit. */
static bool find_starts(
    const struct eb_filed *filed, size_t count, unsigned shift, size_t starts[DIGITS + 1])
{
    memset(starts, 0, (DIGITS + 1) * sizeof *starts);
    for (size_t i = 0; i < count; i++)
        starts[digit_of(&filed[i], shift) + 1]++;
    if (starts[digit_of(filed, shift) + 1] == count)
        return false;
    for (size_t i = 1; i <= DIGITS; i++)
        starts[i] += starts[i - 1];
    return true;
}

/* Whoever is not in its place takes it from who is there, who does the same. */
static void put_in_place(struct eb_filed *filed, unsigned shift, const size_t starts[DIGITS + 1])
{
    size_t next[DIGITS];
    memcpy(next, starts, sizeof next);
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        while (next[digit] < starts[digit + 1]) {
            struct eb_filed moved = filed[next[digit]];
            for (unsigned own; (own = digit_of(&moved, shift)) != digit;) {
                struct eb_filed *place = &filed[next[own]++], before = *place;
                *place = moved;
                moved = before;
            }
            filed[next[digit]++] = moved;
        }
    }
}

/* At most eight frames, one a byte. */
static void sort_from(struct eb_filed *filed, size_t count, unsigned shift)
{
    size_t starts[DIGITS + 1];
    if (count <= FEW) {
        insertion_sort(filed, count);
        return;
    }
    while (!find_starts(filed, count, shift, starts)) {
        if (shift == 0) { /* all under one key */
            qsort(filed, count, sizeof *filed, compare_filed);
            return;
        }
        shift -= DIGIT_BITS;
    }
    put_in_place(filed, shift, starts);
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        struct eb_filed *first = filed + starts[digit];
        size_t same = starts[digit + 1] - starts[digit];
        if (shift)
            sort_from(first, same, shift - DIGIT_BITS);
        else if (same > 1)
            qsort(first, same, sizeof *first, compare_filed);
    }
}

void eb_filed_sort(struct eb_filed *filed, size_t count)
{
    sort_from(filed, count, TOP_SHIFT);
}
