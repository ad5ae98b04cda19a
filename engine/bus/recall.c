#include "bus/event.h"

/* All of it that a publisher sends again alike; what the broker compares is among it. */
static struct eb_digest content_of(const struct eb_message *message)
{
    const struct eb_properties *properties = &message->properties;
    const struct eb_span texts[] = {
        message->topic,
        message->payload,
        properties->content_type,
        properties->response_topic,
        properties->correlation_data,
    };
    struct eb_hasher hasher;
    eb_hasher_init_wide(&hasher, eb_hash_key());
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        eb_hasher_add_counted(&hasher, texts[i].ptr, texts[i].len);
    for (uint32_t i = 0; i < properties->user_count; i++) {
        const struct eb_user_property *user = &properties->user[i];
        eb_hasher_add_counted(&hasher, user->name.ptr, user->name.len);
        eb_hasher_add_counted(&hasher, user->value.ptr, user->value.len);
    }
    const uint8_t flags[] = { message->is_retain, (uint8_t)properties->payload_format };
    eb_hasher_add(&hasher, flags, sizeof flags);
    return eb_hasher_end_wide(&hasher);
}

static bool does_contract_mind(const struct eb_event *event)
{
    for (size_t i = 0; i < event->watch_count; i++) {
        const struct eb_watch *watch = event->watches[i];
        for (uint32_t j = 0; j < watch->contract_count; j++) {
            if (event->snapshot->contracts[watch->contracts[j]].routes_again)
                return true;
        }
    }
    return false;
}

/* A QoS 2 PUBLISH that the broker would take for the same if it came again. */
static bool may_come_again(const struct eb_event *event)
{
    const struct eb_message *message = event->message;
    return event->pipeline->resend && event->hop == 0 && message->qos == 2 &&
           message->session != EB_SESSION_NONE && !message->properties.is_over_limit &&
           event->snapshot->settings.resend_in_flight_max > 0 && event->watches &&
           !does_contract_mind(event);
}

bool eb_event_recall(struct eb_event *event)
{
    if (!may_come_again(event))
        return false;
    event->may_come_again = true;
    event->sending = (struct eb_resend_event){
        .client = eb_resend_client(event->message->client_id, event->message->username),
        .content = content_of(event->message),
        .now_us = event->message->received_us,
    };
    event->sent_before = eb_resend_find(event->pipeline->resend, &event->sending);
    if (!event->sent_before)
        return false;
    event->outcome->verdict = EB_DEDUPLICATED;
    event->outcome->answer = (enum eb_verdict)event->sent_before->answer;
    return true;
}

void eb_event_remember_sent(const struct eb_event *event)
{
    struct eb_resend *resend = event->pipeline->resend;
    struct eb_figures *bus = event->snapshot->figures;
    if (!event->may_come_again)
        return;
    if (event->sent_before) {
        eb_resend_repeat(resend, &event->sending);
        eb_count(&bus->resent, 1);
    } else if (!event->has_failed) {
        uint32_t in_flight = event->snapshot->settings.resend_in_flight_max;
        bool is_anothers =
            eb_resend_add(resend, &event->sending, (uint8_t)event->outcome->answer, in_flight);
        eb_count(&bus->resent_forgotten, is_anothers);
    }
}
