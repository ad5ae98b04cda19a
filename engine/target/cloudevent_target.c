#include "target/cloudevent_target.h"

#include "base/limits.h"
#include "cloudevents/event_write.h"
#include "topic/filter.h"
#include "json/writer.h"

/* ---- compiling ---- */

static bool fail(const struct eb_template_compiler *compiler, uint32_t token, const char *text)
{
    eb_doc_diag(compiler->diags, EB_ERROR, compiler->doc, token, "%s", text);
    return false;
}

static bool fail_memory(const struct eb_template_compiler *compiler)
{
    eb_diag_add_out_of_memory(compiler->diags);
    return false;
}

static uint32_t member_of(const struct eb_doc *doc, uint32_t object, const char *name)
{
    return object == EB_NO_TOKEN ? EB_NO_TOKEN : eb_doc_member(doc, object, name);
}

static bool compile_name(
    struct eb_template_compiler *compiler, uint32_t token, struct eb_span *name)
{
    struct eb_span text = eb_doc_string(compiler->doc, token, compiler->scratch);
    *name = text.ptr ? eb_arena_copy(compiler->arena, text) : text;
    if (!name->ptr)
        return fail_memory(compiler);
    if (!eb_attribute_name_is_valid(*name))
        return fail(compiler, token,
            "no attribute can have this name: expected letters a to z and digits, and not "
            "\"data\", "
            "which is the payload");
    if (eb_span_is(*name, "specversion"))
        return fail(compiler, token, "specversion is \"1.0\", and cannot be given");
    return true;
}

static bool check_literal(struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_attribute_template *given)
{
    if (given->value->placeholder)
        return true;
    const char *expected = eb_attribute_expected(given->name, given->value->literal);
    if (expected)
        eb_doc_diag(compiler->diags, EB_ERROR, compiler->doc, token, "expected %s", expected);
    return !expected;
}

static bool is_required(struct eb_span name)
{
    return eb_span_is(name, "id") || eb_span_is(name, "source") || eb_span_is(name, "type");
}

static bool compile_attribute(
    struct eb_template_compiler *compiler, uint32_t name, struct eb_attribute_template *given)
{
    if (!compile_name(compiler, name, &given->name))
        return false;
    if (eb_doc_type(compiler->doc, name + 1) == EB_JSON_NULL)
        return !is_required(given->name) ||
               fail(compiler, name + 1, "a CloudEvent must have this attribute");
    given->value = eb_template_compile_text(compiler, name + 1);
    return given->value && check_literal(compiler, name + 1, given);
}

static bool compile_attributes(
    struct eb_template_compiler *compiler, uint32_t attributes, struct eb_cloudevent_target *target)
{
    bool is_good = true;
    if (attributes == EB_NO_TOKEN)
        return true;
    struct eb_attribute_template *given = EB_ARENA_ARRAY(
        compiler->arena, struct eb_attribute_template, compiler->doc->tokens[attributes].count);
    if (!given)
        return fail_memory(compiler);
    EB_DOC_EACH_MEMBER(compiler->doc, attributes, name)
    {
        is_good &= compile_attribute(compiler, name, &given[target->given_count++]);
    }
    target->given = given;
    return is_good;
}

/* A name in `user_properties` that readers of the copy would take for an attribute. */
static bool check_property_name(struct eb_template_compiler *compiler, uint32_t name)
{
    struct eb_span text = eb_doc_string(compiler->doc, name, compiler->scratch);
    if (!text.ptr)
        return fail_memory(compiler);
    if (!eb_attribute_name_is_valid(text) && !eb_span_is(text, "data"))
        return true;
    return fail(compiler, name,
        "in binary mode this is an attribute, or would be taken for one: it belongs into "
        "cloudevents.attributes");
}

static bool check_property_names(struct eb_template_compiler *compiler, uint32_t user)
{
    const struct eb_doc *doc = compiler->doc;
    static const char *const members[] = { "set", "add" };
    uint32_t drop = member_of(doc, user, "drop");
    bool is_good = true;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        uint32_t names = member_of(doc, user, members[i]);
        if (names == EB_NO_TOKEN)
            continue;
        EB_DOC_EACH_MEMBER(doc, names, name)
        {
            is_good &= check_property_name(compiler, name);
        }
    }
    if (drop == EB_NO_TOKEN)
        return is_good;
    EB_DOC_EACH_ELEMENT(doc, drop, name)
    {
        is_good &= check_property_name(compiler, name);
    }
    return is_good;
}

/* What the target says beside it. */
static bool check_members(struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_cloudevent_target *target)
{
    const struct eb_doc *doc = compiler->doc;
    uint32_t content_type = eb_doc_member(doc, token, "content_type");
    bool is_good = true;
    if (content_type != EB_NO_TOKEN)
        is_good = fail(compiler, content_type,
            "a CloudEvent's content type follows from its mode; that of its data is "
            "cloudevents.attributes.datacontenttype");
    if (target->mode == EB_CLOUDEVENT_BINARY)
        is_good &= check_property_names(compiler, eb_doc_member(doc, token, "user_properties"));
    return is_good;
}

bool eb_cloudevent_target_compile(struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_cloudevent_target **compiled)
{
    const struct eb_doc *doc = compiler->doc;
    uint32_t said = eb_doc_member(doc, token, "cloudevents"), mode = said;
    uint32_t attributes = EB_NO_TOKEN;
    *compiled = NULL;
    if (said == EB_NO_TOKEN)
        return true;
    if (eb_doc_type(doc, said) == EB_JSON_OBJECT) {
        mode = eb_doc_member(doc, said, "mode");
        attributes = eb_doc_member(doc, said, "attributes");
    }
    struct eb_cloudevent_target *target =
        EB_ARENA_NEW(compiler->arena, struct eb_cloudevent_target);
    if (!target)
        return fail_memory(compiler);
    *compiled = target;
    target->mode = eb_doc_string_is(doc, mode, eb_span_of("binary")) ? EB_CLOUDEVENT_BINARY
                                                                     : EB_CLOUDEVENT_STRUCTURED;
    bool is_good = compile_attributes(compiler, attributes, target);
    return check_members(compiler, token, target) && is_good;
}

static const struct eb_attribute_template *find_given(
    const struct eb_cloudevent_target *target, struct eb_span name)
{
    for (uint32_t i = 0; i < target->given_count; i++) {
        if (eb_span_equal(target->given[i].name, name))
            return &target->given[i];
    }
    return NULL;
}

bool eb_cloudevent_target_needs_event(const struct eb_cloudevent_target *target)
{
    return !find_given(target, eb_span_of("source")) || !find_given(target, eb_span_of("type"));
}

/* ---- properties that are carried ---- */

static bool was_binary(const struct eb_render *render)
{
    return render->is_cloudevent && eb_cloudevent_mode(render->message) == EB_CLOUDEVENT_BINARY;
}

/* Trace Context, which is to pass through whatever else happens; an attribute in binary mode. */
static bool is_of_trace(struct eb_span name)
{
    return eb_span_is(name, "traceparent") || eb_span_is(name, "tracestate");
}

static bool is_carried(
    const struct eb_cloudevent_target *target, bool was_attribute, struct eb_span name)
{
    if (!eb_attribute_name_is_valid(name) && !eb_span_is(name, "data"))
        return true;
    if (was_attribute)
        return false;
    return target->mode == EB_CLOUDEVENT_STRUCTURED || is_of_trace(name);
}

bool eb_cloudevent_target_carry(const struct eb_cloudevent_target *target,
    const struct eb_render *render, struct eb_arena *arena, struct eb_properties *properties)
{
    struct eb_user_property *user = eb_arena_alloc(
        arena, properties->user_count * sizeof *user, _Alignof(struct eb_user_property));
    uint32_t count = 0;
    bool was_attribute = was_binary(render);
    if (!user)
        return false;
    for (uint32_t i = 0; i < properties->user_count; i++) {
        if (is_carried(target, was_attribute, properties->user[i].name))
            user[count++] = properties->user[i];
    }
    properties->user = user;
    properties->user_count = count;
    return true;
}

/* ---- the copy ---- */

struct copying {
    const struct eb_cloudevent_target *target;
    const struct eb_render *render;
    struct eb_arena *arena;
    struct eb_event_parts parts;
    struct eb_user_property *attributes; /* the parts', writable */
    struct eb_render_fault *fault;
    bool is_made;
    bool is_mended; /* it has an attribute that the event lacked */
};

static enum eb_render_code blame(struct copying *copying, enum eb_render_code code,
    struct eb_span attribute, const char *expected)
{
    copying->fault->placeholder = attribute;
    copying->fault->expected = expected;
    return copying->fault->code = code;
}

static void add(struct copying *copying, struct eb_span name, struct eb_span value)
{
    copying->attributes[copying->parts.attribute_count++] =
        (struct eb_user_property){ name, value };
}

static bool has(const struct copying *copying, const char *name)
{
    for (uint32_t i = 0; i < copying->parts.attribute_count; i++) {
        if (eb_span_is(copying->attributes[i].name, name))
            return true;
    }
    return false;
}

/* Of data that the target has made the event's schema says nothing. */
static bool is_taken_over(const struct copying *copying, struct eb_span name)
{
    return !eb_span_is(name, "data") && !eb_span_is(name, "data_base64") &&
           !eb_span_is(name, "datacontenttype") && !find_given(copying->target, name) &&
           !(copying->is_made && eb_span_is(name, "dataschema"));
}

static enum eb_render_code take_over_attributes(struct copying *copying)
{
    const struct eb_doc *view = copying->render->doc;
    EB_DOC_EACH_MEMBER(view, 0, token)
    {
        struct eb_span name = eb_doc_string(view, token, copying->arena);
        if (!name.ptr)
            return blame(copying, EB_RENDER_NO_MEMORY, name, NULL);
        if (!is_taken_over(copying, name))
            continue;
        if (eb_doc_type(view, token + 1) != EB_JSON_STRING)
            return blame(copying, EB_RENDER_NOT_CLOUDEVENT, name, "a string");
        struct eb_span value = eb_doc_string(view, token + 1, copying->arena);
        if (!value.ptr)
            return blame(copying, EB_RENDER_NO_MEMORY, value, NULL);
        add(copying, name, value);
    }
    return EB_RENDER_OK;
}

static enum eb_render_code give_attributes(struct copying *copying)
{
    const struct eb_render *render = copying->render;
    for (uint32_t i = 0; i < copying->target->given_count; i++) {
        const struct eb_attribute_template *given = &copying->target->given[i];
        struct eb_span value;
        if (!given->value)
            continue;
        if (eb_template_render_text(given->value, render, copying->arena, &value, copying->fault))
            return copying->fault->code;
        if (eb_span_is(given->name, "datacontenttype"))
            copying->parts.content_type = value;
        else
            add(copying, given->name, value);
    }
    copying->is_mended = !has(copying, "specversion");
    if (copying->is_mended)
        add(copying, eb_span_of("specversion"), eb_span_of("1.0"));
    if (!render->is_cloudevent && !has(copying, "id") && render->event_id)
        add(copying, eb_span_of("id"), render->event_id(render->event));
    return EB_RENDER_OK;
}

static enum eb_render_code check_attributes(struct copying *copying)
{
    static const char *const required[] = { "id", "source", "type" };
    const struct eb_event_parts *parts = &copying->parts;
    for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
        if (!has(copying, required[i]))
            return blame(
                copying, EB_RENDER_NOT_CLOUDEVENT, eb_span_of(required[i]), "this attribute");
    }
    for (uint32_t i = 0; i < parts->attribute_count; i++) {
        const struct eb_user_property *one = &copying->attributes[i];
        const char *expected = eb_attribute_name_is_valid(one->name)
                                   ? eb_attribute_expected(one->name, one->value)
                                   : "a name of letters a to z and digits";
        if (expected)
            return blame(copying, EB_RENDER_NOT_CLOUDEVENT, one->name, expected);
    }
    struct eb_span name = eb_span_of("datacontenttype");
    const char *expected =
        parts->content_type.ptr ? eb_attribute_expected(name, parts->content_type) : NULL;
    return expected ? blame(copying, EB_RENDER_NOT_CLOUDEVENT, name, expected) : EB_RENDER_OK;
}

static enum eb_render_code collect_attributes(struct copying *copying)
{
    const struct eb_render *render = copying->render;
    size_t max = copying->target->given_count + 2;
    if (render->is_cloudevent)
        max += render->doc->tokens[0].count;
    copying->attributes = eb_arena_alloc(
        copying->arena, max * sizeof *copying->attributes, _Alignof(struct eb_user_property));
    if (!copying->attributes)
        return blame(copying, EB_RENDER_NO_MEMORY, eb_span(NULL, 0), NULL);
    copying->parts.attributes = copying->attributes;
    if (render->is_cloudevent && take_over_attributes(copying))
        return copying->fault->code;
    return give_attributes(copying) ? copying->fault->code : check_attributes(copying);
}

/* ---- its data ---- */

static bool is_given(const struct copying *copying, const char *name)
{
    return find_given(copying->target, eb_span_of(name)) != NULL;
}

/* What a template made is JSON, of the event's type if that is JSON, too. */
static void describe_made(struct copying *copying, struct eb_span payload)
{
    struct eb_event_parts *parts = &copying->parts;
    parts->data = (struct eb_event_data){ .is_json = true, .bytes = payload };
    if (!is_given(copying, "datacontenttype") && !eb_cloudevent_is_json(parts->content_type))
        parts->content_type = eb_span_of("application/json");
}

/* The payload of an event that is no CloudEvent. Without a content type it is what it looks like.
 */
static void describe_payload(struct copying *copying)
{
    const struct eb_render *render = copying->render;
    struct eb_event_parts *parts = &copying->parts;
    struct eb_span payload = render->message->payload;
    bool is_declared = render->message->properties.content_type.ptr != NULL;
    parts->data = (struct eb_event_data){ .is_json = render->doc, .bytes = payload };
    if (!is_given(copying, "datacontenttype") && !is_declared && render->doc)
        parts->content_type = eb_span_of("application/json");
}

static enum eb_render_code collect_data(struct copying *copying, struct eb_span payload)
{
    const struct eb_render *render = copying->render;
    if (copying->is_made) {
        describe_made(copying, payload);
        return EB_RENDER_OK;
    }
    if (!render->is_cloudevent) {
        describe_payload(copying);
        return EB_RENDER_OK;
    }
    if (!eb_event_data_of_view(&copying->parts.data, render->doc, copying->arena))
        return blame(copying, EB_RENDER_NO_MEMORY, eb_span(NULL, 0), NULL);
    return EB_RENDER_OK;
}

/* `datacontenttype` of the event; what is given takes its place. */
static enum eb_render_code take_over_content_type(struct copying *copying)
{
    const struct eb_render *render = copying->render;
    struct eb_span *content_type = &copying->parts.content_type;
    if (is_given(copying, "datacontenttype"))
        return EB_RENDER_OK;
    if (!render->is_cloudevent) {
        *content_type = render->message->properties.content_type;
        return EB_RENDER_OK;
    }
    uint32_t token = eb_cloudevent_member(render->doc, "datacontenttype");
    if (token == EB_NO_TOKEN)
        return EB_RENDER_OK;
    struct eb_span name = eb_span_of("datacontenttype");
    if (eb_doc_type(render->doc, token) != EB_JSON_STRING)
        return blame(copying, EB_RENDER_NOT_CLOUDEVENT, name, "a string");
    *content_type = eb_doc_string(render->doc, token, copying->arena);
    return content_type->ptr ? EB_RENDER_OK : blame(copying, EB_RENDER_NO_MEMORY, name, NULL);
}

/* ---- sending it ---- */

/* As it came, if it came so. */
static bool can_stay(const struct copying *copying)
{
    return copying->render->is_cloudevent && !copying->is_made && !copying->is_mended &&
           copying->target->given_count == 0;
}

static enum eb_render_code write_structured(struct copying *copying, struct eb_publish *publish)
{
    const struct eb_render *render = copying->render;
    struct eb_span payload = can_stay(copying) ? eb_span(render->doc->text, render->doc->text_len)
                                               : eb_event_write(&copying->parts, copying->arena);
    if (!payload.ptr)
        return blame(copying, EB_RENDER_NO_MEMORY, payload, NULL);
    struct eb_properties *properties = &publish->properties;
    bool was_structured = render->is_cloudevent && !was_binary(render);
    if (!was_structured || !properties->content_type.ptr)
        properties->content_type = eb_cloudevent_content_type;
    if (payload.ptr != render->message->payload.ptr)
        properties->payload_format = -1;
    publish->payload = payload;
    return EB_RENDER_OK;
}

static bool is_attribute(const struct copying *copying, struct eb_span name)
{
    for (uint32_t i = 0; i < copying->parts.attribute_count; i++) {
        if (eb_span_equal(copying->attributes[i].name, name))
            return true;
    }
    return false;
}

/* Attributes first; of what is carried, those of traces may be attributes as well. */
static enum eb_render_code write_user_properties(
    struct copying *copying, struct eb_properties *properties)
{
    const struct eb_event_parts *parts = &copying->parts;
    if (parts->attribute_count > EB_USER_PROPERTIES_MAX)
        return blame(copying, EB_RENDER_TOO_MANY, eb_span(NULL, 0), NULL);
    size_t max = (size_t)parts->attribute_count + properties->user_count;
    struct eb_user_property *user =
        eb_arena_alloc(copying->arena, max * sizeof *user, _Alignof(struct eb_user_property));
    uint32_t count = 0;
    if (!user)
        return blame(copying, EB_RENDER_NO_MEMORY, eb_span(NULL, 0), NULL);
    for (; count < parts->attribute_count; count++) {
        user[count] = copying->attributes[count];
        if (user[count].value.len > EB_TOPIC_BYTES_MAX || user[count].name.len > EB_TOPIC_BYTES_MAX)
            return blame(copying, EB_RENDER_TOO_LONG, eb_span(NULL, 0), NULL);
    }
    for (uint32_t i = 0; i < properties->user_count; i++) {
        if (!is_of_trace(properties->user[i].name) ||
            !is_attribute(copying, properties->user[i].name))
            user[count++] = properties->user[i];
    }
    properties->user = user;
    properties->user_count = count;
    return count <= EB_USER_PROPERTIES_MAX
               ? EB_RENDER_OK
               : blame(copying, EB_RENDER_TOO_MANY, eb_span(NULL, 0), NULL);
}

static enum eb_render_code write_binary(struct copying *copying, struct eb_publish *publish)
{
    const struct eb_event_parts *parts = &copying->parts;
    if (parts->data.is_unencoded)
        return blame(copying, EB_RENDER_NOT_CLOUDEVENT, eb_span_of("datacontenttype"),
            "text in UTF-8: in another charset its bytes are not known");
    if (parts->content_type.len > EB_TOPIC_BYTES_MAX)
        return blame(copying, EB_RENDER_TOO_LONG, eb_span(NULL, 0), NULL);
    if (copying->is_made || !was_binary(copying->render)) {
        bool is_same = parts->data.bytes.ptr == copying->render->message->payload.ptr;
        publish->properties.payload_format = is_same ? publish->properties.payload_format : -1;
        publish->payload = parts->data.bytes.len ? parts->data.bytes : eb_span(NULL, 0);
    }
    publish->properties.content_type = parts->content_type;
    return write_user_properties(copying, &publish->properties);
}

enum eb_render_code eb_cloudevent_target_render(const struct eb_cloudevent_target *target,
    const struct eb_render *render, bool is_made, struct eb_arena *arena,
    struct eb_publish *publish, struct eb_render_fault *fault)
{
    struct copying copying = {
        .target = target,
        .render = render,
        .arena = arena,
        .fault = fault,
        .is_made = is_made,
    };
    fault->code = EB_RENDER_OK;
    if (take_over_content_type(&copying) || collect_data(&copying, publish->payload) ||
        collect_attributes(&copying))
        return fault->code;
    const char *expected = eb_event_data_expected(&copying.parts);
    if (expected)
        return blame(&copying, EB_RENDER_NOT_CLOUDEVENT, eb_span_of("data"), expected);
    return target->mode == EB_CLOUDEVENT_BINARY ? write_binary(&copying, publish)
                                                : write_structured(&copying, publish);
}
