#include "store/managed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus/name.h"
#include "store/file_name.h"
#include "store/replace.h"
#include "store/store.h"

enum {
    DIRECTORY_MODE = 0750,
    FILE_MODE = 0640,
};

static const char *const directories[] = {
    [EB_MANAGED_CONTRACT] = "contracts",
    [EB_MANAGED_RULE] = "rules",
    [EB_MANAGED_SCHEMA] = "schemas",
};

void eb_managed_path(const struct eb_managed_change *change, char out[EB_MANAGED_PATH_BYTES])
{
    int name_len = (int)change->name.len;
    const char *directory = directories[change->kind];
    if (change->kind == EB_MANAGED_SCHEMA)
        snprintf(out, EB_MANAGED_PATH_BYTES, "%s/%.*s/%u.json", directory, name_len,
            change->name.ptr, change->version);
    else
        snprintf(out, EB_MANAGED_PATH_BYTES, "%s/%.*s.json", directory, name_len, change->name.ptr);
}

/* ---- directories: each -1 with errno, and made to last when it is made ---- */

static int open_directory(int parent, const char *name, int flags)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
}

/* Closes `parent`. */
static int enter(int parent, const char *name, int flags, bool makes_it)
{
    if (parent < 0)
        return -1;
    int fd = -1;
    bool is_made = makes_it && mkdirat(parent, name, DIRECTORY_MODE) == 0;
    if (is_made || !makes_it || errno == EEXIST)
        fd = open_directory(parent, name, flags);
    if (fd >= 0 && is_made && fsync(parent) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        fd = -1;
    }
    int error = errno;
    close(parent);
    errno = error;
    return fd;
}

/* The operator named `managed`: links lead there. */
static int open_managed(const struct eb_store *store, bool makes_it)
{
    struct eb_span managed = eb_store_configuration(store)->settings.managed_directory;
    if (!managed.ptr) {
        errno = ENOENT;
        return -1;
    }
    return enter(open_directory(AT_FDCWD, eb_store_directory(store), 0), managed.ptr, 0, makes_it);
}

/* The directory that the change's file is in. */
static int open_for(
    const struct eb_store *store, enum eb_managed_kind kind, struct eb_span subject, bool makes_it)
{
    int fd = open_managed(store, makes_it);
    fd = enter(fd, directories[kind], O_NOFOLLOW, makes_it);
    if (kind != EB_MANAGED_SCHEMA)
        return fd;
    char name[EB_NAME_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)subject.len, subject.ptr);
    return enter(fd, name, O_NOFOLLOW, makes_it);
}

/* ---- whose it is ---- */

/* 0, or an errno. */
static int is_held(const struct eb_managed_claim *claim, int directory, bool *is)
{
    struct stat held, wanted;
    *is = false;
    if (!claim->is_held)
        return 0;
    if (fstat(claim->directory, &held) != 0 || fstat(directory, &wanted) != 0)
        return errno;
    *is = held.st_dev == wanted.st_dev && held.st_ino == wanted.st_ino;
    return 0;
}

static int lock(int directory)
{
    int rc;
    do
        rc = flock(directory, LOCK_EX | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    return rc != 0 && errno == EWOULDBLOCK ? EWOULDBLOCK : 0;
}

int eb_managed_claim(struct eb_managed_claim *claim, const struct eb_store *store)
{
    int directory = open_managed(store, true);
    if (directory < 0)
        return errno;
    bool is_ours;
    int error = is_held(claim, directory, &is_ours);
    if (!error && !is_ours)
        error = lock(directory);
    if (is_ours || error) {
        close(directory);
        return error;
    }
    eb_managed_claim_release(claim);
    *claim = (struct eb_managed_claim){ .is_held = true, .directory = directory };
    return 0;
}

void eb_managed_claim_release(struct eb_managed_claim *claim)
{
    if (claim->is_held)
        close(claim->directory);
    claim->is_held = false;
}

/* ---- writing ---- */

/* First under a name that hides it, so that it can come back when the disk fails at that. */
static int take_away(int directory, const struct eb_managed_change *change, const char *name)
{
    char buried[EB_MANAGED_PATH_BYTES];
    snprintf(buried, sizeof buried, ".%s", name);
    if (renameat(directory, name, directory, buried) != 0)
        return errno;
    if (fsync(directory) != 0) {
        int error = errno;
        renameat(directory, buried, directory, name);
        return error;
    }
    if (change->kind != EB_MANAGED_SCHEMA)
        unlinkat(directory, buried, 0);
    return 0;
}

static int put(int directory, const struct eb_managed_change *change, const char *name)
{
    const struct eb_replacement replacement = {
        .directory = directory,
        .name = name,
        .text = change->text,
        .mode = FILE_MODE,
        .is_durable = true,
    };
    return eb_file_replace(&replacement);
}

int eb_managed_write(const struct eb_store *store, const struct eb_managed_change *change)
{
    if (!eb_name_is_valid(change->name))
        return EINVAL;
    char path[EB_MANAGED_PATH_BYTES];
    eb_managed_path(change, path);
    const char *name = strrchr(path, '/') + 1;
    int directory = open_for(store, change->kind, change->name, change->text.ptr);
    if (directory < 0)
        return errno;
    int error =
        change->text.ptr ? put(directory, change, name) : take_away(directory, change, name);
    close(directory);
    return error;
}

/* ---- versions ---- */

static uint32_t highest_in_force(
    const struct eb_configuration *configuration, struct eb_span subject)
{
    uint32_t highest = 0;
    for (uint32_t i = 0; i < configuration->schema_count; i++) {
        const struct eb_schema_text *schema = &configuration->schemas[i];
        if (schema->version > highest && eb_span_equal(schema->subject, subject))
            highest = schema->version;
    }
    return highest;
}

/* Of "3.json" and, taken away, ".3.json". Closes `directory`. */
static int highest_on_disk(int directory, uint32_t *highest)
{
    DIR *stream = fdopendir(directory);
    if (!stream) {
        int error = errno;
        close(directory);
        return error;
    }
    struct dirent *entry;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else has this stream */
    while (errno = 0, (entry = readdir(stream)) != NULL) {
        const char *name = entry->d_name + (entry->d_name[0] == '.');
        uint32_t version = eb_version_read(eb_file_name_stem(name, ".json"));
        if (version > *highest)
            *highest = version;
    }
    int error = errno;
    closedir(stream);
    return error;
}

int eb_managed_next_version(const struct eb_store *store, struct eb_span subject, uint32_t *version)
{
    uint32_t highest = highest_in_force(eb_store_configuration(store), subject);
    int error = 0;
    int directory = open_for(store, EB_MANAGED_SCHEMA, subject, false);
    if (directory >= 0)
        error = highest_on_disk(directory, &highest);
    else if (errno != ENOENT)
        error = errno;
    *version = highest + 1;
    return error;
}
