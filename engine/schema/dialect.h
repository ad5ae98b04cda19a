/*
 * dialect.h - which keywords mean what: the five drafts and their vocabularies.
 *
 * A draft fixes the meaning of keywords; from 2019-09 on a metaschema's `$vocabulary` picks which
 * of them count (core §8.1). One table names every keyword, the drafts and the vocabulary it
 * belongs to, and where schemas are inside its value; walking, compiling and explaining all read
 * it.
 */
#ifndef EB_SCHEMA_DIALECT_H
#define EB_SCHEMA_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "schema/schema.h"

enum eb_keyword {
    EB_KEYWORD_ADDITIONAL_ITEMS,
    EB_KEYWORD_ADDITIONAL_PROPERTIES,
    EB_KEYWORD_ALL_OF,
    EB_KEYWORD_ANCHOR,
    EB_KEYWORD_ANY_OF,
    EB_KEYWORD_CONST,
    EB_KEYWORD_CONTAINS,
    EB_KEYWORD_CONTENT_ENCODING,
    EB_KEYWORD_CONTENT_MEDIA_TYPE,
    EB_KEYWORD_CONTENT_SCHEMA,
    EB_KEYWORD_DEFINITIONS,
    EB_KEYWORD_DEFS,
    EB_KEYWORD_DEPENDENCIES,
    EB_KEYWORD_DEPENDENT_REQUIRED,
    EB_KEYWORD_DEPENDENT_SCHEMAS,
    EB_KEYWORD_DYNAMIC_ANCHOR,
    EB_KEYWORD_DYNAMIC_REF,
    EB_KEYWORD_ELSE,
    EB_KEYWORD_ENUM,
    EB_KEYWORD_EXCLUSIVE_MAXIMUM,
    EB_KEYWORD_EXCLUSIVE_MINIMUM,
    EB_KEYWORD_FORMAT,
    EB_KEYWORD_ID,
    EB_KEYWORD_IF,
    EB_KEYWORD_ITEMS,
    EB_KEYWORD_MAX_CONTAINS,
    EB_KEYWORD_MAX_ITEMS,
    EB_KEYWORD_MAX_LENGTH,
    EB_KEYWORD_MAX_PROPERTIES,
    EB_KEYWORD_MAXIMUM,
    EB_KEYWORD_MIN_CONTAINS,
    EB_KEYWORD_MIN_ITEMS,
    EB_KEYWORD_MIN_LENGTH,
    EB_KEYWORD_MIN_PROPERTIES,
    EB_KEYWORD_MINIMUM,
    EB_KEYWORD_MULTIPLE_OF,
    EB_KEYWORD_NOT,
    EB_KEYWORD_ONE_OF,
    EB_KEYWORD_PATTERN,
    EB_KEYWORD_PATTERN_PROPERTIES,
    EB_KEYWORD_PREFIX_ITEMS,
    EB_KEYWORD_PROPERTIES,
    EB_KEYWORD_PROPERTY_NAMES,
    EB_KEYWORD_RECURSIVE_ANCHOR,
    EB_KEYWORD_RECURSIVE_REF,
    EB_KEYWORD_REF,
    EB_KEYWORD_REQUIRED,
    EB_KEYWORD_SCHEMA,
    EB_KEYWORD_THEN,
    EB_KEYWORD_TYPE,
    EB_KEYWORD_UNEVALUATED_ITEMS,
    EB_KEYWORD_UNEVALUATED_PROPERTIES,
    EB_KEYWORD_UNIQUE_ITEMS,
    EB_KEYWORD_COUNT,
    EB_KEYWORD_NONE = EB_KEYWORD_COUNT,
};

/* Where a keyword's value holds schemas. */
enum eb_subschemas {
    EB_SUBSCHEMAS_NONE,
    EB_SUBSCHEMAS_VALUE,        /* it is one */
    EB_SUBSCHEMAS_ELEMENTS,     /* its elements are */
    EB_SUBSCHEMAS_MEMBERS,      /* its members' values are */
    EB_SUBSCHEMAS_VALUE_OR_ALL, /* it is one, or its elements are (`items` before 2020-12) */
};

enum eb_vocabulary {
    EB_VOCABULARY_CORE = 1,
    EB_VOCABULARY_APPLICATOR = 2,
    EB_VOCABULARY_UNEVALUATED = 4,
    EB_VOCABULARY_VALIDATION = 8,
    EB_VOCABULARY_META_DATA = 16,
    EB_VOCABULARY_FORMAT = 32, /* as annotation; asserted when the library's options say so */
    EB_VOCABULARY_FORMAT_ASSERTION = 64,
    EB_VOCABULARY_CONTENT = 128,
    EB_VOCABULARY_ALL = 255 & ~EB_VOCABULARY_FORMAT_ASSERTION,
};

struct eb_dialect {
    struct eb_span uri; /* of its metaschema, without fragment */
    enum eb_draft draft;
    uint32_t vocabularies;
};

/* The keyword called `name` where `dialect` knows one, else EB_KEYWORD_NONE. */
enum eb_keyword eb_keyword_find(const struct eb_dialect *dialect, struct eb_span name);

/* Whether `name` is a keyword of any draft. */
bool eb_keyword_is_known(struct eb_span name);

struct eb_span eb_keyword_name(enum eb_keyword keyword);

/* Whether and where the keyword's value holds schemas. */
enum eb_subschemas eb_keyword_subschemas(enum eb_keyword keyword);

/* The standard dialect of `draft`. */
const struct eb_dialect *eb_dialect_of(enum eb_draft draft);

/* The standard dialect whose metaschema is `uri`, without fragment; NULL when it is none of them.
 */
const struct eb_dialect *eb_dialect_find(struct eb_span uri);

/* The vocabulary `uri` and the draft that defines it; 0 when it is unknown. */
uint32_t eb_vocabulary_find(struct eb_span uri, enum eb_draft *draft);

/* The metaschema built in as `uri` (without fragment); ptr NULL when there is none. */
struct eb_span eb_metaschema_text(struct eb_span uri);

#endif
