#include <strings.h>

#include "text/chars.h"
#include "text/format_checks.h"
#include "text/punycode.h"

enum {
    LOCAL_BYTES_MAX = 64,   /* RFC 5321 §4.5.3.1.1 */
    DOMAIN_BYTES_MAX = 255, /* RFC 5321 §4.5.3.1.2 */
};

/* "0" to "255" at `at`, without leading zeros; where it ends, NULL when there is none. */
static const char *skip_octet(const char *at, const char *end)
{
    int value = 0;
    const char *first = at;
    while (at < end && at - first < 3 && eb_char_is(*at, EB_CHAR_DIGIT))
        value = value * 10 + (*at++ - '0');
    if (at == first || value > 255 || (*first == '0' && at - first > 1))
        return NULL;
    return at;
}

bool eb_is_ipv4(struct eb_span text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    for (int octet = 0; octet < 4; octet++) {
        if (octet && (at == end || *at++ != '.'))
            return false;
        at = skip_octet(at, end);
        if (!at)
            return false;
    }
    return at == end;
}

/*
 * RFC 4291 §2.2: eight groups of up to four hexadecimal digits; one run of zero groups (of one or
 * more, as RFC 3986's grammar has it) may be "::"; the last two may be an IPv4 address.
 */
bool eb_is_ipv6(struct eb_span text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    int groups = 0;
    bool has_gap = false;
    if (text.len >= 2 && at[0] == ':' && at[1] == ':') {
        has_gap = true;
        at += 2;
    }
    while (at < end) {
        const char *first = at;
        while (at < end && eb_char_is(*at, EB_CHAR_HEX))
            at++;
        if (at < end && *at == '.') {
            groups += 2;
            return eb_is_ipv4(eb_span(first, (size_t)(end - first))) &&
                   (has_gap ? groups < 8 : groups == 8);
        }
        if (at == first || at - first > 4 || ++groups > 8)
            return false;
        if (at == end)
            break;
        if (*at++ != ':' || at == end)
            return false;
        if (*at == ':') {
            if (has_gap)
                return false;
            has_gap = true;
            at++;
        }
    }
    return has_gap ? groups < 8 : groups == 8;
}

/* Where a label of letters, digits and inner hyphens ends; NULL when there is none. */
static const char *skip_label(const char *at, const char *end, bool is_international)
{
    const char *first = at;
    while (at < end && (eb_char_is(*at, EB_CHAR_ALPHA | EB_CHAR_DIGIT) || *at == '-' ||
                           (is_international && *at & 0x80)))
        at++;
    if (at == first || at - first > EB_LABEL_BYTES_MAX || *first == '-' || at[-1] == '-')
        return NULL;
    return at;
}

bool eb_is_domain(struct eb_span text, bool is_international)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    for (;;) {
        at = skip_label(at, end, is_international);
        if (!at || at == end)
            return at != NULL;
        if (*at++ != '.')
            return false;
    }
}

/* Addresses of mail */

/* address-literal without its brackets (RFC 5321 §4.1.3). */
static bool is_address_literal(struct eb_span text)
{
    static const char tag[] = "IPv6:";
    if (text.len >= sizeof tag - 1 && strncasecmp(text.ptr, tag, sizeof tag - 1) == 0)
        return eb_is_ipv6(eb_span(text.ptr + sizeof tag - 1, text.len - (sizeof tag - 1)));
    const char *colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
    if (!colon)
        return eb_is_ipv4(text);
    const char *end = text.ptr + text.len;
    if (!skip_label(text.ptr, colon, false) || skip_label(text.ptr, colon, false) != colon)
        return false;
    for (const char *at = colon + 1; at < end; at++) {
        if (!eb_char_is(*at, EB_CHAR_DTEXT))
            return false;
    }
    return colon + 1 < end;
}

/* Quoted-string at `at`, which is behind its first quote; where it ends, or NULL. */
static const char *skip_quoted(const char *at, const char *end, bool is_international)
{
    while (at < end && *at != '"') {
        if (*at == '\\') {
            at++;
            if (at == end || *at < ' ' || *at > '~')
                return NULL;
        } else if (!eb_char_is(*at, EB_CHAR_QTEXT) && !(is_international && *at & 0x80)) {
            return NULL;
        }
        at++;
    }
    return at < end ? at + 1 : NULL;
}

/* Dot-string: atoms with single dots between them. */
static const char *skip_dot_string(const char *at, const char *end, bool is_international)
{
    for (;;) {
        const char *first = at;
        while (at < end && (eb_char_is(*at, EB_CHAR_ATEXT) || (is_international && *at & 0x80)))
            at++;
        if (at == first)
            return NULL;
        if (at == end || *at != '.')
            return at;
        at++;
    }
}

static bool is_mailbox(struct eb_span text, bool is_international)
{
    const char *end = text.ptr + text.len;
    if (text.len == 0)
        return false;
    const char *at = *text.ptr == '"' ? skip_quoted(text.ptr + 1, end, is_international)
                                      : skip_dot_string(text.ptr, end, is_international);
    if (!at || at - text.ptr > LOCAL_BYTES_MAX || at == end || *at++ != '@')
        return false;
    struct eb_span domain = eb_span(at, (size_t)(end - at));
    if (domain.len > 2 && domain.ptr[0] == '[' && domain.ptr[domain.len - 1] == ']')
        return is_address_literal(eb_span(domain.ptr + 1, domain.len - 2));
    return domain.len <= DOMAIN_BYTES_MAX && eb_is_domain(domain, is_international);
}

bool eb_is_email(struct eb_span text)
{
    return is_mailbox(text, false);
}

bool eb_is_idn_email(struct eb_span text)
{
    return is_mailbox(text, true);
}
