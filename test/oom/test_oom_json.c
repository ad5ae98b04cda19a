#include "eb_test.h"

#include "oom/failing_alloc.h"
#include "json/number.h"
#include "json/reader.h"
#include "json/writer.h"

static const char *const texts[] = {
    "{\"type\":\"access.granted\",\"data\":{\"door\":\"front\",\"battery\":87.5,\"tags\":[1,2]}}",
    ("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10,\"k\":11,"
     "\"l\":12,\"m\":13,\"n\":14,\"o\":15,\"p\":16,\"q\":17,\"\\u0072\":18,\"s\":19,\"t\":20}"),
    "{\"a\\u0062\":1,\"\\u0061b\":2}",
    "[\"\\ud83d\\ude00\",\"\xc3\xa9\",\"\xff\"]",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{\"a\":}",
    "",
};

static void hot_path__never_asks_for_memory(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    eb_hash_key();
    size_t before = eb_allocation_count();
    for (int round = 0; round < 1000; round++) {
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            struct eb_doc doc;
            struct eb_json_fault fault;
            eb_arena_reset(&arena);
            if (eb_json_read(&doc, eb_span_of(texts[i]), &eb_json_limits_max, &arena, &fault))
                continue;
            eb_doc_pointer(&doc, doc.token_count - 1, &arena);
            struct eb_json_writer writer;
            eb_json_writer_init_arena(&writer, &arena);
            eb_json_write_string(&writer, eb_doc_source(&doc, 0));
            eb_json_write_int(&writer, round);
            assert_non_null(eb_json_writer_finish(&writer).ptr);
        }
    }
    assert_int_equal(eb_allocation_count(), before);
    eb_arena_release(&arena);
}

/* A file is read, or the list says that memory ran out: never neither, never both. */
static bool read_file(void *context)
{
    (void)context;
    struct eb_arena arena;
    struct eb_diag_list diags;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    bool is_read = eb_json_read_file(&doc, eb_span_of(texts[0]), "f.json", 1, &arena, &diags);
    assert_int_equal(diags.is_out_of_memory, !is_read);
    assert_int_equal(diags.errors, !is_read);
    eb_diag_list_release(&diags);
    eb_arena_release(&arena);
    return is_read;
}

static void read_file__says_when_memory_runs_out(void **state)
{
    (void)state;
    assert_in_range(eb_fail_each_allocation(read_file, NULL), 1, 10);
}

/* An error is counted even when it cannot be kept. */
static bool report(void *context)
{
    const struct eb_doc *doc = context;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    eb_doc_diag(&diags, EB_ERROR, doc, 2, "expected %s", "something else");
    assert_int_equal(diags.errors, 1);
    bool is_whole = diags.count == 1 && diags.first->pointer;
    eb_diag_list_release(&diags);
    return is_whole;
}

static void diag__is_counted_without_memory(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(&doc, eb_span_of(texts[0]), &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
    doc.name = "f.json";
    assert_in_range(eb_fail_each_allocation(report, &doc), 2, 10);
    eb_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hot_path__never_asks_for_memory),
        cmocka_unit_test(read_file__says_when_memory_runs_out),
        cmocka_unit_test(diag__is_counted_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
