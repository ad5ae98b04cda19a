/*
 * tail.c - `event-bus tail`: what a running bus decides, as it happens.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bus/outcome.h"
#include "command.h"
#include "remote.h"
#include "terminal.h"
#include "topic/filter.h"
#include "verdict_line.h"

struct tail_options {
    struct connection_options connection;
    const char *client;
    const char *topic;
    const char *rule;
    const char *verdict;
    uint32_t per_second;
    uint32_t count; /* 0: for ever */
    bool is_json;
    bool ends_when_lost;
};

#define AT(member) offsetof(struct tail_options, member)

enum { PER_SECOND = 50, PER_SECOND_MAX = 500, WATCH_S = 60, RENEW_MS = 20000 };

#define VERDICTS "passed|consumed|deduplicated|quarantined|refused|disconnected"

static const struct option options[] = {
    { "client", 0, OPTION_TEXT, "ID", "only what this client published", AT(client), 0, 0 },
    { "topic", 't', OPTION_TEXT, "FILTER", "only what came on these topics", AT(topic), 0, 0 },
    { "rule", 0, OPTION_TEXT, "NAME", "only what this rule took", AT(rule), 0, 0 },
    { "verdict", 0, OPTION_TEXT, VERDICTS, "only what became this", AT(verdict), 0, 0 },
    { "per-second", 0, OPTION_NUMBER, "COUNT", "lines at most; of the rest the number (default 50)",
        AT(per_second), 1, PER_SECOND_MAX },
    { "count", 'C', OPTION_NUMBER, "COUNT", "end after so many lines", AT(count), 1, INT32_MAX },
    { "json", 0, OPTION_FLAG, NULL, "print a JSON object for each", AT(is_json), 0, 0 },
    { "no-reconnect", 0, OPTION_FLAG, NULL, "end when the connection is lost", AT(ends_when_lost),
        0, 0 },
};

static const struct option_table tables[] = {
    { options, sizeof options / sizeof *options, 0 },
    CONNECTION_OPTIONS_AT(AT(connection)),
};

struct tail {
    struct tail_options values;
    struct remote remote;
    uint32_t told;
    bool is_written; /* standard output still takes what is written */
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal)
{
    (void)signal;
    is_interrupted = true;
}

static bool is_ended(const struct tail *tail)
{
    return is_interrupted || !tail->is_written ||
           (tail->values.count && tail->told >= tail->values.count);
}

static void receive(void *context, struct eb_span json)
{
    struct tail *tail = context;
    if (is_ended(tail))
        return;
    tail->told += verdict_line_print(json, tail->values.is_json);
    tail->is_written = output_flush();
}

static void write_filter(struct eb_json_writer *out, const char *name, const char *value)
{
    if (value)
        eb_json_member_string(out, name, eb_span_of(value));
}

/* Begins the watch, or goes on with it. */
static bool watch(struct tail *tail)
{
    const struct tail_options *values = &tail->values;
    struct eb_json_writer *out = &tail->remote.out;
    remote_begin(&tail->remote, "watchVerdicts");
    write_filter(out, "client", values->client);
    write_filter(out, "topic", values->topic);
    write_filter(out, "rule", values->rule);
    write_filter(out, "verdict", values->verdict);
    eb_json_member_int(out, "seconds", WATCH_S);
    eb_json_member_int(out, "perSecond", values->per_second);
    return remote_do(&tail->remote);
}

/* Until the watch is to be renewed, or the end. False, said: the connection is lost. */
static bool receive_lines(struct tail *tail)
{
    int64_t renewal = eb_clock_monotonic_ms() + RENEW_MS;
    while (!is_ended(tail) && eb_clock_monotonic_ms() < renewal) {
        if (!connection_turn(tail->remote.connection, 200))
            return false;
    }
    return true;
}

static bool may_go_on(struct tail *tail)
{
    return !tail->values.ends_when_lost && remote_reconnect(&tail->remote, &is_interrupted);
}

static bool follow(struct tail *tail)
{
    while (!is_ended(tail)) {
        if ((!watch(tail) || !receive_lines(tail)) && !is_ended(tail) && !may_go_on(tail))
            return is_interrupted;
    }
    return true;
}

static bool check_verdict(const char *verdict)
{
    for (int i = 0; verdict && i <= EB_DISCONNECTED; i++) {
        if (strcmp(verdict, eb_verdict_name((enum eb_verdict)i)) == 0)
            return true;
    }
    if (verdict)
        complain("--verdict: expected " VERDICTS ", not '%s'", verdict);
    return !verdict;
}

static bool check(const struct tail_options *values)
{
    enum eb_topic_fault fault =
        values->topic ? eb_filter_check(eb_span_of(values->topic)) : EB_TOPIC_OK;
    if (fault != EB_TOPIC_OK)
        complain("--topic: %s", eb_topic_fault_text(fault));
    return fault == EB_TOPIC_OK && check_verdict(values->verdict);
}

static enum exit_code tell(struct tail *tail)
{
    struct sigaction action = { .sa_handler = interrupt };
    bool is_good = remote_open(&tail->remote, &tail->values.connection);
    tail->remote.line = receive;
    tail->remote.context = tail;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    is_good = is_good && follow(tail);
    remote_close(&tail->remote);
    return is_good ? EXIT_FINE : EXIT_PROBLEMS;
}

static enum exit_code run(int argc, char **argv)
{
    struct tail tail = { .values.per_second = PER_SECOND, .is_written = true };
    struct operands operands;
    enum exit_code code = EXIT_USAGE;
    if (!remote_read_options(
            &command_tail, &tail.values, &tail.values.connection, argc, argv, &operands))
        goto release;
    if (!check(&tail.values))
        goto release;
    if (operands.count)
        code = command_misused(&command_tail);
    else
        code = tell(&tail);
release:
    connection_options_release(&tail.values.connection);
    return code;
}

const struct command command_tail = {
    .name = "tail",
    .synopsis = "[OPTION…]",
    .summary = "Print what a running bus decides, as it happens",
    .help = "A line for each event on a watched topic, after the decision: when, what became of "
            "it, who\n"
            "published it where, and which rules took it, or why it was refused. Events are not "
            "delayed, nor\n"
            "is the broker: what goes beyond --per-second is left out, and counted. When the "
            "broker is\n"
            "gone it waits until it is back.\n\n" CONNECTION_HELP,
    .tables = tables,
    .table_count = sizeof tables / sizeof *tables,
    .run = run,
};
