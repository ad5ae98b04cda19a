/*
 * eb-load - a load for any MQTT broker: how many events it takes, how long they are under way, and
 * whether every one arrives once.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "load.h"
#include "process_time.h"

enum {
    OPTION_PRINT_EVENT = 256,
    OPTION_WARM_UP,
    OPTION_WINDOW,
    WINDOW_DEFAULT = 1000,
    /* What is under way fits the buffers of the system. */
    WINDOW_BYTES = 4 * 1024 * 1024,
};

static const struct option options[] = {
    { "host", required_argument, NULL, 'h' },
    { "port", required_argument, NULL, 'p' },
    { "username", required_argument, NULL, 'u' },
    { "password", required_argument, NULL, 'P' },
    { "protocol", required_argument, NULL, 'V' },
    { "topic", required_argument, NULL, 't' },
    { "publishers", required_argument, NULL, 'n' },
    { "subscribe", required_argument, NULL, 'S' },
    { "qos", required_argument, NULL, 'q' },
    { "size", required_argument, NULL, 'b' },
    { "event", required_argument, NULL, 'f' },
    { "events", required_argument, NULL, 'N' },
    { "seconds", required_argument, NULL, 's' },
    { "warm-up", required_argument, NULL, OPTION_WARM_UP },
    { "rate", required_argument, NULL, 'r' },
    { "window", required_argument, NULL, OPTION_WINDOW },
    { "cpu", required_argument, NULL, 'c' },
    { "print-event", no_argument, NULL, OPTION_PRINT_EVENT },
    { "help", no_argument, NULL, 'H' },
    { 0 },
};

static const char help[] =
    "Usage: eb-load [OPTION…]\n"
    "\n"
    "Publishes numbered events, receives what comes back, and prints one line of JSON: events a\n"
    "second, latencies, losses and duplicates counted one by one, and what the broker cost.\n"
    "\n"
    "  -h, --host HOST       the broker [127.0.0.1]\n"
    "  -p, --port PORT       [1883]\n"
    "  -u, --username NAME   and -P, --password TEXT\n"
    "  -V, --protocol 4|5    MQTT 3.1.1 or 5 [4]\n"
    "  -t, --topic TOPIC     where to publish; % becomes the publisher's number [bench/%/events]\n"
    "  -n, --publishers N    [1]\n"
    "  -S, --subscribe F     a subscriber of filter F, which must get every event once; repeat "
    "for\n"
    "                        more; none: only publish\n"
    "  -q, --qos 0|1|2       of publishers and subscribers [0]\n"
    "  -b, --size BYTES      of an event [300]\n"
    "  -f, --event FILE      the event, with a member \"number\":1000000000000000\n"
    "      --print-event     print the event and stop\n"
    "  -N, --events N        how many to send; or\n"
    "  -s, --seconds S       how long to measure [5], after\n"
    "      --warm-up S       [1]\n"
    "  -r, --rate R          events a second, each at its time, and latencies from that time;\n"
    "                        without it as many as the broker takes, with at most\n"
    "      --window N        events under way [1000, less when they are large]\n"
    "  -c, --cpu PID         a process whose time is taken; repeat for more\n"
    "\n"
    "Exit status: 0 all events arrived once, 1 some did not, or the broker failed; 2 usage.\n";

struct request {
    struct load_plan plan;
    const char *event_file;
    size_t size;
    bool prints_event;
};

static void refuse_usage(const char *problem, const char *text)
{
    fprintf(stderr, "eb-load: %s%s (see --help)\n", problem, text);
    exit(2);
}

static double read_number(const char *text, double min, double max)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= min && number <= max))
        refuse_usage("no number that fits here: ", text);
    return number;
}

static void add_filter(struct load_plan *plan, const char *filter)
{
    if (plan->filter_count == LEDGER_SUBSCRIPTIONS_MAX)
        refuse_usage("too many subscribers: ", filter);
    plan->filters[plan->filter_count++] = filter;
}

static void add_process(struct load_plan *plan, const char *pid)
{
    if (plan->process_count == LOAD_PROCESSES_MAX)
        refuse_usage("too many processes: ", pid);
    plan->processes[plan->process_count++] = (pid_t)read_number(pid, 1, 1 << 30);
}

static void read_option(struct request *request, int option, const char *value)
{
    struct load_plan *plan = &request->plan;
    switch (option) {
    case 'h': plan->host = value; break;
    case 'p': plan->port = value; break;
    case 'u': plan->username = value; break;
    case 'P': plan->password = value; break;
    case 'V': plan->protocol = (int)read_number(value, 4, 5); break;
    case 't': plan->topic = value; break;
    case 'n': plan->publisher_count = (size_t)read_number(value, 1, LOAD_PUBLISHERS_MAX); break;
    case 'S': add_filter(plan, value); break;
    case 'q': plan->qos = (int)read_number(value, 0, 2); break;
    case 'b': request->size = (size_t)read_number(value, 48, 1 << 28); break;
    case 'f': request->event_file = value; break;
    case 'N': plan->events = (uint64_t)read_number(value, 1, LEDGER_EVENTS_MAX); break;
    case 's': plan->measured_s = read_number(value, 0.01, 1e6); break;
    case 'r': plan->rate = read_number(value, 0.1, 1e8); break;
    case 'c': add_process(plan, value); break;
    case OPTION_WARM_UP: plan->warm_up_s = read_number(value, 0, 1e6); break;
    case OPTION_WINDOW: plan->window = (uint64_t)read_number(value, 1, LEDGER_EVENTS_MAX); break;
    case OPTION_PRINT_EVENT: request->prints_event = true; break;
    case 'H': fputs(help, stdout); exit(0);
    default: refuse_usage("what is asked is not clear", "");
    }
}

static uint64_t default_window(size_t event_bytes)
{
    size_t fitting = WINDOW_BYTES / event_bytes;
    return fitting < 2 ? 2 : fitting < WINDOW_DEFAULT ? fitting : WINDOW_DEFAULT;
}

static void read_request(struct request *request, int argc, char **argv)
{
    static const char letters[] = "h:p:u:P:V:t:n:S:q:b:f:N:s:r:c:";
    for (int option; (option = getopt_long(argc, argv, letters, options, NULL)) != -1;)
        read_option(request, option, optarg);
    if (optind < argc)
        refuse_usage("what is this: ", argv[optind]);
    struct load_plan *plan = &request->plan;
    plan->event = request->event_file ? sample_event_read(request->event_file)
                                      : sample_event_make(request->size);
    if (!plan->window)
        plan->window = default_window(plan->event.length);
}

static double latency_us(const struct ledger *ledger, double share)
{
    return (double)ledger_latency(ledger, share) / 1e3;
}

static void print_processes(const struct load_plan *plan, const struct load_result *result)
{
    printf(",\"processes\":[");
    for (size_t i = 0; i < plan->process_count; i++) {
        double us = (double)result->process_ns[i] / 1e3;
        printf("%s{\"pid\":%d,\"us_per_event\":%.3f,\"waited_s\":%.3f,\"memory_kib\":%ld}",
            i ? "," : "", (int)plan->processes[i], result->events ? us / (double)result->events : 0,
            (double)result->process_waited_ns[i] / 1e9, process_memory_kib(plan->processes[i]));
    }
    printf("]");
}

static bool print_result(const struct load_plan *plan, const struct load_result *result)
{
    const struct ledger *ledger = &result->ledger;
    uint64_t lost = ledger_expected(ledger) - ledger->copies;
    printf("{\"event_bytes\":%zu,\"qos\":%d,\"publishers\":%zu,\"subscribers\":%zu,\"sent\":%llu,"
           "\"copies\":%llu,\"lost\":%llu,\"duplicates\":%llu,\"strange\":%llu,\"refused\":%llu",
        plan->event.length, plan->qos, plan->publisher_count, plan->filter_count,
        (unsigned long long)ledger->sent, (unsigned long long)ledger->copies,
        (unsigned long long)lost, (unsigned long long)ledger->doubles,
        (unsigned long long)ledger->strange, (unsigned long long)result->refused);
    printf(",\"seconds\":%.3f,\"events_per_s\":%.1f", result->seconds,
        (double)result->events / result->seconds);
    printf(",\"latency_us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}",
        latency_us(ledger, 0.5), latency_us(ledger, 0.9), latency_us(ledger, 0.99),
        latency_us(ledger, 0.999), latency_us(ledger, 1));
    print_processes(plan, result);
    puts("}");
    return !lost && !ledger->doubles && !ledger->strange;
}

int main(int argc, char **argv)
{
    struct request request = {
        .plan = { .host = "127.0.0.1",
            .port = "1883",
            .protocol = 4,
            .topic = "bench/%/events",
            .publisher_count = 1,
            .warm_up_s = 1,
            .measured_s = 5 },
        .size = 300,
    };
    read_request(&request, argc, argv);
    if (request.prints_event) {
        puts(request.plan.event.text);
        sample_event_release(&request.plan.event);
        return 0;
    }
    struct load_result result;
    load_run(&request.plan, &result);
    bool is_whole = print_result(&request.plan, &result);
    ledger_close(&result.ledger);
    sample_event_release(&request.plan.event);
    return is_whole ? 0 : 1;
}
