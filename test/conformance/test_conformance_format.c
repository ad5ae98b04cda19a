/*
 * The official suite's optional/format tests, put to the checks themselves: every string that a
 * schema of nothing but a format judges.
 *
 *     test_conformance_format CONFORMANCE_DIR     or $EB_CONFORMANCE_DIR
 */
#include "eb_test.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/limits.h"
#include "text/format.h"
#include "json/doc.h"
#include "json/reader.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024,
    STRINGS_MIN = 2286, /* fewer than this were not the whole suite */
};

static const char *const drafts[] = { "draft4", "draft6", "draft7", "draft2019-09",
    "draft2020-12" };

/* Tests that do not hold here, each with its reason. There are none. */
static const struct {
    const char *format, *value, *reason;
} exceptions[] = {
    { NULL, NULL, NULL },
};

static const char *conformance_dir;

struct tally {
    size_t strings, failed, excepted;
};

static bool is_exception(const struct eb_format *format, struct eb_span value)
{
    for (size_t i = 0; exceptions[i].format; i++) {
        if (strcmp(exceptions[i].format, eb_format_name(format)) == 0 &&
            eb_span_is(value, exceptions[i].value))
            return true;
    }
    return false;
}

static void judge_test(const struct eb_doc *doc, uint32_t test, const struct eb_format *format,
    struct eb_arena *arena, struct tally *tally)
{
    uint32_t token = eb_doc_member(doc, test, "data");
    bool want = eb_doc_type(doc, eb_doc_member(doc, test, "valid")) == EB_JSON_TRUE;
    if (eb_doc_type(doc, token) != EB_JSON_STRING)
        return;
    struct eb_span value = eb_doc_string(doc, token, arena);
    assert_non_null(value.ptr);
    tally->strings++;
    if (eb_format_check(format, value) == want)
        return;
    if (is_exception(format, value)) {
        tally->excepted++;
        return;
    }
    struct eb_span raw = eb_doc_raw(doc, token);
    print_error("%s %s: \"%.*s\": want %s\n", doc->name, eb_format_name(format), (int)raw.len,
        raw.ptr, want ? "valid" : "invalid");
    tally->failed++;
}

static void judge_group(
    const struct eb_doc *doc, uint32_t group, struct eb_arena *arena, struct tally *tally)
{
    uint32_t schema = eb_doc_member(doc, group, "schema");
    uint32_t name = eb_doc_member(doc, schema, "format");
    if (name == EB_NO_TOKEN)
        return;
    const struct eb_format *format = eb_format_find(eb_doc_string(doc, name, arena));
    if (!format)
        return;
    EB_DOC_EACH_ELEMENT(doc, eb_doc_member(doc, group, "tests"), test)
    judge_test(doc, test, format, arena, tally);
}

static char *read_whole(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*len + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *len, file), *len);
    fclose(file);
    return text;
}

static void judge_file(const char *path, struct tally *tally)
{
    size_t len = 0;
    char *text = read_whole(path, &len);
    assert_non_null(text);
    struct eb_arena arena;
    assert_true(eb_arena_init_reserved(&arena, ARENA_BYTES));
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(&doc, eb_span(text, len), &eb_json_limits_max, &arena, &fault), EB_JSON_OK);
    doc.name = path;
    EB_DOC_EACH_ELEMENT(&doc, 0, group)
    judge_group(&doc, group, &arena, tally);
    eb_arena_release(&arena);
    free(text);
}

static void judge_directory(const char *path, struct tally *tally)
{
    DIR *directory = opendir(path);
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (!strstr(entry->d_name, ".json"))
            continue;
        char *file;
        assert_true(asprintf(&file, "%s/%s", path, entry->d_name) > 0);
        judge_file(file, tally);
        free(file);
    }
    closedir(directory);
}

static void format_suite__holds(void **state)
{
    (void)state;
    struct tally all = { 0, 0, 0 };
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++) {
        char *path;
        assert_true(asprintf(&path, "%s/json-schema-test-suite/tests/%s/optional/format",
                        conformance_dir, drafts[i]) > 0);
        struct tally tally = { 0, 0, 0 };
        judge_directory(path, &tally);
        free(path);
        print_message("%-13s %4zu strings, %zu failed, %zu excepted\n", drafts[i], tally.strings,
            tally.failed, tally.excepted);
        all.strings += tally.strings;
        all.failed += tally.failed;
    }
    if (all.strings == 0) {
        print_message("skipped: the official suite is not at %s\n", conformance_dir);
        skip();
    }
    assert_int_equal(all.failed, 0);
    assert_true(all.strings >= STRINGS_MIN);
}

int main(int argc, char **argv)
{
    conformance_dir = getenv("EB_CONFORMANCE_DIR");
    if (!conformance_dir)
        conformance_dir = argc > 1 ? argv[1] : "../shared/conformance";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_suite__holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
