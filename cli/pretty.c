#include "pretty.h"

#include <stdbool.h>

#include "terminal.h"

enum {
    COLUMNS = 100,         /* that a line with its indentation should keep */
    INLINE_CONTAINERS = 2, /* with values in them, on one line */
};

static bool is_container(const struct eb_doc *doc, uint32_t token)
{
    return eb_doc_type(doc, token) >= EB_JSON_ARRAY;
}

static void print_scalar(FILE *stream, const struct eb_doc *doc, uint32_t token)
{
    print_json_text(stream, eb_doc_source(doc, token));
}

/* How long the value is on one line; more than COLUMNS when it is too long or too deep for one. */
static size_t line_len(const struct eb_doc *doc, uint32_t token)
{
    size_t len = 0;
    uint32_t containers = 0;
    for (uint32_t i = token; i < doc->tokens[token].next && len <= COLUMNS; i++) {
        bool holds_values = is_container(doc, i) && doc->tokens[i].count;
        containers += holds_values;
        len += is_container(doc, i) ? 2 : eb_doc_source(doc, i).len;
        len += i > token ? 2 : 0; /* ", " or ": " */
    }
    return containers > INLINE_CONTAINERS ? COLUMNS + 1 : len;
}

static void print_value(
    FILE *stream, const struct eb_doc *doc, uint32_t token, size_t column, unsigned depth);

static void break_line(FILE *stream, bool is_inline, unsigned depth)
{
    if (is_inline)
        return;
    fputc('\n', stream);
    fprintf(stream, "%*s", 2 * (int)depth, "");
}

static void print_members(
    FILE *stream, const struct eb_doc *doc, uint32_t object, bool is_inline, unsigned depth)
{
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        if (name > object + 1)
            fputs(is_inline ? ", " : ",", stream);
        break_line(stream, is_inline, depth);
        print_scalar(stream, doc, name);
        fputs(": ", stream);
        print_value(
            stream, doc, name + 1, (size_t)2 * depth + eb_doc_source(doc, name).len + 2, depth);
    }
}

static void print_elements(
    FILE *stream, const struct eb_doc *doc, uint32_t array, bool is_inline, unsigned depth)
{
    EB_DOC_EACH_ELEMENT(doc, array, element)
    {
        if (element > array + 1)
            fputs(is_inline ? ", " : ",", stream);
        break_line(stream, is_inline, depth);
        print_value(stream, doc, element, (size_t)2 * depth, depth);
    }
}

static void print_value(
    FILE *stream, const struct eb_doc *doc, uint32_t token, size_t column, unsigned depth)
{
    if (!is_container(doc, token)) {
        print_scalar(stream, doc, token);
        return;
    }
    bool is_object = eb_doc_type(doc, token) == EB_JSON_OBJECT;
    bool is_inline = column + line_len(doc, token) < COLUMNS;
    fputc(is_object ? '{' : '[', stream);
    if (is_object)
        print_members(stream, doc, token, is_inline, depth + 1);
    else
        print_elements(stream, doc, token, is_inline, depth + 1);
    break_line(stream, is_inline, depth);
    fputc(is_object ? '}' : ']', stream);
}

void print_pretty_value(FILE *stream, const struct eb_doc *doc, uint32_t token)
{
    print_value(stream, doc, token, 0, 0);
    fputc('\n', stream);
}

void print_pretty(FILE *stream, const struct eb_doc *doc)
{
    print_pretty_value(stream, doc, 0);
}
