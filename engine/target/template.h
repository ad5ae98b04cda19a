/*
 * template.h - text, or JSON, with placeholders in it.
 *
 *     {"lock": "${$mqtt.level[1]}", "note": "at ${data.percent} %"}
 *
 * is compiled into ready-made pieces with placeholders between them:
 *
 *     {"lock":   ‹$mqtt.level[1], a value›   ,"note":"at   ‹data.percent, in a string›    %"}
 *
 * "$${" is a literal "${". A placeholder that is a whole JSON string stands for any value, with its
 * type; inside a string strings are escaped, and what is no string is its JSON text. Member names
 * hold no placeholders.
 */
#ifndef EB_TARGET_TEMPLATE_H
#define EB_TARGET_TEMPLATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "target/placeholder.h"
#include "target/render.h"
#include "json/doc.h"

/* A literal, and then maybe a placeholder. Lives in the arena it was compiled into. */
struct eb_template_part {
    struct eb_span literal;
    const struct eb_placeholder *placeholder; /* NULL: none behind it */
    const struct eb_template_part *next;
    bool is_in_string; /* of JSON: the placeholder is inside a string */
};

/* Where and with what templates are compiled. */
struct eb_template_compiler {
    const struct eb_doc *doc;
    struct eb_arena *arena;   /* what is compiled lives here */
    struct eb_arena *scratch; /* for the time being */
    struct eb_diag_list *diags;
};

/*
 * The string at `token`, as a template of plain text; the value at `token`, whatever its type, as
 * one of JSON. Every mistake goes to the compiler's diags; NULL after one.
 */
const struct eb_template_part *eb_template_compile_text(
    struct eb_template_compiler *compiler, uint32_t token);
const struct eb_template_part *eb_template_compile_json(
    struct eb_template_compiler *compiler, uint32_t token);

/* Whether one of the placeholders looks into the payload. */
bool eb_template_reads_payload(const struct eb_template_part *parts);

/*
 * Compact JSON, in the reserved `arena`. Returns and sets fault->code. After a fault nothing of the
 * arena is used up.
 */
enum eb_render_code eb_template_render_json(const struct eb_template_part *parts,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *json,
    struct eb_render_fault *fault);

/*
 * A topic, likewise. Every value must pass eb_template_check_topic_text(); the topic as a whole is
 * not checked.
 */
enum eb_render_code eb_template_render_topic(const struct eb_template_part *parts,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *topic,
    struct eb_render_fault *fault);

/*
 * The text of a property, likewise: what is not text is its JSON. Every value is one that an MQTT
 * string may hold, and all of it is at most EB_TOPIC_BYTES_MAX bytes long.
 */
enum eb_render_code eb_template_render_text(const struct eb_template_part *parts,
    const struct eb_render *render, struct eb_arena *arena, struct eb_span *text,
    struct eb_render_fault *fault);

/*
 * Whether `text` may stand for a placeholder in a topic: it is not empty, not over
 * EB_TOPIC_BYTES_MAX, holds no '/', wildcard or what no topic may hold, and, where the topic begins
 * with it, does not start with '$'. EB_RENDER_OK, EB_RENDER_UNSAFE_TOPIC or EB_RENDER_TOO_LONG.
 */
enum eb_render_code eb_template_check_topic_text(struct eb_span text, bool is_first);

#endif
