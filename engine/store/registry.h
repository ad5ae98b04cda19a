/*
 * registry.h - the schemas of one directory: SUBJECT/VERSION.json, what a subject declares in
 * SUBJECT/subject.json, and imported trees.
 *
 * A directory that `uri_map` names holds schemas of other origin: they have URIs, and no subject
 * and version. When `uri_map` names the registry itself, the subjects' files have URIs as well.
 */
#ifndef EB_STORE_REGISTRY_H
#define EB_STORE_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bus/configuration.h"
#include "store/disk.h"

/* On the heap; texts, names and URIs (with a NUL behind them) are in the disk's arena. */
struct eb_schema_list {
    struct eb_schema_text *items;
    uint32_t count;
    uint32_t room;
    struct eb_subject_text *subjects;
    uint32_t subject_count;
    uint32_t subject_room;
};

/*
 * Adds what `directory` holds; every mistake into the disk's diagnostics. Of links only those of
 * what is not managed are followed, and in imported trees only those to files.
 */
void eb_registry_read(struct eb_disk *disk, const struct eb_directory *directory,
    const struct eb_settings *settings, bool is_managed, struct eb_schema_list *list);

/*
 * Adds one version, as if it were the file SUBJECT/VERSION.json of a registry; `file` is what
 * diagnostics call it. Everything is borrowed.
 */
void eb_registry_add(struct eb_disk *disk, const struct eb_settings *settings,
    const struct eb_schema_text *version, struct eb_schema_list *list);

/* Adds the tree below `directory`, whose files are known as `prefix` and their path in it. */
void eb_registry_import(struct eb_disk *disk, const struct eb_directory *directory,
    struct eb_span prefix, struct eb_schema_list *list);

/* Orders by subject, version and path, and reports what is there twice. */
void eb_schema_list_finish(struct eb_disk *disk, struct eb_schema_list *list);
void eb_schema_list_release(struct eb_schema_list *list);

#endif
