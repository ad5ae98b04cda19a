#include "played_broker.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "patience.h"

struct played_broker played_broker;

/* ---- memory: handed out in a row, all of it taken back when nothing is out --------------------
 */

static _Alignas(16) char pool[16 * 1024 * 1024];
static size_t pool_used, pool_out;

static void *take(size_t size)
{
    size_t rounded = (size + 15) / 16 * 16 + 16;
    if (rounded > sizeof pool - pool_used)
        return NULL;
    char *block = pool + pool_used;
    pool_used += rounded;
    pool_out++;
    return block;
}

void *mosquitto_malloc(size_t size)
{
    return played_broker.is_out_of_memory ? NULL : take(size);
}

void mosquitto_free(void *memory)
{
    if (memory && --pool_out == 0)
        pool_used = 0;
}

void *mosquitto_realloc(void *memory, size_t size)
{
    char *grown = mosquitto_malloc(size);
    if (grown && memory)
        memcpy(grown, memory, size); /* all blocks lie in the pool */
    if (grown)
        mosquitto_free(memory);
    return grown;
}

/* ---- log and publishes ------------------------------------------------------------------------
 */

void mosquitto_log_printf(int level, const char *format, ...)
{
    if (played_broker.line_count == PLAYED_LINES_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(played_broker.lines[played_broker.line_count], sizeof played_broker.lines[0], format,
        arguments);
    va_end(arguments);
    played_broker.levels[played_broker.line_count++] = level;
}

bool played_broker_has_logged(const char *text)
{
    for (int i = 0; i < played_broker.line_count; i++) {
        if (strstr(played_broker.lines[i], text))
            return true;
    }
    return false;
}

int mosquitto_broker_publish(const char *client, const char *topic, int payload_len, void *payload,
    int qos, bool is_retain, mosquitto_property *properties)
{
    played_broker.publish_calls++;
    if (played_broker.publish_answer)
        return played_broker.publish_answer;
    if (played_broker.publish_count == PLAYED_PUBLISHES_MAX)
        played_broker_forget();
    struct played_publish *publish = &played_broker.publishes[played_broker.publish_count++];
    *publish = (struct played_publish){
        .topic_len = strlen(topic),
        .payload = payload,
        .payload_len = payload_len,
        .qos = qos,
        .is_retain = is_retain,
        .properties = properties,
    };
    snprintf(publish->client, sizeof publish->client, "%s", client ? client : "");
    snprintf(publish->topic, sizeof publish->topic, "%s", topic);
    return MOSQ_ERR_SUCCESS;
}

void played_broker_forget(void)
{
    for (int i = 0; i < played_broker.publish_count; i++) {
        mosquitto_free(played_broker.publishes[i].payload);
        mosquitto_property_free_all(&played_broker.publishes[i].properties);
    }
    memset(&played_broker, 0, sizeof played_broker);
}

/* ---- clients and callbacks --------------------------------------------------------------------
 */

static const struct played_client device = { .id = "device", .username = "Erika", .protocol = 5 };

static const struct played_client *as_played(const struct mosquitto *client)
{
    return (const struct played_client *)(const void *)client;
}

const char *mosquitto_client_id(const struct mosquitto *client)
{
    return as_played(client)->id;
}

const char *mosquitto_client_username(const struct mosquitto *client)
{
    return as_played(client)->username;
}

const char *mosquitto_client_address(const struct mosquitto *client)
{
    return as_played(client)->is_bridge ? NULL : "127.0.0.1";
}

bool mosquitto_client_clean_session(const struct mosquitto *client)
{
    return as_played(client)->is_clean;
}

int mosquitto_client_keepalive(const struct mosquitto *client)
{
    (void)client;
    return 60;
}

int mosquitto_client_protocol_version(const struct mosquitto *client)
{
    return as_played(client)->protocol;
}

enum { EVENTS = 32 };

static struct {
    MOSQ_FUNC_generic_callback function;
    void *context;
} callbacks[EVENTS];

int mosquitto_callback_register(mosquitto_plugin_id_t *identifier, int event,
    MOSQ_FUNC_generic_callback function, const void *event_data, void *context)
{
    (void)identifier;
    (void)event_data;
    if (callbacks[event].function)
        return MOSQ_ERR_ALREADY_EXISTS;
    callbacks[event].function = function;
    callbacks[event].context = context;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_callback_unregister(mosquitto_plugin_id_t *identifier, int event,
    MOSQ_FUNC_generic_callback function, const void *event_data)
{
    (void)identifier;
    (void)event_data;
    if (callbacks[event].function != function)
        return MOSQ_ERR_NOT_FOUND;
    callbacks[event].function = NULL;
    return MOSQ_ERR_SUCCESS;
}

static int call(int event, void *data)
{
    return callbacks[event].function(event, data, callbacks[event].context);
}

int played_broker_message(const struct played_message *message, char topic_after[64])
{
    size_t topic_bytes = strlen(message->topic) + 1;
    struct mosquitto_evt_message event = {
        .client = (struct mosquitto *)(void *)(uintptr_t)&device,
        .topic = take(topic_bytes),
        .payload = (void *)(uintptr_t)message->payload,
        .payloadlen = message->payload ? (uint32_t)strlen(message->payload) : 0,
        .qos = (uint8_t)message->qos,
        .retain = message->is_retain,
        .properties = message->properties,
    };
    memcpy(event.topic, message->topic, topic_bytes);
    int answer = call(MOSQ_EVT_MESSAGE, &event);
    if (topic_after)
        snprintf(topic_after, 64, "%s", event.topic);
    mosquitto_free(event.topic);
    return answer;
}

int played_broker_tick(void)
{
    struct mosquitto_evt_tick event = { 0 };
    return call(MOSQ_EVT_TICK, &event);
}

enum { TICK_US = 100 };

static int64_t end_of_patience_ns(void)
{
    return eb_clock_monotonic_ns() + (int64_t)EB_PATIENCE_MS * 1000000;
}

bool played_broker_command(const char *request, char *answer, size_t bytes)
{
    struct mosquitto_evt_control event = {
        .client = (struct mosquitto *)(void *)(uintptr_t)&device,
        .topic = "$CONTROL/event-bus/v1",
        .payload = request,
        .payloadlen = (uint32_t)strlen(request),
    };
    played_broker_forget();
    call(MOSQ_EVT_CONTROL, &event);
    int64_t end_ns = end_of_patience_ns();
    while (played_broker.publish_count == 0 && eb_clock_monotonic_ns() < end_ns) {
        played_broker_tick();
        usleep(TICK_US);
    }
    if (played_broker.publish_count == 0)
        return false;
    const struct played_publish *publish = &played_broker.publishes[0];
    snprintf(answer, bytes, "%.*s", publish->payload_len, (const char *)publish->payload);
    return true;
}

const char *played_broker_await(const char *text, const char *other)
{
    for (int64_t end_ns = end_of_patience_ns(); eb_clock_monotonic_ns() < end_ns;) {
        played_broker_tick();
        if (played_broker_has_logged(text))
            return text;
        if (played_broker_has_logged(other))
            return other;
        usleep(TICK_US);
    }
    return NULL;
}

int played_broker_reload(void)
{
    struct mosquitto_evt_reload event = { 0 };
    return call(MOSQ_EVT_RELOAD, &event);
}
