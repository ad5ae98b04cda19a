/* What the bus says about itself: topics below $SYS, and the file for Prometheus. */
#include "eb_test.h"

#include <stdlib.h>
#include <unistd.h>

#include "figures.h"
#include "peer.h"
#include "scene.h"

static struct eb_server own;

#define SETTINGS(statistics)                                                                       \
    "{ \"version\": 1, \"ingress\": [ { \"topic\": \"closed/#\", \"unknown\": \"reject\" } ],"     \
    " \"statistics\": " statistics " }"
#define EVERY_SECOND SETTINGS("{ \"interval_s\": 1, \"prometheus_file\": \"../bus.prom\" }")

static int open_own(void **state)
{
    *state = &own;
    eb_scene_prepare(&own);
    eb_server_write(&own, "event-bus/event-bus.json", EVERY_SECOND);
    eb_server_start(&own, EB_SCENE_LINES);
    return 0;
}

static int close_own(void **state)
{
    return eb_server_finish(*state);
}

static void publish_a_mixture(struct eb_server *server)
{
    static const struct {
        const char *topic, *payload;
    } events[] = {
        { "reject/x", EB_GOOD },
        { "reject/x", EB_BAD },
        { "reject/x", "{" },
        { "quarantine/x", EB_BAD },
        { "observe/x", EB_BAD },
        { "consume/x", EB_GOOD },
        { "closed/unknown", "{}" },
        { "three/x", "{\"id\":\"a/b\",\"percent\":1}" },
        { "unwatched/x", "1" },
    };
    struct eb_peer *device = eb_peer_connect(server, "dev\"ice", 5);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        eb_peer_publish_text(device, events[i].topic, events[i].payload, 1);
}

static void figures__are_told_by_topic_and_retained(void **state)
{
    static const struct {
        const char *path, *value;
    } want[] = {
        { "events/received", "8" },
        { "events/passed", "3" },
        { "events/consumed", "1" },
        { "events/quarantined", "1" },
        { "events/refused", "3" },
        { "events/disconnected", "0" },
        { "stopped/schema", "2" },
        { "stopped/not-json", "1" },
        { "stopped/unknown-topic", "1" },
        { "copies/published", "5" },
        { "copies/failed", "1" },
        { "dead-letters", "5" },
        { "reloads/good", "1" },
        { "reloads/bad", "0" },
        { "callback/count", "8" },
        { "contracts/rejecting/refused", "2" },
        { "contracts/rejecting/passed", "1" },
        { "contracts/observing/observed", "1" },
        { "rules/three/matched", "1" },
        { "rules/three/targets/0/published", "1" },
        { "rules/three/targets/1/failed", "1" },
        { "rules/trees/targets/0/published", "3" },
    };
    struct eb_server *server = *state;
    publish_a_mixture(server);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 4);
    eb_figures_watch(watcher);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        eb_figures_await(watcher, want[i].path, want[i].value);
    assert_non_null(eb_figures_get(watcher, "version"));
    assert_non_null(eb_figures_get(watcher, "callback/0.99"));

    struct eb_peer *late = eb_peer_connect(server, "late", 5);
    eb_peer_subscribe(late, "$SYS/broker/event-bus/events/received", 0);
    assert_true(assert_received(late, "$SYS/broker/event-bus/events/received", "8")->is_retain);
}

/* ---- a mixed run ---- */

/* What the test itself counts. */
struct tally {
    unsigned long received, passed, consumed, quarantined, refused, copies, failed, bytes;
};

/* Event number `n`, of each kind there is at each QoS; whether it is one, `tally` says. */
static struct eb_publication mixed_event(unsigned long n, struct tally *tally)
{
    static const struct {
        const char *topic, *payload;
        struct tally makes;
    } kinds[] = {
        { "reject/x", EB_GOOD, { .passed = 1, .copies = 1 } },
        { "reject/x", "{\"id\":\"low\",\"percent\":5}", { .passed = 1, .copies = 2 } },
        { "reject/x", EB_BAD, { .refused = 1 } },
        { "reject/y", "{", { .refused = 1 } },
        { "quarantine/x", EB_BAD, { .quarantined = 1 } },
        { "quarantine/x", EB_GOOD, { .passed = 1, .copies = 1 } },
        { "observe/x", EB_BAD, { .passed = 1, .copies = 1 } },
        { "consume/x", EB_GOOD, { .consumed = 1, .copies = 1 } },
        { "closed/unknown", "{}", { .refused = 1 } },
        { "three/x", "{\"id\":\"a/b\",\"percent\":1}", { .passed = 1, .copies = 2, .failed = 1 } },
        { "unwatched/x", "1", { 0 } },
    };
    enum { KINDS = sizeof kinds / sizeof *kinds };
    const struct tally *makes = &kinds[n % KINDS].makes;
    unsigned long is_event = makes->passed + makes->consumed + makes->quarantined + makes->refused;
    tally->received += is_event;
    tally->passed += makes->passed;
    tally->consumed += makes->consumed;
    tally->quarantined += makes->quarantined;
    tally->refused += makes->refused;
    tally->copies += makes->copies;
    tally->failed += makes->failed;
    tally->bytes += is_event * strlen(kinds[n % KINDS].payload);
    return (struct eb_publication){
        .topic = kinds[n % KINDS].topic,
        .payload = kinds[n % KINDS].payload,
        .qos = (int)(n / KINDS % 3),
    };
}

/* Until all that was sent has been dealt with. */
static void send_mixed(
    struct eb_peer *device, unsigned long first, unsigned long end, struct tally *tally)
{
    enum { BURST = 200 };
    int mids[BURST], count = 0;
    for (unsigned long n = first; n < end && count < BURST; n++)
        mids[count++] = eb_peer_send(device, mixed_event(n, tally));
    for (int i = 0; i < count; i++)
        eb_peer_ack(device, mids[i]);
    eb_peer_ping(device);
}

static unsigned long drain(struct eb_peer *peer)
{
    unsigned long count = 0;
    eb_peer_ping(peer);
    for (; peer->inbox; count++)
        eb_peer_receive(peer);
    return count;
}

/* They are told one after the other. */
static void await_sum(
    struct eb_peer *watcher, const char *const *paths, int count, unsigned long want)
{
    unsigned long sum;
    long deadline = eb_now_ms() + EB_PATIENCE_MS;
    do {
        eb_peer_pump(watcher->server, 50);
        sum = 0;
        for (int i = 0; i < count; i++)
            sum += (unsigned long)eb_figures_number(watcher, paths[i]);
    } while (sum != want && eb_now_ms() < deadline);
    assert_int_equal(sum, want);
}

static void assert_told(struct eb_peer *watcher, const struct tally *tally)
{
    const struct {
        const char *path;
        unsigned long value;
    } want[] = {
        { "events/received", tally->received },
        { "events/passed", tally->passed },
        { "events/consumed", tally->consumed },
        { "events/quarantined", tally->quarantined },
        { "events/refused", tally->refused },
        { "events/disconnected", 0 },
        { "events/deduplicated", 0 },
        { "copies/published", tally->copies },
        { "copies/failed", tally->failed },
        { "copies/discarded", 0 },
        { "bytes/received", tally->bytes },
        { "callback/count", tally->received },
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char value[32];
        snprintf(value, sizeof value, "%lu", want[i].value);
        eb_figures_await(watcher, want[i].path, value);
    }
    static const char *const stopped[] = { "stopped/schema", "stopped/not-json",
        "stopped/unknown-topic" };
    static const char *const letters[] = { "dead-letters", "dead-letters/left-out" };
    await_sum(watcher, stopped, 3, tally->quarantined + tally->refused);
    await_sum(watcher, letters, 2, tally->quarantined + tally->refused + tally->failed);
}

/* EB_EVENTS makes it longer. */
static void figures__add_up_after_a_mixed_run(void **state)
{
    const char *wanted = getenv("EB_EVENTS");
    unsigned long events = wanted ? strtoul(wanted, NULL, 10) : 3000, copies = 0, passed = 0;
    struct eb_server *server = *state;
    struct tally tally = { 0 };
    struct eb_peer *device = eb_peer_connect(server, "device", 4);
    struct eb_peer *service = eb_peer_connect(server, "service", 4);
    struct eb_peer *listener = eb_peer_connect(server, "listener", 4);
    eb_peer_subscribe(service, "services/#", 0);
    static const char *const originals[] = { "reject/#", "quarantine/#", "observe/#", "consume/#",
        "closed/#", "three/#" };
    for (size_t i = 0; i < sizeof originals / sizeof *originals; i++)
        eb_peer_subscribe(listener, originals[i], 0);
    for (unsigned long n = 0; n < events; n += 200) {
        send_mixed(device, n, events, &tally);
        copies += drain(service);
        passed += drain(listener);
    }
    assert_int_equal(copies, tally.copies);
    assert_int_equal(passed, tally.passed);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    assert_told(watcher, &tally);
}

/* Names that devices chose are not for everybody who may read $SYS. */
static void lists__are_not_below_sys(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 4);
    eb_figures_watch(watcher);
    size_t before = eb_figures_count(watcher);
    publish_a_mixture(server);
    eb_figures_await(watcher, "stopped/unknown-topic", "1");
    assert_int_equal(eb_figures_count(watcher), before);
}

static void reload__says_why_it_failed_until_one_succeeds(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_server_write(server, "event-bus/rules/broken.json", "{ \"from\": 1 }");
    eb_server_reload(server);
    eb_figures_await(watcher, "reloads/bad", "1");
    eb_figures_await(watcher, "reloads/last-good", "0");
    const char *why = eb_figures_get(watcher, "reloads/error");
    assert_non_null(why);
    assert_non_null(strstr(why, "rules/broken.json:1:"));

    eb_server_remove(server, "event-bus/rules/broken.json");
    eb_server_reload(server);
    eb_figures_await(watcher, "reloads/last-good", "1");
    eb_figures_await(watcher, "reloads/good", "2");
    eb_figures_await(watcher, "reloads/error", NULL);
}

static void rule__that_is_gone_is_told_no_more(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "rules/raw/matched", "0");
    eb_server_remove(server, "event-bus/rules/raw.json");
    eb_server_reload(server);
    eb_figures_await(watcher, "rules/raw/matched", NULL);
    eb_figures_await(watcher, "rules/low/matched", "0");
}

static void interval__of_zero_tells_nothing_and_clears_what_was_told(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "events/received", "0");
    eb_server_write(server, "event-bus/event-bus.json", SETTINGS("{ \"interval_s\": 0 }"));
    eb_server_reload(server);
    eb_figures_await(watcher, "version", NULL);
    assert_int_equal(eb_figures_count(watcher), 0);
}

static void stages__are_told_when_asked_for(void **state)
{
    struct eb_server *server = *state;
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "events/received", "0");
    assert_null(eb_figures_get(watcher, "stages/json/count"));
    eb_server_write(
        server, "event-bus/event-bus.json", SETTINGS("{ \"interval_s\": 1, \"stages\": true }"));
    eb_server_reload(server);
    eb_figures_await(watcher, "stages/json/count", "0");
    publish_a_mixture(server);
    eb_figures_await(watcher, "stages/message/count", "8");
    eb_figures_await(watcher, "stages/publish/count", "8");
    eb_figures_await(watcher, "stages/json/count", "7");
}

/* ---- the file ---- */

static void read_file(const struct eb_server *server, char *text, size_t bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/bus.prom", server->tree.path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, bytes - 1, file)] = '\0';
    fclose(file);
}

/* Every series, with the value where it does not depend on time. */
static const char *const series[] = {
    "events_received_total 8\n",
    "events_total{verdict=\"passed\"} 3\n",
    "events_total{verdict=\"consumed\"} 1\n",
    "events_total{verdict=\"quarantined\"} 1\n",
    "events_total{verdict=\"refused\"} 3\n",
    "events_total{verdict=\"disconnected\"} 0\n",
    "events_total{verdict=\"deduplicated\"} 0\n",
    "events_stopped_total{reason=\"schema\"} 2\n",
    "events_stopped_total{reason=\"not-json\"} 1\n",
    "events_stopped_total{reason=\"limit\"} 0\n",
    "events_stopped_total{reason=\"empty\"} 0\n",
    "events_stopped_total{reason=\"unknown-topic\"} 1\n",
    "events_stopped_total{reason=\"egress\"} 0\n",
    "events_stopped_total{reason=\"subject\"} 0\n",
    "events_stopped_total{reason=\"error\"} 0\n",
    "events_valid_total 2\n",
    "events_observed_total 1\n",
    "events_unreadable_total 0\n",
    "events_unmatched_total 0\n",
    "events_resent_total 0\n",
    "errors_total 0\n",
    "received_bytes_total ",
    "published_bytes_total ",
    "copies_total{result=\"published\"} 5\n",
    "copies_total{result=\"failed\"} 1\n",
    "copies_total{result=\"discarded\"} 0\n",
    "copies_rerouted_total 0\n",
    "dead_letters_total 5\n",
    "dead_letters_left_out_total 0\n",
    "dead_letters_unsent_total 0\n",
    "reports_total 0\n",
    "reloads_total{result=\"good\"} 1\n",
    "reloads_total{result=\"bad\"} 0\n",
    "last_reload_good 1\n",
    "snapshot_age_seconds ",
    "snapshot_build_seconds ",
    "contracts 10\n",
    "rules 4\n",
    "callback_seconds{quantile=\"0.5\"} ",
    "callback_seconds{quantile=\"0.9\"} ",
    "callback_seconds{quantile=\"0.99\"} ",
    "callback_seconds{quantile=\"0.999\"} ",
    "callback_seconds{quantile=\"1\"} ",
    "callback_seconds_sum ",
    "callback_seconds_count 8\n",
    "stage_seconds{stage=\"message\",quantile=\"0.5\"} ",
    "stage_seconds{stage=\"topic\",quantile=\"0.9\"} ",
    "stage_seconds{stage=\"json\",quantile=\"0.99\"} ",
    "stage_seconds{stage=\"schema\",quantile=\"0.999\"} ",
    "stage_seconds{stage=\"pattern\",quantile=\"1\"} ",
    "stage_seconds_sum{stage=\"target\"} ",
    "stage_seconds_count{stage=\"letter\"} 8\n",
    "stage_seconds_count{stage=\"publish\"} 8\n",
    "contract_events_total{contract=\"rejecting\",verdict=\"passed\"} 1\n",
    "contract_events_total{contract=\"consuming\",verdict=\"consumed\"} 1\n",
    "contract_events_total{contract=\"quarantining\",verdict=\"quarantined\"} 1\n",
    "contract_events_total{contract=\"rejecting\",verdict=\"refused\"} 2\n",
    "contract_events_total{contract=\"disconnecting\",verdict=\"disconnected\"} 0\n",
    "contract_events_total{contract=\"rejecting\",verdict=\"deduplicated\"} 0\n",
    "contract_valid_total{contract=\"rejecting\"} 1\n",
    "contract_observed_total{contract=\"observing\"} 1\n",
    "contract_candidate_total{contract=\"tried\",result=\"valid\"} 0\n",
    "contract_candidate_total{contract=\"tried\",result=\"invalid\"} 0\n",
    "contract_candidate_recent{contract=\"tried\",count=\"events\"} 0\n",
    "contract_candidate_recent{contract=\"tried\",count=\"invalid\"} 0\n",
    "contract_candidate_recent{contract=\"tried\",count=\"newly-invalid\"} 0\n",
    "contract_candidate_recent{contract=\"tried\",count=\"newly-valid\"} 0\n",
    "rule_events_total{rule=\"three\"} 1\n",
    "rule_discarded_total{rule=\"three\"} 0\n",
    "rule_copies_total{rule=\"three\",target=\"0\",result=\"published\"} 1\n",
    "rule_copies_total{rule=\"three\",target=\"1\",result=\"failed\"} 1\n",
    "client_refused_total{client=\"dev\\\"ice\"} 4\n",
    "unwatched_topic_total{topic=\"closed/unknown\"} 1\n",
};

static void assert_has_series(const char *text, const char *one)
{
    char line[256];
    snprintf(line, sizeof line, "\nevent_bus_%s", one);
    if (!strstr(text, line))
        fail_msg("there is no line %s", line);
}

/* Each metric in the file is one of those. */
static void assert_has_no_other(const char *text)
{
    static const char type[] = "# TYPE event_bus_";
    for (const char *at = strstr(text, type); at; at = strstr(at + 1, type)) {
        const char *name = at + sizeof type - 1;
        size_t len = strcspn(name, " "), i = 0;
        while (i < sizeof series / sizeof *series &&
               (strncmp(series[i], name, len) != 0 || !strchr(" {_", series[i][len])))
            i++;
        if (i == sizeof series / sizeof *series)
            fail_msg("nothing is expected of %.*s", (int)len, name);
    }
}

static void prometheus_file__holds_every_series_and_promtool_accepts_it(void **state)
{
    static char text[256 * 1024];
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/event-bus.json",
        SETTINGS("{ \"interval_s\": 1, \"stages\": true, \"prometheus_file\": \"../bus.prom\" }"));
    eb_server_write(server, "event-bus/contracts/tried.json",
        "{ \"topic\": \"tried/#\", \"schema\": \"reading@1\", \"candidate\": \"reading@1\" }");
    eb_server_stop(server);
    eb_server_start(server, EB_SCENE_LINES);
    publish_a_mixture(server);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    eb_figures_await(watcher, "events/received", "8");
    read_file(server, text, sizeof text);
    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        assert_has_series(text, series[i]);
    assert_has_no_other(text);
    if (system("command -v promtool >/dev/null") != 0)
        return;
    char command[600];
    snprintf(command, sizeof command, "promtool check metrics < %s/bus.prom", server->tree.path);
    assert_int_equal(system(command), 0);
}

static void prometheus_file__that_cannot_be_written_is_said_once(void **state)
{
    struct eb_server *server = *state;
    eb_server_write(server, "event-bus/event-bus.json",
        SETTINGS("{ \"interval_s\": 1, \"prometheus_file\": \"../later/bus.prom\" }"));
    eb_server_reload(server);
    eb_server_await_log(server, "../later/bus.prom cannot be written: No such file", 1);
    struct eb_peer *watcher = eb_peer_connect(server, "watcher", 5);
    eb_figures_watch(watcher);
    publish_a_mixture(server);
    eb_figures_await(watcher, "events/received", "8");
    assert_int_equal(eb_server_log_count(server, "cannot be written"), 1);
    eb_tree_directory(&server->tree, "later");
    eb_server_await_log(server, "../later/bus.prom is written again", 1);

    /* Nor is anything said of a file that nobody asks for any more. */
    eb_server_write(server, "event-bus/event-bus.json",
        SETTINGS("{ \"interval_s\": 1, \"prometheus_file\": \"../never/bus.prom\" }"));
    eb_server_reload(server);
    eb_server_await_log(server, "../never/bus.prom cannot be written: No such file", 1);
    eb_server_write(server, "event-bus/event-bus.json", SETTINGS("{ \"interval_s\": 1 }"));
    eb_server_reload(server);
    publish_a_mixture(server);
    eb_figures_await(watcher, "events/received", "16");
    assert_int_equal(eb_server_log_count(server, "is written again"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_own, close_own)
    const struct CMUnitTest tests[] = {
        TEST(figures__are_told_by_topic_and_retained),
        TEST(lists__are_not_below_sys),
        TEST(reload__says_why_it_failed_until_one_succeeds),
        TEST(rule__that_is_gone_is_told_no_more),
        TEST(interval__of_zero_tells_nothing_and_clears_what_was_told),
        TEST(stages__are_told_when_asked_for),
        TEST(figures__add_up_after_a_mixed_run),
        TEST(prometheus_file__holds_every_series_and_promtool_accepts_it),
        TEST(prometheus_file__that_cannot_be_written_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
