#include "letters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "memory.h"
#include "terminal.h"
#include "json/number.h"
#include "json/reader.h"

static bool fail(const char *path)
{
    complain("%s: %s", path, strerror(errno));
    return false;
}

/* ---- where ---- */

/* Makes the directories that `path` stands in. */
static bool make_directories(char *path)
{
    for (char *slash = path; (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        bool is_made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!is_made)
            return fail(path);
    }
    return true;
}

static char *default_path(void)
{
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    bool has_base = base && *base;
    char *path = NULL;
    if (!has_base && !(home && *home))
        complain("HOME is not set: --store says where letters are kept");
    else if (asprintf(&path, "%s%s/event-bus/dead-letters.jsonl", has_base ? base : home,
                 has_base ? "" : "/.local/state") < 0) {
        path = NULL;
        memory_ran_out();
    }
    return path;
}

static bool take_lock(struct letters *letters)
{
    char *path;
    if (asprintf(&path, "%s.lock", letters->path) < 0) {
        memory_ran_out();
        return false;
    }
    letters->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool is_taken = letters->lock >= 0 && flock(letters->lock, LOCK_EX) == 0;
    if (!is_taken)
        fail(path);
    free(path);
    return is_taken;
}

/* ---- reading ---- */

static struct eb_span member_text(
    const struct eb_doc *doc, uint32_t object, const char *name, struct eb_arena *arena)
{
    uint32_t token = object == EB_NO_TOKEN || eb_doc_type(doc, object) != EB_JSON_OBJECT
                         ? EB_NO_TOKEN
                         : eb_doc_member(doc, object, name);
    if (token == EB_NO_TOKEN || eb_doc_type(doc, token) != EB_JSON_STRING)
        return eb_span(NULL, 0);
    return eb_doc_string(doc, token, arena);
}

struct eb_span letter_text(
    const struct letter *letter, uint32_t object, const char *name, struct eb_arena *arena)
{
    return member_text(&letter->doc, object, name, arena);
}

static struct eb_span client_of(const struct eb_doc *doc, struct eb_arena *arena)
{
    uint32_t client = eb_doc_member(doc, 0, "client");
    bool is_object = client != EB_NO_TOKEN && eb_doc_type(doc, client) == EB_JSON_OBJECT;
    return is_object ? member_text(doc, client, "id", arena) : member_text(doc, 0, "client", arena);
}

/* What every letter of ours has. */
static bool read_letter(struct letter *letter, struct eb_arena *arena)
{
    const struct eb_doc *doc = &letter->doc;
    if (eb_doc_type(doc, 0) != EB_JSON_OBJECT)
        return false;
    uint32_t summary = eb_doc_member(doc, 0, "summary");
    letter->is_summary = summary != EB_NO_TOKEN && eb_doc_type(doc, summary) == EB_JSON_TRUE;
    letter->id = member_text(doc, 0, "id", arena);
    letter->time = member_text(doc, 0, "time", arena);
    letter->topic = member_text(doc, 0, "topic", arena);
    letter->reason = member_text(doc, 0, "reason", arena);
    letter->rule = member_text(doc, 0, "rule", arena);
    letter->client = client_of(doc, arena);
    return letter->id.ptr && letter->time.ptr && (letter->is_summary || letter->topic.ptr);
}

static struct letter *append(struct letters *letters)
{
    if (letters->count == letters->room) {
        size_t room = letters->room ? 2 * letters->room : 64;
        struct letter *items = realloc(letters->items, room * sizeof *items);
        if (!items)
            return NULL;
        letters->items = items;
        letters->room = room;
    }
    struct letter *letter = &letters->items[letters->count];
    *letter = (struct letter){ 0 };
    return letter;
}

/* Whether `text` is JSON; what there is no memory for is noted. */
static bool read_json(struct letters *letters, struct eb_doc *doc, struct eb_span text)
{
    struct eb_json_fault fault;
    enum eb_json_code code = eb_json_read(doc, text, &eb_json_limits_max, &letters->arena, &fault);
    letters->is_out_of_memory |= code == EB_JSON_NO_MEMORY;
    return code == EB_JSON_OK;
}

/* The text of a letter that is kept; counted in when it is one. */
static bool take(struct letters *letters, struct eb_span text, uint32_t number)
{
    struct letter *letter = append(letters);
    letters->is_out_of_memory |= !letter;
    if (!letter || !read_json(letters, &letter->doc, text) || !read_letter(letter, &letters->arena))
        return false;
    letter->number = number;
    letters->count++;
    return true;
}

static bool take_line(struct letters *letters, struct eb_span line)
{
    struct eb_doc doc;
    if (!read_json(letters, &doc, line) || eb_doc_type(&doc, 0) != EB_JSON_OBJECT)
        return false;
    uint32_t number = eb_doc_member(&doc, 0, "n"), letter = eb_doc_member(&doc, 0, "letter");
    if (number == EB_NO_TOKEN || eb_doc_type(&doc, number) != EB_JSON_NUMBER)
        return false;
    uint32_t n = (uint32_t)eb_number_of(eb_doc_raw(&doc, number)).small;
    if (n > letters->last_number)
        letters->last_number = n;
    return letter == EB_NO_TOKEN || take(letters, eb_doc_source(&doc, letter), n);
}

static void take_lines(struct letters *letters, struct eb_span rest)
{
    for (int number = 1; rest.len > 0; number++) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        bool is_letter = len == 0 || take_line(letters, eb_span(rest.ptr, len));
        /* The last line may have been cut by whatever ended the process that wrote it. */
        if (!is_letter && !letters->is_out_of_memory)
            complain("%s:%d: not a letter; passed over", letters->path, number);
        len += end != NULL;
        rest = eb_span(rest.ptr + len, rest.len - len);
    }
}

static bool read_file(struct letters *letters)
{
    if (access(letters->path, F_OK) != 0)
        return true;
    struct eb_span text = input_read(letters->path);
    if (!text.ptr)
        return false;
    struct eb_span kept = eb_arena_copy(&letters->arena, text);
    letters->is_cut = text.len > 0 && text.ptr[text.len - 1] != '\n';
    letters->is_out_of_memory |= !kept.ptr;
    input_release(text);
    if (kept.ptr)
        take_lines(letters, kept);
    /* A letter there was no memory for would be gone when the file is written anew. */
    if (letters->is_out_of_memory)
        memory_ran_out();
    return !letters->is_out_of_memory;
}

bool letters_open(struct letters *letters, const char *path)
{
    *letters = (struct letters){ .lock = -1 };
    eb_arena_init_growing(&letters->arena, SIZE_MAX);
    letters->path = path ? strdup(path) : default_path();
    if (path && !letters->path)
        memory_ran_out();
    return letters->path && make_directories(letters->path) && take_lock(letters) &&
           read_file(letters);
}

void letters_close(struct letters *letters)
{
    if (letters->lock >= 0)
        close(letters->lock);
    memory_release(&letters->arena);
    free(letters->items);
    free(letters->path);
}

/* ---- writing ---- */

/* What devices sent is nobody else's to read. */
static FILE *open_to_write(const char *path, int flags)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, flags & O_APPEND ? "a" : "w");
    if (!file && fd >= 0)
        close(fd);
    return file;
}

static bool write_line(FILE *file, const struct letter *letter)
{
    struct eb_span text = eb_doc_source(&letter->doc, 0);
    fprintf(file, "{\"n\":%u,\"letter\":", letter->number);
    fwrite(text.ptr, 1, text.len, file);
    fputs("}\n", file);
    return !ferror(file);
}

static bool is_there(const struct letters *letters, struct eb_span text)
{
    for (size_t i = letters->count; i-- > 0;) {
        if (eb_span_equal(eb_doc_source(&letters->items[i].doc, 0), text))
            return true;
    }
    return false;
}

/* To the disk: the broker forgets a letter once it is taken, and a machine may stop. */
static bool settle(FILE *file)
{
    return fflush(file) == 0 && fsync(fileno(file)) == 0;
}

/* At the end of the file, on a line of its own. What could be written only in part is cut off. */
static bool write_down(struct letters *letters, const struct letter *letter)
{
    struct stat before = { 0 };
    FILE *file = open_to_write(letters->path, O_APPEND);
    if (!file || fstat(fileno(file), &before) != 0) {
        fail(letters->path);
        if (file)
            fclose(file);
        return false;
    }
    if (letters->is_cut)
        fputc('\n', file);
    bool is_written = write_line(file, letter) && settle(file);
    is_written = fclose(file) == 0 && is_written;
    letters->is_cut &= !is_written;
    if (is_written)
        return true;
    fail(letters->path);
    if (truncate(letters->path, before.st_size) != 0)
        letters->is_cut = true;
    return false;
}

/* The bus writes letters without white space, on one line. */
bool letters_add(struct letters *letters, struct eb_span text)
{
    if (is_there(letters, text))
        return true;
    struct eb_span kept = eb_arena_copy(&letters->arena, text);
    letters->is_out_of_memory |= !kept.ptr;
    bool is_line = kept.ptr && !memchr(kept.ptr, '\n', kept.len);
    if (is_line && take(letters, kept, letters->last_number + 1)) {
        letters->last_number++;
        return write_down(letters, &letters->items[letters->count - 1]);
    }
    if (letters->is_out_of_memory)
        memory_ran_out();
    else
        complain("a message that is no dead letter was passed over");
    return !letters->is_out_of_memory;
}

static bool write_all(const struct letters *letters, const char *path)
{
    FILE *file = open_to_write(path, O_TRUNC);
    bool is_good = file != NULL;
    for (size_t i = 0; is_good && i < letters->count; i++)
        is_good = letters->items[i].is_gone || write_line(file, &letters->items[i]);
    if (is_good && letters->last_number)
        fprintf(file, "{\"n\":%u}\n", letters->last_number);
    is_good = is_good && settle(file);
    return (!file || fclose(file) == 0) && is_good;
}

bool letters_save(struct letters *letters)
{
    char *path;
    if (asprintf(&path, "%s.new", letters->path) < 0) {
        memory_ran_out();
        return false;
    }
    bool is_good = write_all(letters, path) && rename(path, letters->path) == 0;
    if (!is_good) {
        fail(path);
        unlink(path);
    }
    free(path);
    return is_good;
}

struct letter *letters_find(struct letters *letters, const char *number)
{
    char *end;
    unsigned long wanted = strtoul(number, &end, 10);
    for (size_t i = 0; *end == '\0' && i < letters->count; i++) {
        if (letters->items[i].number == wanted)
            return &letters->items[i];
    }
    complain("there is no letter '%s'; 'event-bus dead-letters list' has their numbers", number);
    return NULL;
}
