/*
 * eb-bench pipeline: what one event costs under a configuration, stage by stage.
 *
 * Arms run the way of an event up to and including one stage, on the same events; what a stage
 * costs is the difference to the arm before. The last arm is eb_pipeline_run() itself.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/instructions.h"
#include "bus/event.h"
#include "store/store.h"

static struct eb_pipeline pipeline;
static struct eb_loaded loaded;
static struct eb_message message;

static void load(const char *path, struct eb_figures_registry *registry)
{
    struct eb_diag_list diags;
    eb_diag_list_init(&diags);
    bool is_loaded = eb_store_load(&loaded, path, registry, &diags);
    for (const struct eb_diag *diag = diags.first; diag; diag = diag->next) {
        char text[1000];
        eb_diag_format(diag, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    eb_diag_list_release(&diags);
    if (!is_loaded)
        bench_fail("%s: not a sound configuration", path);
}

enum stage {
    STAGE_TOPIC,
    STAGE_READ,
    STAGE_VALIDATE,
    STAGE_MATCH,
    STAGE_WHOLE,
    STAGES,
};

static uint64_t run_up_to(enum stage last, struct eb_span payload)
{
    struct eb_event event;
    struct eb_outcome outcome;
    message.payload = payload;
    eb_event_begin(&event, &pipeline, loaded.snapshot, &message, &outcome);
    if (!eb_event_find_watchers(&event))
        return 0;
    eb_event_guard_topic(&event);
    if (last >= STAGE_READ)
        eb_event_read(&event);
    if (last >= STAGE_VALIDATE)
        eb_event_judge(&event);
    if (last >= STAGE_MATCH && outcome.verdict <= EB_CONSUMED)
        eb_event_match(&event);
    return (uint64_t)outcome.verdict + outcome.rule_count;
}

static uint64_t run_topic(void *context, struct eb_span event)
{
    (void)context;
    return run_up_to(STAGE_TOPIC, event);
}

static uint64_t run_read(void *context, struct eb_span event)
{
    (void)context;
    return run_up_to(STAGE_READ, event);
}

static uint64_t run_validate(void *context, struct eb_span event)
{
    (void)context;
    return run_up_to(STAGE_VALIDATE, event);
}

static uint64_t run_match(void *context, struct eb_span event)
{
    (void)context;
    return run_up_to(STAGE_MATCH, event);
}

static uint64_t run_whole(void *context, struct eb_span event)
{
    (void)context;
    struct eb_outcome outcome;
    message.payload = event;
    eb_pipeline_run(&pipeline, loaded.snapshot, &message, &outcome);
    eb_pipeline_rest(&pipeline);
    return (uint64_t)outcome.verdict + outcome.dispatch_count;
}

static uint64_t run_jansson(void *context, struct eb_span event)
{
    (void)context;
    json_t *value =
        json_loadb(event.ptr, event.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    uint64_t is_read = value != NULL;
    json_decref(value);
    return is_read;
}

/* `rounds` 0: instructions are counted. */
static void measure(const struct bench_lines *events, size_t rounds)
{
    static struct bench_arm arms[] = {
        { .name = "topic", .run = run_topic },
        { .name = "read", .run = run_read },
        { .name = "validate", .run = run_validate },
        { .name = "match", .run = run_match },
        { .name = "whole", .run = run_whole },
        { .name = "jansson", .run = run_jansson },
    };
    const char *unit = rounds ? "ns" : "instructions";
    if (rounds)
        bench_measure(arms, STAGES + 1, events, rounds);
    else
        instructions_measure(arms, STAGES + 1, events);
    const struct eb_figures *figures = loaded.snapshot->figures;
    printf("{\"bench\":\"pipeline\",\"events\":%zu,\"rules\":%u,\"contracts\":%u", events->count,
        loaded.snapshot->rule_count, loaded.snapshot->contract_count);
    for (int i = 0; i < STAGE_WHOLE; i++)
        printf(",\"%s_%s\":%.1f", arms[i].name, unit, arms[i].ns - (i ? arms[i - 1].ns : 0));
    printf(",\"render_%s\":%.1f,\"whole_%s\":%.1f,\"jansson_%s\":%.1f,"
           "\"jansson_per_whole\":%.2f,\"checksum\":%llu,\"refused\":%.3f}\n",
        unit, arms[STAGE_WHOLE].ns - arms[STAGE_MATCH].ns, unit, arms[STAGE_WHOLE].ns, unit,
        arms[STAGES].ns, bench_ratio(&arms[STAGES], &arms[STAGE_WHOLE], rounds ? rounds : 1),
        (unsigned long long)arms[STAGE_WHOLE].checksum,
        figures->received ? (double)figures->refused / (double)figures->received : 0.0);
}

int bench_pipeline(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "events", required_argument, NULL, 'e' },
        { "topic", required_argument, NULL, 't' },
        { "rounds", required_argument, NULL, 'r' },
        { "instructions", no_argument, NULL, 'i' },
        { 0 },
    };
    const char *config = NULL, *path = NULL, *topic = "locks/1/events";
    size_t rounds = BENCH_ROUNDS_DEFAULT;
    bool counts_instructions = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'e': path = optarg; break;
        case 't': topic = optarg; break;
        case 'r': rounds = strtoul(optarg, NULL, 10); break;
        case 'i': counts_instructions = true; break;
        default: return 2;
        }
    }
    if (!config || !path || rounds < 1 || rounds > BENCH_ROUNDS_MAX)
        bench_fail("pipeline needs --config PATH and --events FILE; --rounds is 1 to %d",
            BENCH_ROUNDS_MAX);
    if (counts_instructions)
        instructions_begin(argv - 1);
    struct eb_figures_registry *registry = eb_figures_registry_new();
    if (!registry || !eb_pipeline_init(&pipeline))
        bench_fail("no memory");
    load(config, registry);
    message = (struct eb_message){ .topic = eb_span_of(topic),
        .client_id = EB_SPAN("bench"),
        .protocol = 5,
        .properties = { .payload_format = -1 } };
    struct bench_lines events = bench_lines_read(path);
    measure(&events, counts_instructions ? 0 : rounds);
    bench_lines_free(&events);
    eb_loaded_free(&loaded);
    eb_figures_registry_free(registry);
    eb_pipeline_release(&pipeline);
    return 0;
}
