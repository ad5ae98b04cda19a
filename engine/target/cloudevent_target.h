/*
 * cloudevent_target.h - copies that are CloudEvents, in either mode.
 *
 *     "cloudevents": "binary"                      of a CloudEvent: passed on, or converted
 *     "cloudevents": {
 *       "mode": "structured",
 *       "attributes": {
 *         "source": "//locks/${$mqtt.level[1]}",   templates; these win over the event's own
 *         "type": "com.example.${type}",
 *         "subject": null } }                      the copy does not have it
 *
 * Of a CloudEvent a copy has the attributes, of any other event those that are given; `id` is then
 * the event's id unless it is given. The data is what the target's `payload` makes, else the
 * event's. What would not be a CloudEvent is not sent.
 *
 * User properties that could be taken for attributes are no part of a copy in binary mode, whoever
 * sent them, but for those of traces; nor of a structured one, where they were the attributes.
 */
#ifndef EB_TARGET_CLOUDEVENT_TARGET_H
#define EB_TARGET_CLOUDEVENT_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "cloudevents/cloudevent.h"
#include "target/template.h"

struct eb_attribute_template {
    struct eb_span name;
    const struct eb_template_part *value; /* NULL: the copy does not have it */
};

/* Immutable; lives in the arena it was compiled into. */
struct eb_cloudevent_target {
    enum eb_cloudevent_mode mode;
    uint32_t given_count;
    const struct eb_attribute_template *given;
};

/*
 * What the target at `token` (validated against config/schema/rule.schema.json) says, in
 * `*compiled`; NULL when it says nothing. False after a diagnostic: about attributes that nothing
 * can have, and members beside it that contradict it.
 */
bool eb_cloudevent_target_compile(struct eb_template_compiler *compiler, uint32_t token,
    const struct eb_cloudevent_target **compiled);

/* Whether it can make copies of CloudEvents only: it does not say what others lack. */
bool eb_cloudevent_target_needs_event(const struct eb_cloudevent_target *target);

/*
 * In two steps around what else a target changes. First the event's properties that a copy may
 * carry, in `*properties`; false when the arena is exhausted.
 */
bool eb_cloudevent_target_carry(const struct eb_cloudevent_target *target,
    const struct eb_render *render, struct eb_arena *arena, struct eb_properties *properties);

/*
 * Then payload, content type and user properties of `*publish`, whose payload is the event's, or
 * JSON that the target has made (`is_made`). Returns and sets fault->code.
 */
enum eb_render_code eb_cloudevent_target_render(const struct eb_cloudevent_target *target,
    const struct eb_render *render, bool is_made, struct eb_arena *arena,
    struct eb_publish *publish, struct eb_render_fault *fault);

#endif
