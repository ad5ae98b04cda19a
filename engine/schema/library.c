#include "schema/library.h"

#include <stdlib.h>

#include "base/limits.h"
#include "schema/check.h"
#include "schema/uri.h"
#include "json/reader.h"

struct eb_schema_library *eb_schema_library_new(
    struct eb_arena *arena, struct eb_schema_options options)
{
    struct eb_schema_library *library = calloc(1, sizeof *library);
    if (!library)
        return NULL;
    library->arena = arena;
    library->options = options;
    eb_map_init(&library->targets, arena);
    eb_map_init(&library->dialects, arena);
    eb_map_init(&library->programs[false], arena);
    eb_map_init(&library->programs[true], arena);
    eb_map_init(&library->regexes, arena);
    return library;
}

void eb_schema_library_free(struct eb_schema_library *library)
{
    if (!library)
        return;
    for (struct eb_library_regex *regex = library->first_regex; regex; regex = regex->next)
        eb_regex_free(regex->regex);
    eb_regex_runner_free(library->runner);
    free(library);
}

bool eb_library_put(
    struct eb_schema_library *library, struct eb_span key, struct eb_referent target)
{
    struct eb_referent *copy = EB_ARENA_NEW(library->arena, struct eb_referent);
    if (!copy)
        return false;
    *copy = target;
    return eb_map_put(&library->targets, key, copy);
}

/* ---- adding ---- */

/* The document with its root resource, known under `uri` but not looked into yet. */
static struct eb_document *document_new(struct eb_schema_library *library, struct eb_span uri,
    const struct eb_doc *doc, const struct eb_dialect *dialect)
{
    struct eb_document *document = EB_ARENA_NEW(library->arena, struct eb_document);
    struct eb_resource *root = EB_ARENA_NEW(library->arena, struct eb_resource);
    struct eb_span copy = eb_arena_copy(library->arena, uri);
    if (!document || !root || !copy.ptr)
        return NULL;
    *root = (struct eb_resource){ .document = document, .uri = copy, .dialect = dialect };
    *document = (struct eb_document){ .doc = *doc, .root = root, .next = library->documents };
    eb_map_init(&document->members, library->arena);
    if (!eb_library_put(library, copy, (struct eb_referent){ .resource = root }))
        return NULL;
    library->documents = document;
    return document;
}

/* ---- metaschemas that are built in ---- */

/* Reads and indexes the built-in metaschema `uri`. NULL when there is none, or without memory. */
static struct eb_resource *load_metaschema(struct eb_schema_library *library, struct eb_span uri)
{
    struct eb_span text = eb_metaschema_text(uri);
    if (!text.ptr)
        return NULL;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_doc doc;
    struct eb_document *document = NULL;
    if (eb_json_read_file(&doc, text, "(built-in metaschema)", 1, library->arena, &diags)) {
        struct eb_span name = eb_uri_without_fragment(uri);
        const struct eb_dialect *dialect =
            eb_library_dialect(library, &doc, 0, eb_dialect_of(EB_DRAFT_2020_12), &diags);
        document = dialect ? document_new(library, name, &doc, dialect) : NULL;
        if (document && !eb_document_index(library, document, &diags))
            document = NULL;
    }
    eb_diag_list_release(&diags);
    library->is_out_of_memory |= !document; /* nothing else can be wrong with it */
    return document ? document->root : NULL;
}

struct eb_resource *eb_library_resource(struct eb_schema_library *library, struct eb_span uri)
{
    const struct eb_referent *target = eb_map_get(&library->targets, uri);
    return target ? target->resource : load_metaschema(library, uri);
}

struct eb_span eb_schema_library_id(struct eb_schema_library *library, struct eb_span uri)
{
    const struct eb_resource *resource = eb_library_resource(library, uri);
    return resource ? resource->uri : uri;
}

/* ---- dialects ---- */

/*
 * The dialect of one's own metaschema (2020-12 core §8.1.2): the vocabularies it lists, or all of
 * its own dialect's when it lists none. A required vocabulary nobody here knows is an error; the
 * meaning of its keywords would be lost. False without `unknown`: out of memory.
 */
static bool read_vocabularies(const struct eb_doc *metaschema, uint32_t list,
    struct eb_dialect *dialect, struct eb_arena *arena, struct eb_span *unknown)
{
    dialect->vocabularies = EB_VOCABULARY_CORE;
    EB_DOC_EACH_MEMBER(metaschema, list, member)
    {
        struct eb_span name = eb_doc_string(metaschema, member, arena);
        if (!name.ptr)
            return false;
        enum eb_draft draft = dialect->draft;
        bool is_required = eb_doc_type(metaschema, member + 1) == EB_JSON_TRUE;
        uint32_t vocabulary = eb_vocabulary_find(name, &draft);
        if (!vocabulary && is_required) {
            *unknown = name;
            return false;
        }
        if (!vocabulary)
            continue;
        /* 2019-09 has one vocabulary for both; "true" asks for assertion (validation §7.2). */
        if (vocabulary == EB_VOCABULARY_FORMAT && draft == EB_DRAFT_2019_09 && is_required)
            vocabulary = EB_VOCABULARY_FORMAT_ASSERTION;
        dialect->draft = draft;
        dialect->vocabularies |= vocabulary;
    }
    return true;
}

static struct eb_dialect *own_dialect(struct eb_schema_library *library, struct eb_span uri,
    const struct eb_resource *metaschema, struct eb_span *unknown)
{
    struct eb_dialect *dialect = EB_ARENA_NEW(library->arena, struct eb_dialect);
    if (!dialect)
        return NULL;
    *dialect = *metaschema->dialect;
    dialect->uri = uri;
    const struct eb_doc *doc = &metaschema->document->doc;
    uint32_t list = eb_doc_member(doc, metaschema->token, "$vocabulary");
    bool is_listed = dialect->draft >= EB_DRAFT_2019_09 && list != EB_NO_TOKEN &&
                     eb_doc_type(doc, list) == EB_JSON_OBJECT;
    if (is_listed && !read_vocabularies(doc, list, dialect, library->arena, unknown))
        return NULL;
    return eb_map_put(&library->dialects, uri, dialect) ? dialect : NULL;
}

static void report_dialect(struct eb_diag_list *diags, const struct eb_doc *doc, uint32_t place,
    struct eb_span uri, struct eb_span unknown)
{
    if (!diags)
        return;
    if (unknown.ptr)
        eb_doc_diag(diags, EB_ERROR, doc, place,
            "the metaschema \"%.*s\" requires the vocabulary \"%.*s\", which is not known here",
            (int)uri.len, uri.ptr, (int)unknown.len, unknown.ptr);
    else
        eb_doc_diag(diags, EB_ERROR, doc, place,
            "\"%.*s\" is no known metaschema: expected that of draft 4, 6, 7, 2019-09 or 2020-12 "
            "(such as \"https://json-schema.org/draft/2020-12/schema\"), or one added before",
            (int)uri.len, uri.ptr);
}

const struct eb_dialect *eb_library_dialect(struct eb_schema_library *library,
    const struct eb_doc *doc, uint32_t schema, const struct eb_dialect *otherwise,
    struct eb_diag_list *diags)
{
    uint32_t place = eb_doc_member(doc, schema, "$schema");
    if (place == EB_NO_TOKEN || eb_doc_type(doc, place) != EB_JSON_STRING)
        return otherwise;
    struct eb_span text = eb_doc_string(doc, place, library->arena);
    struct eb_span uri = text.ptr ? eb_uri_resolve(eb_span("", 0), text, library->arena) : text;
    if (!uri.ptr) {
        if (diags)
            eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    const struct eb_dialect *dialect = eb_dialect_find(uri);
    if (!dialect)
        dialect = eb_map_get(&library->dialects, uri);
    struct eb_span unknown = eb_span(NULL, 0);
    if (!dialect) {
        const struct eb_referent *target = eb_map_get(&library->targets, uri);
        dialect = target ? own_dialect(library, uri, target->resource, &unknown) : NULL;
        library->is_out_of_memory |= target && !dialect && !unknown.ptr;
    }
    if (!dialect && library->is_out_of_memory && diags)
        eb_diag_add_out_of_memory(diags);
    else if (!dialect)
        report_dialect(diags, doc, place, uri, unknown);
    return dialect;
}

bool eb_schema_library_add(struct eb_schema_library *library, struct eb_span uri,
    const struct eb_doc *doc, struct eb_diag_list *diags)
{
    if (!eb_uri_is_absolute(uri) || eb_map_get(&library->targets, uri)) {
        eb_doc_diag(diags, EB_ERROR, doc, 0, "%s: \"%.*s\"",
            eb_uri_is_absolute(uri) ? "another schema has this URI already"
                                    : "expected an absolute URI without fragment for the schema",
            (int)uri.len, uri.ptr);
        return false;
    }
    const struct eb_dialect *dialect =
        eb_library_dialect(library, doc, 0, eb_dialect_of(library->options.default_draft), diags);
    if (!dialect)
        return false;
    struct eb_document *document = document_new(library, uri, doc, dialect);
    if (!document) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    bool is_indexed = eb_document_index(library, document, diags);
    return eb_schema_check(library, document, diags) && is_indexed;
}

bool eb_schema_library_alias(struct eb_schema_library *library, struct eb_span uri,
    struct eb_span name, struct eb_diag_list *diags)
{
    const struct eb_referent *target = eb_map_get(&library->targets, uri);
    const struct eb_referent *other = eb_map_get(&library->targets, name);
    if (!target)
        return false;
    const struct eb_resource *resource = target->resource;
    if (other && (other->resource != resource || other->token != target->token)) {
        eb_doc_diag(diags, EB_ERROR, &resource->document->doc, resource->token,
            "it is to be known as \"%.*s\", which %s declares", (int)name.len, name.ptr,
            other->resource->document->doc.name ? other->resource->document->doc.name
                                                : "another schema");
        return false;
    }
    struct eb_span key = eb_arena_copy(library->arena, name);
    if (key.ptr && eb_library_put(library, key, *target))
        return true;
    eb_diag_add_out_of_memory(diags);
    return false;
}

/* ---- finding ---- */

static const struct eb_site *find_site(const struct eb_sites *sites, uint32_t token)
{
    uint32_t low = 0, high = sites->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sites->sites[middle].token == token)
            return &sites->sites[middle];
        if (sites->sites[middle].token < token)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct eb_site *eb_document_site(const struct eb_document *document, uint32_t token)
{
    const struct eb_site *site = find_site(&document->known, token);
    for (const struct eb_sites *loose = document->loose; loose && !site; loose = loose->next)
        site = find_site(loose, token);
    return site;
}

static bool is_schema(const struct eb_doc *doc, uint32_t token)
{
    enum eb_json_type type = eb_doc_type(doc, token);
    return type == EB_JSON_OBJECT || type == EB_JSON_TRUE || type == EB_JSON_FALSE;
}

/* The target at `token`, seen from `resource`; indexes it when no keyword led there. */
static struct eb_referent target_at(struct eb_schema_library *library, struct eb_resource *resource,
    uint32_t token, const char **why)
{
    struct eb_referent target = { .token = token };
    if (!is_schema(&resource->document->doc, token)) {
        *why = "it leads to a value that is not a schema (an object, true or false)";
        return target;
    }
    const struct eb_site *site = eb_document_site(resource->document, token);
    if (!site && eb_document_index_loose(library, resource, token))
        site = eb_document_site(resource->document, token);
    library->is_out_of_memory |= !site;
    target.resource = site ? site->resource : NULL;
    return target;
}

static struct eb_referent find_pointer(struct eb_schema_library *library,
    struct eb_resource *resource, struct eb_span pointer, const char **why)
{
    *why = "the schema has nothing at this JSON Pointer";
    uint32_t token = eb_pointer_follow(library, &resource, pointer);
    if (token == EB_NO_TOKEN)
        return (struct eb_referent){ .resource = NULL };
    return target_at(library, resource, token, why);
}

static struct eb_referent find_anchor(struct eb_schema_library *library,
    const struct eb_resource *resource, struct eb_span name, const char **why)
{
    *why = "the schema has no such anchor";
    struct eb_span key = eb_uri_join(resource->uri, name, library->arena);
    library->is_out_of_memory |= !key.ptr;
    const struct eb_referent *target = key.ptr ? eb_map_get(&library->targets, key) : NULL;
    return target ? *target : (struct eb_referent){ .resource = NULL };
}

/* By what `reference` comes to, or by what it is: a word that a document is known as. */
static struct eb_resource *find_resource(
    struct eb_schema_library *library, struct eb_span uri, struct eb_span reference)
{
    struct eb_resource *resource = eb_library_resource(library, uri);
    if (resource)
        return resource;
    const struct eb_referent *target =
        eb_map_get(&library->targets, eb_uri_without_fragment(reference));
    return target ? target->resource : NULL;
}

/* The target in the resource that the fragment names. */
static struct eb_referent find(struct eb_schema_library *library, struct eb_resource *resource,
    struct eb_span fragment, const char **why)
{
    *why = "no schema known here has this URI";
    if (!resource)
        return (struct eb_referent){ .resource = NULL };
    if (!fragment.len)
        return target_at(library, resource, resource->token, why);
    if (fragment.ptr[0] == '/')
        return find_pointer(library, resource, fragment, why);
    return find_anchor(library, resource, fragment, why);
}

struct eb_referent eb_library_resolve(struct eb_schema_library *library, struct eb_span base,
    struct eb_span reference, const char **why)
{
    struct eb_span uri = eb_uri_resolve(base, reference, library->arena);
    struct eb_span raw = eb_uri_split(reference).fragment;
    struct eb_span fragment = raw.ptr ? eb_uri_decode(raw, library->arena) : eb_span("", 0);
    struct eb_referent target = { .resource = NULL };
    if (uri.ptr && fragment.ptr)
        target = find(library, find_resource(library, uri, reference), fragment, why);
    else
        library->is_out_of_memory = true;
    if (library->is_out_of_memory)
        *why = NULL;
    return target;
}
