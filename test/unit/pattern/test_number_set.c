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

static uint32_t longest_run(const struct eb_number_set *set)
{
    uint32_t longest = 0, run = 0;
    for (uint32_t i = 0; i < set->max; i++) {
        run = set->slots[i] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Numbers that stand close together for who does not reckon with a key. */
static void add__scatters_what_a_sender_chose(void **state)
{
    (void)state;
    enum { NUMBERS = 30000, LOW_SLOTS = 1 << 10, ALL_SLOTS = 1 << 16 };
    struct eb_number_set set;
    struct eb_arena arena;
    bool is_exhausted = false;
    assert_true(eb_arena_init_reserved(&arena, 4 << 20));
    eb_number_set_init(&set);
    int count = 0;
    for (uint64_t number = 1; count < NUMBERS; number++) {
        uint64_t hash = eb_hash_mix(number, UINT64_C(0x9e3779b97f4a7c15)) >> 32;
        if (hash % ALL_SLOTS < LOW_SLOTS)
            count += eb_number_set_add(&set, number, &arena, &is_exhausted);
        assert_false(is_exhausted);
    }
    assert_in_range(longest_run(&set), 1, 1000);
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add__says_what_is_new),
        cmocka_unit_test(add__says_when_there_is_no_room),
        cmocka_unit_test(add__scatters_what_a_sender_chose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
