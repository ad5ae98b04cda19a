#include "pattern/wildcard.h"

#include "base/limits.h"

static struct eb_span behind(struct eb_span text, size_t len)
{
    return eb_span(text.ptr + len, text.len - len);
}

/* Up to the star or the end, whether or not there are escapes. */
static size_t literal_len(struct eb_span wildcard, bool *is_escaped)
{
    size_t len = 0;
    *is_escaped = false;
    while (len < wildcard.len && wildcard.ptr[len] != '*') {
        bool escapes = wildcard.ptr[len] == '\\';
        *is_escaped |= escapes;
        len += escapes ? 2 : 1;
    }
    return len;
}

static struct eb_span decode(struct eb_span literal, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < literal.len; i++) {
        i += literal.ptr[i] == '\\';
        out[len++] = literal.ptr[i];
    }
    return eb_span(out, len);
}

struct eb_span eb_wildcard_literal(struct eb_span *rest, char *out, bool *has_star)
{
    bool is_escaped;
    struct eb_span literal = eb_span(rest->ptr, literal_len(*rest, &is_escaped));
    *rest = behind(*rest, literal.len);
    *has_star = rest->len > 0;
    if (*has_star)
        *rest = behind(*rest, 1);
    return is_escaped ? decode(literal, out) : literal;
}

static bool ends(struct eb_span text, struct eb_span literal)
{
    return text.len >= literal.len && eb_span_equal(behind(text, text.len - literal.len), literal);
}

/* Moves `*text` behind the first place where the literal is; false: there is none. */
static bool find(struct eb_span *text, struct eb_span literal)
{
    if (literal.len == 0)
        return true;
    const char *at = memmem(text->ptr, text->len, literal.ptr, literal.len);
    if (at)
        *text = behind(*text, (size_t)(at - text->ptr) + literal.len);
    return at;
}

/* Each literal is taken at the first place where it is: that leaves the most for those behind. */
bool eb_wildcard_matches(struct eb_span wildcard, struct eb_span text)
{
    char bytes[EB_WILDCARD_BYTES_MAX];
    bool has_star;
    struct eb_span literal = eb_wildcard_literal(&wildcard, bytes, &has_star);
    if (!has_star)
        return eb_span_equal(text, literal);
    if (!eb_span_starts(text, literal))
        return false;
    text = behind(text, literal.len);
    for (;;) {
        literal = eb_wildcard_literal(&wildcard, bytes, &has_star);
        if (!has_star)
            return ends(text, literal);
        if (!find(&text, literal))
            return false;
    }
}
