#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "pretty.h"
#include "schema.h"
#include "schema/infer.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

struct infer_options {
    bool is_jsonl;
    bool is_json;
    bool has_no_enum, has_no_range;
};

#define AT(member) offsetof(struct infer_options, member)

static const struct option options[] = {
    { "jsonl", 0, OPTION_FLAG, NULL, "a sample on every line of FILES, as in a file called ….jsonl",
        AT(is_jsonl), 0, 0 },
    { "no-enum", 0, OPTION_FLAG, NULL, "no \"enum\", however few strings there are",
        AT(has_no_enum), 0, 0 },
    { "no-range", 0, OPTION_FLAG, NULL, "no \"minimum\" and \"maximum\"", AT(has_no_range), 0, 0 },
    { "json", 0, OPTION_FLAG, NULL, "print the schema on one line", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* The samples stay in memory: the schema quotes them, and is proved on them. */
struct samples {
    struct eb_arena arena;
    struct eb_span *texts; /* of the files */
    size_t text_count;
    struct eb_doc *docs;
    size_t count, room;
    struct eb_inference *inference;
    struct eb_diag_list diags;
};

static void learn(struct samples *samples, struct eb_span text, const char *name, uint32_t line)
{
    if (samples->count == samples->room) {
        size_t room = samples->room ? 2 * samples->room : 64;
        struct eb_doc *docs = realloc(samples->docs, room * sizeof *docs);
        if (!docs) {
            eb_diag_add_out_of_memory(&samples->diags);
            return;
        }
        samples->docs = docs;
        samples->room = room;
    }
    struct eb_doc *doc = &samples->docs[samples->count];
    if (!eb_json_read_file(doc, text, name, line, &samples->arena, &samples->diags))
        return;
    samples->count++;
    if (!eb_inference_add(samples->inference, doc))
        eb_diag_add_out_of_memory(&samples->diags);
}

static bool is_blank(struct eb_span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!strchr(" \t\r", line.ptr[i]))
            return false;
    }
    return true;
}

static void learn_lines(struct samples *samples, struct eb_span text, const char *name)
{
    uint32_t number = 1;
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        struct eb_span line = eb_span(text.ptr, end ? (size_t)(end - text.ptr) : text.len);
        if (!is_blank(line))
            learn(samples, line, name, number);
        size_t taken = line.len + (end != NULL);
        text = eb_span(text.ptr + taken, text.len - taken);
        number++;
    }
}

static bool has_lines(const struct infer_options *values, const char *path)
{
    size_t len = strlen(path);
    return values->is_jsonl || (len > 6 && strcmp(path + len - 6, ".jsonl") == 0);
}

static bool read_samples(
    struct samples *samples, const struct infer_options *values, const struct operands *files)
{
    samples->texts = calloc(files->count, sizeof *samples->texts);
    if (!samples->texts) {
        eb_diag_add_out_of_memory(&samples->diags);
        return false;
    }
    bool is_good = true;
    for (size_t i = 0; i < files->count; i++) {
        struct eb_span text = input_read(files->items[i]);
        const char *name = input_name(files->items[i]);
        samples->texts[samples->text_count++] = text;
        is_good &= text.ptr != NULL;
        if (text.ptr && has_lines(values, files->items[i]))
            learn_lines(samples, text, name);
        else if (text.ptr)
            learn(samples, text, name, 1);
    }
    return is_good && samples->diags.errors == 0;
}

/* Whether the schema accepts what it was made from; that it does not would be a bug of ours. */
static bool accepts_samples(struct samples *samples, const struct eb_doc *schema)
{
    struct judge judge;
    struct validator validator = { 0 };
    const struct references no_references = { .count = 0 };
    const struct eb_schema_options schema_options = {
        .default_draft = EB_DRAFT_2020_12,
        .asserts_formats = true,
    };
    bool is_good =
        judge_init(&judge) && validator_init(&validator, schema, "event-bus:/schema.json",
                                  schema_options, &no_references, &samples->diags);
    for (size_t i = 0; is_good && i < samples->count; i++) {
        struct eb_validation validation;
        if (validator_run(&validator, &samples->docs[i], &judge, &validation) == EB_VALID)
            continue;
        eb_doc_diag(&samples->diags, EB_ERROR, &samples->docs[i], 0,
            "is a sample that the schema does not accept");
        is_good = false;
    }
    validator_release(&validator);
    judge_release(&judge);
    return is_good;
}

/* As long as the samples at most, but for keywords, of which each place has some. */
enum { SCHEMA_BYTES_MAX = 64 * 1024 * 1024 };

static bool print_schema(struct samples *samples, bool is_json)
{
    struct eb_json_writer out;
    struct eb_doc doc;
    char *room = malloc(SCHEMA_BYTES_MAX);
    if (!room) {
        eb_diag_add_out_of_memory(&samples->diags);
        return false;
    }
    eb_json_writer_init(&out, room, SCHEMA_BYTES_MAX);
    eb_inference_write(samples->inference, &out);
    struct eb_span text = eb_json_writer_finish(&out);
    if (!text.ptr)
        complain("the schema is too long");
    bool is_good = text.ptr &&
                   eb_json_read_file(&doc, text, "schema", 1, &samples->arena, &samples->diags) &&
                   accepts_samples(samples, &doc);
    if (is_good && is_json)
        printf("%.*s\n", (int)text.len, text.ptr);
    else if (is_good)
        print_pretty(stdout, &doc);
    free(room);
    return is_good;
}

static void samples_release(struct samples *samples)
{
    for (size_t i = 0; i < samples->text_count; i++)
        input_release(samples->texts[i]);
    free(samples->texts);
    free(samples->docs);
    eb_arena_release(&samples->arena);
    eb_diag_list_release(&samples->diags);
}

static enum exit_code infer(const struct infer_options *values, const struct operands *files)
{
    struct samples samples = { .count = 0 };
    eb_diag_list_init(&samples.diags);
    eb_arena_init_growing(&samples.arena, SIZE_MAX);
    samples.inference = eb_inference_new(
        &samples.arena, (struct eb_infer_options){ values->has_no_enum, values->has_no_range });
    if (!samples.inference)
        eb_diag_add_out_of_memory(&samples.diags);
    bool is_good = samples.inference && read_samples(&samples, values, files);
    if (is_good && !samples.count) {
        complain("there are no samples");
        is_good = false;
    }
    is_good = is_good && print_schema(&samples, values->is_json);
    print_diags(stderr, &samples.diags);
    samples_release(&samples);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct infer_options values = { 0 };
    struct operands files;
    if (!command_read(&command_schema_infer, &values, argc, argv, &files))
        return EXIT_USAGE;
    if (!files.count)
        return command_misused(&command_schema_infer);
    return infer(&values, &files);
}

const struct command command_schema_infer = {
    .name = "schema infer",
    .synopsis = "FILE…",
    .summary = "Make a schema from sample events",
    .help = "FILE holds one event, or, when it is called ….jsonl, one on each line; - is standard "
            "input.\n"
            "The schema accepts all samples and refuses what none of them had: another type, an "
            "extra\n"
            "member, the lack of one that all had, a string that is not one of a few, a number out "
            "of\n"
            "their range, a text that lacks the format of all others. It is where to start: loosen "
            "it.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
