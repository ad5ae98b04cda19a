/*
 * properties.h - what a target changes in the MQTT 5 properties that its copies carry.
 *
 *     "content_type": "application/json"         a template; null: copies have none
 *     "expiry_s": "${data.ttl|60}"               a template, or a number
 *     "user_properties": {
 *       "drop": ["secret"],                      these go no further
 *       "set": { "site": "${data.site}" },       in place of all of that name
 *       "add": { "via": "bus" } }                beside those there are
 *     "provenance": true                         sets event-bus-rule, -topic and -client
 *
 * Nothing else is touched: what is not named is carried over as it came, in its order. What is set
 * or added stands behind it.
 */
#ifndef EB_TARGET_PROPERTIES_H
#define EB_TARGET_PROPERTIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "target/template.h"

/* A user property that every copy gets. */
struct eb_property_template {
    struct eb_span name;
    const struct eb_template_part *value;
};

/* Immutable; lives in the arena it was compiled into. */
struct eb_property_edits {
    const struct eb_template_part *content_type; /* NULL: the event's */
    const struct eb_template_part *expiry;       /* NULL: `expiry_s` it is */
    uint32_t expiry_s;                           /* 0: none */
    uint32_t dropped_count;
    uint32_t given_count;
    const struct eb_span *dropped; /* names that are not carried over */
    const struct eb_property_template *given;
    bool has_no_content_type;
    bool has_provenance;
};

/*
 * What the target at `token` (validated against config/schema/rule.schema.json) says about
 * properties, in `*edits`; NULL when it says nothing. False after a diagnostic.
 */
bool eb_property_edits_compile(
    struct eb_template_compiler *compiler, uint32_t token, const struct eb_property_edits **edits);

/*
 * Changes `*properties`, those of the event, into those of the copy. Returns and sets fault->code;
 * a value that no MQTT string may hold would cost every subscriber its connection, and fails.
 */
enum eb_render_code eb_property_edits_render(const struct eb_property_edits *edits,
    const struct eb_render *render, struct eb_arena *arena, struct eb_properties *properties,
    struct eb_render_fault *fault);

#endif
