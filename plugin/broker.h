/*
 * broker.h - the broker that loaded us: its headers, and everything in which its versions differ.
 *
 * One build serves Mosquitto 2.0.11 and all later versions that speak plugin interface 5: what a
 * newer broker offers beyond 2.0.11 is looked up when we are loaded, not when we are compiled. No
 * other file asks for a version.
 *
 * All functions run on the broker's thread.
 */
#ifndef EB_PLUGIN_BROKER_H
#define EB_PLUGIN_BROKER_H

#include <stdbool.h>
#include <stddef.h>

/* 2.0's headers need this order and do not include each other; 2.1 moved them. */
/* clang-format off */
#if __has_include(<mosquitto/broker_plugin.h>)
#include <mosquitto.h>
#else
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <mqtt_protocol.h>
#endif
/* clang-format on */

#include "base/arena.h"
#include "base/span.h"

enum {
    /* What MESSAGE answers to have the publisher thrown out. Any error that no version gives a
     * meaning of its own would do; only this one sends an MQTT 5 client a DISCONNECT first. */
    EB_BROKER_DISCONNECT = 1,
    /* Events that 2.0 does not have. Their data begins like that of DISCONNECT. */
    EB_BROKER_EVT_CONNECT = 11,
    EB_BROKER_EVT_CLIENT_OFFLINE = 28, /* instead of DISCONNECT, where the session stays */
    /* A line of the broker's log, time stamp included, is cut at 1000 bytes. */
    EB_BROKER_LOG_BYTES_MAX = 900,
};

/* Whether it is the near end of a bridge that the broker itself makes: such a one has no address.
 */
bool eb_broker_is_bridge(const struct mosquitto *client);

/*
 * Whether it is no client at all: before delivering what is retained, the broker asks about a
 * likeness of who published it, which speaks no protocol.
 */
bool eb_broker_is_likeness(const struct mosquitto *client);

/* Whether an access check comes with the MQTT 5 properties of what is asked about. */
bool eb_broker_tells_properties_of_checks(void);

/* Tells brokers that want to know (2.1) who we are. */
void eb_broker_introduce(mosquitto_plugin_id_t *identifier);

/*
 * How a connection ended, by its DISCONNECT or CLIENT_OFFLINE. 2.0 does not tell a goodbye from a
 * loss, nor whether the session stays. When a client comes back to its session, all versions end
 * the connection of before, which may have ended already; 2.0 then calls it clean, which it was
 * not.
 */
enum eb_ending {
    EB_ENDED_FOR_GOOD, /* by a goodbye, or with the session */
    EB_ENDED,
    EB_ENDED_BY_RETURN,
};

enum eb_ending eb_broker_ending(int event, const struct mosquitto_evt_disconnect *end);

/*
 * The value of a property: borrowed from the broker where it lends it (2.1), else a copy in
 * `arena`. ptr is NULL when the arena is exhausted or the property is of another type.
 */
struct eb_span eb_broker_property_text(const mosquitto_property *property, struct eb_arena *arena);
struct eb_span eb_broker_property_bytes(const mosquitto_property *property, struct eb_arena *arena);

/* The same for a user property; false when there is no room for both. */
bool eb_broker_property_pair(const mosquitto_property *property, struct eb_arena *arena,
    struct eb_span *name, struct eb_span *value);

/*
 * The topic of a MESSAGE event, with room for `size` bytes, contents kept or lost. Assign it to the
 * event; the old one is dealt with as the broker's version needs. NULL without memory.
 */
char *eb_broker_topic_of_size(char *topic, size_t size);

#endif
