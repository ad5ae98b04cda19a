/*
 * crash_at.c - loaded into a broker that is to die while its worker writes.
 *
 * Before the worker's call number EB_CRASH_AT, counted from 1, of those that change a file system,
 * the process is killed; of a write(), half is written first.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static int is_worker(void)
{
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    return strcmp(name, "event-bus") == 0;
}

/* Whether this call is the one; only the worker counts. */
static int is_the_end(void)
{
    static int count;
    const char *at = getenv("EB_CRASH_AT");
    return at && is_worker() && ++count == atoi(at);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    pause();
}

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

EXPORTED ssize_t write(int fd, const void *bytes, size_t len)
{
    if (is_the_end()) {
        NEXT(write)(fd, bytes, len / 2);
        die();
    }
    return NEXT(write)(fd, bytes, len);
}

EXPORTED int openat(int directory, const char *name, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (flags & O_CREAT && is_the_end())
        die();
    return NEXT(openat)(directory, name, flags, mode);
}

EXPORTED int fsync(int fd)
{
    if (is_the_end())
        die();
    return NEXT(fsync)(fd);
}

EXPORTED int fchmod(int fd, mode_t mode)
{
    if (is_the_end())
        die();
    return NEXT(fchmod)(fd, mode);
}

EXPORTED int mkdirat(int directory, const char *name, mode_t mode)
{
    if (is_the_end())
        die();
    return NEXT(mkdirat)(directory, name, mode);
}

EXPORTED int renameat(int from, const char *old_name, int to, const char *new_name)
{
    if (is_the_end())
        die();
    return NEXT(renameat)(from, old_name, to, new_name);
}

EXPORTED int unlinkat(int directory, const char *name, int flags)
{
    if (is_the_end())
        die();
    return NEXT(unlinkat)(directory, name, flags);
}
