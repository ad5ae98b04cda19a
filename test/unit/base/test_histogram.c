#include "eb_test.h"

#include <stdlib.h>

#include "base/histogram.h"
#include "eb_draw.h"

static void bucket__holds_its_top_and_nothing_beyond(void **state)
{
    (void)state;
    for (uint32_t bucket = 0; bucket < EB_HISTOGRAM_BUCKETS; bucket++) {
        uint64_t top = eb_histogram_bucket_top(bucket);
        assert_int_equal(eb_histogram_bucket(top), bucket);
        if (bucket + 1 < EB_HISTOGRAM_BUCKETS)
            assert_int_equal(eb_histogram_bucket(top + 1), bucket + 1);
    }
}

static void bucket__is_narrow(void **state)
{
    (void)state;
    for (uint32_t bucket = 1; bucket < EB_HISTOGRAM_BUCKETS; bucket++) {
        uint64_t width = eb_histogram_bucket_top(bucket) - eb_histogram_bucket_top(bucket - 1);
        assert_true(width == 1 || width * 31 <= eb_histogram_bucket_top(bucket - 1));
    }
}

static void value__too_large_counts_in_the_last_bucket(void **state)
{
    (void)state;
    struct eb_histogram histogram = { 0 };
    eb_histogram_record(&histogram, UINT64_MAX);
    assert_int_equal(histogram.buckets[EB_HISTOGRAM_BUCKETS - 1], 1);
    assert_true(histogram.max == UINT64_MAX);
    assert_int_equal(
        eb_histogram_quantile(&histogram, 1.0), eb_histogram_bucket_top(EB_HISTOGRAM_BUCKETS - 1));
}

static void quantile__of_nothing_is_zero(void **state)
{
    (void)state;
    struct eb_histogram histogram = { 0 };
    assert_int_equal(eb_histogram_quantile(&histogram, 0.5), 0);
}

static int order_of(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The oracle sorts. */
static void quantile__is_at_most_a_bucket_above_the_true_one(void **state)
{
    (void)state;
    enum { VALUES = 5000 };
    static const double shares[] = { 0, 0.5, 0.9, 0.99, 0.999, 1 };
    static uint64_t values[VALUES];
    struct eb_draw draw = { .state = 7 };
    for (unsigned bits = 1; bits <= EB_HISTOGRAM_VALUE_BITS; bits++) {
        struct eb_histogram histogram = { 0 };
        for (size_t i = 0; i < VALUES; i++) {
            values[i] = eb_draw_below(&draw, UINT64_C(1) << bits);
            eb_histogram_record(&histogram, values[i]);
        }
        qsort(values, VALUES, sizeof *values, order_of);
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
            size_t rank = (size_t)(shares[i] * VALUES);
            uint64_t want = values[rank > 0 ? rank - 1 : 0];
            uint64_t got = eb_histogram_quantile(&histogram, shares[i]);
            if (got < want || got > want + want / 31)
                fail_msg("%u bits, %g: got %llu, want %llu", bits, shares[i],
                    (unsigned long long)got, (unsigned long long)want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bucket__holds_its_top_and_nothing_beyond),
        cmocka_unit_test(bucket__is_narrow),
        cmocka_unit_test(value__too_large_counts_in_the_last_bucket),
        cmocka_unit_test(quantile__of_nothing_is_zero),
        cmocka_unit_test(quantile__is_at_most_a_bucket_above_the_true_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
