#include "bulletin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/limits.h"
#include "broker.h"
#include "bus/prometheus.h"
#include "log.h"
#include "store/replace.h"

/* ---- gathering ---- */

struct gathering {
    struct eb_errand errand;
    struct eb_bulletin *bulletin;
};

static bool copy(struct eb_errand *errand, void *plugin)
{
    (void)plugin;
    struct eb_bulletin *bulletin = ((struct gathering *)errand)->bulletin;
    struct eb_statistics *statistics = &bulletin->statistics;
    statistics->now_us = eb_clock_now_us();
    statistics->uptime_us = (eb_clock_monotonic_ns() - bulletin->began_ns) / 1000;
    statistics->bus = *bulletin->reload->loaded.snapshot->figures;
    statistics->observation = *bulletin->observation;
    return true;
}

bool eb_bulletin_gather(struct eb_bulletin *bulletin)
{
    struct gathering gathering = { .errand.run = copy, .bulletin = bulletin };
    if (!eb_worker_send(bulletin->worker, &gathering.errand))
        return false;
    bulletin->statistics.reloads = bulletin->reload->record;
    bulletin->statistics.snapshot = bulletin->reload->loaded.snapshot;
    return true;
}

/* ---- what is to be told, by topic ---- */

static void list_init(struct eb_bulletin_list *list)
{
    *list = (struct eb_bulletin_list){ 0 };
    eb_arena_init_growing(&list->arena, SIZE_MAX);
}

static void list_release(struct eb_bulletin_list *list)
{
    eb_arena_release(&list->arena);
    free(list->items);
}

static bool reserve(struct eb_bulletin_list *list)
{
    if (list->count < list->room)
        return true;
    size_t room = list->room ? 2 * list->room : 256;
    struct eb_bulletin_entry *items = realloc(list->items, room * sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->room = room;
    return true;
}

static void list_add(struct eb_bulletin_list *list, struct eb_span topic, struct eb_span value)
{
    struct eb_bulletin_entry entry = {
        .topic = eb_arena_copy(&list->arena, topic),
        .value = eb_arena_copy(&list->arena, value),
    };
    if (!entry.topic.ptr || !entry.value.ptr || !reserve(list))
        list->is_out_of_memory = true;
    else
        list->items[list->count++] = entry;
}

static void list_add_text(struct eb_bulletin_list *list, const char *topic, const char *value)
{
    list_add(list, eb_span_of(topic), eb_span_of(value));
}

static void add_sample(
    void *context, const struct eb_metric *metric, const struct eb_sample *sample)
{
    enum { TREE_LEN = sizeof EB_BULLETIN_TOPIC - 1 };
    if (!metric->path)
        return;
    char topic[TREE_LEN + EB_SAMPLE_PATH_BYTES], value[EB_SAMPLE_BYTES];
    memcpy(topic, EB_BULLETIN_TOPIC, TREE_LEN);
    size_t topic_len = TREE_LEN + eb_sample_path(metric, sample, topic + TREE_LEN);
    size_t value_len = eb_sample_write(sample, value);
    list_add(context, eb_span(topic, topic_len), eb_span(value, value_len));
}

static int compare_topics(const void *a, const void *b)
{
    const struct eb_bulletin_entry *left = a, *right = b;
    return eb_span_compare(left->topic, right->topic);
}

static void fill(struct eb_bulletin_list *list, const struct eb_statistics *statistics)
{
    const struct eb_metric_reader reader = {
        .sample = add_sample,
        .context = list,
        .entries_max = EB_SYS_ENTRIES_MAX,
    };
    if (!eb_statistics_read(statistics, &reader))
        list->is_out_of_memory = true;
    list_add_text(list, EB_BULLETIN_TOPIC "version", EB_VERSION);
    if (statistics->reloads.why[0])
        list_add_text(list, EB_BULLETIN_TOPIC "reloads/error", statistics->reloads.why);
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, compare_topics);
}

/* ---- publishing what changed ---- */

static void add_change(
    struct eb_mail *mail, struct eb_publish *items, struct eb_span topic, struct eb_span value)
{
    struct eb_publish *item = &items[mail->count++];
    *item = eb_mail_item(topic, value);
    item->is_retain = true;
}

/* Both are in the order of topics; what was told and is no longer is cleared by an empty value. */
static void compare(const struct eb_bulletin_list *told, const struct eb_bulletin_list *now,
    struct eb_mail *mail, struct eb_publish *items)
{
    size_t i = 0, j = 0;
    while (i < told->count || j < now->count) {
        int order = i == told->count  ? 1
                    : j == now->count ? -1
                                      : eb_span_compare(told->items[i].topic, now->items[j].topic);
        if (order < 0)
            add_change(mail, items, told->items[i].topic, eb_span(NULL, 0));
        else if (order > 0 || !eb_span_equal(told->items[i].value, now->items[j].value))
            add_change(mail, items, now->items[j].topic, now->items[j].value);
        i += order <= 0;
        j += order >= 0;
    }
}

/* `now` is then what was told. */
static void publish(struct eb_bulletin *bulletin, struct eb_bulletin_list *now)
{
    struct eb_publish *changes =
        calloc(bulletin->told.count + now->count + 1, sizeof *bulletin->changes);
    if (!changes || now->is_out_of_memory) {
        free(changes);
        list_release(now);
        return;
    }
    free(bulletin->changes);
    list_release(&bulletin->before);
    bulletin->changes = changes;
    bulletin->before = bulletin->told;
    bulletin->told = *now;
    eb_mail_init(&bulletin->mail, bulletin->publisher);
    bulletin->mail.items = changes;
    compare(&bulletin->before, &bulletin->told, &bulletin->mail, changes);
    eb_worker_send(bulletin->worker, &bulletin->mail.errand);
}

/* ---- the file ---- */

/* Opens the directory of `path`, relative to the configuration's; `*name` is then the rest. */
static int open_directory_of(
    const struct eb_bulletin *bulletin, const char *path, const char **name)
{
    int base =
        open(eb_store_directory(bulletin->reload->loaded.store), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (base < 0)
        return -1;
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = directory ? openat(base, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(directory);
    close(base);
    return fd;
}

static int replace_file(const struct eb_bulletin *bulletin, const char *path, struct eb_span text)
{
    const char *name;
    int directory = open_directory_of(bulletin, path, &name);
    if (directory < 0)
        return errno;
    /* It is written again soon: not worth waiting for a disk. node_exporter reads as another user.
     */
    const struct eb_replacement replacement = {
        .directory = directory,
        .name = name,
        .text = text,
        .mode = 0644,
    };
    int error = eb_file_replace(&replacement);
    close(directory);
    return error;
}

static int write_file(const struct eb_bulletin *bulletin, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return errno;
    bool is_written = eb_prometheus_write(&bulletin->statistics, out) && !ferror(out);
    is_written &= fclose(out) == 0;
    int error = is_written ? replace_file(bulletin, path, eb_span(text, len)) : ENOMEM;
    free(text);
    return error;
}

/* Says so when it begins to fail and when it works again. */
static void tell_file(struct eb_bulletin *bulletin)
{
    const struct eb_span path = bulletin->reload->loaded.snapshot->settings.prometheus_file;
    int error = path.ptr ? write_file(bulletin, path.ptr) : 0;
    if (error == bulletin->file_error)
        return;
    bulletin->file_error = error;
    if (!path.ptr)
        return;
    char line[EB_LOG_TEXT_BYTES + 128], shown[EB_LOG_TEXT_BYTES];
    snprintf(line, sizeof line, "%s %s%s", eb_log_text(path, shown),
        error ? "cannot be written: " : "is written", error ? eb_errno_text(error) : " again");
    struct eb_mail mail;
    eb_mail_init(&mail, bulletin->publisher);
    mail.line = line;
    mail.line_level = error ? MOSQ_LOG_ERR : MOSQ_LOG_NOTICE;
    eb_worker_send(bulletin->worker, &mail.errand);
}

/* ---- the whole ---- */

void eb_bulletin_init(struct eb_bulletin *bulletin, struct eb_worker *worker,
    struct eb_publisher *publisher, const struct eb_reload *reload,
    const struct eb_observation *observation)
{
    bulletin->worker = worker;
    bulletin->publisher = publisher;
    bulletin->reload = reload;
    bulletin->observation = observation;
    bulletin->began_ns = eb_clock_monotonic_ns();
    list_init(&bulletin->told);
    list_init(&bulletin->before);
}

void eb_bulletin_release(struct eb_bulletin *bulletin)
{
    free(bulletin->changes);
    list_release(&bulletin->before);
    list_release(&bulletin->told);
}

bool eb_bulletin_is_brief(const struct eb_snapshot *snapshot)
{
    return snapshot->settings.statistics_interval_s == 0 ||
           (!snapshot->settings.prometheus_file.ptr &&
               snapshot->contract_count + snapshot->rule_count <= EB_BRIEF_ENTRIES_MAX);
}

void eb_bulletin_run(struct eb_bulletin *bulletin)
{
    struct eb_bulletin_list now;
    list_init(&now);
    if (bulletin->reload->loaded.snapshot->settings.statistics_interval_s > 0) {
        if (!eb_bulletin_gather(bulletin)) {
            list_release(&now);
            return;
        }
        fill(&now, &bulletin->statistics);
        tell_file(bulletin);
    }
    publish(bulletin, &now);
}
