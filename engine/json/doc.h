/*
 * doc.h - a JSON text that has been read: a flat tape of tokens over the bytes.
 *
 *     {"a":[1,"x"],"b":null}
 *
 *     0  OBJECT  count 2, next 7     a container's `next` jumps over all it holds
 *     1  STRING  a       next 2      a member is two values: its name, then its value
 *     2  ARRAY   count 2, next 5
 *     3  NUMBER  1       next 4
 *     4  STRING  x       next 5
 *     5  STRING  b       next 6
 *     6  NULL            next 7
 *
 * Token 0 is the whole value. Strings stay as they were written, escapes and all, and are decoded
 * only when somebody asks; numbers keep their literal. The reader has proved that the text is
 * well-formed (RFC 8259), valid UTF-8, and has no object with two members of the same name, so
 * nobody who walks a document checks any of this again.
 *
 * A document borrows the text and the tokens; both live as long as it is used.
 */
#ifndef EB_JSON_DOC_H
#define EB_JSON_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/span.h"

enum eb_json_type {
    EB_JSON_NULL,
    EB_JSON_FALSE,
    EB_JSON_TRUE,
    EB_JSON_NUMBER,
    EB_JSON_STRING,
    EB_JSON_ARRAY,
    EB_JSON_OBJECT,
};

enum {
    EB_TOKEN_IS_ESCAPED = 1, /* string: holds a backslash, so raw bytes are not its value */
    EB_TOKEN_IS_WIDE = 2,    /* string: its value may hold a code point beyond ASCII */
    EB_TOKEN_IS_INTEGER = 4, /* number: neither fraction nor exponent was written */
};

struct eb_token {
    uint32_t start; /* offset of the first byte; of a string, the one behind the quote */
    uint32_t len;   /* bytes as written; of a string, between the quotes */
    uint32_t next;  /* index of the first token that is not part of this value */
    uint32_t type : 4;
    uint32_t flags : 4;
    uint32_t count : 24; /* array: elements; object: members; a member's name: its mark; else 0 */
};

_Static_assert(sizeof(struct eb_token) == 16, "four tokens a cache line");

struct eb_doc {
    const char *text;
    uint32_t text_len;
    uint32_t token_count;
    const struct eb_token *tokens;
    const char *name;    /* what diagnostics call it: a file; NULL for an event */
    uint32_t first_line; /* line of its first byte in that file, counted from 1; 0 means 1 */
};

static inline enum eb_json_type eb_doc_type(const struct eb_doc *doc, uint32_t token)
{
    return (enum eb_json_type)doc->tokens[token].type;
}

/* The bytes as written, borrowed from the text; of a string, without the quotes. */
static inline struct eb_span eb_doc_raw(const struct eb_doc *doc, uint32_t token)
{
    return eb_span(doc->text + doc->tokens[token].start, doc->tokens[token].len);
}

static inline bool eb_doc_is_escaped(const struct eb_doc *doc, uint32_t token)
{
    return doc->tokens[token].flags & EB_TOKEN_IS_ESCAPED;
}

/*
 * Walk an object:  EB_DOC_EACH_MEMBER(doc, object, name) { uint32_t value = name + 1; … }
 * Walk an array:   EB_DOC_EACH_ELEMENT(doc, array, element) { … }
 */
#define EB_DOC_EACH_ELEMENT(doc, array, element)                                                   \
    for (uint32_t element = (array) + 1, element##_end = (doc)->tokens[array].next;                \
         element < element##_end; element = (doc)->tokens[element].next)
#define EB_DOC_EACH_MEMBER(doc, object, name)                                                      \
    for (uint32_t name = (object) + 1, name##_end = (doc)->tokens[object].next; name < name##_end; \
         name = (doc)->tokens[name + 1].next)

enum { EB_NO_TOKEN = UINT32_MAX };

/*
 * The value of a string token: borrowed from the text when it was written without escapes, else
 * decoded into `arena`. ptr is NULL when the arena is exhausted.
 */
struct eb_span eb_doc_string(const struct eb_doc *doc, uint32_t token, struct eb_arena *arena);

/* Whether a string token's value is `value`; needs no memory, whatever the escapes. */
bool eb_doc_string_is(const struct eb_doc *doc, uint32_t token, struct eb_span value);

/* Whether two string tokens have the same value, however each was written; needs no memory. */
bool eb_doc_strings_equal(
    const struct eb_doc *doc_a, uint32_t token_a, const struct eb_doc *doc_b, uint32_t token_b);

/* eb_hash() of a string token's value; needs no memory. */
uint64_t eb_doc_string_hash(
    const struct eb_doc *doc, uint32_t token, const struct eb_hash_key *key);

/* The value of the member `name`, or EB_NO_TOKEN. Linear in the members: for cold paths. */
uint32_t eb_doc_member(const struct eb_doc *doc, uint32_t object, const char *name);
uint32_t eb_doc_member_named(const struct eb_doc *doc, uint32_t object, struct eb_span name);

/* Bytes of the value as written: of a string, with its quotes. */
struct eb_span eb_doc_source(const struct eb_doc *doc, uint32_t token);

/*
 * The JSON Pointer (RFC 6901 §3) of `token`, NUL-terminated, given in `arena`; ptr is NULL when the
 * arena is exhausted. A member's name token has the pointer of its value. Linear in the tokens
 * before it: for when somebody reads it.
 */
struct eb_span eb_doc_pointer(const struct eb_doc *doc, uint32_t token, struct eb_arena *arena);

/*
 * The value that the JSON Pointer `pointer` (RFC 6901 §4) leads to, or EB_NO_TOKEN. Of a member,
 * the token before it is its name. Linear in the members it passes: for cold paths.
 */
uint32_t eb_doc_at(const struct eb_doc *doc, struct eb_span pointer);

/*
 * Line and column (in bytes) of `token`, counted from 1, in the file the document came from. The
 * column of a string is that of its quote.
 */
void eb_doc_position(const struct eb_doc *doc, uint32_t token, uint32_t *line, uint32_t *column);

/* The same of a byte of the text, which needs no tokens. */
void eb_doc_offset_position(
    const struct eb_doc *doc, size_t offset, uint32_t *line, uint32_t *column);

/* Reports against `token`: file, line, column and JSON Pointer are found here. Cold paths only. */
void eb_doc_diag(struct eb_diag_list *list, enum eb_severity severity, const struct eb_doc *doc,
    uint32_t token, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
