/*
 * new_file.h - a file put into a configuration: made only if it is not there, and kept only if the
 * configuration is sound with it.
 */
#ifndef EB_CLI_NEW_FILE_H
#define EB_CLI_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "json/writer.h"

struct new_file {
    const char *config; /* CONFIG, as given */
    const char *source; /* what the text is called in messages */
    bool is_printed;    /* to standard output, instead of written */
    struct eb_arena *arena;
    const char *path;    /* out */
    size_t standing_len; /* out: of it, up to the last directory that was there before */
};

/*
 * Writes `text` to DIRECTORY/NAME, making the directories; DIRECTORY is relative to CONFIG's own. A
 * JSON text is laid out for people. False when something is wrong, which has been said; nothing is
 * left behind then.
 */
bool new_file_write(struct new_file *file, const struct config *loaded, struct eb_span directory,
    const char *name, struct eb_span text);

#endif
