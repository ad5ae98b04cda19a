#include <stdio.h>

#include "base/limits.h"
#include "base/near_name.h"
#include "bus/builder.h"
#include "bus/name.h"

/*
 * Every file of the registry is a document of its own, known by its path below an address that
 * nobody else uses, so that a relative reference leads where it would among the files. A file that
 * `uri_map` places elsewhere is known there in the first place.
 */
static const struct eb_span root_uri = EB_SPAN("event-bus:/");

/* What makes a URI of a name, and the name of the highest version. */
static const struct eb_span name_scheme = EB_SPAN("event-bus:");
static const struct eb_span latest_suffix = EB_SPAN("@latest");

struct eb_registered_schema {
    const struct eb_schema_text *text;
    struct eb_span path_uri;
    struct eb_span uri;  /* what it was added under: of `uri_map`, or `path_uri` */
    struct eb_span name; /* "lock-event@2"; ptr NULL: it has no version */
};

static struct eb_span join(struct eb_arena *arena, struct eb_span a, struct eb_span b)
{
    char *text = eb_arena_alloc(arena, a.len + b.len, 1);
    if (!text)
        return eb_span(NULL, 0);
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, b.ptr, b.len);
    return eb_span(text, a.len + b.len);
}

static struct eb_span version_name(struct eb_arena *arena, const struct eb_schema_text *text)
{
    char name[EB_NAME_BYTES_MAX + 16];
    int len = snprintf(
        name, sizeof name, "%.*s@%u", (int)text->subject.len, text->subject.ptr, text->version);
    return eb_arena_copy(arena, eb_span(name, (size_t)len));
}

/* Of a subject the highest version is found by the subject alone. */
static bool put_names(struct eb_builder *builder, struct eb_registered_schema *schema)
{
    struct eb_map *map = &builder->schema_by_name;
    if (!schema->text->version)
        return true;
    const struct eb_registered_schema *latest = eb_map_get(map, schema->text->subject);
    bool is_latest = !latest || latest->text->version < schema->text->version;
    return eb_map_put(map, schema->name, schema) &&
           (!is_latest || eb_map_put(map, schema->text->subject, schema));
}

static bool name_schema(struct eb_builder *builder, struct eb_registered_schema *schema,
    const struct eb_schema_text *text)
{
    schema->text = text;
    schema->path_uri = join(builder->arena, root_uri, text->path);
    schema->uri = text->uri_count ? text->uris[0] : schema->path_uri;
    if (text->version)
        schema->name = version_name(builder->arena, text);
    return schema->path_uri.ptr && (schema->name.ptr || !text->version) &&
           put_names(builder, schema);
}

static bool name_schemas(struct eb_builder *builder)
{
    const struct eb_configuration *configuration = builder->configuration;
    builder->schemas =
        EB_ARENA_ARRAY(builder->arena, struct eb_registered_schema, configuration->schema_count);
    eb_map_init(&builder->schema_by_name, builder->arena);
    bool is_good = builder->schemas || !configuration->schema_count;
    for (uint32_t i = 0; is_good && i < configuration->schema_count; i++)
        is_good = name_schema(builder, &builder->schemas[i], &configuration->schemas[i]);
    return is_good;
}

/* ---- into the library ---- */

static void add_aliases(struct eb_builder *builder, const struct eb_registered_schema *schema)
{
    struct eb_schema_library *library = builder->snapshot->library;
    for (uint32_t i = 1; i < schema->text->uri_count; i++)
        eb_schema_library_alias(library, schema->uri, schema->text->uris[i], builder->diags);
    eb_schema_library_alias(library, schema->uri, schema->path_uri, builder->diags);
    if (schema->name.ptr)
        eb_schema_library_alias(library, schema->uri, schema->name, builder->diags);
}

/* False after any mistake. */
static bool add_documents(struct eb_builder *builder)
{
    uint32_t count = builder->configuration->schema_count, read = 0;
    size_t errors = builder->diags->errors;
    struct eb_doc *docs = EB_ARENA_ARRAY(builder->arena, struct eb_doc, count);
    struct eb_schema_document *documents =
        EB_ARENA_ARRAY(builder->arena, struct eb_schema_document, count);
    if (count && (!docs || !documents)) {
        eb_diag_add_out_of_memory(builder->diags);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct eb_schema_text *text = builder->schemas[i].text;
        documents[read] = (struct eb_schema_document){ builder->schemas[i].uri, &docs[read] };
        read += eb_json_read_file(
            &docs[read], text->text, text->file, 1, builder->arena, builder->diags);
    }
    eb_schema_library_add_all(builder->snapshot->library, documents, read, builder->diags);
    return builder->diags->errors == errors;
}

/* References may lead anywhere in the registry, so all of it is known before any is compiled. */
void eb_builder_add_schemas(struct eb_builder *builder)
{
    const struct eb_configuration *configuration = builder->configuration;
    struct eb_schema_options options = {
        .default_draft = configuration->settings.default_draft,
        .asserts_formats = true,
    };
    builder->snapshot->library = eb_schema_library_new(builder->arena, options);
    if (!builder->snapshot->library || !name_schemas(builder)) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    if (!add_documents(builder))
        return; /* what refers to a schema that was refused would only be reported again */
    for (uint32_t i = 0; i < configuration->schema_count; i++)
        add_aliases(builder, &builder->schemas[i]);
    for (uint32_t i = 0; i < configuration->schema_count; i++)
        eb_schema_compile(builder->snapshot->library, builder->schemas[i].uri, builder->diags);
}

/* ---- finding ---- */

/* NULL when the schema's own mistakes keep it from being compiled; they have been reported. */
static const struct eb_schema *program_of(
    struct eb_builder *builder, const struct eb_registered_schema *schema, bool asserts_formats)
{
    struct eb_diag_list reported_already;
    eb_diag_list_init(&reported_already);
    const struct eb_schema *program = eb_schema_compile_formats(
        builder->snapshot->library, schema->uri, asserts_formats, &reported_already);
    if (!program && reported_already.is_out_of_memory)
        eb_diag_add_out_of_memory(builder->diags);
    eb_diag_list_release(&reported_already);
    return program;
}

static void report_no_subject(
    struct eb_builder *builder, const struct eb_doc *doc, uint32_t token, struct eb_span subject)
{
    const struct eb_configuration *configuration = builder->configuration;
    struct eb_near_name near = eb_near_name(subject);
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        if (configuration->schemas[i].version)
            eb_near_name_offer(&near, configuration->schemas[i].subject);
    }
    if (near.best.ptr)
        eb_doc_diag(builder->diags, EB_ERROR, doc, token,
            "the registry has no subject '%.*s'; did you mean '%.*s'?", (int)subject.len,
            subject.ptr, (int)near.best.len, near.best.ptr);
    else
        eb_doc_diag(builder->diags, EB_ERROR, doc, token, "the registry has no subject '%.*s'",
            (int)subject.len, subject.ptr);
}

struct eb_subject eb_builder_find_schema(struct eb_builder *builder, const struct eb_doc *doc,
    uint32_t token, struct eb_span name, bool asserts_formats)
{
    const struct eb_subject none = { .schema = NULL };
    struct eb_subject_version wanted;
    if (!eb_subject_version_read(name, &wanted)) {
        eb_doc_diag(builder->diags, EB_ERROR, doc, token,
            "expected SUBJECT@VERSION, such as \"lock-event@1\" or \"lock-event@latest\"");
        return none;
    }
    const struct eb_registered_schema *latest =
        eb_map_get(&builder->schema_by_name, wanted.subject);
    const struct eb_registered_schema *found =
        wanted.version == EB_VERSION_LATEST ? latest : eb_map_get(&builder->schema_by_name, name);
    if (!latest)
        report_no_subject(builder, doc, token, wanted.subject);
    else if (!found)
        eb_doc_diag(builder->diags, EB_ERROR, doc, token,
            "the registry has no version %u of '%.*s'", wanted.version, (int)wanted.subject.len,
            wanted.subject.ptr);
    if (!found)
        return none;
    return (struct eb_subject){ found->name, program_of(builder, found, asserts_formats) };
}

static bool is_latest(const struct eb_builder *builder, const struct eb_registered_schema *schema)
{
    return eb_map_get(&builder->schema_by_name, schema->text->subject) == schema;
}

/* One program under its number and, if it is the highest, as the latest. */
static bool put_subject(struct eb_builder *builder, struct eb_map *subjects,
    const struct eb_registered_schema *schema, struct eb_subject *subject)
{
    if (!eb_map_put(subjects, schema->name, subject))
        return false;
    if (!is_latest(builder, schema))
        return true;
    struct eb_span name = join(builder->arena, schema->text->subject, latest_suffix);
    return name.ptr && eb_map_put(subjects, name, subject);
}

/* The same under its URIs. */
static bool put_uris(struct eb_builder *builder, struct eb_map *subjects,
    const struct eb_registered_schema *schema, struct eb_subject *subject)
{
    struct eb_span id = eb_schema_library_id(builder->snapshot->library, schema->uri);
    struct eb_span name = join(builder->arena, name_scheme, schema->name);
    bool is_good = name.ptr && eb_map_put(subjects, id, subject) &&
                   eb_map_put(subjects, schema->path_uri, subject) &&
                   eb_map_put(subjects, name, subject);
    for (uint32_t i = 0; is_good && i < schema->text->uri_count; i++)
        is_good = eb_map_put(subjects, schema->text->uris[i], subject);
    if (!is_good || !is_latest(builder, schema))
        return is_good;
    struct eb_span latest = join(builder->arena, schema->text->subject, latest_suffix);
    if (latest.ptr)
        latest = join(builder->arena, name_scheme, latest);
    return latest.ptr && eb_map_put(subjects, latest, subject);
}

typedef bool put_function(struct eb_builder *builder, struct eb_map *subjects,
    const struct eb_registered_schema *schema, struct eb_subject *subject);

static bool put_schema(struct eb_builder *builder, struct eb_map *subjects,
    const struct eb_registered_schema *schema, bool asserts_formats, put_function *put)
{
    if (!schema->name.ptr)
        return true;
    struct eb_subject *subject = EB_ARENA_NEW(builder->arena, struct eb_subject);
    if (!subject)
        return false;
    *subject = (struct eb_subject){ schema->name, program_of(builder, schema, asserts_formats) };
    return !subject->schema || put(builder, subjects, schema, subject);
}

/* All that have a version; NULL, reported, without memory. */
static const struct eb_map *put_all(
    struct eb_builder *builder, bool asserts_formats, put_function *put)
{
    struct eb_map *subjects = EB_ARENA_NEW(builder->arena, struct eb_map);
    bool is_good = subjects != NULL;
    if (is_good)
        eb_map_init(subjects, builder->arena);
    for (uint32_t i = 0; is_good && i < builder->configuration->schema_count; i++)
        is_good = put_schema(builder, subjects, &builder->schemas[i], asserts_formats, put);
    if (!is_good)
        eb_diag_add_out_of_memory(builder->diags);
    return is_good ? subjects : NULL;
}

const struct eb_map *eb_builder_find_subjects(struct eb_builder *builder, bool asserts_formats)
{
    const struct eb_map **subjects = &builder->subjects[asserts_formats];
    if (!*subjects)
        *subjects = put_all(builder, asserts_formats, put_subject);
    return *subjects;
}

const struct eb_map *eb_builder_find_data_schemas(struct eb_builder *builder, bool asserts_formats)
{
    const struct eb_map **subjects = &builder->data_schemas[asserts_formats];
    if (!*subjects)
        *subjects = put_all(builder, asserts_formats, put_uris);
    return *subjects;
}
