#include "text/media_type.h"

#include <string.h>

static char to_lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter + 'a' - 'A') : letter;
}

bool eb_media_type_word_is(struct eb_span text, const char *word)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!word[i] || to_lower(text.ptr[i]) != to_lower(word[i]))
            return false;
    }
    return word[text.len] == '\0';
}

/* Any ASCII but controls, space and tspecials (RFC 2045 §5.1). */
static bool is_token_letter(char letter)
{
    return letter > ' ' && letter < 0x7f && !strchr("()<>@,;:\\\"/[]?=", letter);
}

static struct eb_span take_token(struct eb_span *rest)
{
    size_t len = 0;
    while (len < rest->len && is_token_letter(rest->ptr[len]))
        len++;
    struct eb_span token = eb_span(rest->ptr, len);
    *rest = eb_span(rest->ptr + len, rest->len - len);
    return token;
}

static bool take(struct eb_span *rest, char wanted)
{
    if (!rest->len || *rest->ptr != wanted)
        return false;
    *rest = eb_span(rest->ptr + 1, rest->len - 1);
    return true;
}

static void skip_space(struct eb_span *rest)
{
    while (take(rest, ' ') || take(rest, '\t'))
        ;
}

/* len 0: it does not end, or holds what a line cannot. */
static struct eb_span take_quoted(struct eb_span *rest)
{
    for (size_t at = 1; at < rest->len; at++) {
        char letter = rest->ptr[at];
        if (letter == '"') {
            struct eb_span quoted = eb_span(rest->ptr, at + 1);
            *rest = eb_span(rest->ptr + at + 1, rest->len - at - 1);
            return quoted;
        }
        if ((unsigned char)letter < ' ' && letter != '\t')
            break;
        at += letter == '\\';
    }
    return eb_span(NULL, 0);
}

static bool take_parameter(struct eb_span *rest, struct eb_media_type *media_type)
{
    skip_space(rest);
    struct eb_span name = take_token(rest);
    if (!name.len || !take(rest, '='))
        return false;
    bool is_quoted = rest->len && *rest->ptr == '"';
    struct eb_span value = is_quoted ? take_quoted(rest) : take_token(rest);
    if (!media_type->charset.ptr && eb_media_type_word_is(name, "charset"))
        media_type->charset = value;
    return value.len;
}

bool eb_media_type_read(struct eb_span text, struct eb_media_type *media_type)
{
    struct eb_span rest = text;
    *media_type = (struct eb_media_type){ .type = EB_SPAN("") };
    if (!text.len) /* maybe NULL, to which C does not let even zero be added (C11 6.5.6) */
        return false;
    media_type->type = take_token(&rest);
    if (!take(&rest, '/'))
        return false;
    media_type->subtype = take_token(&rest);
    if (!media_type->type.len || !media_type->subtype.len)
        return false;
    for (;;) {
        struct eb_span tail = rest;
        skip_space(&rest);
        if (!take(&rest, ';'))
            return tail.len == 0;
        if (!take_parameter(&rest, media_type))
            return false;
    }
}

bool eb_media_type_is_json(const struct eb_media_type *media_type)
{
    static const size_t suffix = sizeof "+json" - 1;
    struct eb_span subtype = media_type->subtype;
    if (eb_media_type_word_is(subtype, "json"))
        return true;
    return subtype.len > suffix &&
           eb_media_type_word_is(eb_span(subtype.ptr + subtype.len - suffix, suffix), "+json");
}

bool eb_media_type_is_utf8(const struct eb_media_type *media_type)
{
    static const char *const names[] = { "utf-8", "\"utf-8\"", "us-ascii", "\"us-ascii\"" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (eb_media_type_word_is(media_type->charset, names[i]))
            return true;
    }
    return !media_type->charset.ptr;
}
