#include "sample_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

#define MARK "\"number\":"

enum {
    DIGITS = 16,
    MARK_LENGTH = sizeof MARK - 1,
    /* A copy may be anything, but what is measured keeps the number at its head. */
    SEARCHED = 512,
    NOTE_LENGTH = sizeof ",\"note\":\"\"}" - 1,
    SIZE_MIN = 48,
};

static const uint64_t first_number = 1000000000000000;

/* What a lock says, the most telling first: as many as fit. */
static const char *const members[] = {
    ",\"type\":\"access.granted\"",
    ",\"source\":\"lock/seattle/b12/d0042\"",
    ",\"time\":\"2026-11-20T17:21:33.125Z\"",
    ",\"id\":\"4f9c1d2e-7a3b-4c5d-8e9f-0123456789ab\"",
    ",\"door\":\"front\"",
    ",\"method\":\"keypad\"",
    ",\"user\":\"u-19384\"",
    ",\"battery\":87.5",
    ",\"rssi\":-61",
    ",\"attempts\":1",
    ",\"ok\":true",
    ",\"tags\":[\"delivery\",\"day\"]",
    ",\"floor\":3",
    ",\"site\":\"b12\"",
    ",\"firmware\":\"2.4.1\"",
    ",\"uptime\":86400",
    ",\"temperature\":21.5",
    ",\"address\":\"10.1.12.42\"",
};
enum { MEMBERS = sizeof members / sizeof *members };

static const char reading[] = "{\"at\":\"2026-11-20T17:21:33.125Z\",\"volts\":3.71,\"load\":0.125}";

static size_t add(struct sample_event *event, const char *text)
{
    size_t length = strlen(text);
    memcpy(event->text + event->length, text, length);
    event->length += length;
    return length;
}

static bool has_room(const struct sample_event *event, size_t size, size_t length)
{
    return event->length + length + NOTE_LENGTH <= size;
}

static void add_readings(struct sample_event *event, size_t size)
{
    static const char begin[] = ",\"readings\":[", end[] = "]";
    if (!has_room(event, size, sizeof begin + sizeof reading))
        return;
    add(event, begin);
    add(event, reading);
    while (has_room(event, size, 1 + sizeof reading)) {
        add(event, ",");
        add(event, reading);
    }
    add(event, end);
}

static void add_note(struct sample_event *event, size_t size)
{
    add(event, ",\"note\":\"");
    while (event->length < size - 2)
        event->text[event->length++] = 'x';
    add(event, "\"}");
}

static void find_digits(struct sample_event *event, const char *name)
{
    char *mark = strstr(event->text, MARK "1000000000000000");
    if (!mark)
        bench_fail("%s: no member " MARK "1000000000000000", name);
    event->digits = mark + MARK_LENGTH;
}

static struct sample_event allocate(size_t size)
{
    struct sample_event event = { .text = calloc(1, size + 1) };
    if (!event.text)
        bench_fail("no memory");
    return event;
}

struct sample_event sample_event_make(size_t size)
{
    if (size < SIZE_MIN)
        bench_fail("an event has at least %d bytes", SIZE_MIN);
    struct sample_event event = allocate(size);
    add(&event, "{" MARK "1000000000000000");
    for (int i = 0; i < MEMBERS && has_room(&event, size, strlen(members[i])); i++)
        add(&event, members[i]);
    add_readings(&event, size);
    add_note(&event, size);
    find_digits(&event, "event");
    return event;
}

struct sample_event sample_event_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        bench_fail("%s: cannot be read", path);
    long size = ftell(file);
    rewind(file);
    struct sample_event event = allocate((size_t)size);
    event.length = fread(event.text, 1, (size_t)size, file);
    fclose(file);
    find_digits(&event, path);
    return event;
}

void sample_event_release(struct sample_event *event)
{
    free(event->text);
    *event = (struct sample_event){ 0 };
}

void sample_event_set_number(struct sample_event *event, uint64_t number)
{
    number += first_number;
    for (int i = DIGITS - 1; i >= 0; i--, number /= 10)
        event->digits[i] = (char)('0' + number % 10);
}

bool sample_event_find_number(struct eb_span payload, uint64_t *number)
{
    size_t searched = payload.len < SEARCHED ? payload.len : SEARCHED;
    const char *at = searched ? memmem(payload.ptr, searched, MARK, MARK_LENGTH) : NULL;
    if (!at || (size_t)(at - payload.ptr) + MARK_LENGTH + DIGITS > payload.len)
        return false;
    at += MARK_LENGTH;
    uint64_t value = 0;
    for (int i = 0; i < DIGITS; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        value = 10 * value + (uint64_t)(at[i] - '0');
    }
    *number = value - first_number;
    return value >= first_number;
}
