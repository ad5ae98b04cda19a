/*
 * Expressions against what a JavaScript engine answered (regex_cases.jsonl, which says how it came
 * about), and the engines here against each other on expressions drawn at random.
 */
#include "eb_test.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "eb_draw.h"
#include "regex_agreement.h"
#include "json/doc.h"
#include "json/reader.h"

enum {
    RECORDED_MIN = 2500,
    EXPRESSIONS = 6000,
    SUBJECTS = 12, /* for each expression */
    LEN_MAX = 400,
};

static struct eb_regex_runner *runner;

/* What was recorded */

struct tally {
    size_t cases, refused, matched, by_automaton, not_expressed;
};

static void check_recorded(
    struct eb_span pattern, struct eb_span subject, bool is_match, struct tally *tally)
{
    struct regex_agreement agreement;
    struct eb_regex_fault fault;
    if (!regex_agreement_open(&agreement, pattern, &fault)) {
        tally->not_expressed++;
        assert_non_null(strstr(fault.text, "cannot be expressed"));
        return;
    }
    enum eb_regex_result got;
    assert_true(regex_agreement_run(&agreement, subject, runner, &got));
    if (got != (is_match ? EB_REGEX_MATCH : EB_REGEX_NO_MATCH))
        print_error("/%.*s/ on \"%.*s\": got %d\n", (int)pattern.len, pattern.ptr, (int)subject.len,
            subject.ptr, got);
    assert_int_equal(got, is_match ? EB_REGEX_MATCH : EB_REGEX_NO_MATCH);
    tally->matched += is_match;
    tally->by_automaton += agreement.engines[REGEX_AUTOMATON] != NULL;
    regex_agreement_close(&agreement);
}

/* ["pattern", "subject", true] or ["pattern"] */
static void check_line(const struct eb_doc *doc, struct eb_arena *arena, struct tally *tally)
{
    uint32_t pattern_token = 1;
    struct eb_span pattern = eb_doc_string(doc, pattern_token, arena);
    bool is_refused = doc->tokens[0].count == 1;
    if (eb_regex_is_valid(pattern) == is_refused)
        print_error("/%.*s/: is it valid?\n", (int)pattern.len, pattern.ptr);
    assert_int_equal(eb_regex_is_valid(pattern), !is_refused);
    tally->cases++;
    tally->refused += is_refused;
    if (is_refused)
        return;
    struct eb_span subject = eb_doc_string(doc, pattern_token + 1, arena);
    check_recorded(pattern, subject, eb_doc_type(doc, pattern_token + 2) == EB_JSON_TRUE, tally);
}

static void expressions__mean_what_a_javascript_engine_says(void **state)
{
    (void)state;
    FILE *file = fopen("test/oracle/regex_cases.jsonl", "r");
    assert_non_null(file);
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct tally tally = { 0 };
    static char line[64 * 1024];
    while (fgets(line, sizeof line, file)) {
        struct eb_doc doc;
        struct eb_json_fault fault;
        eb_arena_reset(&arena);
        assert_int_equal(
            eb_json_read(&doc, eb_span_of(line), &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
        check_line(&doc, &arena, &tally);
    }
    eb_arena_release(&arena);
    fclose(file);
    print_message("%zu cases: %zu refused, %zu matched, %zu by the automaton too; %zu cannot be "
                  "expressed\n",
        tally.cases, tally.refused, tally.matched, tally.by_automaton, tally.not_expressed);
    assert_true(tally.cases >= RECORDED_MIN);
    assert_true(tally.not_expressed < tally.cases / 15);
}

/* What is drawn */

struct text {
    char bytes[LEN_MAX];
    size_t len;
};

static void add(struct text *text, const char *more)
{
    size_t len = strlen(more);
    if (text->len + len > sizeof text->bytes)
        return;
    memcpy(text->bytes + text->len, more, len);
    text->len += len;
}

static const char *pick(struct eb_draw *draw, const char *const *texts, size_t count)
{
    return texts[eb_draw_below(draw, count)];
}

#define PICK(draw, texts) pick((draw), (texts), sizeof(texts) / sizeof *(texts))

static const char *const characters[] = { "a", "b", "c", "-", "1", "\n", "\xc3\xa9", "\xe2\x82\xac",
    "\xf0\x9f\x98\x80" };

static void add_choice(struct text *text, struct eb_draw *draw, int depth);

static void add_atom(struct text *text, struct eb_draw *draw, int depth)
{
    static const char *const sets[] = { ".", "\\d", "\\W", "\\s", "[^a]", "[a-c]", "[]", "[^]",
        "[^\xc3\xa9-\xe2\x82\xac]", "[\\u{80}-\\u{10ffff}]", "[b\xf0\x9f\x98\x80]", "[\\w-]" };
    size_t kind = eb_draw_below(draw, 8);
    if (kind < 4 || depth == 0) {
        add(text, PICK(draw, characters));
    } else if (kind < 6) {
        add(text, PICK(draw, sets));
    } else {
        add(text, kind == 6 ? "(?:" : "(");
        add_choice(text, draw, depth - 1);
        add(text, ")");
    }
}

static void add_term(struct text *text, struct eb_draw *draw, int depth)
{
    static const char *const quantifiers[] = { "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{3,}", "*?",
        "+?", "{0}" };
    static const char *const assertions[] = { "^", "$", "\\b", "\\B" };
    size_t kind = eb_draw_below(draw, 16);
    if (kind == 0) {
        add(text, PICK(draw, assertions));
        return;
    }
    add_atom(text, draw, depth);
    if (kind < 7)
        add(text, PICK(draw, quantifiers));
}

static void add_choice(struct text *text, struct eb_draw *draw, int depth)
{
    do {
        for (size_t left = eb_draw_below(draw, 4); left; left--)
            add_term(text, draw, depth);
    } while (eb_draw_below(draw, 4) == 0 && (add(text, "|"), true));
}

static struct text draw_expression(struct eb_draw *draw)
{
    struct text text = { .len = 0 };
    bool is_anchored = eb_draw_below(draw, 2) == 0;
    add(&text, is_anchored ? "^(?:" : "");
    add_choice(&text, draw, 3);
    add(&text, is_anchored ? ")$" : "");
    return text;
}

static struct text draw_subject(struct eb_draw *draw)
{
    struct text text = { .len = 0 };
    for (size_t left = eb_draw_below(draw, 9); left; left--)
        add(&text, PICK(draw, characters));
    return text;
}

static void engines__agree_on_expressions_drawn_at_random(void **state)
{
    (void)state;
    struct eb_draw draw = { 1970 };
    size_t by_automaton = 0, matched = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
        struct text pattern = draw_expression(&draw);
        struct regex_agreement agreement;
        struct eb_regex_fault fault;
        if (!regex_agreement_open(&agreement, eb_span(pattern.bytes, pattern.len), &fault))
            continue; /* cut in the middle */
        by_automaton += agreement.engines[REGEX_AUTOMATON] != NULL;
        for (int j = 0; j < SUBJECTS; j++) {
            struct text subject = draw_subject(&draw);
            enum eb_regex_result got;
            bool do_agree =
                regex_agreement_run(&agreement, eb_span(subject.bytes, subject.len), runner, &got);
            if (!do_agree)
                print_error("/%.*s/ on \"%.*s\"\n", (int)pattern.len, pattern.bytes,
                    (int)subject.len, subject.bytes);
            assert_true(do_agree);
            matched += got == EB_REGEX_MATCH;
        }
        regex_agreement_close(&agreement);
    }
    print_message("%d expressions, %zu by the automaton too; %zu matches\n", EXPRESSIONS,
        by_automaton, matched);
    assert_true(by_automaton > EXPRESSIONS / 2);
    assert_true(matched > EXPRESSIONS * SUBJECTS / 10);
}

static int open_runner(void **state)
{
    (void)state;
    runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    return runner ? 0 : -1;
}

static int close_runner(void **state)
{
    (void)state;
    eb_regex_runner_free(runner);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions__mean_what_a_javascript_engine_says),
        cmocka_unit_test(engines__agree_on_expressions_drawn_at_random),
    };
    return cmocka_run_group_tests(tests, open_runner, close_runner);
}
