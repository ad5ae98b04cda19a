#include "bus/statistics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

const char *eb_stage_name(enum eb_stage stage)
{
#define X(name, text, help) [EB_STAGE_##name] = text,
    static const char *const names[] = { EB_EACH_STAGE(X) };
#undef X
    return names[stage];
}

void eb_observe(struct eb_observation *observation, const struct eb_message *message,
    const struct eb_outcome *outcome)
{
    if (outcome->verdict > EB_CONSUMED)
        eb_frequent_count(&observation->refused_clients, message->client_id);
    if (outcome->is_uncovered)
        eb_frequent_count(&observation->unwatched_topics, message->topic);
}

size_t eb_sample_write(const struct eb_sample *sample, char out[EB_SAMPLE_BYTES])
{
    enum { SECOND_NS = 1000000000 };
    int len = sample->is_time ? snprintf(out, EB_SAMPLE_BYTES, "%" PRIu64 ".%09" PRIu64,
                                    sample->value / SECOND_NS, sample->value % SECOND_NS)
                              : snprintf(out, EB_SAMPLE_BYTES, "%" PRIu64, sample->value);
    return (size_t)len;
}

/* Labels in paths are names and words: none is longer than a name, none holds '/'. */
size_t eb_sample_path(
    const struct eb_metric *metric, const struct eb_sample *sample, char out[EB_SAMPLE_PATH_BYTES])
{
    char *next = out;
    int label = 0;
    for (const char *at = metric->path; *at; at++) {
        if (*at != '+') {
            *next++ = *at;
            continue;
        }
        struct eb_span value = sample->labels[label++];
        if (!value.ptr)
            value = eb_span_of(sample->suffix);
        memcpy(next, value.ptr, value.len);
        next += value.len;
    }
    return (size_t)(next - out);
}

/* ---- the busiest ---- */

/* Indices of at most `max` contracts or rules, those with the greatest figure; a heap while it
 * grows: the least busy of them is at the top. Where there are more, those that have done nothing
 * are not busy. */
struct busiest {
    struct busy {
        uint64_t figure;
        uint32_t index;
    } * items;
    uint32_t count;
    uint32_t max;
    bool is_choice; /* there are more */
};

/* Of equally busy ones the first stay: a list that nothing happens to does not change. */
static bool is_less(const struct busy *a, const struct busy *b)
{
    return a->figure != b->figure ? a->figure < b->figure : a->index > b->index;
}

static void swap(struct busy *a, struct busy *b)
{
    struct busy kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_down(struct busiest *busiest, uint32_t at)
{
    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < busiest->count; child++) {
            if (is_less(&busiest->items[child], &busiest->items[least]))
                least = child;
        }
        if (least == at)
            return;
        swap(&busiest->items[at], &busiest->items[least]);
        at = least;
    }
}

static void offer(struct busiest *busiest, uint32_t index, uint64_t figure)
{
    struct busy offered = { figure, index };
    if (busiest->is_choice && figure == 0)
        return;
    if (busiest->count == busiest->max) {
        if (busiest->max && is_less(&busiest->items[0], &offered)) {
            busiest->items[0] = offered;
            sift_down(busiest, 0);
        }
        return;
    }
    uint32_t at = busiest->count++;
    busiest->items[at] = offered;
    for (; at > 0 && is_less(&busiest->items[at], &busiest->items[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&busiest->items[at], &busiest->items[(at - 1) / 2]);
}

static int compare_indices(const void *a, const void *b)
{
    uint32_t left = ((const struct busy *)a)->index, right = ((const struct busy *)b)->index;
    return (left > right) - (left < right);
}

static bool busiest_init(struct busiest *busiest, uint32_t there, uint32_t max)
{
    *busiest = (struct busiest){ .max = there < max ? there : max, .is_choice = there > max };
    busiest->items = calloc(busiest->max + 1, sizeof *busiest->items);
    return busiest->items;
}

static bool find_busiest_contracts(
    struct busiest *busiest, const struct eb_snapshot *snapshot, uint32_t max)
{
    if (!busiest_init(busiest, snapshot->contract_count, max))
        return false;
    for (uint32_t i = 0; i < snapshot->contract_count; i++)
        offer(busiest, i, eb_counter_read(&snapshot->contracts[i].figures->received));
    qsort(busiest->items, busiest->count, sizeof *busiest->items, compare_indices);
    return true;
}

static bool find_busiest_rules(
    struct busiest *busiest, const struct eb_snapshot *snapshot, uint32_t max)
{
    if (!busiest_init(busiest, snapshot->rule_count, max))
        return false;
    for (uint32_t i = 0; i < snapshot->rule_count; i++)
        offer(busiest, i, eb_counter_read(&snapshot->rules[i].figures->matched));
    qsort(busiest->items, busiest->count, sizeof *busiest->items, compare_indices);
    return true;
}

/* ---- telling ---- */

struct eb_metric_walk {
    const struct eb_statistics *statistics;
    const struct eb_metric_reader *reader;
    struct busiest contracts;
    struct busiest rules;
};

static void tell(struct eb_metric_walk *walk, const struct eb_metric *metric, uint64_t value)
{
    struct eb_sample sample = { .value = value };
    walk->reader->sample(walk->reader->context, metric, &sample);
}

static void tell_labelled(struct eb_metric_walk *walk, const struct eb_metric *metric,
    struct eb_span first, struct eb_span second, uint64_t value)
{
    struct eb_sample sample = { .labels = { first, second }, .value = value };
    walk->reader->sample(walk->reader->context, metric, &sample);
}

static const eb_counter *figure_at(const void *figures, size_t offset)
{
    return (const eb_counter *)(const void *)((const char *)figures + offset);
}

static void tell_bus_figure(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    tell(walk, metric, eb_counter_read(figure_at(&walk->statistics->bus, metric->offset)));
}

/* What became of events: the words and where their figures are. */
static const struct {
    const char *word;
    size_t offset;
} verdicts[] = {
    { "passed", offsetof(struct eb_figures, passed) },
    { "consumed", offsetof(struct eb_figures, consumed) },
    { "quarantined", offsetof(struct eb_figures, quarantined) },
    { "refused", offsetof(struct eb_figures, refused) },
    { "disconnected", offsetof(struct eb_figures, disconnected) },
    { "deduplicated", offsetof(struct eb_figures, deduplicated) },
};
enum { VERDICTS = sizeof verdicts / sizeof *verdicts };

static void tell_verdicts(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (size_t i = 0; i < VERDICTS; i++)
        tell_labelled(walk, metric, eb_span_of(verdicts[i].word), eb_span(NULL, 0),
            eb_counter_read(figure_at(&walk->statistics->bus, verdicts[i].offset)));
}

static void tell_reasons(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (int reason = EB_REASON_NONE + 1; reason < EB_REASON_COUNT; reason++) {
        if (reason == EB_REASON_TARGET || reason == EB_REASON_LOOP || reason == EB_REASON_UNMATCHED)
            continue; /* of copies and letters, never of events */
        tell_labelled(walk, metric, eb_span_of(eb_reason_name((enum eb_reason)reason)),
            eb_span(NULL, 0), eb_counter_read(&walk->statistics->bus.reasons[reason]));
    }
}

static void tell_copies(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    const struct eb_figures *bus = &walk->statistics->bus;
    tell_labelled(
        walk, metric, eb_span_of("published"), eb_span(NULL, 0), eb_counter_read(&bus->published));
    tell_labelled(
        walk, metric, eb_span_of("failed"), eb_span(NULL, 0), eb_counter_read(&bus->failed));
    tell_labelled(
        walk, metric, eb_span_of("discarded"), eb_span(NULL, 0), eb_counter_read(&bus->discarded));
}

/* ---- reloads ---- */

static void tell_reloads(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    const struct eb_reload_record *reloads = &walk->statistics->reloads;
    tell_labelled(walk, metric, eb_span_of("good"), eb_span(NULL, 0), reloads->good);
    tell_labelled(walk, metric, eb_span_of("bad"), eb_span(NULL, 0), reloads->bad);
}

static void tell_last_reload(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    tell(walk, metric, walk->statistics->reloads.is_last_good);
}

static uint64_t nanoseconds(int64_t us)
{
    return us > 0 ? (uint64_t)us * 1000 : 0;
}

static void tell_age(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    const struct eb_statistics *statistics = walk->statistics;
    struct eb_sample sample = {
        .value = nanoseconds(statistics->now_us - statistics->reloads.in_force_since_us),
        .is_time = true,
    };
    walk->reader->sample(walk->reader->context, metric, &sample);
}

static void tell_build_time(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    struct eb_sample sample = {
        .value = nanoseconds(walk->statistics->reloads.took_us),
        .is_time = true,
    };
    walk->reader->sample(walk->reader->context, metric, &sample);
}

static void tell_snapshot_count(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    uint32_t count;
    memcpy(&count, (const char *)walk->statistics->snapshot + metric->offset, sizeof count);
    tell(walk, metric, count);
}

/* ---- time ---- */

/* `stage` is the first label, if the metric has two. */
static void tell_histogram(struct eb_metric_walk *walk, const struct eb_metric *metric,
    const struct eb_histogram *histogram, const char *stage)
{
    static const struct {
        const char *word;
        double share;
    } quantiles[] = { { "0.5", 0.5 }, { "0.9", 0.9 }, { "0.99", 0.99 }, { "0.999", 0.999 },
        { "1", 1 } };
    const struct eb_metric_reader *reader = walk->reader;
    struct eb_sample sample = { .labels[0] = eb_span_of(stage), .is_time = true };
    struct eb_span *quantile = &sample.labels[stage ? 1 : 0];
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        *quantile = eb_span_of(quantiles[i].word);
        sample.value = eb_histogram_quantile(histogram, quantiles[i].share);
        reader->sample(reader->context, metric, &sample);
    }
    *quantile = eb_span(NULL, 0);
    sample.suffix = "sum";
    sample.value = histogram->sum;
    reader->sample(reader->context, metric, &sample);
    sample.suffix = "count";
    sample.value = histogram->count;
    sample.is_time = false;
    reader->sample(reader->context, metric, &sample);
}

static void tell_callback(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    tell_histogram(walk, metric, &walk->statistics->observation.callback, NULL);
}

static void tell_stages(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    const struct eb_stage_times *times = &walk->statistics->observation.stages;
    if (!walk->statistics->snapshot->settings.statistics_times_stages)
        return;
    for (int stage = 0; stage < EB_STAGE_COUNT; stage++)
        tell_histogram(walk, metric, &times->stages[stage], eb_stage_name((enum eb_stage)stage));
}

/* ---- contracts ---- */

static const struct eb_contract *busy_contract(const struct eb_metric_walk *walk, uint32_t i)
{
    return &walk->statistics->snapshot->contracts[walk->contracts.items[i].index];
}

static void tell_contract_verdicts(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (uint32_t i = 0; i < walk->contracts.count; i++) {
        const struct eb_contract *contract = busy_contract(walk, i);
        for (size_t j = 0; j < VERDICTS; j++)
            tell_labelled(walk, metric, contract->name, eb_span_of(verdicts[j].word),
                eb_counter_read(figure_at(contract->figures, verdicts[j].offset)));
    }
}

static void tell_contract_figure(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (uint32_t i = 0; i < walk->contracts.count; i++) {
        const struct eb_contract *contract = busy_contract(walk, i);
        tell_labelled(walk, metric, contract->name, eb_span(NULL, 0),
            eb_counter_read(figure_at(contract->figures, metric->offset)));
    }
}

static void tell_candidates(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (uint32_t i = 0; i < walk->contracts.count; i++) {
        const struct eb_contract *contract = busy_contract(walk, i);
        const struct eb_figures *figures = contract->figures;
        if (!contract->candidate.schema)
            continue;
        tell_labelled(walk, metric, contract->name, eb_span_of("valid"),
            eb_counter_read(&figures->candidate_valid));
        tell_labelled(walk, metric, contract->name, eb_span_of("invalid"),
            eb_counter_read(&figures->candidate_invalid));
    }
}

static void tell_trials(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    static const struct {
        const char *word;
        size_t offset;
    } totals[] = {
        { "events", offsetof(struct eb_trial_totals, events) },
        { "invalid", offsetof(struct eb_trial_totals, invalid) },
        { "newly-invalid", offsetof(struct eb_trial_totals, newly_invalid) },
        { "newly-valid", offsetof(struct eb_trial_totals, newly_valid) },
    };
    for (uint32_t i = 0; i < walk->contracts.count; i++) {
        const struct eb_contract *contract = busy_contract(walk, i);
        for (size_t j = 0; contract->trial && j < sizeof totals / sizeof *totals; j++)
            tell_labelled(walk, metric, contract->name, eb_span_of(totals[j].word),
                eb_counter_read(figure_at(&contract->trial->totals, totals[j].offset)));
    }
}

/* ---- rules ---- */

static const struct eb_rule *busy_rule(const struct eb_metric_walk *walk, uint32_t i)
{
    return &walk->statistics->snapshot->rules[walk->rules.items[i].index];
}

static void tell_rule_events(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (uint32_t i = 0; i < walk->rules.count; i++) {
        const struct eb_rule *rule = busy_rule(walk, i);
        tell_labelled(
            walk, metric, rule->name, eb_span(NULL, 0), eb_counter_read(&rule->figures->matched));
    }
}

static void tell_rule_discarded(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (uint32_t i = 0; i < walk->rules.count; i++) {
        const struct eb_rule *rule = busy_rule(walk, i);
        tell_labelled(
            walk, metric, rule->name, eb_span(NULL, 0), eb_counter_read(&rule->figures->discarded));
    }
}

static void tell_target(struct eb_metric_walk *walk, const struct eb_metric *metric,
    const struct eb_rule *rule, uint32_t target)
{
    const struct eb_metric_reader *reader = walk->reader;
    const struct eb_target_figures *cell =
        rule->target_figures ? rule->target_figures[target] : NULL;
    const eb_counter *published = cell ? &cell->published : &rule->figures->published;
    const eb_counter *failed = cell ? &cell->failed : &rule->figures->failed;
    char number[16];
    int len = snprintf(number, sizeof number, "%" PRIu32, target);
    struct eb_sample sample = {
        .labels = { rule->name, eb_span(number, (size_t)len), EB_SPAN("published") },
        .value = eb_counter_read(published),
    };
    reader->sample(reader->context, metric, &sample);
    sample.labels[2] = eb_span_of("failed");
    sample.value = eb_counter_read(failed);
    reader->sample(reader->context, metric, &sample);
}

static void tell_rule_copies(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    for (uint32_t i = 0; i < walk->rules.count; i++) {
        const struct eb_rule *rule = busy_rule(walk, i);
        for (uint32_t target = 0; target < rule->target_count && target < EB_STATISTICS_TARGETS_MAX;
             target++)
            tell_target(walk, metric, rule, target);
    }
}

/* ---- lists ---- */

static void tell_frequent(struct eb_metric_walk *walk, const struct eb_metric *metric)
{
    struct eb_frequent_key top[EB_STATISTICS_LIST_MAX];
    const char *observation = (const char *)&walk->statistics->observation;
    const struct eb_frequent *frequent =
        (const struct eb_frequent *)(const void *)(observation + metric->offset);
    uint32_t count =
        walk->reader->reads_lists ? eb_frequent_top(frequent, top, EB_STATISTICS_LIST_MAX) : 0;
    for (uint32_t i = 0; i < count; i++)
        tell_labelled(walk, metric, top[i].key, eb_span(NULL, 0), top[i].count);
}

/* ---- the table ---- */

#define FIGURE(member) tell_bus_figure, offsetof(struct eb_figures, member)
#define CONTRACT_FIGURE(member) tell_contract_figure, offsetof(struct eb_figures, member)

const struct eb_metric eb_metrics[] = {
    { "events_received_total", "events/received", EB_COUNTER, "Events on a watched topic.", { 0 },
        FIGURE(received) },
    { "events_total", "events/+", EB_COUNTER, "Events by what became of them.", { "verdict" },
        tell_verdicts, 0 },
    { "events_stopped_total", "stopped/+", EB_COUNTER,
        "Events refused, set aside or answered with a disconnect, by why.", { "reason" },
        tell_reasons, 0 },
    { "events_valid_total", "events/valid", EB_COUNTER,
        "Judgements by a contract that found nothing wrong.", { 0 }, FIGURE(valid) },
    { "events_observed_total", "events/observed", EB_COUNTER,
        "Violations of a contract that were delivered all the same.", { 0 }, FIGURE(observed) },
    { "events_unreadable_total", "events/unreadable", EB_COUNTER,
        "Events without a contract whose payload is not JSON or over a limit.", { 0 },
        FIGURE(unreadable) },
    { "events_unmatched_total", "events/unmatched", EB_COUNTER, "Events that no rule took.", { 0 },
        FIGURE(unmatched) },
    { "errors_total", "errors", EB_COUNTER, "Events that the bus itself failed on.", { 0 },
        FIGURE(errors) },
    { "received_bytes_total", "bytes/received", EB_COUNTER,
        "Bytes of payload received on watched topics.", { 0 }, FIGURE(bytes) },
    { "published_bytes_total", "bytes/published", EB_COUNTER,
        "Bytes of payload of copies handed to the broker.", { 0 }, FIGURE(published_bytes) },
    { "copies_total", "copies/+", EB_COUNTER, "Copies that rules made.", { "result" }, tell_copies,
        0 },
    { "copies_rerouted_total", "copies/rerouted", EB_COUNTER, "Copies that passed the bus again.",
        { 0 }, FIGURE(rerouted) },
    { "dead_letters_total", "dead-letters", EB_COUNTER, "Dead letters written.", { 0 },
        FIGURE(dead_letters) },
    { "dead_letters_left_out_total", "dead-letters/left-out", EB_COUNTER,
        "Dead letters for which there was no room.", { 0 }, FIGURE(left_out_letters) },
    { "dead_letters_unsent_total", "dead-letters/unsent", EB_COUNTER,
        "Dead letters that the broker would not take.", { 0 }, FIGURE(unsent_letters) },
    { "reports_total", "reports", EB_COUNTER, "Reports to publishers.", { 0 }, FIGURE(reports) },
    { "events_resent_total", "events/resent", EB_COUNTER,
        "QoS 2 events that a publisher sent again after it lost its connection.", { 0 },
        FIGURE(resent) },
    { "reloads_total", "reloads/+", EB_COUNTER, "Configurations read, the first one included.",
        { "result" }, tell_reloads, 0 },
    { "last_reload_good", "reloads/last-good", EB_GAUGE,
        "Whether the last configuration read was put in force.", { 0 }, tell_last_reload, 0 },
    { "snapshot_age_seconds", "snapshot/age", EB_GAUGE,
        "For how long the configuration has been in force.", { 0 }, tell_age, 0 },
    { "snapshot_build_seconds", "snapshot/build", EB_GAUGE, "How long it took to read and compile.",
        { 0 }, tell_build_time, 0 },
    { "contracts", "snapshot/contracts", EB_GAUGE, "Contracts in force.", { 0 },
        tell_snapshot_count, offsetof(struct eb_snapshot, contract_count) },
    { "rules", "snapshot/rules", EB_GAUGE, "Rules in force.", { 0 }, tell_snapshot_count,
        offsetof(struct eb_snapshot, rule_count) },
    { "callback_seconds", "callback/+", EB_SUMMARY,
        "Time the broker spent with the bus for an event on a watched topic.", { "quantile" },
        tell_callback, 0 },
    { "stage_seconds", "stages/+/+", EB_SUMMARY, "The same by stage, when it is asked for.",
        { "stage", "quantile" }, tell_stages, 0 },
    { "contract_events_total", "contracts/+/+", EB_COUNTER,
        "Events that a contract covers, by what became of them.", { "contract", "verdict" },
        tell_contract_verdicts, 0 },
    { "contract_valid_total", "contracts/+/valid", EB_COUNTER, "Events that met the contract.",
        { "contract" }, CONTRACT_FIGURE(valid) },
    { "contract_observed_total", "contracts/+/observed", EB_COUNTER,
        "Violations that were delivered all the same.", { "contract" }, CONTRACT_FIGURE(observed) },
    { "contract_candidate_total", "contracts/+/candidate/+", EB_COUNTER,
        "Events as the candidate schema would judge them.", { "contract", "result" },
        tell_candidates, 0 },
    { "contract_candidate_recent", "contracts/+/candidate/recent/+", EB_GAUGE,
        "Of the last events, as many as the candidate would refuse.", { "contract", "count" },
        tell_trials, 0 },
    { "rule_events_total", "rules/+/matched", EB_COUNTER, "Events that a rule took.", { "rule" },
        tell_rule_events, 0 },
    { "rule_discarded_total", "rules/+/discarded", EB_COUNTER,
        "Copies made and not published: by a shadow, or withheld by a contract.", { "rule" },
        tell_rule_discarded, 0 },
    { "rule_copies_total", "rules/+/targets/+/+", EB_COUNTER, "Copies by rule and target.",
        { "rule", "target", "result" }, tell_rule_copies, 0 },
    { "client_refused_total", NULL, EB_COUNTER,
        "Events refused or set aside, of the clients with most; at most this many.", { "client" },
        tell_frequent, offsetof(struct eb_observation, refused_clients) },
    { "unwatched_topic_total", NULL, EB_COUNTER,
        "Events under an ingress that no contract covers, of the topics with most; at most this "
        "many.",
        { "topic" }, tell_frequent, offsetof(struct eb_observation, unwatched_topics) },
};
const size_t eb_metric_count = sizeof eb_metrics / sizeof *eb_metrics;

bool eb_statistics_read(
    const struct eb_statistics *statistics, const struct eb_metric_reader *reader)
{
    const struct eb_snapshot *snapshot = statistics->snapshot;
    struct eb_metric_walk walk = { .statistics = statistics, .reader = reader };
    bool is_ready = find_busiest_contracts(&walk.contracts, snapshot, reader->entries_max) &&
                    find_busiest_rules(&walk.rules, snapshot, reader->entries_max);
    for (size_t i = 0; is_ready && i < eb_metric_count; i++) {
        if (reader->begin)
            reader->begin(reader->context, &eb_metrics[i]);
        eb_metrics[i].tell(&walk, &eb_metrics[i]);
    }
    free(walk.contracts.items);
    free(walk.rules.items);
    return is_ready;
}
