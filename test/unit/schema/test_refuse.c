#include "judge.h"

struct row {
    const char *name;
    const char *schema;
    const char *want; /* the first diagnostic */
};

static const struct row rows[] = {
    { "an unknown $schema", "{\"$schema\":\"https://example.com/none\"}",
        "s.json:1:12: error: \"https://example.com/none\" is no known metaschema: expected that of "
        "draft 4, 6, 7, 2019-09 or 2020-12 (such as "
        "\"https://json-schema.org/draft/2020-12/schema\"), or one added before (at /$schema)" },
    { "a keyword's value of the wrong type", "{\"properties\":{\"a\":{\"minLength\":\"3\"}}}",
        "s.json:1:33: error: not a schema: expected an integer, got \"3\" "
        "(at /properties/a/minLength)" },
    { "a bound that is negative", "{\n \"maxItems\": -1}",
        "s.json:2:14: error: not a schema: expected at least 0, got -1 (at /maxItems)" },
    { "a type nobody knows", "{\"type\":\"strnig\"}",
        "s.json:1:9: error: not a schema: expected one of \"array\", \"boolean\", \"integer\", "
        "\"null\", \"number\", \"object\", \"string\", got \"strnig\" (at /type)" },
    { "a reference to nothing", "{\"items\":{\"$ref\":\"#/$defs/x\"}}",
        "s.json:1:18: error: \"$ref\" \"#/$defs/x\": the schema has nothing at this JSON Pointer "
        "(at /items/$ref)" },
    { "a reference to nobody", "{\"items\":{\"$ref\":\"other\"}}",
        "s.json:1:18: error: \"$ref\" \"other\": no schema known here has this URI "
        "(at /items/$ref)" },
    { "a reference to no schema", "{\"$ref\":\"#/$defs\",\"$defs\":{\"x\":1}}",
        "s.json:1:32: error: not a schema: expected an object, true or false, got 1 "
        "(at /$defs/x)" },
    { "a reference to a number", "{\"$ref\":\"#/maxItems\",\"maxItems\":1}",
        "s.json:1:9: error: \"$ref\" \"#/maxItems\": it leads to a value that is not a schema (an "
        "object, true or false) (at /$ref)" },
    { "a reference to no anchor", "{\"$ref\":\"#here\"}",
        "s.json:1:9: error: \"$ref\" \"#here\": the schema has no such anchor (at /$ref)" },
    { "a broken reference nobody uses yet", "{\"$defs\":{\"x\":{\"$ref\":\"#/y\"}}}",
        "s.json:1:23: error: \"$ref\" \"#/y\": the schema has nothing at this JSON Pointer "
        "(at /$defs/x/$ref)" },
    { "a pattern that is none", "{\"pattern\":\"a(b\"}",
        "s.json:1:12: error: not a regular expression: the group is never closed, at byte 1 of "
        "\"a(b\" (at /pattern)" },
    { "a schema that is itself", "{\"$ref\":\"#\"}",
        "s.json:1:1: error: this schema applies itself to the same value again, without end "
        "(at the top)" },
    { "schemas that are each other",
        "{\"items\":{\"$ref\":\"#/$defs/a\"},\"$defs\":{"
        "\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/b\"}]},\"b\":{\"anyOf\":[true,{\"$ref\":\"#/$defs/"
        "a\"}]}}}",
        "s.json:1:81: error: this schema applies itself to the same value again, without end "
        "(at /$defs/b)" },
    { "two schemas of one name", "{\"$defs\":{\"a\":{\"$id\":\"x\"},\"b\":{\"$id\":\"x\"}}}",
        "s.json:1:38: error: \"https://example.com/x\" is already declared by s.json "
        "(at /$defs/b/$id)" },
    { "a number for a schema", "1",
        "s.json:1:1: error: not a schema: expected an object, true or false, got 1 "
        "(at the top)" },
};

static void compile__refuses_with_place_and_expectation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judge judge;
        char got[1000];
        judge_init(&judge, EB_DRAFT_2020_12);
        assert_null(judge_compile(&judge, rows[i].schema));
        judge_diag(&judge, got, sizeof got);
        bool holds = strcmp(got, rows[i].want) == 0;
        if (!holds) {
            print_error("%s:\ngot  %s\nwant %s\n", rows[i].name, got, rows[i].want);
            fail();
        }
        judge_release(&judge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compile__refuses_with_place_and_expectation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
