#include "base/utf8.h"
#include "text/chars.h"
#include "text/format_checks.h"

/* RFC 6570 §2.4.1: a prefix is 1 to 9999. */
enum { PREFIX_DIGITS_MAX = 4 };

/* varname: varchars with single dots between them; where it ends, or NULL. */
static const char *skip_name(const char *at, const char *end)
{
    for (;;) {
        const char *first = at;
        while (at < end && (eb_char_is(*at, EB_CHAR_WORD) || eb_is_percent_escape(at, end)))
            at += *at == '%' ? 3 : 1;
        if (at == first)
            return NULL;
        if (at == end || *at != '.')
            return at;
        at++;
    }
}

/* modifier-level4 */
static const char *skip_modifier(const char *at, const char *end)
{
    if (at < end && *at == '*')
        return at + 1;
    if (at == end || *at != ':')
        return at;
    const char *first = ++at;
    while (at < end && at - first < PREFIX_DIGITS_MAX && eb_char_is(*at, EB_CHAR_DIGIT))
        at++;
    return at > first && *first != '0' ? at : NULL;
}

/* expression behind its '{'; where it ends, or NULL. */
static const char *skip_expression(const char *at, const char *end)
{
    if (at < end && eb_char_is(*at, EB_CHAR_OPERATOR))
        at++;
    for (;;) {
        at = skip_name(at, end);
        at = at ? skip_modifier(at, end) : NULL;
        if (!at || at == end)
            return NULL;
        if (*at == '}')
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

static const char *skip_literal(const char *at, const char *end)
{
    if (eb_char_is(*at, EB_CHAR_LITERAL))
        return at + 1;
    if (eb_is_percent_escape(at, end))
        return at + 3;
    uint32_t code_point = 0;
    size_t len = *at & 0x80 ? eb_utf8_decode(eb_span(at, (size_t)(end - at)), &code_point) : 0;
    return len && eb_is_iri_character(code_point, true) ? at + len : NULL;
}

bool eb_is_uri_template(struct eb_span text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at && at < end)
        at = *at == '{' ? skip_expression(at + 1, end) : skip_literal(at, end);
    return text.len == 0 || at != NULL;
}
