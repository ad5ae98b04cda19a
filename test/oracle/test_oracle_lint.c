/*
 * What lint says is true: questions ask no more than patterns do, what is covered is, and of rules
 * that never match none does.
 *
 *     test_oracle_lint [ROUNDS]     or $EB_ORACLE_ROUNDS
 */
#include "eb_test.h"

#include <stdlib.h>

#include "bus/lint.h"
#include "bus_fixture.h"
#include "oracle/draw_pattern.h"
#include "oracle/naive_pattern.h"
#include "pattern/pattern_cover.h"
#include "pattern/pattern_question.h"
#include "schema/schema.h"
#include "json/reader.h"

enum {
    ROUNDS_QUICK = 60,
    PATTERNS_A_ROUND = 12,
    PAIRED_A_ROUND = 24, /* each and a weaker one */
    EVENTS_A_PATTERN = 20,
    TEXT_BYTES = 64 * 1024,
    WAYS_MAX = 64,
};

static uint64_t rounds_wanted = ROUNDS_QUICK;

static bool read_doc(struct eb_doc *doc, struct eb_span text, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    struct eb_span copy = text.ptr ? eb_arena_copy(arena, text) : text;
    return copy.ptr && eb_json_read(doc, copy, &eb_json_limits_max, arena, &fault) == EB_JSON_OK;
}

/* A random pattern, parsed both ways. */
struct drawn {
    struct eb_doc doc;
    const struct eb_pattern *pattern;
    struct naive_pattern *naive;
};

static bool parse(struct drawn *drawn, struct eb_paths *paths, struct eb_arena *arena)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    drawn->pattern = eb_pattern_parse(&drawn->doc, 0, paths, arena, &diags);
    eb_diag_list_release(&diags);
    if (!drawn->pattern)
        return false;
    drawn->naive = naive_pattern_of(&drawn->doc, arena);
    return naive_way_count(drawn->naive) <= WAYS_MAX;
}

static void draw(struct drawn *drawn, struct pattern_drawer *drawer, struct eb_paths *paths,
    struct eb_arena *arena)
{
    static char text[TEXT_BYTES];
    struct eb_json_writer writer;
    do {
        eb_json_writer_init(&writer, text, sizeof text);
        draw_pattern(drawer, &writer);
    } while (!read_doc(&drawn->doc, eb_json_writer_finish(&writer), arena) ||
             !parse(drawn, paths, arena));
}

/* An event for the pattern; false: what was drawn is no document. */
static bool draw_doc(struct eb_doc *event, const struct eb_doc *pattern,
    struct pattern_drawer *drawer, struct eb_arena *arena)
{
    static char text[TEXT_BYTES];
    struct eb_json_writer writer;
    eb_json_writer_init(&writer, text, sizeof text);
    draw_event(drawer, pattern, &writer);
    return read_doc(event, eb_json_writer_finish(&writer), arena);
}

/* ---- questions ---- */

static const struct eb_schema *compile_question(struct eb_schema_library *library,
    const struct drawn *drawn, const struct eb_paths *paths, uint32_t root, bool is_coarse,
    struct eb_arena *arena)
{
    static char defs_text[TEXT_BYTES], questions_text[TEXT_BYTES], text[3 * TEXT_BYTES];
    static uint32_t count;
    struct eb_json_writer defs, questions;
    struct eb_diag_list diags;
    char uri[32];
    eb_json_writer_init(&defs, defs_text, sizeof defs_text);
    eb_json_writer_init(&questions, questions_text, sizeof questions_text);
    struct eb_question_writer writer = {
        .paths = paths, .defs = &defs, .questions = &questions, .root = root, .is_coarse = is_coarse
    };
    eb_json_open_object(&defs);
    eb_json_open_array(&questions);
    eb_question_add(&writer, eb_pattern_items(drawn->pattern));
    eb_json_close_object(&defs);
    eb_json_close_array(&questions);
    struct eb_span d = eb_json_writer_finish(&defs), q = eb_json_writer_finish(&questions);
    assert_true(d.ptr && q.ptr);
    snprintf(
        text, sizeof text, "{\"$defs\":%.*s,\"anyOf\":%.*s}", (int)d.len, d.ptr, (int)q.len, q.ptr);
    struct eb_doc *doc = EB_ARENA_NEW(arena, struct eb_doc);
    assert_true(read_doc(doc, eb_span_of(text), arena));
    snprintf(uri, sizeof uri, "urn:q:%u", count++);
    eb_diag_list_init(&diags);
    const struct eb_schema *schema = NULL;
    if (eb_schema_library_add(library, eb_span_of(uri), doc, &diags))
        schema = eb_schema_compile(library, eb_span_of(uri), &diags);
    if (!schema)
        fail_msg("%s\nof %.*s: %s", text, (int)drawn->doc.text_len, drawn->doc.text,
            diags.first ? diags.first->text : "?");
    eb_diag_list_release(&diags);
    return schema;
}

static bool is_valid(const struct eb_schema *schema, const struct eb_doc *doc)
{
    static struct eb_arena arena;
    static struct eb_regex_runner *runner;
    if (!runner) {
        assert_true(eb_arena_init_reserved(&arena, 64 << 20));
        runner = eb_regex_runner_new(100000);
    }
    eb_arena_reset(&arena);
    struct eb_validation validation = { .arena = &arena, .runner = runner };
    return eb_schema_validate(schema, doc, &validation) == EB_VALID;
}

static void questions__are_true_of_all_that_matches(void **state)
{
    (void)state;
    struct pattern_drawer drawer = { .draw = { 11 } };
    uint64_t matches = 0, refusals = 0;
    for (uint64_t round = 0; round < rounds_wanted; round++) {
        struct eb_arena arena;
        eb_arena_init_growing(&arena, SIZE_MAX);
        struct eb_schema_library *library = eb_schema_library_new(
            &arena, (struct eb_schema_options){ .default_draft = EB_DRAFT_2020_12 });
        struct eb_paths *paths = eb_paths_new(&arena);
        for (int i = 0; i < PATTERNS_A_ROUND; i++) {
            struct drawn drawn;
            draw(&drawn, &drawer, paths, &arena);
            const struct eb_schema *asked[] = {
                compile_question(library, &drawn, paths, EB_PATH_PAYLOAD, false, &arena),
                compile_question(library, &drawn, paths, EB_PATH_PAYLOAD, true, &arena),
            };
            for (int j = 0; j < EVENTS_A_PATTERN; j++) {
                struct eb_doc event;
                struct eb_message message = draw_message(&drawer);
                if (!draw_doc(&event, &drawn.doc, &drawer, &arena))
                    continue;
                struct naive_event *naive = naive_event_of(&event, &message, &arena);
                bool is_match = naive_match(drawn.naive, naive, &arena);
                matches += is_match;
                refusals += !is_valid(asked[0], &event);
                for (int k = 0; k < 2; k++) {
                    if (is_match && !is_valid(asked[k], &event))
                        fail_msg("question %d of %.*s\nis false of %.*s", k,
                            (int)drawn.doc.text_len, drawn.doc.text, (int)event.text_len,
                            event.text);
                }
            }
        }
        eb_schema_library_free(library);
        eb_arena_release(&arena);
    }
    print_message("%llu matches, %llu events that questions refuse\n", (unsigned long long)matches,
        (unsigned long long)refusals);
    assert_true(matches && refusals);
}

/* ---- covering ---- */

static bool one_in(struct pattern_drawer *drawer, size_t n)
{
    return eb_draw_below(&drawer->draw, n) == 0;
}

/* The pattern with fields left out and alternatives added; now and then as it is. */
static void weaken(struct pattern_drawer *drawer, const struct eb_doc *doc, uint32_t token,
    bool is_object_of_fields, struct eb_json_writer *out)
{
    static const char *const extra[] = { "\"a\"", "5", "{\"prefix\":\"\"}", "{\"exists\":true}",
        "{\"anything-but\":[\"zzz\"]}", "{\"numeric\":[\">\",-1000]}", "{\"exists\":false}" };
    if (eb_doc_type(doc, token) == EB_JSON_OBJECT && is_object_of_fields) {
        uint32_t left = doc->tokens[token].count;
        eb_json_open_object(out);
        EB_DOC_EACH_MEMBER(doc, token, name)
        {
            if (left > 1 && one_in(drawer, 4)) {
                left--;
                continue;
            }
            eb_json_write_name(out, eb_doc_raw(doc, name));
            weaken(drawer, doc, name + 1, true, out);
        }
        eb_json_close_object(out);
        return;
    }
    if (eb_doc_type(doc, token) != EB_JSON_ARRAY) {
        eb_json_write_raw(out, eb_doc_source(doc, token));
        return;
    }
    eb_json_open_array(out);
    EB_DOC_EACH_ELEMENT(doc, token, element)
    eb_json_write_raw(out, eb_doc_source(doc, element));
    if (one_in(drawer, 3))
        eb_json_write_raw(
            out, eb_span_of(extra[eb_draw_below(&drawer->draw, sizeof extra / sizeof *extra)]));
    eb_json_close_array(out);
}

static bool has_plain_names(const struct eb_doc *doc)
{
    return !memchr(doc->text, '\\', doc->text_len);
}

static void check_cover(const struct drawn *inner, const struct drawn *outer,
    struct pattern_drawer *drawer, uint64_t *checked)
{
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    for (int i = 0; i < EVENTS_A_PATTERN; i++) {
        struct eb_doc event;
        struct eb_message message = draw_message(drawer);
        if (!draw_doc(&event, &inner->doc, drawer, &arena))
            continue;
        struct naive_event *naive = naive_event_of(&event, &message, &arena);
        if (!naive_match(inner->naive, naive, &arena))
            continue;
        ++*checked;
        if (!naive_match(outer->naive, naive, &arena))
            fail_msg("%.*s\nis said to be covered by %.*s\nbut %.*s", (int)inner->doc.text_len,
                inner->doc.text, (int)outer->doc.text_len, outer->doc.text, (int)event.text_len,
                event.text);
    }
    eb_arena_release(&arena);
}

static void covered__patterns_match_nothing_else(void **state)
{
    (void)state;
    static char text[TEXT_BYTES];
    struct pattern_drawer drawer = { .draw = { 12 } };
    uint64_t covered = 0, checked = 0, pairs = 0;
    for (uint64_t round = 0; round < 4 * rounds_wanted; round++) {
        struct eb_arena arena, scratch;
        eb_arena_init_growing(&arena, SIZE_MAX);
        eb_arena_init_growing(&scratch, SIZE_MAX);
        struct eb_paths *paths = eb_paths_new(&arena);
        struct drawn drawn[PAIRED_A_ROUND];
        size_t count = 0;
        while (count < PAIRED_A_ROUND) {
            draw(&drawn[count], &drawer, paths, &arena);
            struct eb_json_writer writer;
            eb_json_writer_init(&writer, text, sizeof text);
            weaken(&drawer, &drawn[count].doc, 0, true, &writer);
            count++;
            if (has_plain_names(&drawn[count - 1].doc) &&
                read_doc(&drawn[count].doc, eb_json_writer_finish(&writer), &arena) &&
                parse(&drawn[count], paths, &arena))
                count++;
            if (count == PAIRED_A_ROUND - 1)
                draw(&drawn[count++], &drawer, paths, &arena);
        }
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j < count; j++) {
                pairs++;
                if (i == j || !eb_pattern_is_covered(drawn[i].pattern, drawn[j].pattern, &scratch))
                    continue;
                covered++;
                check_cover(&drawn[i], &drawn[j], &drawer, &checked);
            }
        }
        eb_arena_release(&scratch);
        eb_arena_release(&arena);
    }
    print_message("%llu of %llu pairs are covered, %llu events matched by both\n",
        (unsigned long long)covered, (unsigned long long)pairs, (unsigned long long)checked);
    assert_true(covered > rounds_wanted && checked > rounds_wanted);
}

/* ---- the whole ---- */

/* Closed, of few values, of few types: what random patterns often contradict. */
static const char *const schemas[] = {
    "{\"additionalProperties\":false,\"properties\":{\"a\":{\"enum\":[\"a\",1,null]},"
    "\"b\":{\"type\":[\"string\",\"boolean\"]},\"o\":{\"additionalProperties\":{\"type\":"
    "[\"string\",\"array\"]}},\"unrelated\":true}}",
    "{\"properties\":{\"a\":{\"type\":\"object\"},\"b\":{\"type\":\"number\",\"maximum\":5},"
    "\"c\":{\"const\":\"abc\"},\"d\":{\"pattern\":\"^k-\"},\"o\":{\"required\":[\"a\"]}}}",
    "{\"additionalProperties\":{\"type\":[\"string\",\"object\"]},\"propertyNames\":"
    "{\"maxLength\":1}}",
    "{\"required\":[\"a\",\"b\"],\"properties\":{\"a\":{\"type\":\"string\",\"maxLength\":3},"
    "\"b\":{\"not\":{\"type\":\"string\"}},\"p\":false,\"o\":{\"items\":false,\"type\":\"array\"}},"
    "\"if\":{\"properties\":{\"a\":{\"const\":\"a\"}}},\"then\":{\"properties\":{\"c\":false}}}",
    "{\"type\":\"object\",\"properties\":{\"o\":{\"type\":\"array\",\"items\":{\"properties\":"
    "{\"a\":{\"const\":1}},\"additionalProperties\":{\"type\":\"string\"}}},"
    "\"p\":{\"additionalProperties\":false,\"properties\":{\"a\":true}}}}",
};
enum { SCHEMA_COUNT = sizeof schemas / sizeof *schemas, RULES_MAX = 40 };

/* One for each filter that rules are drawn with. */
static const char *const topics[] = { "a", "a/b", "ab", "b//a" };

struct tally {
    uint64_t rules, never, tried, values, shown;
};

static const struct eb_rule *rule_of_diag(const struct bus *bus, const struct eb_diag *diag)
{
    for (uint32_t i = 0; i < bus->snapshot->rule_count; i++) {
        if (strcmp(bus->snapshot->rules[i].file, diag->file) == 0)
            return &bus->snapshot->rules[i];
    }
    return NULL;
}

/* Events drawn for the rule, published where it watches: it takes none. */
static void check_never(struct bus *bus, const struct eb_rule *rule, const struct eb_doc *pattern,
    struct pattern_drawer *drawer, struct tally *tally)
{
    for (int i = 0; i < 10 * EVENTS_A_PATTERN; i++) {
        struct eb_arena arena;
        struct eb_doc event;
        eb_arena_init_growing(&arena, SIZE_MAX);
        uint64_t before = rule->figures->matched;
        if (draw_doc(&event, pattern, drawer, &arena)) {
            struct eb_message message = draw_message(drawer);
            message.topic = eb_span_of(topics[eb_draw_below(&drawer->draw, 4)]);
            message.payload = eb_span(event.text, event.text_len);
            message.properties.payload_format = -1;
            bus_run(bus, &message);
            tally->tried++;
            if (rule->figures->matched != before)
                fail_msg("%.*s\nis said never to match, but %.*s", (int)pattern->text_len,
                    pattern->text, (int)event.text_len, event.text);
        }
        eb_arena_release(&arena);
    }
}

/* The example shown makes no copy. */
static void check_value(
    struct bus *bus, const struct eb_rule *rule, const struct eb_diag *diag, struct tally *tally)
{
    const char *from = strstr(diag->text, "what may: of {"), *end;
    tally->values++;
    if (!from || !(end = strstr(from, " no copy can be made")) || strstr(from, "…"))
        return;
    from += strlen("what may: of ");
    uint64_t before = rule->figures->failed;
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        struct eb_message message = bus_message(topics[i], "x");
        message.payload = eb_span(from, (size_t)(end - from));
        bus_run(bus, &message);
    }
    if (rule->figures->failed == before)
        fail_msg("%s\nbut the copy is made", diag->text);
    tally->shown++;
}

static void check_diags(struct bus *bus, const struct eb_diag_list *found,
    const struct drawn *drawn, struct pattern_drawer *drawer, struct tally *tally)
{
    for (const struct eb_diag *diag = found->first; diag; diag = diag->next) {
        const struct eb_rule *rule = rule_of_diag(bus, diag);
        assert_non_null(rule);
        assert_non_null(diag->pointer);
        if (strstr(diag->text, "never matches")) {
            tally->never++;
            check_never(bus, rule, &drawn[rule - bus->snapshot->rules].doc, drawer, tally);
        }
        if (strstr(diag->text, "goes into a topic, and contract"))
            check_value(bus, rule, diag, tally);
    }
}

static void lint_one_bus(struct pattern_drawer *drawer, struct tally *tally)
{
    static const char *const froms[] = { "a", "a/#", "+", "b//a" };
    static char texts[RULES_MAX][TEXT_BYTES], names[RULES_MAX][8];
    struct drawn drawn[RULES_MAX];
    struct bus_text rules[RULES_MAX + 1] = { { NULL, NULL } };
    struct bus_text schema[] = { { "s@1", schemas[eb_draw_below(&drawer->draw, SCHEMA_COUNT)] },
        { NULL, NULL } };
    static const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"#\",\"schema\":\"s@1\"}" },
        { NULL, NULL },
    };
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_paths *paths = eb_paths_new(&arena);
    for (uint32_t i = 0; i < RULES_MAX; i++) {
        draw(&drawn[i], drawer, paths, &arena);
        snprintf(texts[i], TEXT_BYTES,
            "{\"from\":[\"%s\"],\"when\":%.*s,\"to\":[{\"topic\":\"out/%u/${a}\"}]}",
            froms[eb_draw_below(&drawer->draw, 4)], (int)drawn[i].doc.text_len, drawn[i].doc.text,
            i);
        snprintf(names[i], sizeof names[i], "r%u", i);
        rules[i] = (struct bus_text){ names[i], texts[i] };
    }
    rules[RULES_MAX] = (struct bus_text){ NULL, NULL };
    struct bus bus;
    struct eb_diag_list found;
    bus_open(&bus, NULL, schema, contracts, rules);
    assert_non_null(bus.snapshot);
    eb_diag_list_init(&found);
    eb_lint(&bus.configuration, bus.snapshot, false, &found);
    assert_int_equal(found.errors, 0);
    check_diags(&bus, &found, drawn, drawer, tally);
    tally->rules += RULES_MAX;
    eb_diag_list_release(&found);
    bus_close(&bus);
    eb_arena_release(&arena);
}

static void lint__accuses_nobody_falsely(void **state)
{
    (void)state;
    struct pattern_drawer drawer = { .draw = { 13 } };
    struct tally tally = { 0 };
    for (uint64_t round = 0; round < rounds_wanted / 4 + 1; round++)
        lint_one_bus(&drawer, &tally);
    print_message("%llu rules, %llu of them never match, in spite of %llu events; %llu values in "
                  "topics, %llu shown\n",
        (unsigned long long)tally.rules, (unsigned long long)tally.never,
        (unsigned long long)tally.tried, (unsigned long long)tally.values,
        (unsigned long long)tally.shown);
    assert_true(tally.never && tally.tried && tally.shown);
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : getenv("EB_ORACLE_ROUNDS");
    if (wanted)
        rounds_wanted = strtoull(wanted, NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions__are_true_of_all_that_matches),
        cmocka_unit_test(covered__patterns_match_nothing_else),
        cmocka_unit_test(lint__accuses_nobody_falsely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
