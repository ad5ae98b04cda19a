#include "bus/envelope.h"

#include "base/limits.h"
#include "bus/event.h"
#include "cloudevents/cloudevent.h"
#include "schema/sentence.h"

enum { URI_BYTES_TOLD = 200 };

static bool fill_fault(struct eb_event *event, struct eb_fault *fault,
    const struct eb_sentence *sentence, uint32_t token)
{
    *fault = (struct eb_fault){
        .instance_location = eb_doc_pointer(&event->doc, token, event->arena),
        .keyword_location = EB_SPAN(""),
        .error = eb_sentence_copy(sentence, event->arena),
    };
    return fault->instance_location.ptr && fault->error.ptr;
}

static const struct eb_fault *new_fault(
    struct eb_event *event, const struct eb_sentence *sentence, uint32_t token)
{
    struct eb_fault *fault = EB_ARENA_NEW(event->arena, struct eb_fault);
    if (fault && fill_fault(event, fault, sentence, token))
        return fault;
    event->has_failed = true;
    return NULL;
}

/* ---- reading ---- */

static bool read(struct eb_event *event, const struct eb_message *message)
{
    bool is_read = eb_cloudevent_read(
        &event->doc, message, &event->snapshot->event_limits, event->arena, &event->envelope_fault);
    event->read_fault = event->envelope_fault.json;
    return is_read;
}

static bool read_without_properties(struct eb_event *event)
{
    struct eb_message message = *event->message;
    message.properties.content_type = eb_cloudevent_content_type;
    if (read(event, &message) && eb_cloudevent_member(&event->doc, "specversion") != EB_NO_TOKEN)
        return true;
    event->lacks_attributes = true;
    message.properties.content_type = eb_span_of("application/json");
    return read(event, &message);
}

bool eb_envelope_read(struct eb_event *event)
{
    return event->message->hides_properties ? read_without_properties(event)
                                            : read(event, event->message);
}

/* ---- a message without a view ---- */

const struct eb_fault *eb_envelope_fault(struct eb_event *event)
{
    const struct eb_cloudevent_fault *wrong = &event->envelope_fault;
    if (!wrong->expected)
        return NULL;
    struct eb_fault *fault = EB_ARENA_NEW(event->arena, struct eb_fault);
    const struct eb_fault *made =
        eb_event_fault(event, "not a CloudEvent: expected %s", wrong->expected);
    if (!fault || !made)
        return NULL;
    *fault = *made;
    if (!wrong->attribute.ptr)
        return fault;
    struct eb_json_writer out;
    eb_json_writer_init_arena(&out, event->arena);
    eb_json_write_bytes(&out, eb_span_of("/"));
    eb_json_write_bytes(&out, wrong->attribute); /* letters and digits */
    struct eb_span pointer = eb_json_writer_finish(&out);
    if (pointer.ptr)
        fault->instance_location = pointer;
    return fault;
}

/* ---- attributes ---- */

static bool tell(
    struct eb_event *event, struct eb_fault *fault, const struct eb_attribute_fault *wrong)
{
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    eb_sentence_add(&sentence, "not a CloudEvent: expected %s", wrong->expected);
    if (!wrong->is_missing) {
        eb_sentence_add(&sentence, ", got ");
        eb_sentence_value(&sentence, &event->doc, wrong->token);
    } else if (eb_cloudevent_mode(event->message) == EB_CLOUDEVENT_BINARY) {
        eb_sentence_add(&sentence, " among the user properties, because the content type is not "
                                   "application/cloudevents+json");
    }
    return fill_fault(event, fault, &sentence, wrong->token);
}

bool eb_envelope_judge(
    struct eb_event *event, struct eb_fault *faults, uint32_t max, uint32_t *count, bool *has_more)
{
    struct eb_attribute_fault *wrong =
        eb_arena_alloc(event->arena, max * sizeof *wrong, _Alignof(struct eb_attribute_fault));
    if (!wrong)
        return false;
    size_t found = eb_cloudevent_check(&event->doc, event->arena, wrong, max);
    if (found == SIZE_MAX)
        return false;
    if (event->lacks_attributes)
        found = 0;
    *has_more = found > max;
    *count = found < max ? (uint32_t)found : max;
    for (uint32_t i = 0; i < *count; i++) {
        if (!tell(event, &faults[i], &wrong[i]))
            return false;
    }
    return true;
}

/* ---- data ---- */

uint32_t eb_envelope_data(const struct eb_event *event, const struct eb_contract *contract)
{
    return contract->is_cloudevent ? eb_cloudevent_member(&event->doc, "data") : 0;
}

const struct eb_fault *eb_envelope_no_data_fault(struct eb_event *event, struct eb_span schema)
{
    struct eb_sentence sentence;
    uint32_t bytes = eb_cloudevent_member(&event->doc, "data_base64");
    eb_sentence_init(&sentence);
    eb_sentence_add(&sentence, "expected data, as %.*s has it, got ", (int)schema.len, schema.ptr);
    if (bytes == EB_NO_TOKEN)
        eb_sentence_add(&sentence, "none");
    else if (eb_cloudevent_member(&event->doc, "datacontenttype") == EB_NO_TOKEN)
        eb_sentence_add(&sentence, "bytes that no content type declares to be JSON");
    else
        eb_sentence_add(&sentence, "bytes that are neither JSON nor text");
    return new_fault(event, &sentence, bytes == EB_NO_TOKEN ? 0 : bytes);
}

const struct eb_subject *eb_envelope_schema(
    struct eb_event *event, const struct eb_contract *contract, const struct eb_fault **fault)
{
    uint32_t token = eb_cloudevent_member(&event->doc, "dataschema");
    *fault = NULL;
    if (token == EB_NO_TOKEN || eb_doc_type(&event->doc, token) != EB_JSON_STRING)
        return NULL;
    struct eb_span uri = eb_doc_string(&event->doc, token, event->arena);
    const struct eb_subject *subject = uri.ptr ? eb_map_get(contract->data_schemas, uri) : NULL;
    if (subject)
        return subject;
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    eb_sentence_add(&sentence, "the registry has no schema \"");
    eb_sentence_quote(&sentence, uri.ptr ? uri : eb_span("", 0), URI_BYTES_TOLD);
    eb_sentence_add(&sentence, "\", which the event names");
    *fault = new_fault(event, &sentence, token);
    return NULL;
}
