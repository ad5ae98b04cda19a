/*
 * resend.h - the QoS 2 events that their publishers may send again.
 *
 * A publisher whose connection is lost, and whose session is kept, sends its unacknowledged
 * PUBLISHes again when it is back, in their order (MQTT 5 §4.4, §4.6). The broker tells by the
 * message id that it has them; a plugin is told neither message id nor DUP, and sees events that
 * are like others. So those are taken to be sent again that are, byte for byte, among the last a
 * client sent before it was lost, and come, in that order, at the beginning of its next connection:
 *
 *     connection 1     a  b  c  b  ╳ lost
 *     connection 2     x  b  c  b  b        x and the last b are new, the others were there before
 *                         └──┴──┘
 *
 * Never within one connection, and never after a goodbye, where the broker tells of one. How many
 * events of a client: as many as it may have in flight. How old: what it sent before it last let
 * the broker know that it is alive has been acknowledged, so twice its keep alive before it was
 * lost, and at most twice EB_RESEND_KEEPALIVE_MAX_S. How soon: within a time of the loss, and then
 * without longer pauses than EB_RESEND_PAUSE_S. Others may come in between: libraries send what is
 * new before what is old.
 *
 * What is wrong with it: an event that is like one its publisher sent just before it was lost, and
 * comes just after, is new all the same if that one had been acknowledged. Mosquitto 2.0 does not
 * tell a goodbye from a loss; there this goes for connections that ended well, too.
 *
 * Persistence events of 2.1 tell message ids and when they are released, yet not of a PUBLISH
 * before it is decided. They are not used: the broker refuses them to plugins wherever
 * `persistence` is true, and says that they may change with any version, which nothing tells at run
 * time.
 *
 * Room for EB_RESEND_EVENTS_MAX events of all clients is taken at start; the oldest gives way.
 * Clients and events are 128 bits of a keyed hash each. Time is the system's, and may be set back.
 * All on one thread.
 */
#ifndef EB_BUS_RESEND_H
#define EB_BUS_RESEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/message.h"

struct eb_resend;

/* Given: free it. NULL without memory. */
struct eb_resend *eb_resend_new(void);
void eb_resend_free(struct eb_resend *resend);

/* A client is one that its user has connected: another user's of the same id is another. */
struct eb_digest eb_resend_client(struct eb_span client_id, struct eb_span username);

/* ---- what becomes of connections ---- */

/*
 * The client's connection is over, and its session may be kept; `keepalive_s` 0: none. Once more
 * before it is back changes nothing.
 */
void eb_resend_lose(
    struct eb_resend *resend, struct eb_digest client, uint32_t keepalive_s, int64_t now_us);
bool eb_resend_is_lost(const struct eb_resend *resend, struct eb_digest client);

/* It said goodbye, or its session is over: it will send nothing again. */
void eb_resend_forget(struct eb_resend *resend, struct eb_digest client);

/* It has connected again, where it had a session. Who sends without this had none. */
void eb_resend_connect(
    struct eb_resend *resend, struct eb_digest client, int64_t within_us, int64_t now_us);

/*
 * A message of any QoS, before it is decided: the first says whether the client went on with its
 * session. Costs nothing unless somebody has just connected again.
 */
void eb_resend_meet(struct eb_resend *resend, const struct eb_message *message);

/* ---- its events ---- */

/* A QoS 2 event. */
struct eb_resend_event {
    struct eb_digest client;
    struct eb_digest content; /* all of it that is sent again alike */
    int64_t now_us;
};

/* An event as it was when it came first. */
struct eb_sent {
    struct eb_digest content;
    uint8_t answer; /* what the broker was told: enum eb_verdict */
};

/* What the event was sent as before; NULL: it is new. Borrowed until anything here changes. */
const struct eb_sent *eb_resend_find(
    const struct eb_resend *resend, const struct eb_resend_event *event);

/* It was, as was just found. */
void eb_resend_repeat(struct eb_resend *resend, const struct eb_resend_event *event);

/*
 * It was not: remembered, beside at most `in_flight` - 1 others of the client, and as many that may
 * come again. True when the oldest of all had to go for it.
 */
bool eb_resend_add(struct eb_resend *resend, const struct eb_resend_event *event, uint8_t answer,
    uint32_t in_flight);

/* Whether all that hangs together does, and how many events there are. For tests. */
bool eb_resend_check(const struct eb_resend *resend);
uint32_t eb_resend_count(const struct eb_resend *resend);

#endif
