#include "eb_test.h"

#include "pattern/fields.h"
#include "pattern/pattern.h"
#include "json/reader.h"

static void check_diags(const char *input, const char *want)
{
    struct eb_arena arena;
    struct eb_diag_list diags;
    struct eb_doc doc;
    char got[1000] = "";
    size_t len = 0;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    assert_true(eb_json_read_file(&doc, eb_span_of(input), "p", 1, &arena, &diags));
    struct eb_paths *paths = eb_paths_new(&arena);
    bool is_pattern = eb_pattern_parse(&doc, 0, paths, &arena, &diags);
    for (struct eb_diag *diag = diags.first; diag; diag = diag->next) {
        len += eb_diag_format(diag, got + len, sizeof got - len);
        got[len++] = '\n';
    }
    if (strcmp(got, want) != 0 || is_pattern != (want[0] == '\0'))
        fail_msg("%s\ngot  %swant %s", input, got, want);
    eb_diag_list_release(&diags);
    eb_arena_release(&arena);
}

static void parse__says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *input, *want;
    } cases[] = {
        { "{\"a\":[1]}", "" },
        { "[1]", "p:1:1: error: a pattern is an object of fields (at the top)\n" },
        { "{}", "p:1:1: error: expected at least one field, found none (at the top)\n" },
        { "{\"a\":{}}", "p:1:6: error: expected at least one field, found none (at /a)\n" },
        { "{\"a\":[]}", "p:1:6: error: expected at least one value, found none (at /a)\n" },
        { "{\n \"a\": \"x\"\n}",
            "p:2:7: error: expected an array of the values to match, or an object of fields (at "
            "/a)\n" },
        { "{\"a\":[[1]]}",
            "p:1:7: error: expected a value or an operator, not an array (at /a/0)\n" },
        { "{\"a\":[{\"prefix\":1}]}", "p:1:17: error: expected a string (at /a/0/prefix)\n" },
        { "{\"a\":[{\"prefix\":\"x\",\"suffix\":\"y\"}]}",
            "p:1:7: error: expected exactly one operator (at /a/0)\n" },
        { "{\"a\":[{\"wildcard\":\"a**\"}]}",
            "p:1:19: error: two stars in a row mean no more than one; write one (at "
            "/a/0/wildcard)\n" },
        { "{\"a\":[{\"wildcard\":\"a\\\\b\"}]}",
            "p:1:19: error: a backslash must stand before a star or a backslash (at "
            "/a/0/wildcard)\n" },
        { "{\"a\":[{\"cidr\":\"10.0.0.0\"}]}",
            "p:1:15: error: expected an IP address, a slash and a number of bits, as 10.0.0.0/8 or "
            "2001:db8::/32 (at /a/0/cidr)\n" },
        { "{\"a\":[{\"exists\":1}]}", "p:1:17: error: expected true or false (at /a/0/exists)\n" },
        { "{\"a\":[{\"numeric\":[\"<\"]}]}",
            "p:1:18: error: expected one comparison, as [\"<\", 20], or two, as [\">=\", 5, "
            "\"<\", 20] (at /a/0/numeric)\n" },
        { "{\"a\":[{\"numeric\":[\"!\",2]}]}",
            "p:1:19: error: expected \"=\", \"<\", \"<=\", \">\" or \">=\" (at /a/0/numeric/0)\n" },
        { "{\"a\":[{\"numeric\":[\"<\",2,\">\",1]}]}",
            "p:1:18: error: expected the lower bound first, then the upper (at /a/0/numeric)\n" },
        { "{\"a\":[{\"numeric\":[\">\",2,\"<\",2]}]}",
            "p:1:18: error: expected a lower bound that is less than the upper (at "
            "/a/0/numeric)\n" },
        { "{\"a\":[{\"numeric\":[\"=\",1e400]}]}",
            "p:1:23: error: expected a number that a double holds without loss: at most 15 digits, "
            "or 2^53 (at /a/0/numeric/1)\n" },
        { "{\"a\":[{\"anything-but\":[1,\"a\"]}]}",
            "p:1:26: error: expected only strings or only numbers (at /a/0/anything-but/1)\n" },
        { "{\"a\":[{\"anything-but\":{\"prefix\":\"\"}}]}",
            "p:1:33: error: expected a string that is not empty (at /a/0/anything-but/prefix)\n" },
        { "{\"a\":[{\"anything-but\":{\"numeric\":[\"=\",5]}}]}",
            "p:1:23: error: expected one of prefix, suffix, equals-ignore-case and wildcard inside "
            "anything-but (at /a/0/anything-but)\n" },
        { "{\"a.b\":[1],\"a\":{\"b\":[2]}}",
            "p:1:17: error: this field is named twice; write all its alternatives in one array (at "
            "/a/b)\n" },
        { "{\"$or\":[{\"x\":{\"prefix\":[\"y\"]}},{\"z\":[1]}]}",
            "p:1:15: error: an operator cannot be a field's name inside $or (at "
            "/$or/0/x/prefix)\n" },
        { "{\"$or\":[{\"a\":[1]}]}",
            "p:1:10: error: unknown operator; expected prefix, suffix, equals-ignore-case, "
            "wildcard, anything-but, numeric, exists, cidr or exactly (and an $or needs at least "
            "two objects of fields) (at /$or/0/a)\n" },
        { "{\"a\":[{\"numerik\":[\"=\",5]}]}",
            "p:1:8: error: unknown operator 'numerik'; did you mean 'numeric'? (at "
            "/a/0/numerik)\n" },
        { "{\"$mqtt\":{\"topics\":[\"x\"]}}",
            "p:1:11: error: $mqtt has no such member; expected topic, level, clientid, username, "
            "qos, retain, content-type or user (at /$mqtt/topics)\n" },
        { "{\"$mqtt\":[\"x\"]}",
            "p:1:2: error: $mqtt has no such member; expected topic, level, clientid, username, "
            "qos, retain, content-type or user (at /$mqtt)\n" },
        { "{\"$mqtt.topic.x\":[\"x\"]}",
            "p:1:2: error: this member of $mqtt has no members of its own (at "
            "/$mqtt.topic.x)\n" },
        { "{\"$mqtt.user\":[\"x\"]}",
            "p:1:2: error: $mqtt.user holds user properties; expected the name of one of them (at "
            "/$mqtt.user)\n" },
        { "{\"a\":1,\"b\":[],\"c\":[true]}",
            "p:1:6: error: expected an array of the values to match, or an object of fields (at "
            "/a)\np:1:12: error: expected at least one value, found none (at /b)\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_diags(cases[i].input, cases[i].want);
}

static void parse__refuses_more_fields_than_the_matcher_can_carry(void **state)
{
    (void)state;
    enum { FIELDS = 4097 };
    static char text[FIELDS * 16];
    size_t len = 0;
    for (int i = 0; i < FIELDS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%c\"%d\":[1]", i ? ',' : '{', i);
    text[len] = '}';
    check_diags(text,
        "p:1:1: error: more fields must hold together than a pattern may have (at the top)\n");
}

static void parse__refuses_wildcards_that_do_not_fit_on_the_stack(void **state)
{
    (void)state;
    static const char end[] = "\"}]}";
    char text[1100] = "{\"a\":[{\"wildcard\":\"*";
    memset(text + strlen(text), 'x', 1023);
    size_t len = strlen(text);
    memcpy(text + len, end, sizeof end);
    check_diags(text, "");
    text[len] = 'x';
    memcpy(text + len + 1, end, sizeof end);
    check_diags(text, "p:1:19: error: a wildcard is longer than 1024 bytes (at /a/0/wildcard)\n");
}

static void parse__knows_what_reads_the_payload(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        bool want;
    } cases[] = {
        { "{\"a\":[1]}", true },
        { "{\"$mqtt\":{\"topic\":[\"x\"]}}", false },
        { "{\"$mqtt.topic\":[\"x\"]}", false },
        { "{\"$mqtt\":{\"user\":{\"a.b\":[\"x\"]}}}", false },
        { "{\"a\":{\"$mqtt\":{\"topic\":[\"x\"]}}}", true },
        { "{\"$or\":[{\"$mqtt\":{\"qos\":[1]}},{\"a\":[{\"exists\":false}]}]}", true },
        { "{\"$or\":[{\"$mqtt\":{\"qos\":[1]}},{\"$mqtt.retain\":[true]}]}", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct eb_arena arena;
        struct eb_diag_list diags;
        struct eb_doc doc;
        eb_arena_init_growing(&arena, SIZE_MAX);
        eb_diag_list_init(&diags);
        assert_true(eb_json_read_file(&doc, eb_span_of(cases[i].input), "p", 1, &arena, &diags));
        struct eb_pattern *pattern =
            eb_pattern_parse(&doc, 0, eb_paths_new(&arena), &arena, &diags);
        assert_non_null(pattern);
        if (eb_pattern_reads_payload(pattern) != cases[i].want)
            fail_msg("%s: want %d", cases[i].input, cases[i].want);
        eb_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__says_what_is_wrong_and_where),
        cmocka_unit_test(parse__refuses_more_fields_than_the_matcher_can_carry),
        cmocka_unit_test(parse__refuses_wildcards_that_do_not_fit_on_the_stack),
        cmocka_unit_test(parse__knows_what_reads_the_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
