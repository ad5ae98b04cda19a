#include "store/registry.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bus/name.h"
#include "store/file_name.h"

static const char declaration_file[] = "subject.json";

struct registry_reader {
    struct eb_disk *disk;
    const struct eb_settings *settings;
    struct eb_schema_list *list;
    bool is_managed;
};

static void add(struct registry_reader *reader, const struct eb_schema_text *schema)
{
    struct eb_schema_list *list = reader->list;
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 64;
        struct eb_schema_text *items = realloc(list->items, room * sizeof *items);
        if (!items) {
            eb_diag_add_out_of_memory(reader->disk->diags);
            return;
        }
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = *schema;
}

static struct eb_entry open_entry(
    struct registry_reader *reader, const struct eb_directory *directory, const char *name)
{
    return eb_directory_entry(
        reader->disk, directory, name, reader->is_managed ? 0 : EB_OPEN_FOLLOWS_BELOW);
}

static void add_subject(struct registry_reader *reader, const struct eb_subject_text *subject)
{
    struct eb_schema_list *list = reader->list;
    if (list->subject_count == list->subject_room) {
        uint32_t room = list->subject_room ? 2 * list->subject_room : 16;
        struct eb_subject_text *subjects = realloc(list->subjects, room * sizeof *subjects);
        if (!subjects) {
            eb_diag_add_out_of_memory(reader->disk->diags);
            return;
        }
        list->subjects = subjects;
        list->subject_room = room;
    }
    list->subjects[list->subject_count++] = *subject;
}

void eb_schema_list_release(struct eb_schema_list *list)
{
    free(list->items);
    free(list->subjects);
    *list = (struct eb_schema_list){ 0 };
}

/* The part of `path` (inside the registry) that lies below `directory`; ptr NULL when none does. */
static struct eb_span below(struct eb_span path, struct eb_span directory)
{
    if (directory.len == 0)
        return path;
    if (!eb_span_starts(path, directory) || path.len <= directory.len ||
        path.ptr[directory.len] != '/')
        return eb_span(NULL, 0);
    return eb_span(path.ptr + directory.len + 1, path.len - directory.len - 1);
}

static struct eb_span join_uri(
    struct registry_reader *reader, struct eb_span prefix, struct eb_span rest)
{
    char *uri = eb_arena_alloc(reader->disk->arena, prefix.len + rest.len + 1, 1);
    if (!uri) {
        eb_diag_add_out_of_memory(reader->disk->diags);
        return eb_span(NULL, 0);
    }
    memcpy(uri, prefix.ptr, prefix.len);
    memcpy(uri + prefix.len, rest.ptr, rest.len);
    uri[prefix.len + rest.len] = '\0';
    return eb_span(uri, prefix.len + rest.len);
}

/* Adds the file at schema.path, with every URI that `uri_map` gives it. */
static void add_schema(struct registry_reader *reader, struct eb_schema_text schema)
{
    const struct eb_settings *settings = reader->settings;
    struct eb_span *uris =
        EB_ARENA_ARRAY(reader->disk->arena, struct eb_span, settings->uri_mapping_count);
    if (!uris && settings->uri_mapping_count) {
        eb_diag_add_out_of_memory(reader->disk->diags);
        return;
    }
    for (uint32_t i = 0; i < settings->uri_mapping_count; i++) {
        const struct eb_uri_mapping *mapping = &settings->uri_mappings[i];
        struct eb_span rest = below(schema.path, mapping->directory);
        if (!rest.ptr)
            continue;
        uris[schema.uri_count] = join_uri(reader, mapping->prefix, rest);
        if (!uris[schema.uri_count++].ptr)
            return;
    }
    schema.uris = uris;
    if (schema.uri_count || schema.version)
        add(reader, &schema);
    else
        eb_disk_report(reader->disk, schema.file, "no prefix of uri_map leads here");
}

/* ---- subjects ---- */

static void read_declaration(
    struct registry_reader *reader, struct eb_span subject, struct eb_entry *entry)
{
    const char *file = entry->path;
    struct eb_span text =
        eb_entry_read(reader->disk, entry, EB_DOCUMENT_BYTES_MAX, reader->disk->arena);
    if (text.ptr)
        add_subject(
            reader, &(struct eb_subject_text){ .subject = subject, .text = text, .file = file });
}

static void read_version(struct registry_reader *reader, const struct eb_directory *directory,
    struct eb_span subject, const char *file_name)
{
    uint32_t version = eb_version_read(eb_file_name_stem(file_name, ".json"));
    struct eb_entry entry = open_entry(reader, directory, file_name);
    if (entry.type == EB_ENTRY_NONE)
        return;
    if (entry.type == EB_ENTRY_FILE && strcmp(file_name, declaration_file) == 0) {
        read_declaration(reader, subject, &entry);
        return;
    }
    if (!version || entry.type != EB_ENTRY_FILE) {
        eb_disk_report(reader->disk, entry.path,
            "is not read; expected a file called VERSION.json, as 1.json, or subject.json");
        eb_entry_close(&entry);
        return;
    }
    struct eb_span text =
        eb_entry_read(reader->disk, &entry, EB_DOCUMENT_BYTES_MAX, reader->disk->arena);
    const char *path = text.ptr ? eb_disk_path(reader->disk, subject.ptr, file_name) : NULL;
    if (path)
        add_schema(reader, (struct eb_schema_text){
                               .subject = subject,
                               .version = version,
                               .path = eb_span_of(path),
                               .text = text,
                               .file = entry.path,
                           });
}

static void read_subject(
    struct registry_reader *reader, const struct eb_directory *directory, const char *subject)
{
    if (!eb_name_is_valid(eb_span_of(subject))) {
        eb_disk_report(reader->disk, directory->path,
            "'%s' is not a subject: expected " EB_NAME_GRAMMAR, subject);
        return;
    }
    struct eb_file_names names;
    if (!eb_directory_list(reader->disk, directory, &names))
        return;
    for (size_t i = 0; i < names.count; i++)
        read_version(reader, directory, eb_span_of(subject), names.items[i]);
    eb_file_names_release(&names);
}

/* ---- imported trees ---- */

/* What needs no escaping in a URI (RFC 3986 §2.3). */
static bool is_unreserved(const char *name)
{
    for (; *name; name++) {
        bool is_letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
        bool is_other = (*name >= '0' && *name <= '9') || strchr("-._~", *name);
        if (!is_letter && !is_other)
            return false;
    }
    return true;
}

static void read_imported(
    struct registry_reader *reader, struct eb_entry *entry, const char *path, const char *file_name)
{
    if (!eb_file_name_stem(file_name, ".json").ptr || !is_unreserved(file_name)) {
        eb_disk_report(reader->disk, entry->path,
            "is not read; expected a file called NAME.json, NAME without what a URI must escape");
        eb_entry_close(entry);
        return;
    }
    struct eb_span text =
        eb_entry_read(reader->disk, entry, EB_DOCUMENT_BYTES_MAX, reader->disk->arena);
    if (text.ptr)
        add_schema(reader, (struct eb_schema_text){
                               .path = eb_span_of(path),
                               .text = text,
                               .file = entry->path,
                           });
}

/* `path` is the directory's inside the registry. */
static void read_imported_tree(struct registry_reader *reader, const struct eb_directory *directory,
    const char *path, unsigned depth)
{
    struct eb_file_names names;
    if (depth > EB_REGISTRY_DEPTH_MAX) {
        eb_disk_report(reader->disk, directory->path, "directories are nested too deep");
        return;
    }
    if (!eb_directory_list(reader->disk, directory, &names))
        return;
    for (size_t i = 0; i < names.count; i++) {
        const char *inside = eb_disk_path(reader->disk, path, names.items[i]);
        if (!inside)
            break;
        struct eb_entry entry = open_entry(reader, directory, names.items[i]);
        if (entry.type == EB_ENTRY_FILE)
            read_imported(reader, &entry, inside, names.items[i]);
        else if (entry.type == EB_ENTRY_DIRECTORY && entry.is_link)
            eb_disk_report(reader->disk, entry.path,
                "is a symbolic link to a directory; here only those to files are followed");
        else if (entry.type == EB_ENTRY_DIRECTORY)
            read_imported_tree(
                reader, &(struct eb_directory){ entry.fd, entry.path }, inside, depth + 1);
        eb_entry_close(&entry);
    }
    eb_file_names_release(&names);
}

/* Whether `uri_map` names the directory `name` of the registry, or one below it. */
static bool is_imported(const struct eb_settings *settings, const char *name)
{
    for (uint32_t i = 0; i < settings->uri_mapping_count; i++) {
        struct eb_span directory = settings->uri_mappings[i].directory, wanted = eb_span_of(name);
        if (eb_span_equal(directory, wanted) || below(directory, wanted).ptr)
            return true;
    }
    return false;
}

/* ---- the whole ---- */

static void read_child(
    struct registry_reader *reader, const struct eb_directory *registry, const char *name)
{
    struct eb_entry entry = open_entry(reader, registry, name);
    struct eb_directory directory = { .fd = entry.fd, .path = entry.path };
    if (entry.type == EB_ENTRY_FILE)
        eb_disk_report(reader->disk, entry.path,
            "is not read; expected a directory called SUBJECT that holds VERSION.json");
    else if (entry.type == EB_ENTRY_DIRECTORY && is_imported(reader->settings, name))
        read_imported_tree(reader, &directory, name, 1);
    else if (entry.type == EB_ENTRY_DIRECTORY)
        read_subject(reader, &directory, name);
    eb_entry_close(&entry);
}

void eb_registry_read(struct eb_disk *disk, const struct eb_directory *directory,
    const struct eb_settings *settings, bool is_managed, struct eb_schema_list *list)
{
    struct registry_reader reader = {
        .disk = disk,
        .settings = settings,
        .list = list,
        .is_managed = is_managed,
    };
    struct eb_file_names names;
    if (!eb_directory_list(disk, directory, &names))
        return;
    for (size_t i = 0; i < names.count; i++)
        read_child(&reader, directory, names.items[i]);
    eb_file_names_release(&names);
}

void eb_registry_add(struct eb_disk *disk, const struct eb_settings *settings,
    const struct eb_schema_text *version, struct eb_schema_list *list)
{
    struct registry_reader reader = { .disk = disk, .settings = settings, .list = list };
    add_schema(&reader, *version);
}

void eb_registry_import(struct eb_disk *disk, const struct eb_directory *directory,
    struct eb_span prefix, struct eb_schema_list *list)
{
    const struct eb_uri_mapping mapping = { .prefix = prefix, .directory = { "", 0 } };
    const struct eb_settings settings = { .uri_mappings = &mapping, .uri_mapping_count = 1 };
    struct registry_reader reader = { .disk = disk, .settings = &settings, .list = list };
    read_imported_tree(&reader, directory, ".", 1);
}

static int compare_schemas(const void *left, const void *right)
{
    const struct eb_schema_text *a = left, *b = right;
    int order = eb_span_compare(a->subject, b->subject);
    if (order == 0)
        order = (a->version > b->version) - (a->version < b->version);
    if (order == 0)
        order = eb_span_compare(a->path, b->path);
    return order ? order : strcmp(a->file, b->file);
}

static int compare_subjects(const void *left, const void *right)
{
    const struct eb_subject_text *a = left, *b = right;
    int order = eb_span_compare(a->subject, b->subject);
    return order ? order : strcmp(a->file, b->file);
}

static void finish_subjects(struct eb_disk *disk, struct eb_schema_list *list)
{
    if (list->subject_count)
        qsort(list->subjects, list->subject_count, sizeof *list->subjects, compare_subjects);
    for (uint32_t i = 1; i < list->subject_count; i++) {
        const struct eb_subject_text *subject = &list->subjects[i], *before = subject - 1;
        if (eb_span_equal(subject->subject, before->subject))
            eb_disk_report(disk, subject->file, "'%.*s' is declared in %s already",
                (int)subject->subject.len, subject->subject.ptr, before->file);
    }
}

void eb_schema_list_finish(struct eb_disk *disk, struct eb_schema_list *list)
{
    finish_subjects(disk, list);
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, compare_schemas);
    for (uint32_t i = 1; i < list->count; i++) {
        const struct eb_schema_text *schema = &list->items[i], *before = schema - 1;
        if (schema->version && schema->version == before->version &&
            eb_span_equal(schema->subject, before->subject))
            eb_disk_report(disk, schema->file, "%.*s@%u is already in %s", (int)schema->subject.len,
                schema->subject.ptr, schema->version, before->file);
    }
}
