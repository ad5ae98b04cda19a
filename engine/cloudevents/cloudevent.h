/*
 * cloudevent.h - CloudEvents 1.0 in MQTT messages (its MQTT binding), both modes seen as one.
 *
 *     structured   the payload is the event, as its JSON format has it
 *     binary       user properties are its attributes, the content type is `datacontenttype`, and
 *                  the payload is its data: MQTT 5 alone has these
 *
 * What anybody sees of either is its *view*, an object with the attributes and, last in binary
 * mode, the data:
 *
 *     {"id":"7","source":"/s","specversion":"1.0","type":"t",
 *      "datacontenttype":"application/json","data":{"percent":12}}
 *
 *  - Attributes are strings, in the canonical encoding of their type (core, Type System): binary
 *    mode says no types. An attribute that is null is not there (JSON format §2.2).
 *  - What `datacontenttype` declares to be JSON is, in `data`, the value; structured data without
 *    one is, and the view has it added (§3.1.2).
 *  - Other data is a string in `data` where it is text in UTF-8, else base64 in `data_base64`. Data
 *    of unknown type is always base64: a string in its place would be JSON.
 *  - Data of no bytes is not there: MQTT cannot tell them apart.
 *
 * So a view is itself an event in structured mode, and means the same as what it was made from. Of
 * a structured event that already is so, it is the payload as it came.
 *
 * Never touches the heap; arenas are reserved ones.
 */
#ifndef EB_CLOUDEVENTS_CLOUDEVENT_H
#define EB_CLOUDEVENTS_CLOUDEVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/message.h"
#include "json/doc.h"
#include "json/reader.h"

/* MQTT binding §3: by the content type; MQTT 3.1.1 has none, and no binary mode. */
enum eb_cloudevent_mode {
    EB_CLOUDEVENT_STRUCTURED,
    EB_CLOUDEVENT_BINARY,
};

enum eb_cloudevent_mode eb_cloudevent_mode(const struct eb_message *message);

/* Whether it is the content type of an event in structured mode, in a format known here or not. */
bool eb_cloudevent_is_structured(struct eb_span content_type);

/* Why there is no view. */
struct eb_cloudevent_fault {
    struct eb_json_fault json; /* of the payload, or of data that is declared to be JSON */
    struct eb_span attribute;  /* when it is not JSON that is wrong: which; ptr NULL: none alone */
    const char *expected;      /* and what was expected; static */
};

/*
 * The view of a message. Its text is borrowed from the message or given in `arena`, and so are the
 * tokens. `limits` are those of payloads: the data of an event may be as deep in either mode.
 * False when there is none: it is not JSON, or not of a format that is known, or says two things
 * at once.
 */
bool eb_cloudevent_read(struct eb_doc *view, const struct eb_message *message,
    const struct eb_json_limits *limits, struct eb_arena *arena, struct eb_cloudevent_fault *fault);

/* Where a view is not a CloudEvent. */
struct eb_attribute_fault {
    uint32_t token;       /* of the view; 0: it is about the whole */
    const char *expected; /* static */
    bool is_missing;      /* nothing is there that could be shown */
};

/*
 * Whether attributes are as the core specification has them, and data as the JSON format has it:
 * how many faults there are, `max` of which are written. SIZE_MAX when the arena is exhausted.
 */
size_t eb_cloudevent_check(const struct eb_doc *view, struct eb_arena *arena,
    struct eb_attribute_fault *faults, size_t max);

/* The value of a member of the view, or EB_NO_TOKEN. */
uint32_t eb_cloudevent_member(const struct eb_doc *view, const char *name);

/* Whether a name may be an attribute's (core, Naming Conventions). */
bool eb_attribute_name_is_valid(struct eb_span name);

/*
 * What the attribute `name` must look like, static, when `value` does not; NULL when it does. Any
 * text without control characters will do for an extension.
 */
const char *eb_attribute_expected(struct eb_span name, struct eb_span value);

/* Whether data of this content type is JSON. */
bool eb_cloudevent_is_json(struct eb_span content_type);

/* "application/cloudevents+json" */
extern const struct eb_span eb_cloudevent_content_type;

#endif
