/*
 * render.h - what rendering one copy of an event is given, and what can go wrong with it.
 */
#ifndef EB_TARGET_RENDER_H
#define EB_TARGET_RENDER_H

#include <stdbool.h>

#include "base/message.h"
#include "base/span.h"
#include "json/doc.h"

/* What a placeholder can see of one event. Borrowed for the call. */
struct eb_render {
    const struct eb_message *message;
    const struct eb_doc *doc;        /* NULL: the payload is not JSON, or over a limit */
    bool is_cloudevent;              /* the document is the view of one, an object */
    const struct eb_message *origin; /* what the publisher sent; NULL: `message` is it */
    struct eb_span rule;             /* name */
    /* Gives the id of `event`, which is made for the few templates that name it; NULL: none. */
    struct eb_span (*event_id)(void *event);
    void *event;
};

enum eb_render_code {
    EB_RENDER_OK,
    EB_RENDER_MISSING,        /* a placeholder has no value and no default */
    EB_RENDER_UNSAFE_TOPIC,   /* a value that may not go into a topic: empty, '/', '+', '#', … */
    EB_RENDER_BAD_TOPIC,      /* the topic as a whole is not one to publish to */
    EB_RENDER_NOT_ALLOWED,    /* outside the `targets` filters, or in a closed tree */
    EB_RENDER_NOT_TEXT,       /* a placeholder of a key has a value that is no string */
    EB_RENDER_TOO_LONG,       /* a topic, a property, or a value for one, over EB_TOPIC_BYTES_MAX */
    EB_RENDER_TOO_MANY,       /* more user properties than EB_USER_PROPERTIES_MAX */
    EB_RENDER_UNSAFE_TEXT,    /* a value that no MQTT string may hold: a control character */
    EB_RENDER_NOT_SECONDS,    /* a message expiry that is none */
    EB_RENDER_NOT_CLOUDEVENT, /* an attribute is missing, or not what `expected` says */
    EB_RENDER_NO_MEMORY,      /* the arena is exhausted */
};

struct eb_render_fault {
    enum eb_render_code code;
    struct eb_span placeholder; /* its source, "${data.site}", borrowed from the target; ptr NULL
                                   when none is to blame; of a CloudEvent, the attribute */
    const char *expected;       /* EB_RENDER_NOT_CLOUDEVENT: what was; static */
};

/* A sentence for people, static. */
const char *eb_render_code_text(enum eb_render_code code);

#endif
