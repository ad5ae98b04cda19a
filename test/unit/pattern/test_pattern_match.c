/* What the verified cases (test/conformance) leave open or a reader would look for here. */
#include "eb_test.h"

#include <inttypes.h>

#include "pattern/pattern.h"
#include "pattern_answer.h"
#include "json/reader.h"

struct match_case {
    const char *pattern, *event;
    enum eb_answer want;
};

static void check(const struct match_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum eb_answer got = eb_answer(eb_span_of(cases[i].pattern), eb_span_of(cases[i].event));
        if (got != cases[i].want)
            fail_msg("%s on %s: got %s, want %s", cases[i].pattern, cases[i].event,
                eb_answer_name(got), eb_answer_name(cases[i].want));
    }
}

#define CHECK(cases) check((cases), sizeof(cases) / sizeof(cases)[0])

static void match__judges_absence_beside_the_chosen_elements(void **state)
{
    (void)state;
    static const char *b_absent = "{\"e\":{\"b\":[{\"exists\":false}],\"c\":[1]}}";
    static const char *z_absent = "{\"e\":{\"z\":[{\"exists\":false}],\"c\":[1]}}";
    static const char *or_absent = "{\"e\":{\"b\":[{\"exists\":false},2],\"c\":[1]}}";
    const struct match_case cases[] = {
        { b_absent, "{\"e\":[{\"b\":1},{\"c\":1}]}", EB_MATCH },
        { z_absent, "{\"e\":[{\"z\":1},{\"c\":1}]}", EB_MATCH },
        { b_absent, "{\"e\":[{\"b\":1,\"c\":1}]}", EB_NO_MATCH },
        { b_absent, "{\"e\":[{\"b\":1,\"c\":1},{\"c\":1}]}", EB_MATCH },
        { or_absent, "{\"e\":[{\"b\":1},{\"b\":2,\"c\":1}]}", EB_MATCH },
        { or_absent, "{\"e\":[{\"b\":2},{\"b\":1,\"c\":1}]}", EB_NO_MATCH },
        { "{\"e\":{\"b\":[{\"exists\":false}]}}", "{\"e\":[{\"b\":1},{\"c\":1}]}", EB_NO_MATCH },
        { "{\"e\":{\"f\":{\"b\":[{\"exists\":false}],\"c\":[1]}}}",
            "{\"e\":[{\"f\":[{\"b\":1},{\"c\":1}]}]}", EB_MATCH },
        { "{\"e\":{\"g\":{\"b\":[{\"exists\":false}]},\"c\":[1]}}",
            "{\"e\":[{\"g\":[{\"b\":1}],\"c\":1}]}", EB_NO_MATCH },
    };
    CHECK(cases);
}

static void match__takes_values_of_one_match_from_one_element(void **state)
{
    (void)state;
    static const char *both = "{\"e\":{\"b\":[1],\"c\":[1]}}";
    static const char *either =
        "{\"$or\":[{\"e\":{\"b\":[1],\"c\":[1]}},{\"e\":{\"b\":[2],\"c\":[2]}}]}";
    const struct match_case cases[] = {
        { both, "{\"e\":[{\"b\":1,\"c\":2},{\"b\":2,\"c\":1}]}", EB_NO_MATCH },
        { both, "{\"e\":[{\"b\":1,\"c\":2},{\"b\":1,\"c\":1}]}", EB_MATCH },
        { both, "{\"e\":[[{\"b\":1},{\"c\":1}]]}", EB_NO_MATCH },
        { both, "{\"e\":[[{\"b\":1,\"c\":1}]]}", EB_MATCH },
        { both, "{\"e\":[{\"b\":[0,1],\"c\":[1,2]}]}", EB_MATCH },
        { either, "{\"e\":[{\"b\":1,\"c\":2},{\"b\":2,\"c\":1}]}", EB_NO_MATCH },
        { either, "{\"e\":[{\"b\":1,\"c\":2},{\"b\":2,\"c\":2}]}", EB_MATCH },
    };
    CHECK(cases);
}

static void match__lets_the_later_naming_of_a_field_win(void **state)
{
    (void)state;
    static const char *parallel = "{\"$or\":[{\"d.x\":[1]},{\"b\":[1]}],"
                                  "\"d\":{\"$or\":[{\"x\":[2]},{\"y\":[1]}]}}";
    static const char *nested = "{\"a\":[1],\"$or\":[{\"$or\":[{\"a\":[2]},{\"b\":[2]}]},"
                                "{\"c\":[3]}]}";
    const struct match_case cases[] = {
        { parallel, "{\"d\":{\"x\":2}}", EB_MATCH },
        { parallel, "{\"d\":{\"x\":1}}", EB_NO_MATCH },
        { parallel, "{\"d\":{\"x\":1,\"y\":1}}", EB_MATCH },
        { parallel, "{\"b\":1,\"d\":{\"y\":1}}", EB_MATCH },
        { parallel, "{\"d\":{\"y\":1}}", EB_NO_MATCH },
        { nested, "{\"a\":2}", EB_MATCH },
        { nested, "{\"b\":2}", EB_NO_MATCH },
        { nested, "{\"a\":1,\"b\":2}", EB_MATCH },
        { nested, "{\"c\":3}", EB_NO_MATCH },
        { nested, "{\"a\":1,\"c\":3}", EB_MATCH },
    };
    CHECK(cases);
}

static void match__keeps_payload_and_message_apart(void **state)
{
    (void)state;
    const struct match_case cases[] = {
        { "{\"$mqtt\":{\"topic\":[\"a/b\"]}}", "{}", EB_MATCH },
        { "{\"$mqtt\":{\"level\":[\"b\"]}}", "[1]", EB_MATCH },
        { "{\"$mqtt\":{\"retain\":[false],\"will\":[false]}}", "{}", EB_MATCH },
        { "{\"$mqtt\":{\"will\":[true]}}", "{\"$mqtt\":{\"will\":true}}", EB_NO_MATCH },
        { "{\"$mqtt\":{\"username\":[\"root\"]}}", "{\"$mqtt\":{\"username\":\"root\"}}",
            EB_NO_MATCH },
        { "{\"$mqtt.username\":[\"root\"]}", "{\"$mqtt.username\":\"root\"}", EB_NO_MATCH },
        { "{\"$mqtt\":{\"username\":[{\"exists\":false}]}}", "{\"$mqtt\":{\"username\":\"x\"}}",
            EB_MATCH },
        { "{\"a\":{\"$mqtt\":{\"x\":[1]}}}", "{\"a\":{\"$mqtt\":{\"x\":1}}}", EB_MATCH },
        { "{\"$or\":[{\"$mqtt\":{\"topic\":[\"x\"]}},{\"a\":[1]}]}", "{\"a\":1}", EB_MATCH },
    };
    CHECK(cases);
}

static void match__gives_an_event_that_is_no_object_no_payload_fields(void **state)
{
    (void)state;
    const struct match_case cases[] = {
        { "{\"a\":[{\"exists\":false}]}", "{}", EB_MATCH },
        { "{\"a\":[{\"exists\":false}]}", "[]", EB_NO_MATCH },
        { "{\"a\":[{\"exists\":false}]}", "5", EB_NO_MATCH },
        { "{\"$or\":[{\"$mqtt.qos\":[0]},{\"a\":[1]}]}", "[{\"a\":1}]", EB_NO_MATCH },
    };
    CHECK(cases);
}

/* What is spent on an event whose one value is a long text without the letters of the wildcards. */
static uint64_t steps_of(const char *pattern_text)
{
    enum { TEXT_BYTES = 64 * 1024, STEPS = 1000 * 1000 };
    static char text[TEXT_BYTES + 16];
    struct eb_arena compiled, arena;
    struct eb_diag_list diags;
    struct eb_json_fault fault;
    struct eb_doc doc;
    snprintf(text, sizeof text, "{\"t\":\"%0*d\"}", TEXT_BYTES, 0);
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_paths *paths = eb_paths_new(&compiled);
    eb_json_read(&doc, eb_span_of(pattern_text), &eb_json_limits_max, &compiled, &fault);
    const struct eb_pattern *pattern = eb_pattern_parse(&doc, 0, paths, &compiled, &diags);
    assert_non_null(pattern);
    assert_true(eb_paths_freeze(paths));
    eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, &arena, &fault);
    uint64_t left = STEPS;
    eb_pattern_match_within(pattern, eb_fields_read(paths, &doc, NULL, &arena), NULL, &left);
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
    return STEPS - left;
}

static void match__charges_each_wildcard_for_all_of_a_text(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        uint64_t thousands;
    } cases[] = {
        { "{\"t\":[{\"prefix\":\"0\"},{\"suffix\":\"1\"}]}", 0 },
        { "{\"t\":[{\"wildcard\":\"*a*b*\"}]}", 1 },
        { "{\"t\":[{\"wildcard\":\"*a*b*\"},{\"wildcard\":\"*c*\"}]}", 2 },
        { "{\"t\":[{\"anything-but\":{\"wildcard\":[\"*a*\",\"*b*\",\"*c*\"]}}]}", 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t got = steps_of(cases[i].pattern);
        if (got / 1000 != cases[i].thousands)
            fail_msg("%s: got %" PRIu64 " steps", cases[i].pattern, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__judges_absence_beside_the_chosen_elements),
        cmocka_unit_test(match__takes_values_of_one_match_from_one_element),
        cmocka_unit_test(match__lets_the_later_naming_of_a_field_win),
        cmocka_unit_test(match__keeps_payload_and_message_apart),
        cmocka_unit_test(match__gives_an_event_that_is_no_object_no_payload_fields),
        cmocka_unit_test(match__charges_each_wildcard_for_all_of_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
