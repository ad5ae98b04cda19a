#include "asyncapi_schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "json_line.h"
#include "memory.h"
#include "schema/library.h"
#include "schema/references.h"
#include "target/template.h"

/* ---- names ---- */

/* AsyncAPI allows letters, digits, '.', '-' and '_'. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

/* A path, so that no two have one key: "imported/x.json" -> "imported_.x.json". */
static struct eb_span path_key(struct eb_span path, struct eb_arena *arena)
{
    char *key = eb_arena_alloc(arena, 3 * path.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; key && i < path.len; i++) {
        char c = path.ptr[i];
        if (is_plain(c) && c != '_')
            key[len++] = c;
        else
            len += (size_t)(c == '/'   ? sprintf(key + len, "_.")
                            : c == '_' ? sprintf(key + len, "__")
                                       : sprintf(key + len, "_%02X", (unsigned char)c));
    }
    return eb_span(key, len);
}

struct eb_span asyncapi_schema_key(const struct schema_entry *entry, struct eb_arena *arena)
{
    const struct eb_schema_text *text = entry->text;
    char key[EB_NAME_BYTES_MAX + 16];
    if (!text->version)
        return path_key(text->path, arena);
    int len = snprintf(
        key, sizeof key, "%.*s.v%u", (int)text->subject.len, text->subject.ptr, text->version);
    return eb_arena_copy(arena, eb_span(key, (size_t)len));
}

static const struct schema_entry *entry_of_file(const struct wiring *wiring, const char *file)
{
    for (uint32_t i = 0; i < wiring->entry_count; i++) {
        if (wiring->entries[i].text->file == file)
            return &wiring->entries[i];
    }
    return NULL;
}

/* A JSON Pointer in a URI's fragment (RFC 6901 §6). */
static void write_fragment(struct eb_json_writer *out, struct eb_span pointer)
{
    for (size_t i = 0; i < pointer.len; i++) {
        char escaped[4];
        char c = pointer.ptr[i];
        bool is_kept = is_plain(c) || c == '/' || c == '~';
        int len = is_kept ? snprintf(escaped, sizeof escaped, "%c", c)
                          : snprintf(escaped, sizeof escaped, "%%%02X", (unsigned char)c);
        eb_json_write_string_part(out, eb_span(escaped, (size_t)len));
    }
}

static void write_reference(struct eb_json_writer *out, struct eb_span key, struct eb_span pointer)
{
    eb_json_write_name(out, eb_span_of("$ref"));
    eb_json_open_string(out);
    eb_json_write_string_part(out, eb_span_of("#/components/schemas/"));
    eb_json_write_string_part(out, key);
    write_fragment(out, pointer);
    eb_json_close_string(out);
}

/* ---- a schema, moved into the document ---- */

struct move {
    struct wiring *wiring;
    const struct eb_doc *doc;
    const struct eb_document *document; /* the library's */
    struct eb_schema_reference *references;
    uint32_t reference_count, reference_room;
    struct eb_json_writer *out;
    bool is_out_of_memory;
};

static void keep_reference(void *context, const struct eb_schema_reference *reference)
{
    struct move *move = context;
    struct eb_schema_reference *room = eb_array_room(&move->wiring->arena, move->references,
        move->reference_count, &move->reference_room, sizeof *room);
    if (!room) {
        move->is_out_of_memory = true;
        return;
    }
    move->references = room;
    move->references[move->reference_count++] = *reference;
}

static int by_token(const void *a, const void *b)
{
    const struct eb_schema_reference *x = a, *y = b;
    return (x->token > y->token) - (x->token < y->token);
}

static const struct eb_schema_reference *reference_at(const struct move *move, uint32_t token)
{
    struct eb_schema_reference wanted = { .token = token };
    if (!move->reference_count)
        return NULL;
    return bsearch(
        &wanted, move->references, move->reference_count, sizeof *move->references, by_token);
}

/* The members of an object with where `token`, the value of `$ref` or its like, leads. */
static void write_target(struct move *move, uint32_t token)
{
    const struct eb_schema_reference *reference = reference_at(move, token);
    const struct schema_entry *entry = reference && reference->target
                                           ? entry_of_file(move->wiring, reference->target->name)
                                           : NULL;
    if (!entry) { /* the metaschemas, which are built in */
        write_string_member(move->out, "description", eb_span_of("a JSON Schema"));
        return;
    }
    struct eb_arena *arena = &move->wiring->arena;
    struct eb_span key = asyncapi_schema_key(entry, arena);
    struct eb_span pointer = eb_doc_pointer(reference->target, reference->target_token, arena);
    if (key.ptr && pointer.ptr)
        write_reference(move->out, key, pointer);
    else
        move->is_out_of_memory = true;
}

static void write_moved(struct move *move, uint32_t token);

static uint32_t member(const struct move *move, uint32_t schema, const char *name)
{
    return eb_doc_member(move->doc, schema, name);
}

static uint32_t reference_member(const struct move *move, uint32_t schema)
{
    static const char *const names[] = { "$ref", "$dynamicRef", "$recursiveRef" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint32_t token = member(move, schema, names[i]);
        if (token != EB_NO_TOKEN && reference_at(move, token))
            return token;
    }
    return EB_NO_TOKEN;
}

static bool is_true(const struct move *move, uint32_t token)
{
    return token != EB_NO_TOKEN && eb_doc_type(move->doc, token) == EB_JSON_TRUE;
}

/* `minimum`, in draft 4 made exclusive by a member beside it. */
static void write_bound(struct move *move, uint32_t schema, uint32_t name, const char *exclusive)
{
    bool is_exclusive = is_true(move, member(move, schema, exclusive));
    eb_json_write_name(
        move->out, is_exclusive ? eb_span_of(exclusive) : eb_doc_raw(move->doc, name));
    write_moved(move, name + 1);
}

static bool is_one_of(const struct move *move, uint32_t name, const char *const *names)
{
    for (; *names; names++) {
        if (eb_doc_string_is(move->doc, name, eb_span_of(*names)))
            return true;
    }
    return false;
}

/* A list of schemas goes by two names: `prefixItems` and `items`, `items` and `additionalItems`. */
static const char *new_name(const struct move *move, uint32_t schema, uint32_t name)
{
    if (eb_doc_string_is(move->doc, name, eb_span_of("prefixItems")))
        return "items";
    bool is_behind = eb_doc_string_is(move->doc, name, eb_span_of("items")) &&
                     member(move, schema, "prefixItems") != EB_NO_TOKEN;
    return is_behind ? "additionalItems" : NULL;
}

/* Whoever reads an AsyncAPI document follows every `$ref`, in quoted values as well. */
static bool quotes_reference(const struct move *move, uint32_t value)
{
    for (uint32_t i = value; i < move->doc->tokens[value].next; i++) {
        uint32_t reference =
            eb_doc_type(move->doc, i) == EB_JSON_OBJECT ? member(move, i, "$ref") : EB_NO_TOKEN;
        if (reference != EB_NO_TOKEN && eb_doc_type(move->doc, reference) == EB_JSON_STRING)
            return true;
    }
    return false;
}

static bool holds_schemas(const struct eb_dialect *dialect, struct eb_span name)
{
    enum eb_keyword keyword = eb_keyword_find(dialect, name);
    return keyword != EB_KEYWORD_NONE && eb_keyword_subschemas(keyword) != EB_SUBSCHEMAS_NONE;
}

static void write_keyword(
    struct move *move, uint32_t schema, uint32_t name, const struct eb_dialect *dialect)
{
    static const char *const identities[] = { "$schema", "$id", "$anchor", "$dynamicAnchor",
        "$recursiveAnchor", "$vocabulary", "$ref", "$dynamicRef", "$recursiveRef", NULL };
    static const char *const old_identities[] = { "id", "exclusiveMinimum", "exclusiveMaximum",
        NULL };
    bool is_draft_4 = dialect->draft == EB_DRAFT_4;
    if (is_one_of(move, name, identities) || (is_draft_4 && is_one_of(move, name, old_identities)))
        return;
    if (is_draft_4 && eb_doc_string_is(move->doc, name, eb_span_of("minimum"))) {
        write_bound(move, schema, name, "exclusiveMinimum");
        return;
    }
    if (is_draft_4 && eb_doc_string_is(move->doc, name, eb_span_of("maximum"))) {
        write_bound(move, schema, name, "exclusiveMaximum");
        return;
    }
    struct eb_span text = eb_doc_string(move->doc, name, &move->wiring->arena);
    if (!holds_schemas(dialect, text) && quotes_reference(move, name + 1))
        return;
    const char *other = dialect->draft == EB_DRAFT_2020_12 ? new_name(move, schema, name) : NULL;
    eb_json_write_name(move->out, other ? eb_span_of(other) : text);
    write_moved(move, name + 1);
}

/* What stands beside a reference counts since 2019-09, and does not in draft 7. */
static void write_all_of(struct move *move, uint32_t reference, uint32_t all_of)
{
    eb_json_write_name(move->out, eb_span_of("allOf"));
    eb_json_open_array(move->out);
    eb_json_open_object(move->out);
    write_target(move, reference);
    eb_json_close_object(move->out);
    if (all_of != EB_NO_TOKEN) {
        EB_DOC_EACH_ELEMENT(move->doc, all_of, element)
        write_moved(move, element);
    }
    eb_json_close_array(move->out);
}

static void write_schema_object(
    struct move *move, uint32_t schema, const struct eb_dialect *dialect)
{
    uint32_t reference = reference_member(move, schema);
    bool is_alone = reference != EB_NO_TOKEN &&
                    (dialect->draft <= EB_DRAFT_7 || move->doc->tokens[schema].count == 1);
    uint32_t all_of = member(move, schema, "allOf");
    eb_json_open_object(move->out);
    if (is_alone)
        write_target(move, reference);
    else if (reference != EB_NO_TOKEN)
        write_all_of(move, reference, all_of);
    EB_DOC_EACH_MEMBER(move->doc, schema, name)
    {
        bool is_written = is_alone || (reference != EB_NO_TOKEN && name + 1 == all_of);
        if (!is_written)
            write_keyword(move, schema, name, dialect);
    }
    eb_json_close_object(move->out);
}

/* A member "$ref" would be taken for a reference, also where it is a property. */
static void write_object(struct move *move, uint32_t object)
{
    eb_json_open_object(move->out);
    EB_DOC_EACH_MEMBER(move->doc, object, name)
    {
        if (eb_doc_string_is(move->doc, name, eb_span_of("$ref")))
            continue;
        eb_json_write_name(move->out, eb_doc_string(move->doc, name, &move->wiring->arena));
        write_moved(move, name + 1);
    }
    eb_json_close_object(move->out);
}

static void write_array(struct move *move, uint32_t array)
{
    eb_json_open_array(move->out);
    EB_DOC_EACH_ELEMENT(move->doc, array, element)
    write_moved(move, element);
    eb_json_close_array(move->out);
}

static void write_moved(struct move *move, uint32_t token)
{
    enum eb_json_type type = eb_doc_type(move->doc, token);
    const struct eb_site *site =
        type == EB_JSON_OBJECT ? eb_document_site(move->document, token) : NULL;
    if (site)
        write_schema_object(move, token, site->resource->dialect);
    else if (type == EB_JSON_OBJECT)
        write_object(move, token);
    else if (type == EB_JSON_ARRAY)
        write_array(move, token);
    else
        eb_json_write_raw(move->out, eb_doc_source(move->doc, token));
}

bool asyncapi_write_schema(
    struct wiring *wiring, const struct schema_entry *entry, struct eb_json_writer *out)
{
    struct eb_schema_library *library = wiring->snapshot->library;
    struct move move = { .wiring = wiring, .out = out };
    const struct eb_resource *resource = eb_library_resource(library, entry->name);
    if (!resource || !eb_schema_references(library, entry->name, keep_reference, &move))
        return false;
    if (move.reference_count)
        qsort(move.references, move.reference_count, sizeof *move.references, by_token);
    move.document = resource->document;
    move.doc = &resource->document->doc;
    /* AsyncAPI wants an object here. */
    if (eb_doc_type(move.doc, 0) == EB_JSON_OBJECT)
        write_moved(&move, 0);
    else
        eb_json_write_raw(
            out, eb_span_of(eb_doc_type(move.doc, 0) == EB_JSON_TRUE ? "{}" : "{\"not\":{}}"));
    return !move.is_out_of_memory;
}

/* ---- what templates make ---- */

struct making {
    struct wiring *wiring;
    const struct wired_rule *rule;
    const struct schema_entry *source;
    struct eb_arena scratch;
    struct eb_json_writer *out;
};

/* The member of the source's schema that the placeholder leads to by `properties` alone. */
static uint32_t find_property(
    const struct schema_entry *source, const struct eb_placeholder *placeholder)
{
    uint32_t token = 0;
    for (uint32_t i = 0; i < placeholder->step_count; i++) {
        const struct eb_step *step = &placeholder->steps[i];
        if (!step->name.ptr || eb_doc_type(&source->doc, token) != EB_JSON_OBJECT)
            return EB_NO_TOKEN;
        token = eb_doc_member(&source->doc, token, "properties");
        uint32_t found = EB_NO_TOKEN;
        if (token == EB_NO_TOKEN)
            return token;
        EB_DOC_EACH_MEMBER(&source->doc, token, name)
        {
            if (eb_doc_string_is(&source->doc, name, step->name))
                found = name + 1;
        }
        if (found == EB_NO_TOKEN)
            return found;
        token = found;
    }
    return token;
}

/* False when nothing is known of it. */
static bool write_source(struct making *making, const struct eb_placeholder *placeholder)
{
    const struct schema_entry *source = making->source;
    bool is_sure = source && placeholder->origin == EB_FROM_PAYLOAD &&
                   placeholder->otherwise.kind == EB_VALUE_MISSING;
    uint32_t token = is_sure ? find_property(source, placeholder) : EB_NO_TOKEN;
    if (token == EB_NO_TOKEN)
        return false;
    struct eb_span key = asyncapi_schema_key(source, &making->scratch);
    struct eb_span pointer = eb_doc_pointer(&source->doc, token, &making->scratch);
    if (!key.ptr || !pointer.ptr)
        return false;
    write_reference(making->out, key, pointer);
    return true;
}

/* A string that is one placeholder: whatever that stands for. */
static void write_value(struct making *making, const struct eb_placeholder *placeholder)
{
    if (write_source(making, placeholder))
        return;
    switch (placeholder->origin) {
    case EB_FROM_QOS: write_string_member(making->out, "type", eb_span_of("integer")); break;
    case EB_FROM_RETAIN: write_string_member(making->out, "type", eb_span_of("boolean")); break;
    case EB_FROM_LEVEL:
        write_string_member(making->out, "type",
            eb_span_of(eb_placeholder_is_list(placeholder) ? "array" : "string"));
        break;
    case EB_FROM_TOPIC:
    case EB_FROM_CLIENT_ID:
    case EB_FROM_EVENT_ID:
    case EB_FROM_RECEIVED:
    case EB_FROM_RULE_NAME: write_string_member(making->out, "type", eb_span_of("string")); break;
    default: break;
    }
    write_string_member(making->out, "description", placeholder->source);
}

static void write_text(struct making *making, uint32_t token)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    struct eb_template_compiler compiler = {
        .doc = &making->rule->doc,
        .arena = &making->scratch,
        .scratch = &making->scratch,
        .diags = &diags,
    };
    const struct eb_template_part *part = eb_template_compile_text(&compiler, token);
    bool is_value = part && part->placeholder && !part->literal.len && !part->next;
    if (is_value) {
        write_value(making, part->placeholder);
    } else if (part && !part->placeholder) {
        write_string_member(making->out, "const", part->literal);
    } else {
        write_string_member(making->out, "type", eb_span_of("string"));
        write_string_member(
            making->out, "description", eb_doc_string(&making->rule->doc, token, &making->scratch));
    }
    eb_diag_list_release(&diags);
}

static void write_made(struct making *making, uint32_t token);

static void write_made_object(struct making *making, uint32_t object)
{
    const struct eb_doc *doc = &making->rule->doc;
    write_string_member(making->out, "type", eb_span_of("object"));
    eb_json_write_name(making->out, eb_span_of("required"));
    eb_json_open_array(making->out);
    EB_DOC_EACH_MEMBER(doc, object, name)
    eb_json_write_string(making->out, eb_doc_string(doc, name, &making->scratch));
    eb_json_close_array(making->out);
    eb_json_write_name(making->out, eb_span_of("properties"));
    eb_json_open_object(making->out);
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        eb_json_write_name(making->out, eb_doc_string(doc, name, &making->scratch));
        write_made(making, name + 1);
    }
    eb_json_close_object(making->out);
    write_bool_member(making->out, "additionalProperties", false);
}

static void write_made_array(struct making *making, uint32_t array)
{
    const struct eb_doc *doc = &making->rule->doc;
    write_string_member(making->out, "type", eb_span_of("array"));
    write_int_member(making->out, "minItems", doc->tokens[array].count);
    write_int_member(making->out, "maxItems", doc->tokens[array].count);
    if (!doc->tokens[array].count)
        return;
    eb_json_write_name(making->out, eb_span_of("items"));
    eb_json_open_array(making->out);
    EB_DOC_EACH_ELEMENT(doc, array, element)
    write_made(making, element);
    eb_json_close_array(making->out);
}

static void write_made(struct making *making, uint32_t token)
{
    const struct eb_doc *doc = &making->rule->doc;
    eb_json_open_object(making->out);
    switch (eb_doc_type(doc, token)) {
    case EB_JSON_OBJECT: write_made_object(making, token); break;
    case EB_JSON_ARRAY: write_made_array(making, token); break;
    case EB_JSON_STRING: write_text(making, token); break;
    default:
        eb_json_write_name(making->out, eb_span_of("const"));
        eb_json_write_raw(making->out, eb_doc_source(doc, token));
    }
    eb_json_close_object(making->out);
}

bool asyncapi_write_template(struct wiring *wiring, const struct wired_target *target,
    const struct schema_entry *source, struct eb_json_writer *out)
{
    struct making making = { .wiring = wiring, .rule = target->rule, .source = source, .out = out };
    eb_arena_init_growing(&making.scratch, SIZE_MAX);
    write_made(&making, target->payload);
    memory_release(&making.scratch);
    return true;
}
