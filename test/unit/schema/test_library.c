#include "judge.h"

static void drafts__mix_across_references(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_true(judge_add(&judge, "https://example.com/old",
        eb_span_of("{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
                   "\"minimum\":1,\"exclusiveMinimum\":true}")));
    const struct eb_schema *schema =
        judge_compile(&judge, "{\"items\":{\"$ref\":\"old\"},\"prefixItems\":[true]}");
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1,2]")), EB_VALID);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1,1]")), EB_INVALID);
    judge_release(&judge);
}

static void default_draft__counts_without_schema_keyword(void **state)
{
    (void)state;
    static const char text[] = "{\"items\":[{\"type\":\"integer\"}]}";
    struct judge judge;
    judge_init(&judge, EB_DRAFT_4);
    const struct eb_schema *schema = judge_compile(&judge, text);
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1,\"x\"]")), EB_VALID);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1.0]")), EB_INVALID);
    judge_release(&judge);
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_null(judge_compile(&judge, text));
    judge_release(&judge);
}

static void own_metaschema__chooses_the_vocabularies(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_true(judge_add(&judge, "https://example.com/meta",
        eb_span_of("{\"$vocabulary\":{"
                   "\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
                   "\"https://json-schema.org/draft/2020-12/vocab/applicator\":true,"
                   "\"https://example.com/vocab/none\":false},"
                   "\"required\":[\"title\"]}")));
    assert_true(judge_add(&judge, "https://example.com/titled",
        eb_span_of("{\"$schema\":\"https://example.com/meta\",\"title\":\"t\","
                   "\"minimum\":10,\"properties\":{\"a\":false}}")));
    const struct eb_schema *schema =
        eb_schema_compile(judge.library, eb_span_of("https://example.com/titled"), &judge.diags);
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("1")), EB_VALID);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("{\"a\":1}")), EB_INVALID);
    assert_false(judge_add(&judge, "https://example.com/untitled",
        eb_span_of("{\"$schema\":\"https://example.com/meta\"}")));
    char diag[500];
    assert_string_equal(judge_diag(&judge, diag, sizeof diag),
        "s.json:1:1: error: not a schema: the member \"title\" is missing (at the top)");
    judge_release(&judge);
}

static void own_metaschema__may_not_require_what_nobody_knows(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_true(judge_add(&judge, "https://example.com/meta",
        eb_span_of("{\"$vocabulary\":{\"https://example.com/vocab/none\":true}}")));
    assert_null(judge_compile(&judge, "{\"$schema\":\"https://example.com/meta\"}"));
    char diag[500];
    assert_string_equal(judge_diag(&judge, diag, sizeof diag),
        "s.json:1:12: error: the metaschema \"https://example.com/meta\" requires the vocabulary "
        "\"https://example.com/vocab/none\", which is not known here (at /$schema)");
    judge_release(&judge);
}

static void drafts__mix_within_a_document(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(&judge,
        "{\"$ref\":\"old\",\"$defs\":{\"o\":{\"$id\":\"old\","
        "\"$schema\":\"http://json-schema.org/draft-07/schema#\","
        "\"items\":[{\"type\":\"null\"}],\"definitions\":{\"n\":{\"$id\":\"new\","
        "\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
        "\"prefixItems\":[true]}}}}}");
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[null,1]")), EB_VALID);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1]")), EB_INVALID);
    judge_release(&judge);
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_null(judge_compile(&judge,
        "{\"$defs\":{\"o\":{\"$id\":\"old\","
        "\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"items\":1}}}"));
    char diag[500];
    assert_string_equal(judge_diag(&judge, diag, sizeof diag),
        "s.json:1:88: error: not a schema: expected an array, an object, true or false, got 1 "
        "(at /$defs/o/items)");
    judge_release(&judge);
}

static void pointers__are_escaped_and_percent_encoded(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema =
        judge_compile(&judge, "{\"properties\":{\"x\":{\"$ref\":\"#/$defs/a~1b~0c%25%22\"}},"
                              "\"$defs\":{\"a/b~c%\\\"\":{\"type\":\"null\"}}}");
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("{\"x\":null}")), EB_VALID);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("{\"x\":1}")), EB_INVALID);
    judge_release(&judge);
}

static void compile__takes_a_fragment(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_true(judge_add(&judge, JUDGE_URI,
        eb_span_of("{\"$defs\":{\"a\":{\"$anchor\":\"here\",\"type\":\"null\"}},\"not\":{}}")));
    static const char *const uris[] = { JUDGE_URI "#/$defs/a", JUDGE_URI "#here" };
    for (size_t i = 0; i < 2; i++) {
        const struct eb_schema *schema =
            eb_schema_compile(judge.library, eb_span_of(uris[i]), &judge.diags);
        assert_non_null(schema);
        assert_ptr_equal(
            schema, eb_schema_compile(judge.library, eb_span_of(uris[i]), &judge.diags));
        assert_int_equal(judge_validate(&judge, schema, eb_span_of("null")), EB_VALID);
        assert_int_equal(judge_validate(&judge, schema, eb_span_of("1")), EB_INVALID);
    }
    assert_null(
        eb_schema_compile(judge.library, eb_span_of("https://example.com/t"), &judge.diags));
    char diag[500];
    assert_string_equal(judge_diag(&judge, diag, sizeof diag),
        "error: schema \"https://example.com/t\": no schema known here has this URI");
    judge_release(&judge);
}

static void add__refuses_a_uri_that_is_taken_or_relative(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_true(judge_add(&judge, JUDGE_URI, eb_span_of("true")));
    assert_false(judge_add(&judge, JUDGE_URI, eb_span_of("true")));
    assert_false(judge_add(&judge, "s", eb_span_of("true")));
    assert_false(judge_add(&judge, JUDGE_URI "2#", eb_span_of("true")));
    assert_int_equal(judge.diags.errors, 3);
    judge_release(&judge);
}

static void formats__are_asserted_only_when_asked_for(void **state)
{
    (void)state;
    for (int asserts = 0; asserts < 2; asserts++) {
        struct judge judge;
        judge_init(&judge, EB_DRAFT_2020_12);
        eb_schema_library_free(judge.library);
        judge.library = eb_schema_library_new(&judge.compiled,
            (struct eb_schema_options){ EB_DRAFT_2020_12, .asserts_formats = asserts });
        const struct eb_schema *schema = judge_compile(&judge, "{\"format\":\"ipv4\"}");
        assert_non_null(schema);
        assert_int_equal(
            judge_validate(&judge, schema, eb_span_of("\"x\"")), asserts ? EB_INVALID : EB_VALID);
        judge_release(&judge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drafts__mix_across_references),
        cmocka_unit_test(drafts__mix_within_a_document),
        cmocka_unit_test(default_draft__counts_without_schema_keyword),
        cmocka_unit_test(own_metaschema__chooses_the_vocabularies),
        cmocka_unit_test(own_metaschema__may_not_require_what_nobody_knows),
        cmocka_unit_test(pointers__are_escaped_and_percent_encoded),
        cmocka_unit_test(compile__takes_a_fragment),
        cmocka_unit_test(add__refuses_a_uri_that_is_taken_or_relative),
        cmocka_unit_test(formats__are_asserted_only_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
