/*
 * entries.h - the contracts or the rules of one directory: a file each, or a line each.
 */
#ifndef EB_STORE_ENTRIES_H
#define EB_STORE_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bus/configuration.h"
#include "store/disk.h"

/* On the heap; the texts are in an arena. */
struct eb_entry_list {
    struct eb_entry_text *items;
    uint32_t count;
    uint32_t room;
};

struct eb_entries_source {
    struct eb_disk *disk;
    struct eb_arena *texts; /* what is read goes here */
    bool has_lines;         /* NAME.jsonl is read too, an entry a line */
    bool is_managed;        /* then no link is followed */
};

/* Adds what `directory` holds, in the order of the files' names; every mistake into the disk's
 * diagnostics. */
void eb_entries_read(const struct eb_entries_source *source, const struct eb_directory *directory,
    struct eb_entry_list *list);
/* Adds one entry, borrowed; false without memory, which is then in `diags`. */
bool eb_entry_list_add(
    struct eb_entry_list *list, const struct eb_entry_text *entry, struct eb_diag_list *diags);
void eb_entry_list_release(struct eb_entry_list *list);

#endif
