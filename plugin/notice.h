/*
 * notice.h - what the broker's log says about single events.
 *
 * Devices cause these lines, so they are rationed, and every byte of theirs is escaped.
 */
#ifndef EB_PLUGIN_NOTICE_H
#define EB_PLUGIN_NOTICE_H

#include "base/message.h"
#include "bus/outcome.h"
#include "log.h"

/* An event that was not simply delivered: what became of it, and the first reason why. */
void eb_notice_outcome(struct eb_log_budget *budget, const struct eb_message *message,
    const struct eb_outcome *outcome);

/* A copy or dead letter that the broker would not take; `code` is one of MOSQ_ERR_*. */
void eb_notice_unsent(struct eb_log_budget *budget, const struct eb_message *message,
    const struct eb_dispatch *dispatch, int code);

/* A will that is sent, if it is one, but has more properties than can be kept to route it. */
void eb_notice_unrouted(struct eb_log_budget *budget, const struct eb_message *message);

#endif
