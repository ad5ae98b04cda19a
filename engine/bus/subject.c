#include "bus/subject.h"

#include "base/limits.h"
#include "bus/event.h"
#include "schema/sentence.h"
#include "target/key.h"

/* Longer than any name of a schema by one: what was cut is no name. */
enum { NAME_BYTES = EB_NAME_BYTES_MAX + sizeof "@2147483647" };

static const struct eb_fault *fault_of(struct eb_event *event,
    const struct eb_subject_choice *choice, struct eb_span source,
    const struct eb_sentence *sentence)
{
    struct eb_span pointer = eb_key_pointer(choice->key, source, event->arena);
    struct eb_fault *fault = eb_event_fault(event, "%.*s", (int)sentence->len, sentence->text);
    if (fault && pointer.ptr)
        fault->instance_location = pointer;
    return fault;
}

static const struct eb_fault *fault_of_value(struct eb_event *event,
    const struct eb_subject_choice *choice, const struct eb_render_fault *wrong)
{
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    eb_sentence_add(&sentence, "\"");
    eb_sentence_quote(&sentence, wrong->placeholder, EB_NAME_BYTES_MAX);
    eb_sentence_add(&sentence, "\", by which the event names its schema, %s",
        wrong->code == EB_RENDER_MISSING ? "is missing" : "is not a string");
    return fault_of(event, choice, wrong->placeholder, &sentence);
}

static const struct eb_fault *fault_of_name(
    struct eb_event *event, const struct eb_subject_choice *choice, struct eb_span name)
{
    struct eb_sentence sentence;
    eb_sentence_init(&sentence);
    eb_sentence_add(&sentence, "the registry has no schema \"");
    eb_sentence_quote(&sentence, name, NAME_BYTES);
    eb_sentence_add(&sentence, "\", which the event names");
    return fault_of(event, choice, eb_span(NULL, 0), &sentence);
}

const struct eb_subject *eb_subject_choose(
    const struct eb_subject_choice *choice, struct eb_event *event, const struct eb_fault **fault)
{
    char text[NAME_BYTES] = "";
    struct eb_span name = eb_span(text, 0);
    const struct eb_render render = { .message = event->message, .doc = &event->doc };
    struct eb_render_fault wrong;
    if (eb_key_render(choice->key, &render, text, sizeof text, &name.len, &wrong) != EB_RENDER_OK) {
        *fault = fault_of_value(event, choice, &wrong);
        return NULL;
    }
    const struct eb_subject *subject = eb_map_get(choice->subjects, name);
    if (!subject)
        *fault = fault_of_name(event, choice, name);
    return subject;
}
