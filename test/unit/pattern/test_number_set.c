#include "eb_test.h"

#include "eb_draw.h"
#include "pattern/number_set.h"

static void add__says_what_is_new(void **state)
{
    (void)state;
    enum { NUMBERS = 5000 };
    static bool is_known[NUMBERS];
    struct eb_number_set set;
    struct eb_draw draw = { .state = 9 };
    struct eb_arena arena;
    bool is_exhausted = false;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    eb_number_set_init(&set);
    for (int i = 0; i < 4 * NUMBERS; i++) {
        size_t number = eb_draw_below(&draw, NUMBERS);
        assert_int_equal(
            eb_number_set_add(&set, number + 1, &arena, &is_exhausted), !is_known[number]);
        is_known[number] = true;
    }
    assert_false(is_exhausted);
    eb_arena_release(&arena);
}

static void add__says_when_there_is_no_room(void **state)
{
    (void)state;
    struct eb_number_set set;
    struct eb_arena arena;
    bool is_exhausted = false;
    uint64_t number = 1;
    assert_true(eb_arena_init_reserved(&arena, 4096));
    eb_number_set_init(&set);
    while (eb_number_set_add(&set, number, &arena, &is_exhausted))
        number++;
    assert_true(is_exhausted);
    assert_in_range(number, EB_NUMBER_SET_FEW / 2, 1000);
    assert_false(eb_number_set_add(&set, 1, &arena, &is_exhausted));
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add__says_what_is_new),
        cmocka_unit_test(add__says_when_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
