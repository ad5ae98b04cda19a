#include "base/diag.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"

void eb_diag_list_init(struct eb_diag_list *list)
{
    *list = (struct eb_diag_list){ 0 };
    list->last = &list->first;
}

void eb_diag_list_release(struct eb_diag_list *list)
{
    struct eb_diag *next;
    for (struct eb_diag *diag = list->first; diag; diag = next) {
        next = diag->next;
        free(diag);
    }
    eb_diag_list_init(list);
}

bool eb_diag_list_is_full(const struct eb_diag_list *list)
{
    return list->count >= EB_DIAGS_MAX;
}

/* Whether the character at the start of `text` may be shown; a byte that is part of none may not.
 */
static bool is_shown(struct eb_span text, size_t *len)
{
    uint32_t code_point;
    *len = eb_utf8_decode(text, &code_point);
    if (*len)
        return eb_utf8_is_printable(code_point);
    *len = 1;
    return false;
}

static void write_hex(char *out, struct eb_span bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        const char escape[] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };
        memcpy(out + i * sizeof escape, escape, sizeof escape);
    }
}

/*
 * What a device or a careless editor wrote must not steer the terminal or fake a log line. Returns
 * the length in `out`, which may be NULL.
 */
static size_t escape(char *out, struct eb_span text)
{
    assert(text.ptr || text.len == 0);
    size_t used = 0;
    for (size_t at = 0, len; at < text.len; at += len) {
        bool shown = is_shown(eb_span(text.ptr + at, text.len - at), &len);
        if (out && shown)
            memcpy(out + used, text.ptr + at, len);
        else if (out)
            write_hex(out + used, eb_span(text.ptr + at, len));
        used += shown ? len : 4 * len;
    }
    return used;
}

/* Returns what follows the copy and its NUL. */
static char *copy_escaped(char *out, struct eb_span text)
{
    out += escape(out, text);
    *out = '\0';
    return out + 1;
}

/* One heap object holds the entry and its three strings. */
static struct eb_diag *diag_new(
    enum eb_severity severity, struct eb_place place, struct eb_span text)
{
    struct eb_span file = eb_span_of(place.file);
    struct eb_diag *diag = malloc(sizeof *diag + escape(NULL, file) + 1 +
                                  escape(NULL, place.pointer) + 1 + escape(NULL, text) + 1);
    if (!diag)
        return NULL;
    char *next = (char *)(diag + 1);
    *diag = (struct eb_diag){ .severity = severity, .line = place.line, .column = place.column };
    diag->file = place.file ? next : NULL;
    next = copy_escaped(next, file);
    diag->pointer = place.pointer.ptr ? next : NULL;
    next = copy_escaped(next, place.pointer);
    diag->text = next;
    copy_escaped(next, text);
    return diag;
}

void eb_diag_add(struct eb_diag_list *list, enum eb_severity severity, struct eb_place place,
    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    eb_diag_vadd(list, severity, place, format, arguments);
    va_end(arguments);
}

void eb_diag_vadd(struct eb_diag_list *list, enum eb_severity severity, struct eb_place place,
    const char *format, va_list arguments)
{
    list->errors += severity == EB_ERROR;
    if (eb_diag_list_is_full(list)) {
        list->dropped++;
        return;
    }
    char *text = NULL;
    int len = vasprintf(&text, format, arguments);
    struct eb_diag *diag = len < 0 ? NULL : diag_new(severity, place, eb_span(text, (size_t)len));
    if (len >= 0)
        free(text);
    if (!diag) {
        list->dropped++;
        list->is_out_of_memory = true;
        return;
    }
    *list->last = diag;
    list->last = &diag->next;
    list->count++;
}

void eb_diag_add_out_of_memory(struct eb_diag_list *list)
{
    list->errors++;
    list->dropped++;
    list->is_out_of_memory = true;
}

void eb_diag_release_arena(struct eb_diag_list *list, struct eb_arena *arena)
{
    if (arena->is_starved)
        eb_diag_add_out_of_memory(list);
    eb_arena_release(arena);
}

size_t eb_diag_format(const struct eb_diag *diag, char *out, size_t out_bytes)
{
    static const char *const names[] = { "note", "warning", "error" };
    char place[64] = "";
    if (diag->line)
        snprintf(place, sizeof place, ":%u:%u", diag->line, diag->column);
    const char *pointer = diag->pointer;
    int len = snprintf(out, out_bytes, "%s%s%s%s: %s%s%s%s", diag->file ? diag->file : "",
        diag->file ? place : "", diag->file ? ": " : "", names[diag->severity], diag->text,
        pointer ? " (at " : "", pointer ? (*pointer ? pointer : "the top") : "",
        pointer ? ")" : "");
    return len < 0 ? 0 : (size_t)len;
}
