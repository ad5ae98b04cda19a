/*
 * reload.h - the builder: a thread that compiles configurations while the broker goes on serving.
 *
 *     broker's thread          state        builder's thread
 *     eb_reload_ask()    ───►  IDLE    ───► reads the files, compiles
 *     eb_reload_take()   ◄───  READY   ◄─── a build is finished, good or bad
 *     eb_reload_return() ───►  SPENT   ───► frees what is in it: the configuration of before
 *
 * One build is on its way at a time; asking while it is makes one more follow it, however often.
 * The builder never calls the broker: what is to be logged travels in the build. No function here
 * blocks but the first and the last.
 */
#ifndef EB_PLUGIN_RELOAD_H
#define EB_PLUGIN_RELOAD_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "bus/figures.h"
#include "store/store.h"

/* What came of reading and compiling a configuration. */
struct eb_build {
    struct eb_loaded loaded; /* usable when `is_good` */
    struct eb_diag_list diags;
    bool is_good;
    int64_t took_us;
};

/* Reads and compiles `path`, here and now. */
void eb_build_run(struct eb_build *build, const char *path, struct eb_figures_registry *figures);
void eb_build_release(struct eb_build *build);

enum eb_reload_state {
    EB_RELOAD_IDLE,
    EB_RELOAD_READY,
    EB_RELOAD_SPENT,
};

struct eb_reload {
    pthread_t thread;
    sem_t wake;
    const char *path;
    struct eb_figures_registry *figures;
    struct eb_build build; /* belongs to the broker's thread while READY, else to the builder */
    _Atomic(enum eb_reload_state) state;
    atomic_bool is_asked;
    atomic_bool is_stopping;
};

/*
 * Starts the builder. `path` and `figures` are borrowed until eb_reload_stop(); while it runs,
 * `figures` gets cells from the builder alone. False when the system gives no thread.
 */
bool eb_reload_start(
    struct eb_reload *reload, const char *path, struct eb_figures_registry *figures);

/* Waits for a build that is being made, and frees what is left. */
void eb_reload_stop(struct eb_reload *reload);

void eb_reload_ask(struct eb_reload *reload);

/* A finished build, or NULL: borrowed until eb_reload_return(). One load when there is none. */
static inline struct eb_build *eb_reload_take(struct eb_reload *reload)
{
    bool is_ready = atomic_load_explicit(&reload->state, memory_order_acquire) == EB_RELOAD_READY;
    return is_ready ? &reload->build : NULL;
}

/* Gives the build back, with whatever is in it, to be freed by the builder. */
void eb_reload_return(struct eb_reload *reload);

#endif
