/*
 * naive_cloudevent.h - the view of a CloudEvent (cloudevents/cloudevent.h), put together with
 * jansson out of jansson's values. Media types are told apart by text/media_type.h.
 */
#ifndef EB_NAIVE_CLOUDEVENT_H
#define EB_NAIVE_CLOUDEVENT_H

#include <jansson.h>

#include "base/message.h"
#include "json/reader.h"

enum naive_view_kind {
    NAIVE_VIEW,
    NAIVE_NO_VIEW,
    NAIVE_BEYOND, /* jansson cannot say: an integer of 65 bits, a NUL in a name or behind a number
                   */
};

/* `*view` is given when there is one, and NULL otherwise. */
enum naive_view_kind naive_cloudevent_view(
    json_t **view, const struct eb_message *message, const struct eb_json_limits *limits);

#endif
