/*
 * load.h - one run: publishers, subscribers, a broker between them.
 *
 * Without a rate the loop is closed: at most `window` events are under way, and the broker sets the
 * pace; QoS 0 is held back by a PINGREQ now and then, which the broker answers when it has read
 * all before it. With a rate the loop is open: every event has its time, whatever became of the
 * events before, and latencies count from that time, so that a broker that stands still is
 * not spared the events that would have come meanwhile.
 */
#ifndef EB_LOAD_LOAD_H
#define EB_LOAD_LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ledger.h"
#include "sample_event.h"

enum {
    LOAD_PROCESSES_MAX = 8,
    LOAD_PUBLISHERS_MAX = 1000,
};

struct load_plan {
    const char *host, *port;
    const char *username, *password; /* NULL: none */
    int protocol;                    /* 4 or 5 */
    const char *topic;               /* "%" stands for the publisher's number */
    size_t publisher_count;
    const char *filters[LEDGER_SUBSCRIPTIONS_MAX]; /* each a subscriber of its own */
    size_t filter_count;
    int qos;
    double rate;     /* events a second in all; 0: as many as the broker takes */
    uint64_t window; /* closed loop: events under way at most */
    uint64_t events; /* to send; 0: as many as there is time for */
    double warm_up_s, measured_s;
    pid_t processes[LOAD_PROCESSES_MAX]; /* whose time is taken */
    size_t process_count;
    struct sample_event event; /* its number changes */
};

/* Of the measured time, from the end of the warm-up to the last event sent. */
struct load_result {
    struct ledger ledger; /* settled; close it */
    double seconds;
    uint64_t events; /* that came back to all subscribers, or were sent where there are none */
    int64_t process_ns[LOAD_PROCESSES_MAX], process_waited_ns[LOAD_PROCESSES_MAX];
    uint64_t refused; /* acknowledged with an error (MQTT 5) */
};

void load_run(struct load_plan *plan, struct load_result *result);

#endif
