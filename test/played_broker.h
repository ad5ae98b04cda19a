/*
 * played_broker.h - the broker's side of the plugin interface, played in the test program.
 *
 * It keeps what the plugin registers, logs and publishes, and hands it MESSAGE events. Properties
 * are libmosquitto's, which are the same as 2.0's. What the plugin asks of the broker's memory
 * comes from a static pool, so that a watched heap sees the plugin's own calls alone.
 */
#ifndef EB_PLAYED_BROKER_H
#define EB_PLAYED_BROKER_H

#include <stdbool.h>
#include <stddef.h>

#include "broker.h"

/* What a client is to the accessors. */
struct played_client {
    const char *id;
    const char *username;
    int protocol;
    bool is_bridge;
    bool is_clean; /* its session began with the connection */
};

struct played_publish {
    char client[64]; /* "": to all */
    char topic[256]; /* longer ones are cut; topic_len tells */
    size_t topic_len;
    void *payload;
    int payload_len;
    int qos;
    bool is_retain;
    mosquitto_property *properties;
};

enum { PLAYED_LINES_MAX = 64, PLAYED_PUBLISHES_MAX = 512 };

struct played_broker {
    int publish_answer;    /* of mosquitto_broker_publish() */
    bool is_out_of_memory; /* mosquitto_malloc() */
    char lines[PLAYED_LINES_MAX][1200];
    int levels[PLAYED_LINES_MAX];
    int line_count;
    struct played_publish publishes[PLAYED_PUBLISHES_MAX];
    int publish_count; /* successful ones */
    int publish_calls;
};

extern struct played_broker played_broker;

/* Forgets lines and publishes, freeing what it took over; registered callbacks stay. */
void played_broker_forget(void);

/* Whether some line of the log holds `text`. */
bool played_broker_has_logged(const char *text);

/*
 * Hands `payload` to the plugin's MESSAGE callback as the broker would; `*topic_after` (may be
 * NULL) is then the topic it left behind. Returns the callback's answer.
 */
struct played_message {
    const char *topic;
    const char *payload;
    int qos;
    bool is_retain;
    mosquitto_property *properties; /* borrowed */
};
int played_broker_message(const struct played_message *message, char topic_after[64]);
int played_broker_tick(void);

/*
 * A request on the control topic, of the same client, called Erika, at 127.0.0.1; ticks until its
 * answer comes, which is cut to fit. False: none came.
 */
bool played_broker_command(const char *request, char *answer, size_t bytes);

/* Ticks until the log says either text; which is given. NULL: it says neither. */
const char *played_broker_await(const char *text, const char *other);
int played_broker_reload(void);

#endif
