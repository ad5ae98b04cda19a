#include "schema/references.h"

#include "schema/library.h"

static bool is_reference(enum eb_keyword keyword)
{
    return keyword == EB_KEYWORD_REF || keyword == EB_KEYWORD_DYNAMIC_REF ||
           keyword == EB_KEYWORD_RECURSIVE_REF;
}

static struct eb_schema_reference resolve(
    struct eb_schema_library *library, const struct eb_site *site, uint32_t token)
{
    const struct eb_doc *doc = &site->resource->document->doc;
    struct eb_schema_reference reference = { .doc = doc, .token = token };
    const char *why;
    struct eb_span text = eb_doc_string(doc, token, library->arena);
    if (!text.ptr)
        return reference;
    struct eb_referent target = eb_library_resolve(library, site->resource->uri, text, &why);
    if (!target.resource)
        return reference;
    reference.target = &target.resource->document->doc;
    reference.target_token = target.token;
    reference.uri = target.resource->uri;
    return reference;
}

static void take_site(struct eb_schema_library *library, const struct eb_site *site,
    eb_take_reference *take, void *context)
{
    const struct eb_doc *doc = &site->resource->document->doc;
    if (eb_doc_type(doc, site->token) != EB_JSON_OBJECT)
        return;
    EB_DOC_EACH_MEMBER(doc, site->token, name)
    {
        struct eb_span text = eb_doc_string(doc, name, library->arena);
        if (!text.ptr || !is_reference(eb_keyword_find(site->resource->dialect, text)) ||
            eb_doc_type(doc, name + 1) != EB_JSON_STRING)
            continue;
        struct eb_schema_reference reference = resolve(library, site, name + 1);
        take(context, &reference);
    }
}

bool eb_schema_references(
    struct eb_schema_library *library, struct eb_span name, eb_take_reference *take, void *context)
{
    const struct eb_referent *target = eb_map_get(&library->targets, name);
    if (!target)
        return false;
    const struct eb_document *document = target->resource->document;
    for (uint32_t i = 0; i < document->known.count; i++)
        take_site(library, &document->known.sites[i], take, context);
    return !library->is_out_of_memory;
}
