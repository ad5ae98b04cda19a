/*
 * sort.h - numbers in ascending order, on paths where qsort() may not be used: the C library's
 * calls malloc once the array is larger than a kilobyte.
 */
#ifndef EB_BASE_SORT_H
#define EB_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

/* In place, without memory; n log n whatever the order (heapsort). */
void eb_sort(uint32_t *values, size_t count);

/* Sorts and leaves out what repeats; returns how many are left. */
size_t eb_sort_unique(uint32_t *values, size_t count);

#endif
