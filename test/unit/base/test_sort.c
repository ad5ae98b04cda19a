#include "eb_test.h"

#include <stdlib.h>

#include "base/sort.h"
#include "eb_draw.h"

enum { COUNT_MAX = 200 };

static int order_of(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sort__agrees_with_the_c_library(void **state)
{
    (void)state;
    struct eb_draw draw = { .state = 24 };
    for (size_t count = 0; count <= COUNT_MAX; count++) {
        for (size_t below = 1; below < 100000; below *= 7) {
            uint32_t got[COUNT_MAX + 1], want[COUNT_MAX + 1];
            for (size_t i = 0; i < count; i++)
                got[i] = want[i] = (uint32_t)eb_draw_below(&draw, below);
            eb_sort(got, count);
            qsort(want, count, sizeof *want, order_of);
            assert_memory_equal(got, want, count * sizeof *got);
        }
    }
}

static void sort_unique__keeps_each_number_once(void **state)
{
    (void)state;
    struct eb_draw draw = { .state = 25 };
    for (size_t count = 0; count <= COUNT_MAX; count++) {
        uint32_t values[COUNT_MAX + 1];
        unsigned char is_there[50] = { 0 };
        size_t different = 0;
        for (size_t i = 0; i < count; i++) {
            values[i] = (uint32_t)eb_draw_below(&draw, sizeof is_there);
            different += !is_there[values[i]];
            is_there[values[i]] = 1;
        }
        assert_int_equal(eb_sort_unique(values, count), different);
        for (size_t i = 0; i < different; i++) {
            assert_true(is_there[values[i]]);
            assert_true(i == 0 || values[i - 1] < values[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sort__agrees_with_the_c_library),
        cmocka_unit_test(sort_unique__keeps_each_number_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
