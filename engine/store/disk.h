/*
 * disk.h - directories and whole files, read with nothing trusted but the path the operator named.
 *
 * Everything below an open directory is opened relative to it, and a link in it leads no further
 * than what else is below it: whoever may write there can have nothing read that is elsewhere. What
 * goes wrong becomes a diagnostic that names the path; the calls to the system go through a table,
 * so that tests can make each of them fail.
 */
#ifndef EB_STORE_DISK_H
#define EB_STORE_DISK_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/span.h"

/* What is asked of the system; results and errno as the calls they are named after. */
struct eb_disk_calls {
    int (*openat)(int directory, const char *name, int flags);
    int (*open_below)(int directory, const char *name, int flags); /* see eb_open_below() */
    int (*fstat)(int fd, struct stat *out);
    ssize_t (*read)(int fd, void *out, size_t bytes);
    DIR *(*fdopendir)(int fd);
    struct dirent *(*readdir)(DIR *stream);
};

extern const struct eb_disk_calls eb_disk_calls_system;

/* What reading from a disk takes. Paths and names are given in `arena`, a growing one. */
struct eb_disk {
    const struct eb_disk_calls *calls;
    struct eb_arena *arena;
    struct eb_diag_list *diags;
};

struct eb_directory {
    int fd;           /* -1: closed */
    const char *path; /* what diagnostics call it */
};

enum eb_open_flags {
    EB_OPEN_FOLLOWS_LINKS = 1, /* the operator named it: links are followed */
    EB_OPEN_OPTIONAL = 2,      /* that it is not there is no error */
    EB_OPEN_FOLLOWS_BELOW = 4, /* links of entries are followed that lead below their directory */
};

/*
 * Opens `name` in `directory`, following links, but none that is absolute or leads out of it at any
 * step: EXDEV. ENOSYS, EPERM: the system cannot tell (Linux before 5.6, some containers).
 */
int eb_open_below(int directory, const char *name, int flags);

/*
 * Open the directory `path`, relative to `parent` (NULL: to the working directory). False when it
 * cannot be opened, which is in `diags` unless it is optional and not there. Close it.
 */
bool eb_directory_open(struct eb_disk *disk, struct eb_directory *out,
    const struct eb_directory *parent, const char *path, unsigned flags);
void eb_directory_close(struct eb_directory *directory);

/* What a directory holds, in the order of bytes; the names themselves are in the disk's arena. */
struct eb_file_names {
    const char **items;
    size_t count;
};

/*
 * The names in `directory`, but for those that editors and package managers leave behind: hidden
 * ones, "x~", "x.bak", "x.dpkg-dist", …, and README files. Release them. False after an error.
 */
bool eb_directory_list(
    struct eb_disk *disk, const struct eb_directory *directory, struct eb_file_names *names);
void eb_file_names_release(struct eb_file_names *names);

enum eb_entry_type {
    EB_ENTRY_NONE, /* not there, or not to be looked at: the reason is in `diags` */
    EB_ENTRY_FILE,
    EB_ENTRY_DIRECTORY,
};

/* An entry of a directory, opened. */
struct eb_entry {
    enum eb_entry_type type;
    bool is_link; /* it is what a link leads to */
    int fd;       /* taken by eb_entry_read() or eb_entry_close() */
    uint64_t bytes;
    const char *path;
};

/*
 * Open `name` whatever it is; devices and sockets are errors, and so are links unless `flags` says
 * EB_OPEN_FOLLOWS_LINKS, or EB_OPEN_FOLLOWS_BELOW and they do.
 */
struct eb_entry eb_directory_entry(
    struct eb_disk *disk, const struct eb_directory *directory, const char *name, unsigned flags);

/* The whole file, given in `arena`; ptr is NULL after an error. Closes the entry. */
struct eb_span eb_entry_read(
    struct eb_disk *disk, struct eb_entry *entry, size_t bytes_max, struct eb_arena *arena);
void eb_entry_close(struct eb_entry *entry);

/* An error about a path as a whole. */
void eb_disk_report(struct eb_disk *disk, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "DIRECTORY/NAME", given in disk->arena; NULL without memory, which is then in `diags`. */
const char *eb_disk_path(struct eb_disk *disk, const char *directory, const char *name);

#endif
