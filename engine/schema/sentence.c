#include "schema/sentence.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "schema/program.h"

static const struct eb_span ellipsis = EB_SPAN("…");

enum { VALUE_BYTES_MAX = 80 };

void eb_sentence_init(struct eb_sentence *sentence)
{
    sentence->len = 0;
    sentence->is_cut = false;
}

/* Whole characters, or none; the last room is kept for the ellipsis. */
static void put(struct eb_sentence *sentence, struct eb_span text)
{
    if (sentence->is_cut)
        return;
    sentence->is_cut = text.len > sizeof sentence->text - ellipsis.len - sentence->len;
    if (sentence->is_cut)
        text = ellipsis;
    memcpy(sentence->text + sentence->len, text.ptr, text.len);
    sentence->len += text.len;
}

/* One character of `text`, escaped where needed; returns how long it was in `text`. */
static size_t put_character(struct eb_sentence *sentence, struct eb_span text)
{
    uint32_t code_point = 0;
    size_t len = eb_utf8_decode(text, &code_point);
    if (len && eb_utf8_is_printable(code_point)) {
        put(sentence, eb_span(text.ptr, len));
        return len;
    }
    char escape[12];
    int escape_len = len ? snprintf(escape, sizeof escape, "\\u%04x", (unsigned)code_point)
                         : snprintf(escape, sizeof escape, "\\x%02x", (unsigned char)text.ptr[0]);
    put(sentence, eb_span(escape, (size_t)escape_len));
    return len ? len : 1;
}

void eb_sentence_quote(struct eb_sentence *sentence, struct eb_span text, size_t bytes_max)
{
    size_t at = 0;
    while (at < text.len && at < bytes_max && !sentence->is_cut)
        at += put_character(sentence, eb_span(text.ptr + at, text.len - at));
    if (at < text.len)
        put(sentence, ellipsis);
}

void eb_sentence_add(struct eb_sentence *sentence, const char *format, ...)
{
    char text[EB_SENTENCE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len > 0)
        eb_sentence_quote(sentence,
            eb_span(text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1), sizeof text);
}

void eb_sentence_value(struct eb_sentence *sentence, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span raw = eb_doc_raw(doc, token);
    uint32_t count = doc->tokens[token].count;
    switch (eb_doc_type(doc, token)) {
    case EB_JSON_STRING:
        put(sentence, eb_span("\"", 1));
        eb_sentence_quote(sentence, raw, VALUE_BYTES_MAX);
        put(sentence, eb_span("\"", 1));
        break;
    case EB_JSON_ARRAY:
        eb_sentence_add(
            sentence, count == 1 ? "an array of 1 element" : "an array of %u elements", count);
        break;
    case EB_JSON_OBJECT:
        eb_sentence_add(
            sentence, count == 1 ? "an object with 1 member" : "an object with %u members", count);
        break;
    default: eb_sentence_quote(sentence, raw, VALUE_BYTES_MAX); break;
    }
}

void eb_sentence_kinds(struct eb_sentence *sentence, uint32_t kinds)
{
    static const struct {
        uint32_t kinds;
        const char *text;
    } rows[] = {
        { EB_KINDS_NUMBER, "a number" },
        { 1 << EB_KIND_INTEGER, "an integer" },
        { EB_KINDS_STRING, "a string" },
        { EB_KINDS_ARRAY, "an array" },
        { EB_KINDS_OBJECT, "an object" },
        { 1 << EB_KIND_TRUE, "true" },
        { 1 << EB_KIND_FALSE, "false" },
        { 1 << EB_KIND_NULL, "null" },
    };
    const char *between = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((kinds & rows[i].kinds) != rows[i].kinds)
            continue;
        kinds &= ~rows[i].kinds;
        eb_sentence_add(sentence, "%s%s", between, rows[i].text);
        between = kinds & (kinds - 1) ? ", " : " or ";
    }
}

struct eb_span eb_sentence_copy(const struct eb_sentence *sentence, struct eb_arena *arena)
{
    return eb_arena_copy(arena, eb_span(sentence->text, sentence->len));
}
