#include "base/histogram.h"

uint64_t eb_histogram_bucket_top(uint32_t bucket)
{
    enum { FIRST = 2 << EB_HISTOGRAM_SUB_BITS };
    if (bucket < FIRST)
        return bucket;
    uint32_t shift = (bucket >> EB_HISTOGRAM_SUB_BITS) - 1;
    uint64_t leading = bucket - (shift << EB_HISTOGRAM_SUB_BITS);
    return ((leading + 1) << shift) - 1;
}

/* The place, counted from 1, of the value that `share` of `count` values do not exceed. */
static uint64_t rank_of(uint64_t count, double share)
{
    double exact = share * (double)count;
    uint64_t rank = (uint64_t)exact;
    if ((double)rank < exact)
        rank++;
    if (rank < 1)
        return 1;
    return rank < count ? rank : count;
}

uint64_t eb_histogram_quantile(const struct eb_histogram *histogram, double share)
{
    if (histogram->count == 0)
        return 0;
    uint64_t rank = rank_of(histogram->count, share), seen = 0;
    for (uint32_t bucket = 0; bucket < EB_HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen < rank)
            continue;
        uint64_t top = eb_histogram_bucket_top(bucket);
        return top < histogram->max ? top : histogram->max;
    }
    return histogram->max;
}
