#include "target/render.h"

#include "base/limits.h"

static const char *const texts[] = {
    [EB_RENDER_OK] = "rendered",
    [EB_RENDER_MISSING] = "the event has no value for it, and it has no default",
    [EB_RENDER_UNSAFE_TOPIC] =
        "its value may not go into a topic: it is empty, no string, number or boolean, holds '/', "
        "'+', '#' or a control character, or begins the topic with '$'",
    [EB_RENDER_BAD_TOPIC] = "the topic it makes is not one to publish to",
    [EB_RENDER_NOT_ALLOWED] = "the topic it makes lies outside `targets`, or in a tree that no "
                              "target may write to",
    [EB_RENDER_NOT_TEXT] = "its value is not a string",
    [EB_RENDER_TOO_LONG] = "the topic or property it makes is longer than 65535 bytes",
    [EB_RENDER_TOO_MANY] = "the copy would have more user properties than the limit of 1000",
    [EB_RENDER_NOT_CLOUDEVENT] = "the copy would be no CloudEvent",
    [EB_RENDER_UNSAFE_TEXT] =
        "its value may not go into a property: it holds a control character or a non-character",
    [EB_RENDER_NOT_SECONDS] = "a message expiry is a whole number of seconds, 1 to 4294967295",
    [EB_RENDER_NO_MEMORY] = "the copy does not fit into an event's memory",
};

_Static_assert(EB_TOPIC_BYTES_MAX == 65535, "as the text says");
_Static_assert(EB_USER_PROPERTIES_MAX == 1000, "as the text says");

const char *eb_render_code_text(enum eb_render_code code)
{
    return texts[code];
}
