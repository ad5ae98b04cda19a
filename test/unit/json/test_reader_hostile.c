/*
 * The largest documents, and texts made to be slow: each is read or refused in time that grows
 * with its length alone. Anything quadratic would take hours here, not seconds.
 */
#include "eb_test.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "json/reader.h"

enum { BYTES = EB_DOCUMENT_BYTES_MAX };

/* ns of processor time a byte may cost, sanitizers included: some 50 times what it does. */
static const double NS_PER_BYTE_MAX = 500;

static char *text;
static struct eb_arena arena;

static int set_up(void **state)
{
    (void)state;
    text = malloc(BYTES + 1);
    return text && eb_arena_init_reserved(&arena, eb_json_read_bytes(BYTES, &eb_json_limits_max))
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(text);
    eb_arena_release(&arena);
    return 0;
}

/* `first`, then `again` with a running number in the place of %u for as long as it fits, `last`. */
static size_t fill(size_t bytes, const char *first, const char *again, const char *last)
{
    size_t len = (size_t)sprintf(text, "%s", first);
    for (unsigned i = 0;; i++) {
        char piece[256];
        size_t piece_len = (size_t)snprintf(piece, sizeof piece, again, i);
        if (len + piece_len + strlen(last) > bytes)
            break;
        memcpy(text + len, piece, piece_len + 1);
        len += piece_len;
    }
    return len + (size_t)sprintf(text + len, "%s", last);
}

static enum eb_json_code read_timed(size_t len, struct eb_doc *doc)
{
    struct eb_json_fault fault;
    eb_arena_reset(&arena);
    eb_hash_key();
    clock_t begin = clock();
    enum eb_json_code code =
        eb_json_read(doc, eb_span(text, len), &eb_json_limits_max, &arena, &fault);
    double ns = (double)(clock() - begin) / CLOCKS_PER_SEC * 1e9;
    if (ns > NS_PER_BYTE_MAX * (double)len)
        print_error("%.20s…: %.0f ns for each of %zu bytes\n", text, ns / (double)len, len);
    assert_true(ns <= NS_PER_BYTE_MAX * (double)len);
    return code;
}

static void read__counts_the_elements_of_the_largest_array(void **state)
{
    (void)state;
    memset(text, '1', BYTES - 1);
    for (size_t i = 2; i < BYTES - 1; i += 2)
        text[i] = ',';
    text[0] = '[';
    text[BYTES - 2] = ']';
    struct eb_doc doc;
    assert_int_equal(read_timed(BYTES - 1, &doc), EB_JSON_OK);
    assert_int_equal(doc.token_count, BYTES / 2);
    assert_int_equal(doc.tokens[0].count, BYTES / 2 - 1);
    assert_int_equal(doc.tokens[0].next, doc.token_count);
}

static void read__is_linear_whatever_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *name, *first, *again, *last;
        enum eb_json_code want;
    } cases[] = {
        { "many names", "{\"\":0", ",\"%u\":0", "}", EB_JSON_OK },
        { "many names alike", "{\"\":0", ",\"abcde%07uabcde\":0", "}", EB_JSON_OK },
        { "many escaped names", "{\"\":0", ",\"\\u0061%u\":0", "}", EB_JSON_OK },
        { "the same name at the end", "{\"a\":0", ",\"%u\":0", ",\"a\":1}",
            EB_JSON_DUPLICATE_NAME },
        { "small objects of names alike", "[{}",
            ",{\"x%ua0z\":0,\"n0a1z\":0,\"n0a2z\":0,\"n0a3z\":0,\"n0a4z\":0,\"n0a5z\":0,"
            "\"n0a6z\":0,\"n0a7z\":0,\"n0a8z\":0,\"n0a9z\":0,\"n1a0z\":0,\"n1a1z\":0}",
            "]", EB_JSON_OK },
        { "one string", "\"", "................", "\"", EB_JSON_OK },
        { "one string of quotes", "\"", "\\\"\\\"\\\"\\\"", "\"", EB_JSON_OK },
        { "one string of surrogates", "\"", "\\ud83d\\ude00", "\"", EB_JSON_OK },
        { "one string beyond ASCII", "\"", "\xc3\xa9\xe2\x82\xac", "\"", EB_JSON_OK },
        { "one number", "1", "0000000000000000", "", EB_JSON_OK },
        { "spaces", "[", "            \n\n\r\t", "]", EB_JSON_OK },
        { "empty arrays", "[[]", ",[]", "]", EB_JSON_OK },
        { "brackets", "[", "[[[[[[[[[[[[[[[[", "", EB_JSON_TOO_DEEP },
        { "never closed", "[\"", "no end, no end, ", "", EB_JSON_TRUNCATED },
    };
    enum { LEN = 8 << 20 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_doc doc;
        size_t len = fill(LEN, cases[i].first, cases[i].again, cases[i].last);
        enum eb_json_code code = read_timed(len, &doc);
        if (code != cases[i].want)
            print_error("%s: got %d, want %d\n", cases[i].name, code, cases[i].want);
        assert_int_equal(code, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__counts_the_elements_of_the_largest_array),
        cmocka_unit_test(read__is_linear_whatever_the_text),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
