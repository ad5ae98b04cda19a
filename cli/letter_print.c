/* What a letter says: the half of letters.h that shows. */
#include <stdio.h>
#include <string.h>

#include "letters.h"
#include "terminal.h"
#include "json/base64.h"

struct eb_span letter_payload(const struct letter *letter, struct eb_arena *arena)
{
    uint32_t payload = eb_doc_member(&letter->doc, 0, "payload");
    if (payload == EB_NO_TOKEN)
        return eb_span(NULL, 0);
    struct eb_span encoding = letter_text(letter, payload, "encoding", arena);
    struct eb_span value = letter_text(letter, payload, "value", arena);
    if (!encoding.ptr || !value.ptr)
        return eb_span(NULL, 0);
    bool is_exhausted;
    return eb_span_is(encoding, "base64") ? eb_base64_decode(value, arena, &is_exhausted) : value;
}

static void print_cell(struct eb_span text, int width)
{
    int len = text.ptr ? (int)text.len : 1;
    if (text.ptr)
        print_escaped(stdout, text);
    else
        putchar('-');
    printf("%*s", len < width ? width - len : 0, "");
    fputs("  ", stdout);
}

/* The first of its faults: where, and what. */
static void print_first_fault(const struct letter *letter, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    uint32_t faults = eb_doc_member(doc, 0, "faults");
    if (faults == EB_NO_TOKEN || eb_doc_type(doc, faults) != EB_JSON_ARRAY ||
        doc->tokens[faults].count == 0)
        return;
    struct eb_span place = letter_text(letter, faults + 1, "instanceLocation", arena);
    struct eb_span error = letter_text(letter, faults + 1, "error", arena);
    fputs("      ", stdout);
    style(stdout, STYLE_DIM);
    if (place.len) {
        print_escaped(stdout, place);
        fputs(": ", stdout);
    }
    print_escaped(stdout, error.ptr ? error : eb_span("", 0));
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

static void print_summary_line(const struct letter *letter)
{
    uint32_t count = eb_doc_member(&letter->doc, 0, "count");
    struct eb_span raw = count == EB_NO_TOKEN ? eb_span("?", 1) : eb_doc_raw(&letter->doc, count);
    style(stdout, STYLE_WARN);
    fputs("and ", stdout);
    print_escaped(stdout, raw);
    fputs(" more, over the budget", stdout);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
}

void letter_print_line(const struct letter *letter, struct eb_arena *arena)
{
    printf("%4u  ", letter->number);
    print_cell(letter->time, 24);
    if (letter->is_summary) {
        print_summary_line(letter);
        return;
    }
    style(stdout, STYLE_BAD);
    print_cell(letter->reason, 9);
    style(stdout, STYLE_PLAIN);
    print_cell(letter->client, 16);
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, letter->topic);
    style(stdout, STYLE_PLAIN);
    putchar('\n');
    print_first_fault(letter, arena);
}

/* ---- all of it ---- */

enum { LABEL_WIDTH = 14 };

/* A value as JSON but for strings, which stand as they are. */
static void print_value(const struct letter *letter, uint32_t token, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    bool is_string = eb_doc_type(doc, token) == EB_JSON_STRING;
    struct eb_span text = is_string ? eb_doc_string(doc, token, arena) : eb_doc_source(doc, token);
    print_escaped(stdout, text.ptr ? text : eb_span("", 0));
}

/* An array's elements have a line each. */
static void print_member(const struct letter *letter, uint32_t name, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    struct eb_span label = eb_doc_raw(doc, name);
    uint32_t value = name + 1;
    int width = (int)label.len < LABEL_WIDTH ? LABEL_WIDTH - (int)label.len : 1;
    style(stdout, STYLE_BOLD);
    print_escaped(stdout, label);
    style(stdout, STYLE_PLAIN);
    printf("%*s", width, "");
    if (eb_doc_type(doc, value) != EB_JSON_ARRAY || doc->tokens[value].count == 0) {
        print_value(letter, value, arena);
        putchar('\n');
        return;
    }
    const char *indent = "";
    EB_DOC_EACH_ELEMENT(doc, value, element)
    {
        printf("%s", indent);
        print_value(letter, element, arena);
        putchar('\n');
        indent = "              ";
    }
}

void letter_print(const struct letter *letter, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    EB_DOC_EACH_MEMBER(doc, 0, name)
    {
        if (!eb_doc_string_is(doc, name, eb_span_of("payload")))
            print_member(letter, name, arena);
    }
    struct eb_span payload = letter_payload(letter, arena);
    if (!payload.ptr)
        return;
    putchar('\n');
    print_escaped(stdout, payload);
    putchar('\n');
}
