/*
 * Mutated JSON texts, each ending where an unreadable page begins, read by us and by jansson.
 *
 *     test_oracle_json_reader [RUNS [SEED]]
 */
#include "eb_test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "eb_draw.h"
#include "oracle/jansson_agreement.h"
#include "oracle/json_rewrite.h"

#ifdef NDEBUG
static unsigned long runs = 2000000;
#else
static unsigned long runs = 500000;
#endif
static struct eb_draw draw = { .state = 20 };

enum { TEXT_MAX = 2048 };

static const struct eb_span seeds[] = {
    EB_SPAN("{\"specversion\":\"1.0\",\"id\":\"4f9c1d2e-7a3b\",\"source\":\"lock/b12/d0042\","
            "\"type\":\"access.granted\",\"time\":\"2026-11-20T17:21:33.125Z\",\"data\":{\"door\":"
            "\"front\",\"user\":\"u-19384\",\"battery\":87.5,\"rssi\":-61,\"tags\":[\"day\"],"
            "\"ok\":true}}"),
    EB_SPAN("[0,-0,1.5,-12e3,0.1E-7,1e+400,9223372036854775807,9223372036854775808,1e-400]"),
    EB_SPAN("{\"a\":[],\"b\":{},\"c\":[[],[{}],{\"d\":[null]}],\"e\":true,\"f\":false}"),
    EB_SPAN("[\"\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u0041\\u00e9\\ud83d\\ude00\",\"\\u0000\"]"),
    EB_SPAN("[\"sixteen bytes..\xc3\xa9\",\"\xe2\x82\xac\",\"\xf0\x9f\x98\x80 and some more\"]"),
    EB_SPAN("{\"a\":1,\"A\":2,\"\\u0061\\u0062\":3,\"abc\":4,\"\":5,\"\xc3\xa9\":6}"),
    EB_SPAN(" {\r\n\t\"k1\" : [ 1 , 2 ] ,\n\"k2\" : \"v\" } "),
    EB_SPAN("{\"k01\":1,\"k02\":2,\"k03\":3,\"k04\":4,\"k05\":5,\"k06\":6,\"k07\":7,\"k08\":8,"
            "\"k09\":9,\"k10\":1,\"k11\":2,\"k12\":3,\"k13\":4,\"k14\":5,\"k15\":6,\"k16\":7,"
            "\"k17\":8,\"k18\":9,\"k19\":9}"),
    EB_SPAN("\"top-level string of more than thirty-two bytes, all plain\""),
    EB_SPAN("-12.5e3"),
    EB_SPAN("true"),
};

static const struct eb_span fragments[] = {
    EB_SPAN("{"),
    EB_SPAN("}"),
    EB_SPAN("["),
    EB_SPAN("]"),
    EB_SPAN(":"),
    EB_SPAN(","),
    EB_SPAN("\""),
    EB_SPAN("\\"),
    EB_SPAN("\\u"),
    EB_SPAN("\\ud800"),
    EB_SPAN("\\udc00"),
    EB_SPAN("\\u0061"),
    EB_SPAN("\\n"),
    EB_SPAN("0"),
    EB_SPAN("-"),
    EB_SPAN("."),
    EB_SPAN("e"),
    EB_SPAN("E+"),
    EB_SPAN("1"),
    EB_SPAN("null"),
    EB_SPAN("true"),
    EB_SPAN("fals"),
    EB_SPAN("\"a\":"),
    EB_SPAN("\"k07\":7,"),
    EB_SPAN("[]"),
    EB_SPAN("{}"),
    EB_SPAN(" "),
    EB_SPAN("\n"),
    EB_SPAN("\0"),
    EB_SPAN("\x1f"),
    EB_SPAN("\x7f"),
    EB_SPAN("\x80"),
    EB_SPAN("\xc0"),
    EB_SPAN("\xc3\xa9"),
    EB_SPAN("\xe2\x82\xac"),
    EB_SPAN("\xed\xa0\x80"),
    EB_SPAN("\xf0\x9f\x98\x80"),
    EB_SPAN("\xf4\x90\x80\x80"),
    EB_SPAN("\xff"),
    EB_SPAN("\xef\xbb\xbf"),
    EB_SPAN("123456789012345"),
    EB_SPAN("plain text of 16"),
};

struct text {
    char bytes[TEXT_MAX];
    size_t len;
};

/* Puts `piece` in the place of `removed` bytes at `at`; leaves the text alone if it got too long.
 */
static void replace(struct text *text, size_t at, size_t removed, struct eb_span piece)
{
    if (text->len - removed + piece.len > TEXT_MAX)
        return;
    memmove(text->bytes + at + piece.len, text->bytes + at + removed, text->len - at - removed);
    memmove(text->bytes + at, piece.ptr, piece.len);
    text->len += piece.len - removed;
}

static void copy_slice(struct text *text)
{
    char slice[64];
    size_t from = eb_draw_below(&draw, text->len + 1);
    size_t len = eb_draw_below(&draw, sizeof slice);
    if (len > text->len - from)
        len = text->len - from;
    memcpy(slice, text->bytes + from, len);
    replace(text, eb_draw_below(&draw, text->len + 1), 0, eb_span(slice, len));
}

/* Where a comma, or the text, ends: a place from which one member or element reaches to the next.
 */
static size_t draw_seam(const struct text *text)
{
    size_t from = eb_draw_below(&draw, text->len + 1);
    const char *comma = memchr(text->bytes + from, ',', text->len - from);
    return comma ? (size_t)(comma - text->bytes) + 1 : text->len;
}

/* Makes names appear twice without breaking the grammar. */
static void repeat_member(struct text *text)
{
    char member[128];
    size_t from = draw_seam(text);
    const char *comma = memchr(text->bytes + from, ',', text->len - from);
    size_t len = comma ? (size_t)(comma - text->bytes) + 1 - from : 0;
    if (len > sizeof member)
        return;
    memcpy(member, text->bytes + from, len);
    replace(text, draw_seam(text), 0, eb_span(member, len));
}

static void mutate(struct text *text)
{
    size_t at = eb_draw_below(&draw, text->len + 1), left = text->len - at;
    struct eb_span fragment = fragments[eb_draw_below(&draw, sizeof fragments / sizeof *fragments)];
    switch (eb_draw_below(&draw, 9)) {
    case 0: text->len = at; break;
    case 1: replace(text, at, eb_draw_below(&draw, left < 8 ? left + 1 : 8), eb_span("", 0)); break;
    case 2:
        if (left)
            text->bytes[at] ^= (char)(1 << eb_draw_below(&draw, 8));
        break;
    case 3: copy_slice(text); break;
    case 4: repeat_member(text); break;
    case 5: replace(text, at, left >= fragment.len ? fragment.len : left, fragment); break;
    default: replace(text, at, 0, fragment); break;
    }
}

static struct text next_text(void)
{
    struct text text = { .len = 0 };
    replace(&text, 0, 0, seeds[eb_draw_below(&draw, sizeof seeds / sizeof *seeds)]);
    for (size_t left = eb_draw_below(&draw, 5); left; left--)
        mutate(&text);
    return text;
}

/* Pages that end where reading is forbidden. */
static char *map_before_forbidden_page(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *start =
        mmap(NULL, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(start, MAP_FAILED);
    assert_int_equal(mprotect(start + bytes, page, PROT_NONE), 0);
    return start + bytes;
}

static void reader__agrees_with_jansson_on_mutated_texts(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *end = map_before_forbidden_page(page);
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    unsigned long codes[EB_JSON_NO_MEMORY + 1] = { 0 };
    for (unsigned long run = 0; run < runs; run++) {
        struct text text = next_text();
        char *start = end - text.len;
        memcpy(start, text.bytes, text.len);
        enum eb_json_code code;
        const char *difference = eb_jansson_disagreement(eb_span(start, text.len), &arena, &code);
        codes[code]++;
        if (difference)
            print_error("run %lu: %s: %.*s\n", run, difference, (int)text.len, start);
        assert_null(difference);
        assert_true(eb_json_survives_rewriting(eb_span(start, text.len), &arena));
    }
    print_message("%lu texts\n", runs);
    for (int code = EB_JSON_OK; code <= EB_JSON_NO_MEMORY; code++)
        print_message("%8lu %s\n", codes[code], eb_json_code_text((enum eb_json_code)code));
    /* Mutations so wild that hardly a text survives, or so tame that every one does, test little.
     */
    assert_in_range(codes[EB_JSON_OK], runs / 8, runs / 2);
    eb_arena_release(&arena);
    munmap(end - page, 2 * page);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        runs = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        draw.state = strtoull(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader__agrees_with_jansson_on_mutated_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
