#include "registry.h"

#include <string.h>

#include "base/near_name.h"
#include "bus/name.h"
#include "terminal.h"

bool registry_open(struct registry *registry, const char *config)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    *registry = (struct registry){ .store = eb_store_read(config, &diags) };
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

bool registry_is_latest(const struct registry *registry, const struct eb_schema_text *schema)
{
    const struct eb_configuration *configuration = registry->configuration;
    const struct eb_schema_text *next = schema + 1;
    bool has_next = next < configuration->schemas + configuration->schema_count;
    return schema->version && !(has_next && eb_span_equal(next->subject, schema->subject));
}
