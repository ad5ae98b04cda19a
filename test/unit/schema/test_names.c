#include "eb_test.h"

#include <stdlib.h>

#include "schema/names.h"

enum { MANY = 100000, NAME_BYTES = 40 };

static struct eb_arena arena;

static int set_up(void **state)
{
    (void)state;
    eb_arena_init_growing(&arena, SIZE_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eb_arena_release(&arena);
    return 0;
}

static void assert_finds(const struct eb_names *set, const struct eb_span *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (eb_names_find(set, names[i]) != i) {
            print_error("name %u: \"%.*s\"\n", i, (int)names[i].len, names[i].ptr);
            fail();
        }
    }
}

static void find__knows_each_name_and_no_other(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "a", "b", "ab", "ba", "abc", "abcd", "abcde",
        "abcdefg", "abcdefgh", "abcdefghi", "abcdefgh\x01", "specversion", "a longer name, of more",
        "a longer nome, of more" };
    enum { COUNT = sizeof texts / sizeof *texts };
    static const char *const others[] = { "A", "aa", "abcdefgi", "abcdefghj", "specversioo",
        "a longer nime, of more", "abcdefghi ", "x" };
    struct eb_span names[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        names[i] = eb_span_of(texts[i]);
    for (uint32_t count = 0; count <= COUNT; count++) {
        struct eb_names set;
        assert_true(eb_names_compile(&set, names, count, &arena));
        assert_finds(&set, names, count);
        for (uint32_t i = count; i < COUNT; i++)
            assert_int_equal(eb_names_find(&set, names[i]), EB_NO_NAME);
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            assert_int_equal(eb_names_find(&set, eb_span_of(others[i])), EB_NO_NAME);
    }
}

static void find__tells_zero_bytes_from_missing_ones(void **state)
{
    (void)state;
    struct eb_span names[] = { eb_span("a", 1), eb_span("a\0", 2), eb_span("a\0\0", 3),
        eb_span("\0", 1), eb_span("", 0) };
    struct eb_names set;
    assert_true(eb_names_compile(&set, names, 5, &arena));
    assert_finds(&set, names, 5);
    assert_int_equal(eb_names_find(&set, eb_span("\0\0", 2)), EB_NO_NAME);
}

/* Names of every shape that defeats looking at a part of them. */
static void write_name(char out[NAME_BYTES], const char *shape, unsigned number)
{
    snprintf(out, NAME_BYTES, shape, number);
}

static void find__takes_a_hundred_thousand_names(void **state)
{
    (void)state;
    static const char *const shapes[] = { "n%u", "%06u", "property-number-%06u",
        "%06u-at-the-beginning", "same-head-%06u-and-same-tail" };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct eb_span *names = EB_ARENA_ARRAY(&arena, struct eb_span, MANY);
        assert_non_null(names);
        for (unsigned i = 0; i < MANY; i++) {
            char name[NAME_BYTES];
            write_name(name, shapes[s], i);
            names[i] = eb_arena_copy(&arena, eb_span_of(name));
        }
        struct eb_names set;
        assert_true(eb_names_compile(&set, names, MANY, &arena));
        assert_finds(&set, names, MANY);
        for (unsigned i = MANY; i < MANY + 1000; i++) {
            char name[NAME_BYTES];
            write_name(name, shapes[s], i);
            assert_int_equal(eb_names_find(&set, eb_span_of(name)), EB_NO_NAME);
        }
    }
}

static void find_readable__and_find_marked_agree_with_find(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "a", "abcdefg", "abcdefgh", "abcdefghi",
        "abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnopr", "abcdefghizklmnopr" };
    enum { COUNT = sizeof texts / sizeof *texts };
    struct eb_span names[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        names[i] = eb_span_of(texts[i]);
    for (uint32_t count = 0; count <= COUNT; count++) {
        struct eb_names set;
        assert_true(eb_names_compile(&set, names, count, &arena));
        for (size_t i = 0; i < COUNT; i++) {
            char text[64];
            memset(text, '"', sizeof text);
            memcpy(text, texts[i], names[i].len);
            uint32_t want = eb_names_find(&set, names[i]);
            assert_int_equal(eb_names_find_readable(&set, eb_span(text, names[i].len)), want);
            if (set.marks.slots)
                assert_int_equal(
                    eb_names_find_marked(&set, text, names[i].len, eb_mark_of(names[i])), want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(find__knows_each_name_and_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            find__tells_zero_bytes_from_missing_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(find__takes_a_hundred_thousand_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            find_readable__and_find_marked_agree_with_find, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
