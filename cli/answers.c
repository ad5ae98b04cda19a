#include "answers.h"

#include <stdio.h>
#include <unistd.h>

#include "input.h"
#include "json_line.h"
#include "memory.h"
#include "progress.h"
#include "terminal.h"
#include "json/reader.h"

void answer_error(struct eb_json_writer *out, struct eb_span text)
{
    eb_json_open_object(out);
    write_string_member(out, "error", text);
    eb_json_close_object(out);
}

/* "NAME: expected … at byte 7" */
static void answer_fault(
    struct eb_json_writer *out, const char *name, const struct eb_json_fault *fault)
{
    char text[256];
    int len = snprintf(text, sizeof text, "%s: %s%s%s, at byte %u", name,
        eb_json_code_text(fault->code), fault->expected ? ": expected " : "",
        fault->expected ? fault->expected : "", fault->offset);
    answer_error(out, eb_span(text, (size_t)len));
}

void answer_diags(struct eb_json_writer *out, const struct eb_diag_list *diags)
{
    const struct eb_diag *diag = diags->first;
    while (diag && diag->severity != EB_ERROR)
        diag = diag->next;
    eb_json_open_object(out);
    eb_json_write_name(out, eb_span_of("error"));
    eb_json_open_string(out);
    eb_json_write_string_part(out, eb_span_of(diag ? diag->text : "out of memory"));
    if (diag && diag->pointer) {
        eb_json_write_string_part(out, eb_span_of(" (at "));
        eb_json_write_string_part(out, eb_span_of(*diag->pointer ? diag->pointer : "the top"));
        eb_json_write_string_part(out, eb_span_of(")"));
    }
    eb_json_close_string(out);
    eb_json_close_object(out);
}

bool answer_document(const struct eb_doc *question, const char *member, bool unwraps,
    struct eb_doc *doc, struct eb_arena *documents, struct eb_json_writer *out)
{
    uint32_t token = eb_doc_member(question, 0, member);
    if (token == EB_NO_TOKEN) {
        char text[128];
        int len = snprintf(text, sizeof text, "expected a member \"%s\"", member);
        answer_error(out, eb_span(text, (size_t)len));
        return false;
    }
    bool is_wrapped = unwraps && eb_doc_type(question, token) == EB_JSON_STRING;
    struct eb_span text =
        is_wrapped ? eb_doc_string(question, token, documents) : eb_doc_source(question, token);
    struct eb_json_fault fault = { .code = EB_JSON_NO_MEMORY };
    if (text.ptr && eb_json_read(doc, text, &eb_json_limits_max, documents, &fault) == EB_JSON_OK)
        return true;
    answer_fault(out, member, &fault);
    return false;
}

static void answer_line(struct eb_span line, answer_question *answer, void *context,
    struct eb_arena *documents, struct eb_json_writer *out)
{
    struct eb_doc question;
    struct eb_json_fault fault;
    if (eb_json_read(&question, line, &eb_json_limits_max, documents, &fault) != EB_JSON_OK)
        answer_fault(out, "line", &fault);
    else if (eb_doc_type(&question, 0) != EB_JSON_OBJECT)
        answer_error(out, eb_span_of("line: expected a JSON object"));
    else
        answer(context, &question, documents, out);
}

enum exit_code answer_lines(answer_question *answer, void *context)
{
    struct line_reader lines = { 0 };
    struct json_line answer_out;
    struct eb_span line;
    bool is_open = json_line_init(&answer_out), is_piped = !isatty(STDOUT_FILENO);
    unsigned long long count = 0;
    if (is_piped)
        progress_begin("answering");
    while (is_open && line_read(&lines, &line)) {
        progress_next("answering line %llu", ++count);
        struct eb_arena documents;
        eb_arena_init_growing(&documents, SIZE_MAX);
        json_line_begin(&answer_out);
        answer_line(line, answer, context, &documents, &answer_out.out);
        json_line_end(&answer_out);
        memory_release(&documents);
        is_open = output_flush();
    }
    if (is_piped)
        progress_end();
    line_reader_release(&lines);
    json_line_release(&answer_out);
    return is_open && !ferror(stdin) ? EXIT_FINE : EXIT_PROBLEMS;
}
