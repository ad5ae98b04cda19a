#include "io/failing_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_size_t calls_until_failure; /* 0: none fails */
static atomic_int failure;
static _Atomic(const char *) failed;
static atomic_bool is_short;

void eb_fail_call(size_t n, int error)
{
    failed = NULL;
    failure = error;
    calls_until_failure = n;
}

const char *eb_failed_call(void)
{
    calls_until_failure = 0;
    return failed;
}

void eb_shorten_calls(bool is_shortened)
{
    is_short = is_shortened;
}

static bool must_fail(const char *call)
{
    if (calls_until_failure == 0 || --calls_until_failure > 0)
        return false;
    failed = call;
    errno = failure;
    return true;
}

size_t eb_fail_each_call(void (*attempt)(void *context), void *context)
{
    static const int errors[] = { EIO, ENOSPC, EROFS };
    size_t count = 0;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        bool has_failed = true;
        for (size_t n = 1; has_failed; n++) {
            eb_fail_call(n, errors[i]);
            attempt(context);
            has_failed = eb_failed_call() != NULL;
            eb_fail_call(0, 0);
            count += has_failed;
        }
    }
    return count;
}

/* ---- the calls ---- */

int __real_open(const char *path, int flags, ...);
int __real_openat(int directory, const char *path, int flags, ...);
int __real_fstat(int fd, struct stat *out);
ssize_t __real_read(int fd, void *out, size_t bytes);
DIR *__real_fdopendir(int fd);
struct dirent *__real_readdir(DIR *stream);
ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __real_fchmod(int fd, mode_t mode);
int __real_mkdirat(int directory, const char *path, mode_t mode);
int __real_linkat(int from, const char *old_path, int to, const char *new_path, int flags);
int __real_renameat(int from, const char *old_path, int to, const char *new_path);
int __real_unlinkat(int directory, const char *path, int flags);

int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_fstat(int fd, struct stat *out);
ssize_t __wrap_read(int fd, void *out, size_t bytes);
DIR *__wrap_fdopendir(int fd);
struct dirent *__wrap_readdir(DIR *stream);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_mkdirat(int directory, const char *path, mode_t mode);
int __wrap_linkat(int from, const char *old_path, int to, const char *new_path, int flags);
int __wrap_renameat(int from, const char *old_path, int to, const char *new_path);
int __wrap_unlinkat(int directory, const char *path, int flags);

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return must_fail("open") ? -1 : __real_open(path, flags, mode);
}

int __wrap_openat(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return must_fail("openat") ? -1 : __real_openat(directory, path, flags, mode);
}

int __wrap_fstat(int fd, struct stat *out)
{
    return must_fail("fstat") ? -1 : __real_fstat(fd, out);
}

ssize_t __wrap_read(int fd, void *out, size_t bytes)
{
    return must_fail("read") ? -1 : __real_read(fd, out, is_short && bytes ? 1 : bytes);
}

DIR *__wrap_fdopendir(int fd)
{
    return must_fail("fdopendir") ? NULL : __real_fdopendir(fd);
}

struct dirent *__wrap_readdir(DIR *stream)
{
    return must_fail("readdir") ? NULL : __real_readdir(stream);
}

/* A disk that is full takes what there is room for. */
ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    if (!must_fail("write"))
        return __real_write(fd, bytes, is_short && len ? 1 : len);
    int error = errno;
    if (__real_write(fd, bytes, len / 2) < 0)
        abort();
    errno = error;
    return -1;
}

int __wrap_fsync(int fd)
{
    return must_fail("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_fchmod(int fd, mode_t mode)
{
    return must_fail("fchmod") ? -1 : __real_fchmod(fd, mode);
}

int __wrap_mkdirat(int directory, const char *path, mode_t mode)
{
    return must_fail("mkdirat") ? -1 : __real_mkdirat(directory, path, mode);
}

int __wrap_linkat(int from, const char *old_path, int to, const char *new_path, int flags)
{
    return must_fail("linkat") ? -1 : __real_linkat(from, old_path, to, new_path, flags);
}

int __wrap_renameat(int from, const char *old_path, int to, const char *new_path)
{
    return must_fail("renameat") ? -1 : __real_renameat(from, old_path, to, new_path);
}

int __wrap_unlinkat(int directory, const char *path, int flags)
{
    return !failed && must_fail("unlinkat") ? -1 : __real_unlinkat(directory, path, flags);
}

size_t eb_open_files(void)
{
    size_t count = 0;
    DIR *stream = opendir("/proc/self/fd");
    if (!stream)
        abort();
    while (__real_readdir(stream))
        count++;
    closedir(stream);
    return count;
}
