/*
 * watchers.h - clients that watch events go by: a line for each on $CONTROL/event-bus/v1/verdicts.
 *
 * A watcher asks by command (`watchVerdicts`) and is sent lines, to it alone, for the seconds it
 * asked for or until it disconnects. Nobody watches: an event costs one look at a counter. What is
 * sent a second is bounded, in lines and in bytes; how many lines were left out is said once the
 * second is over.
 *
 * Everything here is the broker's thread's.
 */
#ifndef EB_PLUGIN_WATCHERS_H
#define EB_PLUGIN_WATCHERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "broker.h"
#include "bus/verdict_line.h"
#include "publish.h"

#define EB_WATCHERS_TOPIC "$CONTROL/event-bus/v1/verdicts"

/* What a watcher asks for. */
struct eb_watch_order {
    struct eb_verdict_filter filter;
    uint32_t seconds; /* 0: no more */
    uint32_t lines_per_second;
};

struct eb_watcher {
    const struct mosquitto *client; /* NULL: this place is free */
    char *texts;                    /* of the client's id and the filter; its own */
    struct eb_span client_id;
    struct eb_watch_order order;
    int64_t until_ns;
    int64_t second; /* of the counts that follow */
    uint32_t lines;
    uint32_t bytes;
    uint64_t left_out; /* nothing was said of these yet */
};

struct eb_watchers {
    struct eb_publisher *publisher;
    uint32_t count;
    struct eb_watcher watchers[EB_WATCH_CLIENTS_MAX];
    char line[EB_WATCH_LINE_BYTES];
};

/* Makes zeroed watchers ready. `publisher` is borrowed until eb_watchers_release(). */
void eb_watchers_init(struct eb_watchers *watchers, struct eb_publisher *publisher);
void eb_watchers_release(struct eb_watchers *watchers);

/*
 * Begins, changes or ends what `client` watches; `order` is copied. NULL, or why it cannot be:
 * static.
 */
const char *eb_watchers_order(struct eb_watchers *watchers, const struct mosquitto *client,
    struct eb_span client_id, const struct eb_watch_order *order);

/* The client has disconnected. */
void eb_watchers_forget(struct eb_watchers *watchers, const struct mosquitto *client);

/* The slow half of what follows. */
void eb_watchers_send(struct eb_watchers *watchers, const struct eb_message *message,
    const struct eb_outcome *outcome);
void eb_watchers_settle(struct eb_watchers *watchers);

/* Tells an event to who watches. Touches the heap only in the broker. */
static inline void eb_watchers_tell(struct eb_watchers *watchers, const struct eb_message *message,
    const struct eb_outcome *outcome)
{
    if (__builtin_expect(watchers->count > 0, 0))
        eb_watchers_send(watchers, message, outcome);
}

/* Says what was left out, and ends what is over: when the broker ticks. */
static inline void eb_watchers_tick(struct eb_watchers *watchers)
{
    if (__builtin_expect(watchers->count > 0, 0))
        eb_watchers_settle(watchers);
}

#endif
