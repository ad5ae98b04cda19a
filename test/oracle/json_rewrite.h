/*
 * json_rewrite.h - a document written by our writer and read again is the same document.
 */
#ifndef EB_JSON_REWRITE_H
#define EB_JSON_REWRITE_H

#include <stdbool.h>

#include "json/doc.h"
#include "json/writer.h"

/* Writes the value of `token` and all it holds; strings are decoded into `arena` on the way. */
void eb_json_rewrite(struct eb_json_writer *writer, const struct eb_doc *doc, uint32_t token,
    struct eb_arena *arena);

/* Whether `text`, if it is JSON, is equal after writing and reading. `arena` is reset. */
bool eb_json_survives_rewriting(struct eb_span text, struct eb_arena *arena);

#endif
