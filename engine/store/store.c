#include "store/store.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "store/disk.h"
#include "store/entries.h"
#include "store/managed.h"
#include "store/registry.h"

static const char settings_file[] = "event-bus.json";

struct eb_store {
    struct eb_arena arena; /* names, paths, settings, contracts and schemas */
    struct eb_arena rules; /* their texts: the bulk of a large configuration */
    struct eb_entry_list contract_list;
    struct eb_entry_list rule_list;
    struct eb_schema_list schema_list;
    struct eb_configuration configuration;
    const char *directory;
};

/* Reading one configuration. */
struct loader {
    struct eb_store *store;
    struct eb_disk disk;
    struct eb_directory base; /* where event-bus.json is */
};

/* ---- settings ---- */

/* The directory of the file `path`, given; NULL without memory. */
static const char *directory_of(struct loader *loader, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    struct eb_span directory = eb_span(path, slash == path ? 1 : (size_t)(slash - path));
    const char *copy = eb_arena_copy(loader->disk.arena, directory).ptr;
    if (!copy)
        eb_diag_add_out_of_memory(loader->disk.diags);
    return copy;
}

/* Opens event-bus.json and the directory it is in; `path` may be either. */
static struct eb_entry locate(struct loader *loader, const char *path)
{
    const struct eb_directory here = { .fd = AT_FDCWD, .path = "." };
    struct eb_entry entry = eb_directory_entry(&loader->disk, &here, path, EB_OPEN_FOLLOWS_LINKS);
    if (entry.type == EB_ENTRY_DIRECTORY) {
        loader->base = (struct eb_directory){ .fd = entry.fd, .path = entry.path };
        return eb_directory_entry(
            &loader->disk, &loader->base, settings_file, EB_OPEN_FOLLOWS_LINKS);
    }
    const char *directory = entry.type == EB_ENTRY_FILE ? directory_of(loader, path) : NULL;
    if (!directory ||
        !eb_directory_open(&loader->disk, &loader->base, NULL, directory, EB_OPEN_FOLLOWS_LINKS))
        eb_entry_close(&entry);
    return entry;
}

static bool read_settings(struct loader *loader, const char *path)
{
    struct eb_store *store = loader->store;
    struct eb_entry entry = locate(loader, path);
    if (entry.fd < 0)
        return false;
    if (entry.type != EB_ENTRY_FILE) {
        eb_disk_report(&loader->disk, entry.path, "is a directory; expected a file");
        eb_entry_close(&entry);
        return false;
    }
    const char *name = entry.path;
    struct eb_span text =
        eb_entry_read(&loader->disk, &entry, EB_DOCUMENT_BYTES_MAX, &store->arena);
    if (!text.ptr)
        return false;
    eb_settings_read(&store->configuration.settings, text, name, &store->arena, loader->disk.diags);
    /* What is wrong in other files is worth telling; but not of places that were not understood. */
    return !loader->disk.diags->is_out_of_memory;
}

/* ---- directories ---- */

/* A directory that event-bus.json names, or the usual one if it is there. */
static bool open_named(
    struct loader *loader, struct eb_directory *out, struct eb_span named, const char *usual)
{
    unsigned optional = named.ptr ? 0 : EB_OPEN_OPTIONAL;
    return eb_directory_open(&loader->disk, out, &loader->base, named.ptr ? named.ptr : usual,
        EB_OPEN_FOLLOWS_LINKS | optional);
}

/* What to do with one directory once it is open. */
typedef void read_directory(
    struct loader *loader, const struct eb_directory *directory, bool is_managed);

static void read_contracts(
    struct loader *loader, const struct eb_directory *directory, bool is_managed)
{
    struct eb_store *store = loader->store;
    const struct eb_entries_source source = {
        .disk = &loader->disk,
        .texts = &store->arena,
        .is_managed = is_managed,
    };
    eb_entries_read(&source, directory, &store->contract_list);
}

static void read_rules(struct loader *loader, const struct eb_directory *directory, bool is_managed)
{
    struct eb_store *store = loader->store;
    const struct eb_entries_source source = {
        .disk = &loader->disk,
        .texts = &store->rules,
        .has_lines = true,
        .is_managed = is_managed,
    };
    eb_entries_read(&source, directory, &store->rule_list);
}

static void read_schemas(
    struct loader *loader, const struct eb_directory *directory, bool is_managed)
{
    struct eb_store *store = loader->store;
    struct eb_schema_list *list = &store->schema_list;
    uint32_t before = list->count;
    eb_registry_read(&loader->disk, directory, &store->configuration.settings, is_managed, list);
    for (uint32_t i = before; i < list->count; i++)
        list->items[i].is_managed = is_managed;
}

/* The three kinds, in the order in which their mistakes are told. */
static const struct {
    const char *usual; /* also what it is called in the managed layer */
    size_t offset;     /* of the directory in the settings */
    read_directory *read;
} layout[] = {
    { "schemas", offsetof(struct eb_settings, schemas_directory), read_schemas },
    { "contracts", offsetof(struct eb_settings, contracts_directory), read_contracts },
    { "rules", offsetof(struct eb_settings, rules_directory), read_rules },
};

static void read_operators_files(struct loader *loader)
{
    const char *settings = (const char *)&loader->store->configuration.settings;
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
        struct eb_directory directory;
        struct eb_span named;
        memcpy(&named, settings + layout[i].offset, sizeof named);
        if (open_named(loader, &directory, named, layout[i].usual))
            layout[i].read(loader, &directory, false);
        eb_directory_close(&directory);
    }
}

static void read_managed_files(struct loader *loader)
{
    struct eb_span named = loader->store->configuration.settings.managed_directory;
    struct eb_directory managed, directory;
    if (!named.ptr || !eb_directory_open(&loader->disk, &managed, &loader->base, named.ptr,
                          EB_OPEN_FOLLOWS_LINKS | EB_OPEN_OPTIONAL))
        return;
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
        if (eb_directory_open(
                &loader->disk, &directory, &managed, layout[i].usual, EB_OPEN_OPTIONAL))
            layout[i].read(loader, &directory, true);
        eb_directory_close(&directory);
    }
    eb_directory_close(&managed);
}

/* ---- a change of what is managed, as if it were written ---- */

/* A copy that lives as long as the store; its bytes are NULL, and that is told, without memory. */
static struct eb_span keep(struct loader *loader, struct eb_span text)
{
    struct eb_span copy = eb_arena_copy(loader->disk.arena, text);
    if (!copy.ptr)
        eb_diag_add_out_of_memory(loader->disk.diags);
    return copy;
}

/* The change's text, given; what a snapshot borrows lives as long as the store. */
static struct eb_span keep_text(struct loader *loader, const struct eb_managed_change *change)
{
    bool is_rule = change->kind == EB_MANAGED_RULE;
    struct eb_arena *arena = is_rule ? &loader->store->rules : &loader->store->arena;
    struct eb_span text = eb_arena_copy(arena, change->text);
    if (!text.ptr)
        eb_diag_add_out_of_memory(loader->disk.diags);
    return text;
}

static void apply_to_entries(struct loader *loader, const struct eb_managed_change *change,
    const char *file, struct eb_entry_list *list)
{
    uint32_t at = 0;
    while (at < list->count && strcmp(list->items[at].file, file) != 0)
        at++;
    if (!change->text.ptr) {
        if (at == list->count)
            eb_disk_report(&loader->disk, file, "is not there");
        else
            memmove(
                &list->items[at], &list->items[at + 1], (--list->count - at) * sizeof *list->items);
        return;
    }
    struct eb_entry_text entry = {
        .name = keep(loader, change->name),
        .text = keep_text(loader, change),
        .file = file,
        .first_line = 1,
        .is_managed = true,
    };
    if (!entry.name.ptr || !entry.text.ptr)
        return;
    if (at < list->count)
        list->items[at] = entry;
    else
        eb_entry_list_add(list, &entry, loader->disk.diags);
}

static void apply_to_schemas(struct loader *loader, const struct eb_managed_change *change,
    const char *name, const char *file)
{
    struct eb_schema_list *list = &loader->store->schema_list;
    uint32_t at = 0;
    while (at < list->count && strcmp(list->items[at].file, file) != 0)
        at++;
    if (!change->text.ptr) {
        if (at == list->count)
            eb_disk_report(&loader->disk, file, "is not there");
        else
            list->items[at] = list->items[--list->count];
        return;
    }
    struct eb_schema_text version = {
        .subject = keep(loader, change->name),
        .version = change->version,
        .path = keep(loader, eb_span_of(strchr(name, '/') + 1)),
        .text = keep_text(loader, change),
        .file = file,
        .is_managed = true,
    };
    if (version.subject.ptr && version.text.ptr && version.path.ptr)
        eb_registry_add(&loader->disk, &loader->store->configuration.settings, &version, list);
}

static void apply(struct loader *loader, const struct eb_managed_change *change)
{
    struct eb_store *store = loader->store;
    struct eb_span directory = store->configuration.settings.managed_directory;
    char name[EB_MANAGED_PATH_BYTES];
    if (!directory.ptr) {
        eb_disk_report(&loader->disk, settings_file, "names no directory \"managed\"");
        return;
    }
    eb_managed_path(change, name);
    const char *managed = eb_disk_path(&loader->disk, loader->base.path, directory.ptr);
    const char *file = managed ? eb_disk_path(&loader->disk, managed, name) : NULL;
    if (!file)
        return;
    switch (change->kind) {
    case EB_MANAGED_CONTRACT: apply_to_entries(loader, change, file, &store->contract_list); break;
    case EB_MANAGED_RULE: apply_to_entries(loader, change, file, &store->rule_list); break;
    case EB_MANAGED_SCHEMA: apply_to_schemas(loader, change, name, file); break;
    }
}

/* ---- stores ---- */

static void fill_in(struct eb_store *store)
{
    struct eb_configuration *configuration = &store->configuration;
    configuration->contracts = store->contract_list.items;
    configuration->contract_count = store->contract_list.count;
    configuration->rules = store->rule_list.items;
    configuration->rule_count = store->rule_list.count;
    configuration->schemas = store->schema_list.items;
    configuration->schema_count = store->schema_list.count;
    configuration->subjects = store->schema_list.subjects;
    configuration->subject_count = store->schema_list.subject_count;
}

struct eb_store *eb_store_read_through(const struct eb_disk_calls *calls, const char *path,
    const struct eb_managed_change *change, struct eb_diag_list *diags)
{
    struct eb_store *store = calloc(1, sizeof *store);
    if (!store) {
        eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    eb_arena_init_growing(&store->arena, SIZE_MAX);
    eb_arena_init_growing(&store->rules, SIZE_MAX);
    struct loader loader = {
        .store = store,
        .disk = { .calls = calls, .arena = &store->arena, .diags = diags },
        .base = { .fd = -1 },
    };
    bool is_read = read_settings(&loader, path);
    if (is_read) {
        read_operators_files(&loader);
        read_managed_files(&loader);
        if (change)
            apply(&loader, change);
        eb_schema_list_finish(&loader.disk, &store->schema_list);
        fill_in(store);
        store->directory = loader.base.path;
    }
    eb_directory_close(&loader.base);
    if (is_read && !diags->is_out_of_memory)
        return store;
    eb_store_free(store);
    return NULL;
}

struct eb_store *eb_store_read(const char *path, struct eb_diag_list *diags)
{
    return eb_store_read_changed(path, NULL, diags);
}

struct eb_store *eb_store_read_changed(
    const char *path, const struct eb_managed_change *change, struct eb_diag_list *diags)
{
    return eb_store_read_through(&eb_disk_calls_system, path, change, diags);
}

void eb_store_free(struct eb_store *store)
{
    if (!store)
        return;
    eb_entry_list_release(&store->contract_list);
    eb_entry_list_release(&store->rule_list);
    eb_schema_list_release(&store->schema_list);
    eb_arena_release(&store->rules);
    eb_arena_release(&store->arena);
    free(store);
}

void eb_store_forget_rules(struct eb_store *store)
{
    eb_entry_list_release(&store->rule_list);
    eb_arena_release(&store->rules);
    eb_arena_init_growing(&store->rules, SIZE_MAX);
    fill_in(store);
}

const struct eb_configuration *eb_store_configuration(const struct eb_store *store)
{
    return &store->configuration;
}

const char *eb_store_directory(const struct eb_store *store)
{
    return store->directory;
}
