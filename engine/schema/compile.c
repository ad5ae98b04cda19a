#include "schema/compile.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

/* ---- the view of a schema ---- */

void eb_view_error(struct eb_view *view, uint32_t place, const char *format, ...)
{
    char text[1024];
    if (view->compiler->library->is_out_of_memory) {
        view->compiler->is_out_of_memory = true;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    eb_doc_diag(view->compiler->diags, EB_ERROR, view->doc, place, "%s", text);
    view->compiler->has_errors = true;
}

static const char *type_text(enum eb_json_type type)
{
    static const char *const texts[] = {
        [EB_JSON_NULL] = "null",
        [EB_JSON_FALSE] = "true or false",
        [EB_JSON_TRUE] = "true or false",
        [EB_JSON_NUMBER] = "a number",
        [EB_JSON_STRING] = "a string",
        [EB_JSON_ARRAY] = "an array",
        [EB_JSON_OBJECT] = "an object",
    };
    return texts[type];
}

uint32_t eb_view_value(struct eb_view *view, enum eb_keyword keyword, enum eb_json_type type)
{
    uint32_t value = view->values[keyword];
    if (value == EB_NO_TOKEN || eb_doc_type(view->doc, value) == type)
        return value;
    struct eb_span name = eb_keyword_name(keyword);
    eb_view_error(view, value, "\"%.*s\": expected %s", (int)name.len, name.ptr, type_text(type));
    return EB_NO_TOKEN;
}

bool eb_view_flag(struct eb_view *view, enum eb_keyword keyword)
{
    uint32_t value = view->values[keyword];
    if (value != EB_NO_TOKEN && eb_doc_type(view->doc, value) == EB_JSON_TRUE)
        return true;
    eb_view_value(view, keyword, EB_JSON_FALSE);
    return false;
}

uint32_t eb_view_count(struct eb_view *view, enum eb_keyword keyword, uint32_t otherwise)
{
    uint32_t value = eb_view_value(view, keyword, EB_JSON_NUMBER);
    if (value == EB_NO_TOKEN)
        return otherwise;
    struct eb_number number = eb_number_of(eb_doc_raw(view->doc, value));
    if (number.is_negative || !eb_number_is_integer(&number)) {
        struct eb_span name = eb_keyword_name(keyword);
        eb_view_error(view, value, "\"%.*s\": expected an integer that is not negative",
            (int)name.len, name.ptr);
        return otherwise;
    }
    return number.is_small && number.small < UINT32_MAX ? (uint32_t)number.small : UINT32_MAX;
}

void *eb_view_array(struct eb_view *view, size_t count, size_t bytes)
{
    void *array = eb_arena_calloc(
        view->compiler->library->arena, count ? count : 1, bytes, _Alignof(max_align_t));
    view->compiler->is_out_of_memory |= !array;
    return array;
}

struct eb_span eb_view_text(struct eb_view *view, uint32_t token)
{
    struct eb_span text = eb_doc_string(view->doc, token, view->compiler->library->arena);
    view->compiler->is_out_of_memory |= !text.ptr;
    return text;
}

void eb_view_check(struct eb_view *view, enum eb_keyword keyword, struct eb_op op)
{
    struct eb_compiler *compiler = view->compiler;
    struct eb_op *room = eb_array_room(&compiler->scratch, compiler->checks, compiler->check_count,
        &compiler->check_capacity, sizeof *room);
    if (!room) {
        compiler->is_out_of_memory = true;
        return;
    }
    compiler->checks = room;
    op.keyword = (uint8_t)keyword;
    compiler->checks[compiler->check_count++] = op;
    compiler->nodes[view->node].check_count++;
}

/* ---- regular expressions ---- */

static const struct eb_regex *regex_new(
    struct eb_schema_library *library, struct eb_span pattern, struct eb_regex_fault *fault)
{
    struct eb_library_regex *entry = EB_ARENA_NEW(library->arena, struct eb_library_regex);
    *fault = (struct eb_regex_fault){ .is_out_of_memory = true };
    if (!entry)
        return NULL;
    entry->regex = eb_regex_new(pattern, fault);
    if (!entry->regex)
        return NULL;
    entry->next = library->first_regex;
    library->first_regex = entry;
    if (eb_map_put(&library->regexes, pattern, entry))
        return entry->regex;
    fault->is_out_of_memory = true;
    return NULL;
}

const struct eb_regex *eb_view_regex(struct eb_view *view, uint32_t token)
{
    struct eb_schema_library *library = view->compiler->library;
    struct eb_span pattern = eb_view_text(view, token);
    if (!pattern.ptr)
        return NULL;
    const struct eb_library_regex *known = eb_map_get(&library->regexes, pattern);
    if (known)
        return known->regex;
    struct eb_regex_fault fault;
    const struct eb_regex *regex = regex_new(library, pattern, &fault);
    if (!regex && fault.is_out_of_memory)
        view->compiler->is_out_of_memory = true;
    else if (!regex)
        eb_view_error(view, token, "not a regular expression: %s, at byte %zu of \"%.*s\"",
            fault.text, fault.offset, (int)(pattern.len > 200 ? 200 : pattern.len), pattern.ptr);
    return regex;
}

/* ---- references ---- */

struct eb_referent eb_view_resolve(
    struct eb_view *view, enum eb_keyword keyword, uint32_t place, struct eb_span reference)
{
    const char *why;
    struct eb_referent target =
        eb_library_resolve(view->compiler->library, view->resource->uri, reference, &why);
    struct eb_span name = eb_keyword_name(keyword);
    if (!target.resource && why)
        eb_view_error(view, place, "\"%.*s\" \"%.*s\": %s", (int)name.len, name.ptr,
            (int)reference.len, reference.ptr, why);
    view->compiler->is_out_of_memory |= !target.resource && !why;
    return target;
}

/* ---- nodes ---- */

struct node_key {
    const struct eb_document *document;
    uint32_t token;
    uint32_t scope;
    uint64_t tracks;
};

_Static_assert(sizeof(struct node_key) == 24, "a key is hashed by its bytes: no padding");

static uint32_t node_new(struct eb_compiler *compiler, const struct eb_draft_node *node)
{
    struct eb_draft_node *room = eb_array_room(&compiler->scratch, compiler->nodes,
        compiler->node_count, &compiler->node_capacity, sizeof *room);
    if (!room) {
        compiler->is_out_of_memory = true;
        return EB_NODE_TRUE;
    }
    compiler->nodes = room;
    compiler->nodes[compiler->node_count] = *node;
    return compiler->node_count++;
}

/* The node of a schema in a scope: a new one only if it was never asked for. */
static uint32_t node_of(struct eb_compiler *compiler, const struct eb_draft_node *node)
{
    enum eb_json_type type = eb_doc_type(&node->resource->document->doc, node->token);
    if (type == EB_JSON_TRUE)
        return EB_NODE_TRUE;
    struct node_key *key = EB_ARENA_NEW(&compiler->scratch, struct node_key);
    if (!key) {
        compiler->is_out_of_memory = true;
        return EB_NODE_TRUE;
    }
    *key = (struct node_key){ node->resource->document, node->token, node->scope, node->tracks };
    struct eb_span bytes = eb_span((const char *)key, sizeof *key);
    void *known = eb_map_get(&compiler->node_by_key, bytes);
    if (known)
        return (uint32_t)(uintptr_t)known;
    if (compiler->node_count >= EB_SCHEMA_NODES_MAX) {
        eb_doc_diag(compiler->diags, EB_ERROR, &node->resource->document->doc, node->token,
            "the schema comes to more than %d parts", EB_SCHEMA_NODES_MAX);
        compiler->has_errors = true;
        return EB_NODE_TRUE;
    }
    uint32_t index = node_new(compiler, node);
    if (index && !eb_map_put(&compiler->node_by_key, bytes, (void *)(uintptr_t)index))
        compiler->is_out_of_memory = true;
    return index;
}

static uint32_t node_in_scope(struct eb_compiler *compiler, uint32_t scope,
    struct eb_resource *resource, uint32_t token, uint32_t tracks)
{
    scope = eb_scope_enter(compiler, scope, resource);
    if (scope == UINT32_MAX) {
        if (!compiler->is_out_of_memory && !compiler->has_errors)
            eb_doc_diag(compiler->diags, EB_ERROR, &resource->document->doc, token,
                "the dynamic references mean too many different things here");
        compiler->has_errors = true;
        return EB_NODE_TRUE;
    }
    return node_of(compiler, &(struct eb_draft_node){
                                 .resource = resource,
                                 .token = token,
                                 .scope = scope,
                                 .tracks = tracks,
                             });
}

static void add_edge(struct eb_view *view, uint32_t to)
{
    struct eb_compiler *compiler = view->compiler;
    struct eb_edge *room = eb_array_room(&compiler->scratch, compiler->edges, compiler->edge_count,
        &compiler->edge_capacity, sizeof *room);
    if (!room) {
        compiler->is_out_of_memory = true;
        return;
    }
    compiler->edges = room;
    compiler->edges[compiler->edge_count++] = (struct eb_edge){ view->node, to };
}

static uint32_t subschema(struct eb_view *view, uint32_t token, uint32_t tracks)
{
    const struct eb_site *site = eb_document_site(view->resource->document, token);
    if (!site) {
        eb_view_error(view, token, "expected a schema: an object, true or false");
        return EB_NODE_TRUE;
    }
    return node_in_scope(view->compiler, view->scope, site->resource, token, tracks);
}

uint32_t eb_view_part(struct eb_view *view, uint32_t token)
{
    return subschema(view, token, 0);
}

static uint32_t in_place(struct eb_view *view, uint32_t node)
{
    add_edge(view, node);
    return node;
}

static uint32_t tracks_in_place(const struct eb_view *view)
{
    return view->tracks & (EB_TRACKS_MEMBERS | EB_TRACKS_ITEMS);
}

uint32_t eb_view_in_place(struct eb_view *view, uint32_t token)
{
    return in_place(view, subschema(view, token, tracks_in_place(view)));
}

uint32_t eb_view_in_place_untracked(struct eb_view *view, uint32_t token)
{
    return in_place(view, subschema(view, token, 0));
}

uint32_t eb_view_inner(struct eb_view *view, uint32_t inner)
{
    uint32_t adds = inner == EB_IS_INNER_OF_MEMBERS ? EB_TRACKS_MEMBERS : EB_TRACKS_ITEMS;
    return in_place(view, node_in_scope(view->compiler, view->scope, view->resource, view->schema,
                              view->tracks | inner | adds));
}

uint32_t eb_view_target(struct eb_view *view, struct eb_resource *resource, uint32_t token)
{
    return in_place(
        view, node_in_scope(view->compiler, view->scope, resource, token, tracks_in_place(view)));
}

/* ---- compiling ---- */

static void find_values(struct eb_view *view)
{
    for (int i = 0; i < EB_KEYWORD_COUNT; i++)
        view->values[i] = EB_NO_TOKEN;
    EB_DOC_EACH_MEMBER(view->doc, view->schema, member)
    {
        struct eb_span name = eb_view_text(view, member);
        enum eb_keyword keyword =
            name.ptr ? eb_keyword_find(view->resource->dialect, name) : EB_KEYWORD_NONE;
        if (keyword != EB_KEYWORD_NONE)
            view->values[keyword] = member + 1;
    }
}

/* Before 2019-09 nothing beside a `$ref` counts (draft 7 core §8.3). */
static void keep_only_ref(struct eb_view *view)
{
    for (int i = 0; i < EB_KEYWORD_COUNT; i++) {
        if (i != EB_KEYWORD_REF)
            view->values[i] = EB_NO_TOKEN;
    }
}

/* The cheap before the costly: an event that is wrong should be found out early. */
static void (*const stages[])(struct eb_view *view) = {
    eb_compile_values,
    eb_compile_numbers,
    eb_compile_strings,
    eb_compile_members,
    eb_compile_items,
    eb_compile_references,
    eb_compile_logic,
};

static void compile_node(struct eb_compiler *compiler, uint32_t node)
{
    struct eb_draft_node *draft = &compiler->nodes[node];
    draft->first_check = compiler->check_count;
    struct eb_view view = {
        .compiler = compiler,
        .doc = &draft->resource->document->doc,
        .resource = draft->resource,
        .schema = draft->token,
        .node = node,
        .scope = draft->scope,
        .tracks = draft->tracks,
    };
    if (eb_doc_type(view.doc, view.schema) == EB_JSON_FALSE) {
        eb_view_check(
            &view, EB_KEYWORD_NONE, (struct eb_op){ .code = EB_OP_FAIL, .kinds = EB_KINDS_ALL });
        return;
    }
    find_values(&view);
    if (view.values[EB_KEYWORD_REF] != EB_NO_TOKEN && view.resource->dialect->draft <= EB_DRAFT_7)
        keep_only_ref(&view);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        stages[i](&view);
}

/*
 * A reference that leads nowhere is a mistake even where nothing leads to it yet: whoever adds the
 * property that uses the definition should not be the one to find out.
 */
static void check_references(struct eb_compiler *compiler, struct eb_document *document)
{
    for (uint32_t i = 0; i < document->known.count; i++) {
        struct eb_site site = document->known.sites[i];
        uint32_t reference = eb_doc_member(&document->doc, site.token, "$ref");
        if (reference == EB_NO_TOKEN || eb_doc_type(&document->doc, reference) != EB_JSON_STRING)
            continue;
        struct eb_view view = {
            .compiler = compiler, .doc = &document->doc, .resource = site.resource
        };
        struct eb_span text = eb_view_text(&view, reference);
        if (text.ptr)
            eb_view_resolve(&view, EB_KEYWORD_REF, reference, text);
    }
}

static uint32_t compile_all(struct eb_compiler *compiler, struct eb_referent target)
{
    static const struct eb_draft_node always = { 0 };
    node_new(compiler, &always); /* EB_NODE_TRUE */
    uint32_t root = node_in_scope(compiler, 0, target.resource, target.token, 0);
    for (uint32_t i = EB_NODE_TRUE + 1; i < compiler->node_count; i++) {
        if (compiler->is_out_of_memory)
            break;
        compile_node(compiler, i);
    }
    return root;
}

static const struct eb_schema *compile(struct eb_schema_library *library, struct eb_referent target,
    bool asserts_formats, struct eb_diag_list *diags)
{
    struct eb_compiler compiler = {
        .library = library, .diags = diags, .asserts_formats = asserts_formats
    };
    eb_arena_init_growing(&compiler.scratch, SIZE_MAX);
    eb_map_init(&compiler.node_by_key, &compiler.scratch);
    const struct eb_schema *schema = NULL;
    uint32_t root = compile_all(&compiler, target);
    compiler.is_out_of_memory |= library->is_out_of_memory;
    if (!compiler.has_errors && !compiler.is_out_of_memory)
        check_references(&compiler, target.resource->document);
    if (!compiler.has_errors && !compiler.is_out_of_memory)
        schema = eb_program_emit(&compiler, root);
    if (compiler.is_out_of_memory)
        eb_diag_add_out_of_memory(diags);
    eb_arena_release(&compiler.scratch);
    return schema;
}

const struct eb_schema *eb_schema_compile_formats(struct eb_schema_library *library,
    struct eb_span uri, bool asserts_formats, struct eb_diag_list *diags)
{
    struct eb_map *programs = &library->programs[asserts_formats];
    const struct eb_schema *known = eb_map_get(programs, uri);
    if (known)
        return known;
    const char *why;
    struct eb_referent target = eb_library_resolve(library, eb_span("", 0), uri, &why);
    if (!target.resource && !why)
        eb_diag_add_out_of_memory(diags);
    if (!target.resource && why)
        eb_diag_add(diags, EB_ERROR, (struct eb_place){ .file = NULL }, "schema \"%.*s\": %s",
            (int)uri.len, uri.ptr, why);
    if (!target.resource)
        return NULL;
    const struct eb_schema *schema = compile(library, target, asserts_formats, diags);
    struct eb_span key = schema ? eb_arena_copy(library->arena, uri) : eb_span(NULL, 0);
    if (schema && (!key.ptr || !eb_map_put(programs, key, (void *)schema))) {
        eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    return schema;
}

const struct eb_schema *eb_schema_compile(
    struct eb_schema_library *library, struct eb_span uri, struct eb_diag_list *diags)
{
    return eb_schema_compile_formats(library, uri, library->options.asserts_formats, diags);
}
