#include "eb_test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "eb_draw.h"
#include "json/scan.h"

static uint64_t obvious(const unsigned char *at, int count)
{
    uint64_t special = 0;
    for (int i = 0; i < count; i++)
        special |= (uint64_t)eb_scan_is_special(at[i]) << i;
    return special;
}

static void words__are_judged_right_for_every_byte_at_every_place(void **state)
{
    (void)state;
    static const unsigned char around[] = { 'a', '"', '\\', 0x00, 0x1f, 0x20, 0x21, 0x7f, 0x80,
        0xff };
    for (size_t i = 0; i < sizeof around; i++) {
        for (int byte = 0; byte < 256; byte++) {
            for (int place = 0; place < EB_SCAN_BYTES; place++) {
                unsigned char bytes[EB_SCAN_BYTES];
                memset(bytes, around[i], sizeof bytes);
                bytes[place] = (unsigned char)byte;
                assert_true(eb_scan_64(bytes) == obvious(bytes, 64));
                assert_true(eb_scan_8(bytes) == obvious(bytes, 8));
            }
        }
    }
}

static void words__are_judged_right_for_random_bytes(void **state)
{
    (void)state;
    struct eb_draw draw = { .state = 22 };
    for (int run = 0; run < 100000; run++) {
        uint64_t words[8];
        for (int i = 0; i < 8; i++)
            words[i] = eb_draw_bits(&draw);
        const unsigned char *bytes = (const unsigned char *)words;
        assert_true(eb_scan_64(bytes) == obvious(bytes, 64));
        assert_true(eb_scan_8(bytes) == obvious(bytes, 8));
    }
}

static void digits__end_where_the_first_other_byte_is(void **state)
{
    (void)state;
    for (size_t len = 0; len < 30; len++) {
        for (size_t digits = 0; digits <= len; digits++) {
            for (int byte = 0; byte < 256; byte++) {
                unsigned char text[30];
                memset(text, byte & 1 ? '9' : '0', sizeof text);
                memset(text + digits, byte, len - digits);
                bool is_digit = byte >= '0' && byte <= '9';
                const unsigned char *want = text + (is_digit ? len : digits);
                assert_ptr_equal(eb_scan_digits(text, text + len, true), want);
            }
        }
    }
}

/* Texts of every length up to some windows, ending at a page that must not be read. */
static void find__gives_every_special_byte_and_then_the_end(void **state)
{
    (void)state;
    enum { LEN_MAX = 300 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    const unsigned char *end = pages + page;
    struct eb_draw draw = { .state = 23 };
    for (size_t len = 0; len <= LEN_MAX; len++) {
        for (size_t rarity = 2; rarity < 400; rarity *= 3) {
            unsigned char *text = pages + page - len;
            for (size_t i = 0; i < len; i++)
                text[i] = eb_draw_below(&draw, rarity) ? 'x' : '"';
            struct eb_scan scan;
            eb_scan_init(&scan, text, end);
            const unsigned char *want = text;
            for (const unsigned char *at = text; at < end; at = want + 1) {
                if (eb_draw_below(&draw, 8) == 0)
                    at += eb_draw_below(&draw, (size_t)(end - at)); /* jump ahead */
                for (want = at; want < end && !eb_scan_is_special(*want);)
                    want++;
                assert_ptr_equal(eb_scan_find(&scan, at), want);
                if (want == end)
                    break;
            }
        }
    }
    munmap(pages, 2 * page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words__are_judged_right_for_every_byte_at_every_place),
        cmocka_unit_test(words__are_judged_right_for_random_bytes),
        cmocka_unit_test(digits__end_where_the_first_other_byte_is),
        cmocka_unit_test(find__gives_every_special_byte_and_then_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
