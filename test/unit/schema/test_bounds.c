/* What is large, deep or meant to hurt ends in a verdict, soon, and within the stack. */
#include "judge.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "schema/run.h"

/* Text that grows. */
struct text {
    char *ptr;
    size_t len, capacity;
};

static void put(struct text *text, const char *format, ...)
{
    va_list arguments;
    for (;;) {
        va_start(arguments, format);
        int len = vsnprintf(text->ptr ? text->ptr + text->len : NULL, text->capacity - text->len,
            format, arguments);
        va_end(arguments);
        if ((size_t)len < text->capacity - text->len) {
            text->len += (size_t)len;
            return;
        }
        text->capacity = 2 * text->capacity + (size_t)len + 1;
        text->ptr = realloc(text->ptr, text->capacity);
        assert_non_null(text->ptr);
    }
}

static void put_times(struct text *text, int times, const char *piece)
{
    for (int i = 0; i < times; i++)
        put(text, "%s", piece);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Generous: sanitizers, and a machine that is busy. What is not linear takes minutes. */
enum { SECONDS_MAX = 20 };

static void compile__is_linear_in_properties(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct text schema = { 0 }, event = { 0 };
    put(&schema, "{\"additionalProperties\":false,\"properties\":{");
    put(&event, "{");
    for (int i = 0; i < COUNT; i++) {
        put(&schema, "%s\"property-%d\":{\"type\":\"integer\",\"maximum\":%d}", i ? "," : "", i, i);
        put(&event, "%s\"property-%d\":%d", i ? "," : "", COUNT - 1 - i, COUNT - 1 - i);
    }
    put(&schema, "}}");
    put(&event, "}");
    struct judge judge;
    double start = now_s();
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *compiled = judge_compile(&judge, schema.ptr);
    assert_non_null(compiled);
    assert_int_equal(judge_validate(&judge, compiled, eb_span(event.ptr, event.len)), EB_VALID);
    event.ptr[event.len - 2] = '1'; /* the last value, which was 0 */
    assert_int_equal(judge_validate(&judge, compiled, eb_span(event.ptr, event.len)), EB_INVALID);
    assert_span_equal(judge.faults[0].instance_location, "/property-0");
    assert_true(now_s() - start < SECONDS_MAX);
    judge_release(&judge);
    free(schema.ptr);
    free(event.ptr);
}

static void compile__is_linear_in_values(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    static const char *const shapes[] = { "\"value-%d\"", "%d", "{\"v\":%d}" };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct text schema = { 0 }, event = { 0 };
        put(&schema, "{\"items\":{\"enum\":[");
        put(&event, "[");
        for (int i = 0; i < COUNT; i++) {
            put(&schema, i ? "," : "");
            put(&schema, shapes[s], i);
            put(&event, i ? "," : "");
            put(&event, shapes[s], COUNT - 1 - i);
        }
        put(&schema, "]}}");
        put(&event, ",");
        size_t before = event.len;
        put(&event, shapes[s], COUNT);
        put(&event, "]");
        struct judge judge;
        double start = now_s();
        judge_init(&judge, EB_DRAFT_2020_12);
        const struct eb_schema *compiled = judge_compile(&judge, schema.ptr);
        assert_non_null(compiled);
        assert_int_equal(
            judge_validate(&judge, compiled, eb_span(event.ptr, event.len)), EB_INVALID);
        assert_int_equal(judge.validation.fault_count, 1);
        event.ptr[before - 1] = ']';
        assert_int_equal(judge_validate(&judge, compiled, eb_span(event.ptr, before)), EB_VALID);
        assert_true(now_s() - start < SECONDS_MAX);
        judge_release(&judge);
        free(schema.ptr);
        free(event.ptr);
    }
}

/* What judging a small event costs, in steps, and the program holds for each property or value. */
struct cost {
    int64_t steps;
    double bytes;
};

static struct cost cost_of(const char *opening, const char *piece, const char *closing, int count)
{
    struct text schema = { 0 };
    put(&schema, "%s", opening);
    for (int i = 0; i < count; i++) {
        put(&schema, i ? "," : "");
        put(&schema, piece, i);
    }
    put(&schema, "%s", closing);
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *compiled = judge_compile(&judge, schema.ptr);
    assert_non_null(compiled);
    struct eb_span event = eb_span_of("{\"p-7\":\"v-7\",\"p-8\":\"v-8\",\"p-9\":\"v-9\"}");
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_run run;
    eb_arena_reset(&judge.event);
    assert_int_equal(
        eb_json_read(&doc, event, &eb_json_limits_max, &judge.event, &fault), EB_JSON_OK);
    eb_run_init(&run, compiled, &doc, &judge.validation);
    struct cost cost = { .steps = run.steps_left };
    assert_true(eb_run_accepts(&run, compiled->root, 0, 0));
    cost.steps -= run.steps_left;
    cost.bytes = (double)eb_arena_bytes(&judge.compiled) / count;
    judge_release(&judge);
    free(schema.ptr);
    return cost;
}

/* A hundred times as many: the same steps to judge, no more bytes for each. */
static void validate__costs_the_same_whatever_the_schemas_size(void **state)
{
    (void)state;
    static const struct {
        const char *opening, *piece, *closing;
    } cases[] = {
        { "{\"additionalProperties\":false,\"properties\":{", "\"p-%d\":{\"type\":\"string\"}",
            "}}" },
        { "{\"properties\":{", "\"p-%d\":{\"maxLength\":9}", "}}" },
        { "{\"additionalProperties\":{\"enum\":[", "\"v-%d\"", "]}}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cost small = cost_of(cases[i].opening, cases[i].piece, cases[i].closing, 1000);
        struct cost large = cost_of(cases[i].opening, cases[i].piece, cases[i].closing, 100000);
        assert_true(small.steps > 0);
        assert_int_equal(small.steps, large.steps);
        assert_true(large.bytes < 2 * small.bytes);
    }
}

/* Alike in length, in the first eight bytes and in the last: all that is hashed of most names. */
static void validate__takes_names_chosen_to_collide(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    struct text schema = { 0 }, event = { 0 };
    put(&schema, "{\"additionalProperties\":false,\"properties\":{");
    put(&event, "{");
    for (int i = 0; i < COUNT; i++) {
        put(&schema, "%s\"the-same-%05d-the-same\":{\"const\":%d}", i ? "," : "", i, i);
        put(&event, "%s\"the-same-%05d-the-same\":%d", i ? "," : "", COUNT - 1 - i, COUNT - 1 - i);
    }
    put(&schema, "}}");
    put(&event, "}");
    struct judge judge;
    double start = now_s();
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *compiled = judge_compile(&judge, schema.ptr);
    assert_non_null(compiled);
    assert_int_equal(judge_validate(&judge, compiled, eb_span(event.ptr, event.len)), EB_VALID);
    event.ptr[event.len - 2] = '1'; /* the last value, which was 0 */
    assert_int_equal(judge_validate(&judge, compiled, eb_span(event.ptr, event.len)), EB_INVALID);
    assert_true(now_s() - start < SECONDS_MAX);
    judge_release(&judge);
    free(schema.ptr);
    free(event.ptr);
}

static void read__refuses_a_hundred_thousand_nested_arrays(void **state)
{
    (void)state;
    struct text deep = { 0 };
    put_times(&deep, 100000, "[");
    put_times(&deep, 100000, "]");
    struct judge judge;
    struct eb_doc doc;
    struct eb_json_fault fault;
    judge_init(&judge, EB_DRAFT_2020_12);
    struct eb_span text = eb_span(deep.ptr, deep.len);
    assert_int_equal(
        eb_json_read(&doc, text, &eb_json_limits_max, &judge.event, &fault), EB_JSON_TOO_DEEP);
    assert_int_equal(fault.offset, EB_DEPTH_MAX);
    assert_null(judge_compile(&judge, deep.ptr));
    judge_release(&judge);
    free(deep.ptr);
}

static void compile__is_linear_in_references(void **state)
{
    (void)state;
    enum { COUNT = 30000 };
    struct text schema = { 0 };
    put(&schema, "{\"$defs\":{");
    for (int i = 0; i < COUNT; i++)
        put(&schema, "%s\"d%d\":{\"items\":{\"$ref\":\"#/$defs/d%d\"}}", i ? "," : "", i,
            (i + 1) % COUNT);
    put(&schema, "},\"$ref\":\"#/$defs/d0\"}");
    struct judge judge;
    double start = now_s();
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_non_null(judge_compile(&judge, schema.ptr));
    assert_true(now_s() - start < SECONDS_MAX);
    judge_release(&judge);
    free(schema.ptr);
}

static void compile__refuses_a_chain_of_references_without_end(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct text schema = { 0 };
    put(&schema, "{\"$defs\":{\"d%d\":true", COUNT);
    for (int i = 0; i < COUNT; i++)
        put(&schema, ",\"d%d\":{\"minimum\":0,\"allOf\":[{\"$ref\":\"#/$defs/d%d\"}]}", i, i + 1);
    put(&schema, "},\"$ref\":\"#/$defs/d0\"}");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_null(judge_compile(&judge, schema.ptr));
    assert_string_equal(judge.diags.first->text,
        "too many schemas refer to one another here without looking into the value");
    judge_release(&judge);
    free(schema.ptr);
}

static void compile__refuses_a_schema_nested_ten_thousand_deep(void **state)
{
    (void)state;
    struct text schema = { 0 };
    put_times(&schema, 10000, "{\"not\":");
    put(&schema, "true");
    put_times(&schema, 10000, "}");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    assert_null(judge_compile(&judge, schema.ptr));
    assert_non_null(strstr(judge.diags.first->text, "deep"));
    judge_release(&judge);
    free(schema.ptr);
}

/* As deep as the reader lets them be, schema and instance both, with what tracks and explains. */
static void *judge_deep(void *unused)
{
    static const char *const schemas[] = {
        "{\"items\":{\"$ref\":\"#\"}}",
        "{\"anyOf\":[{\"type\":\"null\"},{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}]}",
        "{\"allOf\":[{\"items\":{\"$ref\":\"#\"}}],\"unevaluatedItems\":false,\"type\":\"array\"}",
        "{\"oneOf\":[{\"type\":\"null\"},{\"not\":{\"not\":{\"items\":{\"$ref\":\"#\"}}},"
        "\"type\":\"array\"}]}",
        "{\"if\":{\"contains\":{\"$ref\":\"#\"}},\"then\":true,\"else\":{\"maxItems\":0}}",
    };
    struct text deep = { 0 };
    put_times(&deep, EB_DEPTH_MAX - 1, "[");
    put(&deep, "[1]");
    put_times(&deep, EB_DEPTH_MAX - 1, "]");
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        struct judge judge;
        judge_init(&judge, EB_DRAFT_2020_12);
        const struct eb_schema *schema = judge_compile(&judge, schemas[i]);
        assert_non_null(schema);
        judge_validate(&judge, schema, eb_span(deep.ptr, deep.len));
        judge_release(&judge);
    }
    free(deep.ptr);
    return unused;
}

static void put_nested_schema(struct text *schema)
{
    put_times(schema, EB_DEPTH_MAX - 1, "{\"items\":");
    put(schema, "{\"type\":\"null\"}");
    put_times(schema, EB_DEPTH_MAX - 1, "}");
}

static void *judge_deep_schema(void *unused)
{
    struct text schema = { 0 }, deep = { 0 };
    put_nested_schema(&schema);
    put_times(&deep, EB_DEPTH_MAX - 1, "[");
    put(&deep, "1");
    put_times(&deep, EB_DEPTH_MAX - 1, "]");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *compiled = judge_compile(&judge, schema.ptr);
    assert_non_null(compiled);
    assert_int_equal(judge_validate(&judge, compiled, eb_span(deep.ptr, deep.len)), EB_INVALID);
    assert_int_equal(judge.validation.fault_count, 1);
    judge_release(&judge);
    free(schema.ptr);
    free(deep.ptr);
    return unused;
}

/* Half a thread's usual stack, so that the usual one has room to spare; clang's sanitizers double
 * what a call takes. */
#if defined(__clang__)
enum { SMALL_STACK_BYTES = 8 << 20 };
#else
enum { SMALL_STACK_BYTES = 4 << 20 };
#endif

static void on_a_small_stack(void *(*run)(void *unused))
{
    pthread_attr_t attributes;
    pthread_t thread;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, SMALL_STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

static void validate__stays_within_the_stack(void **state)
{
    (void)state;
    on_a_small_stack(judge_deep);
    on_a_small_stack(judge_deep_schema);
}

/* Two alternatives at each level, both of which go on: 2^64 ways. */
static void validate__ends_where_alternatives_multiply(void **state)
{
    (void)state;
    static const char *const schemas[] = {
        "{\"anyOf\":[{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"},"
        "{\"items\":{\"$ref\":\"#\"},\"type\":\"array\",\"maxItems\":9}]}",
        "{\"oneOf\":[{\"items\":{\"$ref\":\"#\"}},{\"items\":{\"$ref\":\"#\"},\"maxItems\":9}]}",
        "{\"not\":{\"anyOf\":[{\"items\":{\"$ref\":\"#\"}},{\"items\":{\"$ref\":\"#\"}}]}}",
    };
    struct text deep = { 0 };
    put_times(&deep, 64, "[");
    put(&deep, "1");
    put_times(&deep, 64, "]");
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        struct judge judge;
        judge_init(&judge, EB_DRAFT_2020_12);
        const struct eb_schema *schema = judge_compile(&judge, schemas[i]);
        assert_non_null(schema);
        double start = now_s();
        assert_int_equal(judge_validate(&judge, schema, eb_span(deep.ptr, deep.len)), EB_UNDECIDED);
        assert_int_equal(judge.validation.fault_count, 1);
        assert_span_equal(judge.faults[0].error,
            "no verdict, a limit is exceeded: the schema asks too much about this value");
        assert_true(now_s() - start < SECONDS_MAX);
        judge_release(&judge);
    }
    free(deep.ptr);
}

/* A divisor of many digits makes every short number a long division. */
static void validate__adds_up_what_divisions_cost(void **state)
{
    (void)state;
    struct text event = { 0 };
    put(&event, "[1e999");
    put_times(&event, 300000, ",1e999");
    put(&event, "]");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(
        &judge, "{\"items\":{\"not\":{\"multipleOf\":0.1000000000000000055511151231257827}}}");
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span_of("[1e999,1e999]")), EB_VALID);
    assert_int_equal(judge_validate(&judge, schema, eb_span(event.ptr, event.len)), EB_UNDECIDED);
    judge_release(&judge);
    free(event.ptr);
}

/* Names as many as there may be, alike but for their ends, and each reference to the last. */
static void validate__finds_the_groups_of_expressions_soon(void **state)
{
    (void)state;
    enum { STRINGS = 32, NAMES = 255, PATTERN_BYTES = 65000 };
    struct text pattern = { 0 }, event = { 0 };
    for (int i = 0; i < NAMES; i++)
        put(&pattern, "(?<name\\\\u{%x}>)", 0x4e00 + i);
    while (pattern.len < PATTERN_BYTES)
        put(&pattern, "\\\\k<name\\\\u{%x}>", 0x4e00 + NAMES - 1);
    put(&event, "[\"\"");
    for (int i = 0; i < STRINGS; i++)
        put(&event, ",\"%s\"", pattern.ptr);
    put(&event, "]");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(&judge, "{\"items\":{\"format\":\"regex\"}}");
    assert_non_null(schema);
    double start = now_s();
    assert_int_equal(judge_validate(&judge, schema, eb_span(event.ptr, event.len)), EB_VALID);
    assert_true(now_s() - start < SECONDS_MAX / 8);
    judge_release(&judge);
    free(pattern.ptr);
    free(event.ptr);
}

/* What a branch is tried for, to find the one that is meant, is not put into words. */
static void explain__tries_alternatives_of_many_faults_soon(void **state)
{
    (void)state;
    enum { ELEMENTS = 60000, NAMES = 60 };
    struct text schema = { 0 }, event = { 0 };
    put(&schema, "{\"$defs\":{\"list\":{\"type\":\"array\",\"items\":{\"required\":[\"a\"");
    for (int i = 0; i < NAMES; i++)
        put(&schema, ",\"name-%d\"", i);
    put(&schema, "]}}},\"anyOf\":[{\"$ref\":\"#/$defs/list\"},{\"$ref\":\"#/$defs/list\"}]}");
    put(&event, "[{}");
    put_times(&event, ELEMENTS, ",{}");
    put(&event, "]");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *compiled = judge_compile(&judge, schema.ptr);
    assert_non_null(compiled);
    double start = now_s();
    assert_int_equal(judge_validate(&judge, compiled, eb_span(event.ptr, event.len)), EB_INVALID);
    assert_int_equal(judge.validation.fault_count, EB_FAULTS_DEFAULT);
    assert_true(now_s() - start < SECONDS_MAX / 4);
    judge_release(&judge);
    free(schema.ptr);
    free(event.ptr);
}

/* A long leaf makes every one of few steps a long one. */
static void validate__counts_what_a_long_string_costs(void **state)
{
    (void)state;
    struct text deep = { 0 };
    put_times(&deep, 20, "[");
    put(&deep, "\"");
    put_times(&deep, 90000, "a");
    put(&deep, "\"");
    put_times(&deep, 20, "]");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema =
        judge_compile(&judge, "{\"anyOf\":[{\"type\":\"string\",\"pattern\":\"b$\"},"
                              "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"},\"maxItems\":5},"
                              "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}]}");
    assert_non_null(schema);
    double start = now_s();
    assert_int_equal(judge_validate(&judge, schema, eb_span(deep.ptr, deep.len)), EB_UNDECIDED);
    assert_true(now_s() - start < SECONDS_MAX);
    judge_release(&judge);
    free(deep.ptr);
}

/* Each just within what one value may cost: together they would take half a minute. */
static void validate__adds_up_what_expressions_cost(void **state)
{
    (void)state;
    enum { COUNT = 40000 };
    struct text event = { 0 };
    put(&event, "{");
    for (int i = 0; i < COUNT; i++)
        put(&event, "%s\"aaaaaaaaaaaaaa!%d\":1", i ? "," : "", i);
    put(&event, "}");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema =
        judge_compile(&judge, "{\"patternProperties\":{\"^(?=(a+)+$)\":false}}");
    assert_non_null(schema);
    assert_int_equal(
        judge_validate(&judge, schema, eb_span_of("{\"aaaaaaaaaaaaaa!\":1}")), EB_VALID);
    double start = now_s();
    assert_int_equal(judge_validate(&judge, schema, eb_span(event.ptr, event.len)), EB_UNDECIDED);
    assert_true(now_s() - start < SECONDS_MAX / 2);
    judge_release(&judge);
    free(event.ptr);
}

static void validate__is_linear_in_unique_items(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    struct text event = { 0 };
    put(&event, "[");
    for (int i = 0; i < COUNT; i++)
        put(&event, "{\"a\":%d},", i);
    put(&event, "{\"a\":0.0}]");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(&judge, "{\"uniqueItems\":true}");
    assert_non_null(schema);
    double start = now_s();
    assert_int_equal(judge_validate(&judge, schema, eb_span(event.ptr, event.len)), EB_INVALID);
    assert_true(now_s() - start < SECONDS_MAX);
    judge_release(&judge);
    free(event.ptr);
}

static void validate__takes_a_string_of_ten_megabytes(void **state)
{
    (void)state;
    struct text event = { 0 };
    put(&event, "\"");
    put_times(&event, 1 << 20, "\\u00e9abcd");
    put(&event, "\"");
    struct judge judge;
    judge_init(&judge, EB_DRAFT_2020_12);
    const struct eb_schema *schema = judge_compile(&judge,
        "{\"maxLength\":5,\"minLength\":5242881,\"const\":\"x\",\"enum\":[\"x\",\"y\"],"
        "\"format\":\"uri\"}");
    assert_non_null(schema);
    assert_int_equal(judge_validate(&judge, schema, eb_span(event.ptr, event.len)), EB_INVALID);
    assert_true(judge.validation.fault_count >= 4);
    judge_release(&judge);
    free(event.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compile__is_linear_in_properties),
        cmocka_unit_test(compile__is_linear_in_values),
        cmocka_unit_test(validate__costs_the_same_whatever_the_schemas_size),
        cmocka_unit_test(validate__takes_names_chosen_to_collide),
        cmocka_unit_test(read__refuses_a_hundred_thousand_nested_arrays),
        cmocka_unit_test(compile__is_linear_in_references),
        cmocka_unit_test(compile__refuses_a_chain_of_references_without_end),
        cmocka_unit_test(compile__refuses_a_schema_nested_ten_thousand_deep),
        cmocka_unit_test(validate__stays_within_the_stack),
        cmocka_unit_test(validate__ends_where_alternatives_multiply),
        cmocka_unit_test(validate__adds_up_what_divisions_cost),
        cmocka_unit_test(validate__finds_the_groups_of_expressions_soon),
        cmocka_unit_test(explain__tries_alternatives_of_many_faults_soon),
        cmocka_unit_test(validate__is_linear_in_unique_items),
        cmocka_unit_test(validate__counts_what_a_long_string_costs),
        cmocka_unit_test(validate__adds_up_what_expressions_cost),
        cmocka_unit_test(validate__takes_a_string_of_ten_megabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
