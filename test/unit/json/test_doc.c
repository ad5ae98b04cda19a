#include "read_text.h"

#include <stdlib.h>
#include <time.h>

#include "base/utf8.h"
#include "json/doc.h"

static struct eb_arena arena;

static int reserve_arena(void **state)
{
    (void)state;
    return eb_arena_init_reserved(&arena, 1 << 20) ? 0 : -1;
}

static int release_arena(void **state)
{
    (void)state;
    eb_arena_release(&arena);
    return 0;
}

static struct eb_doc read_fresh(const char *text)
{
    eb_arena_reset(&arena);
    return read_text(&arena, text);
}

static void string__decodes_every_escape(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct eb_span want;
    } cases[] = {
        { "\"\"", EB_SPAN("") },
        { "\"plain\"", EB_SPAN("plain") },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", EB_SPAN("\"\\/\b\f\n\r\t") },
        { "\"a\\u0000b\"", EB_SPAN("a\0b") },
        { "\"\\u00e9\\u00E9\\u20aC\"", EB_SPAN("\xc3\xa9\xc3\xa9\xe2\x82\xac") },
        { "\"<\\ud83d\\uDE00>\"", EB_SPAN("<\xf0\x9f\x98\x80>") },
        { "\"\\udbff\\udfff\"", EB_SPAN("\xf4\x8f\xbf\xbf") },
        { "\"\xc3\xa9\\n\"", EB_SPAN("\xc3\xa9\n") },
        { "\"\\\\u0041\"", EB_SPAN("\\u0041") },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_doc doc = read_fresh(cases[i].text);
        struct eb_span value = eb_doc_string(&doc, 0, &arena);
        assert_true(eb_span_equal(value, cases[i].want));
        assert_true(eb_doc_string_is(&doc, 0, cases[i].want));
        assert_false(eb_doc_string_is(&doc, 0, eb_span_of("other")));
        if (value.len)
            assert_false(eb_doc_string_is(&doc, 0, eb_span(value.ptr, value.len - 1)));
    }
}

static void string__borrows_what_has_no_escapes(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("\"plain\"");
    size_t before = eb_arena_bytes(&arena);
    assert_ptr_equal(eb_doc_string(&doc, 0, &arena).ptr, doc.text + 1);
    assert_int_equal(eb_arena_bytes(&arena), before);
}

static void string__takes_no_more_memory_than_its_value(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("\"\\u0041\"");
    size_t before = eb_arena_bytes(&arena);
    assert_span_equal(eb_doc_string(&doc, 0, &arena), "A");
    assert_int_equal(eb_arena_bytes(&arena), before + 1);
}

static void string__says_when_the_arena_is_full(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("{\"a\":\"x\\ny\"}");
    while (eb_arena_alloc(&arena, 1, 1))
        continue;
    assert_null(eb_doc_string(&doc, 2, &arena).ptr);
    assert_null(eb_doc_pointer(&doc, 2, &arena).ptr);
    assert_true(eb_doc_string_is(&doc, 2, eb_span_of("x\ny")));
}

static void string__decodes_every_code_point_written_as_escape(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= EB_CODE_POINT_MAX; code_point += 13) {
        char want[EB_UTF8_BYTES_MAX], text[20];
        size_t len = eb_utf8_encode(code_point, want);
        if (len == 0)
            continue;
        uint32_t offset = code_point - 0x10000;
        if (code_point < 0x10000)
            sprintf(text, "\"\\u%04x\"", code_point);
        else
            sprintf(text, "\"\\u%04X\\u%04x\"", 0xd800 + (offset >> 10), 0xdc00 + (offset & 0x3ff));
        struct eb_doc doc = read_fresh(text);
        assert_true(eb_span_equal(eb_doc_string(&doc, 0, &arena), eb_span(want, len)));
        assert_true(eb_doc_string_is(&doc, 0, eb_span(want, len)));
    }
}

static void strings_equal__looks_at_values_not_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool want;
    } cases[] = {
        { "\"abc\"", "\"abc\"", true },
        { "\"abc\"", "\"abd\"", false },
        { "\"abc\"", "\"ab\"", false },
        { "\"abc\"", "\"\\u0061bc\"", true },
        { "\"\\u0061bc\"", "\"a\\u0062c\"", true },
        { "\"\\u0061bc\"", "\"a\\u0062\"", false },
        { "\"a\\u0062\"", "\"\\u0061bc\"", false },
        { "\"\\u00e9x\"", "\"\xc3\xa9\\u0078\"", true },
        { "\"\\n\"", "\"\\u000a\"", true },
        { "\"\\n\"", "\"\\\\n\"", false },
        { "\"\"", "\"\\n\"", false },
    };
    static const struct eb_hash_key key = { 1, 2 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_doc a = read_fresh(cases[i].a), b = read_text(&arena, cases[i].b);
        bool got = eb_doc_strings_equal(&a, 0, &b, 0);
        if (got != cases[i].want)
            print_error("%s %s: got %d\n", cases[i].a, cases[i].b, got);
        assert_int_equal(got, cases[i].want);
        assert_int_equal(eb_doc_strings_equal(&b, 0, &a, 0), cases[i].want);
        assert_int_equal(
            eb_doc_string_hash(&a, 0, &key) == eb_doc_string_hash(&b, 0, &key), cases[i].want);
    }
}

static void member__finds_by_decoded_name(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("{\"a\":{\"c\":1},\"b\\u0063\":[2],\"\":3}");
    assert_span_equal(eb_doc_raw(&doc, eb_doc_member(&doc, 0, "bc")), "[2]");
    assert_span_equal(eb_doc_raw(&doc, eb_doc_member(&doc, 0, "")), "3");
    assert_int_equal(eb_doc_member(&doc, 0, "c"), EB_NO_TOKEN);
    assert_int_equal(eb_doc_member(&doc, eb_doc_member(&doc, 0, "bc"), "c"), EB_NO_TOKEN);
}

static void each__walks_direct_children_only(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("{\"a\":[1,[2,3],{}],\"b\":{\"x\":1},\"c\":4}");
    char names[8] = "";
    EB_DOC_EACH_MEMBER(&doc, 0, name)
    {
        strncat(names, eb_doc_raw(&doc, name).ptr, 1);
    }
    assert_string_equal(names, "abc");
    unsigned count = 0;
    uint32_t array = eb_doc_member(&doc, 0, "a");
    EB_DOC_EACH_ELEMENT(&doc, array, element)
    {
        count++;
    }
    assert_int_equal(count, 3);
    assert_int_equal(doc.tokens[array].count, 3);
}

static void source__keeps_the_quotes(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("[\"a\\n\", 1.50, {} ]");
    assert_span_equal(eb_doc_source(&doc, 0), "[\"a\\n\", 1.50, {} ]");
    assert_span_equal(eb_doc_source(&doc, 1), "\"a\\n\"");
    assert_span_equal(eb_doc_source(&doc, 2), "1.50");
    assert_span_equal(eb_doc_source(&doc, 3), "{}");
}

static void pointer__names_every_token(void **state)
{
    (void)state;
    static const char *const want[] = {
        "",
        "/a~1b",
        "/a~1b",
        "/a~1b/0",
        "/a~1b/1",
        "/a~1b/1/m~0\n",
        "/a~1b/1/m~0\n",
        "/a~1b/2",
        "/",
        "/",
        "//0",
    };
    struct eb_doc doc = read_fresh("{\"a/b\":[1,{\"m~\\n\":2},3],\"\":[4]}");
    assert_int_equal(doc.token_count, sizeof want / sizeof *want);
    for (uint32_t token = 0; token < doc.token_count; token++) {
        struct eb_span got = eb_doc_pointer(&doc, token, &arena);
        assert_span_equal(got, want[token]);
        assert_int_equal(got.ptr[got.len], '\0');
    }
}

static void position__counts_lines_and_columns_from_one(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("{\n  \"a\": [1,\n2]}");
    doc.first_line = 10;
    static const uint32_t want[][2] = { { 10, 1 }, { 11, 3 }, { 11, 8 }, { 11, 9 }, { 12, 1 } };
    for (uint32_t token = 0; token < doc.token_count; token++) {
        uint32_t line, column;
        eb_doc_position(&doc, token, &line, &column);
        assert_int_equal(line, want[token][0]);
        assert_int_equal(column, want[token][1]);
    }
}

/* Where every token's pointer leads: back to it. */
static void at__undoes_pointer(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh(
        "{\"a/b\":[1,{\"\":2},[]],\"~1\":3,\"\\u0041\\/~\":{\"0\":4},\"\\u0000\":[[[5]]],"
        "\"\xc3\xa9\":6}");
    for (uint32_t token = 0; token < doc.token_count; token++) {
        struct eb_span pointer = eb_doc_pointer(&doc, token, &arena);
        uint32_t got = eb_doc_at(&doc, pointer);
        if (got != token && got != token + 1)
            print_error("%.*s: got %u, want %u\n", (int)pointer.len, pointer.ptr, got, token);
        assert_true(got == token || got == token + 1);
    }
}

static void at__leads_nowhere_when_there_is_nothing(void **state)
{
    (void)state;
    static const char *const pointers[] = { "a", "/b", "/a/3", "/a/-", "/a/01", "/a/", "/a/x",
        "/a/0/0", "/a/99999999999", "/", "/a~1", "/c~", "/c~0d", "/c" };
    struct eb_doc doc = read_fresh("{\"a\":[0,1,2],\"c~d\":1,\"cc\":2}");
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        uint32_t got = eb_doc_at(&doc, eb_span_of(pointers[i]));
        bool is_there = strcmp(pointers[i], "/c~0d") == 0;
        if ((got != EB_NO_TOKEN) != is_there)
            print_error("%s: got %u\n", pointers[i], got);
        assert_int_equal(got != EB_NO_TOKEN, is_there);
    }
}

static void diag__names_file_line_column_and_pointer(void **state)
{
    (void)state;
    struct eb_doc doc = read_fresh("{\n  \"to\": [{\"qos\": 3}]}");
    doc.name = "rules/a.json";
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    eb_doc_diag(&diags, EB_ERROR, &doc, 5, "expected %d, %d or %d", 0, 1, 2);
    char text[200];
    eb_diag_format(diags.first, text, sizeof text);
    assert_string_equal(text, "rules/a.json:2:18: error: expected 0, 1 or 2 (at /to/0/qos)");
    eb_diag_list_release(&diags);
}

/* Each place takes a walk through the text; a file may have a mistake in every byte. */
static void diag__looks_for_no_place_that_is_not_told(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20, MISTAKES = 200000 };
    char *text = malloc(BYTES);
    memset(text, ' ', BYTES);
    memcpy(text + BYTES - 3, "[1]", 3);
    const struct eb_token tokens[] = {
        { .start = BYTES - 3, .len = 3, .next = 2, .type = EB_JSON_ARRAY, .count = 1 },
        { .start = BYTES - 2, .len = 1, .next = 2, .type = EB_JSON_NUMBER },
    };
    struct eb_doc doc = { .text = text, .text_len = BYTES, .token_count = 2, .tokens = tokens };
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    clock_t start = clock();
    for (int i = 0; i < MISTAKES; i++)
        eb_doc_diag(&diags, EB_ERROR, &doc, 1, "wrong");
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
    assert_int_equal(diags.errors, MISTAKES);
    assert_int_equal(diags.count + diags.dropped, MISTAKES);
    eb_diag_list_release(&diags);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(string__decodes_every_escape),
        cmocka_unit_test(string__borrows_what_has_no_escapes),
        cmocka_unit_test(string__takes_no_more_memory_than_its_value),
        cmocka_unit_test(string__says_when_the_arena_is_full),
        cmocka_unit_test(string__decodes_every_code_point_written_as_escape),
        cmocka_unit_test(strings_equal__looks_at_values_not_spellings),
        cmocka_unit_test(member__finds_by_decoded_name),
        cmocka_unit_test(each__walks_direct_children_only),
        cmocka_unit_test(source__keeps_the_quotes),
        cmocka_unit_test(pointer__names_every_token),
        cmocka_unit_test(position__counts_lines_and_columns_from_one),
        cmocka_unit_test(at__undoes_pointer),
        cmocka_unit_test(at__leads_nowhere_when_there_is_nothing),
        cmocka_unit_test(diag__names_file_line_column_and_pointer),
        cmocka_unit_test(diag__looks_for_no_place_that_is_not_told),
    };
    return cmocka_run_group_tests(tests, reserve_arena, release_arena);
}
