/*
 * How long a broker leaves its plugins alone: the time from one callback to the next, by message
 * or tick, and how much of it its thread had the processor, which is what others on the machine do
 * not change. A message on gap/NAME ends a measurement, which goes to the files NAME.time and
 * NAME.work in the plugin's option `directory`: a line for each bucket of the histogram, its upper
 * end in nanoseconds and its count; then the longest.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang-format off */
#include <mosquitto.h>
#if !__has_include(<mosquitto/broker_plugin.h>)
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#endif
/* clang-format on */

#include "base/histogram.h"

#define EXPORTED __attribute__((visibility("default")))
#define PREFIX "gap/"

static mosquitto_plugin_id_t *plugin;
static char *directory;

static struct measure {
    const char *name;
    clockid_t clock;
    int64_t last_ns;
    struct eb_histogram gaps;
} measures[] = {
    { "time", CLOCK_MONOTONIC, 0, { 0 } },
    { "work", CLOCK_THREAD_CPUTIME_ID, 0, { 0 } },
};
enum { MEASURES = sizeof measures / sizeof *measures };

static void write_gaps(const struct measure *measure, const char *name)
{
    const struct eb_histogram *gaps = &measure->gaps;
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s", directory, name, measure->name);
    FILE *file = fopen(path, "w");
    if (!file)
        return;
    for (uint32_t bucket = 0; bucket < EB_HISTOGRAM_BUCKETS; bucket++) {
        if (gaps->buckets[bucket])
            fprintf(file, "%" PRIu64 " %" PRIu64 "\n", eb_histogram_bucket_top(bucket),
                gaps->buckets[bucket]);
    }
    fprintf(file, "max %" PRIu64 "\n", gaps->max);
    fclose(file);
}

static void note_callback(void)
{
    for (int i = 0; i < MEASURES; i++) {
        struct measure *measure = &measures[i];
        struct timespec now;
        clock_gettime(measure->clock, &now);
        int64_t now_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
        if (measure->last_ns)
            eb_histogram_record(&measure->gaps, (uint64_t)(now_ns - measure->last_ns));
        measure->last_ns = now_ns;
    }
}

static int on_tick(int type, void *event, void *context)
{
    (void)type;
    (void)event;
    (void)context;
    note_callback();
    return MOSQ_ERR_SUCCESS;
}

static int on_message(int type, void *event, void *context)
{
    (void)type;
    (void)context;
    const struct mosquitto_evt_message *message = event;
    note_callback();
    if (strncmp(message->topic, PREFIX, sizeof PREFIX - 1) != 0)
        return MOSQ_ERR_SUCCESS;
    for (int i = 0; i < MEASURES; i++) {
        write_gaps(&measures[i], message->topic + sizeof PREFIX - 1);
        memset(&measures[i].gaps, 0, sizeof measures[i].gaps);
        measures[i].last_ns = 0;
    }
    return MOSQ_ERR_SUCCESS;
}

EXPORTED int mosquitto_plugin_version(int supported_count, const int *supported)
{
    for (int i = 0; i < supported_count; i++) {
        if (supported[i] == MOSQ_PLUGIN_VERSION)
            return MOSQ_PLUGIN_VERSION;
    }
    return -1;
}

EXPORTED int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **user_data,
    struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    plugin = identifier;
    for (int i = 0; i < option_count; i++) {
        if (strcmp(options[i].key, "directory") == 0)
            directory = options[i].value;
    }
    if (!directory)
        return MOSQ_ERR_INVAL;
    int rc = mosquitto_callback_register(plugin, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
    return rc ? rc : mosquitto_callback_register(plugin, MOSQ_EVT_TICK, on_tick, NULL, NULL);
}

EXPORTED int mosquitto_plugin_cleanup(
    void *user_data, struct mosquitto_opt *options, int option_count)
{
    (void)user_data;
    (void)options;
    (void)option_count;
    mosquitto_callback_unregister(plugin, MOSQ_EVT_TICK, on_tick, NULL);
    return mosquitto_callback_unregister(plugin, MOSQ_EVT_MESSAGE, on_message, NULL);
}
