#include "store/entries.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bus/name.h"
#include "store/file_name.h"

/* Room for `more` entries; false without memory, which is then in the diagnostics. */
static bool reserve(struct eb_entry_list *list, uint32_t more, struct eb_diag_list *diags)
{
    if (list->room - list->count >= more)
        return true;
    uint64_t room = list->room + (more > list->room ? (uint64_t)more : list->room);
    if (room < 64)
        room = 64;
    struct eb_entry_text *items =
        room > UINT32_MAX ? NULL : realloc(list->items, room * sizeof *items);
    if (!items) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    list->items = items;
    list->room = (uint32_t)room;
    return true;
}

void eb_entry_list_release(struct eb_entry_list *list)
{
    free(list->items);
    *list = (struct eb_entry_list){ 0 };
}

static bool is_blank(struct eb_span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!strchr(" \t\r", line.ptr[i]) || line.ptr[i] == '\0')
            return false;
    }
    return true;
}

/* The next line of `*rest`, without its newline, taken off it; false when nothing is left. */
static bool next_line(struct eb_span *rest, struct eb_span *line)
{
    if (rest->len == 0)
        return false;
    const char *newline = memchr(rest->ptr, '\n', rest->len);
    size_t len = newline ? (size_t)(newline - rest->ptr) : rest->len;
    size_t taken = newline ? len + 1 : len;
    *line = eb_span(rest->ptr, len);
    *rest = eb_span(rest->ptr + taken, rest->len - taken);
    return true;
}

static uint32_t count_lines(struct eb_span text)
{
    uint32_t count = 0;
    for (struct eb_span line; next_line(&text, &line);)
        count++;
    return count;
}

static void add_lines(const struct eb_entries_source *source, struct eb_span text, const char *path,
    struct eb_entry_list *list)
{
    if (!reserve(list, count_lines(text), source->disk->diags))
        return;
    uint32_t number = 0;
    for (struct eb_span line; next_line(&text, &line);) {
        number++;
        if (is_blank(line))
            continue;
        list->items[list->count++] = (struct eb_entry_text){
            .text = line,
            .file = path,
            .first_line = number,
            .is_managed = source->is_managed,
        };
    }
}

bool eb_entry_list_add(
    struct eb_entry_list *list, const struct eb_entry_text *entry, struct eb_diag_list *diags)
{
    if (!reserve(list, 1, diags))
        return false;
    list->items[list->count++] = *entry;
    return true;
}

/* The name an entry's file gives it; ptr NULL, with the reason said, when it is not to be read. */
static struct eb_span stem_of(const struct eb_entries_source *source,
    const struct eb_directory *directory, const char *file_name, bool *is_lines)
{
    struct eb_span stem = eb_file_name_stem(file_name, ".json");
    *is_lines = !stem.ptr && source->has_lines;
    if (*is_lines)
        stem = eb_file_name_stem(file_name, ".jsonl");
    if (stem.ptr && eb_name_is_valid(stem))
        return stem;
    const char *path = eb_disk_path(source->disk, directory->path, file_name);
    if (path && stem.ptr)
        eb_disk_report(source->disk, path, "'%.*s' is not a name: expected " EB_NAME_GRAMMAR,
            (int)stem.len, stem.ptr);
    else if (path)
        eb_disk_report(source->disk, path, "is not read; expected a file called NAME.json%s",
            source->has_lines ? " or NAME.jsonl" : "");
    return eb_span(NULL, 0);
}

static void read_entry(const struct eb_entries_source *source, const struct eb_directory *directory,
    const char *file_name, struct eb_entry_list *list)
{
    bool is_lines;
    struct eb_span stem = stem_of(source, directory, file_name, &is_lines);
    if (!stem.ptr)
        return;
    unsigned flags = source->is_managed ? 0 : EB_OPEN_FOLLOWS_BELOW;
    struct eb_entry entry = eb_directory_entry(source->disk, directory, file_name, flags);
    if (entry.type == EB_ENTRY_DIRECTORY) {
        eb_disk_report(source->disk, entry.path, "is a directory; expected a file");
        eb_entry_close(&entry);
    }
    if (entry.fd < 0)
        return;
    size_t bytes_max = is_lines ? EB_LINES_BYTES_MAX : EB_DOCUMENT_BYTES_MAX;
    struct eb_span text = eb_entry_read(source->disk, &entry, bytes_max, source->texts);
    if (!text.ptr)
        return;
    if (is_lines)
        add_lines(source, text, entry.path, list);
    else
        eb_entry_list_add(list,
            &(struct eb_entry_text){
                .name = stem,
                .text = text,
                .file = entry.path,
                .first_line = 1,
                .is_managed = source->is_managed,
            },
            source->disk->diags);
}

void eb_entries_read(const struct eb_entries_source *source, const struct eb_directory *directory,
    struct eb_entry_list *list)
{
    struct eb_file_names names;
    if (!eb_directory_list(source->disk, directory, &names))
        return;
    for (size_t i = 0; i < names.count; i++)
        read_entry(source, directory, names.items[i], list);
    eb_file_names_release(&names);
}
