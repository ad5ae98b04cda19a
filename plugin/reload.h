/*
 * reload.h - the configuration in force, and how another takes its place.
 *
 * The worker reads and compiles; the broker's thread swaps one pointer (`*in_force`) in whatever
 * callback comes next; the worker then frees what was in force before. A bad configuration changes
 * nothing but the record of what is wrong with it.
 *
 * Everything here belongs to the worker's thread but for `*in_force`, and but for
 * eb_reload_first(), which runs before there is a worker.
 */
#ifndef EB_PLUGIN_RELOAD_H
#define EB_PLUGIN_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "bus/figures.h"
#include "bus/statistics.h"
#include "store/store.h"
#include "worker.h"

/* What came of reading and compiling a configuration. */
struct eb_build {
    struct eb_loaded loaded; /* usable when `is_good` */
    struct eb_diag_list diags;
    bool is_good;
    int64_t took_us;
};

struct eb_reload {
    struct eb_worker *worker;
    const char *path;
    struct eb_figures_registry *figures;
    const struct eb_snapshot **in_force; /* what the broker's thread serves from */
    struct eb_loaded loaded;             /* what that is part of */
    struct eb_reload_record record;
};

/*
 * Reads the first configuration, here and now; everything is borrowed until eb_reload_end(). False,
 * logged, when it is bad.
 */
bool eb_reload_first(struct eb_reload *reload, struct eb_worker *worker, const char *path,
    struct eb_figures_registry *figures, const struct eb_snapshot **in_force);

/* After the worker has stopped. */
void eb_reload_end(struct eb_reload *reload);

/* Reads `path` again and puts it in force, or logs what is wrong: the worker's job. */
void eb_reload_run(struct eb_reload *reload);

#endif
