/*
 * target.h - where a copy of an event goes: topic and payload templates, compiled once.
 *
 * A template is text with placeholders `${path}` and `${path|"default"}`; `$${` is a literal `${`.
 * Paths start in the payload, or in one of the roots `$mqtt`, `$event` and `$rule`, and go on with
 * `.name`, `[index]` or `["any name"]`. No payload member can produce a value under a root.
 */
#ifndef EB_TARGET_TARGET_H
#define EB_TARGET_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/message.h"
#include "json/doc.h"

struct eb_target;

/* What a placeholder can see of one event. Borrowed for the call. */
struct eb_render {
    const struct eb_message *message;
    const struct eb_doc *doc; /* NULL: the payload is not JSON, or over a limit */
    struct eb_span event_id;
    struct eb_span rule; /* name */
};

enum eb_render_code {
    EB_RENDER_OK,
    EB_RENDER_MISSING,      /* a placeholder has no value and no default */
    EB_RENDER_UNSAFE_TOPIC, /* a value that may not go into a topic: empty, '/', '+', '#', … */
    EB_RENDER_BAD_TOPIC,    /* the topic as a whole is not one to publish to */
    EB_RENDER_NOT_ALLOWED,  /* outside the `targets` filters, or in a closed tree */
    EB_RENDER_TOO_LONG,
    EB_RENDER_NO_MEMORY, /* the arena is exhausted */
};

struct eb_render_fault {
    enum eb_render_code code;
    struct eb_span placeholder; /* its source, "${data.site}"; ptr NULL when none is to blame */
};

/* Where targets may lead. Borrowed by the targets compiled with it. */
struct eb_target_policy {
    const struct eb_span *filters; /* `targets`: a topic must match one; none given: any */
    uint32_t filter_count;
    struct eb_span dead_letters; /* topic no target may reach, nor anything below it */
};

/*
 * Compile the object at `token` (validated against config/schema/rule.json already) into `arena`.
 * Templates, filters and literal topics are checked here; every mistake goes to `diags`. NULL after
 * an error or when memory ran out. `doc` is not needed afterwards.
 */
struct eb_target *eb_target_compile(const struct eb_doc *doc, uint32_t token,
    const struct eb_target_policy *policy, struct eb_arena *arena, struct eb_diag_list *diags);

/* Whether a placeholder of it looks into the payload. */
bool eb_target_reads_payload(const struct eb_target *target);

/* The topic template as written, for people and graphs. */
struct eb_span eb_target_topic(const struct eb_target *target);

/*
 * Render a copy. On EB_RENDER_OK `*publish` holds topic, payload, QoS, retain and properties;
 * spans point into `arena`, the message or the target. Never touches the heap.
 */
enum eb_render_code eb_target_render(const struct eb_target *target, const struct eb_render *render,
    struct eb_arena *arena, struct eb_publish *publish, struct eb_render_fault *fault);

/* A sentence for people, static. */
const char *eb_render_code_text(enum eb_render_code code);

#endif
