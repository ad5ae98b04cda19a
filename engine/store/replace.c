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

/*
 * Makes a rename last. When the disk fails at that, what was there before takes its place again:
 * an error that had changed something would come into force with whatever is read next.
 */
static int make_last(const struct eb_replacement *replacement, const char *old_name, bool has_old)
{
    int directory = replacement->directory;
    int error = fsync(directory) != 0 ? errno : 0;
    if (error && has_old)
        renameat(directory, old_name, directory, replacement->name);
    else if (error)
        unlinkat(directory, replacement->name, 0);
    else if (has_old)
        unlinkat(directory, old_name, 0);
    return error;
}

/* The old file under another name too. ENOENT: there is none. */
static int keep_old(const struct eb_replacement *replacement, const char *old_name)
{
    int directory = replacement->directory;
    unlinkat(directory, old_name, 0);
    return linkat(directory, replacement->name, directory, old_name, 0) != 0 ? errno : 0;
}

static int rename_durably(
    const struct eb_replacement *replacement, const char *new_name, const char *old_name)
{
    int directory = replacement->directory;
    int kept = keep_old(replacement, old_name);
    if (kept && kept != ENOENT)
        return kept;
    if (renameat(directory, new_name, directory, replacement->name) == 0)
        return make_last(replacement, old_name, !kept);
    int error = errno;
    if (!kept)
        unlinkat(directory, old_name, 0);
    return error;
}

static int rename_into_place(const struct eb_replacement *replacement, const char *new_name)
{
    int directory = replacement->directory;
    char old_name[NAME_MAX + 1];
    if (replacement->is_durable) {
        snprintf(old_name, sizeof old_name, ".%s.old", replacement->name);
        return rename_durably(replacement, new_name, old_name);
    }
    return renameat(directory, new_name, directory, replacement->name) != 0 ? errno : 0;
}

int eb_file_replace(const struct eb_replacement *replacement)
{
    char name[NAME_MAX + 1];
    if (snprintf(name, sizeof name, ".%s.new", replacement->name) >= (int)sizeof name)
        return ENAMETOOLONG;
    int error = write_new(replacement, name);
    if (!error)
        error = rename_into_place(replacement, name);
    if (error)
        unlinkat(replacement->directory, name, 0);
    return error;
}
