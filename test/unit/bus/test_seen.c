#include "eb_test.h"

#include "bus/seen.h"

enum { SECOND = 1000000, WINDOW = 10 * SECOND };

static struct eb_seen_time at(int64_t second)
{
    return (struct eb_seen_time){ .now_us = second * SECOND, .window_us = WINDOW };
}

static struct eb_digest key(uint64_t number)
{
    return (struct eb_digest){ .low = number, .high = ~number };
}

static bool add_of(struct eb_seen *seen, uint64_t number, uint8_t publisher, int64_t second)
{
    struct eb_seen_event event = { .key = key(number), .publisher = publisher };
    bool is_early = eb_seen_add(seen, &event, at(second));
    assert_true(eb_seen_check(seen));
    return is_early;
}

static bool add(struct eb_seen *seen, uint64_t number, int64_t second)
{
    return add_of(seen, number, 0, second);
}

static bool holds(struct eb_seen *seen, uint64_t number, int64_t second)
{
    return eb_seen_find(seen, key(number), at(second)) != NULL;
}

static void key__is_held_for_its_window_and_no_longer(void **state)
{
    (void)state;
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), 4);
    assert_false(holds(seen, 1, 100));
    assert_false(add(seen, 1, 100));
    assert_true(holds(seen, 1, 100));
    assert_true(holds(seen, 1, 110));
    assert_false(holds(seen, 1, 111));
    assert_false(add(seen, 1, 111)); /* the next window begins with the event let through */
    assert_true(holds(seen, 1, 121));
    assert_int_equal(eb_seen_count(seen), 1);
    eb_seen_drop(seen);
}

static void key__with_half_of_another_is_not_that_one(void **state)
{
    (void)state;
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), 4);
    add(seen, 1, 100);
    assert_null(eb_seen_find(seen, (struct eb_digest){ 1, 5 }, at(100)));
    assert_null(eb_seen_find(seen, (struct eb_digest){ 5, ~UINT64_C(1) }, at(100)));
    eb_seen_drop(seen);
}

/* What is remembered of an event comes back with it. */
static void event__is_given_back_as_it_was_added(void **state)
{
    (void)state;
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), 4);
    struct eb_seen_event event = { .key = key(1), .content = 77, .publisher = 255, .verdict = 1 };
    eb_seen_add(seen, &event, at(100));
    const struct eb_seen_event *found = eb_seen_find(seen, key(1), at(101));
    assert_non_null(found);
    assert_int_equal(found->content, 77);
    assert_int_equal(found->publisher, 255);
    assert_int_equal(found->verdict, 1);
    eb_seen_drop(seen);
}

static void memory__that_is_full_lets_the_oldest_go(void **state)
{
    (void)state;
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), 3);
    for (uint64_t i = 1; i <= 3; i++)
        assert_false(add(seen, i, 100));
    assert_true(add(seen, 4, 101));
    assert_int_equal(eb_seen_count(seen), 3);
    assert_false(holds(seen, 1, 101));
    assert_true(holds(seen, 2, 101) && holds(seen, 3, 101) && holds(seen, 4, 101));
    assert_false(add(seen, 5, 120)); /* expired: nothing was lost */
    eb_seen_drop(seen);
}

/* A publisher that makes up keys pushes out its own. */
static void memory__that_is_full_is_shared(void **state)
{
    (void)state;
    enum { KEYS = 64, SHARE = KEYS / EB_SEEN_SHARES };
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), KEYS);
    for (uint64_t i = 0; i < SHARE; i++)
        add_of(seen, 1000 + i, 1, 100); /* modest */
    for (uint64_t i = 0; i < UINT64_C(10) * KEYS; i++)
        add_of(seen, i, 2, 101); /* a flood */
    for (uint64_t i = 0; i < SHARE; i++)
        assert_true(holds(seen, 1000 + i, 101));
    assert_true(add_of(seen, 2000, 1, 102)); /* at its share: the oldest of all goes, its own */
    assert_false(holds(seen, 1000, 102));
    add_of(seen, 3000, 3, 102); /* a third: so does the oldest of all for it */
    assert_false(holds(seen, 1001, 102));
    assert_int_equal(eb_seen_count(seen), KEYS);
    eb_seen_drop(seen);
}

static void clock__that_is_set_back_neither_ends_nor_freezes_a_window(void **state)
{
    (void)state;
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), 4);
    add(seen, 1, 5000);
    add(seen, 2, 100); /* set back by far; no time has passed */
    assert_true(holds(seen, 1, 100));
    assert_true(holds(seen, 1, 110));
    assert_false(holds(seen, 1, 111));
    assert_false(holds(seen, 2, 111));
    assert_true(holds(seen, 2, 50)); /* only asked: nothing has moved */
    eb_seen_drop(seen);
}

static void window__may_change_from_one_call_to_the_next(void **state)
{
    (void)state;
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), 4);
    struct eb_seen_time longer = { .now_us = INT64_C(130) * SECOND,
        .window_us = INT64_C(100) * SECOND };
    add(seen, 1, 100);
    assert_false(holds(seen, 1, 130));
    assert_non_null(eb_seen_find(seen, key(1), longer));
    eb_seen_drop(seen);
}

static void shelf__finds_a_memory_again_while_somebody_holds_it(void **state)
{
    (void)state;
    struct eb_seen_shelf shelf = { 0 };
    struct eb_seen *seen = eb_seen_take(&shelf, eb_span_of("c"), 4);
    add(seen, 1, 100);
    struct eb_seen *again = eb_seen_take(&shelf, eb_span_of("c"), 4);
    assert_ptr_equal(seen, again);
    assert_ptr_not_equal(eb_seen_take(&shelf, eb_span_of("cc"), 4), seen);
    struct eb_seen *larger = eb_seen_take(&shelf, eb_span_of("c"), 5);
    assert_ptr_not_equal(larger, seen);
    assert_ptr_equal(eb_seen_take_other(&shelf, eb_span_of("c"), 5), seen);
    assert_null(eb_seen_take_other(&shelf, eb_span_of("cc"), 4));
    eb_seen_drop(eb_seen_take(&shelf, eb_span_of("cc"), 4));
    eb_seen_drop(eb_seen_take(&shelf, eb_span_of("cc"), 4));
    eb_seen_drop(NULL);
    eb_seen_drop(seen);
    eb_seen_drop(again);
    assert_true(holds(seen, 1, 100)); /* a third still holds it */
    eb_seen_drop(seen);
    eb_seen_drop(larger);
    seen = eb_seen_take(&shelf, eb_span_of("c"), 4);
    assert_false(holds(seen, 1, 100));
    eb_seen_drop(seen);
    eb_seen_drop(eb_seen_take_other(&shelf, eb_span_of("cc"), 1));
    eb_seen_drop(shelf.first);
    assert_null(shelf.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key__is_held_for_its_window_and_no_longer),
        cmocka_unit_test(key__with_half_of_another_is_not_that_one),
        cmocka_unit_test(event__is_given_back_as_it_was_added),
        cmocka_unit_test(memory__that_is_full_lets_the_oldest_go),
        cmocka_unit_test(memory__that_is_full_is_shared),
        cmocka_unit_test(clock__that_is_set_back_neither_ends_nor_freezes_a_window),
        cmocka_unit_test(window__may_change_from_one_call_to_the_next),
        cmocka_unit_test(shelf__finds_a_memory_again_while_somebody_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
