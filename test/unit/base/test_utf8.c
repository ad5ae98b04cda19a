#include "eb_test.h"

#include "base/utf8.h"

static void every_code_point__survives_encode_and_decode(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= EB_CODE_POINT_MAX + 1; code_point++) {
        char bytes[EB_UTF8_BYTES_MAX];
        size_t len = eb_utf8_encode(code_point, bytes);
        bool is_scalar =
            code_point <= EB_CODE_POINT_MAX && !(code_point >= 0xd800 && code_point <= 0xdfff);
        assert_int_equal(len != 0, is_scalar);
        if (!is_scalar)
            continue;
        uint32_t back = 0;
        assert_int_equal(eb_utf8_decode(eb_span(bytes, len), &back), len);
        assert_int_equal(back, code_point);
        assert_int_equal(eb_utf8_count(eb_span(bytes, len)), 1);
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(eb_utf8_decode(eb_span(bytes, cut), &back), 0);
    }
}

static void is_valid__refuses_what_rfc_3629_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        bool want;
    } cases[] = {
        { "empty", "", true },
        { "mixed", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", true },
        { "lone continuation", "a\x80", false },
        { "overlong slash, 2 bytes", "\xc0\xaf", false },
        { "overlong slash, 3 bytes", "\xe0\x80\xaf", false },
        { "overlong slash, 4 bytes", "\xf0\x80\x80\xaf", false },
        { "high surrogate", "\xed\xa0\x80", false },
        { "low surrogate", "\xed\xbf\xbf", false },
        { "beyond U+10FFFF", "\xf4\x90\x80\x80", false },
        { "five bytes", "\xf8\x88\x80\x80\x80", false },
        { "cut short", "\xe2\x82", false },
        { "bad third byte", "\xe2\x82\x41", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool got = eb_utf8_is_valid(eb_span_of(cases[i].bytes));
        if (got != cases[i].want)
            print_error("%s: got %d, want %d\n", cases[i].name, got, cases[i].want);
        assert_int_equal(got, cases[i].want);
    }
}

static void is_printable__is_false_for_what_steers_terminals_and_readers(void **state)
{
    (void)state;
    static const uint32_t hidden[] = { 0, '\n', 0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f,
        0x2028, 0x202e, 0x2066, 0x2069, 0xfeff };
    static const uint32_t shown[] = { ' ', '~', 0xa0, 0xe9, 0x200d, 0x202f, 0x2065, 0x206a,
        0x1f600 };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        assert_false(eb_utf8_is_printable(hidden[i]));
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        assert_true(eb_utf8_is_printable(shown[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point__survives_encode_and_decode),
        cmocka_unit_test(is_valid__refuses_what_rfc_3629_refuses),
        cmocka_unit_test(is_printable__is_false_for_what_steers_terminals_and_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
