/*
 * control.h - $CONTROL/event-bus/v1: who may command the bus, and the way of a request.
 *
 *     client ──publish──► CONTROL callback: may it? copies the request ──► worker carries it out
 *     client ◄────────── $CONTROL/event-bus/v1/response, to this client alone ◄── errand
 *
 * A client needs one of the names and one of the addresses that event-bus.json lists: where no
 * passwords are checked any client can claim any name. Whoever lacks either is not answered.
 *
 * Answers go to the client that asked, by its id, if it is still the same: a client that has gone
 * in between gets none, and neither does another that took its id.
 */
#ifndef EB_PLUGIN_CONTROL_H
#define EB_PLUGIN_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/limits.h"
#include "broker.h"
#include "bus/settings.h"
#include "command.h"
#include "log.h"
#include "publish.h"
#include "worker.h"

#define EB_CONTROL_TOPIC "$CONTROL/event-bus/v1"
#define EB_CONTROL_ANSWER_TOPIC EB_CONTROL_TOPIC "/response"

/* A request that waits for the worker. The broker's thread allocates and frees what is in it. */
struct eb_request {
    const struct mosquitto *client; /* NULL: it has gone */
    char *client_id;
    char *payload;
    size_t payload_len;
    char who[2 * EB_LOG_TEXT_BYTES]; /* "bus-admin (127.0.0.1)", for the log */
};

struct eb_control {
    struct eb_worker *worker;
    struct eb_publisher *publisher;
    struct eb_reload *reload;
    struct eb_bulletin *bulletin;
    struct eb_watchers *watchers; /* the broker's thread's */
    struct eb_desk desk;          /* the worker's, once there has been a request */
    bool has_desk;
    /* Those from `served` on, up to `asked`, wait; counted modulo the room. */
    struct eb_request requests[EB_CONTROL_WAITING_MAX];
    atomic_uint asked;  /* by the broker's thread */
    atomic_uint served; /* by the worker's */
};

/* Borrows everything until eb_control_release(). */
void eb_control_init(struct eb_control *control, struct eb_worker *worker,
    struct eb_publisher *publisher, struct eb_reload *reload, struct eb_bulletin *bulletin,
    struct eb_watchers *watchers);
/* After the worker has stopped. */
void eb_control_release(struct eb_control *control);

/* ---- the broker's thread ---- */

/* Takes a request if its client may make one under `settings`; says so in the log if not. */
void eb_control_take(struct eb_control *control, const struct eb_settings *settings,
    struct eb_log_budget *budget, const struct mosquitto_evt_control *event);

/*
 * Whether `check` asks for what no client may: to write where the bus answers. A PUBLISH there
 * would reach nobody; 2.0 delivers a will there like any other, and who asked takes it for an
 * answer.
 */
bool eb_control_is_ours(const struct mosquitto_evt_acl_check *check);
void eb_control_refuse(struct eb_log_budget *budget, const struct mosquitto_evt_acl_check *check);

/* The client has disconnected. */
void eb_control_forget(struct eb_control *control, const struct mosquitto *client);

/* Whether a client of that name (NULL: none) at that address (NULL: none) may use the topic. */
bool eb_control_allows(
    const struct eb_settings *settings, const char *username, const char *address);

/* ---- the worker's thread ---- */

/* Serves what waits: the worker's job. */
void eb_control_run(struct eb_control *control);

#endif
