/*
 * modes.h - the two ways to read a CloudEvent. Internal to cloudevents/.
 */
#ifndef EB_CLOUDEVENTS_MODES_H
#define EB_CLOUDEVENTS_MODES_H

#include "cloudevents/cloudevent.h"

/* As eb_cloudevent_read(), `*fault` being all zeros. */
bool eb_cloudevent_read_binary(struct eb_doc *view, const struct eb_message *message,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_cloudevent_fault *fault);
bool eb_cloudevent_read_structured(struct eb_doc *view, struct eb_span payload,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_cloudevent_fault *fault);

#endif
