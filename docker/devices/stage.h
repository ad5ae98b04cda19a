/*
 * stage.h - everybody who takes part, connected to one broker.
 *
 * All that the demo knows it knows from these clients. Before it says that something did *not*
 * arrive it sends fences: a client that has seen one has everything the broker sent it before.
 */
#ifndef EB_DEVICES_STAGE_H
#define EB_DEVICES_STAGE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "client.h"
#include "scenario.h"

enum { EB_STAGE_CLIENTS_MAX = 32 };

struct eb_stage {
    const char *host; /* borrowed */
    int port;
    const volatile sig_atomic_t *is_stopped; /* set by a signal: waiting ends early */
    struct eb_client clients[EB_STAGE_CLIENTS_MAX];
    size_t client_count;
    struct eb_client *devices;  /* eb_device_count, in the order of eb_devices */
    struct eb_client *services; /* eb_service_count; from here on everybody sees fences */
    struct eb_client *logbook;
    struct eb_client *letters;
    struct eb_client *prompter; /* publishes fences, reads the broker's version */
    unsigned fence;
};

/* Returns false without memory. */
bool eb_stage_init(
    struct eb_stage *stage, const char *host, int port, const volatile sig_atomic_t *is_stopped);
void eb_stage_release(struct eb_stage *stage);

/*
 * Connects and subscribes everybody, trying for `patience_ms` to find the broker. Returns NULL, or
 * a sentence about what is wrong; it lasts until the next call.
 */
const char *eb_stage_open(struct eb_stage *stage, int patience_ms);

/* The broker's version, as it publishes it; "" when it does not. */
const char *eb_stage_broker(const struct eb_stage *stage);

/* The device of that name, connected again if the broker had thrown it out; NULL if that fails. */
struct eb_client *eb_stage_device(struct eb_stage *stage, const char *name);

/* Waits until `publisher`'s answer and all that follows from its last message have arrived. */
bool eb_stage_settle(struct eb_stage *stage, struct eb_client *publisher, int qos);

/* Drops what all clients received. */
void eb_stage_forget(struct eb_stage *stage);

/* Lets `duration_ms` pass, with all clients kept alive. False when stopped or the broker is gone.
 */
bool eb_stage_rest(struct eb_stage *stage, int duration_ms);

#endif
