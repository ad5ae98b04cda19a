/*
 * Events that lead to more of a kind than matching has room for on the stack, and keys longer than
 * what is told apart: the index finds just what matches.
 */
#include "eb_test.h"

#include "pattern/index_matching.h"
#include "pattern/rule_index.h"
#include "json/reader.h"

enum { RULES = 40 * 4, TEXT_BYTES = 32 * 1024 };
_Static_assert(RULES / 4 > EB_MATCHING_FEW, "");

static char text[TEXT_BYTES];
static size_t text_len;

static void put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text + text_len, sizeof text - text_len, format, arguments);
    va_end(arguments);
    text_len += (size_t)len;
    assert_true(text_len < sizeof text);
}

/* Letters of which no two stretches are alike. */
static void put_letters(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        put("%c", 'a' + i * i / 7 % 26);
}

/* What is shared by two rules is a list. */
static void put_list_rule(uint32_t rule)
{
    put("{\"f%u\":[\"v\"]}", rule / 2);
}

static void put_list_event(void)
{
    for (uint32_t i = 0; i < RULES / 2; i++)
        put("%c\"f%u\":\"v\"", i ? ',' : '{', i);
    put("}");
}

/* Four rules have two ranges; of every tenth field none holds. */
static void put_range_rule(uint32_t rule)
{
    put("{\"f%u\":[{\"numeric\":[\">=\",%u]}]}", rule / 4, rule / 2 % 2);
}

static void put_range_event(void)
{
    for (uint32_t i = 0; i < RULES / 4; i++)
        put("%c\"f%u\":%d", i ? ',' : '{', i, i % 10 ? 9 : -9);
    put("}");
}

/* The text holds every second one. */
static void put_window_rule(uint32_t rule)
{
    put("{\"t\":[{\"wildcard\":\"*<%u>*\"}]}", 10000 + rule);
}

static void put_window_event(void)
{
    put("{\"t\":\"");
    for (uint32_t i = 0; i < RULES; i += 2)
        put("<%u>", 10000 + i);
    put("\"}");
}

enum { SHORTEST = EB_AFFIX_BYTES_MAX - RULES / 2, LONGEST = SHORTEST + RULES };

/* Every fourth ends otherwise than the text goes on. */
static void put_prefix_rule(uint32_t rule)
{
    put("{\"t\":[{\"prefix\":\"");
    put_letters(0, SHORTEST + rule);
    put("%s\"}]}", rule % 4 ? "" : "!");
}

static void put_suffix_rule(uint32_t rule)
{
    put("{\"t\":[{\"suffix\":\"%s", rule % 4 ? "" : "!");
    put_letters(LONGEST - SHORTEST - rule, LONGEST);
    put("\"}]}");
}

static void put_affix_event(void)
{
    put("{\"t\":\"");
    put_letters(0, LONGEST);
    put("\"}");
}

static struct eb_rule_entry entries[RULES];
static struct eb_arena compiled, arena;

static struct eb_paths *parse_all(void (*put_rule)(uint32_t rule))
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_paths *paths = eb_paths_new(&compiled);
    for (uint32_t i = 0; i < RULES; i++) {
        struct eb_doc doc;
        text_len = 0;
        put_rule(i);
        assert_true(eb_json_read_file(&doc, eb_span(text, text_len), "p", 1, &compiled, &diags));
        entries[i] =
            (struct eb_rule_entry){ i, eb_pattern_parse(&doc, 0, paths, &compiled, &diags) };
        assert_non_null(entries[i].pattern);
    }
    assert_true(eb_paths_freeze(paths));
    return paths;
}

static const struct eb_fields *read_event(const struct eb_paths *paths, void (*put_event)(void))
{
    static struct eb_doc doc;
    struct eb_json_fault fault;
    text_len = 0;
    put_event();
    assert_int_equal(
        eb_json_read(&doc, eb_span(text, text_len), &eb_json_limits_max, &arena, &fault),
        EB_JSON_OK);
    return eb_fields_read(paths, &doc, NULL, &arena);
}

static void match__finds_as_many_as_there_are(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*put_rule)(uint32_t rule);
        void (*put_event)(void);
        size_t want;
    } cases[] = {
        { "lists", put_list_rule, put_list_event, RULES },
        { "ranges", put_range_rule, put_range_event, RULES - RULES / 10 },
        { "windows", put_window_rule, put_window_event, RULES / 2 },
        { "prefixes", put_prefix_rule, put_affix_event, RULES - RULES / 4 },
        { "suffixes", put_suffix_rule, put_affix_event, RULES - RULES / 4 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_arena_init_growing(&compiled, SIZE_MAX);
        assert_true(eb_arena_init_reserved(&arena, 1 << 20));
        struct eb_paths *paths = parse_all(cases[i].put_rule);
        struct eb_rule_index *index = eb_rule_index_build(entries, RULES, paths, &compiled, NULL);
        const struct eb_fields *fields = read_event(paths, cases[i].put_event);
        uint32_t rules[RULES];
        bool has_more;
        size_t count = eb_rule_index_match(index, fields, &arena, rules, RULES, &has_more),
               next = 0;
        if (count != cases[i].want)
            fail_msg("%s: got %zu, want %zu", cases[i].name, count, cases[i].want);
        for (uint32_t rule = 0; rule < RULES; rule++) {
            bool is_found = next < count && rules[next] == rule;
            next += is_found;
            if (is_found != eb_pattern_match(entries[rule].pattern, fields))
                fail_msg("%s: rule %u: got %d", cases[i].name, rule, is_found);
        }
        eb_arena_release(&arena);
        eb_arena_release(&compiled);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__finds_as_many_as_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
