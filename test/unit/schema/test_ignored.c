/* What means nothing in a schema is told, and nothing else. */
#include "judge.h"

#include "schema/ignored.h"

static void assert_told(enum eb_draft draft, const char *text, const char *want)
{
    struct judge judge;
    struct eb_diag_list told;
    char got[1000] = "";
    size_t len = 0;
    judge_init(&judge, draft);
    eb_diag_list_init(&told);
    assert_true(judge_add(&judge, JUDGE_URI, eb_span_of(text)));
    eb_schema_report_ignored(judge.library, EB_WARNING, &told);
    for (const struct eb_diag *diag = told.first; diag; diag = diag->next) {
        assert_int_equal(diag->severity, EB_WARNING);
        len += (size_t)snprintf(got + len, sizeof got - len, "%s: %s\n", diag->pointer, diag->text);
        assert_true(len < sizeof got);
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s\ngot  %s\nwant %s", text, got, want);
    eb_diag_list_release(&told);
    judge_release(&judge);
}

struct told_case {
    enum eb_draft draft;
    const char *text, *want;
};

static void check(const struct told_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_told(cases[i].draft, cases[i].text, cases[i].want);
}

#define CHECK(cases) check((cases), sizeof(cases) / sizeof(cases)[0])
#define NO_KEYWORD(word) "'" word "' is no keyword and means nothing; did you mean "

static void slips__are_told_with_what_was_meant(void **state)
{
    (void)state;
    static const struct told_case cases[] = {
        { EB_DRAFT_2020_12, "{\"proprties\":{}}",
            "/proprties: " NO_KEYWORD("proprties") "'properties'?\n" },
        { EB_DRAFT_2020_12, "{\"Type\":\"object\"}", "/Type: " NO_KEYWORD("Type") "'type'?\n" },
        { EB_DRAFT_2020_12, "{\"properties\":{\"a\":{\"minimun\":1}}}",
            "/properties/a/minimun: " NO_KEYWORD("minimun") "'minimum'?\n" },
        { EB_DRAFT_2020_12, "{\"$defs\":{\"a\":{\"allof\":[]}},\"items\":{\"requird\":[]}}",
            "/$defs/a/allof: " NO_KEYWORD("allof") "'allOf'?\n"
                                                   "/items/requird: " NO_KEYWORD(
                                                       "requird") "'required'?\n" },
        { EB_DRAFT_4, "{\"ref\":\"#\"}", "/ref: " NO_KEYWORD("ref") "'$ref'?\n" },
    };
    CHECK(cases);
}

#define FOREIGN(word) "'" word "' means nothing here: it is no keyword of "

static void keywords_of_other_drafts__are_told(void **state)
{
    (void)state;
    static const struct told_case cases[] = {
        { EB_DRAFT_7, "{\"prefixItems\":[{}]}",
            "/prefixItems: " FOREIGN("prefixItems") "draft 7\n" },
        { EB_DRAFT_4, "{\"const\":1}", "/const: " FOREIGN("const") "draft 4\n" },
        { EB_DRAFT_2020_12, "{\"id\":\"x\"}", "/id: " FOREIGN("id") "draft 2020-12\n" },
        { EB_DRAFT_2020_12,
            "{\"$schema\":\"http://json-schema.org/draft-06/schema#\",\"if\":{},\"then\":false}",
            "/if: " FOREIGN("if") "draft 6\n"
                                  "/then: " FOREIGN("then") "draft 6\n" },
        { EB_DRAFT_2019_09, "{\"dependencies\":{},\"definitions\":{}}", "" },
        { EB_DRAFT_7, "{\"$defs\":{\"a\":{}},\"items\":{\"$ref\":\"#/$defs/a\"}}", "" },
    };
    CHECK(cases);
}

static void keywords__that_need_another_are_told(void **state)
{
    (void)state;
    static const struct told_case cases[] = {
        { EB_DRAFT_7, "{\"then\":{},\"else\":{}}",
            "/then: 'then' means nothing without 'if'\n"
            "/else: 'else' means nothing without 'if'\n" },
        { EB_DRAFT_7, "{\"if\":{},\"then\":{},\"else\":{}}", "" },
        { EB_DRAFT_2020_12, "{\"minContains\":1,\"not\":{\"maxContains\":1,\"contains\":{}}}",
            "/minContains: 'minContains' means nothing without 'contains'\n" },
        { EB_DRAFT_6, "{\"additionalItems\":false}",
            "/additionalItems: 'additionalItems' means nothing without 'items'\n" },
    };
    CHECK(cases);
}

static void keywords__beside_a_reference_count_from_2019_on(void **state)
{
    (void)state;
    static const char text[] = "{\"definitions\":{\"a\":{}},\"title\":\"t\",\"$ref\":"
                               "\"#/definitions/a\",\"required\":[\"x\"]}";
    const struct told_case cases[] = {
        { EB_DRAFT_7, text, "/required: 'required' means nothing beside '$ref' in draft 7\n" },
        { EB_DRAFT_2019_09, text, "" },
    };
    CHECK(cases);
}

static void annotations__are_left_alone(void **state)
{
    (void)state;
    static const char text[] =
        "{\"title\":\"t\",\"description\":\"d\",\"default\":1,\"examples\":[],\"example\":1,"
        "\"deprecated\":true,\"readOnly\":true,\"writeOnly\":true,\"$comment\":\"c\","
        "\"units\":\"s\",\"unit\":\"s\",\"x-kind\":1,\"enumNames\":[],\"nullable\":true,"
        "\"discriminator\":{},\"xml\":{},\"externalDocs\":{},\"name\":\"n\",\"tags\":[],"
        "\"label\":\"l\",\"version\":1,\"owner\":\"o\",\"since\":1,\"const\":{\"typ\":1},"
        "\"enum\":[{\"proprties\":1}],\"properties\":{\"typ\":{},\"minimun\":{}}}";
    for (int draft = EB_DRAFT_6; draft <= EB_DRAFT_2020_12; draft++)
        assert_told((enum eb_draft)draft, text, "");
    assert_told(EB_DRAFT_2020_12, "true", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slips__are_told_with_what_was_meant),
        cmocka_unit_test(keywords_of_other_drafts__are_told),
        cmocka_unit_test(keywords__that_need_another_are_told),
        cmocka_unit_test(keywords__beside_a_reference_count_from_2019_on),
        cmocka_unit_test(annotations__are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
