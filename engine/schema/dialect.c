#include "schema/dialect.h"

#include "base/embedded.h"

enum {
    D4 = 1 << EB_DRAFT_4,
    D6 = 1 << EB_DRAFT_6,
    D7 = 1 << EB_DRAFT_7,
    D19 = 1 << EB_DRAFT_2019_09,
    D20 = 1 << EB_DRAFT_2020_12,
    FROM_4 = D4 | D6 | D7 | D19 | D20,
    FROM_6 = FROM_4 & ~D4,
    FROM_7 = FROM_6 & ~D6,
    FROM_19 = D19 | D20,
};

enum {
    CORE = EB_VOCABULARY_CORE,
    APPLICATOR = EB_VOCABULARY_APPLICATOR,
    UNEVALUATED = EB_VOCABULARY_UNEVALUATED,
    VALIDATION = EB_VOCABULARY_VALIDATION,
    FORMAT = EB_VOCABULARY_FORMAT | EB_VOCABULARY_FORMAT_ASSERTION,
    CONTENT = EB_VOCABULARY_CONTENT,
};

enum {
    NONE = EB_SUBSCHEMAS_NONE,
    VALUE = EB_SUBSCHEMAS_VALUE,
    ELEMENTS = EB_SUBSCHEMAS_ELEMENTS,
    MEMBERS = EB_SUBSCHEMAS_MEMBERS,
    VALUE_OR_ALL = EB_SUBSCHEMAS_VALUE_OR_ALL,
};

struct keyword_row {
    struct eb_span name;
    uint8_t keyword;
    uint8_t drafts;
    uint8_t vocabularies; /* any of them brings it in */
    uint8_t subschemas;
};

/*
 * By name, for the binary search. `definitions` and `dependencies` went out with 2019-09, whose
 * metaschemas keep them reserved; schemas in the field still carry them, so they keep their meaning
 * (2020-12 core appendix, "compatibility").
 */
static const struct keyword_row rows[] = {
    { EB_SPAN("$anchor"), EB_KEYWORD_ANCHOR, FROM_19, CORE, NONE },
    { EB_SPAN("$defs"), EB_KEYWORD_DEFS, FROM_19, CORE, MEMBERS },
    { EB_SPAN("$dynamicAnchor"), EB_KEYWORD_DYNAMIC_ANCHOR, D20, CORE, NONE },
    { EB_SPAN("$dynamicRef"), EB_KEYWORD_DYNAMIC_REF, D20, CORE, NONE },
    { EB_SPAN("$id"), EB_KEYWORD_ID, FROM_6, CORE, NONE },
    { EB_SPAN("$recursiveAnchor"), EB_KEYWORD_RECURSIVE_ANCHOR, D19, CORE, NONE },
    { EB_SPAN("$recursiveRef"), EB_KEYWORD_RECURSIVE_REF, D19, CORE, NONE },
    { EB_SPAN("$ref"), EB_KEYWORD_REF, FROM_4, CORE, NONE },
    { EB_SPAN("$schema"), EB_KEYWORD_SCHEMA, FROM_4, CORE, NONE },
    { EB_SPAN("additionalItems"), EB_KEYWORD_ADDITIONAL_ITEMS, FROM_4 & ~D20, APPLICATOR, VALUE },
    { EB_SPAN("additionalProperties"), EB_KEYWORD_ADDITIONAL_PROPERTIES, FROM_4, APPLICATOR,
        VALUE },
    { EB_SPAN("allOf"), EB_KEYWORD_ALL_OF, FROM_4, APPLICATOR, ELEMENTS },
    { EB_SPAN("anyOf"), EB_KEYWORD_ANY_OF, FROM_4, APPLICATOR, ELEMENTS },
    { EB_SPAN("const"), EB_KEYWORD_CONST, FROM_6, VALIDATION, NONE },
    { EB_SPAN("contains"), EB_KEYWORD_CONTAINS, FROM_6, APPLICATOR, VALUE },
    { EB_SPAN("contentEncoding"), EB_KEYWORD_CONTENT_ENCODING, FROM_7, CONTENT, NONE },
    { EB_SPAN("contentMediaType"), EB_KEYWORD_CONTENT_MEDIA_TYPE, FROM_7, CONTENT, NONE },
    { EB_SPAN("contentSchema"), EB_KEYWORD_CONTENT_SCHEMA, FROM_19, CONTENT, VALUE },
    { EB_SPAN("definitions"), EB_KEYWORD_DEFINITIONS, FROM_4, CORE, MEMBERS },
    { EB_SPAN("dependencies"), EB_KEYWORD_DEPENDENCIES, FROM_4, APPLICATOR, MEMBERS },
    { EB_SPAN("dependentRequired"), EB_KEYWORD_DEPENDENT_REQUIRED, FROM_19, VALIDATION, NONE },
    { EB_SPAN("dependentSchemas"), EB_KEYWORD_DEPENDENT_SCHEMAS, FROM_19, APPLICATOR, MEMBERS },
    { EB_SPAN("else"), EB_KEYWORD_ELSE, FROM_7, APPLICATOR, VALUE },
    { EB_SPAN("enum"), EB_KEYWORD_ENUM, FROM_4, VALIDATION, NONE },
    { EB_SPAN("exclusiveMaximum"), EB_KEYWORD_EXCLUSIVE_MAXIMUM, FROM_4, VALIDATION, NONE },
    { EB_SPAN("exclusiveMinimum"), EB_KEYWORD_EXCLUSIVE_MINIMUM, FROM_4, VALIDATION, NONE },
    { EB_SPAN("format"), EB_KEYWORD_FORMAT, FROM_4, FORMAT, NONE },
    { EB_SPAN("id"), EB_KEYWORD_ID, D4, CORE, NONE },
    { EB_SPAN("if"), EB_KEYWORD_IF, FROM_7, APPLICATOR, VALUE },
    { EB_SPAN("items"), EB_KEYWORD_ITEMS, FROM_4, APPLICATOR, VALUE_OR_ALL },
    { EB_SPAN("maxContains"), EB_KEYWORD_MAX_CONTAINS, FROM_19, VALIDATION, NONE },
    { EB_SPAN("maxItems"), EB_KEYWORD_MAX_ITEMS, FROM_4, VALIDATION, NONE },
    { EB_SPAN("maxLength"), EB_KEYWORD_MAX_LENGTH, FROM_4, VALIDATION, NONE },
    { EB_SPAN("maxProperties"), EB_KEYWORD_MAX_PROPERTIES, FROM_4, VALIDATION, NONE },
    { EB_SPAN("maximum"), EB_KEYWORD_MAXIMUM, FROM_4, VALIDATION, NONE },
    { EB_SPAN("minContains"), EB_KEYWORD_MIN_CONTAINS, FROM_19, VALIDATION, NONE },
    { EB_SPAN("minItems"), EB_KEYWORD_MIN_ITEMS, FROM_4, VALIDATION, NONE },
    { EB_SPAN("minLength"), EB_KEYWORD_MIN_LENGTH, FROM_4, VALIDATION, NONE },
    { EB_SPAN("minProperties"), EB_KEYWORD_MIN_PROPERTIES, FROM_4, VALIDATION, NONE },
    { EB_SPAN("minimum"), EB_KEYWORD_MINIMUM, FROM_4, VALIDATION, NONE },
    { EB_SPAN("multipleOf"), EB_KEYWORD_MULTIPLE_OF, FROM_4, VALIDATION, NONE },
    { EB_SPAN("not"), EB_KEYWORD_NOT, FROM_4, APPLICATOR, VALUE },
    { EB_SPAN("oneOf"), EB_KEYWORD_ONE_OF, FROM_4, APPLICATOR, ELEMENTS },
    { EB_SPAN("pattern"), EB_KEYWORD_PATTERN, FROM_4, VALIDATION, NONE },
    { EB_SPAN("patternProperties"), EB_KEYWORD_PATTERN_PROPERTIES, FROM_4, APPLICATOR, MEMBERS },
    { EB_SPAN("prefixItems"), EB_KEYWORD_PREFIX_ITEMS, D20, APPLICATOR, ELEMENTS },
    { EB_SPAN("properties"), EB_KEYWORD_PROPERTIES, FROM_4, APPLICATOR, MEMBERS },
    { EB_SPAN("propertyNames"), EB_KEYWORD_PROPERTY_NAMES, FROM_6, APPLICATOR, VALUE },
    { EB_SPAN("required"), EB_KEYWORD_REQUIRED, FROM_4, VALIDATION, NONE },
    { EB_SPAN("then"), EB_KEYWORD_THEN, FROM_7, APPLICATOR, VALUE },
    { EB_SPAN("type"), EB_KEYWORD_TYPE, FROM_4, VALIDATION, NONE },
    { EB_SPAN("unevaluatedItems"), EB_KEYWORD_UNEVALUATED_ITEMS, FROM_19, UNEVALUATED, VALUE },
    { EB_SPAN("unevaluatedProperties"), EB_KEYWORD_UNEVALUATED_PROPERTIES, FROM_19, UNEVALUATED,
        VALUE },
    { EB_SPAN("uniqueItems"), EB_KEYWORD_UNIQUE_ITEMS, FROM_4, VALIDATION, NONE },
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };
_Static_assert(ROW_COUNT == EB_KEYWORD_COUNT + 1, "every keyword once, EB_KEYWORD_ID twice");

static const struct keyword_row *row_named(struct eb_span name)
{
    size_t low = 0, high = ROW_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = eb_span_compare(name, rows[middle].name);
        if (order == 0)
            return &rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

enum eb_keyword eb_keyword_find(const struct eb_dialect *dialect, struct eb_span name)
{
    const struct keyword_row *row = row_named(name);
    bool is_known =
        row && (row->drafts >> dialect->draft & 1) && (row->vocabularies & dialect->vocabularies);
    return is_known ? (enum eb_keyword)row->keyword : EB_KEYWORD_NONE;
}

bool eb_keyword_is_known(struct eb_span name)
{
    return row_named(name) != NULL;
}

static const struct keyword_row *row_of(enum eb_keyword keyword)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].keyword == keyword)
            return &rows[i];
    }
    return NULL;
}

struct eb_span eb_keyword_name(enum eb_keyword keyword)
{
    const struct keyword_row *row = row_of(keyword);
    return row ? row->name : eb_span("", 0);
}

enum eb_subschemas eb_keyword_subschemas(enum eb_keyword keyword)
{
    const struct keyword_row *row = row_of(keyword);
    return row ? (enum eb_subschemas)row->subschemas : EB_SUBSCHEMAS_NONE;
}

static const struct eb_dialect dialects[] = {
    { EB_SPAN("http://json-schema.org/draft-04/schema"), EB_DRAFT_4, EB_VOCABULARY_ALL },
    { EB_SPAN("http://json-schema.org/draft-06/schema"), EB_DRAFT_6, EB_VOCABULARY_ALL },
    { EB_SPAN("http://json-schema.org/draft-07/schema"), EB_DRAFT_7, EB_VOCABULARY_ALL },
    { EB_SPAN("https://json-schema.org/draft/2019-09/schema"), EB_DRAFT_2019_09,
        EB_VOCABULARY_ALL },
    { EB_SPAN("https://json-schema.org/draft/2020-12/schema"), EB_DRAFT_2020_12,
        EB_VOCABULARY_ALL },
};

const struct eb_dialect *eb_dialect_of(enum eb_draft draft)
{
    return &dialects[draft];
}

const struct eb_dialect *eb_dialect_find(struct eb_span uri)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        if (eb_span_equal(dialects[i].uri, uri))
            return &dialects[i];
    }
    return NULL;
}

struct vocabulary_row {
    const char *name;
    uint32_t vocabularies_2019;
    uint32_t vocabularies_2020;
};

static const struct vocabulary_row vocabulary_rows[] = {
    { "core", EB_VOCABULARY_CORE, EB_VOCABULARY_CORE },
    { "applicator", EB_VOCABULARY_APPLICATOR | EB_VOCABULARY_UNEVALUATED,
        EB_VOCABULARY_APPLICATOR },
    { "unevaluated", 0, EB_VOCABULARY_UNEVALUATED },
    { "validation", EB_VOCABULARY_VALIDATION, EB_VOCABULARY_VALIDATION },
    { "meta-data", EB_VOCABULARY_META_DATA, EB_VOCABULARY_META_DATA },
    { "format", EB_VOCABULARY_FORMAT, 0 },
    { "format-annotation", 0, EB_VOCABULARY_FORMAT },
    { "format-assertion", 0, EB_VOCABULARY_FORMAT_ASSERTION },
    { "content", EB_VOCABULARY_CONTENT, EB_VOCABULARY_CONTENT },
};

uint32_t eb_vocabulary_find(struct eb_span uri, enum eb_draft *draft)
{
    static const struct eb_span base_2019 = EB_SPAN("https://json-schema.org/draft/2019-09/vocab/");
    static const struct eb_span base_2020 = EB_SPAN("https://json-schema.org/draft/2020-12/vocab/");
    bool is_2020 = eb_span_starts(uri, base_2020);
    if (!is_2020 && !eb_span_starts(uri, base_2019))
        return 0;
    *draft = is_2020 ? EB_DRAFT_2020_12 : EB_DRAFT_2019_09;
    struct eb_span name = eb_span(uri.ptr + base_2020.len, uri.len - base_2020.len);
    for (size_t i = 0; i < sizeof vocabulary_rows / sizeof *vocabulary_rows; i++) {
        const struct vocabulary_row *row = &vocabulary_rows[i];
        if (eb_span_is(name, row->name))
            return is_2020 ? row->vocabularies_2020 : row->vocabularies_2019;
    }
    return 0;
}

extern const struct eb_embedded eb_embedded_metaschemas[];
extern const size_t eb_embedded_metaschemas_count;

struct metaschema_row {
    struct eb_span uri;
    struct eb_span file;
};

#define OLD(draft)                                                                                 \
    {                                                                                              \
        EB_SPAN("http://json-schema.org/" draft "/schema"), EB_SPAN(draft ".json")                 \
    }
#define NEW(draft)                                                                                 \
    {                                                                                              \
        EB_SPAN("https://json-schema.org/draft/" draft "/schema"), EB_SPAN("draft-" draft ".json") \
    }
#define PART(draft, name)                                                                          \
    {                                                                                              \
        EB_SPAN("https://json-schema.org/draft/" draft "/meta/" name),                             \
            EB_SPAN("draft-" draft "-" name ".json")                                               \
    }

static const struct metaschema_row metaschema_rows[] = {
    OLD("draft-04"),
    OLD("draft-06"),
    OLD("draft-07"),
    NEW("2019-09"),
    PART("2019-09", "core"),
    PART("2019-09", "applicator"),
    PART("2019-09", "validation"),
    PART("2019-09", "meta-data"),
    PART("2019-09", "format"),
    PART("2019-09", "content"),
    NEW("2020-12"),
    PART("2020-12", "core"),
    PART("2020-12", "applicator"),
    PART("2020-12", "unevaluated"),
    PART("2020-12", "validation"),
    PART("2020-12", "meta-data"),
    PART("2020-12", "format-annotation"),
    PART("2020-12", "format-assertion"),
    PART("2020-12", "content"),
};

static struct eb_span embedded_text(struct eb_span file)
{
    for (size_t i = 0; i < eb_embedded_metaschemas_count; i++) {
        if (eb_span_equal(eb_embedded_metaschemas[i].name, file))
            return eb_embedded_metaschemas[i].text;
    }
    return eb_span(NULL, 0);
}

struct eb_span eb_metaschema_text(struct eb_span uri)
{
    for (size_t i = 0; i < sizeof metaschema_rows / sizeof *metaschema_rows; i++) {
        if (eb_span_equal(metaschema_rows[i].uri, uri))
            return embedded_text(metaschema_rows[i].file);
    }
    return eb_span(NULL, 0);
}
