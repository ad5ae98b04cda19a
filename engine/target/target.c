#include "target/target.h"

#include "target/cloudevent_target.h"
#include "target/destination.h"
#include "target/properties.h"
#include "json/number.h"

enum { QOS_OF_PUBLISHER = 3 }; /* no QoS has this number (MQTT 5 §3.3.1.2) */

struct eb_target {
    struct eb_destination destination;
    const struct eb_template_part *payload;        /* NULL: the event's, unchanged */
    const struct eb_cloudevent_target *cloudevent; /* NULL: copies are what they are */
    const struct eb_property_edits *edits; /* NULL: properties are carried over as they came */
    uint8_t qos;
    bool is_retain;
    bool is_rerouted;
};

static uint8_t read_qos(const struct eb_doc *doc, uint32_t token)
{
    if (token == EB_NO_TOKEN)
        return QOS_OF_PUBLISHER;
    return (uint8_t)eb_number_of(eb_doc_raw(doc, token)).small;
}

static bool is_true(const struct eb_doc *doc, uint32_t token)
{
    return token != EB_NO_TOKEN && eb_doc_type(doc, token) == EB_JSON_TRUE;
}

/* Compiles all of it even after a mistake, to report them all. */
static bool compile(struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_target_policy *policy, struct eb_target *target)
{
    const struct eb_doc *doc = compiler->doc;
    uint32_t payload = eb_doc_member(doc, token, "payload");
    target->destination =
        eb_destination_compile(compiler, eb_doc_member(doc, token, "topic"), policy);
    if (payload != EB_NO_TOKEN)
        target->payload = eb_template_compile_json(compiler, payload);
    target->qos = read_qos(doc, eb_doc_member(doc, token, "qos"));
    target->is_retain = is_true(doc, eb_doc_member(doc, token, "retain"));
    target->is_rerouted = is_true(doc, eb_doc_member(doc, token, "reroute"));
    bool has_edits = eb_property_edits_compile(compiler, token, &target->edits);
    bool has_envelope = eb_cloudevent_target_compile(compiler, token, &target->cloudevent);
    return target->destination.parts && (payload == EB_NO_TOKEN || target->payload) && has_edits &&
           has_envelope;
}

struct eb_target *eb_target_compile(const struct eb_doc *doc, uint32_t token,
    const struct eb_target_policy *policy, struct eb_arena *arena, struct eb_diag_list *diags)
{
    struct eb_target *target = EB_ARENA_NEW(arena, struct eb_target);
    if (!target) {
        eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    struct eb_arena scratch;
    eb_arena_init_growing(&scratch, SIZE_MAX);
    struct eb_template_compiler compiler = {
        .doc = doc, .arena = arena, .scratch = &scratch, .diags = diags
    };
    bool is_compiled = compile(&compiler, token, policy, target);
    eb_arena_release(&scratch);
    return is_compiled ? target : NULL;
}

bool eb_target_reads_payload(const struct eb_target *target)
{
    return eb_template_reads_payload(target->destination.parts) ||
           eb_template_reads_payload(target->payload);
}

bool eb_target_is_rerouted(const struct eb_target *target)
{
    return target->is_rerouted;
}

bool eb_target_makes_cloudevents(const struct eb_target *target)
{
    return target->cloudevent;
}

bool eb_target_needs_cloudevent(const struct eb_target *target)
{
    return target->cloudevent && eb_cloudevent_target_needs_event(target->cloudevent);
}

bool eb_target_keeps_payload(const struct eb_target *target)
{
    return !target->payload && !target->cloudevent;
}

struct eb_span eb_target_any_topic(const struct eb_target *target, struct eb_arena *arena)
{
    return eb_destination_any_topic(&target->destination, arena);
}

struct eb_span eb_target_topic(const struct eb_target *target)
{
    return target->destination.source;
}

/* What a template makes of a CloudEvent in structured mode is not one, but data. */
static void set_content_type(const struct eb_render *render, struct eb_properties *properties)
{
    if (render->is_cloudevent && eb_cloudevent_mode(render->message) == EB_CLOUDEVENT_STRUCTURED &&
        properties->content_type.ptr)
        properties->content_type = eb_span_of("application/json");
}

static enum eb_render_code fail_memory(struct eb_render_fault *fault)
{
    fault->placeholder = eb_span(NULL, 0);
    return fault->code = EB_RENDER_NO_MEMORY;
}

/* A rendered payload keeps the content type of the event it was made from, unless the target says
 * otherwise. */
enum eb_render_code eb_target_render(const struct eb_target *target, const struct eb_render *render,
    struct eb_arena *arena, struct eb_publish *publish, struct eb_render_fault *fault)
{
    const struct eb_message *message = render->message;
    struct eb_arena_mark mark = eb_arena_mark(arena);
    *publish = (struct eb_publish){
        .payload = message->payload,
        .qos = target->qos == QOS_OF_PUBLISHER ? message->qos : target->qos,
        .is_retain = target->is_retain,
        .properties = message->properties,
    };
    enum eb_render_code code =
        eb_destination_render(&target->destination, render, arena, &publish->topic, fault);
    if (!code && target->payload)
        code = eb_template_render_json(target->payload, render, arena, &publish->payload, fault);
    if (!code && target->payload && !target->cloudevent)
        set_content_type(render, &publish->properties);
    if (!code && target->cloudevent &&
        !eb_cloudevent_target_carry(target->cloudevent, render, arena, &publish->properties))
        code = fail_memory(fault);
    if (!code && target->edits)
        code = eb_property_edits_render(target->edits, render, arena, &publish->properties, fault);
    if (!code && target->cloudevent)
        code = eb_cloudevent_target_render(
            target->cloudevent, render, target->payload != NULL, arena, publish, fault);
    if (code)
        eb_arena_rewind(arena, mark);
    return code;
}
