/* What the bus tells about itself: every figure once, the busiest first, nothing a device can
 * break. */
#include "eb_test.h"

#include <stdlib.h>

#include "base/limits.h"
#include "bus/prometheus.h"
#include "bus/statistics.h"
#include "bus_fixture.h"

static const struct bus_text schemas[] = {
    { "lock@1", "{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":9}}}" },
    { "lock@2", "{\"required\":[\"site\"]}" },
    { NULL, NULL },
};
static const struct bus_text contracts[] = {
    { "strict", "{\"topic\":\"locks/#\",\"schema\":\"lock@1\",\"candidate\":\"lock@2\"}" },
    { NULL, NULL },
};
static const struct bus_text rules[] = {
    { "one", "{\"from\":[\"locks/#\"],\"to\":[{\"topic\":\"services/one\"}]}" },
    { "two", "{\"from\":[\"locks/#\"],\"to\":[{\"topic\":\"services/a\"},"
             "{\"topic\":\"services/${site}\"}]}" },
    { NULL, NULL },
};
static const char settings[] =
    "{\"version\":1,\"ingress\":[{\"topic\":\"locks/#\",\"unknown\":\"warn\"},"
    "{\"topic\":\"lifts/#\",\"unknown\":\"warn\"}],\"statistics\":{\"stages\":true}}";

struct told {
    struct bus bus;
    struct eb_statistics *statistics; /* large */
    char *text;
    size_t text_len;
};

static void publish(struct told *told, const char *client, const char *topic, const char *payload)
{
    struct eb_message message = bus_message(topic, payload);
    message.client_id = eb_span_of(client);
    eb_stages_begin(&told->statistics->observation.stages);
    const struct eb_outcome *outcome = bus_run(&told->bus, &message);
    eb_observe(&told->statistics->observation, &message, outcome);
    eb_histogram_record(&told->statistics->observation.callback, 12345);
}

static int open_told(void **state)
{
    struct told *told = calloc(1, sizeof *told);
    told->statistics = calloc(1, sizeof *told->statistics);
    bus_open(&told->bus, settings, schemas, contracts, rules);
    told->bus.pipeline.stages = &told->statistics->observation.stages;
    publish(told, "front", "locks/1", "{\"n\":1,\"site\":\"b\"}");
    publish(told, "front", "locks/1", "{\"n\":2}");
    publish(told, "ba\"c\\k\x1b\xff", "locks/1", "{\"n\":10}");
    publish(told, "front", "lifts/\u202e1", "{}");
    *state = told;
    return 0;
}

static int close_told(void **state)
{
    struct told *told = *state;
    bus_close(&told->bus);
    free(told->text);
    free(told->statistics);
    free(told);
    return 0;
}

static void write_text(struct told *told)
{
    struct eb_statistics *statistics = told->statistics;
    statistics->snapshot = told->bus.snapshot;
    statistics->bus = *told->bus.snapshot->figures;
    statistics->now_us = 90 * 1000000;
    statistics->reloads = (struct eb_reload_record){
        .good = 2, .bad = 1, .in_force_since_us = 60 * 1000000, .took_us = 1500
    };
    free(told->text);
    FILE *out = open_memstream(&told->text, &told->text_len);
    assert_true(eb_prometheus_write(statistics, out));
    fclose(out);
}

static void assert_line(const struct told *told, const char *line)
{
    char bounded[512];
    snprintf(bounded, sizeof bounded, "\n%s\n", line);
    if (!strstr(told->text, bounded))
        fail_msg("there is no line\n%s\nin\n%s", line, told->text);
}

static void prometheus__has_every_series(void **state)
{
    static const char *const lines[] = {
        "# TYPE event_bus_events_received_total counter",
        "event_bus_events_received_total 4",
        "event_bus_events_total{verdict=\"passed\"} 3",
        "event_bus_events_total{verdict=\"consumed\"} 0",
        "event_bus_events_total{verdict=\"quarantined\"} 0",
        "event_bus_events_total{verdict=\"refused\"} 1",
        "event_bus_events_total{verdict=\"disconnected\"} 0",
        "event_bus_events_total{verdict=\"deduplicated\"} 0",
        "event_bus_events_stopped_total{reason=\"schema\"} 1",
        "event_bus_events_stopped_total{reason=\"not-json\"} 0",
        "event_bus_events_stopped_total{reason=\"limit\"} 0",
        "event_bus_events_unmatched_total 1",
        "event_bus_received_bytes_total 35",
        "event_bus_published_bytes_total 68",
        "event_bus_copies_total{result=\"published\"} 5",
        "event_bus_copies_total{result=\"failed\"} 1",
        "event_bus_dead_letters_total 2",
        "event_bus_reloads_total{result=\"good\"} 2",
        "event_bus_reloads_total{result=\"bad\"} 1",
        "event_bus_last_reload_good 0",
        "event_bus_snapshot_age_seconds 30.000000000",
        "event_bus_snapshot_build_seconds 0.001500000",
        "event_bus_contracts 1",
        "event_bus_rules 2",
        "# TYPE event_bus_callback_seconds summary",
        "event_bus_callback_seconds{quantile=\"0.5\"} 0.000012345",
        "event_bus_callback_seconds{quantile=\"0.999\"} 0.000012345",
        "event_bus_callback_seconds{quantile=\"1\"} 0.000012345",
        "event_bus_callback_seconds_sum 0.000049380",
        "event_bus_callback_seconds_count 4",
        "event_bus_stage_seconds_count{stage=\"json\"} 4",
        "event_bus_stage_seconds_count{stage=\"letter\"} 4",
        "event_bus_contract_events_total{contract=\"strict\",verdict=\"passed\"} 2",
        "event_bus_contract_events_total{contract=\"strict\",verdict=\"refused\"} 1",
        "event_bus_contract_valid_total{contract=\"strict\"} 2",
        "event_bus_contract_candidate_total{contract=\"strict\",result=\"valid\"} 1",
        "event_bus_contract_candidate_total{contract=\"strict\",result=\"invalid\"} 2",
        "event_bus_rule_events_total{rule=\"one\"} 2",
        "event_bus_rule_copies_total{rule=\"one\",target=\"0\",result=\"published\"} 2",
        "event_bus_rule_copies_total{rule=\"two\",target=\"0\",result=\"published\"} 2",
        "event_bus_rule_copies_total{rule=\"two\",target=\"1\",result=\"published\"} 1",
        "event_bus_rule_copies_total{rule=\"two\",target=\"1\",result=\"failed\"} 1",
    };
    struct told *told = *state;
    write_text(told);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_line(told, lines[i]);
}

static void prometheus__escapes_what_devices_chose(void **state)
{
    struct told *told = *state;
    write_text(told);
    assert_line(told, "event_bus_client_refused_total{client=\"ba\\\"c\\\\k\\\\x1b\\\\xff\"} 1");
    assert_line(told, "event_bus_unwatched_topic_total{topic=\"lifts/\\\\xe2\\\\x80\\\\xae1\"} 1");
    for (size_t i = 0; i < told->text_len; i++)
        assert_true(told->text[i] == '\n' || (unsigned char)told->text[i] >= ' ');
}

/* The tool of the Prometheus project reads it and finds nothing to complain about. */
static void prometheus__is_accepted_by_promtool(void **state)
{
    struct told *told = *state;
    if (system("command -v promtool >/dev/null") != 0)
        skip();
    write_text(told);
    FILE *tool = popen("promtool check metrics 2>&1", "w");
    assert_non_null(tool);
    fwrite(told->text, 1, told->text_len, tool);
    assert_int_equal(pclose(tool), 0);
}

/* ---- many rules ---- */

struct count {
    unsigned rules, targets;
    struct eb_span busiest;
    uint64_t most;
};

static void count_sample(
    void *context, const struct eb_metric *metric, const struct eb_sample *sample)
{
    struct count *count = context;
    count->targets += strcmp(metric->name, "rule_copies_total") == 0;
    if (strcmp(metric->name, "rule_events_total") != 0)
        return;
    count->rules++;
    if (sample->value > count->most) {
        count->most = sample->value;
        count->busiest = sample->labels[0];
    }
}

static unsigned rules_told(const struct eb_statistics *statistics, uint32_t entries_max)
{
    struct count count = { 0 };
    const struct eb_metric_reader reader = {
        .sample = count_sample, .context = &count, .entries_max = entries_max
    };
    assert_true(eb_statistics_read(statistics, &reader));
    return count.rules;
}

static void many__are_told_of_the_busiest(void **state)
{
    (void)state;
    enum { RULES = 300, TARGETS = 20, MAX = 50, BYTES = 2000 };
    static char texts[RULES][BYTES], names[RULES][32];
    static struct bus_text many[RULES + 1];
    for (int i = 0; i < RULES; i++) {
        snprintf(names[i], sizeof names[i], "rule-%d", i);
        FILE *text = fmemopen(texts[i], BYTES, "w");
        fprintf(text, "{\"from\":[\"t/%d\"],\"to\":[", i % 100);
        for (int j = 0; j < TARGETS; j++)
            fprintf(text, "%s{\"topic\":\"s/%d\"}", j ? "," : "", j);
        fprintf(text, "]}");
        fclose(text);
        many[i] = (struct bus_text){ names[i], texts[i] };
    }
    struct bus bus;
    bus_open(&bus, NULL, NULL, NULL, many);
    for (int i = 0; i < RULES; i++)
        eb_count(&bus.snapshot->rules[i].figures->matched, (uint64_t)((i * 7) % RULES));

    struct eb_statistics *statistics = calloc(1, sizeof *statistics);
    statistics->snapshot = bus.snapshot;
    struct count count = { 0 };
    const struct eb_metric_reader reader = {
        .sample = count_sample, .context = &count, .entries_max = MAX
    };
    assert_true(eb_statistics_read(statistics, &reader));
    assert_int_equal(count.rules, MAX);
    assert_int_equal(count.targets, MAX * EB_STATISTICS_TARGETS_MAX * 2);
    assert_int_equal(count.most, RULES - 1);
    assert_span_equal(count.busiest, "rule-257");
    assert_int_equal(rules_told(statistics, RULES), RULES); /* the one that did nothing, too */
    assert_int_equal(rules_told(statistics, RULES - 1), RULES - 1);
    for (int i = 0; i < RULES - 3; i++)
        atomic_store(&bus.snapshot->rules[i].figures->matched, 0);
    assert_int_equal(rules_told(statistics, RULES), RULES);
    assert_int_equal(rules_told(statistics, RULES - 1), 3);
    free(statistics);
    bus_close(&bus);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_told, close_told)
    const struct CMUnitTest tests[] = {
        TEST(prometheus__has_every_series),
        TEST(prometheus__escapes_what_devices_chose),
        TEST(prometheus__is_accepted_by_promtool),
        cmocka_unit_test(many__are_told_of_the_busiest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
