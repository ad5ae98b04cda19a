/*
 * One random event in structured mode, over MQTT 5 and 3.1.1, and in binary mode: the same verdict,
 * faults, rules and copies; and attributes are what config/schema/cloudevent.schema.json says.
 *
 *     test_oracle_cloudevent [ROUNDS]     or $EB_ORACLE_ROUNDS
 */
#include "eb_test.h"

#include <stdlib.h>

#include <jansson.h>

#include "bus/event_schema.h"
#include "bus_fixture.h"
#include "cloudevents/cloudevent.h"
#include "eb_draw.h"
#include "json/writer.h"

enum {
    ROUNDS_QUICK = 6000,
    TEXT_BYTES = 4096,
    ATTRIBUTES_MAX = 14,
    OUTCOME_BYTES = 32768,
};

static uint64_t rounds_wanted = ROUNDS_QUICK;

static const struct bus_text schemas[] = {
    { "lock@1", "{\"$id\":\"https://example.com/lock\",\"type\":\"object\",\"required\":"
                "[\"percent\"],\"properties\":{\"percent\":{\"maximum\":100}}}" },
    { "text@1", "{\"type\":\"string\",\"maxLength\":9}" },
    { "any@1", "true" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "a", "{\"topic\":\"a\",\"envelope\":\"cloudevents\",\"schema\":\"lock@1\"}" },
    { "b", "{\"topic\":\"b\",\"envelope\":\"cloudevents\"}" },
    { "c", "{\"topic\":\"c\",\"envelope\":\"cloudevents\",\"schema\":\"${type}@1\"}" },
    { "d", "{\"topic\":\"d\",\"envelope\":\"cloudevents\",\"on_violation\":\"observe\"}" },
    { NULL, NULL },
};

#define FROM "\"from\":[\"a\",\"b\",\"c\",\"d\"]"
static const struct bus_text rules[] = {
    { "1-low", "{" FROM ",\"when\":{\"data\":{\"percent\":[{\"numeric\":[\"<\",50]}]}},\"to\":"
               "[{\"topic\":\"s/low\",\"payload\":{\"id\":\"${id}\",\"all\":\"${data}\","
               "\"ext\":\"${ext|\\\"none\\\"}\"}}]}" },
    { "2-ext", "{" FROM ",\"when\":{\"ext\":[\"5\",\"true\"],\"$or\":[{\"subject\":"
               "[{\"exists\":true}]},{\"time\":[{\"exists\":false}]}]},\"to\":[{\"topic\":"
               "\"s/ext\",\"payload\":[\"${datacontenttype|null}\",\"${data_base64|null}\"]}]}" },
    { "3-binary", "{" FROM ",\"to\":[{\"topic\":\"s/binary\",\"cloudevents\":\"binary\"}]}" },
    { "4-structured",
        "{" FROM ",\"to\":[{\"topic\":\"s/structured\",\"cloudevents\":\"structured\"}]}" },
    { "5-changed",
        "{" FROM ",\"to\":[{\"topic\":\"s/changed\",\"cloudevents\":{\"mode\":\"binary\","
        "\"attributes\":{\"type\":\"x.${type}\",\"subject\":null,\"ext\":\"${time|"
        "\\\"never\\\"}\"}}},{\"topic\":\"s/changed-too\",\"payload\":{\"d\":\"${data}\"},"
        "\"cloudevents\":\"structured\"}]}" },
    { "6-text", "{" FROM ",\"when\":{\"data\":[{\"prefix\":\"a\"}]},\"to\":[{\"topic\":"
                "\"s/${id}\",\"payload\":\"${data}\"}]}" },
    { NULL, NULL },
};

/* ---- drawing ---- */

/* The value of an attribute: its text, and how it may be written in JSON instead. */
struct value {
    const char *text;
    const char *json; /* NULL: as a string */
};

struct attribute {
    const char *name;
    struct value values[12]; /* right ones, and some wrong ones; ends with a NULL */
    int right_count;
};

static const struct attribute attributes[] = {
    { "id", { { "1", NULL }, { "x\"\\y", NULL }, { "\xc3\xa9", NULL }, { "", NULL } }, 3 },
    { "source",
        { { "/s", NULL }, { "https://e.com/a?b", NULL }, { "urn:x:y", NULL }, { "", NULL },
            { "a b", NULL }, { "%z", NULL } },
        3 },
    { "specversion", { { "1.0", NULL }, { "1.0", NULL }, { "0.3", NULL }, { "1", NULL } }, 2 },
    { "type", { { "lock", NULL }, { "text", NULL }, { "any", NULL }, { "", NULL } }, 3 },
    { "subject", { { "q", NULL }, { "a/b", NULL }, { "", NULL }, { "a\x01", NULL } }, 2 },
    { "time",
        { { "2018-04-05T17:31:00Z", NULL }, { "2018-04-05t17:31:00.5+01:00", NULL },
            { "now", NULL }, { "2018-02-30T00:00:00Z", NULL } },
        2 },
    { "dataschema",
        { { "https://example.com/lock", NULL }, { "event-bus:any@1", NULL },
            { "event-bus:text@latest", NULL }, { "event-bus:/lock/1.json", NULL },
            { "urn:who:knows", NULL }, { "lock@1", NULL }, { "urn:x#y", NULL }, { "", NULL } },
        5 },
    { "ext",
        { { "5", "5" }, { "true", "true" }, { "-17", "-17" }, { "text", NULL }, { "", NULL },
            { "\xef\xbf\xbf", NULL } },
        5 },
    { "0", { { "a\xf0\x9f\x98\x80", NULL }, { "false", "false" }, { "\xc2\x85", NULL } }, 2 },
};

enum { ATTRIBUTE_COUNT = sizeof attributes / sizeof *attributes };

/* What the data is, in each mode. `structured` are members, without a comma before them. */
static const struct data {
    const char *structured;
    const char *content_type; /* in binary mode; NULL: none */
    const char *payload;
    size_t payload_len;
} datas[] = {
#define DATA(structured, type, payload)                                                            \
    {                                                                                              \
        structured, type, payload, sizeof(payload) - 1                                             \
    }
    DATA("", NULL, ""),
    DATA("\"datacontenttype\":\"application/json\"", "application/json", ""),
    DATA("\"data\":{\"percent\":12}", "application/json", "{\"percent\":12}"),
    DATA("\"data\":{\"percent\":12}", "application/json", " {\"percent\":12}\n"),
    DATA("\"data\":{\"percent\":120},\"datacontenttype\":null", "application/json",
        "{\"percent\":120}"),
    DATA("\"datacontenttype\":\"a/b+json\",\"data\":{\"percent\":4e1,\"x\":[[],{}]}", "a/b+json",
        "{\"percent\":4e1,\"x\":[[],{}]}"),
    DATA("\"data_base64\":\"eyJwZXJjZW50IjoxfQ==\",\"datacontenttype\":\"A/JSON\"", "A/JSON",
        "{\"percent\":1}"),
    DATA("\"data\":\"abc\"", "application/json", "\"abc\""),
    DATA("\"data\":null", "application/json", "null"),
    DATA("\"datacontenttype\":\"text/plain\",\"data\":\"abc\"", "text/plain", "abc"),
    DATA("\"datacontenttype\":\"text/plain\",\"data_base64\":\"YWJj\"", "text/plain", "abc"),
    DATA("\"datacontenttype\":\"text/plain\",\"data\":\"a longer \\u00e9 one\\n\"", "text/plain",
        "a longer \xc3\xa9 one\n"),
    DATA("\"data\":\"a\\u0000\",\"datacontenttype\":\"text/x\"", "text/x", "a\0"),
    DATA("\"data\":\"\",\"datacontenttype\":\"text/x\"", "text/x", ""),
    DATA("\"data_base64\":\"//4=\",\"datacontenttype\":\"a/b\"", "a/b", "\xff\xfe"),
    DATA("\"data_base64\":\"//4=\"", NULL, "\xff\xfe"),
    DATA("\"data_base64\":\"eyJwZXJjZW50IjoxfQ==\"", NULL, "{\"percent\":1}"),
    DATA("\"data_base64\":\"bm90IEpTT04=\",\"datacontenttype\":\"a/json\"", "a/json", "not JSON"),
    DATA("\"datacontenttype\":\"no type\",\"data\":\"abc\"", "no type", "abc"),
    DATA("\"datacontenttype\":\"a/b; charset=latin1\",\"data_base64\":\"YWJj\"",
        "a/b; charset=latin1", "abc"),
};

enum { DATA_COUNT = sizeof datas / sizeof *datas };

struct drawn {
    struct eb_user_property user[ATTRIBUTES_MAX];
    uint32_t user_count;
    const struct data *data;
    char structured[TEXT_BYTES];
    const char *topic;
};

static void shuffle(struct eb_draw *draw, int *order, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int j = (int)eb_draw_below(draw, (size_t)i + 1), swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}

static const struct value *draw_value(struct eb_draw *draw, const struct attribute *attribute)
{
    int count = 0;
    while (attribute->values[count].text)
        count++;
    bool is_wrong = eb_draw_below(draw, 40) == 0;
    return &attribute
                ->values[eb_draw_below(draw, (size_t)(is_wrong ? count : attribute->right_count))];
}

static void write_value(struct eb_draw *draw, struct eb_json_writer *out, const struct value *value)
{
    if (value->json && eb_draw_below(draw, 2))
        eb_json_write_raw(out, eb_span_of(value->json));
    else
        eb_json_write_string(out, eb_span_of(value->text));
}

static void draw_event(struct eb_draw *draw, struct drawn *drawn)
{
    static const char *const topics[] = { "a", "b", "c", "d" };
    struct eb_json_writer out;
    int order[ATTRIBUTE_COUNT + 1], count = ATTRIBUTE_COUNT + 1;
    for (int i = 0; i < count; i++)
        order[i] = i;
    shuffle(draw, order, count);
    drawn->topic = topics[eb_draw_below(draw, 4)];
    drawn->data = &datas[eb_draw_below(draw, DATA_COUNT)];
    drawn->user_count = 0;
    eb_json_writer_init(&out, drawn->structured, sizeof drawn->structured - 1);
    eb_json_open_object(&out);
    for (int i = 0; i < count; i++) {
        if (order[i] == ATTRIBUTE_COUNT) {
            if (*drawn->data->structured)
                eb_json_write_raw(&out, eb_span_of(drawn->data->structured));
            continue;
        }
        const struct attribute *attribute = &attributes[order[i]];
        bool is_left_out = eb_draw_below(draw, order[i] < 4 ? 60 : 2) == 0;
        if (is_left_out && eb_draw_below(draw, 4))
            continue;
        eb_json_write_name(&out, eb_span_of(attribute->name));
        if (is_left_out) {
            eb_json_write_null(&out);
            continue;
        }
        const struct value *value = draw_value(draw, attribute);
        write_value(draw, &out, value);
        drawn->user[drawn->user_count++] =
            (struct eb_user_property){ eb_span_of(attribute->name), eb_span_of(value->text) };
    }
    eb_json_close_object(&out);
    struct eb_span text = eb_json_writer_finish(&out);
    assert_non_null(text.ptr);
    drawn->structured[text.len] = '\0';
}

static struct eb_message message_in(const struct drawn *drawn, int form)
{
    struct eb_message message = bus_message(drawn->topic, drawn->structured);
    if (form == 0) {
        message.properties.content_type = eb_span_of("application/cloudevents+json");
    } else if (form == 1) {
        message.protocol = 4;
    } else {
        size_t len = drawn->data->payload_len;
        message.payload = eb_span(len ? drawn->data->payload : NULL, len);
        message.properties.content_type = eb_span_of(drawn->data->content_type);
        message.properties.user = drawn->user;
        message.properties.user_count = drawn->user_count;
    }
    return message;
}

/* ---- what came of it ---- */

struct lines {
    char text[OUTCOME_BYTES];
    const char *line[256];
    size_t count, used;
};

static void add_line(struct lines *lines, struct eb_span a, struct eb_span b)
{
    assert_true(lines->count < 256 && lines->used + a.len + b.len + 2 < sizeof lines->text);
    char *line = lines->text + lines->used;
    lines->line[lines->count++] = line;
    if (a.len)
        memcpy(line, a.ptr, a.len);
    line[a.len] = '=';
    if (b.len)
        memcpy(line + a.len + 1, b.ptr, b.len);
    line[a.len + 1 + b.len] = '\0';
    lines->used += a.len + b.len + 2;
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* A JSON text with its members in order; any other as it is. */
static void add_payload(struct lines *lines, struct eb_span payload)
{
    json_error_t error;
    json_t *json =
        payload.len ? json_loadb(payload.ptr, payload.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error)
                    : NULL;
    char *text = json ? json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    add_line(lines, eb_span_of("payload"), text ? eb_span_of(text) : payload);
    free(text);
    json_decref(json);
}

/* CloudEvents whole; of other copies topic and payload, for they carry the message's properties. */
static void add_copy(struct lines *lines, const struct eb_dispatch *dispatch)
{
    const struct eb_publish *copy = &dispatch->publish;
    struct lines inner = { .count = 0 };
    if (eb_target_makes_cloudevents(dispatch->rule->targets[dispatch->target])) {
        add_line(&inner, eb_span_of("type"), copy->properties.content_type);
        for (uint32_t i = 0; i < copy->properties.user_count; i++)
            add_line(&inner, copy->properties.user[i].name, copy->properties.user[i].value);
    }
    add_payload(&inner, copy->payload);
    qsort(inner.line, inner.count, sizeof *inner.line, compare_lines);
    char all[OUTCOME_BYTES];
    size_t used = 0;
    for (size_t i = 0; i < inner.count; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s;", inner.line[i]);
    add_line(lines, copy->topic, eb_span(all, used));
}

static void describe(const struct eb_outcome *outcome, struct lines *lines)
{
    lines->count = lines->used = 0;
    add_line(lines, eb_span_of(eb_verdict_name(outcome->verdict)),
        eb_span_of(eb_reason_name(outcome->reason)));
    for (uint32_t i = 0; i < outcome->judgement_count; i++) {
        const struct eb_judgement *judgement = &outcome->judgements[i];
        add_line(lines, eb_span_of(eb_reason_name(judgement->reason)), judgement->schema);
        for (uint32_t j = 0; j < judgement->fault_count; j++)
            add_line(lines, judgement->faults[j].instance_location, judgement->faults[j].error);
    }
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        if (dispatch->kind == EB_COPY)
            add_copy(lines, dispatch);
        else if (dispatch->kind == EB_DEAD_LETTER && dispatch->rule)
            add_line(lines, dispatch->rule->name,
                dispatch->fault ? dispatch->fault->error : eb_span_of(""));
    }
    qsort(lines->line, lines->count, sizeof *lines->line, compare_lines);
}

/* A sentence without what the modes may say differently: how a value is spelled, which mode it is
 * and where in the payload JSON ends. */
static size_t common_len(const char *line)
{
    static const char *const ends[] = { ", got ", " among the user properties", ", at byte " };
    size_t len = strlen(line);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(line, ends[i]);
        if (end && (size_t)(end - line) < len)
            len = (size_t)(end - line);
    }
    return len;
}

static bool is_same_line(const char *a, const char *b)
{
    size_t len = common_len(a);
    return len == common_len(b) && memcmp(a, b, len) == 0;
}

static void assert_same(
    const struct drawn *drawn, const struct lines *want, const struct lines *got, int form)
{
    bool is_same = want->count == got->count;
    for (size_t i = 0; i < want->count && is_same; i++)
        is_same = is_same_line(want->line[i], got->line[i]);
    if (is_same)
        return;
    print_error("%s %s\nbinary: %s|%s\n", drawn->topic, drawn->structured,
        drawn->data->content_type ? drawn->data->content_type : "", drawn->data->payload);
    for (size_t i = 0; i < want->count; i++)
        print_error("want    %s\n", want->line[i]);
    for (size_t i = 0; i < got->count; i++)
        print_error("form %d  %s\n", form, got->line[i]);
    fail();
}

struct tally {
    size_t passed, refused, copies, letters;
};

static void count(struct tally *tally, const struct eb_outcome *outcome)
{
    tally->passed += outcome->verdict == EB_PASSED;
    tally->refused += outcome->verdict == EB_REFUSED;
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        tally->copies += outcome->dispatches[i].kind == EB_COPY;
        tally->letters += outcome->dispatches[i].kind == EB_DEAD_LETTER;
    }
}

static void modes__make_no_difference(void **state)
{
    (void)state;
    struct eb_draw draw = { 2026 };
    struct bus bus;
    struct tally tally = { 0 };
    static struct drawn drawn;
    static struct lines first, other;
    bus_open(&bus, "{\"version\":1,\"dead_letters\":{\"per_second\":1000000}}", schemas, contracts,
        rules);
    assert_non_null(bus.snapshot);
    for (uint64_t i = 0; i < rounds_wanted; i++) {
        draw_event(&draw, &drawn);
        for (int form = 0; form < 3; form++) {
            struct eb_message message = message_in(&drawn, form);
            message.received_us += (int64_t)i * 1000; /* no budget of letters is used up */
            describe(bus_run(&bus, &message), form ? &other : &first);
            if (form)
                assert_same(&drawn, &first, &other, form);
            count(&tally, &bus.outcome);
        }
    }
    bus_close(&bus);
    print_message("%zu passed, %zu refused, %zu copies, %zu letters\n", tally.passed, tally.refused,
        tally.copies, tally.letters);
    assert_true(tally.passed && tally.refused && tally.copies && tally.letters);
}

/* ---- the schema ---- */

/* Its patterns know no non-characters beyond the first plane; nor does this draw any. */
static void schema__says_what_is_judged(void **state)
{
    (void)state;
    struct eb_draw draw = { 7 };
    struct bus bus;
    static struct drawn drawn;
    size_t valid = 0, invalid = 0;
    bus_open(&bus, NULL, schemas, contracts, NULL);
    const struct eb_schema *schema = eb_event_schema(bus.snapshot, &bus.snapshot->contracts[1]);
    assert_non_null(schema);
    for (uint64_t i = 0; i < rounds_wanted; i++) {
        struct eb_doc view;
        struct eb_cloudevent_fault fault;
        struct eb_attribute_fault faults[1];
        struct eb_arena *arena = &bus.pipeline.arena;
        draw_event(&draw, &drawn);
        struct eb_message message = message_in(&drawn, i % 2 ? 1 : 2);
        eb_arena_reset(arena);
        if (!eb_cloudevent_read(&view, &message, &bus.snapshot->event_limits, arena, &fault))
            continue;
        struct eb_validation validation = { .arena = arena, .runner = bus.pipeline.runner };
        bool by_hand = eb_cloudevent_check(&view, arena, faults, 1) == 0;
        bool by_schema = eb_schema_validate(schema, &view, &validation) == EB_VALID;
        if (by_hand != by_schema)
            print_error("%.*s\nby hand %d, by schema %d\n", (int)view.text_len, view.text, by_hand,
                by_schema);
        assert_int_equal(by_hand, by_schema);
        valid += by_hand;
        invalid += !by_hand;
    }
    assert_true(valid && invalid);
    bus_close(&bus);
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : getenv("EB_ORACLE_ROUNDS");
    if (wanted)
        rounds_wanted = strtoull(wanted, NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes__make_no_difference),
        cmocka_unit_test(schema__says_what_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
