/*
 * asyncapi_model.h - a configuration in AsyncAPI's words: channels, messages and operations.
 *
 *     contract  ─► channel "locks/{level_1}/events", message "lock-event.v1",
 *                  operations receive (what devices publish) and deliver (what subscribers get)
 *     target    ─► channel "services/maintenance/{data_site}", the copy's message, operation send
 *
 * The application that the document describes is the bus: it receives what devices publish. Topics
 * that are the same are one channel. Everything lives in the wiring's arena.
 */
#ifndef EB_CLI_ASYNCAPI_MODEL_H
#define EB_CLI_ASYNCAPI_MODEL_H

#include "schema/map.h"
#include "wiring.h"

struct api_parameter {
    struct api_parameter *next;
    struct eb_span name;    /* "level_1" */
    struct eb_span meaning; /* what stands there, in a sentence */
};

struct api_message {
    struct api_message *next;
    struct eb_span key;                /* "lock-event.v1", "low-battery.to1" */
    const struct schema_entry *entry;  /* an event that meets this schema; or NULL */
    const struct wired_target *target; /* what this template makes; or NULL */
    const struct schema_entry *source; /* of the event it is made of; NULL: unknown */
    struct eb_span cloudevent;         /* "structured", "binary": its mode; ptr NULL: it is none.
                                          The schema, or what the template makes, is of its data */
    bool is_letter;                    /* a dead letter; none of these: any event */
};

/* A message that a channel or an operation has. */
struct api_use {
    struct api_use *next;
    const struct api_message *message;
};

struct api_uses {
    struct api_use *first;
    struct api_use **last;
};

struct api_channel {
    struct api_channel *next;
    struct eb_span id;
    struct eb_span address;     /* with a "{name}" for each parameter */
    struct eb_span filter;      /* the topic filter or template, as written */
    struct eb_span description; /* ptr NULL: none */
    struct api_parameter *parameters;
    struct api_uses messages;
};

struct api_operation {
    struct api_operation *next;
    struct eb_span key;
    struct eb_span description; /* ptr NULL: none */
    struct api_channel *channel;
    struct api_uses messages;
    bool is_send;
    int qos; /* -1: the publisher's */
    bool is_retain;
};

struct api {
    struct wiring *wiring;
    struct eb_arena *arena;
    struct api_channel *channels;
    struct api_channel **last_channel;
    struct api_message *messages;
    struct api_message **last_message;
    struct api_operation *operations;
    struct api_operation **last_operation;
    struct eb_map channel_by_address, channel_by_id, message_by_key;
    bool is_out_of_memory;
};

/* False without memory. */
bool api_build(struct api *api, struct wiring *wiring);

#endif
