/* A schema from samples: what it says, and that it accepts these and nothing like them. */
#include "judge.h"

#include <stdlib.h>

#include "eb_draw.h"
#include "schema/infer.h"

#define DRAFT "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\""

enum { SCHEMA_BYTES = 1 << 20 };

static void infer(const char *const *samples, size_t count, struct eb_infer_options options,
    char schema[SCHEMA_BYTES])
{
    struct eb_arena arena, document;
    eb_arena_init_growing(&arena, EB_INFER_BYTES_MAX);
    assert_true(eb_arena_init_reserved(&document, (size_t)1 << 30));
    struct eb_inference *inference = eb_inference_new(&arena, options);
    assert_non_null(inference);
    for (size_t i = 0; i < count; i++) {
        struct eb_doc doc;
        struct eb_json_fault fault;
        assert_int_equal(
            eb_json_read(&doc, eb_span_of(samples[i]), &eb_json_limits_max, &document, &fault),
            EB_JSON_OK);
        assert_true(eb_inference_add(inference, &doc, &document));
        eb_arena_reset(&document);
    }
    struct eb_json_writer out;
    eb_json_writer_init(&out, schema, SCHEMA_BYTES);
    eb_inference_write(inference, &out);
    struct eb_span text = eb_json_writer_finish(&out);
    assert_non_null(text.ptr);
    schema[text.len] = '\0';
    eb_arena_release(&document);
    eb_arena_release(&arena);
}

static void schema__says_what_the_samples_have_in_common(void **state)
{
    (void)state;
    static const struct {
        const char *samples[12];
        struct eb_infer_options options;
        const char *want; /* behind the draft */
    } cases[] = {
        { { NULL }, { false, false }, "}" },
        { { "null" }, { false, false }, ",\"type\":\"null\"}" },
        { { "1", "2.0" }, { false, false },
            ",\"type\":\"integer\",\"minimum\":1,\"maximum\":2.0}" },
        { { "1", "2.5", "-1e2" }, { false, false },
            ",\"type\":\"number\",\"minimum\":-1e2,\"maximum\":2.5}" },
        { { "1", "1.0" }, { false, false }, ",\"type\":\"integer\"}" },
        { { "1", "2" }, { false, true }, ",\"type\":\"integer\"}" },
        { { "9007199254740993", "9007199254740992" }, { false, false },
            ",\"type\":\"integer\",\"minimum\":9007199254740992,\"maximum\":9007199254740993}" },
        { { "true", "null", "\"x\"" }, { false, false },
            ",\"type\":[\"boolean\",\"string\",\"null\"]}" },
        { { "\"a\"", "\"b\"", "\"a\"", "\"a\"", "\"b\"", "\"\\u0062\"" }, { false, false },
            ",\"enum\":[\"a\",\"b\"]}" },
        { { "\"a\"", "\"b\"", "\"a\"", "\"a\"", "\"b\"", "\"b\"", "null" }, { false, false },
            ",\"enum\":[\"a\",\"b\",null]}" },
        { { "\"a\"", "\"b\"", "\"a\"", "\"a\"", "\"b\"", "\"b\"" }, { true, false },
            ",\"type\":\"string\"}" },
        { { "\"a\"", "\"a\"" }, { false, false }, ",\"type\":\"string\"}" },
        { { "\"2026-01-02\"", "\"2026-01-02\"", "\"2026-01-02\"" }, { false, false },
            ",\"type\":\"string\",\"format\":\"date\"}" },
        { { "\"2026-01-02\"", "\"2026-01-02T03:04:05Z\"" }, { false, false },
            ",\"type\":\"string\"}" },
        { { "\"192.0.2.1\"", "null" }, { false, false },
            ",\"type\":[\"string\",\"null\"],\"format\":\"ipv4\"}" },
        { { "\"lock:open\"", "\"https://example.com/a\"" }, { false, false },
            ",\"type\":\"string\"}" },
        { { "\"https://example.com/a\"" }, { false, false },
            ",\"type\":\"string\",\"format\":\"uri\"}" },
        { { "1", "10000000000000000000000000000000001", "2" }, { false, false },
            ",\"type\":\"integer\"}" },
        { { "[]" }, { false, false }, ",\"type\":\"array\",\"items\":false}" },
        { { "[1,\"x\"]", "[]" }, { false, false },
            ",\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"string\"]}}" },
        { { "{}" }, { false, false },
            ",\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}" },
        { { "{\"a\":1,\"b\":true}", "{\"b\":false}" }, { false, false },
            ",\"type\":\"object\",\"required\":[\"b\"],\"properties\":{\"a\":{\"type\":\"integer\"}"
            ","
            "\"b\":{\"type\":\"boolean\"}},\"additionalProperties\":false}" },
        { { "{\"\\u00e9\":{\"\\\"\":[{\"x\":null}]}}" }, { false, false },
            ",\"type\":\"object\",\"required\":[\"\xc3\xa9\"],\"properties\":{\"\xc3\xa9\":{"
            "\"type\":\"object\",\"required\":[\"\\\"\"],\"properties\":{\"\\\"\":{"
            "\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"x\"],"
            "\"properties\":{\"x\":{\"type\":\"null\"}},\"additionalProperties\":false}}},"
            "\"additionalProperties\":false}},\"additionalProperties\":false}" },
    };
    static char schema[SCHEMA_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t count = 0;
        while (cases[i].samples[count])
            count++;
        infer(cases[i].samples, count, cases[i].options, schema);
        assert_memory_equal(schema, DRAFT, sizeof DRAFT - 1);
        assert_string_equal(schema + sizeof DRAFT - 1, cases[i].want);
    }
}

/* ---- samples that are large ---- */

/* `count` members, called by their numbers from `first` on, with `value`. */
static char *table_of(size_t first, size_t count, const char *value)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    fputc('{', out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s\"k%zu\":%s", i ? "," : "", first + i, value);
    fputc('}', out);
    fclose(out);
    return text;
}

static void schema__takes_an_object_of_many_names_for_a_table(void **state)
{
    (void)state;
    static char schema[SCHEMA_BYTES];
    const struct eb_infer_options options = { false, false };
    char *samples[] = {
        table_of(0, EB_INFER_NAMES_MAX, "{\"n\":1,\"on\":true}"),
        table_of(100, EB_INFER_NAMES_MAX, "{\"n\":2.5,\"tags\":[\"a\"],\"on\":false}"),
        table_of(0, 1, "null"),
    };
    infer((const char *const *)samples, 1, options, schema);
    assert_non_null(strstr(schema, "\"required\":[\"k0\",\"k1\","));
    infer((const char *const *)samples, 3, options, schema);
    assert_string_equal(schema, DRAFT
        ",\"type\":\"object\",\"additionalProperties\":{\"type\":[\"object\",\"null\"],"
        "\"required\":[\"n\",\"on\"],\"properties\":{\"n\":{\"type\":\"number\",\"minimum\":1,"
        "\"maximum\":2.5},\"on\":{\"type\":\"boolean\"},\"tags\":{\"type\":\"array\",\"items\":"
        "{\"enum\":[\"a\"]}}},\"additionalProperties\":false}}");
    for (size_t i = 0; i < 3; i++)
        free(samples[i]);
}

/* What the members of a table have in common is put together from places with tables in them. */
static void schema__of_tables_in_tables_accepts_them(void **state)
{
    (void)state;
    static char schema[SCHEMA_BYTES];
    char *inner = table_of(0, EB_INFER_NAMES_MAX + 1, "[1]");
    char *few = table_of(500, 2, "[\"x\",null]");
    char *samples[] = {
        table_of(0, 3, inner),
        table_of(3, EB_INFER_NAMES_MAX, few),
        table_of(3, 9, inner),
    };
    infer((const char *const *)samples, 3, (struct eb_infer_options){ false, false }, schema);
    assert_string_equal(schema,
        DRAFT ",\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\","
              "\"additionalProperties\":{\"type\":\"array\",\"items\":{\"type\":[\"integer\","
              "\"string\",\"null\"]}}}}");
    for (size_t i = 0; i < 3; i++)
        free(samples[i]);
    free(inner);
    free(few);
}

/* "[[[…" or "{"a":{"a":…", `depth` of them around null. */
static char *nest(size_t depth, const char *open, const char *close)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    for (size_t i = 0; i < depth; i++)
        fputs(open, out);
    fputs("null", out);
    for (size_t i = 0; i < depth; i++)
        fputs(close, out);
    fclose(out);
    return text;
}

static void schema__of_deep_samples_can_be_read_and_accepts_them(void **state)
{
    (void)state;
    static char schema_text[SCHEMA_BYTES];
    char *samples[] = {
        nest(EB_DEPTH_MAX, "[", "]"),
        nest(EB_DEPTH_MAX, "{\"a\":", "}"),
        nest(EB_INFER_DEPTH_MAX, "{\"a\":", "}"),
    };
    infer((const char *const *)samples, 3, (struct eb_infer_options){ false, false }, schema_text);
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(&judge, schema_text);
    assert_non_null(schema);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(judge_validate(&judge, schema, eb_span_of(samples[i])), EB_VALID);
        free(samples[i]);
    }
    judge_release(&judge);
}

/* Tables side by side, whose names have nothing in common. */
static void inference__ends_when_there_is_too_much_to_say(void **state)
{
    (void)state;
    struct eb_arena arena, document;
    eb_arena_init_growing(&arena, 1024 * 1024);
    assert_true(eb_arena_init_reserved(&document, (size_t)1 << 30));
    struct eb_inference *inference =
        eb_inference_new(&arena, (struct eb_infer_options){ false, false });
    assert_non_null(inference);
    bool is_good = true;
    size_t count = 0;
    for (; is_good && count < 100; count++) {
        struct eb_doc doc;
        struct eb_json_fault fault;
        char *inner = table_of(0, 100, "{\"a\":1,\"b\":\"x\"}");
        char *sample = table_of(count, 1, inner);
        assert_int_equal(
            eb_json_read(&doc, eb_span_of(sample), &eb_json_limits_max, &document, &fault),
            EB_JSON_OK);
        is_good = eb_inference_add(inference, &doc, &document);
        eb_arena_reset(&document);
        free(inner);
        free(sample);
    }
    assert_false(is_good);
    assert_in_range(count, 2, 50);
    assert_true(eb_arena_bytes(&arena) <= 1024 * 1024);
    eb_arena_release(&document);
    eb_arena_release(&arena);
}

/* ---- drawn samples, and mutations of them ---- */

enum shape_kind { NULLABLE, FLAG, COUNT, MEASURE, WORD, STAMP, NAME, LIST, RECORD };

/* What all samples of one run are like. */
struct shape {
    enum shape_kind kind;
    size_t part_count;
    struct shape *parts; /* of a record its members, of the others one at most */
    bool is_optional;
};

static struct shape draw_shape(struct eb_draw *draw, unsigned depth)
{
    struct shape shape = {
        .kind = (enum shape_kind)eb_draw_below(draw, depth < 4 ? RECORD + 1 : NAME + 1),
        .is_optional = eb_draw_below(draw, 4) == 0,
    };
    if (depth == 0)
        shape.kind = RECORD;
    shape.part_count = shape.kind == RECORD     ? 1 + eb_draw_below(draw, 5)
                       : shape.kind == LIST     ? 1
                       : shape.kind == NULLABLE ? 1
                                                : 0;
    shape.parts = calloc(shape.part_count + 1, sizeof *shape.parts);
    assert_non_null(shape.parts);
    for (size_t i = 0; i < shape.part_count; i++)
        shape.parts[i] = draw_shape(draw, depth + 1);
    return shape;
}

static void shape_release(struct shape *shape)
{
    for (size_t i = 0; i < shape->part_count; i++)
        shape_release(&shape->parts[i]);
    free(shape->parts);
}

enum mutation {
    UNCHANGED,
    WITHOUT_A_MEMBER,
    OF_ANOTHER_TYPE,
    WITH_AN_EXTRA_MEMBER,
    MUTATION_COUNT
};

/* The mutation is made in the record whose turn it is when `countdown` gets to 0. */
struct writing {
    FILE *out;
    struct eb_draw draw;
    enum mutation mutation;
    size_t countdown;
    bool is_mutated;
};

static void write_value(struct writing *writing, const struct shape *shape);

/* Whether the record at hand is the one to be mutated. */
static bool is_turn(struct writing *writing)
{
    return writing->mutation != UNCHANGED && !writing->is_mutated && writing->countdown-- == 0;
}

static bool takes_true(const struct shape *shape)
{
    return shape->kind == FLAG || (shape->kind == NULLABLE && takes_true(shape->parts));
}

static const char *another_type(const struct shape *shape)
{
    return takes_true(shape) ? "[\"no flag\"]" : "true";
}

/* A value that is not written is drawn all the same: what comes after it must not change. */
static void skip_value(struct writing *writing, const struct shape *shape)
{
    FILE *out = writing->out;
    writing->out = fopen("/dev/null", "w");
    assert_non_null(writing->out);
    write_value(writing, shape);
    fclose(writing->out);
    writing->out = out;
}

static void write_record(struct writing *writing, const struct shape *shape)
{
    enum mutation mutation = is_turn(writing) ? writing->mutation : UNCHANGED;
    const char *comma = "";
    fputc('{', writing->out);
    for (size_t i = 0; i < shape->part_count; i++) {
        const struct shape *part = &shape->parts[i];
        bool is_there = !part->is_optional || eb_draw_below(&writing->draw, 2);
        bool is_mutable = mutation != UNCHANGED && !part->is_optional && !writing->is_mutated;
        if (is_mutable && mutation == WITHOUT_A_MEMBER) {
            writing->is_mutated = true;
            skip_value(writing, part);
            continue;
        }
        if (!is_there)
            continue;
        fprintf(writing->out, "%s\"m%zu\":", comma, i);
        comma = ",";
        if (is_mutable && mutation == OF_ANOTHER_TYPE) {
            writing->is_mutated = true;
            skip_value(writing, part);
            fputs(another_type(part), writing->out);
        } else {
            write_value(writing, part);
        }
    }
    if (mutation == WITH_AN_EXTRA_MEMBER) {
        writing->is_mutated = true;
        fprintf(writing->out, "%s\"unheard of\":null", comma);
    }
    fputc('}', writing->out);
}

static void write_value(struct writing *writing, const struct shape *shape)
{
    static const char *const words[] = { "open", "close", "tamper", "caf\xc3\xa9", "a\\nb" };
    struct eb_draw *draw = &writing->draw;
    switch (shape->kind) {
    case NULLABLE:
        if (eb_draw_below(draw, 2))
            write_value(writing, shape->parts);
        else
            fputs("null", writing->out);
        break;
    case FLAG: fputs(eb_draw_below(draw, 2) ? "true" : "false", writing->out); break;
    case COUNT: fprintf(writing->out, "%zu", eb_draw_below(draw, 1000)); break;
    case MEASURE:
        fprintf(
            writing->out, "-%zu.%zue-1", eb_draw_below(draw, 50) + 1, eb_draw_below(draw, 1000));
        break;
    case WORD: fprintf(writing->out, "\"%s\"", words[eb_draw_below(draw, 5)]); break;
    case STAMP:
        fprintf(writing->out, "\"2026-01-02T03:04:%02zuZ\"", eb_draw_below(draw, 60));
        break;
    case NAME: fprintf(writing->out, "\"name %zu\"", eb_draw_below(draw, 1000000)); break;
    case LIST: {
        size_t count = eb_draw_below(draw, 4);
        fputc('[', writing->out);
        for (size_t i = 0; i < count; i++) {
            fputs(i ? "," : "", writing->out);
            write_value(writing, shape->parts);
        }
        fputc(']', writing->out);
        break;
    }
    case RECORD: write_record(writing, shape); break;
    }
}

/* The sample that `seed` stands for, on the heap; with a mutation in its record number `where`.
 * NULL when it could not be made there. */
static char *sample_of(
    const struct shape *shape, uint64_t seed, enum mutation mutation, size_t where)
{
    char *text = NULL;
    size_t len = 0;
    struct writing writing = {
        .out = open_memstream(&text, &len),
        .draw = { seed },
        .mutation = mutation,
        .countdown = where,
    };
    assert_non_null(writing.out);
    write_value(&writing, shape);
    fclose(writing.out);
    if (mutation == UNCHANGED || writing.is_mutated)
        return text;
    free(text);
    return NULL;
}

static void assert_judged(struct judge *judge, const struct eb_schema *schema,
    const char *schema_text, const char *sample, enum eb_validity want)
{
    enum eb_validity got = judge_validate(judge, schema, eb_span_of(sample));
    if (got != want)
        print_error("schema: %s\nsample: %s\n", schema_text, sample);
    assert_int_equal(got, want);
}

enum { SAMPLES = 30, RECORDS_MUTATED = 6 };

/* Returns how many mutations there were. */
static size_t prove(uint64_t seed, char schema_text[SCHEMA_BYTES])
{
    struct eb_draw draw = { seed };
    struct shape shape = draw_shape(&draw, 0);
    uint64_t first = eb_draw_bits(&draw);
    char *samples[SAMPLES];
    size_t mutated = 0;
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = sample_of(&shape, first + i, UNCHANGED, 0);
    infer((const char *const *)samples, SAMPLES, (struct eb_infer_options){ false, false },
        schema_text);
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(&judge, schema_text);
    assert_non_null(schema);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_judged(&judge, schema, schema_text, samples[i], EB_VALID);
        for (size_t where = 0; where < RECORDS_MUTATED; where++) {
            for (enum mutation mutation = WITHOUT_A_MEMBER; mutation < MUTATION_COUNT; mutation++) {
                char *other = sample_of(&shape, first + i, mutation, where);
                if (!other)
                    continue;
                assert_judged(&judge, schema, schema_text, other, EB_INVALID);
                mutated++;
                free(other);
            }
        }
        free(samples[i]);
    }
    judge_release(&judge);
    shape_release(&shape);
    return mutated;
}

static void schema__accepts_its_samples_and_no_mutation_of_them(void **state)
{
    (void)state;
    static char schema[SCHEMA_BYTES];
    size_t mutated = 0;
    for (uint64_t seed = 1; seed <= 60; seed++)
        mutated += prove(seed, schema);
    print_message("%d samples accepted, %zu mutations refused\n", 60 * SAMPLES, mutated);
    assert_true(mutated > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema__says_what_the_samples_have_in_common),
        cmocka_unit_test(schema__takes_an_object_of_many_names_for_a_table),
        cmocka_unit_test(schema__of_tables_in_tables_accepts_them),
        cmocka_unit_test(schema__of_deep_samples_can_be_read_and_accepts_them),
        cmocka_unit_test(inference__ends_when_there_is_too_much_to_say),
        cmocka_unit_test(schema__accepts_its_samples_and_no_mutation_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
