#include "eb_test.h"

#include "pattern/pattern_explain.h"
#include "pattern/pattern_write.h"
#include "json/reader.h"

enum { TEXT_BYTES = 4096 };

struct asked {
    struct eb_arena arena;   /* of the pattern */
    struct eb_arena scratch; /* of the event */
    struct eb_paths *paths;
    struct eb_pattern *pattern;
    struct eb_fields *fields;
};

static struct eb_doc read_doc(const char *text, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, arena, &fault), EB_JSON_OK);
    return doc;
}

/* `event` NULL: a payload that is not JSON. */
static void ask(struct asked *asked, const char *pattern, const char *event)
{
    struct eb_diag_list diags;
    static const struct eb_message message = { .topic = EB_SPAN("a/b"), .client_id = EB_SPAN("c") };
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&asked->arena, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&asked->scratch, 1 << 20));
    asked->paths = eb_paths_new(&asked->arena);
    struct eb_doc doc = read_doc(pattern, &asked->arena);
    asked->pattern = eb_pattern_parse(&doc, 0, asked->paths, &asked->arena, &diags);
    if (!asked->pattern)
        fail_msg("%s: %s", pattern, diags.first->text);
    assert_true(eb_paths_freeze(asked->paths));
    if (event)
        doc = read_doc(event, &asked->scratch);
    asked->fields = eb_fields_read(asked->paths, event ? &doc : NULL, &message, &asked->scratch);
    eb_diag_list_release(&diags);
}

static void release(struct asked *asked)
{
    eb_arena_release(&asked->scratch);
    eb_arena_release(&asked->arena);
}

static void write_seen(const struct eb_path_fields *seen, struct eb_json_writer *out)
{
    eb_json_open_array(out);
    for (const struct eb_field *field = seen ? &seen->first : NULL; field; field = field->next)
        eb_value_write(&field->value, out);
    eb_json_close_array(out);
}

/* [field, why, expected, seen] of each mismatch. */
static const char *answer_text(const struct asked *asked)
{
    static char text[TEXT_BYTES];
    struct eb_json_writer out;
    struct eb_pattern_answer answer;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    assert_true(eb_pattern_explain(asked->pattern, asked->paths, asked->fields, &arena, &answer));
    assert_int_equal(answer.is_match, eb_pattern_match(asked->pattern, asked->fields));
    eb_json_writer_init(&out, text, sizeof text - 1);
    for (const struct eb_mismatch *one = answer.mismatches; one; one = one->next) {
        eb_json_open_array(&out);
        if (one->field.ptr)
            eb_json_write_string(&out, one->field);
        eb_json_write_string(&out, eb_span_of(eb_mismatch_name(one->kind)));
        if (one->field.ptr) {
            eb_predicates_write(&one->expected, UINT32_MAX, &out);
            write_seen(one->seen, &out);
        }
        eb_json_close_array(&out);
    }
    if (answer.has_more_mismatches)
        eb_json_write_string(&out, eb_span_of("more"));
    text[eb_json_writer_finish(&out).len] = '\0';
    eb_arena_release(&arena);
    return text;
}

struct explain_case {
    const char *pattern, *event, *want;
};

static void check(const struct explain_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct asked asked;
        ask(&asked, cases[i].pattern, cases[i].event);
        const char *got = answer_text(&asked);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s on %s:\ngot  %s\nwant %s", cases[i].pattern,
                cases[i].event ? cases[i].event : "(no JSON)", got, cases[i].want);
        release(&asked);
    }
}

#define CHECK(cases) check((cases), sizeof(cases) / sizeof(cases)[0])

static void explain__names_the_first_field_that_did_not_match(void **state)
{
    (void)state;
    static const struct explain_case cases[] = {
        { "{\"a\":[1],\"b\":[2]}", "{\"a\":1,\"b\":2}", "" },
        { "{\"a\":[1],\"b\":[2],\"c\":[3]}", "{\"a\":1,\"b\":3,\"c\":4}",
            "[\"b\",\"value\",[2],[3]]" },
        { "{\"d\":{\"p\":[{\"numeric\":[\"<\",20]}]}}", "{\"d\":{\"p\":45}}",
            "[\"d.p\",\"value\",[{\"numeric\":[\"<\",20]}],[45]]" },
        { "{\"d\":{\"p\":[1]}}", "{\"d\":{}}", "[\"d.p\",\"missing\",[1],[]]" },
        { "{\"d\":[{\"exists\":false}]}", "{\"d\":\"x\"}",
            "[\"d\",\"present\",[{\"exists\":false}],[\"x\"]]" },
        { "{\"d\":[{\"exists\":false},2]}", "{\"d\":1}",
            "[\"d\",\"value\",[2,{\"exists\":false}],[1]]" },
        { "{\"a\":[\"x\"]}", "{\"a\":[\"y\",1e2,null]}",
            "[\"a\",\"value\",[\"x\"],[\"y\",1e2,null]]" },
        { "{\"$mqtt\":{\"clientid\":[\"d\"]}}", "{}",
            "[\"$mqtt.clientid\",\"value\",[\"d\"],[\"c\"]]" },
    };
    CHECK(cases);
}

static void explain__tells_every_branch_of_an_or(void **state)
{
    (void)state;
    static const struct explain_case cases[] = {
        { "{\"$or\":[{\"a\":[1],\"b\":[2]},{\"c\":[3]}]}", "{\"a\":1,\"c\":4}",
            "[\"b\",\"missing\",[2],[]],[\"c\",\"value\",[3],[4]]" },
        { "{\"$or\":[{\"a\":[1]},{\"$or\":[{\"b\":[1]},{\"c\":[1]}]}]}", "{\"c\":2}",
            "[\"a\",\"missing\",[1],[]],[\"b\",\"missing\",[1],[]],[\"c\",\"value\",[1],[2]]" },
        { "{\"$or\":[{\"a\":[1]},{\"b\":[1]},{\"c\":[1]},{\"d\":[1]},{\"e\":[1]},{\"f\":[1]},"
          "{\"g\":[1]},{\"h\":[1]},{\"i\":[1]}]}",
            "{}",
            "[\"a\",\"missing\",[1],[]],[\"b\",\"missing\",[1],[]],[\"c\",\"missing\",[1],[]],"
            "[\"d\",\"missing\",[1],[]],[\"e\",\"missing\",[1],[]],[\"f\",\"missing\",[1],[]],"
            "[\"g\",\"missing\",[1],[]],[\"h\",\"missing\",[1],[]],\"more\"" },
    };
    CHECK(cases);
}

static void explain__tells_elements_apart(void **state)
{
    (void)state;
    static const char *both = "{\"e\":{\"b\":[1],\"c\":[1]}}";
    static const char *absent = "{\"e\":{\"b\":[{\"exists\":false}],\"c\":[1]},\"d\":[1]}";
    const struct explain_case cases[] = {
        { both, "{\"e\":[{\"b\":1,\"c\":2},{\"b\":2,\"c\":1}]}", "[\"e.c\",\"apart\",[1],[2,1]]" },
        /* Absence beside the chosen element holds: not it is to blame, but d. */
        { absent, "{\"e\":[{\"b\":1},{\"c\":1}]}", "[\"d\",\"missing\",[1],[]]" },
        { "{\"e\":{\"b\":[1],\"$or\":[{\"c\":[1]},{\"c\":[2]}]}}", "{\"e\":[{\"b\":1},{\"c\":1}]}",
            "[\"apart\"]" },
    };
    CHECK(cases);
}

static void explain__says_that_there_was_nothing_to_look_into(void **state)
{
    (void)state;
    static const struct explain_case cases[] = {
        { "{\"a\":[{\"exists\":false}]}", NULL, "[\"payload\"]" },
        { "{\"a\":[1]}", "[1]", "[\"payload\"]" },
        { "{\"$mqtt\":{\"topic\":[\"a/b\"]}}", NULL, "" },
    };
    CHECK(cases);
}

static void distance__counts_what_would_have_to_be_other(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *event;
        uint32_t want;
    } cases[] = {
        { "{\"a\":[1],\"b\":[2]}", "{\"a\":1,\"b\":2}", 0 },
        { "{\"a\":[1],\"b\":[2],\"c\":[3]}", "{\"a\":2,\"b\":2,\"c\":2}", 2 },
        { "{\"$or\":[{\"a\":[1]},{\"b\":[1]}],\"c\":[3]}", "{\"c\":3}", 1 },
        { "{\"e\":{\"b\":[1],\"c\":[1]}}", "{\"e\":[{\"b\":1},{\"c\":1}]}", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct asked asked;
        ask(&asked, cases[i].pattern, cases[i].event);
        uint32_t got = eb_pattern_distance(asked.pattern, asked.fields);
        if (got != cases[i].want)
            fail_msg(
                "%s on %s: got %u, want %u", cases[i].pattern, cases[i].event, got, cases[i].want);
        release(&asked);
    }
}

/* Every operator, written as it is kept. */
static void write__gives_the_operators_back(void **state)
{
    (void)state;
    static const struct {
        const char *written, *want; /* NULL: the same */
    } cases[] = {
        { "[null,false,true,-5.25,0,\"x\"]", NULL },
        { "[1.0e2,9007199254740993,0.1,1e-7]", "[1e-07,0.1,100,9007199254740993]" },
        { "[\"10.0.0.1\",\"2001:DB8:0::1\"]", "[\"10.0.0.1\",\"2001:db8::1\"]" },
        { "[{\"exactly\":\"10.0.0.1\"}]", NULL },
        { "[{\"exactly\":\"x\"}]", "[\"x\"]" },
        { "[{\"prefix\":\"a\"}]", NULL },
        { "[{\"suffix\":\"\\\"\"}]", NULL },
        { "[{\"prefix\":{\"equals-ignore-case\":\"aB\"}}]",
            "[{\"prefix\":{\"equals-ignore-case\":\"ab\"}}]" },
        { "[{\"suffix\":{\"equals-ignore-case\":\"ab\"}}]", NULL },
        { "[{\"equals-ignore-case\":\"É\"}]", "[{\"equals-ignore-case\":\"é\"}]" },
        { "[{\"wildcard\":\"a*\\\\*b\"}]", NULL },
        { "[{\"numeric\":[\">=\",-1,\"<\",2.5]}]", NULL },
        { "[{\"numeric\":[\"<=\",1e300]}]", "[{\"numeric\":[\"<=\",1e+300]}]" },
        { "[{\"numeric\":[\"=\",5]}]", "[5]" },
        { "[{\"cidr\":\"10.1.2.3/8\"}]", "[{\"cidr\":\"10.0.0.0/8\"}]" },
        { "[{\"cidr\":\"2001:db8::/32\"}]", NULL },
        { "[{\"exists\":true}]", NULL },
        { "[{\"exists\":false}]", NULL },
        { "[{\"anything-but\":[\"a\",\"b\"]}]", NULL },
        { "[{\"anything-but\":[1,2]}]", NULL },
        { "[{\"anything-but\":{\"prefix\":\"a\"}}]", "[{\"anything-but\":{\"prefix\":[\"a\"]}}]" },
        { "[{\"anything-but\":{\"suffix\":[\"a\",\"b\"]}}]", NULL },
        { "[{\"anything-but\":{\"equals-ignore-case\":[\"a\"]}}]", NULL },
        { "[{\"anything-but\":{\"wildcard\":[\"a*\"]}}]", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char pattern[256], got[256];
        struct asked asked;
        struct eb_json_writer out;
        snprintf(pattern, sizeof pattern, "{\"a\":%s}", cases[i].written);
        ask(&asked, pattern, "{}");
        struct eb_items items = eb_pattern_items(asked.pattern);
        struct eb_item item;
        assert_true(eb_items_next(&items, &item));
        eb_json_writer_init(&out, got, sizeof got - 1);
        assert_int_equal(eb_predicates_write(&item.predicates, UINT32_MAX, &out), 0);
        got[eb_json_writer_finish(&out).len] = '\0';
        assert_string_equal(got, cases[i].want ? cases[i].want : cases[i].written);
        release(&asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explain__names_the_first_field_that_did_not_match),
        cmocka_unit_test(explain__tells_every_branch_of_an_or),
        cmocka_unit_test(explain__tells_elements_apart),
        cmocka_unit_test(explain__says_that_there_was_nothing_to_look_into),
        cmocka_unit_test(distance__counts_what_would_have_to_be_other),
        cmocka_unit_test(write__gives_the_operators_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
