/*
 * data.h - the data of an event: which of `data` and `data_base64` it is in a view. Internal to
 * cloudevents/.
 */
#ifndef EB_CLOUDEVENTS_DATA_H
#define EB_CLOUDEVENTS_DATA_H

#include <stdbool.h>

#include "cloudevents/cloudevent.h"
#include "cloudevents/view.h"

enum eb_data_kind {
    EB_DATA_NONE,
    EB_DATA_JSON,  /* `doc` at `token` */
    EB_DATA_BYTES, /* `bytes`, of the content type or of an unknown one */
};

struct eb_data {
    enum eb_data_kind kind;
    struct eb_span bytes;
    const struct eb_doc *doc;
    uint32_t token;
};

/* Whether bytes of this content type (ptr NULL: unknown) are a string in `data`. */
bool eb_data_is_text(struct eb_span content_type, struct eb_span bytes);

/* Whether the encoding of text of this content type is UTF-8. */
bool eb_data_is_utf8(struct eb_span content_type);

/* Puts the member it is. */
void eb_data_put(struct eb_view *view, struct eb_span content_type, const struct eb_data *data);

/* How deep data may be: as deep as any payload, if it is one less than anything may. */
uint32_t eb_data_depth_max(const struct eb_json_limits *limits);

/* How many tokens that takes. */
uint32_t eb_data_tokens(const struct eb_data *data);

/*
 * The bytes of a string token in base64, given in `arena`; ptr NULL when it is not that, or, which
 * `*is_exhausted` is then set for, without memory.
 */
struct eb_span eb_data_decode(
    const struct eb_doc *doc, uint32_t token, struct eb_arena *arena, bool *is_exhausted);

#endif
