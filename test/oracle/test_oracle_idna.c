/*
 * Internationalized labels against libidn2, which judges them for registration (RFC 5891 §4).
 *
 * libidn2 knows an older Unicode, so what it calls unassigned is not compared. It is also laxer in
 * two points of the Bidi rule (RFC 5893 §2), which are left out: it lets European and Arabic digits
 * stand together (rule 4), and a hyphen end a label when marks follow it (rule 3).
 */
#include "eb_test.h"

#include <idn2.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "eb_draw.h"
#include "text/format.h"

enum { LABEL_MAX = 6, ROUNDS = 400 * 1000 };

enum kind { LETTER, EUROPEAN_DIGIT, ARABIC_DIGIT, NEUTRAL, MARK };

/* What the rules are about: scripts, digits, joiners, marks, what composes, what is refused. */
static const struct {
    uint32_t code_point;
    enum kind kind;
} pool[] = {
    { 'a', LETTER },
    { 'l', LETTER },
    { 'o', LETTER },
    { 'A', LETTER },
    { '0', EUROPEAN_DIGIT },
    { '9', EUROPEAN_DIGIT },
    { '-', NEUTRAL },
    { 0xb7, NEUTRAL }, /* middle dot */
    { 0xdf, LETTER },
    { 0xe9, LETTER },
    { 0x1d2, LETTER },
    { 0x300, MARK },
    { 0x301, MARK },
    { 0x302, MARK },
    { 0x323, MARK },
    { 0x375, NEUTRAL }, /* keraia */
    { 0x3ac, LETTER },
    { 0x3b1, LETTER },
    { 0x3c2, LETTER },
    { 0x5b7, MARK },
    { 0x5d0, LETTER },
    { 0x5d1, LETTER },
    { 0x5f3, LETTER }, /* geresh */
    { 0x5f4, LETTER }, /* gershayim */
    { 0x627, LETTER },
    { 0x628, LETTER },
    { 0x640, LETTER },
    { 0x64a, LETTER },
    { 0x660, ARABIC_DIGIT },
    { 0x665, ARABIC_DIGIT },
    { 0x6f0, EUROPEAN_DIGIT },
    { 0x6f5, EUROPEAN_DIGIT },
    { 0x6fd, LETTER },
    { 0x7ca, LETTER },
    { 0x915, LETTER },
    { 0x937, LETTER },
    { 0x93c, MARK },
    { 0x94d, MARK }, /* virama */
    { 0x9be, LETTER },
    { 0x9c7, LETTER },
    { 0x1e00, LETTER },
    { 0x1ea1, LETTER },
    { 0x200c, NEUTRAL },
    { 0x200d, NEUTRAL },
    { 0x20ac, NEUTRAL },
    { 0x3042, LETTER },
    { 0x30a1, LETTER },
    { 0x30fb, NEUTRAL },
    { 0x4e08, LETTER },
    { 0xac00, LETTER },
    { 0x10a00, LETTER },
    { 0x11127, MARK },
    { 0x11131, MARK },
};

struct label {
    char text[LABEL_MAX * EB_UTF8_BYTES_MAX + 1];
    size_t len;
    bool is_wide;
    bool libidn2_is_lax;
};

static void append(struct label *label, uint32_t code_point)
{
    label->is_wide |= code_point >= 0x80;
    label->len += eb_utf8_encode(code_point, label->text + label->len);
    label->text[label->len] = '\0';
}

static struct label draw_label(struct eb_draw *draw)
{
    struct label label = { .len = 0 };
    unsigned seen = 0;
    enum kind last = LETTER;
    for (size_t left = 1 + eb_draw_below(draw, LABEL_MAX); left; left--) {
        size_t i = eb_draw_below(draw, sizeof pool / sizeof *pool);
        append(&label, pool[i].code_point);
        seen |= 1u << pool[i].kind;
        last = pool[i].kind == MARK ? last : pool[i].kind;
    }
    bool has_both_digits = seen & 1u << EUROPEAN_DIGIT && seen & 1u << ARABIC_DIGIT;
    label.libidn2_is_lax = has_both_digits || last == NEUTRAL;
    return label;
}

static int ask_libidn2(const struct label *label)
{
    uint8_t *a_label = NULL;
    int code = idn2_register_u8((const uint8_t *)label->text, NULL, &a_label, 0);
    idn2_free(a_label);
    return code;
}

static const struct eb_format *idn_hostname(void)
{
    return eb_format_find(eb_span_of("idn-hostname"));
}

static void labels__are_judged_as_by_libidn2(void **state)
{
    (void)state;
    struct eb_draw draw = { 5890 };
    size_t compared = 0, valid = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct label label = draw_label(&draw);
        int code = ask_libidn2(&label);
        if (!label.is_wide || label.libidn2_is_lax || code == IDN2_UNASSIGNED)
            continue;
        bool got = eb_format_check(idn_hostname(), eb_span(label.text, label.len));
        if (got != (code == IDN2_OK))
            print_error("%s: got %d, libidn2 says %s\n", label.text, got, idn2_strerror(code));
        assert_int_equal(got, code == IDN2_OK);
        compared++;
        valid += got;
    }
    print_message("%zu labels compared, %zu of them valid\n", compared, valid);
    assert_true(compared > ROUNDS / 2 && valid > ROUNDS / 20);
}

/* Behind a letter, so that neither the Bidi rule nor that of leading marks decides. */
static void every_code_point__is_judged_as_by_libidn2(void **state)
{
    (void)state;
    size_t valid = 0;
    for (uint32_t code_point = 0x80; code_point <= EB_CODE_POINT_MAX; code_point++) {
        struct label label = { .len = 0 };
        append(&label, 'x');
        append(&label, code_point);
        int code = ask_libidn2(&label);
        if (code == IDN2_UNASSIGNED || label.len == 1)
            continue;
        bool got = eb_format_check(idn_hostname(), eb_span(label.text, label.len));
        if (got != (code == IDN2_OK))
            print_error("U+%04X: got %d, libidn2 says %s\n", code_point, got, idn2_strerror(code));
        assert_int_equal(got, code == IDN2_OK);
        valid += got;
    }
    assert_true(valid > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels__are_judged_as_by_libidn2),
        cmocka_unit_test(every_code_point__is_judged_as_by_libidn2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
