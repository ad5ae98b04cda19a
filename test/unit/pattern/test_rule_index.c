#include "eb_test.h"

#include "pattern/rule_index.h"
#include "json/reader.h"

enum { RULES = 5 };

/* Rule 10 + i matches events with an `n` above i; rule 14 matches everything. */
static struct eb_rule_index *build(struct eb_paths *paths, struct eb_arena *arena)
{
    struct eb_rule_entry entries[RULES] = { [RULES - 1] = { .rule = 10 + RULES - 1 } };
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    for (uint32_t i = 0; i + 1 < RULES; i++) {
        char text[64];
        struct eb_doc doc;
        snprintf(text, sizeof text, "{\"n\":[{\"numeric\":[\">\",%u]}]}", i);
        assert_true(eb_json_read_file(&doc, eb_span_of(text), "p", 1, arena, &diags));
        entries[i].rule = 10 + i;
        entries[i].pattern = eb_pattern_parse(&doc, 0, paths, arena, &diags);
        assert_non_null(entries[i].pattern);
    }
    return eb_rule_index_build(entries, RULES, paths, arena, NULL);
}

static void match__gives_rules_in_order_and_stops_at_the_most(void **state)
{
    (void)state;
    static const struct {
        const char *event;
        size_t max;
        const char *want;
    } cases[] = {
        { "{\"n\":0}", 9, "14" },
        { "{\"n\":2}", 9, "10 11 14" },
        { "{\"n\":[0,9]}", 9, "10 11 12 13 14" },
        { "{\"n\":9}", 5, "10 11 12 13 14" },
        { "{\"n\":9}", 4, "10 11 12 13 …" },
        { "{\"n\":9}", 0, " …" },
        { NULL, 9, "14" },
    };
    struct eb_arena compiled, arena;
    eb_arena_init_growing(&compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_paths *paths = eb_paths_new(&compiled);
    struct eb_rule_index *index = build(paths, &compiled);
    assert_true(eb_paths_freeze(paths));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct eb_doc doc;
        struct eb_json_fault fault;
        uint32_t rules[9];
        bool has_more;
        char got[64] = "";
        eb_arena_reset(&arena);
        if (cases[i].event)
            eb_json_read(&doc, eb_span_of(cases[i].event), &eb_json_limits_max, &arena, &fault);
        struct eb_fields *fields =
            eb_fields_read(paths, cases[i].event ? &doc : NULL, NULL, &arena);
        size_t count = eb_rule_index_match(index, fields, &arena, rules, cases[i].max, &has_more);
        for (size_t r = 0; r < count; r++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%u", r ? " " : "", rules[r]);
        if (has_more)
            strcat(got, " …");
        assert_string_equal(got, cases[i].want);
    }
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
}

/* Each rule asks for a member of its own; events have them in no order. */
static void match__sorts_rules_that_are_found_one_by_one(void **state)
{
    (void)state;
    enum { MANY = 200 };
    static const uint32_t counts[] = { 1, 2, 32, 33, 34, 65, MANY };
    static struct eb_rule_entry entries[MANY];
    static char text[MANY * 16];
    struct eb_arena compiled, arena;
    struct eb_diag_list diags;
    struct eb_json_fault fault;
    struct eb_doc doc;
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_paths *paths = eb_paths_new(&compiled);
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "{\"f%u\":[1]}", i);
        assert_true(eb_json_read_file(&doc, eb_span_of(text), "p", 1, &compiled, &diags));
        entries[i] =
            (struct eb_rule_entry){ i, eb_pattern_parse(&doc, 0, paths, &compiled, &diags) };
    }
    assert_true(eb_paths_freeze(paths));
    struct eb_rule_index *index = eb_rule_index_build(entries, MANY, paths, &compiled, NULL);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        bool is_asked[MANY] = { false }, has_more;
        uint32_t rules[MANY];
        size_t len = 0;
        for (uint32_t i = 0; i < counts[c]; i++) {
            uint32_t field = (i + 1) * 67 % MANY;
            is_asked[field] = true;
            len += (size_t)snprintf(
                text + len, sizeof text - len, "%s\"f%u\":1", i ? "," : "{", field);
        }
        snprintf(text + len, sizeof text - len, "}");
        eb_arena_reset(&arena);
        assert_int_equal(
            eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
        const struct eb_fields *fields = eb_fields_read(paths, &doc, NULL, &arena);
        size_t count = eb_rule_index_match(index, fields, &arena, rules, MANY, &has_more);
        assert_int_equal(count, counts[c]);
        for (uint32_t i = 0, next = 0; i < MANY; i++) {
            if (is_asked[i])
                assert_int_equal(rules[next++], i);
        }
    }
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
}

/* A cross product, which is nodes within nodes: each event leads to the rules of all its values. */
static void match__goes_through_nodes_within_nodes(void **state)
{
    (void)state;
    enum { BASE = 8, CROSS = BASE * BASE * BASE };
    static struct eb_rule_entry entries[CROSS];
    struct eb_arena compiled, arena;
    struct eb_diag_list diags;
    struct eb_json_fault fault;
    struct eb_doc doc;
    char text[256];
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_paths *paths = eb_paths_new(&compiled);
    for (uint32_t i = 0; i < CROSS; i++) {
        snprintf(text, sizeof text, "{\"x\":[\"a%u\"],\"y\":[\"b%u\"],\"z\":[\"c%u\"]}", i % BASE,
            i / BASE % BASE, i / BASE / BASE);
        assert_true(eb_json_read_file(&doc, eb_span_of(text), "p", 1, &compiled, &diags));
        entries[i].rule = i + i / 100; /* with gaps */
        entries[i].pattern = eb_pattern_parse(&doc, 0, paths, &compiled, &diags);
    }
    assert_true(eb_paths_freeze(paths));
    struct eb_rule_index *index = eb_rule_index_build(entries, CROSS, paths, &compiled, NULL);
    for (uint32_t i = 0; i < CROSS; i++) {
        uint32_t rules[4], x = i % BASE, y = i / BASE % BASE, z = i / BASE / BASE;
        uint32_t other = (i + BASE) % CROSS; /* the same x, another y */
        bool has_more;
        snprintf(text, sizeof text,
            "{\"x\":[\"none\",\"a%u\"],\"y\":[\"b%u\",\"b%u\"],\"z\":\"c%u\"}", x, y,
            other / BASE % BASE, z);
        eb_arena_reset(&arena);
        eb_json_read(&doc, eb_span_of(text), &eb_json_limits_max, &arena, &fault);
        const struct eb_fields *fields = eb_fields_read(paths, &doc, NULL, &arena);
        size_t count = eb_rule_index_match(index, fields, &arena, rules, 4, &has_more);
        uint32_t second = x + other / BASE % BASE * BASE + z * BASE * BASE;
        uint32_t low = i < second ? i : second, high = i < second ? second : i;
        assert_int_equal(count, 2);
        assert_int_equal(rules[0], entries[low].rule);
        assert_int_equal(rules[1], entries[high].rule);
    }
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
}

static void match__of_no_rules_gives_none(void **state)
{
    (void)state;
    struct eb_arena compiled, arena;
    eb_arena_init_growing(&compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_paths *paths = eb_paths_new(&compiled);
    struct eb_rule_index *index = eb_rule_index_build(NULL, 0, paths, &compiled, NULL);
    struct eb_fields *fields = eb_fields_read(paths, NULL, NULL, &arena);
    uint32_t rule;
    bool has_more;
    assert_int_equal(eb_rule_index_match(index, fields, &arena, &rule, 1, &has_more), 0);
    assert_false(has_more);
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
}

/* A megabyte that every wildcard may be in: work for minutes, were it not for the steps. */
static void match__gives_up_on_a_value_made_for_all_wildcards(void **state)
{
    (void)state;
    enum { WILDCARDS = 2000, EVENT_BYTES = 1 << 20 };
    static struct eb_rule_entry entries[WILDCARDS];
    static char event[EVENT_BYTES + 16];
    struct eb_arena compiled, arena;
    struct eb_diag_list diags;
    struct eb_json_fault fault;
    struct eb_doc doc;
    uint32_t rule;
    bool has_more;
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&arena, 256 << 20));
    struct eb_paths *paths = eb_paths_new(&compiled);
    for (uint32_t i = 0; i < WILDCARDS; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"a\":[{\"wildcard\":\"*x*x*y%u\"}]}", i);
        assert_true(eb_json_read_file(&doc, eb_span_of(text), "p", 1, &compiled, &diags));
        entries[i].rule = i;
        entries[i].pattern = eb_pattern_parse(&doc, 0, paths, &compiled, &diags);
    }
    assert_true(eb_paths_freeze(paths));
    struct eb_rule_index *index = eb_rule_index_build(entries, WILDCARDS, paths, &compiled, NULL);
    size_t len = (size_t)sprintf(event, "{\"a\":\"");
    memset(event + len, 'x', EVENT_BYTES);
    strcpy(event + len + EVENT_BYTES - 4, "\"}");
    assert_int_equal(
        eb_json_read(&doc, eb_span_of(event), &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
    struct eb_fields *fields = eb_fields_read(paths, &doc, NULL, &arena);
    size_t count = eb_rule_index_match(index, fields, &arena, &rule, 1, &has_more);
    assert_true(count == 0 || count == SIZE_MAX);
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
}

static struct eb_rule_entry parse_entry(
    const char *text, uint32_t rule, struct eb_paths *paths, struct eb_arena *arena)
{
    struct eb_doc doc;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    assert_true(eb_json_read_file(&doc, eb_span_of(text), "p", 1, arena, &diags));
    return (struct eb_rule_entry){ rule, eb_pattern_parse(&doc, 0, paths, arena, &diags) };
}

/* So many members that their names are hashed before any is looked for; one is written escaped. */
static void match__knows_thousands_of_members_by_their_names(void **state)
{
    (void)state;
    enum { MEMBERS = 5000 };
    static struct eb_rule_entry entries[MEMBERS];
    static const struct eb_span event =
        EB_SPAN("{\"f17\":1,\"x\":{\"f3\":1},\"f\\u0031\\u0038\":[1,2],\"f4999\":null,\"f5000\":1,"
                "\"a-name-of-more-than-eight-bytes-4\":true}");
    static const uint32_t want[] = { 4, 17, 18, 4999 };
    struct eb_arena compiled, arena;
    struct eb_json_fault fault;
    struct eb_doc doc;
    uint32_t rules[8];
    bool has_more;
    eb_arena_init_growing(&compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_paths *paths = eb_paths_new(&compiled);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        char text[80];
        snprintf(text, sizeof text, "{\"%s%u\":[{\"exists\":true}]}",
            i < 9 ? "a-name-of-more-than-eight-bytes-" : "f", i);
        entries[i] = parse_entry(text, i, paths, &compiled);
    }
    assert_true(eb_paths_freeze(paths));
    struct eb_rule_index *index = eb_rule_index_build(entries, MEMBERS, paths, &compiled, NULL);
    assert_int_equal(eb_json_read(&doc, event, &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
    for (int asks_ahead = 0; asks_ahead < 2; asks_ahead++) {
        struct eb_fields *fields =
            eb_rule_index_read_fields(asks_ahead ? index : NULL, paths, &doc, NULL, &arena);
        assert_int_equal(eb_rule_index_match(index, fields, &arena, rules, 8, &has_more), 4);
        assert_memory_equal(rules, want, sizeof want);
    }
    eb_arena_release(&arena);
    eb_arena_release(&compiled);
}

/* In 88 bytes: two rules of a short pattern each, one of a longer, none of many. */
static void build_near__takes_what_fits(void **state)
{
    (void)state;
    static const struct {
        const char *pattern; /* NULL: every event */
        uint32_t rules;
        bool want;
    } cases[] = {
        { "{\"a\":[\"x\"]}", 0, true },
        { NULL, 4, true },
        { NULL, 5, false },
        { "{\"a\":[\"x\"]}", 1, true },
        { "{\"a\":[\"x\"]}", 2, true },
        { "{\"a\":[\"x\"]}", 3, false },
        { "{\"a\":[\"x\",\"0123456789abcdefghijklm\"]}", 1, true },
        { "{\"a\":[\"x\",\"0123456789abcdefghijklmnopqrstuvw\"]}", 1, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct {
            _Alignas(8) unsigned char room[88], behind[8];
        } near = { .behind = "behind" };
        struct eb_rule_entry entries[5] = { { 0, NULL } };
        struct eb_arena compiled, arena;
        struct eb_json_fault fault;
        struct eb_doc doc;
        uint32_t rules[5];
        bool has_more;
        eb_arena_init_growing(&compiled, SIZE_MAX);
        assert_true(eb_arena_init_reserved(&arena, 1 << 20));
        struct eb_paths *paths = eb_paths_new(&compiled);
        for (uint32_t r = 0; r < cases[i].rules; r++)
            entries[r] = cases[i].pattern ? parse_entry(cases[i].pattern, r, paths, &compiled)
                                          : (struct eb_rule_entry){ r, NULL };
        assert_true(eb_paths_freeze(paths));
        struct eb_rule_index *index =
            eb_rule_index_build_near(entries, cases[i].rules, near.room, sizeof near.room);
        assert_string_equal(near.behind, "behind");
        if (!!index != cases[i].want)
            fail_msg("case %zu: got %d, want %d", i, !!index, cases[i].want);
        eb_json_read(&doc, eb_span_of("{\"a\":\"x\"}"), &eb_json_limits_max, &arena, &fault);
        struct eb_fields *fields = eb_fields_read(paths, &doc, NULL, &arena);
        if (index)
            assert_int_equal(
                eb_rule_index_match(index, fields, &arena, rules, 5, &has_more), cases[i].rules);
        eb_arena_release(&arena);
        eb_arena_release(&compiled);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__gives_rules_in_order_and_stops_at_the_most),
        cmocka_unit_test(match__sorts_rules_that_are_found_one_by_one),
        cmocka_unit_test(match__goes_through_nodes_within_nodes),
        cmocka_unit_test(match__of_no_rules_gives_none),
        cmocka_unit_test(match__knows_thousands_of_members_by_their_names),
        cmocka_unit_test(build_near__takes_what_fits),
        cmocka_unit_test(match__gives_up_on_a_value_made_for_all_wildcards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
