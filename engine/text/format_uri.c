#include "base/utf8.h"
#include "text/chars.h"
#include "text/format_checks.h"

/* A grammar: URIs, or IRIs, which take ucschar where URIs take unreserved (RFC 3987 §2.2). */
struct reader {
    const char *at, *end;
    bool is_international;
};

bool eb_is_percent_escape(const char *at, const char *end)
{
    return end - at >= 3 && at[0] == '%' && eb_char_is(at[1], EB_CHAR_HEX) &&
           eb_char_is(at[2], EB_CHAR_HEX);
}

bool eb_is_iri_character(uint32_t code_point, bool has_private)
{
    static const struct {
        uint32_t first, last;
    } blocks[] = {
        { 0xa0, 0xd7ff },
        { 0xf900, 0xfdcf },
        { 0xfdf0, 0xffef },
    };
    if (code_point >= 0x10000) {
        /* Planes 1 to 14 without their last two; 14 begins at E1000. 15 and 16 are private. */
        if ((code_point & 0xffff) > 0xfffd)
            return false;
        return code_point < 0xe0000 || (code_point >= 0xe1000 && code_point < 0xf0000) ||
               (code_point >= 0xf0000 && has_private);
    }
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        if (code_point >= blocks[i].first && code_point <= blocks[i].last)
            return true;
    }
    return has_private && code_point >= 0xe000 && code_point <= 0xf8ff;
}

/* Behind ASCII's own: an escape, or a character beyond ASCII where the grammar allows that. */
static bool take_other(struct reader *reader, bool has_private)
{
    if (eb_is_percent_escape(reader->at, reader->end)) {
        reader->at += 3;
        return true;
    }
    if (!reader->is_international || !(*reader->at & 0x80))
        return false;
    uint32_t code_point;
    size_t len =
        eb_utf8_decode(eb_span(reader->at, (size_t)(reader->end - reader->at)), &code_point);
    if (!len || !eb_is_iri_character(code_point, has_private))
        return false;
    reader->at += len;
    return true;
}

/* Any number of characters of `classes`. */
static void skip(struct reader *reader, unsigned classes, bool has_private)
{
    do {
        while (reader->at < reader->end && eb_char_is(*reader->at, classes))
            reader->at++;
    } while (reader->at < reader->end && take_other(reader, has_private));
}

static bool is_at(const struct reader *reader, char c)
{
    return reader->at < reader->end && *reader->at == c;
}

/* IP-literal behind its '[': an IPv6 address or "v1.x". */
static bool take_ip_literal(struct reader *reader)
{
    const char *first = reader->at;
    const char *close = memchr(first, ']', (size_t)(reader->end - first));
    if (!close)
        return false;
    reader->at = close + 1;
    if (first == close || (*first | 0x20) != 'v')
        return eb_is_ipv6(eb_span(first, (size_t)(close - first)));
    const char *at = first + 1;
    while (at < close && eb_char_is(*at, EB_CHAR_HEX))
        at++;
    if (at == first + 1 || *at++ != '.' || at == close)
        return false;
    while (at < close && (*at == ':' || eb_char_is(*at, EB_CHAR_UNRESERVED | EB_CHAR_SUB_DELIM)))
        at++;
    return at == close;
}

/*
 * authority = [ userinfo "@" ] host [ ":" port ]. Userinfo and reg-name share their characters
 * but for the colon, so what comes before an '@' was the one and what does not was the other.
 */
static bool take_authority(struct reader *reader)
{
    const unsigned plain = EB_CHAR_UNRESERVED | EB_CHAR_SUB_DELIM;
    const char *first = reader->at;
    skip(reader, plain | EB_CHAR_COLON, false);
    if (is_at(reader, '@'))
        reader->at++;
    else
        reader->at = first;
    if (is_at(reader, '[')) {
        reader->at++;
        if (!take_ip_literal(reader))
            return false;
    } else {
        skip(reader, plain, false);
    }
    if (!is_at(reader, ':'))
        return true;
    reader->at++;
    while (reader->at < reader->end && eb_char_is(*reader->at, EB_CHAR_DIGIT))
        reader->at++;
    return true;
}

/* hier-part or relative-part: what stands before '?', '#' and the end. */
static bool take_hierarchy(struct reader *reader)
{
    if (!is_at(reader, '/') || reader->end - reader->at < 2 || reader->at[1] != '/') {
        skip(reader, EB_CHAR_PATH | EB_CHAR_SLASH, false);
        return true;
    }
    reader->at += 2;
    if (!take_authority(reader))
        return false;
    if (is_at(reader, '/')) /* path-abempty */
        skip(reader, EB_CHAR_PATH | EB_CHAR_SLASH, false);
    return true;
}

static bool take_all(struct reader *reader)
{
    const unsigned tail = EB_CHAR_PATH | EB_CHAR_SLASH | EB_CHAR_QUESTION;
    if (!take_hierarchy(reader))
        return false;
    if (is_at(reader, '?')) {
        reader->at++;
        skip(reader, tail, true);
    }
    if (is_at(reader, '#')) {
        reader->at++;
        skip(reader, tail, false);
    }
    return reader->at == reader->end;
}

static bool take_scheme(struct reader *reader)
{
    const char *at = reader->at;
    if (at == reader->end || !eb_char_is(*at, EB_CHAR_ALPHA))
        return false;
    while (at < reader->end && eb_char_is(*at, EB_CHAR_SCHEME))
        at++;
    if (at == reader->end || *at != ':')
        return false;
    reader->at = at + 1;
    return true;
}

static bool is_absolute(struct eb_span text, bool is_international)
{
    struct reader reader = { text.ptr, text.ptr + text.len, is_international };
    return take_scheme(&reader) && take_all(&reader);
}

/* path-noscheme: the first segment of a relative path holds no colon (RFC 3986 §4.2). */
static bool has_colon_in_first_segment(struct eb_span text)
{
    for (size_t i = 0; i < text.len && !strchr("/?#", text.ptr[i]); i++) {
        if (text.ptr[i] == ':')
            return true;
    }
    return false;
}

static bool is_reference(struct eb_span text, bool is_international)
{
    struct reader reader = { text.ptr, text.ptr + text.len, is_international };
    if (text.len == 0)
        return true;
    if (take_scheme(&reader))
        return take_all(&reader);
    return !has_colon_in_first_segment(text) && take_all(&reader);
}

bool eb_is_uri(struct eb_span text)
{
    return is_absolute(text, false);
}

bool eb_is_uri_reference(struct eb_span text)
{
    return is_reference(text, false);
}

bool eb_is_iri(struct eb_span text)
{
    return is_absolute(text, true);
}

bool eb_is_iri_reference(struct eb_span text)
{
    return is_reference(text, true);
}
