#include "bus/pipeline.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bus/event.h"
#include "bus/report.h"

static void judge(struct eb_event *event)
{
    struct eb_stage_times *times = event->pipeline->stages; /* mostly NULL */
    eb_event_guard_topic(event); /* closed trees, topics only the bus may write */
    eb_stages_lap(times, EB_STAGE_TOPIC);
    if (event->outcome->verdict > EB_PASSED)
        return;
    eb_event_read(event);
    eb_stages_lap(times, EB_STAGE_JSON);
    eb_event_judge(event);
    eb_event_deduplicate(event);
    eb_stages_lap(times, EB_STAGE_SCHEMA);
}

/*
 * The whole way of one event, in order. Each stage lives in a file of its own; none calls the heap,
 * blocks, logs or reads a file.
 */
static void pass(struct eb_event *event)
{
    const struct eb_outcome *outcome = event->outcome;
    struct eb_stage_times *times = event->pipeline->stages;
    if (!eb_event_find_watchers(event)) /* most messages end here */
        return;
    if (eb_event_recall(event)) /* a few were there before */
        return;
    judge(event);
    if (outcome->verdict <= EB_CONSUMED) {
        eb_event_match(event);
        eb_stages_lap(times, EB_STAGE_PATTERN);
        eb_event_render(event);
        eb_stages_lap(times, EB_STAGE_TARGET);
    }
    if (event->has_failed)
        eb_event_decide_failure(event);
    eb_event_write_dead_letter(event);
    eb_event_write_report(event);
    eb_event_render_shadows(event);
}

void eb_event_decide(struct eb_event *event)
{
    struct eb_outcome *outcome = event->outcome;
    const struct eb_fan_out *fan_out = event->fan_out;
    for (; event; event = eb_event_next_copy(event)) /* copies that a rule sends round again */
        pass(event);
    outcome->dispatches = fan_out->dispatches;
    outcome->dispatch_count = fan_out->count;
    if (outcome->verdict != EB_DEDUPLICATED)
        outcome->answer = outcome->verdict;
}

void eb_pipeline_run(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_message *message, struct eb_outcome *outcome)
{
    eb_pipeline_run_found(pipeline, snapshot, message, NULL, outcome);
}

void eb_pipeline_run_found(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_message *message, const struct eb_trie_found *found, struct eb_outcome *outcome)
{
    struct eb_event event;
    eb_event_begin(&event, pipeline, snapshot, message, outcome);
    event.found = found;
    event.account = pipeline->account;
    eb_event_decide(&event);
    eb_event_remember_keys(&event);
    eb_event_remember_sent(&event);
    eb_event_count(&event);
    eb_stages_lap(pipeline->stages, EB_STAGE_LETTER);
}

enum eb_verdict eb_pipeline_judge(struct eb_pipeline *pipeline, const struct eb_snapshot *snapshot,
    const struct eb_message *message)
{
    struct eb_event event;
    struct eb_outcome outcome;
    eb_event_begin(&event, pipeline, snapshot, message, &outcome);
    if (eb_event_find_watchers(&event))
        judge(&event);
    if (event.has_failed)
        eb_event_decide_failure(&event);
    return outcome.verdict;
}

enum {
    /* Worst case of the largest event: its tokens (8 times its bytes), one copy or letter of it
     * (twice), and room for rendering; address space, not memory. */
    ARENA_BYTES = 16 * EB_DOCUMENT_BYTES_MAX,
    /* Where address space is rationed, an event of the default size still fits. */
    ARENA_BYTES_MIN = 32 * EB_EVENT_BYTES_DEFAULT,
    /* What stays touched between events: the working set of events of ordinary size. */
    ARENA_BYTES_KEPT = 1024 * 1024,
};

bool eb_pipeline_init(struct eb_pipeline *pipeline)
{
    *pipeline = (struct eb_pipeline){ 0 };
    size_t bytes = ARENA_BYTES;
    while (!eb_arena_init_reserved(&pipeline->arena, bytes)) {
        bytes /= 2;
        if (bytes < ARENA_BYTES_MIN)
            return false;
    }
    pipeline->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    pipeline->account = calloc(1, sizeof *pipeline->account);
    if (!pipeline->runner || !pipeline->account) {
        eb_pipeline_release(pipeline);
        return false;
    }
    return true;
}

void eb_pipeline_release(struct eb_pipeline *pipeline)
{
    eb_regex_runner_free(pipeline->runner);
    free(pipeline->account);
    eb_arena_release(&pipeline->arena);
    *pipeline = (struct eb_pipeline){ 0 };
}

void eb_pipeline_rest(struct eb_pipeline *pipeline)
{
    eb_arena_reset(&pipeline->arena);
    eb_arena_trim(&pipeline->arena, ARENA_BYTES_KEPT);
}
