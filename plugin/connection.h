/*
 * connection.h - what the broker tells of connections, for what may be sent again.
 */
#ifndef EB_PLUGIN_CONNECTION_H
#define EB_PLUGIN_CONNECTION_H

#include "base/message.h"
#include "broker.h"
#include "bus/resend.h"

/* For all: how long after a loss a client may come back. */

/* DISCONNECT and CLIENT_OFFLINE. */
void eb_connection_ended(struct eb_resend *resend, int event,
    const struct mosquitto_evt_disconnect *end, int64_t within_us);

/* CONNECT, whose data begins alike. */
void eb_connection_begun(
    struct eb_resend *resend, const struct mosquitto_evt_disconnect *begin, int64_t within_us);

/* A message, before it is decided. */
void eb_connection_used(
    struct eb_resend *resend, const struct eb_message *message, int64_t within_us);

#endif
