/*
 * media_type.h - "application/json; charset=utf-8" (RFC 2045 §5.1, RFC 2046 §1).
 *
 *     media-type = token "/" token *( *WSP ";" *WSP token "=" ( token / quoted-string ) )
 *
 * Types, and the names of parameters, mean the same in any case.
 */
#ifndef EB_TEXT_MEDIA_TYPE_H
#define EB_TEXT_MEDIA_TYPE_H

#include <stdbool.h>

#include "base/span.h"

/* Spans are borrowed from the text. */
struct eb_media_type {
    struct eb_span type;
    struct eb_span subtype;
    struct eb_span charset; /* as written, quotes included; ptr NULL: none */
};

/* False when `text` is not a media type. Linear, and needs no memory. */
bool eb_media_type_read(struct eb_span text, struct eb_media_type *media_type);

/* Whether its subtype is `json` or ends in `+json`: what is declared so is JSON. */
bool eb_media_type_is_json(const struct eb_media_type *media_type);

/* Whether text of it is UTF-8, as far as it says: no charset, `utf-8` or `us-ascii`. */
bool eb_media_type_is_utf8(const struct eb_media_type *media_type);

/* Whether two spans of ASCII are the same in any case. */
bool eb_media_type_word_is(struct eb_span text, const char *word);

#endif
