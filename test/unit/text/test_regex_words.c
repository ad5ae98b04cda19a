#include "eb_test.h"

#include "base/limits.h"
#include "text/regex_words.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, DEMANDS_MAX = 3, EXCLUDED_MAX = 3 };

struct fixture {
    struct eb_arena arena;
    struct eb_word_demand demands[DEMANDS_MAX];
    struct eb_word_query query;
};

/* A pattern that begins with '!' must not match. */
static void query_init(
    struct fixture *fixture, const char *const patterns[DEMANDS_MAX], uint32_t min, uint32_t max)
{
    *fixture = (struct fixture){ .query = { .min = min, .max = max } };
    assert_true(eb_arena_init_reserved(&fixture->arena, ARENA_BYTES));
    for (uint32_t i = 0; i < DEMANDS_MAX && patterns[i]; i++) {
        bool is_not = patterns[i][0] == '!';
        struct eb_regex_fault fault;
        fixture->demands[i].regex = eb_regex_new(eb_span_of(patterns[i] + is_not), &fault);
        fixture->demands[i].matches = !is_not;
        assert_non_null(fixture->demands[i].regex);
        fixture->query.demand_count++;
    }
    fixture->query.demands = fixture->demands;
}

static void query_release(struct fixture *fixture)
{
    for (uint32_t i = 0; i < fixture->query.demand_count; i++)
        eb_regex_free((struct eb_regex *)fixture->demands[i].regex);
    eb_arena_release(&fixture->arena);
}

static const struct {
    const char *name;
    const char *patterns[DEMANDS_MAX];
    uint32_t min, max;
    const char *excluded[EXCLUDED_MAX];
    const char *want; /* NULL: there is none */
} cases[] = {
    { "nothing asked", { NULL }, 0, UINT32_MAX, { NULL }, "" },
    { "a length", { NULL }, 3, 3, { NULL }, "aaa" },
    { "shortest first", { "^a+b" }, 0, UINT32_MAX, { NULL }, "ab" },
    { "one but not the other", { "^[a-z]+$", "!^[a-y]+$" }, 0, UINT32_MAX, { NULL }, "z" },
    { "a subset", { "^[a-y]+$", "!^[a-z]+$" }, 0, UINT32_MAX, { NULL }, NULL },
    { "the same in other words", { "^\\d{4}$", "!^[0-9]{4}$" }, 0, UINT32_MAX, { NULL }, NULL },
    { "too long", { "^a{5}$" }, 0, 4, { NULL }, NULL },
    { "code points, not bytes", { "^\xc3\xa9{2}$" }, 2, 2, { NULL }, "\xc3\xa9\xc3\xa9" },
    { "at the end", { "^a*$", "!^a{0,3}$" }, 0, UINT32_MAX, { NULL }, "aaaa" },
    { "another than those", { "^[ab]$" }, 0, UINT32_MAX, { "a" }, "b" },
    { "all excluded", { "^[ab]$" }, 0, UINT32_MAX, { "a", "b" }, NULL },
    { "no code point without its end", { "!^[\\s\\S]?$" }, 0, 1, { NULL }, NULL },
    { "a bound that is not counted to", { "b$" }, 0, 1000000, { NULL }, "b" },
};

static void regex_words__finds_the_shortest_or_proves_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        struct eb_span excluded[EXCLUDED_MAX], word;
        query_init(&fixture, cases[i].patterns, cases[i].min, cases[i].max);
        fixture.query.excluded = excluded;
        while (cases[i].excluded[fixture.query.excluded_count]) {
            uint32_t at = fixture.query.excluded_count++;
            excluded[at] = eb_span_of(cases[i].excluded[at]);
        }
        enum eb_word_result result = eb_word_find(&fixture.query, &fixture.arena, &word);
        enum eb_word_result want = cases[i].want ? EB_WORD_FOUND : EB_WORD_NONE;
        if (result != want)
            print_error("%s: got %d\n", cases[i].name, result);
        assert_int_equal(result, want);
        if (cases[i].want)
            assert_span_equal(word, cases[i].want);
        query_release(&fixture);
    }
}

static bool accepts_nothing(void *context, struct eb_span word)
{
    (void)word;
    ++*(unsigned *)context;
    return false;
}

static void regex_words__is_unsure_where_others_refuse(void **state)
{
    (void)state;
    static const char *const patterns[DEMANDS_MAX] = { "^[ab]c$" };
    struct fixture fixture;
    struct eb_span word;
    unsigned asked = 0;
    query_init(&fixture, patterns, 0, UINT32_MAX);
    fixture.query.accepts = accepts_nothing;
    fixture.query.context = &asked;
    assert_int_equal(eb_word_find(&fixture.query, &fixture.arena, &word), EB_WORD_UNSURE);
    assert_true(asked > 0);
    query_release(&fixture);
}

static void regex_words__is_unsure_beyond_its_bounds(void **state)
{
    (void)state;
    static const char *const patterns[DEMANDS_MAX] = { "^a*$" };
    struct fixture fixture;
    struct eb_span word;
    query_init(&fixture, patterns, 100000, UINT32_MAX); /* more than is counted */
    assert_int_equal(eb_word_find(&fixture.query, &fixture.arena, &word), EB_WORD_UNSURE);
    query_release(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regex_words__finds_the_shortest_or_proves_none),
        cmocka_unit_test(regex_words__is_unsure_where_others_refuse),
        cmocka_unit_test(regex_words__is_unsure_beyond_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
