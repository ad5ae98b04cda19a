/*
 * view.h - a JSON object in the making: text and tape at once. Internal to cloudevents/.
 *
 * Members are put one after the other into a reserved arena, which nobody else may use meanwhile.
 * Values of documents are taken over with their tokens: nothing is read twice.
 */
#ifndef EB_CLOUDEVENTS_VIEW_H
#define EB_CLOUDEVENTS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "json/doc.h"
#include "json/writer.h"

struct eb_view {
    struct eb_token *tokens;  /* NULL: the arena was exhausted */
    struct eb_token *scratch; /* NULL: no names are compared */
    uint32_t count;
    uint32_t room;
    struct eb_json_writer out;
};

/*
 * Room for `token_max` tokens, two for each member whose value is a scalar. `member_max` members
 * may have the same name, which is found at the end; 0: none do.
 */
void eb_view_begin(
    struct eb_view *view, struct eb_arena *arena, uint32_t token_max, uint32_t member_max);

/* A member whose value is a string. */
void eb_view_put_text(struct eb_view *view, struct eb_span name, struct eb_span value);
/* A member whose value is `bytes` as base64. */
void eb_view_put_base64(struct eb_view *view, struct eb_span name, struct eb_span bytes);
/* A member whose value is one of `doc`. */
void eb_view_put_value(
    struct eb_view *view, struct eb_span name, const struct eb_doc *doc, uint32_t token);
/* A member of `doc`, its name being the token before its value. */
void eb_view_put_member(struct eb_view *view, const struct eb_doc *doc, uint32_t name);
/* The same, its value being written as a string. */
void eb_view_put_member_text(
    struct eb_view *view, const struct eb_doc *doc, uint32_t name, struct eb_span value);

/*
 * Closes it. False when the arena is exhausted. `*repeated` is the first name that was put before,
 * or EB_NO_TOKEN: what has two members of one name is no document.
 */
bool eb_view_end(struct eb_view *view, struct eb_doc *doc, uint32_t *repeated);

#endif
