/*
 * soak.h - one run: everybody who takes part, and the loop that moves them.
 *
 * Forty times there is a pause: nothing is sent until all that was is acknowledged and has
 * arrived. What has not come when patience ends is lost. The broker's memory is read in the
 * pauses, when nothing waits in it.
 */
#ifndef EB_SOAK_SOAK_H
#define EB_SOAK_SOAK_H

#include "publisher.h"
#include "subscriber.h"
#include "warden.h"

enum {
    VISITORS = 2,
    PAUSES = 40,
    MEMORY_MAX = PAUSES + 1,
};

struct soak_plan {
    const char *port;
    pid_t broker;
    const char *directory; /* of the configuration; NULL: without the bus */
    uint32_t events;       /* in all */
    uint32_t patience_s;
    bool loses_connections;
    bool is_quiet;
    bool judges_memory;
};

struct soak {
    struct soak_plan plan;
    struct book book;
    struct publisher publishers[PUBLISHERS];
    struct subscriber subscribers[STREAMS], visitors[VISITORS];
    struct warden warden;
    int64_t away_until_ns[PUBLISHERS + STREAMS];
    int64_t visit_ends_ns[VISITORS];
    int64_t next_loss_ns, next_act_ns;
    uint64_t random;
    int epoll;
    uint64_t lost_by_publishers, lost_by_subscribers, visits;
    long memory_kib[MEMORY_MAX];
    /* what the broker had to serve until each pause; known to leak in some versions */
    uint64_t returns[MEMORY_MAX], subscriptions[MEMORY_MAX];
    int pause_count;
    double seconds;
};

/* False when something never came. */
bool soak_run(struct soak *soak, const struct soak_plan *plan);
void soak_release(struct soak *soak);

/* Prints what came of it and what is wrong; true when nothing is. */
bool soak_report(struct soak *soak);

#endif
