#include "progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "terminal.h"

enum {
    FIRST_MS = 500, /* what is done by then needs no line */
    AGAIN_MS = 250,
    MS_PER_S = 1000,
    NS_PER_MS = 1000 * 1000,
};

/* One thread shows the line while another works. */
static struct {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned depth; /* work within work */
    bool is_running;
    bool is_over;
    bool is_shown;
    char what[128];
} progress = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* With the mutex held; returns early when the work is over. */
static void wait_until(int64_t ms)
{
    struct timespec until = { ms / MS_PER_S, ms % MS_PER_S * NS_PER_MS };
    while (!progress.is_over && eb_clock_monotonic_ms() < ms)
        pthread_cond_timedwait(&progress.changed, &progress.mutex, &until);
}

/* With the mutex held. */
static void wipe_out(void)
{
    if (progress.is_shown)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    progress.is_shown = false;
}

static void *show(void *unused)
{
    int64_t start = eb_clock_monotonic_ms(), next = start + FIRST_MS;
    (void)unused;
    pthread_mutex_lock(&progress.mutex);
    for (wait_until(next); !progress.is_over; wait_until(next += AGAIN_MS)) {
        fputs("\r\033[K", stderr);
        print_escaped(stderr, eb_span_of(progress.what));
        fprintf(stderr, " … %lld s", (long long)(eb_clock_monotonic_ms() - start) / MS_PER_S);
        fflush(stderr);
        progress.is_shown = true;
    }
    wipe_out();
    pthread_mutex_unlock(&progress.mutex);
    return NULL;
}

/* Where a line can be written over. */
static bool can_be_shown(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static bool start(void)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    bool is_started = pthread_cond_init(&progress.changed, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    progress.is_over = false;
    if (is_started && pthread_create(&progress.thread, NULL, show, NULL) != 0) {
        pthread_cond_destroy(&progress.changed);
        is_started = false;
    }
    return is_started;
}

static void set_words(const char *format, va_list arguments)
{
    pthread_mutex_lock(&progress.mutex);
    vsnprintf(progress.what, sizeof progress.what, format, arguments);
    pthread_mutex_unlock(&progress.mutex);
}

void progress_begin(const char *format, ...)
{
    va_list arguments;
    int error = errno; /* somebody may be about to tell it */
    if (progress.depth++ > 0)
        return;
    va_start(arguments, format);
    set_words(format, arguments);
    va_end(arguments);
    progress.is_running = can_be_shown() && start();
    errno = error;
}

void progress_next(const char *format, ...)
{
    va_list arguments;
    if (!progress.is_running)
        return;
    va_start(arguments, format);
    set_words(format, arguments);
    va_end(arguments);
}

void progress_end(void)
{
    int error = errno;
    if (--progress.depth > 0 || !progress.is_running)
        return;
    pthread_mutex_lock(&progress.mutex);
    progress.is_over = true;
    pthread_cond_signal(&progress.changed);
    pthread_mutex_unlock(&progress.mutex);
    pthread_join(progress.thread, NULL);
    pthread_cond_destroy(&progress.changed);
    progress.is_running = false;
    errno = error;
}

void progress_step_aside(void)
{
    int error = errno;
    if (!progress.is_running)
        return;
    pthread_mutex_lock(&progress.mutex);
    wipe_out();
    pthread_mutex_unlock(&progress.mutex);
    errno = error;
}
