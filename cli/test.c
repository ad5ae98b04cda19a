#include <stdio.h>

#include "base/limits.h"
#include "bus/document_check.h"
#include "command.h"
#include "config.h"
#include "json_line.h"
#include "memory.h"
#include "registry.h"
#include "store/disk.h"
#include "store/entries.h"
#include "terminal.h"
#include "test_case.h"
#include "test_event.h"
#include "json/reader.h"

struct test_options {
    struct connection_options connection;
    struct test_event_options event;
    const char *directory;
    bool is_verbose;
    bool is_json;
};

#define AT(member) offsetof(struct test_options, member)

static const struct option options[] = {
    { "tests", 0, OPTION_TEXT, "DIRECTORY",
        "where they are (default: tests, beside event-bus.json)", AT(directory), 0, 0 },
    { "verbose", 'v', OPTION_FLAG, NULL, "name the cases that pass, too", AT(is_verbose), 0, 0 },
    { "json", 0, OPTION_FLAG, NULL, "print a JSON object for each case, or for the event",
        AT(is_json), 0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    TEST_EVENT_OPTIONS_AT(AT(event)),
    CONNECTION_OPTIONS_AT(AT(connection)),
};

struct tests {
    const struct test_options *values;
    const char *path; /* of the configuration */
    struct config config;
    struct eb_document_checker *checker;
    struct eb_arena documents; /* names and texts of files, and what is read from them */
    struct json_line line;
    unsigned passed, failed;
    bool has_errors; /* of the configuration, when it was read again; said */
};

/* ---- telling ---- */

enum { VALUE_WIDTH = 9 };

static void print_side(const char *label, enum style how, struct eb_span value)
{
    printf("      %-*s", VALUE_WIDTH, label);
    style(stdout, value.ptr ? how : STYLE_DIM);
    print_escaped(stdout, value.ptr ? value : eb_span_of("nothing"));
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static void print_case(const struct tests *tests, const char *file, struct eb_span name,
    const struct test_result *result)
{
    bool is_good = !result->first;
    if (is_good && !tests->values->is_verbose)
        return;
    style(stdout, is_good ? STYLE_GOOD : STYLE_BAD);
    fputs(is_good ? "  ok    " : "  FAILED  ", stdout);
    style(stdout, STYLE_PLAIN);
    print_escaped(stdout, eb_span_of(file));
    fputs(": ", stdout);
    print_escaped(stdout, name);
    putchar('\n');
    for (const struct test_difference *d = result->first; d; d = d->next) {
        fputs("    ", stdout);
        print_escaped(stdout, d->what);
        putchar('\n');
        print_side("expected", STYLE_GOOD, d->want);
        print_side("got", STYLE_BAD, d->got);
    }
}

static void write_if(struct eb_json_writer *out, const char *name, struct eb_span value)
{
    if (value.ptr)
        write_string_member(out, name, value);
}

static void write_case(
    struct tests *tests, const char *file, struct eb_span name, const struct test_result *result)
{
    struct eb_json_writer *out = &tests->line.out;
    json_line_begin(&tests->line);
    eb_json_open_object(out);
    write_string_member(out, "file", eb_span_of(file));
    write_string_member(out, "name", name);
    write_bool_member(out, "passed", !result->first);
    eb_json_write_name(out, eb_span_of("differences"));
    eb_json_open_array(out);
    for (const struct test_difference *d = result->first; d; d = d->next) {
        eb_json_open_object(out);
        write_string_member(out, "what", d->what);
        write_if(out, "expected", d->want);
        write_if(out, "got", d->got);
        eb_json_close_object(out);
    }
    eb_json_close_array(out);
    eb_json_close_object(out);
    json_line_end(&tests->line);
}

/* ---- running ---- */

/* What a contract that deduplicates has seen in one case, it must not know in the next. */
static bool remembers(const struct eb_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->contract_count; i++) {
        if (snapshot->contracts[i].deduplication.key)
            return true;
    }
    return false;
}

static bool forget(struct tests *tests)
{
    if (tests->has_errors)
        return false;
    if (!remembers(tests->config.loaded.snapshot))
        return true;
    config_release(&tests->config);
    tests->has_errors = !config_load(&tests->config, tests->path);
    return !tests->has_errors;
}

static bool run_case(
    struct tests *tests, const struct eb_doc *doc, uint32_t token, struct eb_diag_list *diags)
{
    struct eb_arena arena;
    struct test_result result = { .arena = &arena };
    eb_arena_init_growing(&arena, SIZE_MAX);
    struct eb_span name = string_member_of(doc, token, "name", &arena);
    bool is_run =
        forget(tests) && test_case_run(doc, token, tests->config.loaded.snapshot, &result, diags);
    if (is_run && tests->values->is_json)
        write_case(tests, doc->name, name, &result);
    else if (is_run)
        print_case(tests, doc->name, name, &result);
    tests->passed += is_run && !result.first;
    tests->failed += is_run && result.first;
    memory_release(&arena);
    return is_run;
}

static void run_file(
    struct tests *tests, const struct eb_entry_text *file, struct eb_diag_list *diags)
{
    struct eb_doc doc;
    if (!eb_json_read_file(&doc, file->text, file->file, 1, &tests->documents, diags) ||
        !eb_document_check(tests->checker, EB_DOCUMENT_TEST, &doc, diags))
        return;
    uint32_t cases = eb_doc_member(&doc, 0, "cases");
    EB_DOC_EACH_ELEMENT(&doc, cases, token)
    run_case(tests, &doc, token, diags);
}

/* ---- finding ---- */

static void read_files(struct tests *tests, struct eb_entry_list *files, struct eb_diag_list *diags)
{
    struct eb_disk disk = {
        .calls = &eb_disk_calls_system, .arena = &tests->documents, .diags = diags
    };
    const char *directory = tests->values->directory;
    if (!directory)
        directory = eb_disk_path(&disk, eb_store_directory(tests->config.loaded.store), "tests");
    struct eb_directory opened;
    if (!directory || !eb_directory_open(&disk, &opened, NULL, directory, EB_OPEN_FOLLOWS_LINKS))
        return;
    const struct eb_entries_source source = { .disk = &disk, .texts = &tests->documents };
    eb_entries_read(&source, &opened, files);
    if (!files->count && !diags->errors)
        eb_disk_report(&disk, directory, "holds no tests: expected files called NAME.json");
    eb_directory_close(&opened);
}

static void run_all(struct tests *tests, struct eb_diag_list *diags)
{
    struct eb_entry_list files = { 0 };
    read_files(tests, &files, diags);
    tests->checker = eb_document_checker_new(diags);
    for (uint32_t i = 0; tests->checker && i < files.count; i++)
        run_file(tests, &files.items[i], diags);
    eb_document_checker_free(tests->checker);
    eb_entry_list_release(&files);
}

static void print_summary(const struct tests *tests)
{
    unsigned count = tests->passed + tests->failed;
    printf("%u case%s: ", count, count == 1 ? "" : "s");
    style(stdout, tests->failed ? STYLE_BAD : STYLE_GOOD);
    if (tests->failed)
        printf("%u failed", tests->failed);
    else
        fputs("all as expected", stdout);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static bool test(struct tests *tests)
{
    if (!config_load(&tests->config, tests->path) ||
        (tests->values->is_json && !json_line_init(&tests->line)))
        return false;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    eb_arena_init_growing(&tests->documents, SIZE_MAX);
    run_all(tests, &diags);
    print_diags(stderr, &diags);
    bool is_good = diags.errors == 0 && !tests->has_errors && tests->failed == 0;
    if (!tests->values->is_json && tests->passed + tests->failed)
        print_summary(tests);
    memory_release(&tests->documents);
    eb_diag_list_release(&diags);
    json_line_release(&tests->line);
    return is_good;
}

static enum exit_code test_configuration(const struct test_options *values, const char *path)
{
    struct tests tests = { .values = values, .path = path };
    bool is_good = test(&tests);
    config_release(&tests.config);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct test_options values = { 0 };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!connection_options_begin(&values.connection) ||
        !command_read(&command_test, &values, argc, argv, &operands))
        goto release;
    if (operands.count != 1)
        code = command_misused(&command_test);
    else if (values.event.topic)
        code = test_event(&values.event, &values.connection, operands.items[0], values.is_json);
    else
        code = test_configuration(&values, operands.items[0]);
release:
    connection_options_release(&values.connection);
    return code;
}

const struct command command_test = {
    .name = "test",
    .synopsis = "CONFIG | --topic TOPIC [OPTION…] EVENT",
    .summary = "Run a configuration's own tests, or ask a running bus about an event",
    .help =
        "Every tests/NAME.json beside event-bus.json holds cases: an event, and what the bus is "
        "to do\n"
        "with it. Said is what differs. It succeeds when nothing does.\n\n"
        "With --topic, a running bus is asked what it would do with EVENT, a file that holds the\n"
        "payload, or - for standard input, and why. Nothing is published or counted. It succeeds\n"
        "whatever would become of the event.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
