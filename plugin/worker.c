#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    /* Documents nest to EB_DEPTH_MAX and are walked recursively; some C libraries give threads far
     * less than this. Address space, not memory. */
    STACK_BYTES = 8 * 1024 * 1024,
    /* A tenth of what the broker's thread gets where both want one core. */
    NICER = 10,
};

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR) {
    }
}

/* On Linux a thread has a priority of its own, whatever POSIX says of processes. */
static void give_way(void)
{
    id_t self = (id_t)gettid();
    (void)setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + NICER);
}

static void *work(void *context)
{
    struct eb_worker *worker = context;
    give_way();
    for (;;) {
        wait_for(&worker->wake);
        unsigned asked = atomic_exchange(&worker->asked, 0);
        for (unsigned job = 0; job < EB_JOBS; job++) {
            if (atomic_load(&worker->is_stopping))
                return NULL;
            if (asked & 1U << job)
                worker->jobs[job](worker->context);
        }
    }
}

/* Signals are the broker's: its handlers run on its own thread only. */
static int create_thread(struct eb_worker *worker)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int rc = pthread_attr_init(&attributes);
    if (rc)
        return rc;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&worker->thread, &attributes, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return rc;
}

bool eb_worker_start(
    struct eb_worker *worker, void (*const jobs[EB_JOBS])(void *context), void *context)
{
    worker->jobs = jobs;
    worker->context = context;
    if (sem_init(&worker->wake, 0, 0) != 0)
        return false;
    if (sem_init(&worker->errand_done, 0, 0) == 0)
        return true;
    sem_destroy(&worker->wake);
    return false;
}

void eb_worker_stop(struct eb_worker *worker)
{
    atomic_store(&worker->is_stopping, true);
    sem_post(&worker->wake);
    sem_post(&worker->errand_done);
    if (worker->has_thread)
        pthread_join(worker->thread, NULL);
    sem_destroy(&worker->errand_done);
    sem_destroy(&worker->wake);
}

bool eb_worker_ask(struct eb_worker *worker, enum eb_job job)
{
    if (!worker->has_thread) {
        if (create_thread(worker) != 0)
            return false;
        worker->has_thread = true;
        pthread_setname_np(worker->thread, "event-bus");
    }
    atomic_fetch_or(&worker->asked, 1U << job);
    sem_post(&worker->wake);
    return true;
}

void eb_worker_run_here(struct eb_worker *worker, enum eb_job job, void *plugin)
{
    if (atomic_load(&worker->errand))
        return;
    worker->here = plugin;
    worker->jobs[job](worker->context);
    worker->here = NULL;
}

/* False: the end has come first. */
static bool wait_for_errand(struct eb_worker *worker)
{
    while (atomic_load(&worker->errand) && !atomic_load(&worker->is_stopping))
        wait_for(&worker->errand_done);
    return !atomic_load(&worker->errand);
}

bool eb_worker_send(struct eb_worker *worker, struct eb_errand *errand)
{
    if (worker->here) {
        if (!errand->run(errand, worker->here))
            atomic_store(&worker->errand, errand);
        return true;
    }
    if (!wait_for_errand(worker)) /* one that a job left behind which was run without the thread */
        return false;
    atomic_store(&worker->errand, errand);
    wait_for_errand(worker);
    return !atomic_exchange(&worker->errand, NULL);
}
