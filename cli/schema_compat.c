#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/versions.h"
#include "command.h"
#include "file_uri.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "progress.h"
#include "schema.h"
#include "store/store.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

struct compat_options {
    const char *mode;
    const char *config;
    const char *draft;
    struct option_texts maps;
    bool ignores_formats;
    bool is_json;
    struct eb_compatibility wanted; /* by the mode */
    struct eb_schema_options schema_options;
};

#define AT(member) offsetof(struct compat_options, member)

static const struct option options[] = {
    { "mode", 'm', OPTION_TEXT, "MODE",
        "backward (default), forward or full; with --config also …-transitive, and first of all "
        "what the subject declares",
        AT(mode), 0, 0 },
    { "config", 'c', OPTION_TEXT, "CONFIG", "compare the versions of a subject of this registry",
        AT(config), 0, 0 },
    { "draft", 0, OPTION_TEXT, "DRAFT",
        "of schemas without $schema: 4, 6, 7, 2019-09 or 2020-12 (default 2020-12)", AT(draft), 0,
        0 },
    { "no-format", 0, OPTION_FLAG, NULL,
        "\"format\" is an annotation; without this, as the contracts of --config say, else "
        "asserted",
        AT(ignores_formats), 0, 0 },
    { "map", 0, OPTION_TEXTS, "PREFIX=DIRECTORY",
        "where schemas are that a \"$ref\" to PREFIX leads to; may be repeated", AT(maps), 0, 0 },
    { "json", 0, OPTION_FLAG, NULL, "print a JSON object for each pair of versions", AT(is_json), 0,
        0 },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* Where what is found goes. */
struct output {
    struct json_line line; /* with --json */
    bool is_json;
    enum eb_compat_verdict worst;
};

/* ---- text ---- */

static void print_place(const struct eb_change_place *place)
{
    print_escaped(stdout, eb_span_of(place->file ? place->file : "(schema)"));
    printf(":%u:%u", place->line, place->column);
}

static void print_witness(const struct eb_change *change)
{
    bool is_backward = change->direction == EB_COMPAT_BACKWARD;
    if (!change->witness.ptr) {
        puts("    cannot be decided: no value was found that shows it, and no proof that there is "
             "none");
        return;
    }
    printf("    valid in the %s version, not in the %s: ", is_backward ? "old" : "new",
        is_backward ? "new" : "old");
    print_escaped(stdout, change->witness);
    putchar('\n');
}

static void print_change(const struct eb_change *change)
{
    bool is_backward = change->direction == EB_COMPAT_BACKWARD;
    const struct eb_change_place *strict = is_backward ? &change->new_place : &change->old_place;
    const struct eb_change_place *lenient = is_backward ? &change->old_place : &change->new_place;
    fputs("  ", stdout);
    print_place(strict);
    fputs(": ", stdout);
    style(stdout, STYLE_BOLD);
    fputs(change->kind, stdout);
    style(stdout, STYLE_PLAIN);
    fputs(": ", stdout);
    print_escaped(stdout, change->sentence);
    if (strict->pointer.len) {
        fputs(" (at ", stdout);
        print_escaped(stdout, strict->pointer);
        putchar(')');
    }
    putchar('\n');
    print_witness(change);
    printf("    compatible would be: %s (see ", change->advice);
    print_place(lenient);
    puts(")");
}

static void print_report(const struct eb_version_pair *pair, const struct eb_compat_report *report)
{
    static const enum style styles[] = {
        [EB_COMPAT_YES] = STYLE_GOOD,
        [EB_COMPAT_UNKNOWN] = STYLE_WARN,
        [EB_COMPAT_NO] = STYLE_BAD,
    };
    print_escaped(stdout, eb_span_of(pair->old_name));
    fputs(" -> ", stdout);
    print_escaped(stdout, eb_span_of(pair->new_name));
    printf(": %s compatible%s: ", eb_compat_mode_name(pair->mode),
        pair->asserts_formats ? "" : ", formats being annotations");
    style(stdout, styles[report->verdict]);
    fputs(eb_compat_verdict_name(report->verdict), stdout);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
    for (const struct eb_change *change = report->changes; change; change = change->next)
        print_change(change);
    if (report->is_cut)
        puts("  … and maybe more");
}

/* ---- JSON ---- */

static void write_place(
    struct eb_json_writer *out, const char *name, const struct eb_change_place *place)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_open_object(out);
    if (place->file)
        write_string_member(out, "file", eb_span_of(place->file));
    write_int_member(out, "line", place->line);
    write_int_member(out, "column", place->column);
    write_string_member(out, "pointer", place->pointer);
    eb_json_close_object(out);
}

static void write_change(struct eb_json_writer *out, const struct eb_change *change)
{
    eb_json_open_object(out);
    write_string_member(out, "breaks", eb_span_of(eb_compat_mode_name(change->direction)));
    write_string_member(out, "kind", eb_span_of(change->kind));
    write_place(out, "old", &change->old_place);
    write_place(out, "new", &change->new_place);
    write_string_member(out, "sentence", change->sentence);
    write_string_member(out, "compatible_would_be", eb_span_of(change->advice));
    if (change->witness.ptr) {
        eb_json_write_name(out, eb_span_of("witness"));
        eb_json_write_raw(out, change->witness);
    }
    eb_json_close_object(out);
}

static void write_report(struct eb_json_writer *out, const struct eb_version_pair *pair,
    const struct eb_compat_report *report)
{
    eb_json_open_object(out);
    write_string_member(out, "old", eb_span_of(pair->old_name));
    write_string_member(out, "new", eb_span_of(pair->new_name));
    write_string_member(out, "mode", eb_span_of(eb_compat_mode_name(pair->mode)));
    write_string_member(out, "formats", eb_span_of(pair->asserts_formats ? "assert" : "annotate"));
    write_string_member(out, "compatible", eb_span_of(eb_compat_verdict_name(report->verdict)));
    eb_json_write_name(out, eb_span_of("changes"));
    eb_json_open_array(out);
    for (const struct eb_change *change = report->changes; change; change = change->next)
        write_change(out, change);
    eb_json_close_array(out);
    if (report->is_cut)
        write_bool_member(out, "more_changes", true);
    eb_json_close_object(out);
}

/* ---- comparing ---- */

static void tell(
    void *context, const struct eb_version_pair *pair, const struct eb_compat_report *report)
{
    struct output *output = context;
    if (report->verdict > output->worst)
        output->worst = report->verdict;
    if (!output->is_json) {
        print_report(pair, report);
        return;
    }
    json_line_begin(&output->line);
    write_report(&output->line.out, pair, report);
    json_line_end(&output->line);
}

/* One of the two files. */
struct version {
    struct eb_span text;
    struct eb_arena document;
    struct validator validator;
};

static bool version_read(struct version *version, const char *path,
    const struct compat_options *values, const struct references *references,
    struct eb_diag_list *diags)
{
    struct eb_doc doc;
    *version = (struct version){ .text = input_read(path) };
    eb_arena_init_growing(&version->document, SIZE_MAX);
    char *uri = version->text.ptr ? file_uri(path) : NULL;
    if (version->text.ptr && !uri)
        eb_diag_add_out_of_memory(diags);
    bool is_good =
        uri &&
        eb_json_read_file(&doc, version->text, input_name(path), 1, &version->document, diags) &&
        validator_init(&version->validator, &doc, uri, values->schema_options, references, diags);
    free(uri);
    return is_good;
}

static void version_release(struct version *version)
{
    validator_release(&version->validator);
    memory_release(&version->document);
    input_release(version->text);
}

static bool compare_files(const struct compat_options *values, char **paths, struct output *output)
{
    struct references references = { 0 };
    struct version versions[2] = { 0 };
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_good = references_read(&references, &values->maps);
    for (int i = 0; i < 2 && is_good; i++)
        is_good = version_read(&versions[i], paths[i], values, &references, &diags);
    struct eb_version_pair pair = { paths[0], paths[1], values->wanted.mode,
        values->schema_options.asserts_formats };
    struct eb_compat_report report;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    if (is_good) {
        progress_begin("comparing %s with %s", paths[0], paths[1]);
        is_good = eb_compat_judge(
            versions[0].validator.schema, versions[1].validator.schema, pair.mode, &arena, &report);
        progress_end();
        if (is_good)
            tell(output, &pair, &report);
        else
            memory_ran_out();
    }
    memory_release(&arena);
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    for (int i = 0; i < 2; i++)
        version_release(&versions[i]);
    references_release(&references);
    return is_good;
}

static bool compare_subject(
    const struct compat_options *values, const char *subject, struct output *output)
{
    struct eb_diag_list diags;
    struct eb_loaded loaded = { 0 };
    eb_diag_list_init(&diags);
    struct eb_figures_registry *registry = eb_figures_registry_new();
    if (!registry)
        eb_diag_add_out_of_memory(&diags);
    bool is_good = registry && eb_store_load(&loaded, values->config, registry, &diags);
    if (is_good) {
        struct eb_versions_question question = {
            .configuration = eb_store_configuration(loaded.store),
            .snapshot = loaded.snapshot,
            .subject = eb_span_of(subject),
            .tell = tell,
            .context = output,
        };
        question.format_uses = values->ignores_formats
                                   ? EB_FORMATS_ANNOTATED
                                   : eb_versions_format_uses(loaded.snapshot, question.subject);
        question.compatibility = eb_compatibility_declared(loaded.snapshot, question.subject);
        if (values->mode || question.compatibility.mode == EB_COMPAT_NONE)
            question.compatibility = values->wanted;
        is_good = eb_versions_compare(&question, &diags);
    }
    print_diags(stderr, &diags);
    eb_loaded_free(&loaded);
    eb_figures_registry_free(registry);
    eb_diag_list_release(&diags);
    return is_good;
}

/* ---- the command ---- */

static bool check_values(struct compat_options *values)
{
    const char *mode = values->mode ? values->mode : "backward";
    if (!eb_compatibility_read(eb_span_of(mode), &values->wanted)) {
        complain("--mode: expected " EB_COMPATIBILITY_NAMES ", not '%s'", mode);
        return false;
    }
    if (values->wanted.is_transitive && !values->config) {
        complain(
            "--mode: '%s' is about all versions of a subject; say --config CONFIG SUBJECT", mode);
        return false;
    }
    for (size_t i = 0; i < values->maps.count; i++) {
        if (!strchr(values->maps.items[i], '=')) {
            complain("--map: expected PREFIX=DIRECTORY, not '%s'", values->maps.items[i]);
            return false;
        }
    }
    values->schema_options = (struct eb_schema_options){
        .default_draft = EB_DRAFT_2020_12,
        .asserts_formats = !values->ignores_formats,
    };
    if (!values->draft ||
        draft_read(eb_span_of(values->draft), &values->schema_options.default_draft))
        return true;
    complain("--draft: expected 4, 6, 7, 2019-09 or 2020-12, not '%s'", values->draft);
    return false;
}

static enum exit_code compare(const struct compat_options *values, const struct operands *operands)
{
    struct output output = { .is_json = values->is_json };
    if (values->is_json && !json_line_init(&output.line))
        return EXIT_PROBLEMS;
    bool is_good = values->config ? compare_subject(values, operands->items[0], &output)
                                  : compare_files(values, operands->items, &output);
    json_line_release(&output.line);
    return is_good && output.worst == EB_COMPAT_YES ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct compat_options values = { 0 };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!command_read(&command_schema_compat, &values, argc, argv, &operands) ||
        !check_values(&values))
        goto release;
    if (operands.count != (values.config ? 1 : 2))
        code = command_misused(&command_schema_compat);
    else
        code = compare(&values, &operands);
release:
    option_texts_release(&values.maps);
    return code;
}

const struct command command_schema_compat = {
    .name = "schema compat",
    .synopsis = "OLD.json NEW.json | --config CONFIG SUBJECT",
    .summary = "Say whether a new version of a schema may take the place of the old one",
    .help = "backward: all that the old version accepts, the new one accepts; consumers may move "
            "first.\n"
            "forward:  all that the new version accepts, the old one accepts; producers may move "
            "first.\n"
            "full:     both. With -transitive, against every version before, not the last alone.\n"
            "\n"
            "Judged by what the schemas mean: an object without additionalProperties: false is "
            "open, and\n"
            "a property added to it narrows what could be sent before. Every \"no\" comes with a "
            "value that\n"
            "the one version accepts and the other refuses. What cannot be decided is "
            "\"unknown\".\n\n"
            "A subject declares its mode in schemas/SUBJECT/subject.json, as "
            "{\"compatibility\":\"full\"};\n"
            "'event-bus check' applies it. Exit code: 0 yes, 1 no or unknown, 2 called wrongly.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
