/*
 * value.h - what a placeholder stands for in one event, and the ways to write it.
 *
 * A value borrows what it was found in. It keeps the spelling of its source: numbers stay literals,
 * strings of the payload stay escaped as they came.
 */
#ifndef EB_TARGET_VALUE_H
#define EB_TARGET_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "base/span.h"
#include "json/doc.h"
#include "json/writer.h"

enum eb_value_kind {
    EB_VALUE_MISSING,
    EB_VALUE_TEXT,       /* `text`: a string as it is */
    EB_VALUE_ESCAPED,    /* `text`: a string as JSON writes it, without its quotes */
    EB_VALUE_SCALAR,     /* `text`: a number, true, false */
    EB_VALUE_NULL,       /* `text`: null */
    EB_VALUE_TREE,       /* `text`: an object or array, with the white space it came with */
    EB_VALUE_TIME,       /* `time_us`: a string, RFC 3339 */
    EB_VALUE_LEVELS,     /* `text`: a topic; an array of its levels */
    EB_VALUE_PROPERTIES, /* `text`: a name; an array of its values among `properties` */
};

struct eb_value {
    enum eb_value_kind kind;
    struct eb_span text;
    union {
        int64_t time_us;
        const struct eb_properties *properties;
    };
};

/* Any token of a document. */
struct eb_value eb_value_of_token(const struct eb_doc *doc, uint32_t token);

/*
 * None of these puts a comma or is for a missing value; all run into the writer's end like any
 * write. Trees lose the white space outside their strings.
 */

/* As a JSON value. */
void eb_value_write_json(const struct eb_value *value, struct eb_json_writer *writer);

/* Inside a JSON string: what is no string is its JSON text, escaped. */
void eb_value_write_string_part(const struct eb_value *value, struct eb_json_writer *writer);

/* As plain text. False, and nothing is written, for what has none: null, arrays and objects. */
bool eb_value_write_text(const struct eb_value *value, struct eb_json_writer *writer);

#endif
