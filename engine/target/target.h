/*
 * target.h - where a copy of an event goes: topic and payload templates, compiled once.
 *
 * A template is text with placeholders `${path}` and `${path|"default"}`; `$${` is a literal `${`.
 * Paths start in the payload, or in one of the roots `$mqtt`, `$event` and `$rule`, and go on with
 * `.name`, `[index]` or `["any name"]`; placeholder.h has the grammar. No payload member can
 * produce a value under a root.
 */
#ifndef EB_TARGET_TARGET_H
#define EB_TARGET_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/message.h"
#include "target/render.h"
#include "json/doc.h"

struct eb_target;

/*
 * Where targets may lead; never to $SYS, $CONTROL and $share, whatever it says. Targets keep a copy
 * and borrow what it points to.
 */
struct eb_target_policy {
    const struct eb_span *filters; /* `targets`: a topic must match one; none given: any */
    uint32_t filter_count;
    struct eb_span dead_letters; /* topic no target may reach, nor anything below it */
};

/*
 * Compile the object at `token` (validated against config/schema/rule.schema.json already) into
 * `arena`. Every mistake goes to `diags`: in placeholders, in a topic that is none or lies where no
 * target may lead, and in a topic template all of whose topics are such. NULL after an error or
 * when memory ran out. `doc` is not needed afterwards.
 */
struct eb_target *eb_target_compile(const struct eb_doc *doc, uint32_t token,
    const struct eb_target_policy *policy, struct eb_arena *arena, struct eb_diag_list *diags);

/* Whether a placeholder of it looks into the payload. */
bool eb_target_reads_payload(const struct eb_target *target);

/* Whether its copies pass the bus again before they are published. */
bool eb_target_is_rerouted(const struct eb_target *target);

/* Whether its copies are CloudEvents; whether those of other events than CloudEvents cannot be. */
bool eb_target_makes_cloudevents(const struct eb_target *target);
bool eb_target_needs_cloudevent(const struct eb_target *target);

/* Whether its copies have the event's payload, byte for byte, whatever that is. */
bool eb_target_keeps_payload(const struct eb_target *target);

/*
 * A topic that stands for all that it can make: the filters that match it match them all. Given in
 * `arena`; ptr NULL without memory.
 */
struct eb_span eb_target_any_topic(const struct eb_target *target, struct eb_arena *arena);

/* The topic template as written, for people and graphs. */
struct eb_span eb_target_topic(const struct eb_target *target);

/*
 * Render a copy. On EB_RENDER_OK `*publish` holds topic, payload, QoS, retain and properties;
 * spans point into `arena` (a reserved one), the message or the target. A rendered topic has passed
 * eb_topic_check() and the policy. Never touches the heap; after a fault nothing of the arena is
 * used up.
 */
enum eb_render_code eb_target_render(const struct eb_target *target, const struct eb_render *render,
    struct eb_arena *arena, struct eb_publish *publish, struct eb_render_fault *fault);

#endif
