#include "bus/bridge.h"

#include "topic/filter.h"

const struct eb_bridge *eb_bridge_find(
    const struct eb_settings *settings, const struct eb_message *message)
{
    for (uint32_t i = 0; message->is_bridge && i < settings->bridge_count; i++) {
        if (eb_span_equal(settings->bridges[i].client_id, message->client_id))
            return &settings->bridges[i];
    }
    return NULL;
}

bool eb_bridge_carries(const struct eb_bridge *bridge, struct eb_span topic)
{
    for (uint32_t i = 0; bridge && i < bridge->out.count; i++) {
        if (eb_filter_matches(bridge->out.items[i], topic))
            return true;
    }
    return false;
}
