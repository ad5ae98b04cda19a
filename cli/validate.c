#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "command.h"
#include "file_uri.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "progress.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

struct validate_options {
    const char *schema;
    const char *draft;
    const char *output;
    struct option_texts maps;
    bool is_jsonl;
    bool ignores_formats;
    bool is_json; /* with --json or --output basic */
    struct eb_schema_options schema_options;
};

#define AT(member) offsetof(struct validate_options, member)

static const struct option options[] = {
    { "schema", 's', OPTION_TEXT, "FILE", "the schema", AT(schema), 0, 0 },
    { "draft", 0, OPTION_TEXT, "DRAFT",
        "of schemas without $schema: 4, 6, 7, 2019-09 or 2020-12 (default 2020-12)", AT(draft), 0,
        0 },
    { "no-format", 0, OPTION_FLAG, NULL, "do not assert \"format\"", AT(ignores_formats), 0, 0 },
    { "map", 0, OPTION_TEXTS, "PREFIX=DIRECTORY",
        "where schemas are that a \"$ref\" to PREFIX leads to; may be repeated", AT(maps), 0, 0 },
    { "output", 0, OPTION_TEXT, "text|basic",
        "basic: the standard's output, a JSON object for each instance", AT(output), 0, 0 },
    { "json", 0, OPTION_FLAG, NULL, "the same as --output basic", AT(is_json), 0, 0 },
    { "jsonl", 0, OPTION_FLAG, NULL,
        "answer {\"schema\":…,\"instance\":…}, a line each, from standard input", AT(is_jsonl), 0,
        0 },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* ---- the standard's output (2020-12 core §12.4.2) ---- */

static void write_faults(struct eb_json_writer *out, const struct eb_validation *validation)
{
    eb_json_write_name(out, eb_span_of("errors"));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < validation->fault_count; i++)
        eb_fault_write(&validation->faults[i], out);
    eb_json_close_array(out);
    if (validation->has_more_faults)
        write_bool_member(out, "more_errors", true);
}

static const char undecided_text[] =
    "undecided: a limit was exceeded (depth, or steps of a regular expression)";

static void write_verdict(
    struct eb_json_writer *out, enum eb_validity validity, const struct eb_validation *validation)
{
    if (validity == EB_UNDECIDED) {
        write_string_member(out, "error", eb_span_of(undecided_text));
        return;
    }
    write_bool_member(out, "valid", validity == EB_VALID);
    if (validity == EB_INVALID)
        write_faults(out, validation);
}

/* ---- lines ---- */

/* Lines often repeat the schema of the line before: it is kept. */
struct line_context {
    struct judge judge;
    struct references references;
    struct eb_schema_options defaults;
    char *text; /* of the schema kept; NULL: none */
    size_t text_len;
    struct eb_schema_options options; /* it was compiled with */
    struct eb_arena document;
    struct validator validator;
};

static void forget_schema(struct line_context *lines)
{
    validator_release(&lines->validator);
    memory_release(&lines->document);
    free(lines->text);
    lines->text = NULL;
}

static bool is_kept(
    const struct line_context *lines, struct eb_span text, struct eb_schema_options schema_options)
{
    return lines->text && eb_span_equal(eb_span(lines->text, lines->text_len), text) &&
           lines->options.default_draft == schema_options.default_draft &&
           lines->options.asserts_formats == schema_options.asserts_formats;
}

static bool compile_schema(struct line_context *lines, struct eb_span text,
    struct eb_schema_options schema_options, struct eb_diag_list *diags)
{
    struct eb_doc doc;
    struct eb_span copy;
    forget_schema(lines);
    eb_arena_init_growing(&lines->document, SIZE_MAX);
    copy = eb_arena_copy(&lines->document, text);
    lines->text = malloc(text.len + 1);
    if (!copy.ptr || !lines->text) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    memcpy(lines->text, text.ptr, text.len);
    lines->text_len = text.len;
    lines->options = schema_options;
    return eb_json_read_file(&doc, copy, "schema", 1, &lines->document, diags) &&
           validator_init(&lines->validator, &doc, "event-bus:/schema.json", schema_options,
               &lines->references, diags);
}

/* `draft` and `format` of a line. False when the draft is none; the answer has been written. */
static bool read_schema_options(const struct line_context *lines, const struct eb_doc *question,
    struct eb_schema_options *schema_options, struct eb_arena *documents,
    struct eb_json_writer *out)
{
    uint32_t draft = eb_doc_member(question, 0, "draft");
    uint32_t format = eb_doc_member(question, 0, "format");
    *schema_options = lines->defaults;
    schema_options->asserts_formats =
        format != EB_NO_TOKEN && eb_doc_type(question, format) == EB_JSON_TRUE;
    if (draft == EB_NO_TOKEN)
        return true;
    if (eb_doc_type(question, draft) == EB_JSON_STRING &&
        draft_read(eb_doc_string(question, draft, documents), &schema_options->default_draft))
        return true;
    answer_error(
        out, eb_span_of("draft: expected \"4\", \"6\", \"7\", \"2019-09\" or \"2020-12\""));
    return false;
}

static void answer_validate(void *context, const struct eb_doc *question,
    struct eb_arena *documents, struct eb_json_writer *out)
{
    struct line_context *lines = context;
    struct eb_schema_options schema_options;
    struct eb_doc schema, instance;
    if (!read_schema_options(lines, question, &schema_options, documents, out) ||
        !answer_document(question, "schema", false, &schema, documents, out) ||
        !answer_document(question, "instance", false, &instance, documents, out))
        return;
    struct eb_span text = eb_doc_source(&schema, 0);
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    if (!is_kept(lines, text, schema_options) &&
        !compile_schema(lines, text, schema_options, &diags)) {
        answer_diags(out, &diags);
        forget_schema(lines);
    } else {
        struct eb_validation validation;
        enum eb_validity validity =
            validator_run(&lines->validator, &instance, &lines->judge, &validation);
        eb_json_open_object(out);
        write_verdict(out, validity, &validation);
        eb_json_close_object(out);
    }
    eb_diag_list_release(&diags);
}

static enum exit_code validate_lines(const struct validate_options *values)
{
    struct line_context lines = { .defaults = values->schema_options };
    enum exit_code code = EXIT_PROBLEMS;
    if (judge_init(&lines.judge) && references_read(&lines.references, &values->maps))
        code = answer_lines(answer_validate, &lines);
    forget_schema(&lines);
    references_release(&lines.references);
    judge_release(&lines.judge);
    return code;
}

/* ---- files ---- */

/* One run over files. */
struct file_run {
    const struct validate_options *values;
    struct judge judge;
    struct references references;
    struct eb_arena document; /* the schema's */
    struct validator validator;
    struct json_line line; /* with --json */
    struct eb_diag_list diags;
};

/* FILE:LINE:COLUMN: /data/percent: expected at most 100, got 170  by /properties/… */
static void print_fault(const struct eb_doc *instance, const struct eb_fault *fault)
{
    uint32_t line = 1, column = 1, token = eb_doc_at(instance, fault->instance_location);
    if (token != EB_NO_TOKEN)
        eb_doc_position(instance, token, &line, &column);
    print_escaped(stdout, eb_span_of(instance->name));
    printf(":%u:%u: ", line, column);
    print_escaped(stdout, fault->error);
    if (fault->instance_location.len) {
        fputs(" (at ", stdout);
        print_escaped(stdout, fault->instance_location);
        putchar(')');
    }
    style(stdout, STYLE_DIM);
    fputs("  by ", stdout);
    print_escaped(stdout, fault->keyword_location);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static void print_text(const struct eb_doc *instance, enum eb_validity validity,
    const struct eb_validation *validation)
{
    static const char *const words[] = {
        [EB_VALID] = "valid",
        [EB_INVALID] = "invalid",
        [EB_UNDECIDED] = undecided_text,
    };
    print_escaped(stdout, eb_span_of(instance->name));
    fputs(": ", stdout);
    style(stdout, validity == EB_VALID ? STYLE_GOOD : STYLE_BAD);
    fputs(words[validity], stdout);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
    for (uint32_t i = 0; i < validation->fault_count; i++)
        print_fault(instance, &validation->faults[i]);
    if (validation->has_more_faults)
        puts("… and more");
}

static void print_basic(struct json_line *line, const char *path, enum eb_validity validity,
    const struct eb_validation *validation)
{
    json_line_begin(line);
    eb_json_open_object(&line->out);
    write_string_member(&line->out, "instance", eb_span_of(path));
    write_verdict(&line->out, validity, validation);
    eb_json_close_object(&line->out);
    json_line_end(line);
}

static bool validate_document(
    struct file_run *files, const char *path, const struct eb_doc *instance)
{
    struct eb_validation validation;
    enum eb_validity validity =
        validator_run(&files->validator, instance, &files->judge, &validation);
    if (files->values->is_json)
        print_basic(&files->line, path, validity, &validation);
    else
        print_text(instance, validity, &validation);
    return validity == EB_VALID;
}

static bool validate_file(struct file_run *files, const char *path)
{
    struct eb_span text = input_read(path);
    if (!text.ptr)
        return false;
    struct eb_arena documents;
    struct eb_doc instance;
    eb_arena_init_growing(&documents, SIZE_MAX);
    bool is_valid =
        eb_json_read_file(&instance, text, input_name(path), 1, &documents, &files->diags) &&
        validate_document(files, path, &instance);
    memory_release(&documents);
    input_release(text);
    return is_valid;
}

static bool read_schema(struct file_run *files, struct eb_span text)
{
    const struct validate_options *values = files->values;
    struct eb_doc doc;
    char *uri = file_uri(values->schema);
    if (!uri)
        eb_diag_add_out_of_memory(&files->diags);
    bool is_good = uri &&
                   eb_json_read_file(&doc, text, input_name(values->schema), 1, &files->document,
                       &files->diags) &&
                   validator_init(&files->validator, &doc, uri, values->schema_options,
                       &files->references, &files->diags);
    free(uri);
    return is_good;
}

static enum exit_code validate_files(
    const struct validate_options *values, const struct operands *instances)
{
    struct file_run files = { .values = values };
    struct eb_span schema = { NULL, 0 };
    bool is_good = false;
    eb_diag_list_init(&files.diags);
    eb_arena_init_growing(&files.document, SIZE_MAX);
    if ((values->is_json && !json_line_init(&files.line)) || !judge_init(&files.judge) ||
        !references_read(&files.references, &values->maps))
        goto release;
    schema = input_read(values->schema);
    is_good = schema.ptr && read_schema(&files, schema);
    bool is_piped = !isatty(STDOUT_FILENO);
    if (is_piped)
        progress_begin("judging %zu documents", instances->count);
    for (size_t i = 0; files.validator.schema && i < instances->count; i++) {
        progress_next("judging document %zu of %zu", i + 1, instances->count);
        is_good &= validate_file(&files, instances->items[i]);
    }
    if (is_piped)
        progress_end();
release:
    print_diags(stderr, &files.diags);
    validator_release(&files.validator);
    references_release(&files.references);
    memory_release(&files.document);
    input_release(schema);
    judge_release(&files.judge);
    json_line_release(&files.line);
    eb_diag_list_release(&files.diags);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

/* ---- the command ---- */

static bool check_values(struct validate_options *values)
{
    bool is_basic = values->output && strcmp(values->output, "basic") == 0;
    if (values->output && !is_basic && strcmp(values->output, "text") != 0) {
        complain("--output: expected text or basic, not '%s'", values->output);
        return false;
    }
    for (size_t i = 0; i < values->maps.count; i++) {
        if (!strchr(values->maps.items[i], '=')) {
            complain("--map: expected PREFIX=DIRECTORY, not '%s'", values->maps.items[i]);
            return false;
        }
    }
    values->is_json |= is_basic;
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

static bool has_sense(const struct validate_options *values, const struct operands *instances)
{
    if (values->is_jsonl)
        return !values->schema && !values->is_json && instances->count == 0;
    return values->schema && instances->count > 0;
}

static enum exit_code run(int argc, char **argv)
{
    struct validate_options values = { 0 };
    struct operands instances;
    enum exit_code code = EXIT_USAGE;
    if (!command_read(&command_validate, &values, argc, argv, &instances) || !check_values(&values))
        goto release;
    if (!has_sense(&values, &instances))
        code = command_misused(&command_validate);
    else if (values.is_jsonl)
        code = validate_lines(&values);
    else
        code = validate_files(&values, &instances);
release:
    option_texts_release(&values.maps);
    return code;
}

const struct command command_validate = {
    .name = "validate",
    .synopsis = "--schema SCHEMA.json INSTANCE… | --jsonl",
    .summary = "Judge JSON documents by a JSON Schema",
    .help = "INSTANCE is a file that holds one JSON document, or - for standard input. Nothing is "
            "ever\n"
            "fetched: a \"$ref\" leads into the schema itself, to a metaschema, or where --map "
            "says.\n\n"
            "With --jsonl a line may also say \"draft\" (\"7\") and \"format\" (true: assert it; "
            "left out, it\n"
            "is not); other members are ignored. Answers: {\"valid\":true},\n"
            "{\"valid\":false,\"errors\":[…]} in the standard's basic form, or "
            "{\"error\":\"…\"}.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
