/*
 * scenario.h - who takes part in the demo, which events are published, and what must come of each.
 *
 * It is written for the example configuration (config/, schemas/).
 */
#ifndef EB_DEVICES_SCENARIO_H
#define EB_DEVICES_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct eb_device {
    const char *name;
    bool is_v5;
};

struct eb_service {
    const char *name;
    const char *filter;
};

/* What becomes of an event itself; copies and dead letters come beside it. */
enum eb_fate {
    EB_FATE_DELIVERED, /* to everybody who subscribes to its topic */
    EB_FATE_REFUSED,   /* to nobody, and the publisher is told as well as its protocol can tell */
    EB_FATE_SET_ASIDE, /* to nobody, and the publisher is told that all is well */
    EB_FATE_TAKEN,     /* the same, because its rules take it in */
    EB_FATE_CUT_OFF,   /* to nobody, and the publisher is disconnected */
};

/* A copy that one service must get. */
struct eb_expected_copy {
    const char *service;
    const char *topic;
    const char *payload; /* NULL: the event's own, byte for byte */
};

enum { EB_COPIES_MAX = 4 };

struct eb_step {
    const char *title;
    const char *device;
    const char *topic;
    struct eb_span payload;
    int qos;
    enum eb_fate fate;
    const char *reason; /* of the dead letter; NULL when there must be none */
    const char *where;  /* the instance location that one of its faults names; NULL: any */
    struct eb_expected_copy copies[EB_COPIES_MAX];
    bool is_worth_trying; /* one of those that a person is invited to publish */
};

extern const struct eb_device eb_devices[];
extern const size_t eb_device_count;
extern const struct eb_service eb_services[];
extern const size_t eb_service_count;
extern const struct eb_step eb_steps[];
extern const size_t eb_step_count;

/* What an ordinary subscriber, which knows nothing of the bus, listens to. */
extern const char *const eb_logbook_filters[];
extern const size_t eb_logbook_filter_count;

#define EB_LETTERS_FILTER "$event-bus/dead-letter/#"

/* "delivered", "refused", … Static. */
const char *eb_fate_name(enum eb_fate fate);

#endif
