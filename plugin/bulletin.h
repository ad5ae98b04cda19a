/*
 * bulletin.h - the statistics, told each interval: as retained messages below
 * $SYS/broker/event-bus/, and as a text file for Prometheus.
 *
 * The broker's thread copies what it alone may read (an errand); all else is the worker's: finding
 * the busiest among a million rules, writing the file, and comparing with what was told last. Only
 * what changed is published; what is no longer told is cleared. Where that is brief, it needs no
 * second thread.
 */
#ifndef EB_PLUGIN_BULLETIN_H
#define EB_PLUGIN_BULLETIN_H

#include "base/arena.h"
#include "bus/statistics.h"
#include "mail.h"
#include "publish.h"
#include "reload.h"
#include "worker.h"

#define EB_BULLETIN_TOPIC "$SYS/broker/event-bus/"

/* What was told, by topic, in bytewise order. */
struct eb_bulletin_list {
    struct eb_arena arena;
    struct eb_bulletin_entry {
        struct eb_span topic, value;
    } * items;
    size_t count;
    size_t room;
    bool is_out_of_memory;
};

/* The worker's, but for `observation`. */
struct eb_bulletin {
    struct eb_worker *worker;
    struct eb_publisher *publisher;
    const struct eb_reload *reload;
    const struct eb_observation *observation; /* the broker's thread's */
    struct eb_statistics statistics;          /* the latest copy */
    int64_t began_ns;
    struct eb_bulletin_list told;
    struct eb_bulletin_list before; /* what was told the time before: `mail` may still borrow it */
    struct eb_publish *changes;     /* the mail's */
    struct eb_mail mail;
    int file_error; /* an errno: of the last time the file was written */
};

/* Everything is borrowed until eb_bulletin_release(). */
void eb_bulletin_init(struct eb_bulletin *bulletin, struct eb_worker *worker,
    struct eb_publisher *publisher, const struct eb_reload *reload,
    const struct eb_observation *observation);
void eb_bulletin_release(struct eb_bulletin *bulletin);

/* Brings bulletin->statistics up to date. False when the end has come. */
bool eb_bulletin_gather(struct eb_bulletin *bulletin);

/* Tells them: the worker's job. */
void eb_bulletin_run(struct eb_bulletin *bulletin);

/* Whether that takes less than a millisecond, and no file. */
bool eb_bulletin_is_brief(const struct eb_snapshot *snapshot);

#endif
