/*
 * The official JSON Schema suite: every required test of every draft, then the optional ones.
 *
 *     test_conformance_schema CONFORMANCE_DIR     or $EB_CONFORMANCE_DIR
 *
 * The suite's remotes/ are known as http://localhost:1234/…; nothing is fetched. Prints, per draft
 * and kind, how many assertions held; a test that does not hold here must stand in `exceptions`
 * with its reason.
 */
#include "eb_test.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/limits.h"
#include "schema/schema.h"
#include "json/reader.h"

enum {
    EVENT_ARENA_BYTES = 64 * 1024 * 1024,
    REQUIRED_MIN = 4942, /* fewer than this were not the whole suite */
    PATH_BYTES_MAX = 4096,
    REMOTES_MAX = 256,
};

struct draft {
    const char *directory;
    enum eb_draft draft;
};

static const struct draft drafts[] = {
    { "draft4", EB_DRAFT_4 },
    { "draft6", EB_DRAFT_6 },
    { "draft7", EB_DRAFT_7 },
    { "draft2019-09", EB_DRAFT_2019_09 },
    { "draft2020-12", EB_DRAFT_2020_12 },
};

/* Tests that do not hold here, each with its reason. */
static const struct {
    const char *file, *group, *test, *reason;
} exceptions[] = {
    { NULL, NULL, NULL, NULL },
};

struct remote {
    char uri[PATH_BYTES_MAX];
    char *text;
    size_t len;
};

static struct remote remotes[REMOTES_MAX];
static size_t remote_count;
static const char *conformance_dir;

struct tally {
    size_t passed, failed, excepted;
};

/* One group's schema, and where it is tried. */
struct trial {
    const struct draft *draft;
    const char *file;
    struct eb_arena compiled;
    struct eb_arena event;
    struct eb_regex_runner *runner;
    struct eb_schema_library *library;
    const struct eb_schema *schema;
};

/* ---- files ---- */

static char *read_whole(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*len + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *len, file), *len);
    fclose(file);
    return text;
}

static void each_file(const char *directory, const char *below, bool is_deep,
    void (*use)(const char *path, const char *below, void *context), void *context)
{
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, below);
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        char inner[PATH_BYTES_MAX], whole[2 * PATH_BYTES_MAX];
        snprintf(inner, sizeof inner, "%s%s%s", below, *below ? "/" : "", name);
        snprintf(whole, sizeof whole, "%s/%s", directory, inner);
        size_t len = strlen(name);
        if (len > 5 && strcmp(name + len - 5, ".json") == 0)
            use(whole, inner, context);
        else if (is_deep && name[0] != '.')
            each_file(directory, inner, true, use, context);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

static void load_remote(const char *path, const char *below, void *context)
{
    (void)context;
    assert_true(remote_count < REMOTES_MAX);
    struct remote *remote = &remotes[remote_count++];
    snprintf(remote->uri, sizeof remote->uri, "http://localhost:1234/%s", below);
    remote->text = read_whole(path, &remote->len);
}

/* ---- a schema ---- */

static void print_diags(const struct eb_diag_list *diags)
{
    for (const struct eb_diag *diag = diags->first; diag; diag = diag->next) {
        char text[1000];
        eb_diag_format(diag, text, sizeof text);
        print_error("    %s\n", text);
    }
}

static bool add_remote(struct trial *trial, const struct remote *remote)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_doc doc;
    bool is_added = eb_json_read_file(&doc, eb_span(remote->text, remote->len), remote->uri, 1,
                        &trial->compiled, &diags) &&
                    eb_schema_library_add(trial->library, eb_span_of(remote->uri), &doc, &diags);
    eb_diag_list_release(&diags);
    return is_added;
}

/* Metaschemas come after schemas that name them in some directories: what fails is tried again. */
static void add_remotes(struct trial *trial)
{
    bool is_added[REMOTES_MAX] = { false };
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < remote_count; i++)
            is_added[i] = is_added[i] || add_remote(trial, &remotes[i]);
    }
}

static bool mentions(struct eb_span text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static void compile(struct trial *trial, struct eb_span text)
{
    static const struct eb_span uri = EB_SPAN("https://example.com/schema-under-test");
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_doc doc;
    if (mentions(text, "localhost:1234"))
        add_remotes(trial);
    trial->schema = NULL;
    if (eb_json_read_file(&doc, text, "schema", 1, &trial->compiled, &diags) &&
        eb_schema_library_add(trial->library, uri, &doc, &diags))
        trial->schema = eb_schema_compile(trial->library, uri, &diags);
    if (!trial->schema)
        print_diags(&diags);
    eb_diag_list_release(&diags);
}

/* ---- judging ---- */

static const char *exception(const char *file, struct eb_span group, struct eb_span test)
{
    for (size_t i = 0; exceptions[i].file; i++) {
        if (strstr(file, exceptions[i].file) && eb_span_is(group, exceptions[i].group) &&
            (!exceptions[i].test || eb_span_is(test, exceptions[i].test)))
            return exceptions[i].reason;
    }
    return NULL;
}

static enum eb_validity judge(struct trial *trial, struct eb_span text)
{
    eb_arena_reset(&trial->event);
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(&doc, text, &eb_json_limits_max, &trial->event, &fault), EB_JSON_OK);
    struct eb_fault faults[EB_FAULTS_DEFAULT];
    struct eb_validation validation = {
        .arena = &trial->event,
        .runner = trial->runner,
        .faults = faults,
        .fault_max = EB_FAULTS_DEFAULT,
    };
    enum eb_validity validity = eb_schema_validate(trial->schema, &doc, &validation);
    assert_int_equal(validity == EB_VALID, validation.fault_count == 0);
    return validity;
}

static struct eb_span text_of(const struct eb_doc *doc, uint32_t object, const char *name)
{
    return eb_doc_raw(doc, eb_doc_member(doc, object, name));
}

static void judge_test(struct trial *trial, const struct eb_doc *doc, uint32_t group, uint32_t test,
    struct tally *tally)
{
    struct eb_span data = eb_doc_source(doc, eb_doc_member(doc, test, "data"));
    bool want = eb_doc_type(doc, eb_doc_member(doc, test, "valid")) == EB_JSON_TRUE;
    bool holds = trial->schema && judge(trial, data) == (want ? EB_VALID : EB_INVALID);
    if (holds) {
        tally->passed++;
        return;
    }
    struct eb_span group_name = text_of(doc, group, "description");
    struct eb_span test_name = text_of(doc, test, "description");
    if (exception(trial->file, group_name, test_name)) {
        tally->excepted++;
        return;
    }
    tally->failed++;
    print_error("%s: %.*s: %.*s: want %s\n", trial->file, (int)group_name.len, group_name.ptr,
        (int)test_name.len, test_name.ptr, want ? "valid" : "invalid");
}

static void judge_group(struct trial *trial, const struct eb_doc *doc, uint32_t group,
    struct eb_schema_options options, struct tally *tally)
{
    eb_arena_init_growing(&trial->compiled, SIZE_MAX);
    trial->library = eb_schema_library_new(&trial->compiled, options);
    assert_non_null(trial->library);
    compile(trial, eb_doc_source(doc, eb_doc_member(doc, group, "schema")));
    EB_DOC_EACH_ELEMENT(doc, eb_doc_member(doc, group, "tests"), test)
    judge_test(trial, doc, group, test, tally);
    eb_schema_library_free(trial->library);
    eb_arena_release(&trial->compiled);
}

struct pass {
    const struct draft *draft;
    bool asserts_formats;
    struct tally tally;
};

static void judge_file(const char *path, const char *below, void *context)
{
    struct pass *pass = context;
    struct trial trial = { .draft = pass->draft, .file = below };
    struct eb_schema_options options = { .default_draft = pass->draft->draft,
        .asserts_formats = pass->asserts_formats };
    assert_true(eb_arena_init_reserved(&trial.event, EVENT_ARENA_BYTES));
    trial.runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    assert_non_null(trial.runner);
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    size_t len;
    char *text = read_whole(path, &len);
    struct eb_doc doc;
    assert_true(eb_json_read_file(&doc, eb_span(text, len), path, 1, &arena, &diags));
    EB_DOC_EACH_ELEMENT(&doc, 0, group)
    judge_group(&trial, &doc, group, options, &pass->tally);
    eb_arena_release(&arena);
    free(text);
    eb_regex_runner_free(trial.runner);
    eb_arena_release(&trial.event);
}

/* ---- the suite ---- */

static struct tally run_directory(const struct draft *draft, const char *below, bool asserts)
{
    char root[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    snprintf(root, sizeof root, "%s/json-schema-test-suite/tests", conformance_dir);
    snprintf(path, sizeof path, "%s%s", draft->directory, below);
    struct pass pass = { .draft = draft, .asserts_formats = asserts };
    each_file(root, path, false, judge_file, &pass);
    return pass.tally;
}

static size_t run_kind(const char *kind, const char *below, bool asserts_formats)
{
    struct tally all = { 0 };
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++) {
        struct tally tally = run_directory(&drafts[i], below, asserts_formats);
        printf("%-16s %-13s passed %4zu   failed %2zu   excepted %2zu\n", kind, drafts[i].directory,
            tally.passed, tally.failed, tally.excepted);
        all.passed += tally.passed;
        all.failed += tally.failed;
        all.excepted += tally.excepted;
    }
    assert_int_equal(all.failed, 0);
    return all.passed;
}

static void required__all_hold(void **state)
{
    (void)state;
    assert_true(run_kind("required", "", false) >= REQUIRED_MIN);
}

static void optional__hold_but_for_listed_exceptions(void **state)
{
    (void)state;
    assert_true(run_kind("optional", "/optional", true) > 0);
}

static void formats__hold_when_asserted(void **state)
{
    (void)state;
    assert_true(run_kind("optional/format", "/optional/format", true) > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(required__all_hold),
        cmocka_unit_test(optional__hold_but_for_listed_exceptions),
        cmocka_unit_test(formats__hold_when_asserted),
    };
    conformance_dir = argc > 1 ? argv[1] : getenv("EB_CONFORMANCE_DIR");
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/json-schema-test-suite/remotes",
        conformance_dir ? conformance_dir : ".");
    DIR *directory = opendir(path);
    if (!directory) {
        printf("skipped: no JSON Schema suite at %s\n", path);
        return 0;
    }
    closedir(directory);
    each_file(path, "", true, load_remote, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < remote_count; i++)
        free(remotes[i].text);
    return failed;
}
