/* What is different between two schemas. */
#include "eb_test.h"

#include "schema/diff.h"
#include "json/reader.h"

struct sides {
    struct eb_arena arena;
    struct eb_doc before, after;
    char told[2000];
};

static void add(struct sides *sides, const char *sign, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span pointer = eb_doc_pointer(doc, token, &sides->arena);
    struct eb_span value = eb_doc_source(doc, token);
    size_t len = strlen(sides->told);
    snprintf(sides->told + len, sizeof sides->told - len, "%s%.*s=%.*s ", sign, (int)pointer.len,
        pointer.ptr, (int)value.len, value.ptr);
}

static void take(void *context, const struct eb_difference *difference)
{
    struct sides *sides = context;
    assert_int_equal(difference->kind == EB_ADDED, difference->before == EB_NO_TOKEN);
    assert_int_equal(difference->kind == EB_REMOVED, difference->after == EB_NO_TOKEN);
    if (difference->before != EB_NO_TOKEN)
        add(sides, difference->kind == EB_CHANGED ? "~" : "-", &sides->before, difference->before);
    if (difference->after != EB_NO_TOKEN)
        add(sides, difference->kind == EB_CHANGED ? ">" : "+", &sides->after, difference->after);
}

static void read_side(struct sides *sides, struct eb_doc *doc, const char *text)
{
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(doc, eb_span_of(text), &eb_json_limits_max, &sides->arena, &fault),
        EB_JSON_OK);
}

static void differences__are_told_by_place(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after, *want;
    } cases[] = {
        { "{}", "{}", "" },
        { "{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":10e-1}", "" },
        { "{\"a\":1}", "{\"\\u0061\":1}", "" },
        { "{\"maximum\":100}", "{\"maximum\":90}", "~/maximum=100 >/maximum=90 " },
        { "{\"minimum\":1}", "{\"maximum\":1}", "-/minimum=1 +/maximum=1 " },
        { "{\"required\":[\"a\",\"b\"]}", "{\"required\":[\"b\",\"a\"]}", "" },
        { "{\"required\":[\"a\",\"b\"]}", "{\"required\":[\"c\",\"b\"]}",
            "-/required/0=\"a\" +/required/0=\"c\" " },
        { "{\"enum\":[1,{\"a\":[]}]}", "{\"enum\":[{\"a\":[]},1.0,true]}", "+/enum/2=true " },
        { "{\"type\":\"string\"}", "{\"type\":[\"string\",\"null\"]}",
            "~/type=\"string\" >/type=[\"string\",\"null\"] " },
        { "{\"prefixItems\":[{\"a\":1},true]}", "{\"prefixItems\":[{\"a\":2}]}",
            "~/prefixItems/0/a=1 >/prefixItems/0/a=2 -/prefixItems/1=true " },
        { "{\"allOf\":[true]}", "{\"allOf\":[true,false]}", "+/allOf/1=false " },
        { "{\"properties\":{\"a/b\":{},\"c\":{\"d\":[1]}}}",
            "{\"properties\":{\"c\":{\"d\":[true]},\"~\":{}}}",
            "-/properties/a~1b={} ~/properties/c/d/0=1 >/properties/c/d/0=true "
            "+/properties/~0={} " },
        { "true", "{}", "~=true >={} " },
        { "1", "true", "~=1 >=true " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sides sides = { .told = "" };
        struct eb_arena scratch;
        eb_arena_init_growing(&sides.arena, SIZE_MAX);
        assert_true(eb_arena_init_reserved(&scratch, 1 << 20));
        read_side(&sides, &sides.before, cases[i].before);
        read_side(&sides, &sides.after, cases[i].after);
        assert_true(eb_schema_diff(&sides.before, &sides.after, &scratch, take, &sides));
        assert_string_equal(sides.told, cases[i].want);
        eb_arena_release(&scratch);
        eb_arena_release(&sides.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences__are_told_by_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
