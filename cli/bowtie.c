/*
 * bowtie.c - a harness for Bowtie, which compares implementations of JSON Schema with each other:
 * commands on standard input, answers on standard output, a JSON object a line, version 1 of its
 * protocol (https://docs.bowtie.report/en/stable/implementers/).
 *
 *     start    -> who this is, and the dialects it knows
 *     dialect  -> of schemas without `$schema` from now on
 *     run      -> a schema, a registry of others, instances: a result for each
 *     stop     -> no answer, the end
 *
 * What goes wrong with a case is an answer, `errored`, so that the next one can come. As Bowtie
 * asks for the standard's own behaviour, formats are annotations unless a vocabulary asserts them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "command.h"
#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "schema/dialect.h"
#include "schema/uri.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

enum { PROTOCOL_VERSION = 1 };

struct harness {
    struct judge judge;
    struct eb_schema_options options;
    struct eb_arena documents; /* of the command at hand */
    struct json_line line;
    bool is_started, is_stopped;
};

/* One command, and where its answer goes. */
struct question {
    struct harness *harness;
    struct eb_doc doc;
    struct eb_json_writer *out;
};

/* Bowtie wants addresses; the project has a name. */
static const struct eb_span home = EB_SPAN("urn:mosquitto-event-bus");

/* ---- errors ---- */

static void write_context(struct eb_json_writer *out, struct eb_span message)
{
    write_bool_member(out, "errored", true);
    eb_json_write_name(out, eb_span_of("context"));
    eb_json_open_object(out);
    write_string_member(out, "message", message);
    eb_json_close_object(out);
}

/* "what is wrong (at /where)", the first of `diags`. */
static struct eb_span message_of(struct eb_arena *arena, const struct eb_diag_list *diags)
{
    char text[2048];
    const struct eb_diag *diag = diags->first;
    while (diag && diag->severity != EB_ERROR)
        diag = diag->next;
    if (!diag)
        return eb_span_of("out of memory");
    eb_diag_format(diag, text, sizeof text);
    struct eb_span copy = eb_arena_copy(arena, eb_span_of(text));
    return copy.ptr ? copy : eb_span_of("out of memory");
}

/* ---- start ---- */

static void write_dialects(struct eb_json_writer *out)
{
    eb_json_write_name(out, eb_span_of("dialects"));
    eb_json_open_array(out);
    for (int draft = EB_DRAFT_2020_12; draft >= EB_DRAFT_4; draft--) {
        struct eb_span uri = eb_dialect_of((enum eb_draft)draft)->uri;
        eb_json_open_string(out);
        eb_json_write_string_part(out, uri);
        /* The metaschemas of old are known by an address with an empty fragment. */
        eb_json_write_string_part(out, eb_span_of(draft <= EB_DRAFT_7 ? "#" : ""));
        eb_json_close_string(out);
    }
    eb_json_close_array(out);
}

static void write_system(struct eb_json_writer *out)
{
    struct utsname system;
    if (uname(&system) != 0)
        return;
    write_string_member(out, "os", eb_span_of(system.sysname));
    write_string_member(out, "os_version", eb_span_of(system.release));
}

static void write_implementation(struct eb_json_writer *out)
{
    eb_json_write_name(out, eb_span_of("implementation"));
    eb_json_open_object(out);
    write_string_member(out, "language", eb_span_of("c"));
    write_string_member(out, "name", eb_span_of("mosquitto-event-bus"));
    write_string_member(out, "version", eb_span_of(EB_VERSION));
    write_string_member(out, "homepage", home);
    write_string_member(out, "issues", home);
    write_string_member(out, "source", home);
    write_dialects(out);
    write_system(out);
    eb_json_close_object(out);
}

static void start(struct question *question)
{
    struct eb_json_writer *out = question->out;
    uint32_t version = eb_doc_member(&question->doc, 0, "version");
    eb_json_open_object(out);
    if (version != EB_NO_TOKEN && eb_span_is(eb_doc_raw(&question->doc, version), "1")) {
        question->harness->is_started = true;
        write_int_member(out, "version", PROTOCOL_VERSION);
        write_implementation(out);
    } else {
        write_context(out, eb_span_of("start: expected \"version\": 1"));
    }
    eb_json_close_object(out);
}

/* ---- dialect ---- */

static void set_dialect(struct question *question)
{
    uint32_t token = eb_doc_member(&question->doc, 0, "dialect");
    const struct eb_dialect *dialect = NULL;
    if (token != EB_NO_TOKEN && eb_doc_type(&question->doc, token) == EB_JSON_STRING)
        dialect = eb_dialect_find(eb_uri_without_fragment(
            eb_doc_string(&question->doc, token, &question->harness->documents)));
    if (dialect)
        question->harness->options.default_draft = dialect->draft;
    eb_json_open_object(question->out);
    write_bool_member(question->out, "ok", dialect != NULL);
    eb_json_close_object(question->out);
}

/* ---- run ---- */

/* The value at `token` as a document of its own; its text has been read once already. */
static bool read_part(struct question *question, uint32_t token, struct eb_doc *part)
{
    struct eb_json_fault fault;
    return eb_json_read(part, eb_doc_source(&question->doc, token), &eb_json_limits_max,
               &question->harness->documents, &fault) == EB_JSON_OK;
}

/* The documents of the case's registry, by their URIs. False without memory. */
static bool read_registry(struct question *question, uint32_t registry, struct references *known)
{
    struct eb_arena *arena = &question->harness->documents;
    *known = (struct references){ .count = 0 };
    if (registry == EB_NO_TOKEN || eb_doc_type(&question->doc, registry) != EB_JSON_OBJECT)
        return true;
    uint32_t count = question->doc.tokens[registry].count;
    known->items = EB_ARENA_ARRAY(arena, struct reference, count + 1);
    if (!known->items)
        return false;
    EB_DOC_EACH_MEMBER(&question->doc, registry, name)
    {
        struct reference *reference = &known->items[known->count++];
        struct eb_span uri = eb_doc_string(&question->doc, name, arena);
        reference->uri = eb_uri_without_fragment(uri);
        if (!uri.ptr || !read_part(question, name + 1, &reference->doc))
            return false;
    }
    return true;
}

static void write_result(
    struct question *question, const struct validator *validator, uint32_t test)
{
    struct eb_json_writer *out = question->out;
    struct eb_doc instance;
    struct eb_validation validation;
    uint32_t token = eb_doc_member(&question->doc, test, "instance");
    eb_json_open_object(out);
    if (token == EB_NO_TOKEN) {
        write_context(out, eb_span_of("test: expected a member \"instance\""));
    } else if (!read_part(question, token, &instance)) {
        write_context(out, eb_span_of("out of memory"));
    } else {
        enum eb_validity validity =
            validator_run(validator, &instance, &question->harness->judge, &validation);
        if (validity == EB_UNDECIDED)
            write_context(out, eb_span_of("a limit was exceeded"));
        else
            write_bool_member(out, "valid", validity == EB_VALID);
    }
    eb_json_close_object(out);
}

static void write_results(
    struct question *question, const struct validator *validator, uint32_t tests)
{
    eb_json_write_name(question->out, eb_span_of("results"));
    eb_json_open_array(question->out);
    EB_DOC_EACH_ELEMENT(&question->doc, tests, test)
    {
        write_result(question, validator, test);
    }
    eb_json_close_array(question->out);
}

static void run_case(struct question *question, uint32_t schema, uint32_t registry, uint32_t tests)
{
    struct harness *harness = question->harness;
    struct references known;
    struct validator validator = { 0 };
    struct eb_doc doc;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_good = read_part(question, schema, &doc) && read_registry(question, registry, &known);
    if (!is_good)
        eb_diag_add_out_of_memory(&diags);
    is_good = is_good && validator_init(&validator, &doc, "event-bus:/schema.json",
                             harness->options, &known, &diags);
    if (is_good)
        write_results(question, &validator, tests);
    else
        write_context(question->out, message_of(&harness->documents, &diags));
    validator_release(&validator);
    eb_diag_list_release(&diags);
}

/* What a case must have, or what to say of it. */
static const char *misses(
    struct question *question, uint32_t test_case, uint32_t schema, uint32_t tests)
{
    const struct eb_doc *doc = &question->doc;
    if (!question->harness->is_started)
        return "run: expected \"start\" first";
    if (test_case == EB_NO_TOKEN)
        return "run: expected a member \"case\"";
    if (schema == EB_NO_TOKEN)
        return "case: expected a member \"schema\"";
    if (tests == EB_NO_TOKEN || eb_doc_type(doc, tests) != EB_JSON_ARRAY)
        return "case: expected \"tests\", an array";
    return NULL;
}

static bool wants_annotations(const struct eb_doc *doc)
{
    uint32_t output = eb_doc_member(doc, 0, "output");
    return output != EB_NO_TOKEN && eb_doc_type(doc, output) == EB_JSON_STRING &&
           !eb_doc_string_is(doc, output, eb_span_of("flag"));
}

static uint32_t member_of(const struct eb_doc *doc, uint32_t object, const char *name)
{
    return object == EB_NO_TOKEN ? EB_NO_TOKEN : eb_doc_member(doc, object, name);
}

static void run_question(struct question *question)
{
    const struct eb_doc *doc = &question->doc;
    struct eb_json_writer *out = question->out;
    uint32_t seq = eb_doc_member(doc, 0, "seq"), test_case = eb_doc_member(doc, 0, "case");
    uint32_t schema = member_of(doc, test_case, "schema");
    uint32_t tests = member_of(doc, test_case, "tests");
    const char *missing = misses(question, test_case, schema, tests);
    eb_json_open_object(out);
    if (seq != EB_NO_TOKEN) {
        eb_json_write_name(out, eb_span_of("seq"));
        eb_json_write_raw(out, eb_doc_source(doc, seq));
    }
    if (missing) {
        write_context(out, eb_span_of(missing));
    } else if (wants_annotations(doc)) {
        write_bool_member(out, "skipped", true);
        write_string_member(
            out, "message", eb_span_of("annotations are not collected, only verdicts and errors"));
    } else {
        run_case(question, schema, member_of(doc, test_case, "registry"), tests);
    }
    eb_json_close_object(out);
}

/* ---- the conversation ---- */

static void stop(struct question *question)
{
    question->harness->is_stopped = true;
}

static const struct {
    const char *name;
    void (*answer)(struct question *question);
} answers[] = {
    { "start", start },
    { "dialect", set_dialect },
    { "run", run_question },
    { "stop", stop },
};

static void write_complaint(struct eb_json_writer *out, const char *text)
{
    eb_json_open_object(out);
    write_context(out, eb_span_of(text));
    eb_json_close_object(out);
}

static void answer(struct harness *harness, struct eb_span line)
{
    struct question question = { .harness = harness, .out = &harness->line.out };
    struct eb_json_fault fault;
    if (eb_json_read(&question.doc, line, &eb_json_limits_max, &harness->documents, &fault) !=
        EB_JSON_OK) {
        write_complaint(question.out, eb_json_code_text(fault.code));
        return;
    }
    uint32_t command = eb_doc_member(&question.doc, 0, "cmd");
    bool is_named = command != EB_NO_TOKEN && eb_doc_type(&question.doc, command) == EB_JSON_STRING;
    for (size_t i = 0; is_named && i < sizeof answers / sizeof *answers; i++) {
        if (eb_doc_string_is(&question.doc, command, eb_span_of(answers[i].name))) {
            answers[i].answer(&question);
            return;
        }
    }
    write_complaint(question.out, "expected \"cmd\": start, dialect, run or stop");
}

/* False when nobody reads the answers any more. */
static bool answer_line(struct harness *harness, struct eb_span line)
{
    eb_arena_init_growing(&harness->documents, SIZE_MAX);
    json_line_begin(&harness->line);
    answer(harness, line);
    if (!harness->is_stopped)
        json_line_end(&harness->line);
    memory_release(&harness->documents);
    return output_flush();
}

static enum exit_code converse(struct harness *harness)
{
    struct line_reader lines = { 0 };
    struct eb_span line;
    bool is_open = true;
    while (is_open && !harness->is_stopped && line_read(&lines, &line))
        is_open = answer_line(harness, line);
    line_reader_release(&lines);
    return is_open && !ferror(stdin) ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct operands operands;
    if (!command_read(&command_bowtie, NULL, argc, argv, &operands))
        return EXIT_USAGE;
    if (operands.count)
        return command_misused(&command_bowtie);
    struct harness harness = { .options = { .default_draft = EB_DRAFT_2020_12 } };
    enum exit_code code = EXIT_PROBLEMS;
    if (judge_init(&harness.judge) && json_line_init(&harness.line))
        code = converse(&harness);
    json_line_release(&harness.line);
    judge_release(&harness.judge);
    return code;
}

const struct command command_bowtie = {
    .name = "bowtie",
    .synopsis = "< COMMANDS",
    .summary = "Answer Bowtie, which compares implementations of JSON Schema",
    .help =
        "Speaks version 1 of its harness protocol on standard input and output: start, dialect, "
        "run with\n"
        "a registry, stop. The five dialects from draft 4 to 2020-12; formats are annotations, "
        "as the\n"
        "standard has it.\n",
    .run = run,
};
