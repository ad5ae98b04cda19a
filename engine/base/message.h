/*
 * message.h - one PUBLISH as the engine sees it, and one it wants sent.
 *
 * Plain borrowed data: whoever fills it in keeps the bytes alive until the event is decided.
 */
#ifndef EB_BASE_MESSAGE_H
#define EB_BASE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct eb_user_property {
    struct eb_span name;
    struct eb_span value;
};

/* MQTT 5 §3.3.2.3, what of it reaches a plugin. A span with ptr NULL is a property not sent. */
struct eb_properties {
    struct eb_span content_type;
    struct eb_span response_topic;
    struct eb_span correlation_data;
    int8_t payload_format; /* payload format indicator: 0, 1, or -1 when not sent */
    uint32_t expiry_s;     /* message expiry interval of a copy; 0: none */
    uint32_t user_count;
    const struct eb_user_property *user;
    bool is_over_limit; /* more were sent than limits.h allows: what is here is not all */
};

/* What the broker keeps of a publisher when its connection is lost, as far as a plugin knows. */
enum eb_session {
    EB_SESSION_NONE, /* nothing, or it is not a publisher's: nothing is sent again */
    EB_SESSION_NEW,  /* it began with this connection and may outlast it */
    EB_SESSION_KEPT, /* it may have begun with an earlier one, and outlast this */
};

struct eb_message {
    struct eb_span topic;
    struct eb_span payload; /* ptr NULL and len 0 when empty */
    struct eb_span client_id;
    struct eb_span username; /* ptr NULL: anonymous */
    uint8_t protocol;        /* 3 (MQTT 3.1), 4 (3.1.1) or 5 */
    uint8_t qos;
    bool is_retain;
    bool is_will;          /* a last will: its client is gone, and nobody waits for an answer */
    bool hides_properties; /* it may have had any: the broker keeps them to itself */
    enum eb_session session;
    bool is_bridge;      /* it came over a bridge that the broker itself connects */
    int64_t received_us; /* microseconds since 1970-01-01 UTC */
    struct eb_properties properties;
};

/* A message the engine wants published. The topic has been checked: the broker does not. */
struct eb_publish {
    struct eb_span topic;
    struct eb_span payload;
    struct eb_span client_id; /* to this connected client alone; ptr NULL: to all who subscribe */
    uint8_t qos;
    bool is_retain;
    struct eb_properties properties;
};

#endif
