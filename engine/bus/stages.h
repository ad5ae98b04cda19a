/*
 * stages.h - where the time of an event goes, when somebody asked.
 *
 * A lap ends one stage and begins the next. Costs a look at the clock for each stage, which is more
 * than some stages take: not for everyday.
 */
#ifndef EB_BUS_STAGES_H
#define EB_BUS_STAGES_H

#include "base/clock.h"
#include "base/histogram.h"

#define EB_EACH_STAGE(X)                                                                           \
    X(MESSAGE, "message", "taking the message over from the broker")                               \
    X(TOPIC, "topic", "finding who watches the topic")                                             \
    X(JSON, "json", "reading the payload")                                                         \
    X(SCHEMA, "schema", "judging")                                                                 \
    X(PATTERN, "pattern", "matching rules")                                                        \
    X(TARGET, "target", "making copies")                                                           \
    X(LETTER, "letter", "writing dead letters, and counting")                                      \
    X(PUBLISH, "publish", "handing copies and letters to the broker")

#define X(name, text, help) EB_STAGE_##name,
enum eb_stage { EB_EACH_STAGE(X) EB_STAGE_COUNT };
#undef X

struct eb_stage_times {
    struct eb_histogram stages[EB_STAGE_COUNT]; /* nanoseconds */
    int64_t lap_ns;                             /* when the stage at hand began */
};

/* "json"; static. */
const char *eb_stage_name(enum eb_stage stage);

/* For all three, NULL: nobody asked. */
static inline void eb_stages_begin(struct eb_stage_times *times)
{
    if (times)
        times->lap_ns = eb_clock_monotonic_ns();
}

static inline void eb_stages_lap(struct eb_stage_times *times, enum eb_stage ended)
{
    if (!times)
        return;
    int64_t now_ns = eb_clock_monotonic_ns();
    eb_histogram_record(&times->stages[ended], (uint64_t)(now_ns - times->lap_ns));
    times->lap_ns = now_ns;
}

#endif
