/*
 * publish.h - hands a message of the engine's to the broker.
 *
 * The broker checks nothing of what a plugin publishes: a bad topic corrupts packets or wedges a
 * bridge for good. Here is the last gate.
 */
#ifndef EB_PLUGIN_PUBLISH_H
#define EB_PLUGIN_PUBLISH_H

#include "base/limits.h"
#include "base/message.h"

/* Strings as the broker wants them, ended by NUL. */
struct eb_publisher {
    char first[EB_TOPIC_BYTES_MAX + 1];
    char second[EB_TOPIC_BYTES_MAX + 1];
};

/*
 * Queues `publish`, which is copied; it goes out at the top of the broker's next loop. Allocates
 * what the broker takes over, nothing else. Returns one of MOSQ_ERR_*, nothing published unless
 * MOSQ_ERR_SUCCESS.
 */
int eb_publish_send(struct eb_publisher *publisher, const struct eb_publish *publish);

#endif
