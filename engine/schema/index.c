/*
 * index.c - finding every schema of a document, and the names it can be called by.
 *
 * Only where a keyword of the dialect holds schemas are there schemas: an `$id` inside an `enum` or
 * under a name nobody knows is just a value.
 */
#include "schema/library.h"
#include "schema/uri.h"

struct walk {
    struct eb_schema_library *library;
    struct eb_document *document;
    struct eb_sites *sites;
    struct eb_diag_list *diags; /* NULL: identifiers are kept to the walk */
    bool is_out_of_memory;
    bool has_errors;
};

static void walk_schema(struct walk *walk, uint32_t token, struct eb_resource *resource);

static bool add_site(struct walk *walk, uint32_t token, struct eb_resource *resource)
{
    struct eb_sites *sites = walk->sites;
    struct eb_site *room = eb_array_room(
        walk->library->arena, sites->sites, sites->count, &sites->capacity, sizeof *room);
    if (!room) {
        walk->is_out_of_memory = true;
        return false;
    }
    sites->sites = room;
    sites->sites[sites->count++] = (struct eb_site){ token, resource };
    return true;
}

/* ---- identifiers ---- */

/* Makes `target` known as `key`, unless something else already is. */
static void declare(
    struct walk *walk, struct eb_span key, struct eb_referent target, uint32_t place)
{
    if (!walk->diags)
        return;
    const struct eb_referent *other = key.ptr ? eb_map_get(&walk->library->targets, key) : NULL;
    if (other && (other->resource->document != walk->document || other->token != target.token)) {
        eb_doc_diag(walk->diags, EB_ERROR, &walk->document->doc, place,
            "\"%.*s\" is already declared by %s", (int)key.len, key.ptr,
            other->resource->document->doc.name ? other->resource->document->doc.name
                                                : "another schema");
        walk->has_errors = true;
        return;
    }
    bool is_better = !other || target.is_dynamic;
    if (is_better && (!key.ptr || !eb_library_put(walk->library, key, target)))
        walk->is_out_of_memory = true;
}

static void declare_anchor(struct walk *walk, struct eb_resource *resource, uint32_t schema,
    struct eb_span name, uint32_t place, bool is_dynamic)
{
    if (!walk->diags)
        return;
    struct eb_arena *arena = walk->library->arena;
    struct eb_referent target = { resource, schema, is_dynamic, name };
    declare(walk, eb_uri_join(resource->uri, name, arena), target, place);
    if (!is_dynamic)
        return;
    struct eb_dynamic_anchor *anchor = EB_ARENA_NEW(arena, struct eb_dynamic_anchor);
    if (!anchor) {
        walk->is_out_of_memory = true;
        return;
    }
    *anchor = (struct eb_dynamic_anchor){ resource->dynamic_anchors, name, schema };
    resource->dynamic_anchors = anchor;
}

/* The value of a string member, ptr NULL when there is none. */
static struct eb_span string_member(struct walk *walk, uint32_t schema, const char *name)
{
    const struct eb_doc *doc = &walk->document->doc;
    uint32_t value = eb_doc_member(doc, schema, name);
    if (value == EB_NO_TOKEN || eb_doc_type(doc, value) != EB_JSON_STRING)
        return eb_span(NULL, 0);
    struct eb_span text = eb_doc_string(doc, value, walk->library->arena);
    walk->is_out_of_memory |= !text.ptr;
    return text;
}

static struct eb_resource *resource_new(
    struct walk *walk, uint32_t schema, struct eb_span uri, const struct eb_dialect *dialect)
{
    struct eb_resource *resource = EB_ARENA_NEW(walk->library->arena, struct eb_resource);
    if (!resource || !uri.ptr) {
        walk->is_out_of_memory = true;
        return NULL;
    }
    *resource = (struct eb_resource){
        .document = walk->document, .token = schema, .uri = uri, .dialect = dialect
    };
    return resource;
}

/* The same inside `outer`; notes when another dialect begins with it. */
static struct eb_resource *inner_resource_new(struct walk *walk, uint32_t schema,
    struct eb_span uri, const struct eb_dialect *dialect, const struct eb_resource *outer)
{
    struct eb_resource *resource = resource_new(walk, schema, uri, dialect);
    if (!resource || dialect == outer->dialect || !walk->diags)
        return resource;
    struct eb_guest *guest = EB_ARENA_NEW(walk->library->arena, struct eb_guest);
    if (!guest) {
        walk->is_out_of_memory = true;
        return NULL;
    }
    *guest = (struct eb_guest){ walk->document->guests, resource };
    walk->document->guests = guest;
    return resource;
}

/* Before 2019-09 `$ref` hides what stands beside it (draft 7 core §8.3). */
static bool is_hidden_by_ref(struct walk *walk, uint32_t schema, enum eb_draft draft)
{
    return draft <= EB_DRAFT_7 && string_member(walk, schema, "$ref").ptr;
}

static const char *id_name(const struct eb_dialect *dialect)
{
    return dialect->draft == EB_DRAFT_4 ? "id" : "$id";
}

/* The resource a schema object belongs to: a new one when it has an identifier of its own. */
static struct eb_resource *resource_at(
    struct walk *walk, uint32_t schema, struct eb_resource *outer)
{
    const struct eb_doc *doc = &walk->document->doc;
    const struct eb_dialect *dialect = outer->dialect;
    if (schema != outer->token) {
        bool has_id =
            string_member(walk, schema, "$id").ptr || string_member(walk, schema, "id").ptr;
        if (has_id)
            dialect = eb_library_dialect(walk->library, doc, schema, dialect, walk->diags);
        if (!dialect) {
            walk->has_errors = true;
            return NULL;
        }
    }
    struct eb_span id = string_member(walk, schema, id_name(dialect));
    if (!id.ptr || is_hidden_by_ref(walk, schema, dialect->draft))
        return outer;
    uint32_t place = eb_doc_member(doc, schema, id_name(dialect));
    struct eb_span fragment = eb_uri_split(id).fragment;
    struct eb_resource *resource = outer;
    if (id.len && id.ptr[0] != '#') {
        struct eb_span uri = eb_uri_resolve(outer->uri, id, walk->library->arena);
        if (schema == outer->token)
            outer->uri = uri;
        else
            resource = inner_resource_new(walk, schema, uri, dialect, outer);
        if (!resource || !uri.ptr) {
            walk->is_out_of_memory = true;
            return NULL;
        }
        declare(walk, uri, (struct eb_referent){ .resource = resource, .token = schema }, place);
    }
    if (fragment.len && dialect->draft <= EB_DRAFT_7)
        declare_anchor(walk, resource, schema, fragment, place, false);
    return resource;
}

static void declare_anchors(struct walk *walk, uint32_t schema, struct eb_resource *resource)
{
    const struct eb_doc *doc = &walk->document->doc;
    if (resource->dialect->draft < EB_DRAFT_2019_09)
        return;
    struct eb_span anchor = string_member(walk, schema, "$anchor");
    if (anchor.ptr)
        declare_anchor(
            walk, resource, schema, anchor, eb_doc_member(doc, schema, "$anchor"), false);
    if (resource->dialect->draft == EB_DRAFT_2019_09) {
        uint32_t recursive = eb_doc_member(doc, schema, "$recursiveAnchor");
        if (schema == resource->token && recursive != EB_NO_TOKEN)
            resource->is_recursive = eb_doc_type(doc, recursive) == EB_JSON_TRUE;
        return;
    }
    struct eb_span dynamic = string_member(walk, schema, "$dynamicAnchor");
    if (dynamic.ptr)
        declare_anchor(
            walk, resource, schema, dynamic, eb_doc_member(doc, schema, "$dynamicAnchor"), true);
}

/* ---- walking ---- */

static void walk_subschemas(
    struct walk *walk, uint32_t value, enum eb_subschemas subschemas, struct eb_resource *resource)
{
    const struct eb_doc *doc = &walk->document->doc;
    enum eb_json_type type = eb_doc_type(doc, value);
    bool takes_elements =
        subschemas == EB_SUBSCHEMAS_ELEMENTS || subschemas == EB_SUBSCHEMAS_VALUE_OR_ALL;
    if (takes_elements && type == EB_JSON_ARRAY) {
        EB_DOC_EACH_ELEMENT(doc, value, element)
        walk_schema(walk, element, resource);
    } else if (subschemas == EB_SUBSCHEMAS_MEMBERS && type == EB_JSON_OBJECT) {
        EB_DOC_EACH_MEMBER(doc, value, member)
        walk_schema(walk, member + 1, resource);
    } else if (subschemas == EB_SUBSCHEMAS_VALUE || subschemas == EB_SUBSCHEMAS_VALUE_OR_ALL) {
        walk_schema(walk, value, resource);
    }
}

static void walk_schema(struct walk *walk, uint32_t token, struct eb_resource *resource)
{
    const struct eb_doc *doc = &walk->document->doc;
    enum eb_json_type type = eb_doc_type(doc, token);
    if (type == EB_JSON_TRUE || type == EB_JSON_FALSE) {
        add_site(walk, token, resource);
        return;
    }
    if (type != EB_JSON_OBJECT)
        return;
    resource = resource_at(walk, token, resource);
    if (!resource || !add_site(walk, token, resource))
        return;
    declare_anchors(walk, token, resource);
    EB_DOC_EACH_MEMBER(doc, token, member)
    {
        struct eb_span name = eb_doc_string(doc, member, walk->library->arena);
        if (!name.ptr) {
            walk->is_out_of_memory = true;
            return;
        }
        enum eb_keyword keyword = eb_keyword_find(resource->dialect, name);
        if (keyword != EB_KEYWORD_NONE)
            walk_subschemas(walk, member + 1, eb_keyword_subschemas(keyword), resource);
    }
}

bool eb_document_index(
    struct eb_schema_library *library, struct eb_document *document, struct eb_diag_list *diags)
{
    struct walk walk = {
        .library = library, .document = document, .sites = &document->known, .diags = diags
    };
    walk_schema(&walk, 0, document->root);
    library->is_out_of_memory |= walk.is_out_of_memory;
    if (walk.is_out_of_memory)
        eb_diag_add_out_of_memory(diags);
    return !walk.is_out_of_memory && !walk.has_errors;
}

bool eb_document_index_loose(
    struct eb_schema_library *library, struct eb_resource *enclosing, uint32_t token)
{
    struct eb_document *document = enclosing->document;
    struct eb_sites *sites = EB_ARENA_NEW(library->arena, struct eb_sites);
    if (!sites)
        return false;
    struct walk walk = { .library = library, .document = document, .sites = sites };
    walk_schema(&walk, token, enclosing);
    sites->next = document->loose;
    document->loose = sites;
    library->is_out_of_memory |= walk.is_out_of_memory;
    return !walk.is_out_of_memory;
}
