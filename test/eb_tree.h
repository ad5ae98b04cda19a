/*
 * eb_tree.h - a directory of a test's own, filled by hand and removed whole.
 */
#ifndef EB_TREE_H
#define EB_TREE_H

#include <stddef.h>

struct eb_tree {
    char path[64];
};

/* All of these end the program when the system refuses: a test cannot go on without. */
void eb_tree_make(struct eb_tree *tree);
void eb_tree_make_in_memory(struct eb_tree *tree); /* where the system has a place for that */
void eb_tree_remove(struct eb_tree *tree);

/* The path of `name` in the tree; good for the next three calls. */
const char *eb_tree_path(const struct eb_tree *tree, const char *name);

/* A file, and the directories on the way to it. */
void eb_tree_write(const struct eb_tree *tree, const char *name, const char *text);
void eb_tree_write_bytes(
    const struct eb_tree *tree, const char *name, const void *bytes, size_t len);
void eb_tree_directory(const struct eb_tree *tree, const char *name);
void eb_tree_link(const struct eb_tree *tree, const char *name, const char *target);

#endif
