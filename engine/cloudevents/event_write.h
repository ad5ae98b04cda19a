/*
 * event_write.h - a CloudEvent put together: attributes and data, ready for either mode.
 */
#ifndef EB_CLOUDEVENTS_EVENT_WRITE_H
#define EB_CLOUDEVENTS_EVENT_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/message.h"
#include "json/doc.h"

/* What binary mode has for a payload; len 0: there is none. */
struct eb_event_data {
    struct eb_span bytes;
    bool is_json;      /* they are known to be a JSON text */
    bool is_faulty;    /* the view does not say it as the JSON format has it */
    bool is_unencoded; /* text in another charset than UTF-8: the bytes are what it should be */
};

struct eb_event_parts {
    const struct eb_user_property *attributes; /* but for `datacontenttype` */
    uint32_t attribute_count;
    struct eb_span content_type; /* `datacontenttype`; ptr NULL: none */
    struct eb_event_data data;
};

/*
 * The data of a view: borrowed from it, or given in `arena`. False when that is exhausted.
 */
bool eb_event_data_of_view(
    struct eb_event_data *data, const struct eb_doc *view, struct eb_arena *arena);

/* What the data would have to be, static, when it is not what its content type says; or NULL. */
const char *eb_event_data_expected(const struct eb_event_parts *parts);

/* In structured mode: JSON, given in `arena`, a reserved one; ptr NULL when that is exhausted. */
struct eb_span eb_event_write(const struct eb_event_parts *parts, struct eb_arena *arena);

#endif
