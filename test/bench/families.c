#include "bench/families.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- events of about 290 bytes ---- */

/* JSON of what varies; NULL: as in any other event. */
struct parts {
    const char *source, *type, *door, *user, *battery, *more;
};

static const char *part(const char *json, const char *otherwise)
{
    return json ? json : otherwise;
}

static void write_parts(char *out, uint32_t serial, const struct parts *parts)
{
    int len = snprintf(out, FAMILY_TEXT_BYTES,
        "{\"specversion\":\"1.0\",\"id\":\"4f9c1d2e-7a3b-4c5d-8e9f-0123%08x\",\"source\":%s,"
        "\"type\":%s,\"time\":\"2026-11-20T17:21:33.125Z\",\"data\":{\"door\":%s,"
        "\"method\":\"keypad\",\"user\":%s,\"battery\":%s,\"rssi\":-61,\"attempts\":1%s,"
        "\"tags\":[\"delivery\",\"day\"],\"ok\":true}}",
        serial, part(parts->source, "\"lock/seattle/b12/d0042\""),
        part(parts->type, "\"access.granted\""), part(parts->door, "\"front\""),
        part(parts->user, "\"u-19384\""), part(parts->battery, "87.5"), part(parts->more, ""));
    if (len >= FAMILY_TEXT_BYTES)
        out[0] = '\0';
}

static void write_text(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void write_text(char *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out, FAMILY_TEXT_BYTES, format, arguments);
    va_end(arguments);
}

/*
 * One value of `format`, with a number below `size` in it, or an array of `matches`. Numbers are
 * spread over the whole.
 */
static void write_values(
    char *out, const char *format, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    size_t len = 0, first = eb_draw_below(draw, size);
    if (matches > 1)
        out[len++] = '[';
    for (uint32_t i = 0; i < matches; i++) {
        unsigned number = (unsigned)((first + (uint64_t)i * (size / matches)) % size);
        if (i)
            out[len++] = ',';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        len += (size_t)snprintf(out + len, FAMILY_TEXT_BYTES - len, format, number);
#pragma GCC diagnostic pop
    }
    if (matches > 1)
        out[len++] = ']';
    out[len] = '\0';
}

/* ---- the families ---- */

static void distinct_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"type\":[\"access.granted\"],\"data\":{\"door\":[\"d-%u\"]}}", number);
}

static void distinct_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char door[FAMILY_TEXT_BYTES];
    write_values(door, "\"d-%u\"", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .door = door });
}

static uint32_t cross_base(uint32_t size)
{
    return size > 1000 ? 100 : 10;
}

static void cross_pattern(char *out, uint32_t number, uint32_t size)
{
    uint32_t base = cross_base(size);
    write_text(out, "{\"type\":[\"t-%u\"],\"data\":{\"door\":[\"d-%u\"],\"user\":[\"u-%u\"]}}",
        number % base, number / base % base, number / base / base);
}

static void cross_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char type[FAMILY_TEXT_BYTES], door[32], user[32];
    uint32_t base = cross_base(size), number = (uint32_t)eb_draw_below(draw, size);
    write_values(type, "\"t-%u\"", base, matches, draw);
    snprintf(door, sizeof door, "\"d-%u\"", number / base % base);
    snprintf(user, sizeof user, "\"u-%u\"", number / base / base);
    write_parts(out, serial, &(struct parts){ .type = type, .door = door, .user = user });
}

static void threshold_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"data\":{\"battery\":[{\"numeric\":[\"<\",%u]}]}}", number + 1);
}

/* Above all thresholds but the highest. */
static void threshold_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char battery[32];
    snprintf(
        battery, sizeof battery, "%u.%u", size - matches, (unsigned)eb_draw_below(draw, 9) + 1);
    write_parts(out, serial, &(struct parts){ .battery = battery });
}

static void range_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(
        out, "{\"data\":{\"battery\":[{\"numeric\":[\">=\",%u,\"<\",%u]}]}}", number, number + 1);
}

static void range_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char battery[FAMILY_TEXT_BYTES];
    write_values(battery, "%u.25", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .battery = battery });
}

static void keyed_threshold_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out,
        "{\"type\":[\"access.granted\"],\"data\":{\"door\":[\"d-%u\"],"
        "\"battery\":[{\"numeric\":[\"<\",%u]}]}}",
        number, number % 100);
}

static void keyed_threshold_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char door[FAMILY_TEXT_BYTES];
    write_values(door, "\"d-%u\"", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .door = door, .battery = "-0.5" });
}

static void prefix_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"source\":[{\"prefix\":\"lock/%u/\"}]}", number);
}

static void prefix_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char source[FAMILY_TEXT_BYTES];
    write_values(source, "\"lock/%u/b12/d0042\"", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .source = source });
}

static void suffix_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"source\":[{\"suffix\":\"/d%u\"}]}", number);
}

static void suffix_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char source[FAMILY_TEXT_BYTES];
    write_values(source, "\"lock/seattle/b12/d%u\"", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .source = source });
}

static void case_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"data\":{\"user\":[{\"equals-ignore-case\":\"User-%u\"}]}}", number);
}

static void case_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char user[FAMILY_TEXT_BYTES];
    write_values(user, "\"uSER-%u\"", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .user = user });
}

/* Four filters for each of a quarter of the sites. */
static void topic_filter(char *out, uint32_t number)
{
    static const char *const formats[] = { "s/%u/#", "s/%u/+/e", "s/%u/l/+", "s/%u/+/+" };
    const char *format = formats[number % 4];
    size_t len = (size_t)(strchr(format, '%') - format);
    write_text(out, "%.*s%u%s", (int)len, format, number / 4, format + len + 2);
}

static void topic_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)number, (void)size;
    write_text(out, "{\"type\":[\"access.granted\"]}");
}

static void topic_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    unsigned site = (unsigned)eb_draw_below(draw, size / 4);
    size_t len =
        (size_t)snprintf(out, FAMILY_TEXT_BYTES, "s/%u/l/e%s\n", site, matches > 1 ? "" : "/f");
    char payload[FAMILY_TEXT_BYTES];
    write_parts(payload, serial, &(struct parts){ .more = NULL });
    memcpy(out + len, payload, FAMILY_TEXT_BYTES - len);
}

static void list_pattern(char *out, uint32_t number, uint32_t size)
{
    enum { VALUES = 16 };
    size_t len = (size_t)snprintf(out, FAMILY_TEXT_BYTES, "{\"data\":{\"door\":[");
    (void)size;
    for (uint32_t i = 0; i < VALUES; i++)
        len += (size_t)snprintf(
            out + len, FAMILY_TEXT_BYTES - len, "%s\"d-%u-%u\"", i ? "," : "", number, i);
    snprintf(out + len, FAMILY_TEXT_BYTES - len, "]}}");
}

static void list_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char door[FAMILY_TEXT_BYTES];
    write_values(door, "\"d-%u-11\"", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .door = door });
}

static void long_list_value(char *out, uint32_t number)
{
    write_text(out, "\"d-%u\"", number);
}

/* Neighbours are in different lists. */
static void long_list_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char door[FAMILY_TEXT_BYTES] = "[";
    size_t len = matches > 1, first = eb_draw_below(draw, size - matches + 1);
    for (uint32_t i = 0; i < matches; i++)
        len += (size_t)snprintf(
            door + len, sizeof door - len, "%s\"d-%u\"", i ? "," : "", (unsigned)(first + i));
    if (matches > 1)
        snprintf(door + len, sizeof door - len, "]");
    write_parts(out, serial, &(struct parts){ .door = door });
}

static void or_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out,
        "{\"$or\":[{\"type\":[\"t-%u\"],\"data\":{\"door\":[\"d-%u\"]}},"
        "{\"source\":[\"s-%u\"],\"data\":{\"user\":[\"u-%u\"]}}]}",
        number, number, number, number);
}

static void or_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char first[FAMILY_TEXT_BYTES], second[FAMILY_TEXT_BYTES];
    struct eb_draw same = *draw;
    bool is_second = serial % 2;
    write_values(first, is_second ? "\"s-%u\"" : "\"t-%u\"", size, matches, draw);
    write_values(second, is_second ? "\"u-%u\"" : "\"d-%u\"", size, matches, &same);
    if (is_second)
        write_parts(out, serial, &(struct parts){ .source = first, .user = second });
    else
        write_parts(out, serial, &(struct parts){ .type = first, .door = second });
}

static void block_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    uint32_t address = number * 16;
    write_text(out, "{\"data\":{\"user\":[{\"cidr\":\"10.%u.%u.%u/28\"}]}}", address >> 16 & 255,
        address >> 8 & 255, address & 255);
}

static void block_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char user[FAMILY_TEXT_BYTES] = "[";
    size_t len = matches > 1, first = eb_draw_below(draw, size);
    for (uint32_t i = 0; i < matches; i++) {
        uint32_t block = (uint32_t)((first + (uint64_t)i * (size / matches)) % size);
        uint32_t address = block * 16 + (uint32_t)eb_draw_below(draw, 16);
        len += (size_t)snprintf(user + len, sizeof user - len, "%s\"10.%u.%u.%u\"", i ? "," : "",
            address >> 16 & 255, address >> 8 & 255, address & 255);
    }
    if (matches > 1)
        snprintf(user + len, sizeof user - len, "]");
    write_parts(out, serial, &(struct parts){ .user = user });
}

static void exists_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"data\":{\"f-%u\":[{\"exists\":true}]}}", number);
}

/* Names that differ in their last digits, as most do, so that the reader need not compare them. */
static void exists_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char more[FAMILY_TEXT_BYTES];
    size_t len = 0, first = eb_draw_below(draw, size);
    for (uint32_t i = 0; i < matches; i++)
        len += (size_t)snprintf(more + len, sizeof more - len, ",\"f-%u\":1",
            (unsigned)((first + (uint64_t)i * (size / matches + 1)) % size));
    write_parts(out, serial, &(struct parts){ .more = more });
}

static void absent_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"data\":{\"door\":[\"d-%u\"],\"error\":[{\"exists\":false}]}}", number);
}

static void but_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out,
        "{\"type\":[\"access.granted\"],\"data\":{\"door\":[{\"anything-but\":[\"d-%u\"]}]}}",
        number);
}

static void but_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    (void)matches;
    distinct_event(out, serial, size, 1, draw);
}

static void wildcard_pattern(char *out, uint32_t number, uint32_t size)
{
    (void)size;
    write_text(out, "{\"source\":[{\"wildcard\":\"aaaa*aa*a*b%05u*aa*a\"}]}", number);
}

static void wildcard_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char source[FAMILY_TEXT_BYTES];
    write_values(source, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaab%05ubaaaaaaaaa\"", size, matches, draw);
    write_parts(out, serial, &(struct parts){ .source = source });
}

/* A kilobyte of one letter. */
static void letter_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char source[1100] = "\"";
    (void)size, (void)matches, (void)draw;
    memset(source + 1, 'a', 1024);
    memcpy(source + 1025, "\"", 2);
    write_parts(out, serial, &(struct parts){ .source = source });
}

/* A kilobyte that all but matches. */
static void near_event(
    char *out, uint32_t serial, uint32_t size, uint32_t matches, struct eb_draw *draw)
{
    char source[1100] = "\"";
    (void)matches;
    memset(source + 1, 'a', 1024);
    int len = snprintf(source + 512, 32, "b%05u", (unsigned)eb_draw_below(draw, size));
    source[512 + len] = 'a';
    memcpy(source + 1025, "b\"", 3);
    write_parts(out, serial, &(struct parts){ .source = source });
}

const struct family families[] = {
    { .name = "a",
        .help = "a distinct key beside a shared one",
        .ratio_max = 2,
        .write_pattern = distinct_pattern,
        .write_event = distinct_event },
    { .name = "b",
        .help = "a cross product of three fields",
        .ratio_max = 2,
        .write_pattern = cross_pattern,
        .write_event = cross_event },
    { .name = "c1",
        .help = "numeric thresholds",
        .ratio_max = 3,
        .write_pattern = threshold_pattern,
        .write_event = threshold_event },
    { .name = "c2",
        .help = "numeric ranges",
        .ratio_max = 3,
        .write_pattern = range_pattern,
        .write_event = range_event },
    { .name = "c3",
        .help = "a threshold beside a distinct key",
        .ratio_max = 3,
        .write_pattern = keyed_threshold_pattern,
        .write_event = keyed_threshold_event },
    { .name = "d",
        .help = "prefixes",
        .ratio_max = 3,
        .write_pattern = prefix_pattern,
        .write_event = prefix_event },
    { .name = "e",
        .help = "suffixes",
        .ratio_max = 3,
        .write_pattern = suffix_pattern,
        .write_event = suffix_event },
    { .name = "f",
        .help = "equals-ignore-case",
        .ratio_max = 2,
        .write_pattern = case_pattern,
        .write_event = case_event },
    { .name = "g",
        .help = "distinct filters with wildcards",
        .ratio_max = 2,
        .write_pattern = topic_pattern,
        .write_event = topic_event,
        .write_filter = topic_filter },
    { .name = "h1",
        .help = "lists of 16 values",
        .ratio_max = 2,
        .write_pattern = list_pattern,
        .write_event = list_event },
    { .name = "h2",
        .help = "four lists, so many values together",
        .ratio_max = 2,
        .write_event = long_list_event,
        .write_value = long_list_value },
    { .name = "i",
        .help = "$or of two ands",
        .ratio_max = 2,
        .write_pattern = or_pattern,
        .write_event = or_event },
    { .name = "j",
        .help = "cidr blocks",
        .ratio_max = 3,
        .write_pattern = block_pattern,
        .write_event = block_event },
    { .name = "k1",
        .help = "exists, distinct fields",
        .ratio_max = 2,
        .write_pattern = exists_pattern,
        .write_event = exists_event },
    { .name = "k2",
        .help = "a distinct key beside an absent one",
        .ratio_max = 2,
        .write_pattern = absent_pattern,
        .write_event = distinct_event },
    { .name = "l",
        .help = "anything-but: most rules match",
        .ratio_max = 0,
        .write_pattern = but_pattern,
        .write_event = but_event },
    { .name = "m1",
        .help = "wildcards: shared prefix, four stars",
        .ratio_max = 10,
        .size_max = 10000,
        .write_pattern = wildcard_pattern,
        .write_event = wildcard_event },
    { .name = "m2",
        .help = "the same, 1 kB of one letter",
        .ratio_max = 10,
        .size_max = 10000,
        .write_pattern = wildcard_pattern,
        .write_event = letter_event },
    { .name = "m3",
        .help = "the same, 1 kB that all but matches",
        .ratio_max = 10,
        .size_max = 10000,
        .write_pattern = wildcard_pattern,
        .write_event = near_event },
};

const size_t family_count = sizeof families / sizeof families[0];
