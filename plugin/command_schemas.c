/* The registry: versions are added and taken away, never changed. */
#include <stdio.h>

#include "bus/name.h"
#include "bus/versions.h"
#include "command.h"

/* ---- telling ---- */

/* Schemas stand in the order of subjects and versions; those that are no versions come first. */
static uint32_t next_subject(const struct eb_configuration *configuration, uint32_t at)
{
    struct eb_span subject = configuration->schemas[at].subject;
    while (at < configuration->schema_count && configuration->schemas[at].version &&
           eb_span_equal(configuration->schemas[at].subject, subject))
        at++;
    return at;
}

static uint32_t first_version(const struct eb_configuration *configuration)
{
    uint32_t at = 0;
    while (at < configuration->schema_count && !configuration->schemas[at].version)
        at++;
    return at;
}

static uint32_t count_subjects(const struct eb_configuration *configuration)
{
    uint32_t count = 0, at = first_version(configuration);
    for (; at < configuration->schema_count; at = next_subject(configuration, at))
        count++;
    return count;
}

static void write_subject(struct eb_call *call, uint32_t at, uint32_t end)
{
    const struct eb_schema_text *schemas = eb_call_configuration(call)->schemas;
    struct eb_json_writer *out = call->out;
    struct eb_compatibility compatibility =
        eb_compatibility_declared(eb_call_snapshot(call), schemas[at].subject);
    eb_json_open_object(out);
    eb_write_text_member(out, "name", schemas[at].subject);
    eb_write_text_member(out, "compatibility", eb_span_of(eb_compatibility_name(compatibility)));
    eb_json_write_name(out, eb_span_of("versions"));
    eb_json_open_array(out);
    for (; at < end; at++) {
        eb_json_open_object(out);
        eb_write_int_member(out, "version", schemas[at].version);
        eb_write_bool_member(out, "managed", schemas[at].is_managed);
        eb_json_close_object(out);
    }
    eb_json_close_array(out);
    eb_json_close_object(out);
}

bool eb_command_list_schemas(struct eb_call *call)
{
    const struct eb_configuration *configuration = eb_call_configuration(call);
    uint32_t first, end, number = 0;
    if (!eb_call_range(call, count_subjects(configuration), &first, &end))
        return false;
    eb_write_int_member(call->out, "totalCount", count_subjects(configuration));
    eb_json_write_name(call->out, eb_span_of("schemas"));
    eb_json_open_array(call->out);
    for (uint32_t at = first_version(configuration); at < configuration->schema_count; number++) {
        uint32_t next = next_subject(configuration, at);
        if (number >= first && number < end)
            write_subject(call, at, next);
        at = next;
    }
    eb_json_close_array(call->out);
    return true;
}

/* EB_VERSION_LATEST for the highest. NULL after an error. */
static const struct eb_schema_text *find_version(
    struct eb_call *call, struct eb_span subject, uint32_t version)
{
    const struct eb_configuration *configuration = eb_call_configuration(call);
    const struct eb_schema_text *found = NULL;
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        const struct eb_schema_text *schema = &configuration->schemas[i];
        if (schema->version && eb_span_equal(schema->subject, subject) &&
            (version == EB_VERSION_LATEST || version == schema->version))
            found = schema;
    }
    if (!found && version == EB_VERSION_LATEST)
        eb_call_fail(call, "there is no subject '%.*s'", (int)subject.len, subject.ptr);
    else if (!found)
        eb_call_fail(call, "there is no %.*s@%u", (int)subject.len, subject.ptr, version);
    return found;
}

bool eb_command_get_schema(struct eb_call *call)
{
    struct eb_span subject;
    uint32_t version;
    if (!eb_call_name(call, "name", &subject) ||
        !eb_call_number(call, "version", EB_VERSION_LATEST, INT32_MAX, &version))
        return false;
    const struct eb_schema_text *schema = find_version(call, subject, version);
    if (!schema)
        return false;
    eb_write_text_member(call->out, "name", subject);
    eb_write_int_member(call->out, "version", schema->version);
    eb_write_bool_member(call->out, "managed", schema->is_managed);
    eb_write_text_member(call->out, "file", eb_span_of(schema->file));
    eb_json_write_name(call->out, eb_span_of("schema"));
    eb_json_write_raw(call->out, schema->text);
    return true;
}

/* ---- registering ---- */

struct registration {
    struct eb_span subject;
    uint32_t version;
};

/* What the new version breaks that its subject has promised. */
static void check_promise(void *context, const struct eb_loaded *next, struct eb_diag_list *diags)
{
    const struct registration *registration = context;
    const struct eb_configuration *configuration = eb_store_configuration(next->store);
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        const struct eb_schema_text *schema = &configuration->schemas[i];
        if (schema->version == registration->version &&
            eb_span_equal(schema->subject, registration->subject))
            eb_versions_check_one(
                configuration, next->snapshot, registration->subject, schema->file, diags);
    }
}

bool eb_command_register_schema(struct eb_call *call)
{
    struct registration registration;
    uint32_t document = eb_doc_member(call->doc, call->object, "schema");
    if (!eb_call_name(call, "name", &registration.subject))
        return false;
    if (document == EB_NO_TOKEN)
        return eb_call_fail(call, "\"schema\" is missing");
    if (eb_managed_next_version(
            call->desk->reload->loaded.store, registration.subject, &registration.version) != 0)
        return eb_call_fail(call, "the managed directory cannot be read");
    const struct eb_reload_approval approval = { check_promise, &registration };
    const struct eb_managed_change change = {
        .kind = EB_MANAGED_SCHEMA,
        .name = registration.subject,
        .version = registration.version,
        .text = eb_doc_source(call->doc, document),
    };
    if (!eb_call_change(call, &change, &approval))
        return false;
    eb_write_text_member(call->out, "name", registration.subject);
    eb_write_int_member(call->out, "version", registration.version);
    if (call->diags.first)
        eb_write_diags_member(call->out, &call->diags);
    return true;
}

/* ---- taking away ---- */

static bool names_version(struct eb_span text, uint32_t version)
{
    const char *at = memrchr(text.ptr, '@', text.len);
    return at &&
           eb_version_read(eb_span(at + 1, (size_t)(text.ptr + text.len - at - 1))) == version;
}

/* What the contract judges by, or may when events choose: `latest` may be any version, and so may
 * what a CloudEvent's `dataschema` names. */
static bool uses(const struct eb_contract *contract, struct eb_span name, uint32_t version)
{
    if (contract->data_schemas)
        return true;
    if (contract->choice &&
        (names_version(contract->schema_text, version) || names_version(contract->schema_text, 0)))
        return true;
    return (contract->schema.schema && eb_span_equal(contract->schema.name, name)) ||
           (contract->candidate.schema && eb_span_equal(contract->candidate.name, name));
}

bool eb_command_delete_schema(struct eb_call *call)
{
    const struct eb_snapshot *snapshot = eb_call_snapshot(call);
    struct eb_span subject;
    uint32_t version;
    if (!eb_call_name(call, "name", &subject) ||
        !eb_call_number(call, "version", 0, INT32_MAX, &version))
        return false;
    if (version == 0)
        return eb_call_fail(call, "\"version\" is missing");
    const struct eb_schema_text *schema = find_version(call, subject, version);
    if (!schema)
        return false;
    if (!schema->is_managed)
        return eb_call_fail(call, "%.*s@%u is in %s, which its owner changes", (int)subject.len,
            subject.ptr, version, schema->file);
    char name[EB_NAME_BYTES_MAX + 16];
    int len = snprintf(name, sizeof name, "%.*s@%u", (int)subject.len, subject.ptr, version);
    for (uint32_t i = 0; i < snapshot->contract_count; i++) {
        const struct eb_contract *contract = &snapshot->contracts[i];
        if (uses(contract, eb_span(name, (size_t)len), version))
            return eb_call_fail(call, "%s is used by contract '%.*s'", name,
                (int)contract->name.len, contract->name.ptr);
    }
    const struct eb_managed_change change = {
        .kind = EB_MANAGED_SCHEMA,
        .name = subject,
        .version = version,
    };
    return eb_call_change(call, &change, NULL);
}
