/*
 * warden.h - the operator: who has the configuration read again, by signal and by command, and
 * changes it meanwhile: a file of the directory, and rules of the managed layer.
 */
#ifndef EB_SOAK_WARDEN_H
#define EB_SOAK_WARDEN_H

#include <sys/types.h>

#include "line.h"

enum { ANSWER_BYTES = 256 * 1024 };

struct warden {
    struct line line;
    pid_t broker;
    const char *directory;          /* of the configuration; NULL: there is no bus, only signals */
    bool is_subscribed, is_waiting; /* for an answer */
    uint64_t turn, signals, commands, failures;
    char answer[ANSWER_BYTES]; /* the last */
};

void warden_init(struct warden *self, pid_t broker, const char *directory);

/* The next reload or change; nothing while the last one is not answered. */
void warden_act(struct warden *self);

/* Sends a command; its answer is there when is_waiting has become false. */
void warden_ask(struct warden *self, const char *command);

/* A figure of the answer to getStatistics; UINT64_MAX: it is not there. */
uint64_t warden_figure(const struct warden *self, const char *path);

#endif
