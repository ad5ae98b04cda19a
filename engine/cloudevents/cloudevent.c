#include "cloudevents/cloudevent.h"

#include "base/limits.h"
#include "cloudevents/data.h"
#include "cloudevents/modes.h"
#include "text/media_type.h"

const struct eb_span eb_cloudevent_content_type = EB_SPAN("application/cloudevents+json");

static const struct eb_span event_type = EB_SPAN("application/cloudevents");

/* §3: "prefixed with the CloudEvents media type", which is the same in any case. */
bool eb_cloudevent_is_structured(struct eb_span content_type)
{
    return content_type.len >= event_type.len &&
           eb_media_type_word_is(eb_span(content_type.ptr, event_type.len), event_type.ptr);
}

static bool is_json_event(struct eb_span content_type)
{
    struct eb_media_type media_type;
    return eb_media_type_read(content_type, &media_type) &&
           eb_media_type_word_is(media_type.type, "application") &&
           eb_media_type_word_is(media_type.subtype, "cloudevents+json");
}

/*
 * A will without any properties may be one whose properties Mosquitto 2.0 keeps to itself; binary
 * it cannot be, for it would be no event.
 */
enum eb_cloudevent_mode eb_cloudevent_mode(const struct eb_message *message)
{
    const struct eb_properties *properties = &message->properties;
    bool is_bare = !properties->content_type.ptr && properties->user_count == 0;
    if (eb_cloudevent_is_structured(properties->content_type) || message->protocol < 5 ||
        (message->is_will && is_bare))
        return EB_CLOUDEVENT_STRUCTURED;
    return EB_CLOUDEVENT_BINARY;
}

uint32_t eb_data_depth_max(const struct eb_json_limits *limits)
{
    return limits->depth_max < EB_DEPTH_MAX ? limits->depth_max : EB_DEPTH_MAX - 1;
}

static bool is_known_format(const struct eb_message *message, struct eb_cloudevent_fault *fault)
{
    struct eb_span content_type = message->properties.content_type;
    if (!eb_cloudevent_is_structured(content_type) || is_json_event(content_type))
        return true;
    fault->expected = "application/cloudevents+json, the one event format there is here, as the "
                      "content type";
    return false;
}

bool eb_cloudevent_read(struct eb_doc *view, const struct eb_message *message,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_cloudevent_fault *fault)
{
    *fault = (struct eb_cloudevent_fault){ .json = { .code = EB_JSON_OK } };
    if (eb_cloudevent_mode(message) == EB_CLOUDEVENT_STRUCTURED)
        return is_known_format(message, fault) &&
               eb_cloudevent_read_structured(view, message->payload, limits, arena, fault);
    struct eb_json_limits inner = *limits;
    inner.depth_max = eb_data_depth_max(limits);
    return eb_cloudevent_read_binary(view, message, &inner, arena, fault);
}

uint32_t eb_cloudevent_member(const struct eb_doc *view, const char *name)
{
    return eb_doc_member(view, 0, name);
}
