#include "eb_test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "oom/failing_alloc.h"
#include "schema/diff.h"
#include "schema/infer.h"
#include "schema/schema.h"
#include "json/reader.h"

/* Every group of keywords once, so that every allocation of theirs is made. */
static const char schema_text[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"required\":[\"id\",\"kind\"],"
    "\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":\"^[a-z]+$\",\"maxLength\":9},"
    "\"kind\":{\"enum\":[\"a\",\"b\",3,{\"x\":[1]}]},\"n\":{\"minimum\":1,\"maximum\":2.5,"
    "\"multipleOf\":0.5},\"when\":{\"format\":\"date-time\"},"
    "\"list\":{\"prefixItems\":[{\"$ref\":\"#/$defs/d\"}],\"items\":{\"$dynamicRef\":\"#m\"},"
    "\"contains\":{\"type\":\"number\"},\"uniqueItems\":true,\"maxItems\":20}},"
    "\"patternProperties\":{\"^x-\":{\"type\":\"string\"}},\"propertyNames\":{\"maxLength\":20},"
    "\"dependentRequired\":{\"n\":[\"when\"]},\"dependentSchemas\":{\"list\":{\"maxProperties\":9}}"
    ","
    "\"allOf\":[{\"if\":{\"required\":[\"n\"]},\"then\":{\"minProperties\":2}}],"
    "\"anyOf\":[{\"required\":[\"id\"]},{\"not\":{\"required\":[\"id\"]}}],"
    "\"oneOf\":[{\"required\":[\"kind\"]},false],\"unevaluatedProperties\":false,"
    "\"$defs\":{\"d\":{\"$dynamicAnchor\":\"m\",\"type\":[\"number\",\"string\"]}}}";

static const char *const events[] = {
    "{\"id\":\"abc\",\"kind\":\"a\"}",
    "{\"id\":\"abc\",\"kind\":{\"x\":[1.0]},\"n\":1.5,\"when\":\"2026-11-20T17:21:33Z\"}",
    "{\"id\":\"a\\u0062c\",\"kind\":3.0,\"list\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15],\"x-\":"
    "\"\"}",
    "{\"id\":\"ABC\",\"kind\":\"c\",\"n\":0.7,\"list\":[1,1,{}],\"x-\":1,\"else\":null}",
    "{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"\\u006b\":[[[[]]]]}",
    "[]",
    "\"\\ud83d\\ude00\"",
};

enum { EVENTS = sizeof events / sizeof *events, FAULTS = 8, ROUNDS = 2000 };

static const struct eb_span uri = EB_SPAN("https://example.com/s");

/* Compiled, or reported: never neither, never both. */
static bool compile(void *context)
{
    (void)context;
    struct eb_arena arena;
    struct eb_diag_list diags;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    const struct eb_schema *schema = NULL;
    struct eb_doc doc;
    struct eb_schema_library *library = eb_schema_library_new(
        &arena, (struct eb_schema_options){ EB_DRAFT_2020_12, .asserts_formats = true });
    if (library && eb_json_read_file(&doc, eb_span_of(schema_text), "s", 1, &arena, &diags) &&
        eb_schema_library_add(library, uri, &doc, &diags))
        schema = eb_schema_compile(library, uri, &diags);
    if (library)
        assert_int_equal(schema == NULL, diags.errors > 0);
    assert_int_equal(schema == NULL && library, diags.is_out_of_memory);
    bool is_done = schema != NULL;
    eb_schema_library_free(library);
    eb_diag_list_release(&diags);
    eb_arena_release(&arena);
    return is_done;
}

static void compile__says_when_memory_runs_out(void **state)
{
    (void)state;
    assert_in_range(eb_fail_each_allocation(compile, NULL), 20, 5000);
}

struct judge {
    struct eb_arena compiled, event;
    struct eb_diag_list diags;
    struct eb_schema_library *library;
    struct eb_regex_runner *runner;
    const struct eb_schema *schema;
};

static void judge_init(struct judge *judge)
{
    struct eb_doc doc;
    eb_arena_init_growing(&judge->compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&judge->event, 1 << 24));
    eb_diag_list_init(&judge->diags);
    judge->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    judge->library = eb_schema_library_new(
        &judge->compiled, (struct eb_schema_options){ EB_DRAFT_2020_12, .asserts_formats = true });
    assert_true(judge->runner && judge->library);
    assert_true(
        eb_json_read_file(&doc, eb_span_of(schema_text), "s", 1, &judge->compiled, &judge->diags));
    assert_true(eb_schema_library_add(judge->library, uri, &doc, &judge->diags));
    judge->schema = eb_schema_compile(judge->library, uri, &judge->diags);
    assert_non_null(judge->schema);
}

static void judge_release(struct judge *judge)
{
    eb_schema_library_free(judge->library);
    eb_regex_runner_free(judge->runner);
    eb_diag_list_release(&judge->diags);
    eb_arena_release(&judge->event);
    eb_arena_release(&judge->compiled);
}

static enum eb_validity validate(struct judge *judge, struct eb_arena *arena, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_fault faults[FAULTS];
    struct eb_validation validation = {
        .arena = arena, .runner = judge->runner, .faults = faults, .fault_max = FAULTS
    };
    assert_int_equal(
        eb_json_read(&doc, text, &eb_json_limits_max, &judge->event, &fault), EB_JSON_OK);
    return eb_schema_validate(judge->schema, &doc, &validation);
}

static void validate__never_asks_for_memory(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge);
    size_t before = eb_allocation_count();
    unsigned valid = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < EVENTS; i++) {
            eb_arena_reset(&judge.event);
            valid += validate(&judge, &judge.event, eb_span_of(events[i])) == EB_VALID;
        }
    }
    assert_int_equal(eb_allocation_count(), before);
    assert_int_equal(valid, 3 * ROUNDS);
    judge_release(&judge);
}

/* An arena of any size: a verdict, or none and never a wrong one. */
static void validate__is_undecided_when_its_arena_is_full(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge);
    for (size_t i = 0; i < EVENTS; i++) {
        eb_arena_reset(&judge.event);
        enum eb_validity want = validate(&judge, &judge.event, eb_span_of(events[i]));
        for (size_t bytes = 4096; bytes > 0; bytes -= 64) {
            struct eb_arena small;
            assert_true(eb_arena_init_reserved(&small, 4096));
            assert_non_null(eb_arena_alloc(&small, 4096 - bytes + 1, 1));
            eb_arena_reset(&judge.event);
            enum eb_validity got = validate(&judge, &small, eb_span_of(events[i]));
            assert_true(got == want || got == EB_UNDECIDED);
            eb_arena_release(&small);
        }
    }
    judge_release(&judge);
}

/* Events that end where the next page cannot be read. */
static void validate__reads_nothing_behind_the_event(void **state)
{
    (void)state;
    struct judge judge;
    judge_init(&judge);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    static const char *const short_events[] = { "{\"id\":1}", "{\"\":\"\"}", "{\"n\":0}", "{}",
        "\"\"", "1", "1.5", "{\"kind\":\"a\"}", "{\"list\":[]}" };
    for (size_t i = 0; i < EVENTS + sizeof short_events / sizeof *short_events; i++) {
        struct eb_span event = eb_span_of(i < EVENTS ? events[i] : short_events[i - EVENTS]);
        char *copy = pages + page - event.len;
        memcpy(copy, event.ptr, event.len);
        eb_arena_reset(&judge.event);
        validate(&judge, &judge.event, eb_span(copy, event.len));
    }
    munmap(pages, 2 * page);
    judge_release(&judge);
}

/* ---- schemas compared and inferred in arenas of any size ---- */

/* An arena in which `bytes` are left. */
static void arena_init_with(struct eb_arena *arena, size_t bytes)
{
    enum { ALL = 1 << 22 };
    assert_true(eb_arena_init_reserved(arena, ALL));
    assert_non_null(eb_arena_alloc(arena, ALL - bytes, 1));
}

static void read_text(struct eb_doc *doc, const char *text, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(doc, eb_span_of(text), &eb_json_limits_max, arena, &fault), EB_JSON_OK);
}

static void count(void *context, const struct eb_difference *difference)
{
    (void)difference;
    ++*(size_t *)context;
}

static void diff__says_when_its_arena_is_full(void **state)
{
    (void)state;
    struct eb_arena documents;
    struct eb_doc before, after;
    eb_arena_init_growing(&documents, SIZE_MAX);
    read_text(&before, schema_text, &documents);
    read_text(
        &after, "{\"enum\":[1,2,{\"\\u0061\":1}],\"anyOf\":[true,{\"minimum\":1}]}", &documents);
    struct eb_diff_question question = { &before, &after, EB_DRAFT_2020_12 };
    bool is_done = false;
    size_t want = 0, bytes = 0;
    for (; !is_done; bytes += 64) {
        struct eb_arena small;
        size_t told = 0;
        arena_init_with(&small, bytes);
        is_done = eb_schema_diff(&question, &small, count, &told);
        want = told;
        eb_arena_release(&small);
    }
    assert_int_equal(want, 16);
    assert_in_range(bytes, 1000, 100000);
    eb_arena_release(&documents);
}

/* An object that becomes a table, of objects that have to be merged. */
static char *table_text(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    for (int i = 0; i <= EB_INFER_NAMES_MAX; i++)
        fprintf(
            out, "%s\"k%d\":{\"a\\n\":%d,\"b%d\":[\"w%d\"]}", i ? "," : "{", i, i, i % 7, i % 5);
    fputc('}', out);
    fclose(out);
    return text;
}

static void inference__says_when_its_arena_is_full(void **state)
{
    (void)state;
    struct eb_arena documents, scratch;
    struct eb_doc doc;
    char *text = table_text();
    eb_arena_init_growing(&documents, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&scratch, 1 << 20));
    read_text(&doc, text, &documents);
    bool is_done = false;
    for (size_t bytes = 64; !is_done; bytes += 1024) {
        struct eb_arena small;
        struct eb_infer_options options = { false, false };
        arena_init_with(&small, bytes);
        struct eb_inference *inference = eb_inference_new(&small, options);
        is_done = inference && eb_inference_add(inference, &doc, &scratch) &&
                  eb_inference_add(inference, &doc, &scratch);
        assert_true(bytes < 1 << 21);
        eb_arena_reset(&scratch);
        eb_arena_release(&small);
    }
    eb_arena_release(&scratch);
    eb_arena_release(&documents);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compile__says_when_memory_runs_out),
        cmocka_unit_test(validate__never_asks_for_memory),
        cmocka_unit_test(validate__is_undecided_when_its_arena_is_full),
        cmocka_unit_test(validate__reads_nothing_behind_the_event),
        cmocka_unit_test(diff__says_when_its_arena_is_full),
        cmocka_unit_test(inference__says_when_its_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
