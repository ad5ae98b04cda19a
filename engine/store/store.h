/*
 * store.h - the only file I/O: a configuration read from a directory.
 *
 *     event-bus.json            settings; its `contracts`, `rules`, `schemas`, `managed` say where
 *     contracts/NAME.json
 *     rules/NAME.json           rules/NAME.jsonl: a rule a line
 *     schemas/SUBJECT/1.json    and imported trees, see registry.h
 *     managed/                  contracts/, rules/ and schemas/ written over the control topic
 *
 * Links are followed to the directories the operator names; below them only where they lead below
 * the directory they are in, as those of a mounted Kubernetes ConfigMap do; and below `managed`
 * none is. Names obey the grammar [a-z0-9][a-z0-9._-]{0,127}. A file that would not be read is an
 * error, but for what editors and package managers leave behind (disk.h): a slip in a name must not
 * silently do nothing.
 */
#ifndef EB_STORE_STORE_H
#define EB_STORE_STORE_H

#include <stdbool.h>

#include "base/diag.h"
#include "bus/configuration.h"
#include "bus/snapshot.h"

struct eb_store;

/*
 * Read everything below `path`, an `event-bus.json` or the directory that holds one, into memory.
 * Given: free it after the snapshots built from it. Every file that cannot be read or is misnamed
 * is reported; NULL only when nothing could be read at all (no settings, no memory). What is read
 * in spite of errors serves to find more of them, not to be run.
 */
struct eb_store *eb_store_read(const char *path, struct eb_diag_list *diags);

/*
 * The same as if `change` (managed.h; NULL: none) had been written. What makes no sense of it, as
 * taking away what is not there, is reported.
 */
struct eb_managed_change;
struct eb_store *eb_store_read_changed(
    const char *path, const struct eb_managed_change *change, struct eb_diag_list *diags);
void eb_store_free(struct eb_store *store);

/* The same through other calls (disk.h): how tests make the disk fail. */
struct eb_disk_calls;
struct eb_store *eb_store_read_through(const struct eb_disk_calls *calls, const char *path,
    const struct eb_managed_change *change, struct eb_diag_list *diags);

const struct eb_configuration *eb_store_configuration(const struct eb_store *store);

/* The directory that event-bus.json is in, and that the paths in it are relative to. */
const char *eb_store_directory(const struct eb_store *store);

/*
 * Gives back the texts of the rules, which a snapshot does not borrow and which are the bulk of a
 * large configuration. The configuration then has none.
 */
void eb_store_forget_rules(struct eb_store *store);

/*
 * A snapshot together with the texts it borrows: what a caller swaps and frees as one. False after
 * an error; everything wrong with any file is in `diags`: what the store found, then the schemas,
 * the contracts and the rules, each in the order of the files' names.
 */
struct eb_loaded {
    struct eb_store *store;
    struct eb_snapshot *snapshot;
};
bool eb_store_load(struct eb_loaded *loaded, const char *path, struct eb_figures_registry *registry,
    struct eb_diag_list *diags);
bool eb_store_load_changed(struct eb_loaded *loaded, const char *path,
    const struct eb_managed_change *change, struct eb_figures_registry *registry,
    struct eb_diag_list *diags);
void eb_loaded_free(struct eb_loaded *loaded);

#endif
