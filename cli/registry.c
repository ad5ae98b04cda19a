#include "registry.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/near_name.h"
#include "bus/name.h"
#include "memory.h"
#include "progress.h"
#include "schema/dialect.h"
#include "schema/uri.h"
#include "terminal.h"
#include "validator.h"
#include "json/reader.h"

bool registry_open(struct registry *registry, const char *config)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    progress_begin("reading %s", config);
    *registry = (struct registry){ .store = eb_store_read(config, &diags) };
    progress_end();
    if (registry->store)
        registry->configuration = eb_store_configuration(registry->store);
    registry->has_errors = diags.errors > 0;
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return registry->store != NULL;
}

void registry_close(struct registry *registry)
{
    eb_store_free(registry->store);
    *registry = (struct registry){ 0 };
}

static bool has_uri(const struct eb_schema_text *schema, struct eb_span uri)
{
    for (uint32_t i = 0; i < schema->uri_count; i++) {
        if (eb_span_equal(schema->uris[i], uri))
            return true;
    }
    return false;
}

/* The versions of a subject come in ascending order. */
static const struct eb_schema_text *find(
    const struct eb_configuration *configuration, struct eb_span name)
{
    struct eb_subject_version wanted = { .subject = name, .version = EB_VERSION_LATEST };
    eb_subject_version_read(name, &wanted);
    const struct eb_schema_text *found = NULL;
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        const struct eb_schema_text *schema = &configuration->schemas[i];
        bool is_subject = schema->version && eb_span_equal(schema->subject, wanted.subject);
        bool is_version = wanted.version == EB_VERSION_LATEST || wanted.version == schema->version;
        if ((is_subject && is_version) || has_uri(schema, name))
            found = schema;
    }
    return found;
}

static void complain_unknown(const struct eb_configuration *configuration, struct eb_span name)
{
    struct eb_subject_version wanted = { .subject = name };
    bool is_version = eb_subject_version_read(name, &wanted) && wanted.version;
    if (is_version && find(configuration, wanted.subject)) {
        complain("the registry has no version %u of '%.*s'", wanted.version,
            (int)wanted.subject.len, wanted.subject.ptr);
        return;
    }
    struct eb_near_name near = eb_near_name(wanted.subject);
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        if (configuration->schemas[i].version)
            eb_near_name_offer(&near, configuration->schemas[i].subject);
    }
    if (near.best.ptr)
        complain("the registry has no schema '%.*s'; did you mean '%.*s'?", (int)name.len, name.ptr,
            (int)near.best.len, near.best.ptr);
    else
        complain("the registry has no schema '%.*s'", (int)name.len, name.ptr);
}

const struct eb_schema_text *registry_find(const struct registry *registry, const char *name)
{
    struct eb_span wanted = eb_span_of(name);
    const struct eb_schema_text *schema = find(registry->configuration, wanted);
    if (!schema)
        complain_unknown(registry->configuration, wanted);
    return schema;
}

/* ---- describing ---- */

static bool is_latest(const struct registry *registry, const struct eb_schema_text *schema)
{
    const struct eb_configuration *configuration = registry->configuration;
    const struct eb_schema_text *next = schema + 1;
    bool has_next = next < configuration->schemas + configuration->schema_count;
    return schema->version && !(has_next && eb_span_equal(next->subject, schema->subject));
}

struct eb_span string_member_of(
    const struct eb_doc *doc, uint32_t object, const char *name, struct eb_arena *arena)
{
    if (eb_doc_type(doc, object) != EB_JSON_OBJECT)
        return eb_span(NULL, 0);
    uint32_t token = eb_doc_member(doc, object, name);
    if (token == EB_NO_TOKEN || eb_doc_type(doc, token) != EB_JSON_STRING)
        return eb_span(NULL, 0);
    return eb_doc_string(doc, token, arena);
}

static struct eb_span draft_of(
    const struct registry *registry, const struct eb_doc *doc, struct eb_arena *arena)
{
    struct eb_span uri = string_member_of(doc, 0, "$schema", arena);
    if (!uri.ptr)
        return eb_span_of(draft_name(registry->configuration->settings.default_draft));
    const struct eb_dialect *dialect = eb_dialect_find(eb_uri_without_fragment(uri));
    return dialect ? eb_span_of(draft_name(dialect->draft)) : uri;
}

static struct eb_span name_of(const struct eb_schema_text *text, struct eb_arena *arena)
{
    char name[EB_NAME_BYTES_MAX + 16];
    if (!text->version)
        return text->uris[0];
    int len = snprintf(name, sizeof name, "%.*s@%" PRIu32, (int)text->subject.len,
        text->subject.ptr, text->version);
    return eb_arena_copy(arena, eb_span(name, (size_t)len));
}

/* What is wrong with such a file is for `check` to say. */
static struct eb_span compatibility_of(
    const struct registry *registry, const struct eb_schema_text *text, struct eb_arena *arena)
{
    const struct eb_configuration *configuration = registry->configuration;
    for (uint32_t i = 0; i < configuration->subject_count; i++) {
        const struct eb_subject_text *subject = &configuration->subjects[i];
        struct eb_doc doc;
        struct eb_json_fault fault;
        if (text->version && eb_span_equal(subject->subject, text->subject) &&
            eb_json_read(&doc, subject->text, &eb_json_limits_max, arena, &fault) == EB_JSON_OK)
            return string_member_of(&doc, 0, "compatibility", arena);
    }
    return eb_span(NULL, 0);
}

bool registry_describe(const struct registry *registry, const struct eb_schema_text *text,
    struct eb_arena *arena, struct schema_entry *entry)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    *entry = (struct schema_entry){
        .text = text,
        .name = name_of(text, arena),
        .compatibility = compatibility_of(registry, text, arena),
        .is_latest = is_latest(registry, text),
    };
    entry->is_read = eb_json_read_file(&entry->doc, text->text, text->file, 1, arena, &diags);
    if (entry->is_read) {
        entry->draft = draft_of(registry, &entry->doc, arena);
        entry->title = string_member_of(&entry->doc, 0, "title", arena);
    }
    if (!entry->name.ptr)
        memory_ran_out();
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return entry->name.ptr != NULL;
}

/* ---- uses ---- */

/*
 * "acme.${type}@1" may be any subject that begins and ends so; which one, the event says. The name
 * is that of a version.
 */
static bool may_name(struct eb_span template, struct eb_span name)
{
    const char *open = memmem(template.ptr, template.len, "${", 2);
    const char *close = memrchr(template.ptr, '}', template.len);
    if (!open || !close || close < open)
        return false;
    struct eb_span head = eb_span(template.ptr, (size_t)(open - template.ptr));
    struct eb_span tail = eb_span(close + 1, (size_t)(template.ptr + template.len - close - 1));
    return name.len > head.len + tail.len && eb_span_starts(name, head) &&
           memcmp(name.ptr + name.len - tail.len, tail.ptr, tail.len) == 0;
}

enum schema_use schema_entry_use(const struct schema_entry *entry, struct eb_span schema)
{
    struct eb_subject_version wanted;
    if (!schema.ptr || !entry->text->version)
        return SCHEMA_UNUSED;
    if (may_name(schema, entry->name))
        return SCHEMA_BY_CONTENT;
    if (!eb_subject_version_read(schema, &wanted) ||
        !eb_span_equal(wanted.subject, entry->text->subject))
        return SCHEMA_UNUSED;
    bool is_wanted = wanted.version == EB_VERSION_LATEST ? entry->is_latest
                                                         : wanted.version == entry->text->version;
    return is_wanted ? SCHEMA_BY_NAME : SCHEMA_UNUSED;
}
