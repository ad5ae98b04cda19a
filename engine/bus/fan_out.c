#include "bus/fan_out.h"

bool eb_fan_out_make_room(
    struct eb_fan_out *fan_out, const struct eb_settings *settings, struct eb_arena *arena)
{
    /* Every target may be a copy that passes again and leaves a letter, and a shadow beside it; one
     * letter each says that there were too many and why the event was refused, and there is one
     * report. What is not used is not touched. */
    uint32_t max = 3 * settings->targets_max + 3;
    fan_out->dispatches =
        eb_arena_alloc(arena, max * sizeof *fan_out->dispatches, _Alignof(struct eb_dispatch));
    if (!fan_out->dispatches)
        return false;
    fan_out->max = max;
    return true;
}

struct eb_dispatch *eb_fan_out_add(struct eb_fan_out *fan_out)
{
    return fan_out->count < fan_out->max ? &fan_out->dispatches[fan_out->count++] : NULL;
}

static uint64_t weigh(const struct eb_publish *publish)
{
    const struct eb_properties *properties = &publish->properties;
    uint64_t bytes = publish->topic.len + publish->payload.len + properties->content_type.len +
                     properties->response_topic.len + properties->correlation_data.len;
    for (uint32_t i = 0; i < properties->user_count; i++)
        bytes += properties->user[i].name.len + properties->user[i].value.len;
    return bytes;
}

bool eb_fan_out_take_bytes(struct eb_fan_out *fan_out, const struct eb_publish *publish)
{
    uint64_t bytes = weigh(publish);
    if (bytes > fan_out->bytes_left)
        return false;
    fan_out->bytes_left -= bytes;
    return true;
}
