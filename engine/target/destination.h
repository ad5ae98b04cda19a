/*
 * destination.h - the topic of a target: a template, and the policy its topics must keep.
 *
 * A device must not choose its own destination. So values that go into a topic are single levels or
 * parts of one. What the template alone proves wrong is a mistake when compiling; where it does not
 * prove right, every topic is judged again once it is rendered.
 */
#ifndef EB_TARGET_DESTINATION_H
#define EB_TARGET_DESTINATION_H

#include "target/target.h"
#include "target/template.h"

struct eb_destination {
    struct eb_span source;                 /* as written, without JSON's escapes */
    const struct eb_template_part *parts;  /* NULL: not compiled */
    const struct eb_target_policy *policy; /* NULL: every topic it makes keeps it */
};

/*
 * Compile the string at `token`. After a mistake or when memory ran out, which the compiler's diags
 * say, `parts` is NULL.
 */
struct eb_destination eb_destination_compile(
    struct eb_template_compiler *compiler, uint32_t token, const struct eb_target_policy *policy);

/* As eb_target_any_topic(). */
struct eb_span eb_destination_any_topic(
    const struct eb_destination *destination, struct eb_arena *arena);

/* The topic: borrowed from `destination`, or given in `arena`. Sets fault->code and returns it. */
enum eb_render_code eb_destination_render(const struct eb_destination *destination,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *topic,
    struct eb_render_fault *fault);

#endif
