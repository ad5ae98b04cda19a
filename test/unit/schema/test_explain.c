#include "judge.h"

struct row {
    const char *name;
    const char *schema;
    const char *instance;
    const char *faults; /* one a line: instanceLocation keywordLocation error */
};

static const struct row rows[] = {
    { "a value of another type", "{\"properties\":{\"n\":{\"type\":[\"integer\",\"null\"]}}}",
        "{\"n\":\"12\"}", "/n /properties/n/type expected an integer or null, got \"12\"\n" },
    { "a number that is no integer", "{\"type\":\"integer\"}", "1.5",
        " /type expected an integer, got 1.5\n" },
    { "members that are missing", "{\"required\":[\"a\",\"b\",\"c\"]}", "{\"b\":1}",
        " /required the member \"a\" is missing\n"
        " /required the member \"c\" is missing\n" },
    { "a member nobody asked for", "{\"properties\":{\"a\":true},\"additionalProperties\":false}",
        "{\"a\":1,\"b/c\":2}",
        "/b~1c /additionalProperties no such member is allowed here: \"b/c\"\n" },
    { "a value that is not in the list", "{\"enum\":[\"a\",1,null,{}]}", "\"b\"",
        " /enum expected one of \"a\", 1, null, an object with 0 members, got \"b\"\n" },
    { "a value that is not the one", "{\"const\":\"1.0\"}", "1.0",
        " /const expected \"1.0\", got 1.0\n" },
    { "numbers out of bounds", "{\"items\":{\"minimum\":0,\"exclusiveMaximum\":100}}",
        "[-1,100,1e400,5]",
        "/0 /items/minimum expected at least 0, got -1\n"
        "/1 /items/exclusiveMaximum expected less than 100, got 100\n"
        "/2 /items/exclusiveMaximum expected less than 100, got 1e400\n" },
    { "no multiple", "{\"multipleOf\":0.01}", "1.001",
        " /multipleOf expected a multiple of 0.01, got 1.001\n" },
    { "strings too short and too long", "{\"items\":{\"minLength\":1,\"maxLength\":2}}",
        "[\"\",\"\\u00e9\xc3\xa9\",\"abc\"]",
        "/0 /items/minLength expected at least 1 character, got 0: \"\"\n"
        "/2 /items/maxLength expected at most 2 characters, got 3: \"abc\"\n" },
    { "text without the form", "{\"pattern\":\"^u-[0-9]+$\"}", "\"x\"",
        " /pattern \"x\" does not match the pattern ^u-[0-9]+$\n" },
    { "too many elements", "{\"maxItems\":1}", "[1,2]",
        " /maxItems expected at most 1 element, got 2\n" },
    { "elements that are equal", "{\"uniqueItems\":true}", "[{\"a\":1},2,{\"a\":1.0}]",
        " /uniqueItems expected elements that differ, but elements 0 and 2 are both "
        "an object with 1 member\n" },
    { "the way through a reference",
        "{\"properties\":{\"d\":{\"$ref\":\"#/$defs/x\"}},\"$defs\":{\"x\":{\"maxLength\":1}}}",
        "{\"d\":\"ab\"}",
        "/d /properties/d/$ref/maxLength expected at most 1 character, got 2: \"ab\"\n" },
    { "alternatives of other types", "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1",
        " /anyOf expected a string or null, got 1\n" },
    { "the only alternative of this type",
        "{\"anyOf\":[{\"type\":\"string\",\"minLength\":3},{\"type\":\"null\"}]}", "\"a\"",
        " /anyOf/0/minLength expected at least 3 characters, got 1: \"a\"\n" },
    { "several alternatives", "{\"oneOf\":[{\"minLength\":3},{\"pattern\":\"^b\"}]}", "\"a\"",
        " /oneOf expected one of 2 alternatives, but none of them accepts \"a\"\n"
        " /oneOf/0/minLength expected at least 3 characters, got 1: \"a\"\n"
        " /oneOf/1/pattern \"a\" does not match the pattern ^b\n" },
    { "the alternative that was meant",
        "{\"oneOf\":[{\"properties\":{\"t\":{\"const\":\"a\"},\"n\":{\"type\":\"null\"}}},"
        "{\"properties\":{\"t\":{\"enum\":[\"b\",\"c\"]},\"n\":{\"minimum\":3}}},false,"
        "{\"type\":\"string\"}]}",
        "{\"t\":\"c\",\"n\":1}", "/n /oneOf/1/properties/n/minimum expected at least 3, got 1\n" },
    { "more than one alternative", "{\"oneOf\":[false,{\"minimum\":1},{\"minimum\":2}]}", "3",
        " /oneOf expected exactly one alternative to accept this, but numbers 1 and 2 do: 3\n" },
    { "what is excluded", "{\"not\":{\"type\":\"null\"}}", "null",
        " /not null is what \"not\" excludes\n" },
    { "conditions", "{\"if\":{\"type\":\"string\"},\"then\":false,\"else\":{\"const\":1}}", "2",
        " /else/const expected 1, got 2\n" },
    { "what a member needs", "{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
        " /dependentRequired/a the member \"b\" is missing; \"a\" needs it\n" },
    { "a name", "{\"propertyNames\":{\"maxLength\":2}}", "{\"abc\":1}",
        "/abc /propertyNames/maxLength expected at most 2 characters, got 3: \"abc\"\n" },
    { "what no schema evaluated",
        "{\"allOf\":[{\"properties\":{\"a\":true}}],\"unevaluatedProperties\":false}",
        "{\"a\":1,\"b\":2}", "/b /unevaluatedProperties no such member is allowed here: \"b\"\n" },
    { "too few that are contained", "{\"contains\":{\"type\":\"null\"},\"minContains\":2}",
        "[null,1]",
        " /minContains expected at least 2 elements as \"contains\" describes, got 1\n" },
    { "characters that do not print", "{\"const\":1}", "\"\x7f\xe2\x80\xae\"",
        " /const expected 1, got \"\\u007f\\u202e\"\n" },
    { "a format", "{\"format\":\"ipv4\"}", "\"1.2.3\"",
        " /format \"1.2.3\" is not an IPv4 address, as 192.0.2.1\n" },
};

static void append_fault(char *out, size_t bytes, const struct eb_fault *fault)
{
    size_t len = strlen(out);
    snprintf(out + len, bytes - len, "%.*s %.*s %.*s\n", (int)fault->instance_location.len,
        fault->instance_location.ptr, (int)fault->keyword_location.len, fault->keyword_location.ptr,
        (int)fault->error.len, fault->error.ptr);
}

static void faults__say_what_was_expected_and_what_came(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judge judge;
        judge_init(&judge, EB_DRAFT_2020_12);
        const struct eb_schema *schema = judge_compile(&judge, rows[i].schema);
        assert_non_null(schema);
        assert_int_equal(judge_validate(&judge, schema, eb_span_of(rows[i].instance)), EB_INVALID);
        char got[4000] = "";
        for (uint32_t f = 0; f < judge.validation.fault_count; f++)
            append_fault(got, sizeof got, &judge.faults[f]);
        if (strcmp(got, rows[i].faults) != 0) {
            print_error("%s:\ngot  %swant %s", rows[i].name, got, rows[i].faults);
            fail();
        }
        judge_release(&judge);
    }
}

static void faults__locate_the_keyword_absolutely(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema =
        judge_compile(&judge, "{\"properties\":{\"d\":{\"$ref\":\"inner#/$defs/a b\"}},"
                              "\"$defs\":{\"i\":{\"$id\":\"inner\","
                              "\"$defs\":{\"a b\":{\"maxLength\":1}}}}}");
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("{\"d\":\"ab\"}")), EB_INVALID);
    assert_int_equal(judge.validation.fault_count, 1);
    assert_span_equal(judge.faults[0].absolute_keyword_location,
        "https://example.com/inner#/$defs/a%20b/maxLength");
    judge_release(&judge);
}

static void faults__are_cut_at_the_bound(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(&judge, "{\"items\":{\"type\":\"null\"}}");
    assert_non_null(schema);
    judge.validation.fault_max = 2;
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1,2,3]")), EB_INVALID);
    assert_int_equal(judge.validation.fault_count, 2);
    assert_true(judge.validation.has_more_faults);
    judge.validation.fault_max = 3;
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1,2,3]")), EB_INVALID);
    assert_int_equal(judge.validation.fault_count, 3);
    assert_false(judge.validation.has_more_faults);
    judge_release(&judge);
}

static void limit__is_no_verdict_and_says_so(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema =
        judge_compile(&judge, "{\"items\":{\"pattern\":\"^(?=a)(a|aa)+$\"}}");
    assert_non_null(schema);
    char text[2003];
    memset(text, 'a', sizeof text);
    memcpy(text, "[\"", 2);
    memcpy(text + sizeof text - 3, "b\"]", 3);
    assert_int_equal(judge_validate(&judge, schema, eb_span(text, sizeof text)), EB_UNDECIDED);
    assert_int_equal(judge.validation.fault_count, 1);
    assert_span_equal(judge.faults[0].instance_location, "/0");
    assert_span_equal(judge.faults[0].error,
        "no verdict, a limit is exceeded: a regular expression takes too many steps on this value");
    judge_release(&judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults__say_what_was_expected_and_what_came),
        cmocka_unit_test(faults__locate_the_keyword_absolutely),
        cmocka_unit_test(faults__are_cut_at_the_bound),
        cmocka_unit_test(limit__is_no_verdict_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
