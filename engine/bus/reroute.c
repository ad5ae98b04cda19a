#include "bus/event.h"

/* A copy that a contract refused, set aside or consumed where it came is not published there. */
static void settle(struct eb_event *event)
{
    if (event->hop > 0 && event->outcome->verdict > EB_PASSED)
        event->fan_out->dispatches[event->copy].kind = EB_WITHHELD;
}

/* UINT32_MAX: none is left. */
static uint32_t find_copy(struct eb_fan_out *fan_out)
{
    while (fan_out->seen < fan_out->count) {
        const struct eb_dispatch *dispatch = &fan_out->dispatches[fan_out->seen++];
        if (dispatch->kind == EB_COPY && dispatch->hop > 0)
            return fan_out->seen - 1;
    }
    return UINT32_MAX;
}

/*
 * What the broker would make of it, had the publisher published the copy itself. A CloudEvent that
 * a target has made is one of MQTT 5, whatever it was made of.
 */
static struct eb_message message_of(
    const struct eb_message *origin, const struct eb_dispatch *dispatch)
{
    const struct eb_publish *publish = &dispatch->publish;
    struct eb_message message = *origin;
    if (eb_target_makes_cloudevents(dispatch->rule->targets[dispatch->target]))
        message.protocol = 5;
    message.topic = publish->topic;
    message.payload = publish->payload;
    message.qos = publish->qos;
    message.is_retain = publish->is_retain;
    message.properties = publish->properties;
    return message;
}

/* An event and what it points to, allocated together. */
struct passing_copy {
    struct eb_event event;
    struct eb_message message;
    struct eb_outcome outcome;
};

static struct eb_event *begin(struct eb_event *before, uint32_t copy)
{
    struct passing_copy *passing = EB_ARENA_NEW(before->arena, struct passing_copy);
    if (!passing)
        return NULL;
    const struct eb_dispatch *dispatch = &before->fan_out->dispatches[copy];
    passing->message = message_of(before->origin, dispatch);
    passing->event = (struct eb_event){
        .pipeline = before->pipeline,
        .snapshot = before->snapshot,
        .message = &passing->message,
        .origin = before->origin,
        .outcome = &passing->outcome,
        .arena = before->arena,
        .fan_out = before->fan_out,
        .account = before->account,
        .before = before,
        .bridge = before->bridge,
        .hop = dispatch->hop,
        .copy = copy,
        .first = before->fan_out->count,
    };
    return &passing->event;
}

/* Without memory no copy is judged, so none of those that should be is published. */
static void withhold(struct eb_event *event, uint32_t copy)
{
    event->fan_out->dispatches[copy].kind = EB_WITHHELD;
    event->error_count++;
}

struct eb_event *eb_event_next_copy(struct eb_event *event)
{
    settle(event);
    for (uint32_t copy; (copy = find_copy(event->fan_out)) != UINT32_MAX;) {
        event->next = begin(event, copy);
        if (event->next)
            return event->next;
        withhold(event, copy);
    }
    return NULL;
}
