#include "read_text.h"

#include "json/writer.h"

static void write_sample(struct eb_json_writer *writer)
{
    eb_json_open_object(writer);
    eb_json_write_name(writer, eb_span_of("a\"b"));
    eb_json_open_array(writer);
    eb_json_write_int(writer, INT64_MIN);
    eb_json_write_bool(writer, true);
    eb_json_write_bool(writer, false);
    eb_json_write_null(writer);
    eb_json_open_object(writer);
    eb_json_close_object(writer);
    eb_json_open_array(writer);
    eb_json_close_array(writer);
    eb_json_close_array(writer);
    eb_json_write_name(writer, eb_span_of("raw"));
    eb_json_write_raw(writer, eb_span_of("1.50"));
    eb_json_write_name(writer, eb_span_of("parts"));
    eb_json_open_string(writer);
    eb_json_write_string_part(writer, eb_span_of("x\n"));
    eb_json_write_string_part(writer, eb_span_of(""));
    eb_json_write_string_part(writer, eb_span_of("\\y"));
    eb_json_close_string(writer);
    eb_json_close_object(writer);
}

static const char sample[] = "{\"a\\\"b\":[-9223372036854775808,true,false,null,{},[]],\"raw\":1."
                             "50,\"parts\":\"x\\n\\\\y\"}";

static void writer__puts_the_commas(void **state)
{
    (void)state;
    char out[200];
    struct eb_json_writer writer;
    eb_json_writer_init(&writer, out, sizeof out);
    write_sample(&writer);
    assert_span_equal(eb_json_writer_finish(&writer), sample);
}

static void writer__overflows_at_every_size_but_the_right_one(void **state)
{
    (void)state;
    char out[sizeof sample];
    for (size_t bytes = 0; bytes < sizeof sample; bytes++) {
        struct eb_json_writer writer;
        eb_json_writer_init(&writer, out, bytes);
        out[bytes] = '#';
        write_sample(&writer);
        bool is_enough = bytes == sizeof sample - 1;
        assert_int_equal(writer.is_overflown, !is_enough);
        assert_span_equal(eb_json_writer_finish(&writer), is_enough ? sample : NULL);
        assert_int_equal(out[bytes], '#');
    }
}

static void writer__escapes_what_must_be_and_no_more(void **state)
{
    (void)state;
    static const struct {
        struct eb_span value;
        const char *want;
    } cases[] = {
        { EB_SPAN(""), "\"\"" },
        { EB_SPAN("a/b<>&'\x7f"), "\"a/b<>&'\x7f\"" },
        { EB_SPAN("\"\\"), "\"\\\"\\\\\"" },
        { EB_SPAN("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
        { EB_SPAN("\0\x01\x1f"), "\"\\u0000\\u0001\\u001f\"" },
        { EB_SPAN("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
        { EB_SPAN("a\xffz"), "\"a\xef\xbf\xbdz\"" },
        { EB_SPAN("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { EB_SPAN("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[100];
        struct eb_json_writer writer;
        eb_json_writer_init(&writer, out, sizeof out);
        eb_json_write_string(&writer, cases[i].value);
        assert_span_equal(eb_json_writer_finish(&writer), cases[i].want);
    }
}

static void writer__encodes_base64_as_rfc_4648_shows(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "\"\"" },
        { "f", "\"Zg==\"" },
        { "fo", "\"Zm8=\"" },
        { "foo", "\"Zm9v\"" },
        { "foob", "\"Zm9vYg==\"" },
        { "fooba", "\"Zm9vYmE=\"" },
        { "foobar", "\"Zm9vYmFy\"" },
        { "\xfb\xff\xbf", "\"+/+/\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[100];
        struct eb_json_writer writer;
        eb_json_writer_init(&writer, out, sizeof out);
        eb_json_write_base64(&writer, eb_span_of(cases[i][0]));
        assert_span_equal(eb_json_writer_finish(&writer), cases[i][1]);
    }
}

static void writer__encodes_base64_whole_or_not_at_all(void **state)
{
    (void)state;
    char out[10];
    for (size_t bytes = 0; bytes <= sizeof out; bytes++) {
        struct eb_json_writer writer;
        eb_json_writer_init(&writer, out, bytes);
        eb_json_write_base64(&writer, eb_span_of("foobar"));
        assert_span_equal(eb_json_writer_finish(&writer), bytes == 10 ? "\"Zm9vYmFy\"" : NULL);
    }
}

static void writer__writes_every_size_of_integer(void **state)
{
    (void)state;
    static const int64_t values[] = { 0, 7, -7, 10, -100, INT32_MAX, INT64_MAX, INT64_MIN };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char out[32], want[32];
        struct eb_json_writer writer;
        eb_json_writer_init(&writer, out, sizeof out);
        eb_json_write_int(&writer, values[i]);
        snprintf(want, sizeof want, "%lld", (long long)values[i]);
        assert_span_equal(eb_json_writer_finish(&writer), want);
    }
}

static void writer__grows_in_an_arena_and_keeps_what_it_wrote(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 1 << 20));
    eb_arena_alloc(&arena, 3, 1);
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &arena);
    eb_json_open_array(&writer);
    for (int i = 0; i < 1000; i++)
        write_sample(&writer);
    eb_json_close_array(&writer);
    struct eb_span written = eb_json_writer_finish(&writer);
    assert_int_equal(written.len, 1000 * sizeof sample + 1);
    assert_int_equal(eb_arena_bytes(&arena), 3 + written.len);
    assert_memory_equal(written.ptr + sizeof sample, ",{\"a", 4);
    eb_arena_release(&arena);
}

static void writer__gives_everything_back_when_the_arena_is_full(void **state)
{
    (void)state;
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 4096));
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &arena);
    for (int i = 0; i < 100; i++)
        write_sample(&writer);
    assert_true(writer.is_overflown);
    assert_span_equal(eb_json_writer_finish(&writer), NULL);
    assert_int_equal(eb_arena_bytes(&arena), 0);
    eb_json_writer_init_arena(&writer, &arena);
    for (int i = 0; i < 4094; i += 2)
        eb_json_write_int(&writer, 1);
    eb_json_write_int(&writer, 1);
    assert_int_equal(eb_json_writer_finish(&writer).len, 4095);
    eb_arena_release(&arena);
}

static void writer__goes_on_with_bytes_wherever_it_stands(void **state)
{
    (void)state;
    char out[64];
    struct eb_json_writer writer;
    eb_json_writer_init(&writer, out, sizeof out);
    eb_json_open_array(&writer);
    eb_json_write_int(&writer, 1);
    eb_json_write_bytes(&writer, eb_span_of(",{\"a\":"));
    eb_json_write_bytes(&writer, eb_span_of("2}"));
    eb_json_write_int(&writer, 3);
    eb_json_close_array(&writer);
    assert_span_equal(eb_json_writer_finish(&writer), "[1,{\"a\":2},3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writer__puts_the_commas),
        cmocka_unit_test(writer__overflows_at_every_size_but_the_right_one),
        cmocka_unit_test(writer__escapes_what_must_be_and_no_more),
        cmocka_unit_test(writer__encodes_base64_as_rfc_4648_shows),
        cmocka_unit_test(writer__encodes_base64_whole_or_not_at_all),
        cmocka_unit_test(writer__writes_every_size_of_integer),
        cmocka_unit_test(writer__grows_in_an_arena_and_keeps_what_it_wrote),
        cmocka_unit_test(writer__goes_on_with_bytes_wherever_it_stands),
        cmocka_unit_test(writer__gives_everything_back_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
