#include "oracle/draw_schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    SCHEMA_DEPTH_MAX = 3,
    INSTANCE_DEPTH_MAX = 3,
    ROOM = 4096, /* left at the end, so that what is open can be closed */
};

struct writer {
    struct drawn *drawn;
    enum eb_draft draft;
    char *out;
    size_t len;
};

static unsigned below(struct drawn *drawn, unsigned count)
{
    return drawn->next < drawn->end ? *drawn->next++ % count : 0;
}

static unsigned choose(struct writer *w, unsigned count)
{
    return below(w->drawn, count);
}

static bool is_full(const struct writer *w)
{
    return w->len > DRAWN_TEXT_MAX - ROOM;
}

static void put(struct writer *w, const char *text)
{
    size_t len = strlen(text);
    if (w->len + len < DRAWN_TEXT_MAX) {
        memcpy(w->out + w->len, text, len + 1);
        w->len += len;
    }
}

/* ---- values ---- */

static const char *const names[] = { "\"a\"", "\"b\"", "\"ab\"", "\"\\u0063\"", "\"\"",
    "\"longer than eight\"", "\"longer then eight\"", "\"c\\u0301\"" };
static const char *const strings[] = { "\"a\"", "\"\"", "\"ab\"", "\"\\u0061\\u0062\"", "\"abc\"",
    "\"\xc3\xa9\"", "\"\\ud83d\\ude00\"", "\"longer than eight\"" };
static const char *const numbers[] = { "0", "1", "2", "-1", "1.0", "1.5", "3", "2e0", "-0.5",
    "100e-2", "12" };
static const char *const patterns[] = { "\"^a\"", "\"b$\"", "\"^[a-c]*$\"", "\"\\u0063|\\\\s\"",
    "\"\"" };
static const char *const types[] = { "\"null\"", "\"boolean\"", "\"number\"", "\"integer\"",
    "\"string\"", "\"array\"", "\"object\"" };
static const char *const counts[] = { "0", "1", "2", "3", "2.0" };

#define CHOOSE(w, list) put((w), (list)[choose((w), sizeof(list) / sizeof *(list))])

static void put_value(struct writer *w, unsigned depth);

/* Names in an object differ: the first is drawn, the others follow it. */
static void put_members(struct writer *w, unsigned depth)
{
    unsigned count = choose(w, 5), first = choose(w, 8);
    put(w, "{");
    for (unsigned i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put(w, names[(first + i) % 8]);
        put(w, ":");
        put_value(w, depth + 1);
    }
    put(w, "}");
}

static void put_elements(struct writer *w, unsigned depth)
{
    unsigned count = choose(w, 8) == 7 ? 16 : choose(w, 4);
    put(w, "[");
    for (unsigned i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_value(w, depth + 1);
    }
    put(w, "]");
}

static void put_value(struct writer *w, unsigned depth)
{
    unsigned kind = is_full(w) || depth >= INSTANCE_DEPTH_MAX ? choose(w, 5) : choose(w, 12);
    switch (kind) {
    case 0: put(w, "null"); break;
    case 1: put(w, choose(w, 2) ? "true" : "false"); break;
    case 2:
    case 3: CHOOSE(w, numbers); break;
    case 4:
    case 5: CHOOSE(w, strings); break;
    case 6:
    case 7:
    case 8: put_elements(w, depth); break;
    default: put_members(w, depth); break;
    }
}

size_t draw_instance(struct drawn *drawn, char *out)
{
    struct writer w = { .drawn = drawn, .out = out };
    put_value(&w, 0);
    return w.len;
}

/* ---- schemas ---- */

static void put_schema(struct writer *w, unsigned depth);

static void put_schemas(struct writer *w, unsigned depth)
{
    unsigned count = 1 + choose(w, 3);
    put(w, "[");
    for (unsigned i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_schema(w, depth + 1);
    }
    put(w, "]");
}

static void put_schemas_by(
    struct writer *w, unsigned depth, const char *const *keys, unsigned keys_count)
{
    unsigned count = choose(w, 4), first = choose(w, keys_count);
    put(w, "{");
    for (unsigned i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put(w, keys[(first + i) % keys_count]);
        put(w, ":");
        put_schema(w, depth + 1);
    }
    put(w, "}");
}

static void put_names(struct writer *w)
{
    unsigned count = choose(w, 3), first = choose(w, 8);
    put(w, "[");
    for (unsigned i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put(w, names[(first + i) % 8]);
    }
    put(w, "]");
}

static void put_type(struct writer *w)
{
    if (choose(w, 2)) {
        CHOOSE(w, types);
        return;
    }
    unsigned first = choose(w, 7);
    put(w, "[");
    put(w, types[first]);
    put(w, ",");
    put(w, types[(first + 1) % 7]);
    put(w, "]");
}

/* Draft 7's metaschema wants them to differ. */
static void put_values(struct writer *w)
{
    unsigned count = choose(w, 8) == 7 ? 10 : 1 + choose(w, 3);
    if (w->draft <= EB_DRAFT_7)
        count = 1;
    put(w, "[");
    for (unsigned i = 0; i < count; i++) {
        put(w, i ? "," : "");
        put_value(w, INSTANCE_DEPTH_MAX - 1);
    }
    put(w, "]");
}

static void put_items(struct writer *w, unsigned depth)
{
    if (w->draft < EB_DRAFT_2020_12 && choose(w, 2))
        put_schemas(w, depth);
    else
        put_schema(w, depth + 1);
}

static void put_ref(struct writer *w)
{
    static const char *const old[] = { "\"#/definitions/x\"", "\"#/definitions/y\"", "\"#\"",
        "\"r\"", "\"r#/definitions/x\"" };
    static const char *const new[] = { "\"#/$defs/x\"", "\"#/$defs/y\"", "\"#\"", "\"r\"",
        "\"r#/$defs/x\"", "\"#m\"", "\"s#m\"" };
    if (w->draft <= EB_DRAFT_7)
        CHOOSE(w, old);
    else
        CHOOSE(w, new);
}

static void put_dynamic_ref(struct writer *w)
{
    static const char *const references[] = { "\"#m\"", "\"r#m\"", "\"#/$defs/x\"" };
    if (w->draft == EB_DRAFT_2019_09)
        put(w, "\"#\"");
    else
        CHOOSE(w, references);
}

enum content {
    TYPE,
    VALUE,
    VALUES,
    NUMBER,
    POSITIVE,
    COUNT,
    PATTERN,
    FLAG,
    SCHEMA,
    SCHEMAS,
    ITEMS,
    BY_NAME,
    BY_PATTERN,
    NAMES,
    NAMES_BY_NAME,
    DEPENDENCIES,
    REF,
    DYNAMIC_REF,
};

static const struct keyword {
    const char *name;
    enum content content;
    enum eb_draft first, last;
} keywords[] = {
    { "type", TYPE, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "properties", BY_NAME, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "required", NAMES, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "additionalProperties", SCHEMA, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "patternProperties", BY_PATTERN, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "propertyNames", SCHEMA, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "minProperties", COUNT, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "maxProperties", COUNT, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "dependencies", DEPENDENCIES, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "dependentRequired", NAMES_BY_NAME, EB_DRAFT_2019_09, EB_DRAFT_2020_12 },
    { "dependentSchemas", BY_NAME, EB_DRAFT_2019_09, EB_DRAFT_2020_12 },
    { "items", ITEMS, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "prefixItems", SCHEMAS, EB_DRAFT_2020_12, EB_DRAFT_2020_12 },
    { "additionalItems", SCHEMA, EB_DRAFT_7, EB_DRAFT_2019_09 },
    { "contains", SCHEMA, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "minContains", COUNT, EB_DRAFT_2019_09, EB_DRAFT_2020_12 },
    { "maxContains", COUNT, EB_DRAFT_2019_09, EB_DRAFT_2020_12 },
    { "uniqueItems", FLAG, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "minItems", COUNT, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "maxItems", COUNT, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "enum", VALUES, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "const", VALUE, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "minimum", NUMBER, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "maximum", NUMBER, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "exclusiveMinimum", NUMBER, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "exclusiveMaximum", NUMBER, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "multipleOf", POSITIVE, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "minLength", COUNT, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "maxLength", COUNT, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "pattern", PATTERN, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "allOf", SCHEMAS, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "anyOf", SCHEMAS, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "oneOf", SCHEMAS, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "not", SCHEMA, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "if", SCHEMA, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "then", SCHEMA, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "else", SCHEMA, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "unevaluatedProperties", SCHEMA, EB_DRAFT_2019_09, EB_DRAFT_2020_12 },
    { "unevaluatedItems", SCHEMA, EB_DRAFT_2019_09, EB_DRAFT_2020_12 },
    { "$ref", REF, EB_DRAFT_7, EB_DRAFT_2020_12 },
    { "$dynamicRef", DYNAMIC_REF, EB_DRAFT_2020_12, EB_DRAFT_2020_12 },
    { "$recursiveRef", DYNAMIC_REF, EB_DRAFT_2019_09, EB_DRAFT_2019_09 },
};

enum { KEYWORD_COUNT = sizeof keywords / sizeof *keywords };

static void put_content(struct writer *w, enum content content, unsigned depth)
{
    switch (content) {
    case TYPE: put_type(w); break;
    case VALUE: put_value(w, INSTANCE_DEPTH_MAX - 1); break;
    case VALUES: put_values(w); break;
    case NUMBER: CHOOSE(w, numbers); break;
    case POSITIVE: put(w, choose(w, 2) ? "1" : choose(w, 2) ? "0.5" : "2.0"); break;
    case COUNT: CHOOSE(w, counts); break;
    case PATTERN: CHOOSE(w, patterns); break;
    case FLAG: put(w, choose(w, 4) ? "true" : "false"); break;
    case SCHEMA: put_schema(w, depth + 1); break;
    case SCHEMAS: put_schemas(w, depth); break;
    case ITEMS: put_items(w, depth); break;
    case BY_NAME: put_schemas_by(w, depth, names, 8); break;
    case BY_PATTERN: put_schemas_by(w, depth, patterns, 5); break;
    case NAMES: put_names(w); break;
    case NAMES_BY_NAME:
        put(w, "{");
        CHOOSE(w, names);
        put(w, ":");
        put_names(w);
        put(w, "}");
        break;
    case DEPENDENCIES:
        put(w, "{\"a\":");
        put_names(w);
        put(w, ",\"b\":");
        put_schema(w, depth + 1);
        put(w, "}");
        break;
    case REF: put_ref(w); break;
    case DYNAMIC_REF: put_dynamic_ref(w); break;
    }
}

/*
 * Up to `count` keywords, none twice, as members of an object that is open. In draft 7 a `$ref`
 * would hide an `$id` beside it.
 */
static void put_keywords(
    struct writer *w, unsigned count, unsigned depth, bool is_first, bool has_id)
{
    bool is_used[KEYWORD_COUNT] = { false };
    for (unsigned i = 0; i < count && !is_full(w); i++) {
        unsigned index = choose(w, KEYWORD_COUNT);
        const struct keyword *keyword = &keywords[index];
        if (is_used[index] || w->draft < keyword->first || w->draft > keyword->last)
            continue;
        if (has_id && keyword->content == REF && w->draft <= EB_DRAFT_7)
            continue;
        is_used[index] = true;
        put(w, is_first ? "\"" : ",\"");
        put(w, keyword->name);
        put(w, "\":");
        put_content(w, keyword->content, depth);
        is_first = false;
    }
}

static void put_schema(struct writer *w, unsigned depth)
{
    unsigned kind = choose(w, 8);
    if (kind < 2) {
        put(w, kind ? "true" : "false");
        return;
    }
    put(w, "{");
    if (depth >= SCHEMA_DEPTH_MAX)
        put_keywords(w, 1, depth, true, false);
    else
        put_keywords(w, 1 + choose(w, 4), depth, true, false);
    put(w, "}");
}

/* A resource of its own, with definitions and an anchor of the same names as everywhere. */
static void put_resource(struct writer *w, const char *id, const char *definitions)
{
    put(w, "{\"$id\":\"");
    put(w, id);
    put(w, "\",");
    if (w->draft == EB_DRAFT_2019_09 && choose(w, 2))
        put(w, "\"$recursiveAnchor\":true,");
    put(w, definitions);
    put(w, "{\"x\":{");
    if (w->draft == EB_DRAFT_2020_12)
        put(w, choose(w, 3) ? "\"$dynamicAnchor\":\"m\"" : "\"$anchor\":\"m\"");
    else if (w->draft == EB_DRAFT_2019_09)
        put(w, "\"$anchor\":\"m\"");
    else
        put(w, "\"$comment\":\"m\"");
    put_keywords(w, 2, 1, false, false);
    put(w, "},\"y\":");
    put_schema(w, 1);
    put(w, "}");
    put_keywords(w, 1 + choose(w, 3), 1, false, true);
    put(w, "}");
}

size_t draw_schema(struct drawn *drawn, enum eb_draft draft, char *out)
{
    struct writer w = { .drawn = drawn, .draft = draft, .out = out };
    const char *definitions = draft <= EB_DRAFT_7 ? "\"definitions\":" : "\"$defs\":";
    put(&w, "{");
    put(&w, definitions);
    put(&w, "{\"x\":");
    if (draft == EB_DRAFT_2020_12) {
        put(&w, choose(&w, 2) ? "{\"$dynamicAnchor\":\"m\"" : "{\"$anchor\":\"m\"");
        put_keywords(&w, 2, 1, false, false);
        put(&w, "}");
    } else if (draft == EB_DRAFT_2019_09) {
        put(&w, "{\"$anchor\":\"m\"");
        put_keywords(&w, 2, 1, false, false);
        put(&w, "}");
    } else {
        put_schema(&w, 1);
    }
    put(&w, ",\"y\":");
    put_schema(&w, 1);
    put(&w, ",\"r\":");
    put_resource(&w, "r", definitions);
    put(&w, ",\"s\":");
    put_resource(&w, "s", definitions);
    put(&w, "}");
    if (draft == EB_DRAFT_2019_09 && choose(&w, 2))
        put(&w, ",\"$recursiveAnchor\":true");
    put_keywords(&w, 1 + choose(&w, 5), 0, false, false);
    put(&w, "}");
    return w.len;
}
