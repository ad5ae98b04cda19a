/* eb-bench read: our reader beside jansson's on the same events. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "bench/bench.h"
#include "json/reader.h"

static const struct eb_json_limits event_limits = {
    .bytes_max = EB_DOCUMENT_BYTES_MAX,
    .depth_max = EB_EVENT_DEPTH_DEFAULT,
};

static uint64_t read_event(void *context, struct eb_span event)
{
    struct eb_arena *arena = context;
    struct eb_doc doc;
    struct eb_json_fault fault;
    eb_arena_reset(arena);
    if (eb_json_read(&doc, event, &event_limits, arena, &fault) != EB_JSON_OK)
        return fault.offset;
    return doc.token_count;
}

static uint64_t read_event_with_jansson(void *context, struct eb_span event)
{
    (void)context;
    json_t *value =
        json_loadb(event.ptr, event.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    uint64_t is_read = value != NULL;
    json_decref(value);
    return is_read;
}

static size_t count_accepted(const struct bench_lines *events, struct eb_arena *arena)
{
    size_t accepted = 0;
    for (size_t i = 0; i < events->count; i++) {
        struct eb_doc doc;
        struct eb_json_fault fault;
        eb_arena_reset(arena);
        accepted +=
            eb_json_read(&doc, events->lines[i], &event_limits, arena, &fault) == EB_JSON_OK;
    }
    return accepted;
}

int bench_read(int argc, char **argv)
{
    static const struct option options[] = {
        { "events", required_argument, NULL, 'e' },
        { "rounds", required_argument, NULL, 'r' },
        { 0 },
    };
    const char *path = NULL;
    size_t rounds = BENCH_ROUNDS_DEFAULT;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'e': path = optarg; break;
        case 'r': rounds = strtoul(optarg, NULL, 10); break;
        default: return 2;
        }
    }
    if (!path || rounds < 1 || rounds > BENCH_ROUNDS_MAX)
        bench_fail("read needs --events FILE; --rounds is 1 to %d", BENCH_ROUNDS_MAX);
    struct bench_lines events = bench_lines_read(path);
    struct eb_arena arena;
    if (!eb_arena_init_reserved(&arena, eb_json_read_bytes(events.bytes, &event_limits)))
        bench_fail("no address space");
    static struct bench_arm arms[] = {
        { .name = "read", .run = read_event },
        { .name = "jansson", .run = read_event_with_jansson },
    };
    arms[0].context = &arena;
    bench_measure(arms, 2, &events, rounds);
    printf("{\"bench\":\"read\",\"events\":%zu,\"bytes_per_event\":%.1f,\"accepted\":%zu,"
           "\"read_ns\":%.1f,\"jansson_ns\":%.1f,\"jansson_per_read\":%.2f}\n",
        events.count, (double)events.bytes / (double)events.count, count_accepted(&events, &arena),
        arms[0].ns, arms[1].ns, bench_ratio(&arms[1], &arms[0], rounds));
    eb_arena_release(&arena);
    bench_lines_free(&events);
    return 0;
}
