#include <stdio.h>

#include "base/limits.h"
#include "bus/builder.h"
#include "bus/name.h"

/*
 * Every version of a subject is a resource of its own, so that a relative reference between files
 * of the registry resolves as it would between the files.
 */
enum { URI_BYTES = 2 * EB_NAME_BYTES_MAX + 64 };

static struct eb_span version_uri(char out[URI_BYTES], struct eb_span subject, uint32_t version)
{
    int len =
        snprintf(out, URI_BYTES, "event-bus:/%.*s/%u.json", (int)subject.len, subject.ptr, version);
    return eb_span(out, (size_t)len);
}

static struct eb_span uri_of(char out[URI_BYTES], const struct eb_schema_text *schema)
{
    return schema->uri.ptr ? schema->uri : version_uri(out, schema->subject, schema->version);
}

static bool add_schema(struct eb_builder *builder, const struct eb_schema_text *schema)
{
    struct eb_doc *doc = EB_ARENA_NEW(builder->arena, struct eb_doc);
    char uri[URI_BYTES];
    if (!doc) {
        eb_diag_add_out_of_memory(builder->diags);
        return false;
    }
    return eb_json_read_file(doc, schema->text, schema->file, 1, builder->arena, builder->diags) &&
           eb_schema_library_add(
               builder->snapshot->library, uri_of(uri, schema), doc, builder->diags);
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
    if (!builder->snapshot->library) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    size_t errors = builder->diags->errors;
    for (uint32_t i = 0; i < configuration->schema_count; i++)
        add_schema(builder, &configuration->schemas[i]);
    if (builder->diags->errors > errors)
        return; /* what refers to a schema that was refused would only be reported again */
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        char uri[URI_BYTES];
        eb_schema_compile(
            builder->snapshot->library, uri_of(uri, &configuration->schemas[i]), builder->diags);
    }
}

/* The highest version of a subject, or the one asked for; NULL when there is none. */
static const struct eb_schema_text *find_version(const struct eb_configuration *configuration,
    struct eb_subject_version wanted, bool *has_subject)
{
    const struct eb_schema_text *found = NULL;
    *has_subject = false;
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        const struct eb_schema_text *schema = &configuration->schemas[i];
        if (schema->version == 0 || !eb_span_equal(schema->subject, wanted.subject))
            continue;
        *has_subject = true;
        bool is_wanted = wanted.version == EB_VERSION_LATEST
                             ? !found || schema->version > found->version
                             : schema->version == wanted.version;
        if (is_wanted)
            found = schema;
    }
    return found;
}

const struct eb_schema *eb_builder_find_schema(
    struct eb_builder *builder, const struct eb_doc *doc, uint32_t token, struct eb_span name)
{
    struct eb_subject_version wanted;
    if (!eb_subject_version_read(name, &wanted)) {
        eb_doc_diag(builder->diags, EB_ERROR, doc, token,
            "expected SUBJECT@VERSION, such as \"lock-event@1\" or \"lock-event@latest\"");
        return NULL;
    }
    bool has_subject;
    const struct eb_schema_text *schema =
        find_version(builder->configuration, wanted, &has_subject);
    if (!has_subject)
        eb_doc_diag(builder->diags, EB_ERROR, doc, token, "the registry has no subject '%.*s'",
            (int)wanted.subject.len, wanted.subject.ptr);
    else if (!schema)
        eb_doc_diag(builder->diags, EB_ERROR, doc, token,
            "the registry has no version %u of '%.*s'", wanted.version, (int)wanted.subject.len,
            wanted.subject.ptr);
    if (!schema)
        return NULL;
    char uri[URI_BYTES];
    struct eb_diag_list reported_already;
    eb_diag_list_init(&reported_already);
    const struct eb_schema *program =
        eb_schema_compile(builder->snapshot->library, uri_of(uri, schema), &reported_already);
    if (!program && reported_already.is_out_of_memory)
        eb_diag_add_out_of_memory(builder->diags);
    eb_diag_list_release(&reported_already);
    return program;
}
