/* What the bus has counted. */
#include <stdio.h>

#include "command.h"

/* One string of the metric's path, with labels for '+'. */
static void write_figure(
    void *context, const struct eb_metric *metric, const struct eb_sample *sample)
{
    struct eb_json_writer *out = context;
    char path[EB_SAMPLE_PATH_BYTES], value[EB_SAMPLE_BYTES];
    if (!metric->path)
        return;
    eb_json_write_name(out, eb_span(path, eb_sample_path(metric, sample, path)));
    eb_json_write_raw(out, eb_span(value, eb_sample_write(sample, value)));
}

static void write_list(
    struct eb_json_writer *out, const char *name, const char *key, const struct eb_frequent *list)
{
    struct eb_frequent_key top[EB_FREQUENT_KEYS];
    uint32_t count = eb_frequent_top(list, top, EB_FREQUENT_KEYS);
    eb_json_write_name(out, eb_span_of(name));
    eb_json_open_array(out);
    for (uint32_t i = 0; i < count; i++) {
        eb_json_open_object(out);
        eb_write_text_member(out, key, top[i].key);
        eb_write_int_member(out, "count", (int64_t)top[i].count);
        eb_write_int_member(out, "error", (int64_t)top[i].error);
        eb_json_close_object(out);
    }
    eb_json_close_array(out);
}

/* Pairs of a bucket's upper end and its count. */
static void write_histogram(
    struct eb_json_writer *out, const char *name, const struct eb_histogram *histogram)
{
    eb_json_write_name(out, eb_span_of(name));
    eb_json_open_array(out);
    for (uint32_t bucket = 0; bucket < EB_HISTOGRAM_BUCKETS; bucket++) {
        if (!histogram->buckets[bucket])
            continue;
        eb_json_open_array(out);
        eb_json_write_int(out, (int64_t)eb_histogram_bucket_top(bucket));
        eb_json_write_int(out, (int64_t)histogram->buckets[bucket]);
        eb_json_close_array(out);
    }
    eb_json_close_array(out);
}

static void write_histograms(struct eb_json_writer *out, const struct eb_statistics *statistics)
{
    const struct eb_observation *observation = &statistics->observation;
    char name[32];
    eb_json_write_name(out, eb_span_of("histograms"));
    eb_json_open_object(out);
    write_histogram(out, "callback", &observation->callback);
    for (int stage = 0;
         statistics->snapshot->settings.statistics_times_stages && stage < EB_STAGE_COUNT;
         stage++) {
        snprintf(name, sizeof name, "stages/%s", eb_stage_name((enum eb_stage)stage));
        write_histogram(out, name, &observation->stages.stages[stage]);
    }
    eb_json_close_object(out);
}

bool eb_command_get_statistics(struct eb_call *call)
{
    struct eb_bulletin *bulletin = call->desk->bulletin;
    struct eb_metric_reader reader = { .sample = write_figure, .context = call->out };
    if (!eb_call_number(
            call, "count", EB_SYS_ENTRIES_MAX, EB_PROMETHEUS_ENTRIES_MAX, &reader.entries_max))
        return false;
    if (!eb_bulletin_gather(bulletin))
        return eb_call_fail(call, "the broker is ending");
    const struct eb_statistics *statistics = &bulletin->statistics;
    eb_write_time_member(call->out, "time", statistics->now_us);
    eb_write_int_member(call->out, "uptimeMicroseconds", statistics->uptime_us);
    eb_json_write_name(call->out, eb_span_of("figures"));
    eb_json_open_object(call->out);
    bool is_told = eb_statistics_read(statistics, &reader);
    eb_json_close_object(call->out);
    write_histograms(call->out, statistics);
    const struct eb_observation *observation = &statistics->observation;
    write_list(call->out, "refusedClients", "client", &observation->refused_clients);
    write_list(call->out, "unwatchedTopics", "topic", &observation->unwatched_topics);
    return is_told || eb_call_fail(call, "out of memory");
}
