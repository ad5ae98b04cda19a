#include "store/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, struct eb_span text)
{
    while (text.len > 0) {
        ssize_t written = write(fd, text.ptr, text.len);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0)
            text = eb_span(text.ptr + written, text.len - (size_t)written);
    }
    return 0;
}

static int write_new(const struct eb_replacement *replacement, const char *name)
{
    int fd = openat(replacement->directory, name,
        O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        return errno;
    int error = write_all(fd, replacement->text);
    if (!error && fchmod(fd, replacement->mode) != 0)
        error = errno;
    if (!error && replacement->is_durable && fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && !error)
        error = errno;
    return error;
}

int eb_file_replace(const struct eb_replacement *replacement)
{
    char name[NAME_MAX + 1];
    if (snprintf(name, sizeof name, ".%s.new", replacement->name) >= (int)sizeof name)
        return ENAMETOOLONG;
    int error = write_new(replacement, name);
    if (!error &&
        renameat(replacement->directory, name, replacement->directory, replacement->name) != 0)
        error = errno;
    if (error) {
        unlinkat(replacement->directory, name, 0);
        return error;
    }
    if (replacement->is_durable && fsync(replacement->directory) != 0)
        return errno;
    return 0;
}
