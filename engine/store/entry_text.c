#include "store/entry_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/disk.h"
#include "store/file_name.h"

enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK };

/* What the link `file` leads to, below the directory it is in. */
static int open_link(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *path = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
    int directory = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    int fd = directory >= 0 ? eb_open_below(directory, slash ? slash + 1 : file, OPEN_FLAGS) : -1;
    if (directory >= 0)
        close(directory);
    free(path);
    return fd;
}

/* Like the store: links no further than below their directory, and no waiting for a pipe. */
static FILE *open_file(const char *file)
{
    int fd = open(file, OPEN_FLAGS | O_NOFOLLOW);
    if (fd < 0 && errno == ELOOP)
        fd = open_link(file);
    struct stat stat;
    FILE *stream =
        fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) ? fdopen(fd, "r") : NULL;
    if (!stream && fd >= 0)
        close(fd);
    return stream;
}

/* Up to `delimiter`, the `nth` time; -1 when there are not so many. */
static ssize_t read_nth(FILE *stream, int delimiter, uint32_t nth, char **text, size_t *room)
{
    ssize_t len = -1;
    for (uint32_t i = 0; i < nth; i++) {
        len = getdelim(text, room, delimiter, stream);
        if (len < 0 || len > EB_DOCUMENT_BYTES_MAX)
            return -1;
    }
    return len;
}

struct eb_span eb_entry_text_read(const char *file, uint32_t line, struct eb_arena *arena)
{
    struct eb_span text = { NULL, 0 };
    FILE *stream = open_file(file);
    if (!stream)
        return text;
    char *read = NULL;
    size_t room = 0;
    bool is_lines = eb_file_name_stem(file, ".jsonl").ptr;
    /* No JSON text holds NUL. */
    ssize_t len = read_nth(stream, is_lines ? '\n' : '\0', is_lines ? line : 1, &read, &room);
    if (len >= 0)
        text = eb_arena_copy(arena, eb_span(read, (size_t)len));
    free(read);
    fclose(stream);
    return text;
}
