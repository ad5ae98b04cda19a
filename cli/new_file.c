#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "pretty.h"
#include "terminal.h"
#include "json/reader.h"

static const char *join(struct new_file *file, const char *directory, const char *name)
{
    char *path = NULL;
    bool is_alone = *name == '/' || strcmp(directory, ".") == 0;
    int len = is_alone ? asprintf(&path, "%s", name) : asprintf(&path, "%s/%s", directory, name);
    if (len < 0) {
        memory_ran_out();
        return NULL;
    }
    const char *copy = eb_arena_copy(file->arena, eb_span(path, (size_t)len)).ptr;
    free(path);
    return copy;
}

/* Those on the way to the file that were not there before, the innermost first. */
static void remove_directories(const struct new_file *file)
{
    char *way = strdup(file->path);
    for (char *slash; way && (slash = strrchr(way, '/')) && slash > way + file->standing_len;) {
        *slash = '\0';
        rmdir(way);
    }
    free(way);
}

/* Every directory on the way to the file. */
static bool make_directories(struct new_file *file)
{
    char *way = (char *)eb_arena_copy(file->arena, eb_span_of(file->path)).ptr;
    if (!way) {
        memory_ran_out();
        return false;
    }
    bool is_new = false;
    for (char *slash = strchr(way + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int rc = mkdir(way, 0777);
        if (rc != 0 && errno != EEXIST) {
            complain("%s: cannot be made: %m", way);
            remove_directories(file);
            return false;
        }
        is_new |= rc == 0;
        if (!is_new)
            file->standing_len = (size_t)(slash - way);
        *slash = '/';
    }
    return true;
}

static bool print(struct new_file *file, FILE *out, struct eb_span text)
{
    struct eb_doc doc;
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_read = eb_json_read_file(&doc, text, file->source, 1, file->arena, &diags);
    if (is_read)
        print_pretty(out, &doc);
    print_diags(stderr, &diags);
    eb_diag_list_release(&diags);
    return is_read;
}

static void take_back(const struct new_file *file)
{
    unlink(file->path);
    remove_directories(file);
}

static bool make(struct new_file *file, struct eb_span text)
{
    int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        if (errno == EEXIST)
            complain("%s: is there already, and left as it is", file->path);
        else
            complain("%s: cannot be written: %m", file->path);
        if (fd >= 0) {
            close(fd);
            unlink(file->path);
        }
        remove_directories(file);
        return false;
    }
    bool is_good = print(file, out, text), is_cut = ferror(out);
    if (fclose(out) != 0 || is_cut) {
        complain("%s: cannot be written: %m", file->path);
        is_good = false;
    }
    if (!is_good)
        take_back(file);
    return is_good;
}

/* The configuration, with the new file in it. */
static bool is_sound(const struct new_file *file)
{
    struct config config;
    bool is_good = config_load(&config, file->config);
    config_release(&config);
    return is_good;
}

bool new_file_write(struct new_file *file, const struct config *loaded, struct eb_span directory,
    const char *name, struct eb_span text)
{
    if (file->arena->is_starved)
        memory_ran_out();
    if (memory_has_run_out())
        return false; /* the text may lack something */
    if (file->is_printed)
        return print(file, stdout, text);
    const char *inside = join(file, eb_store_directory(loaded->loaded.store), directory.ptr);
    file->path = inside ? join(file, inside, name) : NULL;
    if (!file->path || !make_directories(file) || !make(file, text))
        return false;
    if (!is_sound(file)) {
        take_back(file);
        if (memory_has_run_out())
            complain("%s: not kept", file->path);
        else
            complain("%s: not kept: with it the configuration is not sound", file->path);
        return false;
    }
    fputs("written: ", stdout);
    print_escaped(stdout, eb_span_of(file->path));
    putchar('\n');
    return true;
}
