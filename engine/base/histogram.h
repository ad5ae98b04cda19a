/*
 * histogram.h - how often which duration came, in memory that never grows.
 *
 * As HdrHistogram lays them out: the first 64 values have a bucket each, then every power of two
 * has 32, so that a bucket is at most 3.2 % wide whatever the value.
 *
 *     value    0 … 63 | 64 … 127 | 128 … 255 | …
 *     width         1 |        2 |         4 | …
 *     buckets      64 |       32 |        32 | …
 *
 * Recording is a shift, an addition and three stores. A histogram belongs to one thread; copies are
 * plain assignments.
 */
#ifndef EB_BASE_HISTOGRAM_H
#define EB_BASE_HISTOGRAM_H

#include <stdint.h>

enum {
    EB_HISTOGRAM_SUB_BITS = 5,
    /* 2^40 ns are 18 minutes: what takes longer counts as that, but for the maximum. */
    EB_HISTOGRAM_VALUE_BITS = 40,
    EB_HISTOGRAM_BUCKETS = (EB_HISTOGRAM_VALUE_BITS - EB_HISTOGRAM_SUB_BITS + 1)
                           << EB_HISTOGRAM_SUB_BITS,
};

struct eb_histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t max; /* exact */
    uint64_t buckets[EB_HISTOGRAM_BUCKETS];
};

/* The bucket of `value`. */
static inline uint32_t eb_histogram_bucket(uint64_t value)
{
    const uint64_t largest = (UINT64_C(1) << EB_HISTOGRAM_VALUE_BITS) - 1;
    if (value > largest)
        value = largest;
    if (value < UINT64_C(2) << EB_HISTOGRAM_SUB_BITS)
        return (uint32_t)value;
    uint32_t shift = (uint32_t)(63 - __builtin_clzll(value)) - EB_HISTOGRAM_SUB_BITS;
    return (shift << EB_HISTOGRAM_SUB_BITS) + (uint32_t)(value >> shift);
}

static inline void eb_histogram_record(struct eb_histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->sum += value;
    histogram->buckets[eb_histogram_bucket(value)]++;
    if (value > histogram->max)
        histogram->max = value;
}

/* The largest value that falls into `bucket`. */
uint64_t eb_histogram_bucket_top(uint32_t bucket);

/*
 * The value that `share` (0 to 1) of all values do not exceed, at most one bucket's width too
 * large and never above the maximum; 0 while there are no values.
 */
uint64_t eb_histogram_quantile(const struct eb_histogram *histogram, double share);

#endif
