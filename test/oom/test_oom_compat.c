#include "eb_test.h"

#include "base/limits.h"
#include "oom/failing_alloc.h"
#include "schema/compat.h"
#include "json/reader.h"

/* Two versions that between them have every kind of value proved about. */
static const char old_text[] =
    "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{"
    "\"id\":{\"type\":\"string\",\"pattern\":\"^[a-z]+$\",\"maxLength\":9},"
    "\"kind\":{\"enum\":[\"a\",\"b\",3]},\"n\":{\"type\":\"number\",\"multipleOf\":0.5},"
    "\"when\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"list\":{\"type\":\"array\",\"items\":{\"$ref\":\"#\"},\"uniqueItems\":true}},"
    "\"patternProperties\":{\"^x-\":{\"type\":\"integer\"}},"
    "\"anyOf\":[{\"required\":[\"kind\"]},{\"maxProperties\":4}]}";
static const char new_text[] =
    "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{"
    "\"id\":{\"type\":\"string\",\"pattern\":\"^[a-y]+$\"},"
    "\"kind\":{\"enum\":[\"a\",\"b\",3,{\"c\":null}]},"
    "\"n\":{\"type\":\"number\",\"maximum\":100,\"multipleOf\":0.25},"
    "\"when\":{\"type\":\"string\"},"
    "\"list\":{\"type\":\"array\",\"items\":{\"$ref\":\"#\"},\"maxItems\":20}},"
    "\"patternProperties\":{\"^x-\":{\"type\":\"number\"}},"
    "\"if\":{\"required\":[\"n\"]},\"then\":{\"required\":[\"kind\"]},"
    "\"unevaluatedProperties\":false}";

enum { VERSIONS = 2 };

struct pair {
    struct eb_arena compiled;
    struct eb_diag_list diags;
    struct eb_schema_library *libraries[VERSIONS];
    const struct eb_schema *schemas[VERSIONS];
    enum eb_compat_mode mode;
    enum eb_compat_verdict verdict; /* with all the memory there is */
    uint32_t change_count;
};

static void pair_init(struct pair *pair)
{
    static const char *const texts[VERSIONS] = { old_text, new_text };
    static const struct eb_span uri = EB_SPAN("https://example.com/s");
    *pair = (struct pair){ .mode = EB_COMPAT_FULL };
    eb_arena_init_growing(&pair->compiled, SIZE_MAX);
    eb_diag_list_init(&pair->diags);
    for (int i = 0; i < VERSIONS; i++) {
        struct eb_doc doc;
        pair->libraries[i] = eb_schema_library_new(&pair->compiled,
            (struct eb_schema_options){ EB_DRAFT_2020_12, .asserts_formats = true });
        assert_non_null(pair->libraries[i]);
        assert_true(
            eb_json_read_file(&doc, eb_span_of(texts[i]), "s", 1, &pair->compiled, &pair->diags));
        assert_true(eb_schema_library_add(pair->libraries[i], uri, &doc, &pair->diags));
        pair->schemas[i] = eb_schema_compile(pair->libraries[i], uri, &pair->diags);
        assert_non_null(pair->schemas[i]);
    }
}

static void pair_release(struct pair *pair)
{
    for (int i = 0; i < VERSIONS; i++)
        eb_schema_library_free(pair->libraries[i]);
    eb_diag_list_release(&pair->diags);
    eb_arena_release(&pair->compiled);
}

static void judge_undisturbed(struct pair *pair)
{
    struct eb_compat_report report;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    assert_true(eb_compat_judge(pair->schemas[0], pair->schemas[1], pair->mode, &arena, &report));
    pair->verdict = report.verdict;
    pair->change_count = report.change_count;
    eb_arena_release(&arena);
}

/* Out of memory, or the verdict, or none: never another, and never without its reasons. */
static bool judge(void *context)
{
    const struct pair *pair = context;
    struct eb_compat_report report;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    bool is_judged =
        eb_compat_judge(pair->schemas[0], pair->schemas[1], pair->mode, &arena, &report);
    if (is_judged) {
        assert_true(report.verdict == pair->verdict || report.verdict == EB_COMPAT_UNKNOWN);
        assert_int_equal(report.verdict == EB_COMPAT_YES, report.change_count == 0);
    }
    bool is_whole =
        is_judged && report.verdict == pair->verdict && report.change_count == pair->change_count;
    eb_arena_release(&arena);
    return is_whole;
}

static void compat__never_says_other_than_it_would_with_memory(void **state)
{
    (void)state;
    static const struct {
        enum eb_compat_mode mode;
        enum eb_compat_verdict want;
    } cases[] = {
        { EB_COMPAT_BACKWARD, EB_COMPAT_NO },
        { EB_COMPAT_FULL, EB_COMPAT_NO },
    };
    struct pair pair;
    pair_init(&pair);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pair.mode = cases[i].mode;
        judge_undisturbed(&pair);
        assert_int_equal(pair.verdict, cases[i].want);
        assert_in_range(eb_fail_each_allocation(judge, &pair), 10, 20000);
    }
    pair_release(&pair);
}

static void compat__finds_nothing_wrong_with_the_same_schema(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    pair.schemas[1] = pair.schemas[0];
    judge_undisturbed(&pair);
    assert_int_equal(pair.verdict, EB_COMPAT_YES);
    assert_in_range(eb_fail_each_allocation(judge, &pair), 3, 2000);
    pair_release(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compat__never_says_other_than_it_would_with_memory),
        cmocka_unit_test(compat__finds_nothing_wrong_with_the_same_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
