#include "eb_tree.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void eb_tree_make(struct eb_tree *tree)
{
    *tree = (struct eb_tree){ .path = "/tmp/eb-tree-XXXXXX" };
    if (!mkdtemp(tree->path))
        err(1, "mkdtemp");
}

void eb_tree_make_in_memory(struct eb_tree *tree)
{
    *tree = (struct eb_tree){ .path = "/dev/shm/eb-tree-XXXXXX" };
    if (!mkdtemp(tree->path))
        eb_tree_make(tree);
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *where)
{
    (void)stat;
    (void)type;
    (void)where;
    return remove(path);
}

void eb_tree_remove(struct eb_tree *tree)
{
    enum { DESCRIPTORS = 16 };
    if (nftw(tree->path, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS) != 0)
        err(1, "%s", tree->path);
}

const char *eb_tree_path(const struct eb_tree *tree, const char *name)
{
    static char joined[4][4096];
    static unsigned next;
    char *path = joined[next++ % 4];
    snprintf(path, sizeof joined[0], "%s%s%s", tree->path, *name ? "/" : "", name);
    return path;
}

/* Every directory above the last part of `path`. */
static void make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            err(1, "%s", path);
        *slash = '/';
    }
}

void eb_tree_write_bytes(
    const struct eb_tree *tree, const char *name, const void *bytes, size_t len)
{
    char *path = strdup(eb_tree_path(tree, name));
    make_directories(path);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        err(1, "%s", path);
    free(path);
}

void eb_tree_write(const struct eb_tree *tree, const char *name, const char *text)
{
    eb_tree_write_bytes(tree, name, text, strlen(text));
}

void eb_tree_directory(const struct eb_tree *tree, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/", eb_tree_path(tree, name)) < 0)
        err(1, "asprintf");
    make_directories(path);
    free(path);
}

void eb_tree_link(const struct eb_tree *tree, const char *name, const char *target)
{
    if (symlink(target, eb_tree_path(tree, name)) != 0)
        err(1, "%s", name);
}
