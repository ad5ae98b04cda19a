/*
 * worker.h - the thread that does what may take its time: compiling, reading and writing files.
 *
 *     broker's thread                         worker's thread
 *     eb_worker_ask(job)           ───►       runs the job
 *     eb_worker_run_errand()       ◄───       eb_worker_send(errand), which waits until it is done
 *
 * A job is one of a few things the worker can do; asking for one that is waiting already changes
 * nothing. An errand is what only the broker's thread may do for it: swap a pointer, publish, log.
 * One errand is on its way at a time.
 *
 * The worker never calls the broker. Whatever one thread allocates it frees itself: the broker's
 * thread must not wait for a lock of the heap while the worker, which runs at a lower priority, has
 * been put aside holding it.
 *
 * The thread is created when it is first asked for something: in a process that has ever had two
 * threads the C library takes dearer ways through every system call and allocation, about 700
 * instructions a message, and many brokers never reload. What is short may be run without it.
 */
#ifndef EB_PLUGIN_WORKER_H
#define EB_PLUGIN_WORKER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* In the order in which the worker takes them up. */
enum eb_job {
    EB_JOB_RELOAD,
    EB_JOB_CONTROL,
    EB_JOB_BULLETIN,
    EB_JOBS,
};

struct eb_errand {
    /*
     * On the broker's thread; `plugin` is what eb_worker_run_errand() was given. False: there is
     * more to do, in a later callback. The errand is then still borrowed.
     */
    bool (*run)(struct eb_errand *errand, void *plugin);
};

struct eb_worker {
    pthread_t thread;
    bool has_thread;
    void *here;        /* what errands are given while a job runs on the broker's thread, or NULL */
    sem_t wake;        /* a job is asked for, or the end has come */
    sem_t errand_done; /* the same about errands */
    void (*const *jobs)(void *context);
    void *context;
    atomic_uint asked;                  /* a bit for each job */
    _Atomic(struct eb_errand *) errand; /* NULL: there is none */
    atomic_bool is_stopping;
};

/*
 * Makes a zeroed worker ready. `jobs`, EB_JOBS of them, and `context` are borrowed until
 * eb_worker_stop(). False when the system gives no semaphore.
 */
bool eb_worker_start(
    struct eb_worker *worker, void (*const jobs[EB_JOBS])(void *context), void *context);

/* Lets the job at hand come to its end, and no errand any more. */
void eb_worker_stop(struct eb_worker *worker);

/* ---- the broker's thread; none of these blocks ---- */

/* False when the system gives no thread now. */
bool eb_worker_ask(struct eb_worker *worker, enum eb_job job);

/*
 * Runs the job here and now, while there is no thread. An errand of it that is not done at once
 * goes on in later callbacks, after the job has ended: it must be the job's last, and what it
 * borrows must stay until another job is run. That does nothing before the errand is done.
 */
void eb_worker_run_here(struct eb_worker *worker, enum eb_job job, void *plugin);

/* Goes on with the errand, if there is one. One load when there is none. */
static inline void eb_worker_run_errand(struct eb_worker *worker, void *plugin)
{
    struct eb_errand *errand = atomic_load_explicit(&worker->errand, memory_order_acquire);
    if (__builtin_expect(!errand, 1) || !errand->run(errand, plugin))
        return;
    atomic_store_explicit(&worker->errand, NULL, memory_order_release);
    sem_post(&worker->errand_done);
}

/* ---- the worker's thread ---- */

/*
 * Waits until `errand` is done; in a job that is run on the broker's thread, begins it. False when
 * the end came first: then it is not done, or only in part.
 */
bool eb_worker_send(struct eb_worker *worker, struct eb_errand *errand);

#endif
