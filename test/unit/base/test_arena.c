#include "eb_test.h"

#include "base/arena.h"

static void growing__hands_out_aligned_zeroed_memory(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, 1 << 20);
    for (size_t align = 1; align <= 64; align *= 2) {
        unsigned char *bytes = eb_arena_calloc(&arena, 3, 7, align);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % align, 0);
        for (int i = 0; i < 21; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, 21);
    }
    eb_arena_release(&arena);
}

static void growing__refuses_to_hold_more_than_its_bound(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, 100000);
    size_t handed_out = 0;
    while (eb_arena_alloc(&arena, 1000, 8))
        handed_out += 1000;
    assert_true(handed_out >= 80000);
    assert_true(eb_arena_bytes(&arena) <= 100000);
    assert_null(eb_arena_alloc(&arena, SIZE_MAX, 1));
    assert_null(eb_arena_calloc(&arena, SIZE_MAX / 2, 4, 1));
    eb_arena_release(&arena);
}

static void growing__serves_requests_larger_than_any_block(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    char *large = eb_arena_alloc(&arena, 40 << 20, 1);
    assert_non_null(large);
    large[0] = large[(40 << 20) - 1] = 'x';
    assert_non_null(eb_arena_alloc(&arena, 8, 8));
    eb_arena_release(&arena);
}

static void reserved__is_full_at_its_size_and_empty_after_reset(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 16));
    char *first = eb_arena_alloc(&arena, 1 << 16, 1);
    assert_non_null(first);
    assert_null(eb_arena_alloc(&arena, 1, 1));
    eb_arena_reset(&arena);
    assert_ptr_equal(eb_arena_alloc(&arena, 1, 1), first);
    eb_arena_release(&arena);
}

static void reserved__rewinds_to_a_mark(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 16));
    eb_arena_alloc(&arena, 100, 1);
    struct eb_arena_mark mark = eb_arena_mark(&arena);
    char *second = eb_arena_alloc(&arena, 100, 1);
    eb_arena_rewind(&arena, mark);
    assert_ptr_equal(eb_arena_alloc(&arena, 50, 1), second);
    eb_arena_release(&arena);
}

static void shrink__lets_the_next_allocation_follow_at_once(void **state)
{
    (void)state;
    struct eb_arena arenas[2];
    eb_arena_init_growing(&arenas[0], 1 << 20);
    assert_true(eb_arena_init_reserved(&arenas[1], 1 << 20));
    for (int i = 0; i < 2; i++) {
        char *first = eb_arena_alloc(&arenas[i], 1000, 1);
        eb_arena_shrink(&arenas[i], first + 10);
        assert_ptr_equal(eb_arena_alloc(&arenas[i], 1, 1), first + 10);
        eb_arena_release(&arenas[i]);
    }
}

static void reserved__trim_gives_back_what_was_touched(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    char *all = eb_arena_alloc(&arena, 1 << 20, 1);
    memset(all, 'x', 1 << 20);
    eb_arena_reset(&arena);
    eb_arena_trim(&arena, 1 << 16);
    all = eb_arena_alloc(&arena, 1 << 20, 1);
    assert_int_equal(all[(1 << 16) - 1], 'x');
    assert_int_equal(all[1 << 17], 0);
    eb_arena_release(&arena);
}

static void copy__ends_in_nul_and_keeps_inner_nul(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, 1 << 20);
    struct eb_span copy = eb_arena_copy(&arena, eb_span("a\0b", 3));
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    assert_int_equal(eb_arena_copy(&arena, eb_span(NULL, 0)).len, 0);
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing__hands_out_aligned_zeroed_memory),
        cmocka_unit_test(growing__refuses_to_hold_more_than_its_bound),
        cmocka_unit_test(growing__serves_requests_larger_than_any_block),
        cmocka_unit_test(reserved__is_full_at_its_size_and_empty_after_reset),
        cmocka_unit_test(reserved__rewinds_to_a_mark),
        cmocka_unit_test(shrink__lets_the_next_allocation_follow_at_once),
        cmocka_unit_test(reserved__trim_gives_back_what_was_touched),
        cmocka_unit_test(copy__ends_in_nul_and_keeps_inner_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
