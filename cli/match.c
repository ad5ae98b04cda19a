#include <stdio.h>
#include <stdlib.h>

#include "answers.h"
#include "base/limits.h"
#include "command.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "message_options.h"
#include "pattern/fields.h"
#include "pattern/paths.h"
#include "pattern/pattern.h"
#include "terminal.h"
#include "json/reader.h"

struct match_options {
    const char *pattern;
    bool is_jsonl;
    bool is_json;
    struct message_options message;
};

static const struct option own_options[] = {
    { .name = "pattern",
        .kind = OPTION_TEXT,
        .value = "FILE",
        .help = "the event pattern",
        .offset = offsetof(struct match_options, pattern) },
    { .name = "jsonl",
        .help = "answer {\"pattern\":…,\"event\":…}, a line each, from standard input",
        .offset = offsetof(struct match_options, is_jsonl) },
    { .name = "json",
        .help = "print a JSON object for each event",
        .offset = offsetof(struct match_options, is_json) },
};

static const struct option_table tables[] = {
    { own_options, sizeof own_options / sizeof *own_options, 0 },
    MESSAGE_OPTIONS_AT(offsetof(struct match_options, message)),
};

/* A compiled pattern, and what matching takes. */
struct matcher {
    struct eb_arena compiled;
    struct eb_arena *scratch; /* a reserved one */
    struct eb_paths *paths;
    struct eb_pattern *pattern;
};

/* Deciding one event: its fields, which a large array of objects makes many. */
enum { SCRATCH_BYTES = 256 * 1024 * 1024 };

static void matcher_release(struct matcher *matcher)
{
    memory_release(&matcher->compiled);
}

/* False with diagnostics; release it either way. */
static bool matcher_init(struct matcher *matcher, const struct eb_doc *pattern,
    struct eb_arena *scratch, struct eb_diag_list *diags)
{
    *matcher = (struct matcher){ .scratch = scratch };
    eb_arena_init_growing(&matcher->compiled, SIZE_MAX);
    matcher->paths = eb_paths_new(&matcher->compiled);
    if (matcher->paths)
        matcher->pattern = eb_pattern_parse(pattern, 0, matcher->paths, &matcher->compiled, diags);
    if (matcher->pattern && eb_paths_freeze(matcher->paths))
        return true;
    if (diags->errors == 0)
        eb_diag_add_out_of_memory(diags);
    return false;
}

enum match_result {
    MATCH_NO,
    MATCH_YES,
    MATCH_TOO_LARGE,
};

static enum match_result matcher_run(
    const struct matcher *matcher, const struct eb_doc *event, const struct eb_message *message)
{
    eb_arena_reset(matcher->scratch);
    struct eb_fields *fields = eb_fields_read(matcher->paths, event, message, matcher->scratch);
    if (!fields)
        return MATCH_TOO_LARGE;
    return eb_pattern_match(matcher->pattern, fields) ? MATCH_YES : MATCH_NO;
}

/* ---- lines ---- */

struct line_context {
    struct eb_arena *scratch;
    struct eb_message message;
};

static void answer_match(void *context, const struct eb_doc *question, struct eb_arena *documents,
    struct eb_json_writer *out)
{
    struct line_context *lines = context;
    struct eb_doc pattern, event;
    if (!answer_document(question, "pattern", true, &pattern, documents, out))
        return;
    struct eb_diag_list diags;
    struct matcher matcher;
    eb_diag_list_init(&diags);
    if (!matcher_init(&matcher, &pattern, lines->scratch, &diags)) {
        answer_diags(out, &diags);
    } else if (answer_document(question, "event", true, &event, documents, out)) {
        enum match_result result = matcher_run(&matcher, &event, &lines->message);
        if (result == MATCH_TOO_LARGE) {
            answer_error(out, eb_span_of("event: too large to be matched"));
        } else {
            eb_json_open_object(out);
            write_bool_member(out, "match", result == MATCH_YES);
            eb_json_close_object(out);
        }
    }
    matcher_release(&matcher);
    eb_diag_list_release(&diags);
}

/* ---- files ---- */

static const char *const result_texts[] = {
    [MATCH_NO] = "no match",
    [MATCH_YES] = "match",
    [MATCH_TOO_LARGE] = "too large to be matched",
};

static void print_result(const char *path, enum match_result result)
{
    print_escaped(stdout, eb_span_of(input_name(path)));
    fputs(": ", stdout);
    style(stdout, result == MATCH_YES ? STYLE_GOOD : STYLE_DIM);
    fputs(result_texts[result], stdout);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static void write_result(struct json_line *line, const char *path, enum match_result result)
{
    json_line_begin(line);
    eb_json_open_object(&line->out);
    write_string_member(&line->out, "event", eb_span_of(path));
    if (result == MATCH_TOO_LARGE)
        write_string_member(&line->out, "error", eb_span_of(result_texts[result]));
    else
        write_bool_member(&line->out, "match", result == MATCH_YES);
    eb_json_close_object(&line->out);
    json_line_end(line);
}

/* One run over files. */
struct file_run {
    const struct match_options *options;
    struct matcher matcher;
    struct json_line line; /* with --json */
    struct eb_diag_list diags;
};

/* Whether the event in the file `path` matches. */
static bool match_file(struct file_run *files, const char *path)
{
    struct eb_span text = input_read(path);
    if (!text.ptr)
        return false;
    struct eb_arena documents;
    struct eb_doc event;
    bool is_match = false;
    eb_arena_init_growing(&documents, SIZE_MAX);
    if (eb_json_read_file(&event, text, input_name(path), 1, &documents, &files->diags)) {
        struct eb_message message = message_of(&files->options->message, text);
        enum match_result result = matcher_run(&files->matcher, &event, &message);
        if (files->options->is_json)
            write_result(&files->line, path, result);
        else
            print_result(path, result);
        is_match = result == MATCH_YES;
    }
    memory_release(&documents);
    input_release(text);
    return is_match;
}

/* Compiles the pattern in the file; the document it was read from is not needed afterwards. */
static bool read_pattern(struct file_run *files, struct eb_arena *scratch)
{
    const char *path = files->options->pattern;
    struct eb_span text = input_read(path);
    struct eb_arena documents;
    struct eb_doc doc;
    eb_arena_init_growing(&documents, SIZE_MAX);
    bool is_good = text.ptr &&
                   eb_json_read_file(&doc, text, input_name(path), 1, &documents, &files->diags) &&
                   matcher_init(&files->matcher, &doc, scratch, &files->diags);
    memory_release(&documents);
    input_release(text);
    return is_good;
}

static enum exit_code match_files(
    const struct match_options *options, const struct operands *events, struct eb_arena *scratch)
{
    struct file_run files = { .options = options };
    eb_diag_list_init(&files.diags);
    bool is_good =
        (!options->is_json || json_line_init(&files.line)) && read_pattern(&files, scratch);
    for (size_t i = 0; files.matcher.pattern && i < events->count; i++)
        is_good &= match_file(&files, events->items[i]);
    print_diags(stderr, &files.diags);
    matcher_release(&files.matcher);
    json_line_release(&files.line);
    eb_diag_list_release(&files.diags);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code match_lines(const struct match_options *options, struct eb_arena *scratch)
{
    struct line_context context = {
        .scratch = scratch,
        .message = message_of(&options->message, eb_span(NULL, 0)),
    };
    return answer_lines(answer_match, &context);
}

static bool has_sense(const struct match_options *options, const struct operands *events)
{
    if (options->is_jsonl)
        return !options->pattern && !options->is_json && events->count == 0;
    return options->pattern && events->count > 0;
}

static enum exit_code run(int argc, char **argv)
{
    struct match_options options = { .message = message_options_default() };
    struct operands events;
    struct eb_arena scratch;
    enum exit_code code = EXIT_USAGE;
    if (!command_read(&command_match, &options, argc, argv, &events) ||
        !message_options_check(&options.message))
        goto release;
    if (!has_sense(&options, &events)) {
        code = command_misused(&command_match);
        goto release;
    }
    code = EXIT_PROBLEMS;
    if (!eb_arena_init_reserved(&scratch, SCRATCH_BYTES)) {
        memory_ran_out();
        goto release;
    }
    code = options.is_jsonl ? match_lines(&options, &scratch)
                            : match_files(&options, &events, &scratch);
    memory_release(&scratch);
release:
    message_options_release(&options.message);
    return code;
}

const struct command command_match = {
    .name = "match",
    .synopsis = "--pattern PATTERN.json EVENT… | --jsonl",
    .summary = "Say which events an event pattern matches",
    .help = "EVENT is a file that holds one JSON event, or - for standard input. Patterns over "
            "$mqtt see\n"
            "what the options say the event was published with.\n\n"
            "With --jsonl, pattern and event may each be JSON or a string that holds the JSON "
            "text, so\n"
            "that spellings of numbers and strings survive; other members are ignored. Answers:\n"
            "{\"match\":true}, {\"match\":false} or {\"error\":\"…\"}.\n",
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
