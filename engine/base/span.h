/*
 * span.h - a string as a pointer and a length; it owns nothing.
 *
 * The bytes need not end in NUL and may hold NUL. A span with ptr == NULL is "not there", which is
 * different from the empty string wherever a caller can tell the two apart.
 */
#ifndef EB_BASE_SPAN_H
#define EB_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct eb_span {
    const char *ptr;
    size_t len;
};

/* A string literal as a span, usable in static initialisers. */
#define EB_SPAN(literal)                                                                           \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static inline struct eb_span eb_span(const char *ptr, size_t len)
{
    return (struct eb_span){ ptr, len };
}

/* Borrows `text`, a C string or NULL, for as long as the caller keeps it. */
static inline struct eb_span eb_span_of(const char *text)
{
    return (struct eb_span){ text, text ? strlen(text) : 0 };
}

static inline bool eb_span_equal(struct eb_span a, struct eb_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool eb_span_is(struct eb_span a, const char *text)
{
    return eb_span_equal(a, eb_span_of(text));
}

static inline bool eb_span_starts(struct eb_span a, struct eb_span prefix)
{
    return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.ptr, prefix.ptr, prefix.len) == 0);
}

/* Bytewise order, a prefix before what it begins: <0, 0 or >0. */
static inline int eb_span_compare(struct eb_span a, struct eb_span b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
