#include "broker.h"

#include <stdlib.h>

/* What 2.1 has and 2.0 has not: NULL there. */
#define SINCE_2_1 __attribute__((weak))

SINCE_2_1 int mosquitto_plugin_set_info(
    mosquitto_plugin_id_t *identifier, const char *plugin_name, const char *plugin_version);
SINCE_2_1 const char *mosquitto_property_string_value(const mosquitto_property *property);
SINCE_2_1 uint16_t mosquitto_property_string_value_length(const mosquitto_property *property);
SINCE_2_1 const char *mosquitto_property_string_name(const mosquitto_property *property);
SINCE_2_1 uint16_t mosquitto_property_string_name_length(const mosquitto_property *property);
SINCE_2_1 const void *mosquitto_property_binary_value(const mosquitto_property *property);
SINCE_2_1 uint16_t mosquitto_property_binary_value_length(const mosquitto_property *property);

static bool is_2_1(void)
{
    return mosquitto_plugin_set_info != NULL;
}

bool eb_broker_tells_properties_of_checks(void)
{
    return is_2_1();
}

void eb_broker_introduce(mosquitto_plugin_id_t *identifier)
{
    if (is_2_1())
        mosquitto_plugin_set_info(identifier, "event-bus", EB_VERSION);
}

bool eb_broker_is_bridge(const struct mosquitto *client)
{
    return mosquitto_client_address(client) == NULL;
}

bool eb_broker_is_likeness(const struct mosquitto *client)
{
    return mosquitto_client_protocol_version(client) == 0;
}

enum eb_ending eb_broker_ending(int event, const struct mosquitto_evt_disconnect *end)
{
    const int said_goodbye = 0, session_taken_over = 142;
    if (!is_2_1())
        return mosquitto_client_clean_session(end->client) ? EB_ENDED_BY_RETURN : EB_ENDED;
    if (event == EB_BROKER_EVT_CLIENT_OFFLINE)
        return end->reason == said_goodbye ? EB_ENDED_FOR_GOOD : EB_ENDED;
    return end->reason == session_taken_over ? EB_ENDED_BY_RETURN : EB_ENDED_FOR_GOOD;
}

/* The broker stores what is empty as NULL; to us that would be "not sent". */
static struct eb_span lent(const void *bytes, size_t len)
{
    return eb_span(len ? bytes : "", len);
}

/*
 * 2.0's readers copy. The copies come from the C library's heap, not from the broker's counted one:
 * mosquitto_free() would make its memory count drift below zero.
 */
static struct eb_span keep_copy(void *copy, size_t len, struct eb_arena *arena)
{
    struct eb_span kept = eb_arena_copy(arena, eb_span(copy, len));
    free(copy);
    return kept;
}

struct eb_span eb_broker_property_text(const mosquitto_property *property, struct eb_arena *arena)
{
    if (is_2_1())
        return lent(mosquitto_property_string_value(property),
            mosquitto_property_string_value_length(property));

    char *copy = NULL;
    int identifier = mosquitto_property_identifier(property);
    if (!mosquitto_property_read_string(property, identifier, &copy, false) || !copy)
        return eb_span(NULL, 0);
    return keep_copy(copy, strlen(copy), arena);
}

struct eb_span eb_broker_property_bytes(const mosquitto_property *property, struct eb_arena *arena)
{
    if (is_2_1())
        return lent(mosquitto_property_binary_value(property),
            mosquitto_property_binary_value_length(property));

    void *copy = NULL;
    uint16_t len = 0;
    int identifier = mosquitto_property_identifier(property);
    if (!mosquitto_property_read_binary(property, identifier, &copy, &len, false) || !copy)
        return eb_span(NULL, 0);
    return keep_copy(copy, len, arena);
}

bool eb_broker_property_pair(const mosquitto_property *property, struct eb_arena *arena,
    struct eb_span *name, struct eb_span *value)
{
    if (is_2_1()) {
        *name = lent(mosquitto_property_string_name(property),
            mosquitto_property_string_name_length(property));
        *value = lent(mosquitto_property_string_value(property),
            mosquitto_property_string_value_length(property));
        return true;
    }
    char *name_copy = NULL;
    char *value_copy = NULL;
    int identifier = mosquitto_property_identifier(property);
    if (!mosquitto_property_read_string_pair(property, identifier, &name_copy, &value_copy, false))
        return false;
    *name = keep_copy(name_copy, strlen(name_copy), arena);
    *value = keep_copy(value_copy, strlen(value_copy), arena);
    return name->ptr && value->ptr;
}

/*
 * When MESSAGE leaves another topic pointer behind, 2.1 frees the old topic; 2.0.11 forgets it; 2.0
 * from .15 on frees it too, and nothing tells those apart. So on 2.0 the pointer must not change:
 * growing to the few bytes asked for stays in place with every C library, whose smallest block is
 * larger. Where it does move (under a sanitizer) the old block is gone, which is 2.0.11's case.
 */
char *eb_broker_topic_of_size(char *topic, size_t size)
{
    return is_2_1() ? mosquitto_malloc(size) : mosquitto_realloc(topic, size);
}
