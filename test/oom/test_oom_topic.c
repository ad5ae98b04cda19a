#include "eb_test.h"

#include "oom/failing_alloc.h"
#include "topic/trie.h"

enum { FILTERS = 500 };

/* Enough filters for every array to grow more than once; labels short and long. */
static bool build_trie(void *context)
{
    (void)context;
    bool is_done = false;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_trie_builder *builder = eb_trie_builder_new();
    if (!builder)
        goto fail;
    for (int i = 0; i < FILTERS; i++) {
        char filter[64];
        snprintf(filter, sizeof filter, "site/%d/+/a-level-that-is-long-%d/#", i, i);
        if (eb_trie_builder_add(builder, eb_span_of(filter)) != (uint32_t)i)
            goto fail;
    }
    struct eb_trie *trie = eb_trie_freeze(builder, &arena);
    if (!trie)
        goto fail;
    assert_true(eb_trie_check(trie));
    assert_int_equal(eb_trie_filter_count(trie), FILTERS);
    is_done = true;
fail:
    eb_trie_builder_free(builder);
    eb_arena_release(&arena);
    return is_done;
}

static void trie__survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    assert_in_range(eb_fail_each_allocation(build_trie, NULL), 10, 1000);
}

static void trie__goes_on_after_a_failed_add(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_trie_builder *builder = eb_trie_builder_new();
    uint32_t numbers[FILTERS], failures = 0;
    for (int i = 0; i < FILTERS; i++) {
        char filter[64];
        snprintf(filter, sizeof filter, "%d/%d/+/%d", i, i, i);
        eb_fail_allocation(1);
        numbers[i] = eb_trie_builder_add(builder, eb_span_of(filter));
        eb_fail_allocation(0);
        failures += numbers[i] == UINT32_MAX;
    }
    assert_true(failures > 0);
    for (int i = 0; i < FILTERS; i++) {
        char filter[64];
        snprintf(filter, sizeof filter, "%d/%d/+/%d", i, i, i);
        uint32_t number = eb_trie_builder_add(builder, eb_span_of(filter));
        if (numbers[i] == UINT32_MAX)
            assert_int_not_equal(number, UINT32_MAX);
        else
            assert_int_equal(number, numbers[i]);
    }
    struct eb_trie *trie = eb_trie_freeze(builder, &arena);
    assert_true(trie && eb_trie_check(trie));
    assert_int_equal(eb_trie_filter_count(trie), FILTERS);
    eb_trie_builder_free(builder);
    eb_arena_release(&arena);
}

static void match__never_allocates(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_trie_builder *builder = eb_trie_builder_new();
    static const char *const filters[] = { "#", "+/+", "a/b", "a/#", "1", "2", "3", "4", "5" };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        eb_trie_builder_add(builder, eb_span_of(filters[i]));
    struct eb_trie *trie = eb_trie_freeze(builder, &arena);
    eb_trie_builder_free(builder);
    size_t before = eb_allocation_count();
    uint32_t matched[8];
    assert_int_equal(eb_trie_match(trie, eb_span_of("a/b"), matched, 8), 4);
    assert_int_equal(eb_allocation_count(), before);
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trie__survives_the_failure_of_any_allocation),
        cmocka_unit_test(trie__goes_on_after_a_failed_add),
        cmocka_unit_test(match__never_allocates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
