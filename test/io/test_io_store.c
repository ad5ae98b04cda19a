/* A change of the managed directory is made whole or not at all, whichever call fails. */
#include "eb_test.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "eb_tree.h"
#include "io/failing_calls.h"
#include "store/managed.h"
#include "store/replace.h"
#include "store/store.h"

static struct eb_tree tree;

static int set_up(void **state)
{
    (void)state;
    eb_tree_make(&tree);
    eb_tree_write(&tree, "event-bus.json", "{\"version\":1,\"managed\":\"m\",\"rules\":\"rules\"}");
    eb_tree_write(&tree, "rules/a.json", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"b\"}]}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eb_tree_remove(&tree);
    return 0;
}

/* The file's text; "": it is not there. */
static const char *text_of(const char *name)
{
    static char text[256];
    FILE *file = fopen(eb_tree_path(&tree, name), "r");
    text[file ? fread(text, 1, sizeof text - 1, file) : 0] = '\0';
    if (file)
        fclose(file);
    return text;
}

static size_t count_entries(const char *name)
{
    size_t count = 0;
    DIR *stream = opendir(eb_tree_path(&tree, name));
    for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (stream)
        closedir(stream);
    return count;
}

/* A rule is called r, a schema s@1. */
static const struct change_case {
    enum eb_managed_kind kind;
    const char *file, *directory;
    const char *before, *after; /* "": it is not there */
    size_t entries_after;       /* of the directory */
    size_t calls;               /* made to fail, at least, for each error */
} change_cases[] = {
    { EB_MANAGED_RULE, "m/rules/r.json", "m/rules", "", "NEW", 1, 12 },
    { EB_MANAGED_RULE, "m/rules/r.json", "m/rules", "OLD", "NEW", 1, 10 },
    { EB_MANAGED_RULE, "m/rules/r.json", "m/rules", "OLD", "", 0, 5 },
    { EB_MANAGED_SCHEMA, "m/schemas/s/1.json", "m/schemas/s", "", "true", 1, 14 },
    { EB_MANAGED_SCHEMA, "m/schemas/s/1.json", "m/schemas/s", "true", "", 1, 6 },
};

static struct eb_managed_change change_of(const struct change_case *want)
{
    return (struct eb_managed_change){
        .kind = want->kind,
        .name = eb_span_of(want->kind == EB_MANAGED_SCHEMA ? "s" : "r"),
        .version = 1,
        .text = *want->after ? eb_span_of(want->after) : eb_span(NULL, 0),
    };
}

struct change_attempt {
    const struct change_case *want;
    const struct eb_store *store;
};

static void begin_again(const struct change_case *want)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf %s", eb_tree_path(&tree, "m"));
    assert_int_equal(system(command), 0);
    if (*want->before)
        eb_tree_write(&tree, want->file, want->before);
}

static void change(void *context)
{
    const struct change_attempt *attempt = context;
    const struct change_case *want = attempt->want;
    begin_again(want);
    size_t files = eb_open_files();
    struct eb_managed_change wanted = change_of(want);
    int error = eb_managed_write(attempt->store, &wanted);
    const char *failed = eb_failed_call();
    const char *text = text_of(want->file);
    /* That a file which nobody sees any more could not be removed changes nothing. */
    bool must_tell = failed && strcmp(failed, "unlinkat") != 0;
    if ((error != 0) != must_tell)
        fail_msg("%s, %s failed: the answer is %d", want->file, failed, error);
    if (strcmp(text, error ? want->before : want->after) != 0)
        fail_msg("%s, %s failed: it holds '%s'", want->file, failed, text);
    size_t entries = error ? *want->before != '\0' : want->entries_after;
    if ((error || !failed) && count_entries(want->directory) > entries)
        fail_msg("%s, %s failed: %zu files are left", want->file, failed,
            count_entries(want->directory));
    assert_int_equal(eb_open_files(), files);
}

static struct eb_store *read_store(void)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_store *store = eb_store_read(tree.path, &diags);
    assert_int_equal(diags.errors, 0);
    eb_diag_list_release(&diags);
    return store;
}

static void change__is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    struct eb_store *store = read_store();
    for (size_t i = 0; i < sizeof change_cases / sizeof *change_cases; i++) {
        struct change_attempt attempt = { &change_cases[i], store };
        size_t failed = eb_fail_each_call(change, &attempt);
        print_message("%s from '%s': %zu calls made to fail\n", change_cases[i].file,
            change_cases[i].before, failed);
        assert_true(failed >= 3 * change_cases[i].calls);
    }
    eb_store_free(store);
}

static void change__is_whole_when_the_system_writes_byte_by_byte(void **state)
{
    (void)state;
    struct eb_store *store = read_store();
    eb_shorten_calls(true);
    struct change_attempt attempt = { &change_cases[1], store };
    change(&attempt);
    eb_shorten_calls(false);
    eb_store_free(store);
}

/* What is found in the way of its own temporary files is no obstacle. */
static void change__passes_over_what_a_crash_left_behind(void **state)
{
    (void)state;
    struct eb_store *store = read_store();
    begin_again(&change_cases[1]);
    eb_tree_write(&tree, "m/rules/.r.json.new", "half of some");
    eb_tree_write(&tree, "m/rules/.r.json.old", "an older one");
    struct eb_managed_change wanted = change_of(&change_cases[1]);
    assert_int_equal(eb_managed_write(store, &wanted), 0);
    assert_string_equal(text_of("m/rules/r.json"), "NEW");
    assert_int_equal(count_entries("m/rules"), 1);
    eb_store_free(store);
}

/* A file that need not last: as with the statistics'. */
static void replace(void *context)
{
    (void)context;
    eb_tree_write(&tree, "statistics/s.prom", "OLD");
    size_t files = eb_open_files();
    DIR *stream = opendir(eb_tree_path(&tree, "statistics"));
    const struct eb_replacement replacement = {
        .directory = dirfd(stream), .name = "s.prom", .text = EB_SPAN("NEW"), .mode = 0644
    };
    int error = eb_file_replace(&replacement);
    closedir(stream);
    const char *failed = eb_failed_call();
    assert_int_equal(error != 0, failed != NULL);
    assert_string_equal(text_of("statistics/s.prom"), error ? "OLD" : "NEW");
    assert_int_equal(count_entries("statistics"), 1);
    assert_int_equal(eb_open_files(), files);
}

static void replacement__leaves_the_old_or_the_new_and_nothing_beside_it(void **state)
{
    (void)state;
    assert_int_equal(eb_fail_each_call(replace, NULL), 3 * 4);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void read_all(void *context)
{
    (void)context;
    size_t files = eb_open_files();
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_store *store = eb_store_read(tree.path, &diags);
    const char *failed = eb_failed_call();
    bool is_sound = store && diags.errors == 0;
    if (is_sound == (failed != NULL))
        fail_msg("%s failed, and that is %s", failed, is_sound ? "no error" : "not all");
    if (failed && !strstr(diags.first->text, "cannot be read"))
        fail_msg("%s failed, and the diagnostic is: %s", failed, diags.first->text);
    if (is_sound)
        assert_int_equal(eb_store_configuration(store)->rule_count, 2);
    eb_store_free(store);
    eb_diag_list_release(&diags);
    assert_int_equal(eb_open_files(), files);
}

static void reading__fails_with_the_file_that_cannot_be_read(void **state)
{
    (void)state;
    eb_tree_write(&tree, "m/rules/b.json", "{\"from\":[\"a\"],\"to\":[{\"topic\":\"c\"}]}");
    size_t failed = eb_fail_each_call(read_all, NULL);
    print_message("%zu calls made to fail\n", failed);
    assert_true(failed > 3 * 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(change__is_made_whole_or_not_at_all),
        TEST(change__is_whole_when_the_system_writes_byte_by_byte),
        TEST(change__passes_over_what_a_crash_left_behind),
        TEST(replacement__leaves_the_old_or_the_new_and_nothing_beside_it),
        TEST(reading__fails_with_the_file_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
