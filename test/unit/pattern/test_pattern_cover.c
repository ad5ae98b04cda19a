#include "eb_test.h"

#include "pattern/pattern_cover.h"
#include "json/reader.h"

static const struct eb_pattern *parse(
    const char *text, struct eb_paths *paths, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_diag_list diags;
    if (!text)
        return NULL;
    eb_diag_list_init(&diags);
    assert_int_equal(
        eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, arena, &fault), EB_JSON_OK);
    const struct eb_pattern *pattern = eb_pattern_parse(&doc, 0, paths, arena, &diags);
    if (!pattern)
        fail_msg("%s: %s", text, diags.first->text);
    eb_diag_list_release(&diags);
    return pattern;
}

struct cover_case {
    const char *inner, *outer; /* NULL: matches everything */
    bool want;
};

static void check(const struct cover_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct eb_arena arena;
        eb_arena_init_growing(&arena, SIZE_MAX);
        struct eb_paths *paths = eb_paths_new(&arena);
        const struct eb_pattern *inner = parse(cases[i].inner, paths, &arena);
        const struct eb_pattern *outer = parse(cases[i].outer, paths, &arena);
        bool got = eb_pattern_is_covered(inner, outer, &arena);
        if (got != cases[i].want)
            fail_msg("%s by %s: got %d, want %d", cases[i].inner ? cases[i].inner : "(all)",
                cases[i].outer ? cases[i].outer : "(all)", got, cases[i].want);
        eb_arena_release(&arena);
    }
}

#define CHECK(cases) check((cases), sizeof(cases) / sizeof(cases)[0])

/* `inner` and `outer` are predicates of one field. */
#define FIELD(inner, outer, want)                                                                  \
    {                                                                                              \
        "{\"a\":[" inner "]}", "{\"a\":[" outer "]}", want                                         \
    }

static void cover__knows_which_predicate_implies_which(void **state)
{
    (void)state;
    static const struct cover_case cases[] = {
        FIELD("1", "1,2", true),
        FIELD("1,2", "1", false),
        FIELD("1", "\"1\"", false),
        FIELD("300", "3e2", true),
        FIELD("\"ab\"", "{\"prefix\":\"a\"}", true),
        FIELD("\"ab\"", "{\"suffix\":\"a\"}", false),
        FIELD("\"ab\"", "{\"equals-ignore-case\":\"AB\"}", true),
        FIELD("\"ab\"", "{\"wildcard\":\"*b\"}", true),
        FIELD("\"10.0.0.1\"", "{\"cidr\":\"10.0.0.0/8\"}", true),
        FIELD("{\"exactly\":\"10.0.0.1\"}", "{\"cidr\":\"10.0.0.0/8\"}", true),
        FIELD("\"10.0.0.1\"", "{\"exactly\":\"10.0.0.1\"}", false),
        FIELD("{\"cidr\":\"10.1.0.0/16\"}", "{\"cidr\":\"10.0.0.0/8\"}", true),
        FIELD("{\"cidr\":\"10.0.0.0/8\"}", "{\"cidr\":\"10.1.0.0/16\"}", false),
        FIELD("{\"prefix\":\"ab\"}", "{\"prefix\":\"a\"}", true),
        FIELD("{\"prefix\":\"a\"}", "{\"prefix\":\"ab\"}", false),
        FIELD("{\"suffix\":\"ab\"}", "{\"suffix\":\"b\"}", true),
        FIELD("{\"prefix\":\"Ab\"}", "{\"prefix\":{\"equals-ignore-case\":\"A\"}}", true),
        FIELD("{\"suffix\":{\"equals-ignore-case\":\"ba\"}}", "{\"suffix\":\"a\"}", false),
        FIELD(
            "{\"equals-ignore-case\":\"ab\"}", "{\"prefix\":{\"equals-ignore-case\":\"a\"}}", true),
        FIELD("{\"equals-ignore-case\":\"ab\"}", "{\"prefix\":\"a\"}", false),
        FIELD("{\"prefix\":\"ab\"}", "{\"equals-ignore-case\":\"ab\"}", false),
        FIELD("{\"wildcard\":\"a*\"}", "{\"wildcard\":\"a*\"}", true),
        FIELD("{\"numeric\":[\">\",5,\"<\",7]}", "{\"numeric\":[\">=\",5]}", true),
        FIELD("{\"numeric\":[\">=\",5,\"<\",7]}", "{\"numeric\":[\">\",5]}", false),
        FIELD("5", "{\"numeric\":[\"<=\",5]}", true),
        FIELD("{\"anything-but\":[\"a\",\"b\"]}", "{\"anything-but\":[\"a\"]}", true),
        FIELD("{\"anything-but\":[\"a\"]}", "{\"anything-but\":[\"a\",\"b\"]}", false),
        FIELD("{\"prefix\":\"b\"}", "{\"anything-but\":[\"a\"]}", true),
        FIELD("{\"prefix\":\"a\"}", "{\"anything-but\":[\"a\"]}", false),
        FIELD("{\"numeric\":[\">\",5]}", "{\"anything-but\":[5]}", true),
        FIELD("{\"prefix\":\"a\"}", "{\"exists\":true}", true),
        FIELD("{\"exists\":true}", "{\"anything-but\":[\"a\"]}", false),
        FIELD("{\"exists\":false}", "{\"exists\":false},1", true),
    };
    CHECK(cases);
}

static void cover__goes_field_by_field(void **state)
{
    (void)state;
    static const struct cover_case cases[] = {
        { NULL, NULL, true },
        { "{\"a\":[1]}", NULL, true },
        { NULL, "{\"a\":[1]}", false },
        { "{\"a\":[1],\"b\":[2]}", "{\"a\":[1]}", true },
        { "{\"a\":[1]}", "{\"a\":[1],\"b\":[2]}", false },
        { "{\"b\":[2],\"a\":{\"c\":[1]}}", "{\"a.c\":[1,3]}", true },
        { "{\"a\":[1],\"b\":[2]}", "{\"$or\":[{\"c\":[1]},{\"b\":[2]}]}", true },
        { "{\"$or\":[{\"c\":[1]},{\"b\":[2]}],\"a\":[1]}", "{\"$or\":[{\"c\":[1]},{\"b\":[2]}]}",
            true },
        /* With fewer fields chosen, more counts as there: absence is harder. */
        { "{\"e\":{\"b\":[{\"exists\":false}],\"c\":[1]}}", "{\"e\":{\"b\":[{\"exists\":false}]}}",
            false },
        { "{\"e\":{\"b\":[{\"exists\":false}],\"c\":[1]}}",
            "{\"e\":{\"b\":[{\"exists\":false}],\"c\":[1,2]}}", true },
        /* The one matches what cannot be read, the other does not. */
        { "{\"$mqtt\":{\"qos\":[1]}}", "{\"$or\":[{\"$mqtt\":{\"qos\":[1]}},{\"a\":[1]}]}", false },
    };
    CHECK(cases);
}

static void sample__is_matched_by_its_pattern(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        bool want;
    } cases[] = {
        { "{\"a\":[\"x\",1]}", true }, { "{\"a\":[-1.5]}", true }, { "{\"a\":[null]}", true },
        { "{\"a\":[true]}", true }, { "{\"a\":[{\"exists\":true}]}", true },
        { "{\"a\":[{\"exists\":false}]}", true }, { "{\"a\":[{\"anything-but\":[1,2]}]}", true },
        { "{\"a\":[{\"prefix\":\"x\"}],\"b\":[{\"suffix\":\"y\"}]}", true },
        { "{\"a\":[{\"equals-ignore-case\":\"aBc\"}]}", true },
        { "{\"a\":[{\"prefix\":{\"equals-ignore-case\":\"aBc\"}}]}", true },
        { "{\"a\":[{\"suffix\":{\"equals-ignore-case\":\"aBc\"}}]}", true },
        { "{\"a\":[{\"wildcard\":\"*a*b\\\\*c*\"}]}", true },
        { "{\"a\":[{\"numeric\":[\"<\",5]}]}", true },
        { "{\"a\":[{\"numeric\":[\"<=\",5]}]}", true },
        { "{\"a\":[{\"numeric\":[\">\",5]}]}", true },
        { "{\"a\":[{\"numeric\":[\">=\",5,\"<\",6]}]}", true },
        { "{\"a\":[{\"numeric\":[\">\",5,\"<\",6]}]}", true },
        { "{\"a\":[{\"cidr\":\"10.0.0.0/8\"}]}", true },
        { "{\"a\":[{\"cidr\":\"fe80::/10\"}]}", true },
        { "{\"a\":{\"b\":{\"c\":[1]},\"d\":[2]}}", true },
        { "{\"$or\":[{\"a\":[1]},{\"b\":[2]}],\"c\":[3]}", true },
        { "{\"a\":[1],\"$mqtt\":{\"qos\":[1]}}", false }, /* nothing is put into $mqtt */
    };
    static char text[4096];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_arena arena, event;
        struct eb_json_writer out;
        struct eb_json_fault fault;
        struct eb_doc doc;
        eb_arena_init_growing(&arena, SIZE_MAX);
        assert_true(eb_arena_init_reserved(&event, 1 << 20));
        struct eb_paths *paths = eb_paths_new(&arena);
        const struct eb_pattern *pattern = parse(cases[i].pattern, paths, &arena);
        assert_true(eb_paths_freeze(paths));
        eb_json_writer_init(&out, text, sizeof text);
        eb_pattern_write_sample(pattern, paths, &arena, &out);
        struct eb_span sample = eb_json_writer_finish(&out);
        assert_int_equal(
            eb_json_read(&doc, sample, &eb_json_limits_max, &event, &fault), EB_JSON_OK);
        bool got = eb_pattern_match(pattern, eb_fields_read(paths, &doc, NULL, &event));
        if (got != cases[i].want)
            fail_msg("%s: %.*s: got %d", cases[i].pattern, (int)sample.len, sample.ptr, got);
        eb_arena_release(&event);
        eb_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cover__knows_which_predicate_implies_which),
        cmocka_unit_test(cover__goes_field_by_field),
        cmocka_unit_test(sample__is_matched_by_its_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
