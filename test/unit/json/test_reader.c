#include "read_text.h"

#include "base/limits.h"
#include "json/mark.h"
#include "json/reader.h"

static struct eb_arena arena;

static int reserve_arena(void **state)
{
    (void)state;
    return eb_arena_init_reserved(&arena, 64 << 20) ? 0 : -1;
}

static int release_arena(void **state)
{
    (void)state;
    eb_arena_release(&arena);
    return 0;
}

static enum eb_json_code read_code(struct eb_span text, struct eb_json_fault *fault)
{
    struct eb_doc doc;
    eb_arena_reset(&arena);
    return eb_json_read(&doc, text, &eb_json_limits_max, &arena, fault);
}

static void read__writes_the_tape_doc_h_draws(void **state)
{
    (void)state;
    const struct {
        enum eb_json_type type;
        const char *raw;
        uint32_t next, count; /* of a name: its mark */
    } want[] = {
        { EB_JSON_OBJECT, "{\"a\":[1,\"x\"],\"b\":null}", 7, 2 },
        { EB_JSON_STRING, "a", 2, eb_mark_of(eb_span_of("a")) },
        { EB_JSON_ARRAY, "[1,\"x\"]", 5, 2 },
        { EB_JSON_NUMBER, "1", 4, 0 },
        { EB_JSON_STRING, "x", 5, 0 },
        { EB_JSON_STRING, "b", 6, eb_mark_of(eb_span_of("b")) },
        { EB_JSON_NULL, "null", 7, 0 },
    };
    eb_arena_reset(&arena);
    struct eb_doc doc = read_text(&arena, " {\"a\":[1,\"x\"],\"b\":null} ");
    assert_int_equal(doc.token_count, sizeof want / sizeof *want);
    for (uint32_t i = 0; i < doc.token_count; i++) {
        assert_int_equal(eb_doc_type(&doc, i), want[i].type);
        assert_span_equal(eb_doc_raw(&doc, i), want[i].raw);
        assert_int_equal(doc.tokens[i].next, want[i].next);
        assert_int_equal(doc.tokens[i].count, want[i].count);
    }
    assert_null(doc.name);
    assert_int_equal(doc.first_line, 1);
}

/* Wherever a name stands, at the text's very end too. */
static void read__marks_names_as_they_are_written(void **state)
{
    (void)state;
    static const char *const names[] = { "", "a", "abcdefg", "abcdefgh", "abcdefghi",
        "abcdefghijklmnopq", "\\u0061", "\xc3\xa9" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[64];
        snprintf(text, sizeof text, "[{\"%s\":1},{\"%s\":{}}]", names[i], names[i]);
        eb_arena_reset(&arena);
        struct eb_doc doc = read_text(&arena, text);
        uint32_t want = eb_mark_of(eb_span_of(names[i]));
        assert_int_equal(doc.tokens[2].count, want);
        assert_int_equal(doc.tokens[5].count, want);
    }
}

static void read__flags_strings_and_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned want;
    } cases[] = {
        { "\"plain\"", 0 },
        { "\"a\\nb\"", EB_TOKEN_IS_ESCAPED },
        { "\"\\u0041\"", EB_TOKEN_IS_ESCAPED },
        { "\"\\u00e9\"", EB_TOKEN_IS_ESCAPED | EB_TOKEN_IS_WIDE },
        { "\"\xc3\xa9\"", EB_TOKEN_IS_WIDE },
        { "\"\\ud83d\\ude00\"", EB_TOKEN_IS_ESCAPED | EB_TOKEN_IS_WIDE },
        { "-12", EB_TOKEN_IS_INTEGER },
        { "1.0", 0 },
        { "1e2", 0 },
        { "[]", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_arena_reset(&arena);
        struct eb_doc doc = read_text(&arena, cases[i].text);
        if (doc.tokens[0].flags != cases[i].want)
            print_error("%s: got %u, want %u\n", cases[i].text, doc.tokens[0].flags, cases[i].want);
        assert_int_equal(doc.tokens[0].flags, cases[i].want);
    }
}

static void read__says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum eb_json_code code;
        uint32_t offset;
        const char *expected;
    } cases[] = {
        { "", EB_JSON_EMPTY, 0, NULL },
        { " \r\n\t", EB_JSON_EMPTY, 4, NULL },
        { "\xef\xbb\xbf{}", EB_JSON_SYNTAX, 0, "a value, not a byte order mark" },
        { "\xef\xbb", EB_JSON_SYNTAX, 0, "a value" },
        { "[\xef\xbb\xbf{}]", EB_JSON_SYNTAX, 1, "a value" },
        { "{} x", EB_JSON_TRAILING, 3, NULL },
        { "[]]", EB_JSON_TRAILING, 2, NULL },
        { "01", EB_JSON_TRAILING, 1, NULL },
        { "[01]", EB_JSON_SYNTAX, 2, "',' or ']'" },
        { "[1 2]", EB_JSON_SYNTAX, 3, "',' or ']'" },
        { "[1,]", EB_JSON_SYNTAX, 3, "a value" },
        { "[,1]", EB_JSON_SYNTAX, 1, "a value" },
        { "[1}", EB_JSON_SYNTAX, 2, "',' or ']'" },
        { "{]", EB_JSON_SYNTAX, 1, "a member name in double quotes" },
        { "{\"a\":1,}", EB_JSON_SYNTAX, 7, "a member name in double quotes" },
        { "{\"a\" 1}", EB_JSON_SYNTAX, 5, "':'" },
        { "{\"a\":1 \"b\"}", EB_JSON_SYNTAX, 7, "',' or '}'" },
        { "{\"a\":}", EB_JSON_SYNTAX, 5, "a value" },
        { "{\"a\"", EB_JSON_TRUNCATED, 4, "':'" },
        { "[", EB_JSON_TRUNCATED, 1, "a value" },
        { "[[1", EB_JSON_TRUNCATED, 3, "',' or ']'" },
        { "-", EB_JSON_TRUNCATED, 1, "a digit" },
        { "[-]", EB_JSON_SYNTAX, 2, "a digit" },
        { "[1.]", EB_JSON_SYNTAX, 3, "a digit" },
        { "[1e+]", EB_JSON_SYNTAX, 4, "a digit" },
        { "1.", EB_JSON_TRUNCATED, 2, "a digit" },
        { "tru", EB_JSON_TRUNCATED, 3, "true" },
        { "nulL", EB_JSON_SYNTAX, 3, "null" },
        { "NaN", EB_JSON_SYNTAX, 0, "a value" },
        { "\"a", EB_JSON_TRUNCATED, 2, "the closing quote" },
        { "\"a\n\"", EB_JSON_SYNTAX, 2, "a control character to be escaped" },
        { "\"\\x\"", EB_JSON_SYNTAX, 2, "one of \" \\ / b f n r t u" },
        { "\"\\", EB_JSON_TRUNCATED, 2, "one of \" \\ / b f n r t u" },
        { "\"\\u12", EB_JSON_TRUNCATED, 5, "four hexadecimal digits" },
        { "\"\\u12g4\"", EB_JSON_SYNTAX, 5, "four hexadecimal digits" },
        { "\"ab\\ud800\"", EB_JSON_SURROGATE, 3, NULL },
        { "\"\\udc00\"", EB_JSON_SURROGATE, 1, NULL },
        { "\"\\ud800\\n\"", EB_JSON_SURROGATE, 1, NULL },
        { "\"\\ud800\\ud800\"", EB_JSON_SURROGATE, 1, NULL },
        { "\"\\ud800\\u0041\"", EB_JSON_SURROGATE, 1, NULL },
        { "\"a\xff\"", EB_JSON_UTF8, 2, NULL },
        { "\"\xc0\xaf\"", EB_JSON_UTF8, 1, NULL },
        { "\"\xed\xa0\x80\"", EB_JSON_UTF8, 1, NULL },
        { "\"\xe2\x82", EB_JSON_UTF8, 1, NULL },
        { "{\"a\":1,\"b\":2,\"a\":3}", EB_JSON_DUPLICATE_NAME, 13, NULL },
        { "{\"a\":1,\"\\u0061\":3}", EB_JSON_DUPLICATE_NAME, 7, NULL },
        { "{\"\\u0061b\":1,\"a\\u0062\":3}", EB_JSON_DUPLICATE_NAME, 13, NULL },
        { "{\"\":1,\"\":3}", EB_JSON_DUPLICATE_NAME, 6, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_json_fault fault;
        enum eb_json_code code = read_code(eb_span_of(cases[i].text), &fault);
        bool is_same_expectation =
            (!fault.expected && !cases[i].expected) ||
            (fault.expected && cases[i].expected && !strcmp(fault.expected, cases[i].expected));
        if (code != cases[i].code || fault.offset != cases[i].offset || !is_same_expectation)
            print_error("%s: got %d at %u (%s), want %d at %u (%s)\n", cases[i].text, code,
                fault.offset, fault.expected, cases[i].code, cases[i].offset, cases[i].expected);
        assert_int_equal(code, cases[i].code);
        assert_int_equal(fault.code, code);
        assert_int_equal(fault.offset, cases[i].offset);
        assert_true(is_same_expectation);
        assert_int_equal(eb_arena_bytes(&arena), 0);
    }
}

static void read__refuses_nul_bytes_everywhere(void **state)
{
    (void)state;
    static const struct eb_span cases[] = {
        EB_SPAN("\0"),
        EB_SPAN("[\0]"),
        EB_SPAN("[1\0]"),
        EB_SPAN("\"\0\""),
        EB_SPAN("\"\\\0\""),
        EB_SPAN("{}\0"),
        EB_SPAN("{\"a\"\0:1}"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_json_fault fault;
        enum eb_json_code code = read_code(cases[i], &fault);
        assert_true(code == EB_JSON_SYNTAX || code == EB_JSON_TRAILING);
    }
}

static void read__counts_depth_in_open_containers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t depth_max;
        enum eb_json_code want;
    } cases[] = {
        { "1", 0, EB_JSON_OK },
        { "[]", 0, EB_JSON_TOO_DEEP },
        { "[]", 1, EB_JSON_OK },
        { "[[],{},[1]]", 2, EB_JSON_OK },
        { "[[],{},[{}]]", 2, EB_JSON_TOO_DEEP },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_json_limits limits = { .bytes_max = 100, .depth_max = cases[i].depth_max };
        struct eb_doc doc;
        struct eb_json_fault fault;
        eb_arena_reset(&arena);
        assert_int_equal(
            eb_json_read(&doc, eb_span_of(cases[i].text), &limits, &arena, &fault), cases[i].want);
    }
}

static void read__is_not_impressed_by_a_million_brackets(void **state)
{
    (void)state;
    static char text[1000000];
    memset(text, '[', sizeof text);
    struct eb_json_fault fault;
    assert_int_equal(read_code(eb_span(text, sizeof text), &fault), EB_JSON_TOO_DEEP);
    assert_int_equal(fault.offset, EB_DEPTH_MAX);
}

static void read__refuses_more_bytes_than_the_limit(void **state)
{
    (void)state;
    struct eb_json_limits limits = { .bytes_max = 4, .depth_max = 4 };
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(&arena);
    assert_int_equal(eb_json_read(&doc, eb_span_of("[10]"), &limits, &arena, &fault), EB_JSON_OK);
    assert_int_equal(
        eb_json_read(&doc, eb_span_of("[100]"), &limits, &arena, &fault), EB_JSON_TOO_LONG);
    assert_int_equal(fault.offset, 4);
}

static void read__says_when_the_arena_is_too_small(void **state)
{
    (void)state;
    struct eb_arena small;
    assert_true(eb_arena_init_reserved(&small, 1 << 16));
    struct eb_doc doc;
    struct eb_json_fault fault;
    static char text[1 << 16];
    memset(text, ' ', sizeof text);
    text[0] = '1';
    assert_int_equal(
        eb_json_read(&doc, eb_span(text, sizeof text), &eb_json_limits_max, &small, &fault),
        EB_JSON_NO_MEMORY);
    eb_arena_release(&small);
}

/* Names of `bytes` bytes, different only in four of them, then one of them again at the end. */
static size_t write_object(char *out, unsigned count, const char *filler, bool is_last_repeated)
{
    char *next = out;
    *next++ = '{';
    for (unsigned i = 0; i < count; i++) {
        unsigned number = is_last_repeated && i == count - 1 ? (count - 1) / 2 : i;
        next += sprintf(next, "%s\"%s%u%s\":0", i ? "," : "", filler, number, filler);
    }
    *next++ = '}';
    return (size_t)(next - out);
}

static void read__finds_a_duplicate_among_many_names(void **state)
{
    (void)state;
    static char text[1 << 22];
    static const char *const fillers[] = { "", "somewhat longer than sixteen bytes ", "\\u00e9" };
    for (size_t f = 0; f < sizeof fillers / sizeof *fillers; f++) {
        for (unsigned count = 2; count <= 20000; count = count < 80 ? count + 1 : count * 5) {
            struct eb_json_fault fault;
            size_t len = write_object(text, count, fillers[f], false);
            assert_int_equal(read_code(eb_span(text, len), &fault), EB_JSON_OK);
            len = write_object(text, count, fillers[f], true);
            assert_int_equal(read_code(eb_span(text, len), &fault), EB_JSON_DUPLICATE_NAME);
        }
    }
}

/* Each of `count` names has the same length, first, middle and last byte as the others. */
static size_t write_alike(char *out, unsigned count, unsigned repeated, unsigned with)
{
    size_t len = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned number = i == with ? repeated : i;
        len += (size_t)sprintf(
            out + len, "%c\"n%02um%02ue\":{\"n\":%u}", i ? ',' : '{', number, number, i);
    }
    return len + (size_t)sprintf(out + len, "}");
}

static void read__tells_names_apart_that_look_alike(void **state)
{
    (void)state;
    static char text[4096];
    struct eb_json_fault fault;
    for (unsigned count = 2; count < 40; count++) {
        size_t len = write_alike(text, count, 0, 0);
        assert_int_equal(read_code(eb_span(text, len), &fault), EB_JSON_OK);
        for (unsigned second = 1; second < count; second++) {
            for (unsigned first = 0; first < second; first++) {
                len = write_alike(text, count, first, second);
                assert_int_equal(read_code(eb_span(text, len), &fault), EB_JSON_DUPLICATE_NAME);
            }
        }
    }
}

/* Names are remembered for each object apart, also when another one lies inside. */
static void read__compares_names_of_one_object_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum eb_json_code want;
    } cases[] = {
        { "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}", EB_JSON_OK },
        { "[{\"a\":1},{\"a\":1}]", EB_JSON_OK },
        { "{\"a\":{\"b\":1},\"b\":1}", EB_JSON_OK },
        { "{\"a\":\"a\",\"b\":\"b\"}", EB_JSON_OK },
        { "{\"a\":{\"b\":1},\"a\":1}", EB_JSON_DUPLICATE_NAME },
        { "{\"a\":[{\"b\":1,\"c\":2,\"b\":3}]}", EB_JSON_DUPLICATE_NAME },
        { "{\"\\n\":1,\"n\":2,\"\\\\n\":3}", EB_JSON_OK },
        { "{\"\\n\":1,\"\\u000a\":2}", EB_JSON_DUPLICATE_NAME },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_json_fault fault;
        enum eb_json_code code = read_code(eb_span_of(cases[i].text), &fault);
        if (code != cases[i].want)
            print_error("%s: got %d\n", cases[i].text, code);
        assert_int_equal(code, cases[i].want);
    }
}

/* The densest a text can be: what the reader asks of its arena must be enough. */
static void read__stays_within_what_it_asked_for(void **state)
{
    (void)state;
    static char text[200001];
    static const struct {
        const char *first, *again, *last;
    } cases[] = {
        { "[1", ",1", "]" },
        { "[[]", ",[]", "]" },
        { "{\"\":1", ",\"\":1", "}" },
        { "[{\"\":1", "},{\"\":1", "}]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = (size_t)sprintf(text, "%s", cases[i].first);
        while (len + strlen(cases[i].again) + strlen(cases[i].last) < sizeof text)
            len += (size_t)sprintf(text + len, "%s", cases[i].again);
        len += (size_t)sprintf(text + len, "%s", cases[i].last);
        struct eb_arena exact;
        assert_true(eb_arena_init_reserved(&exact, eb_json_read_bytes(len, &eb_json_limits_max)));
        struct eb_doc doc;
        struct eb_json_fault fault;
        enum eb_json_code code =
            eb_json_read(&doc, eb_span(text, len), &eb_json_limits_max, &exact, &fault);
        assert_true(code == EB_JSON_OK || code == EB_JSON_DUPLICATE_NAME);
        eb_arena_release(&exact);
    }
}

static void read__keeps_only_its_tokens(void **state)
{
    (void)state;
    eb_arena_reset(&arena);
    struct eb_doc doc = read_text(&arena, "[1,2,3]");
    assert_int_equal(eb_arena_bytes(&arena), doc.token_count * sizeof(struct eb_token));
    struct eb_arena growing;
    eb_arena_init_growing(&growing, 1 << 20);
    doc = read_text(&growing, "[1,2,3]");
    struct eb_doc other = read_text(&growing, "[4,5,6]");
    assert_ptr_equal(doc.tokens + doc.token_count, other.tokens);
    eb_arena_release(&growing);
}

static void read_file__names_file_line_and_column(void **state)
{
    (void)state;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    eb_arena_reset(&arena);
    struct eb_doc doc;
    assert_true(eb_json_read_file(&doc, eb_span_of("{}"), "rules/a.json", 1, &arena, &diags));
    assert_string_equal(doc.name, "rules/a.json");
    assert_false(eb_json_read_file(
        &doc, eb_span_of("{\n  \"a\": 1,\n  }"), "rules/b.jsonl", 7, &arena, &diags));
    assert_int_equal(diags.errors, 1);
    char text[200];
    eb_diag_format(diags.first, text, sizeof text);
    assert_string_equal(
        text, "rules/b.jsonl:9:3: error: not JSON: expected a member name in double quotes");
    eb_diag_list_release(&diags);
}

static void code_text__exists_for_every_code(void **state)
{
    (void)state;
    for (int code = EB_JSON_OK; code <= EB_JSON_NO_MEMORY; code++)
        assert_true(strlen(eb_json_code_text((enum eb_json_code)code)) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__writes_the_tape_doc_h_draws),
        cmocka_unit_test(read__marks_names_as_they_are_written),
        cmocka_unit_test(read__flags_strings_and_numbers),
        cmocka_unit_test(read__says_what_is_wrong_and_where),
        cmocka_unit_test(read__refuses_nul_bytes_everywhere),
        cmocka_unit_test(read__counts_depth_in_open_containers),
        cmocka_unit_test(read__is_not_impressed_by_a_million_brackets),
        cmocka_unit_test(read__refuses_more_bytes_than_the_limit),
        cmocka_unit_test(read__says_when_the_arena_is_too_small),
        cmocka_unit_test(read__finds_a_duplicate_among_many_names),
        cmocka_unit_test(read__tells_names_apart_that_look_alike),
        cmocka_unit_test(read__compares_names_of_one_object_only),
        cmocka_unit_test(read__stays_within_what_it_asked_for),
        cmocka_unit_test(read__keeps_only_its_tokens),
        cmocka_unit_test(read_file__names_file_line_and_column),
        cmocka_unit_test(code_text__exists_for_every_code),
    };
    return cmocka_run_group_tests(tests, reserve_arena, release_arena);
}
