/* What is different between two schemas. */
#include "eb_test.h"

#include <stdlib.h>

#include "schema/diff.h"
#include "json/reader.h"

struct sides {
    struct eb_arena arena;
    struct eb_doc before, after;
    size_t count;
    char told[2000];
};

static void add(struct sides *sides, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct sides *sides, const char *format, ...)
{
    size_t len = strlen(sides->told);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sides->told + len, sizeof sides->told - len, format, arguments);
    va_end(arguments);
}

/* "~/maximum=100>90 "; what no verdict depends on in parentheses. */
static void take(void *context, const struct eb_difference *difference)
{
    static const char signs[] = { [EB_ADDED] = '+', [EB_REMOVED] = '-', [EB_CHANGED] = '~' };
    struct sides *sides = context;
    assert_int_equal(difference->kind == EB_ADDED, difference->before == EB_NO_TOKEN);
    assert_int_equal(difference->kind == EB_REMOVED, difference->after == EB_NO_TOKEN);
    sides->count++;
    struct eb_span pointer = eb_diff_pointer(difference->place, &sides->arena);
    add(sides, "%s%c%.*s=", difference->is_annotation ? "(" : "", signs[difference->kind],
        (int)pointer.len, pointer.ptr);
    if (difference->before != EB_NO_TOKEN) {
        struct eb_span value = eb_doc_source(&sides->before, difference->before);
        add(sides, "%.*s", (int)value.len, value.ptr);
    }
    if (difference->after != EB_NO_TOKEN) {
        struct eb_span value = eb_doc_source(&sides->after, difference->after);
        add(sides, "%s%.*s", difference->kind == EB_CHANGED ? ">" : "", (int)value.len, value.ptr);
    }
    add(sides, "%s ", difference->is_annotation ? ")" : "");
}

static void read_side(struct sides *sides, struct eb_doc *doc, const char *text)
{
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(doc, eb_span_of(text), &eb_json_limits_max, &sides->arena, &fault),
        EB_JSON_OK);
}

static void sides_init(struct sides *sides, const char *before, const char *after)
{
    *sides = (struct sides){ .told = "" };
    eb_arena_init_growing(&sides->arena, SIZE_MAX);
    read_side(sides, &sides->before, before);
    read_side(sides, &sides->after, after);
}

static void sides_compare(struct sides *sides, enum eb_draft draft)
{
    struct eb_arena scratch;
    struct eb_diff_question question = { &sides->before, &sides->after, draft };
    assert_true(eb_arena_init_reserved(&scratch, 64 << 20));
    assert_true(eb_schema_diff(&question, &scratch, take, sides));
    eb_arena_release(&scratch);
}

struct diff_case {
    const char *before, *after, *want;
};

static void check_cases(const struct diff_case *cases, size_t count, enum eb_draft draft)
{
    for (size_t i = 0; i < count; i++) {
        struct sides sides;
        sides_init(&sides, cases[i].before, cases[i].after);
        sides_compare(&sides, draft);
        assert_string_equal(sides.told, cases[i].want);
        eb_arena_release(&sides.arena);
    }
}

static void differences__are_told_by_place(void **state)
{
    (void)state;
    static const struct diff_case cases[] = {
        { "{}", "{}", "" },
        { "{\"minimum\":1,\"maximum\":2}", "{\"maximum\":2.0,\"minimum\":10e-1}", "" },
        { "{\"minimum\":1}", "{\"\\u006dinimum\":1}", "" },
        { "{\"maximum\":100}", "{\"maximum\":90}", "~/maximum=100>90 " },
        { "{\"minimum\":1}", "{\"maximum\":1}", "-/minimum=1 +/maximum=1 " },
        { "{\"prefixItems\":[{\"maximum\":1},true]}", "{\"prefixItems\":[{\"maximum\":2}]}",
            "~/prefixItems/0/maximum=1>2 -/prefixItems/1=true " },
        { "{\"properties\":{\"a/b\":{},\"c\":{\"const\":[1]}}}",
            "{\"properties\":{\"c\":{\"const\":[true,2]},\"~\":{}}}",
            "-/properties/a~1b={} ~/properties/c/const/0=1>true +/properties/c/const/1=2 "
            "+/properties/~0={} " },
        { "1", "true", "~=1>true " },
        { "{\"not\":{}}", "false", "~={\"not\":{}}>false " },
    };
    check_cases(cases, sizeof cases / sizeof *cases, EB_DRAFT_2020_12);
}

static void order__counts_only_where_the_standard_says_so(void **state)
{
    (void)state;
    static const struct diff_case cases[] = {
        { "{\"required\":[\"a\",\"b\"]}", "{\"required\":[\"b\",\"a\"]}", "" },
        { "{\"required\":[\"a\",\"b\"]}", "{\"required\":[\"c\",\"b\"]}",
            "-/required/0=\"a\" +/required/0=\"c\" " },
        { "{\"enum\":[1,{\"a\":[]}]}", "{\"enum\":[{\"a\":[]},1.0,true]}", "+/enum/2=true " },
        { "{\"enum\":[1,1]}", "{\"enum\":[1.0]}", "" },
        { "{\"enum\":[[1,2]]}", "{\"enum\":[[2,1]]}", "-/enum/0=[1,2] +/enum/0=[2,1] " },
        { "{\"type\":\"string\"}", "{\"type\":[\"string\"]}", "" },
        { "{\"type\":\"string\"}", "{\"type\":[\"string\",\"null\"]}",
            "~/type=\"string\">[\"string\",\"null\"] " },
        { "{\"dependentRequired\":{\"a\":[\"b\",\"c\"]}}",
            "{\"dependentRequired\":{\"a\":[\"c\",\"b\"]}}", "" },
        { "{\"const\":{\"type\":[1,2]}}", "{\"const\":{\"type\":[2,1]}}",
            "~/const/type/0=1>2 ~/const/type/1=2>1 " },
        { "{\"properties\":{\"enum\":{\"minimum\":1}}}",
            "{\"properties\":{\"enum\":{\"minimum\":2}}}", "~/properties/enum/minimum=1>2 " },
        { "{\"allOf\":[true]}", "{\"allOf\":[{},false]}", "+/allOf/1=false " },
        { "{\"anyOf\":[{\"const\":1},{\"minimum\":5}]}",
            "{\"anyOf\":[{\"minimum\":6},{\"const\":1.0}]}", "~/anyOf/1/minimum=5>6 " },
        { "{\"oneOf\":[{\"const\":1},{\"const\":1}]}", "{\"oneOf\":[{\"const\":1}]}",
            "-/oneOf/1={\"const\":1} " },
        { "true", "{}", "" },
        { "{\"items\":true}", "{\"items\":{}}", "" },
        { "{\"default\":true}", "{\"default\":{}}", "(~/default=true>{}) " },
    };
    check_cases(cases, sizeof cases / sizeof *cases, EB_DRAFT_2020_12);
}

static void annotations__are_told_apart(void **state)
{
    (void)state;
    static const struct diff_case cases[] = {
        { "{\"title\":\"a\"}", "{\"title\":\"b\"}", "(~/title=\"a\">\"b\") " },
        { "{\"properties\":{\"title\":{\"type\":\"string\"}}}",
            "{\"properties\":{\"title\":{\"type\":\"null\"}}}",
            "~/properties/title/type=\"string\">\"null\" " },
        { "{}", "{\"properties\":{\"title\":{}},\"x-unit\":{\"type\":\"m\"}}",
            "+/properties={\"title\":{}} (+/x-unit={\"type\":\"m\"}) " },
        { "{\"x\":{\"a\":[1]}}", "{\"x\":{\"a\":[2]}}", "(~/x/a/0=1>2) " },
        { "{\"additionalItems\":false}", "{}", "(-/additionalItems=false) " },
    };
    static const struct diff_case in_draft_7[] = {
        { "{\"additionalItems\":false}", "{}", "-/additionalItems=false " },
        { "{\"prefixItems\":[{}]}", "{\"prefixItems\":[]}", "(-/prefixItems/0={}) " },
        { "{\"items\":[{\"title\":\"a\"}]}", "{\"items\":[{\"title\":\"b\"}]}",
            "(~/items/0/title=\"a\">\"b\") " },
        { "{\"dependencies\":{\"a\":[\"b\",\"c\"],\"d\":{\"required\":[\"e\",\"f\"]}}}",
            "{\"dependencies\":{\"a\":[\"c\",\"b\"],\"d\":{\"required\":[\"f\",\"e\"]}}}", "" },
    };
    check_cases(cases, sizeof cases / sizeof *cases, EB_DRAFT_2020_12);
    check_cases(in_draft_7, sizeof in_draft_7 / sizeof *in_draft_7, EB_DRAFT_7);
}

static void equal_elements__take_no_longer_than_different_ones(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    fputs("{\"oneOf\":[true", out);
    for (size_t i = 0; i < COUNT; i++)
        fputs(",{\"const\":1}", out);
    fputs("]}", out);
    fclose(out);
    struct sides sides;
    sides_init(&sides, text, "{\"oneOf\":[{\"const\":1.0},{}]}");
    sides_compare(&sides, EB_DRAFT_2020_12);
    assert_int_equal(sides.count, COUNT - 1);
    eb_arena_release(&sides.arena);
    free(text);
}

/* {"properties":{"p0":{"const":0},…},"enum":[0,…]}, the numbers shifted. */
static char *large_schema(size_t count, size_t shift)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    fputs("{\"properties\":{", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s\"p%zu\":{\"const\":%zu}", i ? "," : "", i + shift, i);
    fputs("},\"enum\":[", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%zu", i ? "," : "", i + shift);
    fputs("]}", out);
    fclose(out);
    return text;
}

static void large_schemas__are_compared_in_linear_time(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    char *before = large_schema(COUNT, 0), *after = large_schema(COUNT, COUNT);
    struct sides sides;
    sides_init(&sides, before, after);
    sides_compare(&sides, EB_DRAFT_2020_12);
    assert_int_equal(sides.count, 4 * COUNT);
    eb_arena_release(&sides.arena);
    free(before);
    free(after);
}

static void comparing__ends_when_the_arena_is_full(void **state)
{
    (void)state;
    char *text = large_schema(10000, 0);
    struct sides sides;
    struct eb_arena scratch;
    sides_init(&sides, text, text);
    struct eb_diff_question question = { &sides.before, &sides.after, EB_DRAFT_2020_12 };
    assert_true(eb_arena_init_reserved(&scratch, 64 << 10));
    assert_false(eb_schema_diff(&question, &scratch, take, &sides));
    eb_arena_release(&scratch);
    eb_arena_release(&sides.arena);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences__are_told_by_place),
        cmocka_unit_test(order__counts_only_where_the_standard_says_so),
        cmocka_unit_test(annotations__are_told_apart),
        cmocka_unit_test(equal_elements__take_no_longer_than_different_ones),
        cmocka_unit_test(large_schemas__are_compared_in_linear_time),
        cmocka_unit_test(comparing__ends_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
