#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "command.h"
#include "input.h"
#include "memory.h"
#include "pretty.h"
#include "schema.h"
#include "schema/infer.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

struct infer_options {
    bool is_jsonl;
    bool takes_elements;
    bool is_json;
    bool has_no_enum, has_no_range;
};

#define AT(member) offsetof(struct infer_options, member)

static const struct option options[] = {
    { "jsonl", 0, OPTION_FLAG, NULL, "a sample on every line of FILES, as in a file called ….jsonl",
        AT(is_jsonl), 0, 0 },
    { "elements", 0, OPTION_FLAG, NULL, "FILES hold arrays, whose elements are the samples",
        AT(takes_elements), 0, 0 },
    { "no-enum", 0, OPTION_FLAG, NULL, "no \"enum\", however few strings there are",
        AT(has_no_enum), 0, 0 },
    { "no-range", 0, OPTION_FLAG, NULL, "no \"minimum\" and \"maximum\"", AT(has_no_range), 0, 0 },
    { "json", 0, OPTION_FLAG, NULL, "print the schema on one line", AT(is_json), 0, 0 },
};

static const struct option_table tables[] = { { options, sizeof options / sizeof *options, 0 } };

/* A file and the samples in it. */
struct source {
    struct eb_span text;
    const char *name;
    bool has_lines;
};

/*
 * The texts stay in memory, for the schema is proved on them; of what is read from them only one
 * sample at a time does.
 */
struct samples {
    const struct infer_options *values;
    struct source *sources;
    size_t source_count;
    struct eb_arena whole, element; /* reserved ones: the document at hand, an element of it */
    size_t count, arrays;
    struct eb_diag_list diags;
};

/* What is done with each sample; false, with a diagnostic, to end it. */
struct visitor {
    bool (*visit)(void *context, const struct eb_doc *sample, struct eb_diag_list *diags);
    void *context;
};

/* ---- from sample to sample ---- */

static bool visit_elements(
    struct samples *samples, const struct eb_doc *doc, const struct visitor *visitor)
{
    if (eb_doc_type(doc, 0) != EB_JSON_ARRAY) {
        eb_doc_diag(&samples->diags, EB_ERROR, doc, 0, "expected an array of samples");
        return false;
    }
    EB_DOC_EACH_ELEMENT(doc, 0, element)
    {
        struct eb_doc sample;
        uint32_t line, column;
        eb_doc_position(doc, element, &line, &column);
        eb_arena_reset(&samples->element);
        if (!eb_json_read_file(&sample, eb_doc_source(doc, element), doc->name, line,
                &samples->element, &samples->diags) ||
            !visitor->visit(visitor->context, &sample, &samples->diags))
            return false;
    }
    return true;
}

static bool visit_text(struct samples *samples, const struct source *source, struct eb_span text,
    uint32_t line, const struct visitor *visitor)
{
    struct eb_doc doc;
    eb_arena_reset(&samples->whole);
    if (!eb_json_read_file(&doc, text, source->name, line, &samples->whole, &samples->diags))
        return false;
    if (samples->values->takes_elements)
        return visit_elements(samples, &doc, visitor);
    return visitor->visit(visitor->context, &doc, &samples->diags);
}

static bool is_blank(struct eb_span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!strchr(" \t\r\n", line.ptr[i]))
            return false;
    }
    return true;
}

/* The first line, without its newline; `text` is what comes after it. */
static struct eb_span take_line(struct eb_span *text)
{
    const char *end = memchr(text->ptr, '\n', text->len);
    struct eb_span line = eb_span(text->ptr, end ? (size_t)(end - text->ptr) : text->len);
    size_t taken = line.len + (end != NULL);
    *text = eb_span(text->ptr + taken, text->len - taken);
    return line;
}

static bool visit_lines(
    struct samples *samples, const struct source *source, const struct visitor *visitor)
{
    struct eb_span text = source->text;
    bool is_good = true;
    for (uint32_t number = 1; text.len && is_good; number++) {
        struct eb_span line = take_line(&text);
        is_good = is_blank(line) || visit_text(samples, source, line, number, visitor);
    }
    return is_good;
}

/* Every sample of every file, in order. */
static bool visit_all(struct samples *samples, const struct visitor *visitor)
{
    bool is_good = true;
    for (size_t i = 0; i < samples->source_count && is_good; i++) {
        const struct source *source = &samples->sources[i];
        is_good = source->has_lines ? visit_lines(samples, source, visitor)
                                    : visit_text(samples, source, source->text, 1, visitor);
    }
    return is_good;
}

/* ---- opening files ---- */

/* A value on the first line, and something after it: whatever the file is called. */
static bool looks_like_lines(struct samples *samples, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_json_fault fault;
    struct eb_span line = eb_span("", 0);
    while (text.len && is_blank(line))
        line = take_line(&text);
    eb_arena_reset(&samples->whole);
    return !is_blank(text) &&
           eb_json_read(&doc, line, &eb_json_limits_max, &samples->whole, &fault) == EB_JSON_OK;
}

static bool is_called_lines(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".jsonl") == 0 || strcmp(dot, ".ndjson") == 0);
}

static bool samples_open(struct samples *samples, const struct operands *files)
{
    /* The tokens of the longest document, and its strings, decoded. */
    size_t room = eb_json_read_bytes(EB_DOCUMENT_BYTES_MAX, &eb_json_limits_max) +
                  (size_t)2 * EB_DOCUMENT_BYTES_MAX;
    samples->sources = calloc(files->count, sizeof *samples->sources);
    if (!samples->sources || !eb_arena_init_reserved(&samples->whole, room) ||
        !eb_arena_init_reserved(&samples->element, room)) {
        eb_diag_add_out_of_memory(&samples->diags);
        return false;
    }
    bool is_good = true;
    for (size_t i = 0; i < files->count; i++) {
        const char *path = files->items[i];
        struct source *source = &samples->sources[samples->source_count++];
        *source = (struct source){ .text = input_read(path), .name = input_name(path) };
        is_good &= source->text.ptr != NULL;
        source->has_lines =
            source->text.ptr && (samples->values->is_jsonl || is_called_lines(path) ||
                                    looks_like_lines(samples, source->text));
    }
    return is_good;
}

static void samples_release(struct samples *samples)
{
    for (size_t i = 0; i < samples->source_count; i++)
        input_release(samples->sources[i].text);
    free(samples->sources);
    memory_release(&samples->whole);
    memory_release(&samples->element);
    eb_diag_list_release(&samples->diags);
}

/* ---- learning ---- */

struct lesson {
    struct samples *samples;
    struct eb_inference *inference;
};

static bool learn(void *context, const struct eb_doc *sample, struct eb_diag_list *diags)
{
    struct lesson *lesson = context;
    struct samples *samples = lesson->samples;
    struct eb_arena *scratch =
        samples->values->takes_elements ? &samples->element : &samples->whole;
    samples->count++;
    samples->arrays += eb_doc_type(sample, 0) == EB_JSON_ARRAY;
    if (eb_inference_add(lesson->inference, sample, scratch))
        return true;
    eb_doc_diag(diags, EB_ERROR, sample, 0,
        "with this sample there are more different members than a schema should name");
    return false;
}

/* ---- proving ---- */

struct proof {
    struct validator validator;
    struct judge judge;
};

/* That the schema refuses what it was made from would be a bug of ours. */
static bool prove(void *context, const struct eb_doc *sample, struct eb_diag_list *diags)
{
    struct proof *proof = context;
    struct eb_validation validation;
    enum eb_validity validity =
        validator_run(&proof->validator, sample, &proof->judge, &validation);
    if (validity == EB_INVALID)
        eb_doc_diag(
            diags, EB_ERROR, sample, 0, "is a sample that the schema would not accept: a bug");
    else if (validity == EB_UNDECIDED)
        eb_doc_diag(diags, EB_ERROR, sample, 0, "is too large to be judged");
    return validity == EB_VALID;
}

static bool accepts_samples(struct samples *samples, const struct eb_doc *schema)
{
    struct proof proof = { .judge = { .faults = NULL } };
    const struct references no_references = { .count = 0 };
    const struct eb_schema_options schema_options = {
        .default_draft = EB_DRAFT_2020_12,
        .asserts_formats = true,
    };
    bool is_good = judge_init(&proof.judge) &&
                   validator_init(&proof.validator, schema, "event-bus:/schema.json",
                       schema_options, &no_references, &samples->diags);
    is_good = is_good && visit_all(samples, &(struct visitor){ prove, &proof });
    validator_release(&proof.validator);
    judge_release(&proof.judge);
    return is_good;
}

/* ---- the schema ---- */

static bool print_schema(struct samples *samples, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    bool is_good = eb_json_read_file(&doc, text, "(schema)", 1, &arena, &samples->diags) &&
                   accepts_samples(samples, &doc);
    if (is_good && samples->values->is_json)
        printf("%.*s\n", (int)text.len, text.ptr);
    else if (is_good)
        print_pretty(stdout, &doc);
    memory_release(&arena);
    return is_good;
}

static bool write_schema(struct samples *samples, const struct eb_inference *inference)
{
    struct eb_json_writer out;
    char *room = malloc(EB_DOCUMENT_BYTES_MAX);
    if (!room) {
        eb_diag_add_out_of_memory(&samples->diags);
        return false;
    }
    eb_json_writer_init(&out, room, EB_DOCUMENT_BYTES_MAX);
    eb_inference_write(inference, &out);
    struct eb_span text = eb_json_writer_finish(&out);
    if (!text.ptr)
        complain("the schema is longer than %d MiB", EB_DOCUMENT_BYTES_MAX / 1024 / 1024);
    bool is_good = text.ptr && print_schema(samples, text);
    free(room);
    return is_good;
}

static bool infer(struct samples *samples, const struct operands *files)
{
    struct eb_arena learned;
    struct eb_infer_options said = { samples->values->has_no_enum, samples->values->has_no_range };
    eb_arena_init_growing(&learned, EB_INFER_BYTES_MAX);
    struct lesson lesson = { samples, eb_inference_new(&learned, said) };
    bool is_good = lesson.inference && samples_open(samples, files) &&
                   visit_all(samples, &(struct visitor){ learn, &lesson });
    if (is_good && !samples->count) {
        complain("there are no samples");
        is_good = false;
    }
    is_good = is_good && write_schema(samples, lesson.inference);
    if (is_good && samples->arrays == samples->count)
        complain("note: every sample is an array; with --elements, what they hold are the samples");
    memory_release(&learned);
    return is_good;
}

static enum exit_code run(int argc, char **argv)
{
    struct infer_options values = { 0 };
    struct operands files;
    if (!command_read(&command_schema_infer, &values, argc, argv, &files))
        return EXIT_USAGE;
    if (!files.count)
        return command_misused(&command_schema_infer);
    struct samples samples = { .values = &values };
    eb_diag_list_init(&samples.diags);
    bool is_good = infer(&samples, &files);
    print_diags(stderr, &samples.diags);
    samples_release(&samples);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

const struct command command_schema_infer = {
    .name = "schema infer",
    .synopsis = "FILE…",
    .summary = "Make a schema from sample events",
    .help =
        "FILE holds one event, or one on each line (as a file called ….jsonl does), or with "
        "--elements\n"
        "an array of them; - is standard input.\n"
        "\n"
        "The schema accepts all samples and refuses what none of them had: another type, an extra\n"
        "member, the lack of one that all had, a string that is not one of a few, a number out of\n"
        "their range, a text that lacks the format of all others. It is where to start: loosen "
        "it.\n"
        "An object with more names than a person would give is taken for a table, and accepts "
        "others.\n",
    .tables = tables,
    .table_count = 1,
    .run = run,
};
