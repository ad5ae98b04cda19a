/*
 * plugin.c - what the broker calls: start, the callbacks, end.
 *
 * Everything here runs on the broker's one thread, unless it says so.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "broker.h"
#include "bulletin.h"
#include "bus/count.h"
#include "bus/figures.h"
#include "bus/pipeline.h"
#include "connection.h"
#include "control.h"
#include "log.h"
#include "message.h"
#include "notice.h"
#include "options.h"
#include "publish.h"
#include "reload.h"
#include "verdict.h"
#include "watchers.h"
#include "will.h"
#include "worker.h"

enum {
    /* What the properties of ordinary messages touch. */
    PROPERTIES_BYTES_KEPT = 64 * 1024,
    /* How often is looked whether statistics are wanted again, while they are not. */
    BULLETIN_INTERVAL_S = 10,
    /* Brokers that tick do so every 100 ms; under load with every message, 2.0 twice. */
    CLOCK_PATIENCE_NS = 2000000000,
    TICKS_A_MESSAGE = 2,
    /* So many ticks of a busy broker go by unheeded: to look what time it is costs more than all
     * else that an unwatched message has to do with us. */
    TICKS_UNHEEDED = 16,
};

struct eb_plugin {
    mosquitto_plugin_id_t *identifier;
    struct eb_options options;
    struct eb_figures_registry *figures;
    const struct eb_snapshot *snapshot; /* the configuration in force */
    struct eb_worker worker;
    struct eb_reload reload; /* the worker's */
    struct eb_pipeline pipeline;
    struct eb_resend *resend;   /* the pipeline's */
    struct eb_arena properties; /* of the message at hand */
    struct eb_publisher publisher;
    struct eb_wills wills;
    struct eb_log_budget log_budget;
    struct eb_observation observation;
    struct eb_bulletin bulletin; /* the worker's */
    int64_t bulletin_due_ns;
    int64_t first_event_ns;
    bool has_clock;     /* a TICK has been seen */
    bool has_missed_it; /* that there is none has been said */
    uint8_t busy_ticks; /* as many as the last message may have brought about */
    uint8_t unheeded_ticks;
    struct eb_control control;
    struct eb_watchers watchers;
    bool has_worker;
};

static void publish_all(
    struct eb_plugin *plugin, const struct eb_message *message, const struct eb_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->dispatch_count; i++) {
        const struct eb_dispatch *dispatch = &outcome->dispatches[i];
        if (!eb_publish_kind_is_sent(dispatch->kind))
            continue;
        int rc = eb_publish_send(&plugin->publisher, &dispatch->publish);
        if (rc == MOSQ_ERR_SUCCESS)
            continue;
        eb_count_unsent(plugin->snapshot, dispatch);
        eb_notice_unsent(&plugin->log_budget, message, dispatch, rc);
    }
}

static void ask_for_bulletin(struct eb_plugin *plugin, int64_t now_ns)
{
    int64_t interval_s = plugin->snapshot->settings.statistics_interval_s;
    if (now_ns < plugin->bulletin_due_ns)
        return;
    plugin->bulletin_due_ns = now_ns + (interval_s ? interval_s : BULLETIN_INTERVAL_S) * 1000000000;
    if (!plugin->worker.has_thread && eb_bulletin_is_brief(plugin->snapshot))
        eb_worker_run_here(&plugin->worker, EB_JOB_BULLETIN, plugin);
    else
        eb_worker_ask(&plugin->worker, EB_JOB_BULLETIN);
}

/* What was left out of the dead letters, once the second is over. */
static void sum_up(struct eb_plugin *plugin, int64_t now_us)
{
    if (!eb_pipeline_owes_summary(&plugin->pipeline))
        return;
    const struct eb_message nobodys = { .topic = EB_SPAN(""), .received_us = now_us };
    struct eb_outcome outcome;
    eb_pipeline_sum_up(&plugin->pipeline, plugin->snapshot, now_us, &outcome);
    publish_all(plugin, &nobodys, &outcome);
    eb_pipeline_rest(&plugin->pipeline);
}

static int64_t within_us(const struct eb_plugin *plugin)
{
    return (int64_t)plugin->snapshot->settings.resend_within_s * 1000000;
}

/* Decides `message` and does all that comes of it but answering. `found`: as of its topic. */
static enum eb_verdict decide(
    struct eb_plugin *plugin, const struct eb_message *message, const struct eb_trie_found *found)
{
    struct eb_outcome outcome;
    sum_up(plugin, message->received_us);
    eb_pipeline_run_found(&plugin->pipeline, plugin->snapshot, message, found, &outcome);
    publish_all(plugin, message, &outcome);
    eb_stages_lap(plugin->pipeline.stages, EB_STAGE_PUBLISH);
    eb_observe(&plugin->observation, message, &outcome);
    eb_watchers_tell(&plugin->watchers, message, &outcome);
    eb_notice_outcome(&plugin->log_budget, message, &outcome);
    return outcome.answer;
}

/* After a message has been dealt with. */
static void rest(struct eb_plugin *plugin)
{
    plugin->pipeline.stages = NULL;
    eb_pipeline_rest(&plugin->pipeline);
    eb_arena_reset(&plugin->properties);
    eb_arena_trim(&plugin->properties, PROPERTIES_BYTES_KEPT);
}

static int decide_publish(struct eb_plugin *plugin, struct mosquitto_evt_message *event,
    const struct eb_trie_found *found)
{
    struct eb_message message;
    eb_message_read(&message, event, &plugin->properties);
    eb_stages_lap(plugin->pipeline.stages, EB_STAGE_MESSAGE);
    eb_connection_used(plugin->resend, &message, within_us(plugin));
    int answer = eb_verdict_answer(decide(plugin, &message, found), event);
    rest(plugin);
    return answer;
}

/* 2.0 has no TICK for a listener's plugins, and no MESSAGE from bridges for them. */
static void notice_no_clock(struct eb_plugin *plugin, int64_t now_ns)
{
    if (plugin->first_event_ns == 0)
        plugin->first_event_ns = now_ns;
    if (plugin->has_missed_it || now_ns - plugin->first_event_ns < CLOCK_PATIENCE_NS)
        return;
    plugin->has_missed_it = true;
    eb_log(MOSQ_LOG_WARNING,
        "warning: this broker gives plugins of a listener (per_listener_settings) no clock and "
        "nothing that comes over bridges: reloads and summaries wait for the next event, and "
        "`bridges` has no effect");
}

/* Not inlined: most messages are not watched, and on_message() would save registers for it. */
__attribute__((noinline)) static int decide_timed(struct eb_plugin *plugin,
    struct mosquitto_evt_message *event, const struct eb_trie_found *found)
{
    bool times_stages = plugin->snapshot->settings.statistics_times_stages;
    int64_t start_ns = eb_clock_monotonic_ns();
    plugin->pipeline.stages = times_stages ? &plugin->observation.stages : NULL;
    eb_stages_begin(plugin->pipeline.stages);
    int answer = decide_publish(plugin, event, found);
    int64_t end_ns = eb_clock_monotonic_ns();
    eb_histogram_record(&plugin->observation.callback, (uint64_t)(end_ns - start_ns));
    if (!plugin->has_clock) {
        notice_no_clock(plugin, end_ns);
        ask_for_bulletin(plugin, end_ns);
    }
    return answer;
}

static int decide_will(struct eb_plugin *plugin, const struct mosquitto_evt_acl_check *check)
{
    struct eb_message message;
    int answer = eb_wills_pass(&plugin->wills);
    eb_message_read_will(&message, check, &plugin->properties);
    message.hides_properties = eb_wills_hide_properties(&plugin->wills, &message);
    if (eb_wills_suppress(
            &plugin->wills, eb_pipeline_judge(&plugin->pipeline, plugin->snapshot, &message))) {
        decide(plugin, &message, NULL);
        answer = MOSQ_ERR_ACL_DENIED;
    } else if (!eb_wills_hold(&plugin->wills, &message)) {
        eb_notice_unrouted(&plugin->log_budget, &message);
    }
    rest(plugin);
    return answer;
}

/* Not inlined either. */
__attribute__((noinline)) static void decide_unsettled(struct eb_plugin *plugin)
{
    const struct eb_message *will = eb_wills_settle(&plugin->wills);
    if (!will)
        return;
    decide(plugin, will, NULL);
    rest(plugin);
}

/* First in every callback: what was asked before it, and granted, may turn out to be a will. */
static void settle_will(struct eb_plugin *plugin)
{
    if (eb_wills_are_unsettled(&plugin->wills))
        decide_unsettled(plugin);
}

/* What begins a callback: a will is routed by the configuration that judged it. */
static void attend(struct eb_plugin *plugin)
{
    settle_will(plugin);
    eb_worker_run_errand(&plugin->worker, plugin);
}

static bool is_watched(
    const struct eb_plugin *plugin, const char *topic, struct eb_trie_found *found)
{
    return eb_trie_find(plugin->snapshot->trie, eb_span_of(topic), found);
}

static int on_message(int type, void *event, void *context)
{
    (void)type;
    struct eb_plugin *plugin = context;
    struct mosquitto_evt_message *message = event;
    struct eb_trie_found found;
    if (plugin->wills.settings.is_checked)
        eb_wills_see_publish(&plugin->wills, message);
    attend(plugin);
    plugin->busy_ticks = TICKS_A_MESSAGE;
    if (!is_watched(plugin, message->topic, &found))
        return MOSQ_ERR_SUCCESS;
    return decide_timed(plugin, message, &found);
}

static int on_acl_check(int type, void *event, void *context)
{
    (void)type;
    struct eb_plugin *plugin = context;
    const struct mosquitto_evt_acl_check *check = event;
    struct eb_trie_found found;
    attend(plugin);
    if (eb_control_is_ours(check)) {
        eb_control_refuse(&plugin->log_budget, check);
        return MOSQ_ERR_ACL_DENIED;
    }
    bool is_of_event = check->access == MOSQ_ACL_WRITE && is_watched(plugin, check->topic, &found);
    if (!eb_wills_concern(&plugin->wills, check, is_of_event))
        return eb_wills_pass(&plugin->wills);
    return decide_will(plugin, check);
}

/* Something waits for its second to be over. */
static bool is_in_debt(const struct eb_plugin *plugin)
{
    return plugin->log_budget.left_out || eb_pipeline_owes_summary(&plugin->pipeline);
}

/* Whether this tick is one of many. */
static bool is_unheeded(struct eb_plugin *plugin)
{
    if (plugin->busy_ticks == 0 || is_in_debt(plugin))
        return false;
    plugin->busy_ticks--;
    return plugin->unheeded_ticks++ < TICKS_UNHEEDED;
}

/* Not inlined either. */
__attribute__((noinline)) static void heed(struct eb_plugin *plugin)
{
    plugin->unheeded_ticks = 0;
    eb_wills_introduce(&plugin->wills, plugin->snapshot);
    eb_watchers_tick(&plugin->watchers);
    if (is_in_debt(plugin)) {
        int64_t now_us = eb_clock_now_us();
        eb_log_settle(&plugin->log_budget, now_us);
        sum_up(plugin, now_us);
    }
    ask_for_bulletin(plugin, eb_clock_coarse_ns());
}

static int on_tick(int type, void *event, void *context)
{
    (void)type;
    (void)event;
    struct eb_plugin *plugin = context;
    attend(plugin);
    plugin->has_clock = true;
    if (!is_unheeded(plugin))
        heed(plugin);
    return MOSQ_ERR_SUCCESS;
}

/* DISCONNECT and CLIENT_OFFLINE. */
static int on_end(int type, void *event, void *context)
{
    struct eb_plugin *plugin = context;
    const struct mosquitto_evt_disconnect *end = event;
    settle_will(plugin);
    eb_connection_ended(plugin->resend, type, end, within_us(plugin));
    eb_control_forget(&plugin->control, end->client);
    eb_watchers_forget(&plugin->watchers, end->client);
    return MOSQ_ERR_SUCCESS;
}

static int on_connect(int type, void *event, void *context)
{
    (void)type;
    struct eb_plugin *plugin = context;
    settle_will(plugin);
    eb_connection_begun(plugin->resend, event, within_us(plugin));
    return MOSQ_ERR_SUCCESS;
}

/* Any other answer than success, and 2.0 drops its ACL file, 2.1 exits. */
static int on_reload(int type, void *event, void *context)
{
    (void)type;
    (void)event;
    struct eb_plugin *plugin = context;
    attend(plugin);
    if (!eb_worker_ask(&plugin->worker, EB_JOB_RELOAD))
        eb_log(MOSQ_LOG_ERR, "error: the system gives no thread for a reload; what is in force "
                             "stays in force");
    return MOSQ_ERR_SUCCESS;
}

/* An error would disconnect whoever sent at QoS 0, and nobody else. */
static int on_control(int type, void *event, void *context)
{
    (void)type;
    struct eb_plugin *plugin = context;
    attend(plugin);
    eb_control_take(&plugin->control, &plugin->snapshot->settings, &plugin->log_budget, event);
    return MOSQ_ERR_SUCCESS;
}

/* Events are judged with or without those that are optional: not every broker has each, and a topic
 * of $CONTROL serves one plugin of several. */
static const struct callback {
    int event;
    const char *name;
    MOSQ_FUNC_generic_callback function;
    const char *topic; /* of CONTROL */
    bool is_for_wills; /* whoever answers access checks without being told to breaks the others' */
    bool is_optional;
} callbacks[] = {
    { MOSQ_EVT_MESSAGE, "MESSAGE", on_message, NULL, false, false },
    { MOSQ_EVT_ACL_CHECK, "ACL_CHECK", on_acl_check, NULL, true, false },
    { MOSQ_EVT_TICK, "TICK", on_tick, NULL, false, false },
    { MOSQ_EVT_RELOAD, "RELOAD", on_reload, NULL, false, false },
    { MOSQ_EVT_CONTROL, "CONTROL", on_control, EB_CONTROL_TOPIC, false, true },
    { MOSQ_EVT_DISCONNECT, "DISCONNECT", on_end, NULL, false, false },
    { EB_BROKER_EVT_CLIENT_OFFLINE, "CLIENT_OFFLINE", on_end, NULL, false, true },
    { EB_BROKER_EVT_CONNECT, "CONNECT", on_connect, NULL, false, true },
};
enum { CALLBACKS = sizeof callbacks / sizeof *callbacks };

static int register_callbacks(struct eb_plugin *plugin)
{
    for (int i = 0; i < CALLBACKS; i++) {
        const struct callback *callback = &callbacks[i];
        if (callback->is_for_wills && !plugin->wills.settings.is_checked)
            continue;
        int rc = mosquitto_callback_register(
            plugin->identifier, callback->event, callback->function, callback->topic, plugin);
        if (rc == MOSQ_ERR_SUCCESS || callback->is_optional)
            continue;
        if (rc == MOSQ_ERR_ALREADY_EXISTS)
            eb_log(MOSQ_LOG_ERR, "error: the plugin is loaded twice");
        else
            eb_log(MOSQ_LOG_ERR, "error: the broker offers no %s event (%d)", callback->name, rc);
        return rc;
    }
    return MOSQ_ERR_SUCCESS;
}

static void unregister_callbacks(struct eb_plugin *plugin)
{
    for (int i = 0; i < CALLBACKS; i++)
        mosquitto_callback_unregister(
            plugin->identifier, callbacks[i].event, callbacks[i].function, callbacks[i].topic);
}

static void plugin_free(struct eb_plugin *plugin)
{
    if (plugin->has_worker)
        eb_worker_stop(&plugin->worker);
    eb_control_release(&plugin->control);
    eb_watchers_release(&plugin->watchers);
    eb_bulletin_release(&plugin->bulletin);
    eb_wills_release(&plugin->wills);
    eb_reload_end(&plugin->reload);
    eb_arena_release(&plugin->properties);
    eb_pipeline_release(&plugin->pipeline);
    eb_resend_free(plugin->resend);
    eb_figures_registry_free(plugin->figures);
    eb_options_release(&plugin->options);
    free(plugin);
}

/* Jobs: on the worker's thread. */
static void reload(void *context)
{
    struct eb_plugin *plugin = context;
    struct eb_build build;
    eb_reload_run(&plugin->reload, &build);
    eb_build_release(&build);
}

static void tell_statistics(void *context)
{
    struct eb_plugin *plugin = context;
    eb_bulletin_run(&plugin->bulletin);
}

static void serve_control(void *context)
{
    struct eb_plugin *plugin = context;
    eb_control_run(&plugin->control);
}

static bool start_worker(struct eb_plugin *plugin)
{
    static void (*const jobs[EB_JOBS])(void *) = {
        [EB_JOB_RELOAD] = reload,
        [EB_JOB_CONTROL] = serve_control,
        [EB_JOB_BULLETIN] = tell_statistics,
    };
    eb_bulletin_init(&plugin->bulletin, &plugin->worker, &plugin->publisher, &plugin->reload,
        &plugin->observation);
    eb_watchers_init(&plugin->watchers, &plugin->publisher);
    eb_control_init(&plugin->control, &plugin->worker, &plugin->publisher, &plugin->reload,
        &plugin->bulletin, &plugin->watchers);
    plugin->has_worker = eb_worker_start(&plugin->worker, jobs, plugin);
    if (!plugin->has_worker)
        eb_log(MOSQ_LOG_ERR, "error: the system gives no semaphore");
    return plugin->has_worker;
}

static bool start(struct eb_plugin *plugin)
{
    plugin->figures = eb_figures_registry_new();
    plugin->resend = eb_resend_new();
    if (!plugin->figures || !plugin->resend || !eb_pipeline_init(&plugin->pipeline) ||
        !eb_arena_init_reserved(&plugin->properties, EB_PROPERTIES_BYTES_MAX)) {
        eb_log(MOSQ_LOG_ERR, "error: out of memory");
        return false;
    }
    plugin->pipeline.resend = plugin->resend;
    /* The first configuration is read before the broker serves anybody; without one it must not. */
    if (!eb_reload_first(&plugin->reload, &plugin->worker, plugin->options.config_file,
            plugin->figures, &plugin->snapshot))
        return false;
    if (!eb_wills_init(&plugin->wills, &plugin->snapshot->settings.wills)) {
        eb_log(MOSQ_LOG_ERR, "error: out of memory");
        return false;
    }
    eb_wills_introduce(&plugin->wills, plugin->snapshot);
    return start_worker(plugin);
}

/*
 * More than one is right under `per_listener_settings`, one for each listener. Otherwise it is a
 * line too many: 2.0 lets nobody register twice, 2.1 does, and cannot be asked which case it is.
 */
static unsigned running_count;

static void count_running(void)
{
    if (running_count++ > 0)
        eb_log(MOSQ_LOG_WARNING,
            "warning: the plugin is loaded more than once: unless each is for a listener of its "
            "own, every event is judged, copied and counted by each");
}

#define EXPORTED __attribute__((visibility("default")))

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
    struct eb_plugin *plugin = calloc(1, sizeof *plugin);
    if (!plugin)
        return MOSQ_ERR_NOMEM;
    plugin->identifier = identifier;
    eb_broker_introduce(identifier);
    if (!eb_options_read(&plugin->options, options, option_count) || !start(plugin) ||
        register_callbacks(plugin) != MOSQ_ERR_SUCCESS) {
        plugin_free(plugin);
        return MOSQ_ERR_INVAL;
    }
    count_running();
    *user_data = plugin;
    return MOSQ_ERR_SUCCESS;
}

/* Brokers call this, with NULL, even after a start that failed. */
EXPORTED int mosquitto_plugin_cleanup(
    void *user_data, struct mosquitto_opt *options, int option_count)
{
    (void)options;
    (void)option_count;
    struct eb_plugin *plugin = user_data;
    if (!plugin)
        return MOSQ_ERR_SUCCESS;
    unregister_callbacks(plugin);
    plugin_free(plugin);
    running_count--;
    return MOSQ_ERR_SUCCESS;
}
