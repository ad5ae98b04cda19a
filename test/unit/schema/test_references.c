/* Where the references of a schema lead. */
#include "judge.h"

#include "schema/references.h"

struct telling {
    struct eb_arena arena;
    char told[1000];
};

static void take(void *context, const struct eb_schema_reference *reference)
{
    struct telling *telling = context;
    size_t len = strlen(telling->told);
    struct eb_span from = eb_doc_pointer(reference->doc, reference->token, &telling->arena);
    struct eb_span to = eb_span("nowhere", 7);
    if (reference->target)
        to = eb_doc_pointer(reference->target, reference->target_token, &telling->arena);
    snprintf(telling->told + len, sizeof telling->told - len, "%.*s>%.*s#%.*s ", (int)from.len,
        from.ptr, (int)reference->uri.len, reference->uri.ptr ? reference->uri.ptr : "",
        (int)to.len, to.ptr);
}

static void references__lead_where_the_dialect_says(void **state)
{
    (void)state;
    static const struct {
        enum eb_draft draft;
        const char *text, *want;
    } cases[] = {
        { EB_DRAFT_2020_12, "{\"type\":\"null\"}", "" },
        { EB_DRAFT_2020_12, "true", "" },
        { EB_DRAFT_2020_12, "{\"$defs\":{\"a\":{\"$anchor\":\"x\"}},\"not\":{\"$ref\":\"#x\"}}",
            "/not/$ref>https://example.com/s#/$defs/a " },
        { EB_DRAFT_2020_12,
            "{\"$defs\":{\"a\":{\"$dynamicAnchor\":\"x\"}},\"items\":{\"$dynamicRef\":\"#x\"}}",
            "/items/$dynamicRef>https://example.com/s#/$defs/a " },
        { EB_DRAFT_2019_09, "{\"items\":{\"$recursiveRef\":\"#\"}}",
            "/items/$recursiveRef>https://example.com/s# " },
        { EB_DRAFT_2020_12,
            "{\"$defs\":{\"in\":{\"$id\":\"in\",\"$ref\":\"#/$defs/b\",\"$defs\":{\"b\":{}}}}}",
            "/$defs/in/$ref>https://example.com/in#/$defs/in/$defs/b " },
        { EB_DRAFT_7, "{\"$ref\":\"#/x\",\"x\":{\"const\":{\"$ref\":\"#\"}}}",
            "/$ref>https://example.com/s#/x " },
        { EB_DRAFT_2020_12, "{\"properties\":{\"$ref\":{\"$ref\":\"other#/gone\"}}}",
            "/properties/$ref/$ref>#nowhere " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judge judge;
        struct telling telling = { .told = "" };
        judge_init(&judge, cases[i].draft);
        eb_arena_init_growing(&telling.arena, SIZE_MAX);
        assert_true(judge_add(&judge, JUDGE_URI, eb_span_of(cases[i].text)));
        assert_true(eb_schema_references(judge.library, eb_span_of(JUDGE_URI), take, &telling));
        assert_string_equal(telling.told, cases[i].want);
        eb_arena_release(&telling.arena);
        judge_release(&judge);
    }
}

static void references__of_an_unknown_document_are_none(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_false(eb_schema_references(judge.library, eb_span_of("nobody@1"), take, NULL));
    judge_release(&judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references__lead_where_the_dialect_says),
        cmocka_unit_test(references__of_an_unknown_document_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
