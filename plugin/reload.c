#include "reload.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum {
    /* Documents nest to EB_DEPTH_MAX and are walked recursively; some C libraries give threads far
     * less than this. Address space, not memory. */
    STACK_BYTES = 8 * 1024 * 1024,
};

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void eb_build_run(struct eb_build *build, const char *path, struct eb_figures_registry *figures)
{
    int64_t start_us = monotonic_us();
    *build = (struct eb_build){ 0 };
    eb_diag_list_init(&build->diags);
    build->is_good = eb_store_load(&build->loaded, path, figures, &build->diags);
    build->took_us = monotonic_us() - start_us;
}

void eb_build_release(struct eb_build *build)
{
    eb_loaded_free(&build->loaded);
    eb_diag_list_release(&build->diags);
}

static void wait_for(sem_t *wake)
{
    while (sem_wait(wake) != 0 && errno == EINTR) {
    }
}

static void *build_when_asked(void *context)
{
    struct eb_reload *reload = context;
    for (;;) {
        wait_for(&reload->wake);
        enum eb_reload_state state = atomic_load(&reload->state);
        if (state == EB_RELOAD_SPENT) {
            eb_build_release(&reload->build);
            state = EB_RELOAD_IDLE;
            atomic_store(&reload->state, state);
        }
        if (atomic_load(&reload->is_stopping))
            return NULL;
        if (state == EB_RELOAD_IDLE && atomic_exchange(&reload->is_asked, false)) {
            eb_build_run(&reload->build, reload->path, reload->figures);
            atomic_store(&reload->state, EB_RELOAD_READY);
        }
    }
}

/* Signals are the broker's: its handlers run on its own thread only. */
static int create_thread(struct eb_reload *reload)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int rc = pthread_attr_init(&attributes);
    if (rc)
        return rc;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&reload->thread, &attributes, build_when_asked, reload);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return rc;
}

bool eb_reload_start(
    struct eb_reload *reload, const char *path, struct eb_figures_registry *figures)
{
    *reload = (struct eb_reload){ .path = path, .figures = figures };
    if (sem_init(&reload->wake, 0, 0) != 0)
        return false;
    if (create_thread(reload) != 0) {
        sem_destroy(&reload->wake);
        return false;
    }
    pthread_setname_np(reload->thread, "event-bus");
    return true;
}

void eb_reload_stop(struct eb_reload *reload)
{
    atomic_store(&reload->is_stopping, true);
    sem_post(&reload->wake);
    pthread_join(reload->thread, NULL);
    sem_destroy(&reload->wake);
    if (atomic_load(&reload->state) != EB_RELOAD_IDLE)
        eb_build_release(&reload->build);
}

void eb_reload_ask(struct eb_reload *reload)
{
    atomic_store(&reload->is_asked, true);
    sem_post(&reload->wake);
}

void eb_reload_return(struct eb_reload *reload)
{
    atomic_store(&reload->state, EB_RELOAD_SPENT);
    sem_post(&reload->wake);
}
