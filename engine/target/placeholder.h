/*
 * placeholder.h - "${path}" and "${path|default}": parsed once, looked up per event.
 *
 *     placeholder = "${" path [ "|" scalar ] "}"
 *     path        = ( root / name / bracket ) *( "." name / bracket )
 *     root        = "$mqtt" / "$event" / "$rule"
 *     bracket     = "[" ( index / string ) "]"
 *     name        = 1*( letter / digit / "_" / "-" / any character beyond ASCII )
 *     index       = digits, without leading zeros
 *     string      = a JSON string: any member name, whatever is in it
 *     scalar      = a JSON string, number, true, false or null
 *
 * A path that does not start with a root starts in the payload; ["$mqtt"] is a member of it. Under
 * the roots there are:
 *
 *     $mqtt.topic  $mqtt.level (an array of the topic's)  $mqtt.level[index]
 *     $mqtt.clientid  $mqtt.username  $mqtt.qos  $mqtt.retain  $mqtt.content-type
 *     $mqtt.user.name (a string; an array when the property repeats)  $mqtt.user.name[index]
 *     $event.id  $event.received  $rule.name
 */
#ifndef EB_TARGET_PLACEHOLDER_H
#define EB_TARGET_PLACEHOLDER_H

#include "base/arena.h"
#include "target/render.h"
#include "target/value.h"

enum eb_origin {
    EB_FROM_PAYLOAD,
    EB_FROM_TOPIC,
    EB_FROM_LEVEL,
    EB_FROM_CLIENT_ID,
    EB_FROM_USERNAME,
    EB_FROM_QOS,
    EB_FROM_RETAIN,
    EB_FROM_WILL,
    EB_FROM_CONTENT_TYPE,
    EB_FROM_USER_PROPERTY,
    EB_FROM_EVENT_ID,
    EB_FROM_RECEIVED,
    EB_FROM_RULE_NAME,
};

struct eb_step {
    struct eb_span name; /* ptr NULL: `index` it is */
    uint32_t index;
};

struct eb_placeholder {
    struct eb_span source; /* "${data.site}" */
    enum eb_origin origin;
    uint32_t step_count;
    const struct eb_step *steps; /* from the origin on */
    struct eb_value otherwise;   /* the default; EB_VALUE_MISSING: none */
};

/*
 * The placeholder at the start of `text`, from "${" to its "}", which a string inside may hold too.
 * ptr is NULL when it does not end.
 */
struct eb_span eb_placeholder_find_end(struct eb_span text);

/*
 * Parse `source` into `arena`, where it is copied to; `scratch` is for the time being. NULL after a
 * mistake, with `*expected` saying what should have been there, or when memory ran out, with
 * `*expected` NULL.
 */
const struct eb_placeholder *eb_placeholder_parse(
    struct eb_span source, struct eb_arena *arena, struct eb_arena *scratch, const char **expected);

/* Its value in an event, or the default. Never allocates. */
struct eb_value eb_placeholder_value(
    const struct eb_placeholder *placeholder, const struct eb_render *render);

/* Whether its value is an array in every event. */
bool eb_placeholder_is_list(const struct eb_placeholder *placeholder);

#endif
