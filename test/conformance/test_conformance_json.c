/*
 * The JSON parsing test suite: every y_ file accepted, every n_ file refused, and what we answer to
 * the i_ files, which RFC 8259 leaves open.
 *
 *     test_conformance_json CONFORMANCE_DIR     or $EB_CONFORMANCE_DIR
 */
#include "eb_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "json/reader.h"

/*
 * Numbers are kept as written, so none is too big; bytes that are not UTF-8, halves of surrogate
 * pairs and byte order marks are refused. The two y_ files are grammatical (RFC 8259 §4: names
 * SHOULD be unique) and refused all the same: see reader.h.
 */
static const struct {
    const char *file;
    enum eb_json_code want;
} decided[] = {
    { "i_number_double_huge_neg_exp.json", EB_JSON_OK },
    { "i_number_huge_exp.json", EB_JSON_OK },
    { "i_number_neg_int_huge_exp.json", EB_JSON_OK },
    { "i_number_pos_double_huge_exp.json", EB_JSON_OK },
    { "i_number_real_neg_overflow.json", EB_JSON_OK },
    { "i_number_real_pos_overflow.json", EB_JSON_OK },
    { "i_number_real_underflow.json", EB_JSON_OK },
    { "i_number_too_big_neg_int.json", EB_JSON_OK },
    { "i_number_too_big_pos_int.json", EB_JSON_OK },
    { "i_number_very_big_negative_int.json", EB_JSON_OK },
    { "i_object_key_lone_2nd_surrogate.json", EB_JSON_SURROGATE },
    { "i_string_1st_surrogate_but_2nd_missing.json", EB_JSON_SURROGATE },
    { "i_string_1st_valid_surrogate_2nd_invalid.json", EB_JSON_SURROGATE },
    { "i_string_UTF-16LE_with_BOM.json", EB_JSON_SYNTAX },
    { "i_string_UTF-8_invalid_sequence.json", EB_JSON_UTF8 },
    { "i_string_UTF8_surrogate_U+D800.json", EB_JSON_UTF8 },
    { "i_string_incomplete_surrogate_and_escape_valid.json", EB_JSON_SURROGATE },
    { "i_string_incomplete_surrogate_pair.json", EB_JSON_SURROGATE },
    { "i_string_incomplete_surrogates_escape_valid.json", EB_JSON_SURROGATE },
    { "i_string_invalid_lonely_surrogate.json", EB_JSON_SURROGATE },
    { "i_string_invalid_surrogate.json", EB_JSON_SURROGATE },
    { "i_string_invalid_utf-8.json", EB_JSON_UTF8 },
    { "i_string_inverted_surrogates_U+1D11E.json", EB_JSON_SURROGATE },
    { "i_string_iso_latin_1.json", EB_JSON_UTF8 },
    { "i_string_lone_second_surrogate.json", EB_JSON_SURROGATE },
    { "i_string_lone_utf8_continuation_byte.json", EB_JSON_UTF8 },
    { "i_string_not_in_unicode_range.json", EB_JSON_UTF8 },
    { "i_string_overlong_sequence_2_bytes.json", EB_JSON_UTF8 },
    { "i_string_overlong_sequence_6_bytes.json", EB_JSON_UTF8 },
    { "i_string_overlong_sequence_6_bytes_null.json", EB_JSON_UTF8 },
    { "i_string_truncated-utf-8.json", EB_JSON_UTF8 },
    { "i_string_utf16BE_no_BOM.json", EB_JSON_SYNTAX },
    { "i_string_utf16LE_no_BOM.json", EB_JSON_SYNTAX },
    { "i_structure_500_nested_arrays.json", EB_JSON_OK },
    { "i_structure_UTF-8_BOM_empty_object.json", EB_JSON_SYNTAX },
    { "y_object_duplicated_key.json", EB_JSON_DUPLICATE_NAME },
    { "y_object_duplicated_key_and_value.json", EB_JSON_DUPLICATE_NAME },
};

enum { DECIDED_COUNT = sizeof decided / sizeof *decided, BYTES_MAX = 1 << 20 };

static const char *conformance_dir;

static struct eb_span read_whole(DIR *directory, const char *file, char *out)
{
    int fd = openat(dirfd(directory), file, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t len = read(fd, out, BYTES_MAX);
    assert_in_range(len, 0, BYTES_MAX - 1);
    close(fd);
    return eb_span(out, (size_t)len);
}

static bool is_as_wanted(const char *file, enum eb_json_code got)
{
    for (size_t i = 0; i < DECIDED_COUNT; i++) {
        if (strcmp(decided[i].file, file) == 0)
            return got == decided[i].want;
    }
    switch (file[0]) {
    case 'y': return got == EB_JSON_OK;
    case 'n': return got != EB_JSON_OK;
    default: return false; /* an i_ file about which nothing is decided */
    }
}

static void reader__answers_the_parsing_suite(void **state)
{
    (void)state;
    char directory[512];
    snprintf(directory, sizeof directory, "%s/json-test-suite/test_parsing", conformance_dir);
    DIR *files = opendir(directory);
    if (!files) {
        print_message("skipped: the JSON parsing suite is not at %s\n", directory);
        skip();
    }
    static char bytes[BYTES_MAX];
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, 64 << 20));
    unsigned passed = 0, failed = 0, kinds[256] = { 0 };
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        const char *file = entry->d_name;
        if (file[0] == '.')
            continue;
        struct eb_doc doc;
        struct eb_json_fault fault;
        eb_arena_reset(&arena);
        enum eb_json_code got =
            eb_json_read(&doc, read_whole(files, file, bytes), &eb_json_limits_max, &arena, &fault);
        bool is_good = is_as_wanted(file, got);
        if (!is_good)
            print_error("%s: got %s\n", file, eb_json_code_text(got));
        is_good ? passed++ : failed++;
        kinds[(unsigned char)file[0]]++;
    }
    closedir(files);
    eb_arena_release(&arena);
    print_message("JSON parsing suite: %u y_, %u n_, %u i_: %u passed, %u failed, 0 skipped\n",
        kinds['y'], kinds['n'], kinds['i'], passed, failed);
    assert_int_equal(failed, 0);
    assert_true(kinds['y'] >= 95 && kinds['n'] >= 188 && kinds['i'] >= 35);
}

int main(int argc, char **argv)
{
    conformance_dir = getenv("EB_CONFORMANCE_DIR");
    if (!conformance_dir)
        conformance_dir = argc > 1 ? argv[1] : "../shared/conformance";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader__answers_the_parsing_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
