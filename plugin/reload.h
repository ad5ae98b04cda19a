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
#include "store/managed.h"
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
    struct eb_managed_claim claim;
};

/*
 * Reads the first configuration, here and now; everything is borrowed until eb_reload_end(). False,
 * logged, when it is bad.
 */
bool eb_reload_first(struct eb_reload *reload, struct eb_worker *worker, const char *path,
    struct eb_figures_registry *figures, const struct eb_snapshot **in_force);

/* After the worker has stopped. */
void eb_reload_end(struct eb_reload *reload);

/*
 * Reads `path` again and puts it in force, or logs what is wrong: the worker's job. What came of it
 * is in `*build`, which then no longer holds what is in force; release it.
 */
void eb_reload_run(struct eb_reload *reload, struct eb_build *build);
void eb_build_release(struct eb_build *build);

/* Something to be asked of a configuration beyond its being sound. */
struct eb_reload_approval {
    void (*check)(void *context, const struct eb_loaded *next, struct eb_diag_list *diags);
    void *context;
};

/*
 * Reads `path` as it is and with `change`; if that is sound and `approval` (NULL: none is needed)
 * adds no error, writes the change and puts the whole in force. False: nothing has changed, and why
 * is in `build->diags`; that is neither logged nor recorded. Release `*build` either way.
 */
bool eb_reload_change(struct eb_reload *reload, const struct eb_managed_change *change,
    const struct eb_reload_approval *approval, struct eb_build *build);

#endif
