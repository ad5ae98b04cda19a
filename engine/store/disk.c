#include "store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/errno_text.h"

static int call_openat(int directory, const char *name, int flags)
{
    return openat(directory, name, flags);
}

/* While directories are being renamed the system may be unsure, and wants to be asked again. */
enum { OPEN_BELOW_TRIES = 100 };

int eb_open_below(int directory, const char *name, int flags)
{
    const struct open_how how = {
        .flags = (unsigned)flags,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd = -1;
    errno = EAGAIN;
    for (int i = 0; fd < 0 && errno == EAGAIN && i < OPEN_BELOW_TRIES; i++)
        fd = syscall(SYS_openat2, directory, name, &how, sizeof how);
    return (int)fd;
}

const struct eb_disk_calls eb_disk_calls_system = {
    .openat = call_openat,
    .open_below = eb_open_below,
    .fstat = fstat,
    .read = read,
    .fdopendir = fdopendir,
    .readdir = readdir,
};

/* Never the controlling terminal, never waiting for the other end of a pipe. */
enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* ---- diagnostics ---- */

void eb_disk_report(struct eb_disk *disk, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    eb_diag_vadd(disk->diags, EB_ERROR, (struct eb_place){ .file = path }, format, arguments);
    va_end(arguments);
}

static void report_errno(struct eb_disk *disk, const char *path, int error)
{
    if (error == ENOMEM) {
        eb_diag_add_out_of_memory(disk->diags);
        return;
    }
    eb_disk_report(disk, path, "cannot be read: %s", eb_errno_text(error));
}

const char *eb_disk_path(struct eb_disk *disk, const char *directory, const char *name)
{
    size_t directory_len = strlen(directory), name_len = strlen(name);
    while (directory_len > 1 && directory[directory_len - 1] == '/')
        directory_len--;
    bool is_bare = eb_span_is(eb_span(directory, directory_len), ".") || name[0] == '/';
    bool needs_slash = !is_bare && directory[directory_len - 1] != '/';
    if (is_bare)
        directory_len = 0;
    char *path = eb_arena_alloc(disk->arena, directory_len + needs_slash + name_len + 1, 1);
    if (!path) {
        eb_diag_add_out_of_memory(disk->diags);
        return NULL;
    }
    memcpy(path, directory, directory_len);
    if (needs_slash)
        path[directory_len] = '/';
    memcpy(path + directory_len + needs_slash, name, name_len);
    path[directory_len + needs_slash + name_len] = '\0';
    return path;
}

/* ---- directories ---- */

typedef int open_call(int directory, const char *name, int flags);

static int open_retrying(open_call *call, int directory, const char *name, int flags)
{
    int fd;
    do
        fd = call(directory, name, OPEN_FLAGS | flags);
    while (fd < 0 && errno == EINTR);
    return fd;
}

bool eb_directory_open(struct eb_disk *disk, struct eb_directory *out,
    const struct eb_directory *parent, const char *path, unsigned flags)
{
    *out = (struct eb_directory){ .fd = -1 };
    const char *shown = eb_disk_path(disk, parent ? parent->path : ".", path);
    if (!shown)
        return false;
    int how = O_DIRECTORY | (flags & EB_OPEN_FOLLOWS_LINKS ? 0 : O_NOFOLLOW);
    int fd = open_retrying(disk->calls->openat, parent ? parent->fd : AT_FDCWD, path, how);
    if (fd < 0) {
        if (errno != ENOENT || !(flags & EB_OPEN_OPTIONAL))
            report_errno(disk, shown, errno);
        return false;
    }
    *out = (struct eb_directory){ .fd = fd, .path = shown };
    return true;
}

void eb_directory_close(struct eb_directory *directory)
{
    if (directory->fd >= 0)
        close(directory->fd);
    directory->fd = -1;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t name_len = strlen(name), ending_len = strlen(ending);
    return name_len >= ending_len && memcmp(name + name_len - ending_len, ending, ending_len) == 0;
}

/* What tools and people put beside the files that count. */
static bool is_leftover(const char *name)
{
    static const char *const endings[] = { "~", ".bak", ".orig", ".rej", ".dpkg-old", ".dpkg-new",
        ".dpkg-dist", ".dpkg-tmp", ".ucf-old", ".ucf-new", ".ucf-dist", ".rpmsave", ".rpmnew" };
    if (name[0] == '.' || name[0] == '#' || strcmp(name, "README") == 0 ||
        strcmp(name, "README.md") == 0)
        return true;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (ends_with(name, endings[i]))
            return true;
    }
    return false;
}

/* Makes room for one more in a list on the heap; false without memory. */
static bool grow_names(struct eb_file_names *names, size_t *room)
{
    if (names->count < *room)
        return true;
    size_t more = *room ? 2 * *room : 64;
    const char **items = realloc(names->items, more * sizeof *items);
    if (!items)
        return false;
    names->items = items;
    *room = more;
    return true;
}

static bool add_name(
    struct eb_disk *disk, struct eb_file_names *names, size_t *room, const char *name)
{
    struct eb_span copy = eb_arena_copy(disk->arena, eb_span_of(name));
    if (!copy.ptr || !grow_names(names, room)) {
        eb_diag_add_out_of_memory(disk->diags);
        return false;
    }
    names->items[names->count++] = copy.ptr;
    return true;
}

static bool read_names(
    struct eb_disk *disk, DIR *stream, const char *path, struct eb_file_names *names)
{
    struct dirent *entry;
    size_t room = 0;
    while (errno = 0, (entry = disk->calls->readdir(stream)) != NULL) {
        if (!is_leftover(entry->d_name) && !add_name(disk, names, &room, entry->d_name))
            return false;
    }
    if (errno == 0)
        return true;
    report_errno(disk, path, errno);
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool eb_directory_list(
    struct eb_disk *disk, const struct eb_directory *directory, struct eb_file_names *names)
{
    *names = (struct eb_file_names){ 0 };
    int fd = open_retrying(disk->calls->openat, directory->fd, ".", O_DIRECTORY);
    DIR *stream = fd < 0 ? NULL : disk->calls->fdopendir(fd);
    if (!stream) {
        report_errno(disk, directory->path, errno);
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool is_read = read_names(disk, stream, directory->path, names);
    closedir(stream);
    if (!is_read)
        eb_file_names_release(names);
    else if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return is_read;
}

void eb_file_names_release(struct eb_file_names *names)
{
    free(names->items);
    *names = (struct eb_file_names){ 0 };
}

/* ---- entries ---- */

static enum eb_entry_type type_of(struct eb_disk *disk, const char *path, const struct stat *stat)
{
    if (S_ISREG(stat->st_mode))
        return EB_ENTRY_FILE;
    if (S_ISDIR(stat->st_mode))
        return EB_ENTRY_DIRECTORY;
    eb_disk_report(disk, path, "is neither a file nor a directory");
    return EB_ENTRY_NONE;
}

static void report_link(struct eb_disk *disk, const char *path, int error)
{
    if (error == EXDEV)
        eb_disk_report(disk, path,
            "is a symbolic link that leads out of its directory, or is absolute: none such is "
            "followed here");
    else if (error == ENOENT)
        eb_disk_report(disk, path, "is a symbolic link that leads nowhere");
    else if (error == ENOSYS || error == EPERM)
        eb_disk_report(disk, path,
            "is a symbolic link, and this system cannot tell whether it leads out of its "
            "directory");
    else
        report_errno(disk, path, error);
}

/* What the link `name` leads to, if that is below its directory. */
static void follow_link(struct eb_disk *disk, const struct eb_directory *directory,
    const char *name, struct eb_entry *entry)
{
    entry->is_link = true;
    entry->fd = open_retrying(disk->calls->open_below, directory->fd, name, 0);
    if (entry->fd < 0)
        report_link(disk, entry->path, errno);
}

static void open_entry(struct eb_disk *disk, const struct eb_directory *directory, const char *name,
    unsigned flags, struct eb_entry *entry)
{
    int how = flags & EB_OPEN_FOLLOWS_LINKS ? 0 : O_NOFOLLOW;
    entry->fd = open_retrying(disk->calls->openat, directory->fd, name, how);
    if (entry->fd >= 0)
        return;
    bool is_link = errno == ELOOP && how;
    if (is_link && flags & EB_OPEN_FOLLOWS_BELOW)
        follow_link(disk, directory, name, entry);
    else if (is_link)
        eb_disk_report(disk, entry->path, "is a symbolic link, and none is followed here");
    else
        report_errno(disk, entry->path, errno);
}

struct eb_entry eb_directory_entry(
    struct eb_disk *disk, const struct eb_directory *directory, const char *name, unsigned flags)
{
    struct eb_entry entry = { .fd = -1, .path = eb_disk_path(disk, directory->path, name) };
    if (!entry.path)
        return entry;
    open_entry(disk, directory, name, flags, &entry);
    if (entry.fd < 0)
        return entry;
    struct stat stat;
    if (disk->calls->fstat(entry.fd, &stat) != 0)
        report_errno(disk, entry.path, errno);
    else
        entry.type = type_of(disk, entry.path, &stat);
    if (entry.type == EB_ENTRY_NONE)
        eb_entry_close(&entry);
    else
        entry.bytes = (uint64_t)stat.st_size;
    return entry;
}

void eb_entry_close(struct eb_entry *entry)
{
    if (entry->fd >= 0)
        close(entry->fd);
    entry->fd = -1;
}

/* Up to `bytes`, less when the file ends; -1 with errno. */
static ssize_t read_all(struct eb_disk *disk, int fd, char *out, size_t bytes)
{
    size_t len = 0;
    while (len < bytes) {
        ssize_t got = disk->calls->read(fd, out + len, bytes - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

struct eb_span eb_entry_read(
    struct eb_disk *disk, struct eb_entry *entry, size_t bytes_max, struct eb_arena *arena)
{
    struct eb_span none = { NULL, 0 }, text = none;
    if (entry->bytes > bytes_max) {
        eb_disk_report(disk, entry->path, "is %llu bytes long; expected at most %zu",
            (unsigned long long)entry->bytes, bytes_max);
        goto close;
    }
    char *out = eb_arena_alloc(arena, (size_t)entry->bytes + 1, 1);
    if (!out) {
        eb_diag_add_out_of_memory(disk->diags);
        goto close;
    }
    ssize_t len = read_all(disk, entry->fd, out, (size_t)entry->bytes);
    if (len < 0) {
        report_errno(disk, entry->path, errno);
        goto close;
    }
    out[len] = '\0';
    text = eb_span(out, (size_t)len);
close:
    eb_entry_close(entry);
    return text;
}
