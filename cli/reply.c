#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "terminal.h"
#include "json/reader.h"

static bool is_object(const struct reply *reply, uint32_t token)
{
    return token != EB_NO_TOKEN && eb_doc_type(&reply->doc, token) == EB_JSON_OBJECT;
}

uint32_t reply_member(
    const struct reply *reply, uint32_t object, const char *name, enum eb_json_type type)
{
    uint32_t token =
        is_object(reply, object) ? eb_doc_member(&reply->doc, object, name) : EB_NO_TOKEN;
    bool is_there = token != EB_NO_TOKEN && eb_doc_type(&reply->doc, token) == type;
    return is_there ? token : EB_NO_TOKEN;
}

struct eb_span reply_text(const struct reply *reply, uint32_t object, const char *name)
{
    uint32_t token = reply_member(reply, object, name, EB_JSON_STRING);
    if (token == EB_NO_TOKEN)
        return eb_span(NULL, 0);
    return eb_doc_string(&reply->doc, token, reply->arena);
}

bool reply_flag(const struct reply *reply, uint32_t object, const char *name)
{
    return reply_member(reply, object, name, EB_JSON_TRUE) != EB_NO_TOKEN;
}

/* Literals of a figure are short; what is longer is nothing that a bus would say. */
double reply_decimal_at(const struct reply *reply, uint32_t token)
{
    char literal[64];
    if (token == EB_NO_TOKEN || eb_doc_type(&reply->doc, token) != EB_JSON_NUMBER)
        return 0;
    struct eb_span raw = eb_doc_raw(&reply->doc, token);
    if (raw.len >= sizeof literal)
        return 0;
    memcpy(literal, raw.ptr, raw.len);
    literal[raw.len] = '\0';
    double value = strtod(literal, NULL);
    return value > 0 && value < 1e300 ? value : 0;
}

double reply_decimal(const struct reply *reply, uint32_t object, const char *name)
{
    return reply_decimal_at(reply, reply_member(reply, object, name, EB_JSON_NUMBER));
}

uint64_t reply_number(const struct reply *reply, uint32_t object, const char *name)
{
    double value = reply_decimal(reply, object, name);
    return value < 1.8e19 ? (uint64_t)value : 0;
}

/* ---- reading ---- */

static struct eb_span error_of(const struct reply *reply, uint32_t response)
{
    if (reply_member(reply, response, "error", EB_JSON_STRING) == EB_NO_TOKEN)
        return eb_span(NULL, 0);
    struct eb_span error = reply_text(reply, response, "error");
    return error.ptr ? error : eb_span_of("out of memory");
}

static enum reply_kind read_response(
    struct reply *reply, uint32_t response, struct eb_span question)
{
    if (!is_object(reply, response))
        return REPLY_BROKEN;
    reply->error = error_of(reply, response);
    reply->data = reply_member(reply, response, "data", EB_JSON_OBJECT);
    uint32_t answered = reply_member(reply, response, "correlationData", EB_JSON_STRING);
    if (answered == EB_NO_TOKEN)
        return reply->error.ptr ? REPLY_OURS : REPLY_OTHERS;
    if (!eb_doc_string_is(&reply->doc, answered, question))
        return REPLY_OTHERS;
    return reply->error.ptr || reply->data != EB_NO_TOKEN ? REPLY_OURS : REPLY_BROKEN;
}

enum reply_kind reply_read(
    struct reply *reply, struct eb_span text, struct eb_span question, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    *reply = (struct reply){ .arena = arena, .data = EB_NO_TOKEN };
    if (eb_json_read(&reply->doc, text, &eb_json_limits_max, arena, &fault) != EB_JSON_OK)
        return REPLY_BROKEN;
    uint32_t responses = reply_member(reply, 0, "responses", EB_JSON_ARRAY);
    if (responses == EB_NO_TOKEN)
        return reply_text(reply, 0, "error").ptr ? REPLY_ABSENT : REPLY_BROKEN;
    enum reply_kind kind = REPLY_BROKEN;
    EB_DOC_EACH_ELEMENT(&reply->doc, responses, response)
    {
        kind = read_response(reply, response, question);
        if (kind == REPLY_OURS)
            return kind;
    }
    return kind;
}

/* ---- diagnostics ---- */

/* A string up to the first NUL in it, with one behind it; NULL: none. */
static const char *c_string(const struct reply *reply, uint32_t object, const char *name)
{
    struct eb_span text = reply_text(reply, object, name);
    return text.ptr ? eb_arena_copy(reply->arena, text).ptr : NULL;
}

static uint32_t small_number(const struct reply *reply, uint32_t object, const char *name)
{
    uint64_t value = reply_number(reply, object, name);
    return value <= UINT32_MAX / 2 ? (uint32_t)value : 0;
}

static bool ends_with(struct eb_span path, struct eb_span end)
{
    return end.len && path.len > end.len && path.ptr[path.len - end.len - 1] == '/' &&
           memcmp(path.ptr + path.len - end.len, end.ptr, end.len) == 0;
}

/* "…/managed/rules/low.json" is what was just sent under that name. */
static bool stands_for(const struct reply_source *source, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct eb_span folder = eb_span(path, slash ? (size_t)(slash - path) : 0);
    return ends_with(eb_span_of(path), source->stands_as) ||
           ends_with(folder, source->stands_below);
}

/* What is said of the file as a whole is about the bus's. */
static void set_place(struct eb_diag *diag, const struct reply_source *source)
{
    if (!source || !diag->file || !diag->line || !stands_for(source, diag->file))
        return;
    diag->file = source->file;
    if (diag->line == 1)
        diag->column += source->columns_before;
    diag->line += source->lines_before;
}

static void print_one(
    FILE *stream, const struct reply *reply, uint32_t object, const struct reply_source *source)
{
    struct eb_span severity = reply_text(reply, object, "severity");
    struct eb_diag diag = {
        .severity = eb_span_is(severity, "error")     ? EB_ERROR
                    : eb_span_is(severity, "warning") ? EB_WARNING
                                                      : EB_NOTE,
        .line = small_number(reply, object, "line"),
        .column = small_number(reply, object, "column"),
        .file = c_string(reply, object, "file"),
        .pointer = c_string(reply, object, "pointer"),
        .text = c_string(reply, object, "text"),
    };
    if (!diag.text)
        diag.text = "?";
    set_place(&diag, source);
    print_diag(stream, &diag);
}

uint32_t reply_print_diags(
    FILE *stream, const struct reply *reply, const struct reply_source *source)
{
    uint32_t count = 0, diags = reply_member(reply, reply->data, "diagnostics", EB_JSON_ARRAY);
    if (diags == EB_NO_TOKEN)
        return 0;
    EB_DOC_EACH_ELEMENT(&reply->doc, diags, diag)
    {
        if (is_object(reply, diag)) {
            print_one(stream, reply, diag, source);
            count++;
        }
    }
    return count;
}
