#include "eb_test.h"

#include "text/fold.h"

static void code_point__folds_letters_that_are_each_others_only_counterpart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t input, want;
    } cases[] = {
        { "ASCII upper case", 'K', 'k' },
        { "before the letters", '@', '@' },
        { "behind the letters", '[', '[' },
        { "lower case stays", 'k', 'k' },
        { "Latin-1", 0xc9, 0xe9 },
        { "multiplication sign is no letter", 0xd7, 0xd7 },
        { "every second", 0x100, 0x101 },
        { "its neighbour is lower case", 0x101, 0x101 },
        { "longer in UTF-8", 0x23a, 0x2c65 },
        { "shorter in UTF-8", 0x2c7e, 0x23f },
        { "Cyrillic", 0x41f, 0x43f },
        { "Roman numeral", 0x2167, 0x2177 },
        { "beyond U+FFFF", 0x10400, 0x10428 },
        { "last of the table", 0x1e921, 0x1e943 },
        { "behind the table", 0x1e922, 0x1e922 },
        { "capital sigma", 0x3a3, 0x3c3 },
        { "final sigma has the same capital", 0x3c2, 0x3c2 },
        { "title case is neither", 0x1c5, 0x1c5 },
        { "dotted capital I", 0x130, 0x130 },
        { "dotless i", 0x131, 0x131 },
        { "Kelvin sign", 0x212a, 0x212a },
        { "sharp s takes two letters", 0xdf, 0xdf },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t got = eb_fold_code_point(cases[i].input);
        if (got != cases[i].want)
            fail_msg("%s: got U+%04X, want U+%04X", cases[i].name, got, cases[i].want);
    }
}

static void code_point__folding_twice_changes_nothing_more(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++)
        assert_int_equal(eb_fold_code_point(eb_fold_code_point(c)), eb_fold_code_point(c));
}

static void fold__borrows_plain_lower_case_and_copies_the_rest(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_span lower = EB_SPAN("plain 12");
    assert_ptr_equal(eb_fold(lower, &arena).ptr, lower.ptr);
    assert_span_equal(eb_fold(eb_span_of(""), &arena), "");
    assert_span_equal(eb_fold(eb_span_of("aBc ÄΣ𐐀"), &arena), "abc äσ𐐨");
    assert_span_equal(eb_fold(eb_span_of("ȺȺȺȺ"), &arena), "ⱥⱥⱥⱥ");
    assert_span_equal(eb_fold(eb_span_of("A\xffÄ\xc3"), &arena), "a\xffä\xc3");
    eb_arena_release(&arena);
}

static void fold__says_when_the_arena_is_exhausted(void **state)
{
    (void)state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, 0);
    assert_null(eb_fold(eb_span_of("ABC"), &arena).ptr);
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_point__folds_letters_that_are_each_others_only_counterpart),
        cmocka_unit_test(code_point__folding_twice_changes_nothing_more),
        cmocka_unit_test(fold__borrows_plain_lower_case_and_copies_the_rest),
        cmocka_unit_test(fold__says_when_the_arena_is_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
