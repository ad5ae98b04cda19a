/*
 * reader.h - bytes to document, in one pass and without the heap.
 *
 * RFC 8259, strict: valid UTF-8 throughout (§8.1), surrogates in pairs (§8.2), no duplicate names
 * (§4 leaves them open; here they are refused, because a validator that reads the last and a
 * consumer that reads the first is a hole), no byte order mark, nothing after the value.
 */
#ifndef EB_JSON_READER_H
#define EB_JSON_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "json/doc.h"

enum eb_json_code {
    EB_JSON_OK,
    EB_JSON_EMPTY, /* nothing but white space */
    EB_JSON_SYNTAX,
    EB_JSON_UTF8,      /* a byte sequence that is not UTF-8 */
    EB_JSON_SURROGATE, /* \uD800 without its partner */
    EB_JSON_DUPLICATE_NAME,
    EB_JSON_TRAILING,  /* something after the value */
    EB_JSON_TRUNCATED, /* the text ends inside a value */
    EB_JSON_TOO_LONG,  /* over bytes_max */
    EB_JSON_TOO_DEEP,  /* over depth_max */
    EB_JSON_NO_MEMORY, /* the arena is exhausted */
};

struct eb_json_limits {
    uint32_t bytes_max; /* at most EB_DOCUMENT_BYTES_MAX */
    uint32_t depth_max; /* at most EB_DEPTH_MAX; a lone scalar has depth 0, "[]" has 1 */
};

/*
 * What went wrong, at which byte, and what the reader expected there: "',' or '}'" (static; NULL
 * where nothing in particular). The first fault the reader meets wins; it meets a duplicate name
 * when the object ends.
 */
struct eb_json_fault {
    enum eb_json_code code;
    uint32_t offset;
    const char *expected;
};

/* The widest limits: for files an operator wrote. */
extern const struct eb_json_limits eb_json_limits_max;

/*
 * Read `text` into `*doc`; tokens come from `arena`, the text is borrowed for as long as the
 * document is used and is never read beyond `text.len`. Returns fault->code; after a fault `*doc`
 * is not usable and the arena is as before. doc->name and doc->first_line are left at NULL and 1.
 *
 * The arena must have room for the worst case, eb_json_read_bytes(): address space, of which only
 * what the tokens need is touched, and given back but for the tokens. With a reserved arena the
 * heap is never touched.
 */
enum eb_json_code eb_json_read(struct eb_doc *doc, struct eb_span text,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_json_fault *fault);

/* What reading a text of `text_len` bytes may at most ask of its arena. */
size_t eb_json_read_bytes(size_t text_len, const struct eb_json_limits *limits);

/* A sentence for people: "a member name appears twice". Static. */
const char *eb_json_code_text(enum eb_json_code code);

/*
 * For files: the same with the widest limits, and a diagnostic with file, line and column on
 * failure. `name` is borrowed like the text. False after a fault.
 */
bool eb_json_read_file(struct eb_doc *doc, struct eb_span text, const char *name,
    uint32_t first_line, struct eb_arena *arena, struct eb_diag_list *diags);

#endif
