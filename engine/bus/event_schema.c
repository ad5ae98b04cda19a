#include "bus/event_schema.h"

#include "base/embedded.h"
#include "json/reader.h"
#include "json/writer.h"

extern const struct eb_embedded eb_embedded_config[];
extern const size_t eb_embedded_config_count;

static const struct eb_span base_uri = EB_SPAN("urn:mosquitto-event-bus:schema:cloudevent:1");

/*
 * False, reported, without memory. `*is_added` is false where a schema of the registry has taken
 * the URI: then less is known of events.
 */
static bool add(struct eb_builder *builder, struct eb_span uri, struct eb_span text, bool *is_added)
{
    struct eb_doc *doc = EB_ARENA_NEW(builder->arena, struct eb_doc);
    struct eb_diag_list ours;
    eb_diag_list_init(&ours);
    *is_added = doc && text.ptr &&
                eb_json_read_file(doc, text, "cloudevent", 1, builder->arena, &ours) &&
                eb_schema_library_add(builder->snapshot->library, uri, doc, &ours);
    bool has_memory = doc && text.ptr && !ours.is_out_of_memory;
    eb_diag_list_release(&ours);
    if (!has_memory)
        eb_diag_add_out_of_memory(builder->diags);
    return has_memory;
}

static bool add_base(struct eb_builder *builder)
{
    if (builder->has_asked_event_schema)
        return true;
    builder->has_asked_event_schema = true;
    for (size_t i = 0; i < eb_embedded_config_count; i++) {
        const struct eb_embedded *file = &eb_embedded_config[i];
        if (eb_span_is(file->name, "cloudevent.schema.json"))
            return add(builder, base_uri, file->text, &builder->has_event_schema);
    }
    return true;
}

/* {"$ref":…,"required":["data"],"properties":{"data":{"$ref":"lock-event@1"}}} */
static struct eb_span write_schema(struct eb_builder *builder, struct eb_span name)
{
    enum { ROOM = 512 }; /* twice what the names that there are can need */
    char *text = eb_arena_alloc(builder->arena, ROOM, 1);
    struct eb_json_writer out;
    if (!text)
        return eb_span(NULL, 0);
    eb_json_writer_init(&out, text, ROOM);
    eb_json_open_object(&out);
    eb_json_member_string(
        &out, "$schema", eb_span_of("https://json-schema.org/draft/2020-12/schema"));
    eb_json_member_string(&out, "$ref", base_uri);
    eb_json_member_array(&out, "required");
    eb_json_write_string(&out, eb_span_of("data"));
    eb_json_close_array(&out);
    eb_json_member_object(&out, "properties");
    eb_json_member_object(&out, "data");
    eb_json_member_string(&out, "$ref", name);
    eb_json_close_object(&out);
    eb_json_close_object(&out);
    eb_json_close_object(&out);
    return eb_json_writer_finish(&out);
}

static struct eb_span uri_of(struct eb_builder *builder, struct eb_span name)
{
    static const struct eb_span prefix = EB_SPAN("urn:mosquitto-event-bus:cloudevent:");
    char *uri = eb_arena_alloc(builder->arena, prefix.len + name.len, 1);
    if (!uri)
        return eb_span(NULL, 0);
    memcpy(uri, prefix.ptr, prefix.len);
    memcpy(uri + prefix.len, name.ptr, name.len);
    return eb_span(uri, prefix.len + name.len);
}

static const struct eb_contract *find_like(
    const struct eb_builder *builder, const struct eb_contract *contract)
{
    for (const struct eb_contract *other = builder->contracts; other < contract; other++) {
        if (other->event_uri.ptr && other->schema.schema &&
            eb_span_equal(other->schema.name, contract->schema.name))
            return other;
    }
    return NULL;
}

bool eb_builder_add_event_schema(struct eb_builder *builder, struct eb_contract *contract)
{
    bool is_added = true;
    if (!add_base(builder))
        return false;
    if (!builder->has_event_schema)
        return true;
    contract->event_uri = base_uri;
    if (!contract->schema.schema)
        return true;
    const struct eb_contract *like = find_like(builder, contract);
    struct eb_span uri = like ? like->event_uri : uri_of(builder, contract->schema.name);
    bool has_memory =
        like ||
        (uri.ptr && add(builder, uri, write_schema(builder, contract->schema.name), &is_added));
    contract->event_uri = is_added ? uri : eb_span(NULL, 0);
    return has_memory;
}

const struct eb_schema *eb_event_schema(
    const struct eb_snapshot *snapshot, const struct eb_contract *contract)
{
    if (!contract->is_cloudevent)
        return contract->schema.schema;
    if (!contract->event_uri.ptr)
        return NULL;
    struct eb_diag_list ours;
    eb_diag_list_init(&ours);
    const struct eb_schema *schema = eb_schema_compile_formats(
        snapshot->library, contract->event_uri, contract->asserts_formats, &ours);
    eb_diag_list_release(&ours);
    return schema;
}
