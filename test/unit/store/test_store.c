#include "eb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eb_tree.h"
#include "store/disk.h"
#include "store/entry_text.h"
#include "store/store.h"

struct fixture {
    struct eb_tree tree;
    struct eb_diag_list diags;
    struct eb_store *store;
    const struct eb_configuration *configuration;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    eb_tree_make(&fixture->tree);
    eb_diag_list_init(&fixture->diags);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    eb_store_free(fixture->store);
    eb_diag_list_release(&fixture->diags);
    eb_tree_remove(&fixture->tree);
    free(fixture);
    return 0;
}

static void read_at(struct fixture *fixture, const char *name)
{
    eb_store_free(fixture->store);
    eb_diag_list_release(&fixture->diags);
    fixture->store = eb_store_read(eb_tree_path(&fixture->tree, name), &fixture->diags);
    fixture->configuration = fixture->store ? eb_store_configuration(fixture->store) : NULL;
}

/* The settings that say the least, then everything. */
static void read_tree(struct fixture *fixture)
{
    if (access(eb_tree_path(&fixture->tree, "event-bus.json"), F_OK) != 0)
        eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1}");
    read_at(fixture, "");
}

static void print_diags(const struct fixture *fixture)
{
    for (const struct eb_diag *diag = fixture->diags.first; diag; diag = diag->next) {
        char line[4096];
        eb_diag_format(diag, line, sizeof line);
        print_error("%s\n", line);
    }
}

static void assert_no_diags(const struct fixture *fixture)
{
    if (fixture->diags.errors || fixture->diags.count)
        print_diags(fixture);
    assert_int_equal(fixture->diags.errors + fixture->diags.count, 0);
}

/* The one error there is, about `file` in the tree. */
static void assert_error(struct fixture *fixture, const char *file, const char *text)
{
    const struct eb_diag *diag = fixture->diags.first;
    if (fixture->diags.errors != 1)
        print_diags(fixture);
    assert_int_equal(fixture->diags.errors, 1);
    assert_string_equal(diag->file, eb_tree_path(&fixture->tree, file));
    assert_string_equal(diag->text, text);
}

/* ---- where things are ---- */

static void store__reads_a_file_or_its_directory(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "etc/event-bus.json", "{\"version\":1}");
    eb_tree_write(&fixture->tree, "etc/rules/a.json", "{}");
    static const char *const paths[] = { "etc", "etc/", "etc/event-bus.json" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        read_at(fixture, paths[i]);
        assert_no_diags(fixture);
        assert_int_equal(fixture->configuration->rule_count, 1);
        assert_string_equal(fixture->configuration->rules[0].file,
            eb_tree_path(&fixture->tree, "etc/rules/a.json"));
    }
}

static void store__reads_from_the_working_directory(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1}");
    eb_tree_write(&fixture->tree, "rules/a.json", "{}");
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(fixture->tree.path), 0);
    static const char *const paths[] = { ".", "event-bus.json", "./event-bus.json" };
    static const char *const files[] = { "rules/a.json", "rules/a.json", "rules/a.json" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        eb_store_free(fixture->store);
        fixture->store = eb_store_read(paths[i], &fixture->diags);
        assert_no_diags(fixture);
        assert_string_equal(eb_store_configuration(fixture->store)->rules[0].file, files[i]);
    }
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void store__says_that_there_is_no_configuration(void **state)
{
    struct fixture *fixture = *state;
    read_at(fixture, "");
    assert_null(fixture->store);
    assert_error(fixture, "event-bus.json", "cannot be read: No such file or directory");
    read_at(fixture, "missing");
    assert_null(fixture->store);
    assert_error(fixture, "missing", "cannot be read: No such file or directory");
    eb_tree_directory(&fixture->tree, "event-bus.json");
    read_at(fixture, "");
    assert_null(fixture->store);
    assert_error(fixture, "event-bus.json", "is a directory; expected a file");
}

static void store__is_empty_without_the_usual_directories(void **state)
{
    struct fixture *fixture = *state;
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->rule_count, 0);
    assert_int_equal(fixture->configuration->contract_count, 0);
    assert_int_equal(fixture->configuration->schema_count, 0);
}

static void store__wants_the_directories_that_are_named(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1,\"rules\":\"rulse\"}");
    eb_tree_write(&fixture->tree, "rules/a.json", "{}");
    read_tree(fixture);
    assert_error(fixture, "rulse", "cannot be read: No such file or directory");
}

static void store__follows_links_to_named_directories(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "elsewhere/a.json", "{}");
    eb_tree_link(&fixture->tree, "rules", "elsewhere");
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->rule_count, 1);
}

/* ---- contracts and rules ---- */

static void store__orders_files_by_name(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "contracts/b.json", "B");
    eb_tree_write(&fixture->tree, "contracts/a.b.json", "AB");
    eb_tree_write(&fixture->tree, "contracts/a.json", "A");
    eb_tree_write(&fixture->tree, "contracts/0.json", "");
    read_tree(fixture);
    assert_no_diags(fixture);
    static const char *const names[] = { "0", "a.b", "a", "b" };
    static const char *const texts[] = { "", "AB", "A", "B" };
    assert_int_equal(fixture->configuration->contract_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct eb_entry_text *entry = &fixture->configuration->contracts[i];
        assert_span_equal(entry->name, names[i]);
        assert_span_equal(entry->text, texts[i]);
        assert_int_equal(entry->first_line, 1);
        assert_false(entry->is_managed);
    }
}

static void store__reads_a_rule_a_line(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "rules/many.jsonl", "{1}\n\n  \t\r\n{2}\r\n{3}");
    eb_tree_write(&fixture->tree, "rules/none.jsonl", "");
    read_tree(fixture);
    assert_no_diags(fixture);
    static const struct {
        const char *text;
        uint32_t line;
    } want[] = { { "{1}", 1 }, { "{2}\r", 4 }, { "{3}", 5 } };
    assert_int_equal(fixture->configuration->rule_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct eb_entry_text *entry = &fixture->configuration->rules[i];
        assert_span_equal(entry->name, NULL);
        assert_span_equal(entry->text, want[i].text);
        assert_int_equal(entry->first_line, want[i].line);
    }
}

static void store__reads_a_hundred_thousand_lines(void **state)
{
    enum { LINES = 100000 };
    struct fixture *fixture = *state;
    char *text = malloc(LINES * 16), *end = text;
    for (int i = 0; i < LINES; i++)
        end += sprintf(end, "{\"n\":%d}\n", i);
    eb_tree_write_bytes(&fixture->tree, "rules/many.jsonl", text, (size_t)(end - text));
    free(text);
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->rule_count, LINES);
    assert_span_equal(fixture->configuration->rules[LINES - 1].text, "{\"n\":99999}");
    assert_int_equal(fixture->configuration->rules[LINES - 1].first_line, LINES);
}

static void store__refuses_what_it_would_not_read(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *file, *text;
    } cases[] = {
        { "rules/a.yaml", "is not read; expected a file called NAME.json or NAME.jsonl" },
        { "rules/a", "is not read; expected a file called NAME.json or NAME.jsonl" },
        { "rules/.json", NULL },
        { "rules/A.json", "'A' is not a name: expected [a-z0-9][a-z0-9._-]{0,127}" },
        { "rules/a b.jsonl", "'a b' is not a name: expected [a-z0-9][a-z0-9._-]{0,127}" },
        { "rules/-a.json", "'-a' is not a name: expected [a-z0-9][a-z0-9._-]{0,127}" },
        { "contracts/a.jsonl", "is not read; expected a file called NAME.json" },
        { "schemas/1.json",
            "is not read; expected a directory called SUBJECT that holds VERSION.json" },
        { "schemas/s/v1.json",
            "is not read; expected a file called VERSION.json, as 1.json, or subject.json" },
        { "schemas/s/01.json",
            "is not read; expected a file called VERSION.json, as 1.json, or subject.json" },
        { "schemas/s/0.json",
            "is not read; expected a file called VERSION.json, as 1.json, or subject.json" },
        { "schemas/s/1.yaml",
            "is not read; expected a file called VERSION.json, as 1.json, or subject.json" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_tree_write(&fixture->tree, cases[i].file, "{}");
        read_tree(fixture);
        if (cases[i].text)
            assert_error(fixture, cases[i].file, cases[i].text);
        else
            assert_no_diags(fixture);
        unlink(eb_tree_path(&fixture->tree, cases[i].file));
    }
    eb_tree_directory(&fixture->tree, "rules/a.json");
    read_tree(fixture);
    assert_error(fixture, "rules/a.json", "is a directory; expected a file");
}

static void store__passes_over_leftovers(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = { "rules/a.json~", "rules/.a.json.swp", "rules/#a.json#",
        "rules/a.json.dpkg-dist", "rules/a.json.ucf-old", "rules/a.json.bak", "rules/README.md",
        "schemas/.git/config", "schemas/README", "schemas/s/1.json~" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        eb_tree_write(&fixture->tree, names[i], "no JSON");
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->rule_count, 0);
    assert_int_equal(fixture->configuration->schema_count, 0);
}

static void store__follows_links_that_stay_below_their_directory(void **state)
{
    struct fixture *fixture = *state;
    /* As Kubernetes lays out a ConfigMap, so that another takes its place by one rename. */
    eb_tree_write(&fixture->tree, "rules/..2026_11_23/a.json", "A");
    eb_tree_link(&fixture->tree, "rules/..data", "..2026_11_23");
    eb_tree_link(&fixture->tree, "rules/a.json", "..data/a.json");
    eb_tree_write(&fixture->tree, "schemas/..2026_11_23/s/1.json", "S");
    eb_tree_link(&fixture->tree, "schemas/..data", "..2026_11_23");
    eb_tree_link(&fixture->tree, "schemas/s", "..data/s");
    eb_tree_write(&fixture->tree, "schemas/imported/real/x.json", "X");
    eb_tree_link(&fixture->tree, "schemas/imported/y.json", "./real/../real/x.json");
    eb_tree_write(&fixture->tree, "event-bus.json",
        "{\"version\":1,\"schemas\":{\"uri_map\":{\"u:/\":\"imported/\"}}}");
    read_tree(fixture);
    assert_no_diags(fixture);
    const struct eb_configuration *configuration = fixture->configuration;
    assert_int_equal(configuration->rule_count, 1);
    assert_span_equal(configuration->rules[0].text, "A");
    assert_int_equal(configuration->schema_count, 3);
    assert_span_equal(configuration->schemas[0].text, "X");
    assert_span_equal(configuration->schemas[1].text, "X");
    assert_span_equal(configuration->schemas[2].text, "S");
}

static void entry_text__follows_the_links_that_the_store_does(void **state)
{
    struct fixture *fixture = *state;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_tree_write(&fixture->tree, "secret.json", "{}");
    eb_tree_write(&fixture->tree, "rules/.data/a.json", "{\"a\":1}");
    eb_tree_link(&fixture->tree, "rules/a.json", ".data/a.json");
    eb_tree_link(&fixture->tree, "rules/b.json", "../secret.json");
    assert_span_equal(
        eb_entry_text_read(eb_tree_path(&fixture->tree, "rules/a.json"), 1, &arena), "{\"a\":1}");
    assert_null(eb_entry_text_read(eb_tree_path(&fixture->tree, "rules/b.json"), 1, &arena).ptr);
    eb_arena_release(&arena);
}

static void store__follows_no_link_out_of_a_directory(void **state)
{
    struct fixture *fixture = *state;
    static const char leads_out[] = "is a symbolic link that leads out of its directory, or is "
                                    "absolute: none such is followed here";
    static const struct {
        const char *link, *target, *want;
    } cases[] = {
        { "rules/a.json", "../secret.json", leads_out },
        { "rules/a.json", "/etc/passwd", leads_out },
        { "rules/a.json", "../rules/b.json", leads_out },
        { "rules/a.json", ".out/secret.json", leads_out },
        { "rules/a.json", "nowhere", "is a symbolic link that leads nowhere" },
        { "rules/a.json", "a.json", "cannot be read: Too many levels of symbolic links" },
        { "rules/a.json", ".", "is a directory; expected a file" },
        { "schemas/s", "../contracts", leads_out },
        { "schemas/s/1.json", "../r/1.json", leads_out },
        { "schemas/imported/x", ".",
            "is a symbolic link to a directory; here only those to files are followed" },
        { "managed/rules/a.json", "b.json", "is a symbolic link, and none is followed here" },
        { "managed/schemas/s", "r", "is a symbolic link, and none is followed here" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eb_tree_remove(&fixture->tree);
        eb_tree_make(&fixture->tree);
        eb_tree_write(&fixture->tree, "event-bus.json",
            "{\"version\":1,\"managed\":\"managed\",\"schemas\":{\"directory\":\"schemas\","
            "\"uri_map\":{\"u:/\":\"imported/\"}}}");
        eb_tree_write(&fixture->tree, "secret.json", "{}");
        eb_tree_directory(&fixture->tree, "contracts");
        eb_tree_write(&fixture->tree, "rules/.hidden", "");
        eb_tree_link(&fixture->tree, "rules/.out", "..");
        eb_tree_write(&fixture->tree, "schemas/imported/.hidden", "");
        eb_tree_write(&fixture->tree, "managed/rules/.hidden", "");
        eb_tree_write(&fixture->tree, "managed/schemas/.hidden", "");
        if (strncmp(cases[i].link, "schemas/s/", 10) == 0)
            eb_tree_directory(&fixture->tree, "schemas/s");
        eb_tree_link(&fixture->tree, cases[i].link, cases[i].target);
        print_message("%s -> %s\n", cases[i].link, cases[i].target);
        read_at(fixture, "");
        assert_error(fixture, cases[i].link, cases[i].want);
    }
}

static void store__does_not_wait_for_a_pipe(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_directory(&fixture->tree, "rules");
    assert_int_equal(mkfifo(eb_tree_path(&fixture->tree, "rules/a.json"), 0600), 0);
    read_tree(fixture);
    assert_error(fixture, "rules/a.json", "is neither a file nor a directory");
}

static void store__says_what_it_may_not_read(void **state)
{
    enum { NOBODY = 65534 };
    struct fixture *fixture = *state;
    bool is_root = geteuid() == 0; /* who may read everything */
    eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1}");
    eb_tree_write(&fixture->tree, "rules/a.json", "{}");
    assert_int_equal(chmod(fixture->tree.path, 0755), 0);
    assert_int_equal(chmod(eb_tree_path(&fixture->tree, "rules/a.json"), 0), 0);
    if (is_root)
        assert_int_equal(seteuid(NOBODY), 0);
    read_tree(fixture);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_error(fixture, "rules/a.json", "cannot be read: Permission denied");
}

static void store__bounds_the_size_of_a_file(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "rules/a.json", "");
    assert_int_equal(
        truncate(eb_tree_path(&fixture->tree, "rules/a.json"), 32 * 1024 * 1024 + 1), 0);
    read_tree(fixture);
    assert_error(fixture, "rules/a.json", "is 33554433 bytes long; expected at most 33554432");
}

static void store__tells_every_mistake_in_order(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "rules/b.yaml", "");
    eb_tree_write(&fixture->tree, "rules/A.json", "");
    eb_tree_write(&fixture->tree, "contracts/x", "");
    eb_tree_write(&fixture->tree, "schemas/s/x", "");
    read_tree(fixture);
    static const char *const files[] = { "schemas/s/x", "contracts/x", "rules/A.json",
        "rules/b.yaml" };
    const struct eb_diag *diag = fixture->diags.first;
    assert_int_equal(fixture->diags.count, 4);
    for (size_t i = 0; i < 4; i++, diag = diag->next)
        assert_string_equal(diag->file, eb_tree_path(&fixture->tree, files[i]));
}

/* ---- the registry ---- */

static void assert_schema(const struct fixture *fixture, uint32_t index, const char *subject,
    uint32_t version, const char *uris, const char *text)
{
    assert_in_range(index, 0, fixture->configuration->schema_count - 1);
    const struct eb_schema_text *schema = &fixture->configuration->schemas[index];
    assert_span_equal(schema->subject, subject);
    assert_int_equal(schema->version, version);
    assert_span_equal(schema->text, text);
    char joined[200] = "";
    for (uint32_t i = 0; i < schema->uri_count; i++) {
        strcat(joined, i ? " " : "");
        strcat(joined, schema->uris[i].ptr);
    }
    assert_string_equal(joined, uris);
}

static void registry__orders_versions_as_numbers(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "schemas/b/1.json", "b1");
    eb_tree_write(&fixture->tree, "schemas/a/10.json", "a10");
    eb_tree_write(&fixture->tree, "schemas/a/9.json", "a9");
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->schema_count, 3);
    assert_schema(fixture, 0, "a", 9, "", "a9");
    assert_schema(fixture, 1, "a", 10, "", "a10");
    assert_schema(fixture, 2, "b", 1, "", "b1");
}

static void registry__gives_imported_files_their_uris(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json",
        "{\"version\":1,\"schemas\":{\"directory\":\"reg\",\"uri_map\":{"
        "\"https://example.com/s/\":\"imported/\",\"http://example.com/s/\":\"./imported\","
        "\"https://deep.example/\":\"other/deep\"}}}");
    eb_tree_write(&fixture->tree, "reg/imported/a.json", "A");
    eb_tree_write(&fixture->tree, "reg/imported/x/y/B_2.json", "B");
    eb_tree_write(&fixture->tree, "reg/other/deep/c.json", "C");
    eb_tree_write(&fixture->tree, "reg/subject/1.json", "S");
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->schema_count, 4);
    assert_schema(
        fixture, 0, NULL, 0, "https://example.com/s/a.json http://example.com/s/a.json", "A");
    assert_schema(fixture, 1, NULL, 0,
        "https://example.com/s/x/y/B_2.json http://example.com/s/x/y/B_2.json", "B");
    assert_schema(fixture, 2, NULL, 0, "https://deep.example/c.json", "C");
    assert_schema(fixture, 3, "subject", 1, "", "S");
    assert_span_equal(fixture->configuration->schemas[1].path, "imported/x/y/B_2.json");
    assert_span_equal(fixture->configuration->schemas[3].path, "subject/1.json");
}

static void registry__gives_versions_uris_when_it_is_mapped_itself(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json",
        "{\"version\":1,\"schemas\":{\"uri_map\":{\"https://example.com/\":\".\"}}}");
    eb_tree_write(&fixture->tree, "schemas/s/2.json", "S");
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->schema_count, 1);
    assert_schema(fixture, 0, "s", 2, "https://example.com/s/2.json", "S");
}

static void registry__refuses_imported_files_nothing_leads_to(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json",
        "{\"version\":1,\"schemas\":{\"uri_map\":{\"https://example.com/\":\"a/b\"}}}");
    eb_tree_write(&fixture->tree, "schemas/a/c.json", "C");
    read_tree(fixture);
    assert_error(fixture, "schemas/a/c.json", "no prefix of uri_map leads here");
}

/* ---- the managed layer ---- */

static void managed__adds_to_the_operators_files(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1,\"managed\":\"var\"}");
    eb_tree_write(&fixture->tree, "rules/b.json", "B");
    read_tree(fixture);
    assert_no_diags(fixture);
    eb_tree_write(&fixture->tree, "var/rules/a.json", "A");
    eb_tree_write(&fixture->tree, "var/contracts/c.json", "C");
    eb_tree_write(&fixture->tree, "var/schemas/s/1.json", "S");
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->rule_count, 2);
    assert_span_equal(fixture->configuration->rules[0].name, "b");
    assert_false(fixture->configuration->rules[0].is_managed);
    assert_span_equal(fixture->configuration->rules[1].name, "a");
    assert_true(fixture->configuration->rules[1].is_managed);
    assert_true(fixture->configuration->contracts[0].is_managed);
    assert_schema(fixture, 0, "s", 1, "", "S");
}

static void managed__may_not_repeat_a_version(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1,\"managed\":\"var\"}");
    eb_tree_write(&fixture->tree, "schemas/s/1.json", "S");
    eb_tree_write(&fixture->tree, "var/schemas/s/1.json", "S");
    read_tree(fixture);
    char text[200];
    snprintf(text, sizeof text, "s@1 is already in %s",
        eb_tree_path(&fixture->tree, "schemas/s/1.json"));
    assert_error(fixture, "var/schemas/s/1.json", text);
}

static void managed__may_not_repeat_a_declaration(void **state)
{
    struct fixture *fixture = *state;
    eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1,\"managed\":\"var\"}");
    eb_tree_write(&fixture->tree, "schemas/b/subject.json", "B");
    eb_tree_write(&fixture->tree, "schemas/a/subject.json", "A");
    read_tree(fixture);
    assert_no_diags(fixture);
    assert_int_equal(fixture->configuration->subject_count, 2);
    assert_span_equal(fixture->configuration->subjects[0].subject, "a");
    assert_span_equal(fixture->configuration->subjects[1].text, "B");
    eb_tree_write(&fixture->tree, "var/schemas/b/subject.json", "B");
    read_tree(fixture);
    char text[200];
    snprintf(text, sizeof text, "'b' is declared in %s already",
        eb_tree_path(&fixture->tree, "schemas/b/subject.json"));
    assert_error(fixture, "var/schemas/b/subject.json", text);
}

/* ---- a disk that fails ---- */

static const char *failing_name; /* the file whose call fails */
static int failing_errno, failing_fd = -1;

static int openat_failing(int directory, const char *name, int flags)
{
    if (failing_name && strcmp(name, failing_name) == 0) {
        errno = failing_errno;
        return -1;
    }
    return eb_disk_calls_system.openat(directory, name, flags);
}

static int openat_marking(int directory, const char *name, int flags)
{
    int fd = eb_disk_calls_system.openat(directory, name, flags);
    if (strcmp(name, failing_name) == 0)
        failing_fd = fd;
    return fd;
}

static ssize_t read_failing(int fd, void *out, size_t bytes)
{
    if (fd != failing_fd)
        return read(fd, out, bytes);
    errno = EIO;
    return -1;
}

static int fstat_failing(int fd, struct stat *out)
{
    if (fd != failing_fd)
        return fstat(fd, out);
    errno = EIO;
    return -1;
}

/* Every second call is interrupted, the others bring one byte. */
static ssize_t read_haltingly(int fd, void *out, size_t bytes)
{
    static unsigned calls;
    if (calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return read(fd, out, bytes ? 1 : 0);
}

static struct dirent *readdir_failing(DIR *stream)
{
    (void)stream;
    errno = EIO;
    return NULL;
}

static void read_through(struct fixture *fixture, const struct eb_disk_calls *calls)
{
    eb_tree_write(&fixture->tree, "event-bus.json", "{\"version\":1}");
    eb_tree_write(&fixture->tree, "rules/a.json", "{\"a\":1}");
    eb_store_free(fixture->store);
    eb_diag_list_release(&fixture->diags);
    fixture->store = eb_store_read_through(calls, fixture->tree.path, NULL, &fixture->diags);
}

static void disk__reads_on_after_interruptions_and_short_reads(void **state)
{
    struct fixture *fixture = *state;
    struct eb_disk_calls calls = eb_disk_calls_system;
    calls.read = read_haltingly;
    read_through(fixture, &calls);
    assert_no_diags(fixture);
    assert_span_equal(eb_store_configuration(fixture->store)->rules[0].text, "{\"a\":1}");
}

static void disk__names_the_file_that_cannot_be_opened(void **state)
{
    struct fixture *fixture = *state;
    struct eb_disk_calls calls = eb_disk_calls_system;
    calls.openat = openat_failing;
    failing_name = "a.json";
    failing_errno = EMFILE;
    read_through(fixture, &calls);
    assert_error(fixture, "rules/a.json", "cannot be read: Too many open files");
    failing_errno = ENOMEM;
    read_through(fixture, &calls);
    assert_null(fixture->store);
    assert_true(fixture->diags.is_out_of_memory);
}

static void disk__names_the_file_that_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    struct eb_disk_calls calls = eb_disk_calls_system;
    calls.openat = openat_marking;
    calls.read = read_failing;
    failing_name = "a.json";
    read_through(fixture, &calls);
    assert_error(fixture, "rules/a.json", "cannot be read: Input/output error");
    calls.read = read;
    calls.fstat = fstat_failing;
    read_through(fixture, &calls);
    assert_error(fixture, "rules/a.json", "cannot be read: Input/output error");
    failing_fd = -1;
}

static void disk__names_the_directory_that_cannot_be_listed(void **state)
{
    struct fixture *fixture = *state;
    struct eb_disk_calls calls = eb_disk_calls_system;
    calls.readdir = readdir_failing;
    read_through(fixture, &calls);
    assert_error(fixture, "rules", "cannot be read: Input/output error");
}

static int open_below_refused(int directory, const char *name, int flags)
{
    (void)directory, (void)name, (void)flags;
    errno = ENOSYS;
    return -1;
}

static void store__follows_no_link_where_the_system_cannot_tell(void **state)
{
    struct fixture *fixture = *state;
    struct eb_disk_calls calls = eb_disk_calls_system;
    calls.open_below = open_below_refused;
    eb_tree_write(&fixture->tree, "rules/.b.json", "{}");
    eb_tree_link(&fixture->tree, "rules/b.json", ".b.json");
    read_through(fixture, &calls);
    assert_error(fixture, "rules/b.json",
        "is a symbolic link, and this system cannot tell whether it leads out of its directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(store__reads_a_file_or_its_directory),
        TEST(store__reads_from_the_working_directory),
        TEST(store__says_that_there_is_no_configuration),
        TEST(store__is_empty_without_the_usual_directories),
        TEST(store__wants_the_directories_that_are_named),
        TEST(store__follows_links_to_named_directories),
        TEST(store__orders_files_by_name),
        TEST(store__reads_a_rule_a_line),
        TEST(store__reads_a_hundred_thousand_lines),
        TEST(store__refuses_what_it_would_not_read),
        TEST(store__passes_over_leftovers),
        TEST(store__follows_links_that_stay_below_their_directory),
        TEST(entry_text__follows_the_links_that_the_store_does),
        TEST(store__follows_no_link_out_of_a_directory),
        TEST(store__follows_no_link_where_the_system_cannot_tell),
        TEST(store__does_not_wait_for_a_pipe),
        TEST(store__says_what_it_may_not_read),
        TEST(store__bounds_the_size_of_a_file),
        TEST(store__tells_every_mistake_in_order),
        TEST(registry__orders_versions_as_numbers),
        TEST(registry__gives_imported_files_their_uris),
        TEST(registry__gives_versions_uris_when_it_is_mapped_itself),
        TEST(registry__refuses_imported_files_nothing_leads_to),
        TEST(managed__adds_to_the_operators_files),
        TEST(managed__may_not_repeat_a_version),
        TEST(managed__may_not_repeat_a_declaration),
        TEST(disk__reads_on_after_interruptions_and_short_reads),
        TEST(disk__names_the_file_that_cannot_be_opened),
        TEST(disk__names_the_file_that_cannot_be_read),
        TEST(disk__names_the_directory_that_cannot_be_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
