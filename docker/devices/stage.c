#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
    ANSWER_MS = 5000, /* how long anything may take that should take a millisecond */
    TURN_MS = 100,
    RETRY_MS = 100,
    FENCES = 2, /* after an event */
};

typedef bool (*stage_condition)(const struct eb_stage *stage, const struct eb_client *client);

static int64_t now_ms(void)
{
    return eb_clock_now_us() / 1000;
}

static void turn(struct eb_stage *stage, int64_t until_ms)
{
    int64_t left = until_ms - now_ms();
    int timeout_ms = left < 0 ? 0 : left > TURN_MS ? TURN_MS : (int)left;
    eb_clients_turn(stage->clients, stage->client_count, timeout_ms);
}

static bool wait_for(struct eb_stage *stage, stage_condition is_met, const struct eb_client *client)
{
    int64_t until_ms = now_ms() + ANSWER_MS;
    while (!is_met(stage, client)) {
        if (*stage->is_stopped || now_ms() >= until_ms)
            return false;
        turn(stage, until_ms);
    }
    return true;
}

static struct eb_client *add_client(struct eb_stage *stage, const char *name, bool is_v5)
{
    struct eb_client *client = &stage->clients[stage->client_count];
    if (!eb_client_init(client, name, is_v5))
        return NULL;
    stage->client_count++;
    return client;
}

bool eb_stage_init(
    struct eb_stage *stage, const char *host, int port, const volatile sig_atomic_t *is_stopped)
{
    *stage = (struct eb_stage){ .host = host, .port = port, .is_stopped = is_stopped };
    stage->devices = stage->clients;
    for (size_t i = 0; i < eb_device_count; i++) {
        if (!add_client(stage, eb_devices[i].name, eb_devices[i].is_v5))
            return false;
    }
    stage->services = stage->clients + stage->client_count;
    for (size_t i = 0; i < eb_service_count; i++) {
        if (!add_client(stage, eb_services[i].name, true))
            return false;
    }
    stage->logbook = add_client(stage, "logbook", false);
    stage->letters = add_client(stage, "dead-letter-desk", true);
    stage->prompter = add_client(stage, "prompter", true);
    return stage->logbook && stage->letters && stage->prompter;
}

void eb_stage_release(struct eb_stage *stage)
{
    for (size_t i = 0; i < stage->client_count; i++)
        eb_client_release(&stage->clients[i]);
    stage->client_count = 0;
}

/* The first client finds out whether the broker is there. */
static int find_broker(struct eb_stage *stage, int patience_ms)
{
    int64_t until_ms = now_ms() + patience_ms;
    for (;;) {
        int code = eb_client_connect(&stage->clients[0], stage->host, stage->port);
        if (code == MOSQ_ERR_SUCCESS || now_ms() >= until_ms || *stage->is_stopped)
            return code;
        poll(NULL, 0, RETRY_MS);
    }
}

static int connect_all(struct eb_stage *stage, int patience_ms)
{
    int code = find_broker(stage, patience_ms);
    for (size_t i = 1; code == MOSQ_ERR_SUCCESS && i < stage->client_count; i++)
        code = eb_client_connect(&stage->clients[i], stage->host, stage->port);
    return code;
}

/* Also met when somebody was refused: there is nothing left to wait for. */
static bool are_all_ready(const struct eb_stage *stage, const struct eb_client *unused)
{
    (void)unused;
    bool is_ready = true;
    for (size_t i = 0; i < stage->client_count; i++) {
        if (stage->clients[i].refusal)
            return true;
        is_ready = is_ready && eb_client_is_ready(&stage->clients[i]);
    }
    return is_ready;
}

static bool has_broker_version(const struct eb_stage *stage, const struct eb_client *unused)
{
    (void)unused;
    return stage->prompter->received != NULL;
}

static bool subscribe_all(struct eb_stage *stage)
{
    bool is_sent = eb_client_subscribe(stage->letters, EB_LETTERS_FILTER);
    for (size_t i = 0; i < eb_service_count; i++)
        is_sent = is_sent && eb_client_subscribe(&stage->services[i], eb_services[i].filter);
    for (size_t i = 0; i < eb_logbook_filter_count; i++)
        is_sent = is_sent && eb_client_subscribe(stage->logbook, eb_logbook_filters[i]);
    for (size_t i = eb_device_count; i < stage->client_count; i++)
        is_sent = is_sent && eb_client_subscribe(&stage->clients[i], EB_FENCE_TOPIC);
    return is_sent && eb_client_subscribe(stage->prompter, "$SYS/broker/version");
}

static const char *first_refusal(const struct eb_stage *stage)
{
    static char sentence[256];
    for (size_t i = 0; i < stage->client_count; i++) {
        const struct eb_client *client = &stage->clients[i];
        if (client->refusal)
            snprintf(sentence, sizeof(sentence), "the broker refuses %s: %s", client->name,
                client->refusal);
        else if (!eb_client_is_ready(client))
            snprintf(sentence, sizeof(sentence), "the broker does not answer %s", client->name);
        else
            continue;
        return sentence;
    }
    return NULL;
}

const char *eb_stage_open(struct eb_stage *stage, int patience_ms)
{
    static char sentence[256];
    int code = connect_all(stage, patience_ms);
    if (code != MOSQ_ERR_SUCCESS) {
        snprintf(sentence, sizeof(sentence), "no broker at %s, port %d: %s", stage->host,
            stage->port, code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
        return sentence;
    }
    wait_for(stage, are_all_ready, NULL);
    const char *refusal = first_refusal(stage);
    if (refusal)
        return refusal;
    if (!subscribe_all(stage))
        return "the broker closed a connection";
    wait_for(stage, are_all_ready, NULL);
    wait_for(stage, has_broker_version, NULL);
    return first_refusal(stage);
}

const char *eb_stage_broker(const struct eb_stage *stage)
{
    const struct eb_received *version = stage->prompter->received;
    return version ? version->payload.ptr : "";
}

static bool is_connected(const struct eb_stage *stage, const struct eb_client *client)
{
    (void)stage;
    return client->is_connected || client->refusal;
}

struct eb_client *eb_stage_device(struct eb_stage *stage, const char *name)
{
    for (size_t i = 0; i < eb_device_count; i++) {
        struct eb_client *device = &stage->devices[i];
        if (strcmp(device->name, name) != 0)
            continue;
        if (device->is_connected)
            return device;
        eb_client_connect(device, stage->host, stage->port);
        wait_for(stage, is_connected, device);
        return device->is_connected ? device : NULL;
    }
    return NULL;
}

static bool has_answer(const struct eb_stage *stage, const struct eb_client *client)
{
    (void)stage;
    return client->answer != EB_ANSWER_NONE;
}

/* Also met when the fence cannot come because its sender was thrown out. */
static bool is_fence_seen(const struct eb_stage *stage, const struct eb_client *sender)
{
    const struct eb_client *end = stage->clients + stage->client_count;
    if (!sender->is_connected)
        return true;
    for (const struct eb_client *client = stage->services; client < end; client++) {
        if (client->fence != stage->fence)
            return false;
    }
    return true;
}

static bool send_fence(struct eb_stage *stage, struct eb_client *sender)
{
    return eb_client_publish_fence(sender, ++stage->fence) &&
           wait_for(stage, is_fence_seen, sender) && sender->is_connected;
}

/*
 * From the publisher itself, so that the fence cannot overtake what it published; if it was thrown
 * out for that, there is nothing to overtake.
 */
static bool pass_fence(struct eb_stage *stage, struct eb_client *publisher)
{
    return (publisher->is_connected && send_fence(stage, publisher)) ||
           (!publisher->is_connected && send_fence(stage, stage->prompter));
}

/*
 * Mosquitto sends what a plugin publishes one turn of its loop after the event, so a single fence
 * may come first. The second is read in a later turn than the event.
 */
bool eb_stage_settle(struct eb_stage *stage, struct eb_client *publisher, int qos)
{
    if (qos > 0 && !wait_for(stage, has_answer, publisher))
        return false;
    for (int i = 0; i < FENCES; i++) {
        if (!pass_fence(stage, publisher))
            return false;
    }
    return true;
}

void eb_stage_forget(struct eb_stage *stage)
{
    for (size_t i = 0; i < stage->client_count; i++) {
        if (&stage->clients[i] != stage->prompter)
            eb_client_forget(&stage->clients[i]);
    }
}

bool eb_stage_rest(struct eb_stage *stage, int duration_ms)
{
    int64_t until_ms = now_ms() + duration_ms;
    do {
        turn(stage, until_ms);
        if (*stage->is_stopped || !stage->prompter->is_connected)
            return false;
    } while (now_ms() < until_ms);
    return true;
}
