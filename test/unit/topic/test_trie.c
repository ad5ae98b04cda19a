#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "topic/filter.h"
#include "topic/trie.h"

struct fixture {
    struct eb_arena arena;
    struct eb_trie *trie;
};

/* `filters` ends with NULL; numbers are positions in it, which holds no filter twice. */
static void build(struct fixture *fixture, const char *const *filters)
{
    struct eb_trie_builder *builder = eb_trie_builder_new();
    for (uint32_t i = 0; filters[i]; i++)
        assert_int_equal(eb_trie_builder_add(builder, eb_span_of(filters[i])), i);
    eb_arena_init_growing(&fixture->arena, SIZE_MAX);
    fixture->trie = eb_trie_freeze(builder, &fixture->arena);
    eb_trie_builder_free(builder);
    assert_true(eb_trie_check(fixture->trie));
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/*
 * The numbers of the matching filters in order, as text: "0 3 4". The topic is matched where
 * nothing follows it, so that ASan sees a read past its end.
 */
static void assert_matches(const struct fixture *fixture, struct eb_span topic, const char *want)
{
    uint32_t numbers[64];
    char got[256] = "";
    char *alone = malloc(topic.len ? topic.len : 1);
    memcpy(alone, topic.ptr, topic.len);
    size_t count = eb_trie_match(fixture->trie, eb_span(alone, topic.len), numbers, 64), len = 0;
    struct eb_trie_found found;
    assert_int_equal(eb_trie_find(fixture->trie, eb_span(alone, topic.len), &found), count > 0);
    assert_int_equal(found.count, count);
    free(alone);
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(
            got + len, sizeof got - len, "%s%u", i ? " " : "", (unsigned)numbers[i]);
    if (strcmp(got, want))
        print_error("topic %.*s\n", (int)topic.len, topic.ptr);
    assert_string_equal(got, want);
}

static void trie__gives_what_matches(void **state)
{
    (void)state;
    static const char *const filters[] = { "#", "+", "a", "a/#", "a/+", "a/b", "+/b", "/", "+/+",
        "/#", "$SYS/#", "$SYS/+", "+/+/+", "a/b/#", NULL };
    static const struct {
        const char *topic, *want;
    } cases[] = {
        { "a", "0 1 2 3" },
        { "b", "0 1" },
        { "a/b", "0 3 4 5 6 8 13" },
        { "a/", "0 3 4 8" },
        { "/", "0 7 8 9" },
        { "//", "0 9 12" },
        { "/b", "0 6 8 9" },
        { "a/b/c", "0 3 12 13" },
        { "x/y/z/w", "0" },
        { "$SYS", "10" },
        { "$SYS/b", "10 11" },
        { "$SYS/b/c", "10" },
        { "$other", "" },
        { "$", "" },
        { "", "" },
    };
    struct fixture fixture;
    build(&fixture, filters);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_matches(&fixture, eb_span_of(cases[i].topic), cases[i].want);
    eb_arena_release(&fixture.arena);
}

static void trie__plus_does_not_cross_levels(void **state)
{
    (void)state;
    static const char *const filters[] = { "a/+/d", NULL };
    struct fixture fixture;
    build(&fixture, filters);
    assert_matches(&fixture, eb_span_of("a/b/d"), "0");
    assert_matches(&fixture, eb_span_of("a/b/c/d"), "");
    assert_matches(&fixture, eb_span_of("a/d"), "");
    eb_arena_release(&fixture.arena);
}

static void trie__treats_wildcards_in_a_topic_as_names(void **state)
{
    (void)state;
    static const char *const filters[] = { "+/b", "a/#", NULL };
    struct fixture fixture;
    build(&fixture, filters);
    assert_matches(&fixture, eb_span_of("+/b"), "0");
    assert_matches(&fixture, eb_span_of("a/#"), "1");
    assert_matches(&fixture, eb_span_of("#"), "");
    assert_matches(&fixture, eb_span("a/\0\xff", 4), "1");
    eb_arena_release(&fixture.arena);
}

static void trie__without_filters_matches_nothing(void **state)
{
    (void)state;
    static const char *const filters[] = { NULL };
    struct fixture fixture;
    build(&fixture, filters);
    assert_matches(&fixture, eb_span_of("a"), "");
    assert_matches(&fixture, eb_span_of("$SYS/a"), "");
    assert_int_equal(eb_trie_filter_count(fixture.trie), 0);
    eb_arena_release(&fixture.arena);
}

static void builder__numbers_equal_filters_alike(void **state)
{
    (void)state;
    struct eb_trie_builder *builder = eb_trie_builder_new();
    assert_int_equal(eb_trie_builder_add(builder, eb_span_of("a/b")), 0);
    assert_int_equal(eb_trie_builder_add(builder, eb_span_of("a/#")), 1);
    assert_int_equal(eb_trie_builder_add(builder, eb_span_of("a/b")), 0);
    assert_int_equal(eb_trie_builder_add(builder, eb_span_of("a")), 2);
    assert_int_equal(eb_trie_builder_add(builder, eb_span_of("a/#")), 1);
    eb_trie_builder_free(builder);
}

static void match__counts_what_does_not_fit(void **state)
{
    (void)state;
    static const char *const filters[] = { "#", "+", "a", NULL };
    struct fixture fixture;
    build(&fixture, filters);
    uint32_t numbers[2] = { 7, 7 };
    assert_int_equal(eb_trie_match(fixture.trie, eb_span_of("a"), numbers, 1), 3);
    assert_int_not_equal(numbers[0], 7);
    assert_int_equal(numbers[1], 7);
    assert_int_equal(eb_trie_match(fixture.trie, eb_span_of("a"), NULL, 0), 3);
    eb_arena_release(&fixture.arena);
}

/* Around the lengths where a label leaves its node, and the counts where a row becomes a table. */
static void trie__finds_labels_of_every_length_among_any_number(void **state)
{
    (void)state;
    static char label[EB_TOPIC_BYTES_MAX + 1];
    memset(label, 'x', sizeof label);
    static const size_t lens[] = { 0, 1, 7, 8, 9, 11, 12, 13, 14, 20, 21, 255, 65535 };
    enum { LENS = sizeof lens / sizeof *lens };
    for (size_t count = 1; count <= LENS; count++) {
        struct eb_trie_builder *builder = eb_trie_builder_new();
        /* "" is no filter; every other length is one level. */
        for (size_t i = 1; i < count; i++)
            assert_int_equal(eb_trie_builder_add(builder, eb_span(label, lens[i])), i - 1);
        eb_trie_builder_add(builder, eb_span_of("/z"));
        struct fixture fixture;
        eb_arena_init_growing(&fixture.arena, SIZE_MAX);
        fixture.trie = eb_trie_freeze(builder, &fixture.arena);
        eb_trie_builder_free(builder);
        assert_true(eb_trie_check(fixture.trie));
        uint32_t number;
        for (size_t i = 1; i < LENS; i++) {
            size_t got = eb_trie_match(fixture.trie, eb_span(label, lens[i]), &number, 1);
            assert_int_equal(got, i < count);
            if (got)
                assert_int_equal(number, i - 1);
            if (lens[i] > 1) {
                label[lens[i] - 1] = 'y'; /* the last byte counts */
                assert_int_equal(eb_trie_match(fixture.trie, eb_span(label, lens[i]), NULL, 0), 0);
                label[lens[i] - 1] = 'x';
            }
        }
        assert_int_equal(eb_trie_match(fixture.trie, eb_span_of("/z"), NULL, 0), 1);
        eb_arena_release(&fixture.arena);
    }
}

static void trie__bears_the_deepest_filters(void **state)
{
    (void)state;
    char filter[2 * EB_TOPIC_LEVELS_MAX];
    for (int i = 0; i < EB_TOPIC_LEVELS_MAX; i++)
        memcpy(filter + 2 * i, "+/", 2);
    filter[sizeof filter - 1] = '\0';
    const char *filters[] = { filter, "#", NULL };
    struct fixture fixture;
    build(&fixture, filters);
    char slashes[65535];
    memset(slashes, '/', sizeof slashes);
    assert_matches(&fixture, eb_span(slashes, EB_TOPIC_LEVELS_MAX - 1), "0 1");
    assert_matches(&fixture, eb_span(slashes, EB_TOPIC_LEVELS_MAX), "1");
    assert_matches(&fixture, eb_span(slashes, sizeof slashes), "1");
    eb_arena_release(&fixture.arena);
}

static void trie__needs_under_150_bytes_for_a_distinct_wildcard_filter(void **state)
{
    (void)state;
    enum { FILTERS = 100000 };
    struct eb_trie_builder *builder = eb_trie_builder_new();
    char filter[64];
    for (int i = 0; i < FILTERS; i++) {
        snprintf(filter, sizeof filter, "locks/building-%06d/+/events", i);
        assert_int_equal(eb_trie_builder_add(builder, eb_span_of(filter)), i);
    }
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 26));
    struct eb_trie *trie = eb_trie_freeze(builder, &arena);
    eb_trie_builder_free(builder);
    assert_true(eb_trie_check(trie));
    assert_true(eb_arena_bytes(&arena) / FILTERS < 150);
    for (int i = 0; i < FILTERS; i++) {
        uint32_t number = 0;
        snprintf(filter, sizeof filter, "locks/building-%06d/x/events", i);
        assert_int_equal(eb_trie_match(trie, eb_span_of(filter), &number, 1), 1);
        assert_int_equal(number, i);
    }
    eb_arena_release(&arena);
}

/* Siblings with little below them, which goes behind each, and some with more than fits there. */
static void trie__finds_what_is_below_many_siblings(void **state)
{
    (void)state;
    enum { SITES = 1000, BIG = 7, SHAPES = 5, ROOMS = 20 };
    static const char *const shapes[SHAPES] = { "#", "+/e", "l/+", "+/+", "l/e/#" };
    char text[64];
    struct fixture fixture;
    struct eb_trie_builder *builder = eb_trie_builder_new();
    for (int site = 0; site < SITES; site++) {
        for (int i = 0; i < SHAPES; i++) {
            snprintf(text, sizeof text, "s/%d/%s", site, shapes[i]);
            assert_int_equal(eb_trie_builder_add(builder, eb_span_of(text)), SHAPES * site + i);
        }
    }
    for (int i = 0; i < SITES / BIG * ROOMS; i++) {
        snprintf(text, sizeof text, "s/%d/room-%d", i / ROOMS * BIG, i % ROOMS);
        assert_int_equal(eb_trie_builder_add(builder, eb_span_of(text)), SHAPES * SITES + i);
    }
    eb_arena_init_growing(&fixture.arena, SIZE_MAX);
    fixture.trie = eb_trie_freeze(builder, &fixture.arena);
    eb_trie_builder_free(builder);
    assert_true(eb_trie_check(fixture.trie));
    for (int site = 0; site < SITES; site++) {
        char want[64];
        int first = SHAPES * site;
        snprintf(text, sizeof text, "s/%d/l/e", site);
        snprintf(
            want, sizeof want, "%d %d %d %d %d", first, first + 1, first + 2, first + 3, first + 4);
        assert_matches(&fixture, eb_span_of(text), want);
        snprintf(text, sizeof text, "s/%d/room-19", site);
        snprintf(want, sizeof want, "%d", first);
        if (site % BIG == 0 && site / BIG < SITES / BIG)
            snprintf(
                want, sizeof want, "%d %d", first, SHAPES * SITES + site / BIG * ROOMS + ROOMS - 1);
        assert_matches(&fixture, eb_span_of(text), want);
        snprintf(text, sizeof text, "s/%d/l/e", site + SITES);
        assert_matches(&fixture, eb_span_of(text), "");
    }
    eb_arena_release(&fixture.arena);
}

static void freeze__fails_when_the_arena_is_full(void **state)
{
    (void)state;
    struct eb_trie_builder *builder = eb_trie_builder_new();
    eb_trie_builder_add(builder, eb_span_of("a/b/c/d/e/f/g"));
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 128));
    assert_null(eb_trie_freeze(builder, &arena));
    eb_arena_release(&arena);
    eb_trie_builder_free(builder);
}

static void trie__gives_its_filters_back(void **state)
{
    (void)state;
    struct fixture fixture;
    struct eb_arena arena;
    static const char *const listed[] = { "#", "+", "/", "a//#", "+/+/#", "a/b", "a/b/#",
        "a-level-of-more-than-twelve-bytes/and-another-one/+", "eight---", "twelve------",
        "thirteen-----/b", "c0/x", "c1/x", "c2/x", "c3/x", "c4/x", "c5/x", "c6/x", "c7/x", "c8/x",
        NULL };
    build(&fixture, listed);
    eb_arena_init_growing(&arena, SIZE_MAX);
    const struct eb_span *all = eb_trie_filters(fixture.trie, &arena);
    assert_non_null(all);
    for (uint32_t i = 0; listed[i]; i++) {
        assert_span_equal(all[i], listed[i]);
        assert_span_equal(eb_trie_filter(fixture.trie, i, &arena), listed[i]);
    }
    eb_arena_release(&arena);
    eb_arena_release(&fixture.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trie__gives_its_filters_back),
        cmocka_unit_test(trie__gives_what_matches),
        cmocka_unit_test(trie__plus_does_not_cross_levels),
        cmocka_unit_test(trie__treats_wildcards_in_a_topic_as_names),
        cmocka_unit_test(trie__without_filters_matches_nothing),
        cmocka_unit_test(builder__numbers_equal_filters_alike),
        cmocka_unit_test(match__counts_what_does_not_fit),
        cmocka_unit_test(trie__finds_labels_of_every_length_among_any_number),
        cmocka_unit_test(trie__bears_the_deepest_filters),
        cmocka_unit_test(trie__needs_under_150_bytes_for_a_distinct_wildcard_filter),
        cmocka_unit_test(trie__finds_what_is_below_many_siblings),
        cmocka_unit_test(freeze__fails_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
