/*
 * schema.h - JSON Schema: documents are handed in, compiled into programs, and judge documents.
 *
 * Drafts 4, 6, 7, 2019-09 and 2020-12, chosen by `$schema`. Compiling is pure: a reference leads to
 * a document of the library or it is an error. Programs are immutable and live in the library;
 * any number of threads may share them.
 */
#ifndef EB_SCHEMA_SCHEMA_H
#define EB_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "text/regex.h"
#include "json/doc.h"
#include "json/writer.h"

struct eb_schema;
struct eb_schema_library;

enum eb_draft {
    EB_DRAFT_4,
    EB_DRAFT_6,
    EB_DRAFT_7,
    EB_DRAFT_2019_09,
    EB_DRAFT_2020_12,
};

struct eb_schema_options {
    enum eb_draft default_draft; /* of documents without `$schema` */
    bool asserts_formats;
};

/*
 * Everything compiled goes into `arena`, a growing one, borrowed until the library is freed; the
 * library itself is given. NULL without memory.
 */
struct eb_schema_library *eb_schema_library_new(
    struct eb_arena *arena, struct eb_schema_options options);
/* Frees the library, its expressions and every schema compiled from it. */
void eb_schema_library_free(struct eb_schema_library *library);

/*
 * Make `doc` known under `uri` (absolute, without fragment) and under every `$id` and `$anchor` it
 * declares. The struct and the URI are copied; the text and the tokens are borrowed for as long as
 * the library lives, because faults quote them. False, with diagnostics, when the document is not a
 * schema (it is checked against its metaschema) or the URI is taken; a metaschema of one's own must
 * have been added before the schemas that name it in `$schema`.
 */
bool eb_schema_library_add(struct eb_schema_library *library, struct eb_span uri,
    const struct eb_doc *doc, struct eb_diag_list *diags);

/* A document and the URI it is handed in by; both are borrowed for the call, `*doc` is copied. */
struct eb_schema_document {
    struct eb_span uri;
    const struct eb_doc *doc;
};

/*
 * The same for many, in any order: a metaschema among them is added before the schemas that name
 * it. Goes on after a mistake; false when there was one.
 */
bool eb_schema_library_add_all(struct eb_schema_library *library,
    const struct eb_schema_document *documents, uint32_t count, struct eb_diag_list *diags);

/*
 * Make the document added under `uri` known as `name` as well: an absolute URI, or a word such as
 * "lock-event@2" that a reference may consist of. A word counts where the reference means nothing
 * by the standard's rules. False when another schema has the name, or without memory.
 */
bool eb_schema_library_alias(struct eb_schema_library *library, struct eb_span uri,
    struct eb_span name, struct eb_diag_list *diags);

/* The URI that the document added under `uri` gives itself by `$id`; where it has none, `uri`. */
struct eb_span eb_schema_library_id(struct eb_schema_library *library, struct eb_span uri);

/*
 * The program of the schema at `uri` (which may carry a fragment), compiled once. Owned by the
 * library. NULL with diagnostics, which name file, line, JSON Pointer and expectation.
 */
const struct eb_schema *eb_schema_compile(
    struct eb_schema_library *library, struct eb_span uri, struct eb_diag_list *diags);

/* The same with formats asserted or not, whatever the library's options say. */
const struct eb_schema *eb_schema_compile_formats(struct eb_schema_library *library,
    struct eb_span uri, bool asserts_formats, struct eb_diag_list *diags);

enum eb_validity {
    EB_VALID,
    EB_INVALID,
    EB_UNDECIDED, /* a bound was exceeded (regular expression steps, depth): reason `limit` */
};

/*
 * One unit of the standard's basic output (2020-12 core §12.4.2). Spans are given in the arena of
 * the validation; `error` is a sentence for the person who wrote the event.
 */
struct eb_fault {
    struct eb_span instance_location;
    struct eb_span keyword_location;
    struct eb_span absolute_keyword_location; /* ptr NULL: the schema has no URI */
    struct eb_span error;
};

/* What a thread brings to a validation. */
struct eb_validation {
    struct eb_arena *arena; /* a reserved one */
    struct eb_regex_runner *runner;
    uint32_t token;          /* the value that is judged; 0: all of the document */
    struct eb_fault *faults; /* room for `fault_max`; may be NULL when that is 0 */
    uint32_t fault_max;
    uint32_t fault_count; /* out */
    bool has_more_faults; /* out: faults were found that did not fit */
};

/*
 * Judge `doc`, or one value of it. Never touches the heap; depth is bounded by EB_DEPTH_MAX. An
 * invalid document is a verdict, not an error. With fault_max 0 the first fault ends it; else
 * faults are collected, in document order.
 */
enum eb_validity eb_schema_validate(
    const struct eb_schema *schema, const struct eb_doc *doc, struct eb_validation *validation);

/* {"keywordLocation":…,"absoluteKeywordLocation":…,"instanceLocation":…,"error":…} */
void eb_fault_write(const struct eb_fault *fault, struct eb_json_writer *writer);

#endif
