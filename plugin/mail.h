/*
 * mail.h - what the worker has published: an errand that takes as many callbacks as it needs.
 */
#ifndef EB_PLUGIN_MAIL_H
#define EB_PLUGIN_MAIL_H

#include <stddef.h>

#include "publish.h"
#include "worker.h"

/* Filled in by the worker, and its own again when eb_worker_send() has returned. */
struct eb_mail {
    struct eb_errand errand;
    struct eb_publisher *publisher;
    const struct eb_publish *items;
    size_t count;
    size_t next;
    const char *line; /* for the log, before all; NULL: none */
    int line_level;   /* one of MOSQ_LOG_* */
};

/* Nothing to publish yet, nothing to log. */
void eb_mail_init(struct eb_mail *mail, struct eb_publisher *publisher);

/* A message without properties, for whoever subscribes. Everything is borrowed. */
struct eb_publish eb_mail_item(struct eb_span topic, struct eb_span payload);

#endif
