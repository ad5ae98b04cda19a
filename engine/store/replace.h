/*
 * replace.h - a file written so that whoever reads it finds the old or the new, never a part.
 */
#ifndef EB_STORE_REPLACE_H
#define EB_STORE_REPLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/span.h"

struct eb_replacement {
    int directory;    /* an open one */
    const char *name; /* in it; a link of that name is replaced, not followed */
    struct eb_span text;
    mode_t mode; /* whatever the process's umask is */
    /*
     * Whether the new file is to survive a crash of the machine once this has returned. Takes a
     * file system that can link files.
     */
    bool is_durable;
};

/*
 * Writes ".NAME.new", then renames it. 0, or an errno: then the old file is as it was. What a crash
 * in between leaves behind is overwritten the next time, and hidden from who lists the directory.
 */
int eb_file_replace(const struct eb_replacement *replacement);

#endif
