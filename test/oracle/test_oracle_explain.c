/*
 * What is explained is what happens: random buses and events, explained and run.
 *
 *     test_oracle_explain [EVENTS]     or $EB_ORACLE_EVENTS
 */
#include "eb_test.h"

#include <stdlib.h>

#include "bus/explain.h"
#include "bus_fixture.h"
#include "oracle/draw_pattern.h"
#include "oracle/naive_pattern.h"
#include "pattern/pattern_write.h"
#include "json/reader.h"

enum {
    EVENTS_QUICK = 2000,
    RULES_MAX = 24,
    EVENTS_PER_BUS = 40,
    TEXT_BYTES = 16384,
    WAYS_MAX = 64, /* the naive matcher multiplies out */
};

static uint64_t events_wanted = EVENTS_QUICK;

/* What was drawn for a rule, beside what the bus made of it. */
struct drawn {
    struct eb_arena arena;
    struct eb_doc patterns[RULES_MAX]; /* text NULL: none, every event matches */
    struct naive_pattern *naive[RULES_MAX];
    char names[RULES_MAX][8];
    char *texts[RULES_MAX];
    struct bus_text rules[RULES_MAX + 1];
    uint32_t count;
};

struct tally {
    uint64_t events, rules_matched, rules_missed, fields_false, fields_apart, failed_targets;
};

/* ---- a bus ---- */

static bool read_text(struct eb_doc *doc, struct eb_span text, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    struct eb_span copy = text.ptr ? eb_arena_copy(arena, text) : text;
    return copy.ptr && eb_json_read(doc, copy, &eb_json_limits_max, arena, &fault) == EB_JSON_OK;
}

static bool is_pattern(const struct eb_doc *doc)
{
    struct eb_arena arena;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_paths *paths = eb_paths_new(&arena);
    bool is_one = eb_pattern_parse(doc, 0, paths, &arena, &diags);
    eb_arena_release(&arena);
    eb_diag_list_release(&diags);
    return is_one;
}

static bool draw_when(struct drawn *drawn, struct pattern_drawer *drawer)
{
    static char text[TEXT_BYTES];
    struct eb_json_writer writer;
    struct eb_doc *doc = &drawn->patterns[drawn->count];
    eb_json_writer_init(&writer, text, sizeof text);
    draw_pattern(drawer, &writer);
    if (!read_text(doc, eb_json_writer_finish(&writer), &drawn->arena) || !is_pattern(doc))
        return false;
    struct naive_pattern *naive = naive_pattern_of(doc, &drawn->arena);
    drawn->naive[drawn->count] = naive;
    return naive_way_count(naive) <= WAYS_MAX;
}

static void draw_rule(struct drawn *drawn, struct pattern_drawer *drawer)
{
    static const char *const froms[] = { "#", "a/#", "+", "b//a", "x" };
    static const char *const targets[] = { "out/${a}", "out/fixed", "out/${$mqtt.level[0]}",
        "out/${o.a|\\\"none\\\"}" };
    struct eb_doc *doc = &drawn->patterns[drawn->count];
    *doc = (struct eb_doc){ .text = NULL };
    if (eb_draw_below(&drawer->draw, 10) && !draw_when(drawn, drawer))
        return;
    char *text = malloc(TEXT_BYTES);
    assert_non_null(text);
    snprintf(text, TEXT_BYTES, "{\"from\":[\"%s\"],%s%.*s%s\"to\":[{\"topic\":\"%s\"},%s]%s}",
        froms[eb_draw_below(&drawer->draw, 5)], doc->text ? "\"when\":" : "",
        doc->text ? (int)doc->text_len : 0, doc->text ? doc->text : "", doc->text ? "," : "",
        targets[eb_draw_below(&drawer->draw, 4)], "{\"topic\":\"out/b\",\"payload\":\"${b}\"}",
        eb_draw_below(&drawer->draw, 4) ? "" : ",\"empty\":true");
    snprintf(drawn->names[drawn->count], sizeof drawn->names[0], "r%u", drawn->count);
    drawn->texts[drawn->count] = text;
    drawn->rules[drawn->count] = (struct bus_text){ drawn->names[drawn->count], text };
    drawn->count++;
}

static void open_bus(struct bus *bus, struct drawn *drawn, struct pattern_drawer *drawer)
{
    static const struct bus_text schemas[] = {
        { "s@1", "{\"properties\":{\"a\":{\"type\":[\"string\",\"number\",\"null\"]}}}" },
        { NULL, NULL },
    };
    static const struct bus_text contracts[] = {
        { "c", "{\"topic\":\"a/#\",\"schema\":\"s@1\"}" },
        { "d", "{\"topic\":\"ab\",\"schema\":\"s@1\",\"on_violation\":\"observe\"}" },
        { NULL, NULL },
    };
    *drawn = (struct drawn){ .count = 0 };
    eb_arena_init_growing(&drawn->arena, SIZE_MAX);
    uint32_t wanted = 1 + (uint32_t)eb_draw_below(&drawer->draw, RULES_MAX);
    while (drawn->count < wanted)
        draw_rule(drawn, drawer);
    bus_open(bus,
        "{\"version\":1,\"limits\":{\"targets\":7},\"dead_letters\":{\"per_second\":1000000}}",
        schemas, contracts, drawn->rules);
}

static void close_bus(struct bus *bus, struct drawn *drawn)
{
    bus_close(bus);
    for (uint32_t i = 0; i < drawn->count; i++)
        free(drawn->texts[i]);
    eb_arena_release(&drawn->arena);
}

/* ---- comparing ---- */

static void assert_same_outcome(const struct eb_outcome *got, const struct eb_outcome *want)
{
    assert_int_equal(got->verdict, want->verdict);
    assert_int_equal(got->reason, want->reason);
    assert_int_equal(got->is_watched, want->is_watched);
    assert_int_equal(got->judgement_count, want->judgement_count);
    assert_int_equal(got->rule_count, want->rule_count);
    assert_int_equal(got->dispatch_count, want->dispatch_count);
    for (uint32_t i = 0; i < got->dispatch_count; i++) {
        const struct eb_dispatch *a = &got->dispatches[i], *b = &want->dispatches[i];
        assert_int_equal(a->kind, b->kind);
        assert_ptr_equal(a->rule, b->rule);
        assert_int_equal(a->target, b->target);
        assert_true(eb_span_equal(a->publish.topic, b->publish.topic));
        assert_true(
            a->kind == EB_DEAD_LETTER || eb_span_equal(a->publish.payload, b->publish.payload));
    }
}

/* The field alone, as a pattern: does the naive matcher say that it does not match? */
static bool is_false(
    const struct eb_mismatch *mismatch, const struct naive_event *event, struct eb_arena *arena)
{
    char text[TEXT_BYTES];
    struct eb_json_writer writer;
    struct eb_doc doc;
    eb_json_writer_init(&writer, text, sizeof text);
    eb_json_open_object(&writer);
    eb_json_write_name(&writer, mismatch->field);
    eb_predicates_write(&mismatch->expected, UINT32_MAX, &writer);
    eb_json_close_object(&writer);
    assert_true(read_text(&doc, eb_json_writer_finish(&writer), arena));
    return !naive_match(naive_pattern_of(&doc, arena), event, arena);
}

struct question {
    const struct drawn *drawn;
    const struct eb_explanation *explanation;
    const struct naive_event *event; /* NULL: there is no document */
    struct eb_arena *arena;
    struct tally *tally;
};

static void check_missed(const struct question *question, const struct eb_rule_explanation *rule)
{
    assert_non_null(rule->mismatches);
    for (const struct eb_mismatch *one = rule->mismatches; one; one = one->next) {
        if (one->kind == EB_MISMATCH_APART) {
            question->tally->fields_apart++;
            continue;
        }
        if (!one->field.ptr) {
            assert_int_equal(one->kind, EB_MISMATCH_PAYLOAD);
            assert_null(question->event);
            continue;
        }
        question->tally->fields_false++;
        assert_int_equal(one->kind == EB_MISMATCH_MISSING, !one->seen);
        if (question->event && !is_false(one, question->event, question->arena))
            fail_msg("the field %.*s does match", (int)one->field.len, one->field.ptr);
    }
}

static void check_rule(const struct question *question, const struct eb_rule_explanation *rule)
{
    uint32_t number = (uint32_t)(rule->rule - question->explanation->snapshot->rules);
    const struct drawn *drawn = question->drawn;
    bool matches = !drawn->patterns[number].text;
    if (!matches && question->event)
        matches = naive_match(drawn->naive[number], question->event, question->arena);
    switch (rule->answer) {
    case EB_RULE_MATCHED:
        question->tally->rules_matched++;
        for (uint32_t i = 0; i < rule->dispatch_count; i++) {
            assert_ptr_equal(rule->dispatches[i].rule, rule->rule);
            question->tally->failed_targets += rule->dispatches[i].kind == EB_DEAD_LETTER;
            assert_int_equal(
                rule->dispatches[i].kind == EB_DEAD_LETTER, rule->dispatches[i].fault != NULL);
        }
        break;
    case EB_RULE_MISSED:
        question->tally->rules_missed++;
        check_missed(question, rule);
        break;
    default: return;
    }
    if (question->event && matches != (rule->answer == EB_RULE_MATCHED))
        fail_msg("rule %s: explained as %s, but the naive matcher says %d",
            drawn->rules[number].text, eb_rule_answer_name(rule->answer), matches);
}

/* Each rule that has a copy or a letter is told as matched, with all of them. */
static void check_dispatches(const struct eb_explanation *explanation)
{
    uint32_t told = 0, letters = 0;
    for (uint32_t i = 0; i < explanation->rule_count; i++)
        told += explanation->rules[i].dispatch_count;
    for (uint32_t i = 0; i < explanation->outcome.dispatch_count; i++)
        letters += !explanation->outcome.dispatches[i].rule;
    assert_int_equal(told + letters, explanation->outcome.dispatch_count);
}

static void check_event(
    struct bus *bus, const struct drawn *drawn, struct pattern_drawer *drawer, struct tally *tally)
{
    static char text[TEXT_BYTES];
    static struct eb_pipeline pipeline;
    struct eb_json_writer writer;
    struct eb_arena arena;
    struct eb_doc doc;
    if (!pipeline.runner)
        assert_true(eb_pipeline_init(&pipeline));
    size_t drawn_for = eb_draw_below(&drawer->draw, drawn->count);
    eb_json_writer_init(&writer, text, sizeof text);
    draw_event(
        drawer, drawn->patterns[drawn_for].text ? &drawn->patterns[drawn_for] : NULL, &writer);
    struct eb_message message = draw_message(drawer);
    message.payload = eb_json_writer_finish(&writer);
    if (eb_draw_below(&drawer->draw, 12) == 0)
        message.payload = eb_draw_below(&drawer->draw, 2) ? eb_span(NULL, 0) : eb_span_of("[1,");
    message.properties.payload_format = -1;
    eb_arena_init_growing(&arena, SIZE_MAX);
    bool is_read = read_text(&doc, message.payload, &arena);

    struct eb_figures before = *bus->snapshot->figures;
    struct eb_explanation explanation;
    const struct eb_explain_request request = { .message = &message, .misses_max = UINT32_MAX };
    assert_true(eb_explain(&pipeline, bus->snapshot, &request, &explanation));
    assert_memory_equal(&before, bus->snapshot->figures, sizeof before);
    assert_same_outcome(&explanation.outcome, bus_run(bus, &message));

    struct question question = { drawn, &explanation, NULL, &arena, tally };
    if (is_read)
        question.event = naive_event_of(&doc, &message, &arena);
    for (uint32_t i = 0; i < explanation.rule_count; i++)
        check_rule(&question, &explanation.rules[i]);
    check_dispatches(&explanation);
    eb_arena_release(&arena);
    tally->events++;
}

static void explanations__are_what_happens(void **state)
{
    (void)state;
    struct pattern_drawer drawer = { .draw = { 20261123 } };
    struct tally tally = { 0 };
    while (tally.events < events_wanted) {
        struct bus bus;
        struct drawn drawn;
        open_bus(&bus, &drawn, &drawer);
        for (int i = 0; i < EVENTS_PER_BUS; i++)
            check_event(&bus, &drawn, &drawer, &tally);
        close_bus(&bus, &drawn);
    }
    print_message("%llu events: %llu times a rule matched, %llu times not; %llu fields told as "
                  "false, %llu as apart; %llu targets failed\n",
        (unsigned long long)tally.events, (unsigned long long)tally.rules_matched,
        (unsigned long long)tally.rules_missed, (unsigned long long)tally.fields_false,
        (unsigned long long)tally.fields_apart, (unsigned long long)tally.failed_targets);
    assert_true(tally.rules_matched && tally.fields_false && tally.failed_targets);
    assert_true(tally.fields_apart);
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : getenv("EB_ORACLE_EVENTS");
    if (wanted)
        events_wanted = strtoull(wanted, NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explanations__are_what_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
