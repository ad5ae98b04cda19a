#include "eb_test.h"

#include "base/queue.h"
#include "eb_draw.h"

enum { THINGS = 40 };

/* Against an array in which everything is moved up. */
static void queue__is_what_an_array_would_be(void **state)
{
    (void)state;
    struct eb_draw draw = { 1 };
    struct eb_queue queue = { 0 };
    struct eb_queue_link links[THINGS + 1];
    uint32_t naive[THINGS], count = 0;
    for (int step = 0; step < 20000; step++) {
        uint32_t n = 1 + (uint32_t)eb_draw_below(&draw, THINGS), at = 0;
        while (at < count && naive[at] != n)
            at++;
        if (at == count) {
            eb_queue_append(&queue, links, n);
            naive[count++] = n;
        } else {
            eb_queue_remove(&queue, links, n);
            memmove(naive + at, naive + at + 1, (--count - at) * sizeof *naive);
        }
        assert_int_equal(queue.count, count);
        assert_int_equal(queue.oldest, count ? naive[0] : 0);
        assert_int_equal(queue.newest, count ? naive[count - 1] : 0);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(links[naive[i]].older, i ? naive[i - 1] : 0);
            assert_int_equal(links[naive[i]].newer, i + 1 < count ? naive[i + 1] : 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue__is_what_an_array_would_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
