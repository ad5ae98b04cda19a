/* An index takes memory in proportion to its rules, whatever they are, and no more than its budget.
 */
#include "eb_test.h"

#include <stdlib.h>

#include "pattern/rule_index.h"
#include "json/reader.h"

enum {
    RULES = 250,
    TIMES = 4,
    TEXT_BYTES = 4096,
};

struct text {
    char bytes[TEXT_BYTES];
    size_t len;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->bytes + text->len, sizeof text->bytes - text->len, format, arguments);
    va_end(arguments);
    text->len += (size_t)len;
    assert_true(text->len < sizeof text->bytes);
}

static void write_list(struct text *text, const char *name, unsigned first, unsigned count)
{
    add(text, "\"%s\":[", name);
    for (unsigned i = 0; i < count; i++)
        add(text, "%s\"v-%u\"", i ? "," : "", first + i);
    add(text, "]");
}

/* ---- sets made to be difficult ---- */

static void all_alike(struct text *text, uint32_t rule)
{
    (void)rule;
    add(text, "{");
    write_list(text, "a", 0, 20);
    add(text, ",");
    write_list(text, "b", 0, 20);
    add(text, ",");
    write_list(text, "c", 0, 20);
    add(text, "}");
}

static void overlapping_lists(struct text *text, uint32_t rule)
{
    add(text, "{");
    write_list(text, "a", rule, 60);
    add(text, ",");
    write_list(text, "b", 7 * rule, 60);
    add(text, "}");
}

static void cross_product(struct text *text, uint32_t rule)
{
    add(text, "{\"a\":[%u],\"b\":[%u],\"c\":[%u]}", rule % 10, rule / 10 % 5, rule / 50);
}

static void alternatives_of_alternatives(struct text *text, uint32_t rule)
{
    add(text, "{\"$or\":[");
    for (unsigned i = 0; i < 8; i++)
        add(text, "%s{\"a\":[%u],\"$or\":[{\"b\":[1,2,3]},{\"c\":[%u,%u]}]}", i ? "," : "", i, rule,
            i);
    add(text, "]}");
}

static void stars(struct text *text, uint32_t rule)
{
    add(text, "{\"a\":[{\"wildcard\":\"*aaaa*bbbbbbbbbbbbbbbb*%u*cccc*\"}],\"b\":[1]}", rule % 50);
}

static void nested_ranges(struct text *text, uint32_t rule)
{
    add(text, "{\"a\":[{\"numeric\":[\">\",0,\"<\",%u]}],\"b\":[{\"numeric\":[\">\",%u]}]}",
        rule + 1, rule);
}

static void fields_of_their_own(struct text *text, uint32_t rule)
{
    add(text, "{\"f-%u\":[{\"exists\":true}],\"g-%u\":[{\"anything-but\":[1]}]}", rule, rule);
}

static void prefixes_of_prefixes(struct text *text, uint32_t rule)
{
    add(text, "{\"a\":[{\"prefix\":\"%.*s\"},{\"suffix\":\"%.*s\"}]}", (int)(rule % 60 + 1),
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", (int)(rule % 50 + 1),
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
}

static void nothing_to_file_under(struct text *text, uint32_t rule)
{
    add(text, "{\"a\":[{\"exists\":false}],\"b\":[%u,{\"exists\":false}]}", rule);
}

static const struct {
    const char *name;
    void (*write)(struct text *text, uint32_t rule);
} sets[] = {
    { "all alike", all_alike },
    { "overlapping lists", overlapping_lists },
    { "a cross product", cross_product },
    { "alternatives of alternatives", alternatives_of_alternatives },
    { "stars", stars },
    { "nested ranges", nested_ranges },
    { "fields of their own", fields_of_their_own },
    { "prefixes of prefixes", prefixes_of_prefixes },
    { "nothing to file under", nothing_to_file_under },
};

/* ---- building ---- */

struct rules {
    struct eb_arena arena, docs;
    struct eb_paths *paths;
    struct eb_rule_entry entries[TIMES * RULES];
    uint32_t count;
};

/* Rule number i of the set is number 1000 + i. */
static void parse(
    struct rules *rules, void (*write)(struct text *text, uint32_t rule), uint32_t count)
{
    struct eb_diag_list diags;
    eb_arena_init_growing(&rules->arena, SIZE_MAX);
    eb_arena_init_growing(&rules->docs, SIZE_MAX);
    eb_diag_list_init(&diags);
    rules->paths = eb_paths_new(&rules->arena);
    for (uint32_t i = 0; i < count; i++) {
        struct text text = { .len = 0 };
        struct eb_doc doc;
        write(&text, i);
        assert_true(
            eb_json_read_file(&doc, eb_span(text.bytes, text.len), "p", 1, &rules->docs, &diags));
        rules->entries[i] = (struct eb_rule_entry){ .rule = 1000 + i,
            .pattern = eb_pattern_parse(&doc, 0, rules->paths, &rules->arena, &diags) };
        assert_non_null(rules->entries[i].pattern);
    }
    rules->count = count;
}

static void release(struct rules *rules)
{
    eb_arena_release(&rules->arena);
    eb_arena_release(&rules->docs);
}

/* Bytes paid; what is kept is not more, but for what blocks of an arena leave idle. */
static size_t build_and_pay(const struct rules *rules, const char *name)
{
    enum { SLACK = 16384, ALL = 1 << 30 };
    struct eb_arena arena;
    struct eb_index_budget budget = { .bytes_left = ALL };
    eb_arena_init_growing(&arena, SIZE_MAX);
    assert_non_null(
        eb_rule_index_build(rules->entries, rules->count, rules->paths, &arena, &budget));
    size_t paid = ALL - budget.bytes_left;
    if (eb_arena_used(&arena) > 2 * paid + SLACK)
        fail_msg("%s: %zu bytes kept, %zu paid", name, eb_arena_used(&arena), paid);
    assert_false(budget.is_exceeded);
    eb_arena_release(&arena);
    return paid;
}

static void memory__is_linear_in_the_rules(void **state)
{
    (void)state;
    static struct rules rules;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        parse(&rules, sets[i].write, RULES);
        size_t few = build_and_pay(&rules, sets[i].name);
        release(&rules);
        parse(&rules, sets[i].write, TIMES * RULES);
        size_t many = build_and_pay(&rules, sets[i].name);
        release(&rules);
        if (many > 2 * TIMES * few)
            fail_msg("%s: %d rules take %zu bytes, %d take %zu", sets[i].name, RULES, few,
                TIMES * RULES, many);
    }
}

static void budget__that_is_too_small_names_a_rule(void **state)
{
    (void)state;
    static struct rules rules;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        parse(&rules, sets[i].write, RULES);
        size_t needed = build_and_pay(&rules, sets[i].name);
        for (size_t bytes = 0; bytes < needed; bytes += needed / 7 + 1) {
            struct eb_arena arena;
            struct eb_index_budget budget = { .bytes_left = bytes };
            eb_arena_init_growing(&arena, SIZE_MAX);
            assert_null(
                eb_rule_index_build(rules.entries, rules.count, rules.paths, &arena, &budget));
            assert_true(budget.is_exceeded);
            assert_in_range(budget.rule, 1000, 1000 + RULES - 1);
            eb_arena_release(&arena);
        }
        struct eb_arena arena;
        struct eb_index_budget budget = { .bytes_left = needed };
        eb_arena_init_growing(&arena, SIZE_MAX);
        assert_non_null(
            eb_rule_index_build(rules.entries, rules.count, rules.paths, &arena, &budget));
        assert_int_equal(budget.bytes_left, 0);
        eb_arena_release(&arena);
        release(&rules);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory__is_linear_in_the_rules),
        cmocka_unit_test(budget__that_is_too_small_names_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
