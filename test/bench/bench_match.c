/* eb-bench match: events against the rules of a file, reading them apart from matching. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/bench.h"
#include "bench/instructions.h"
#include "bench/match_set.h"

static uint64_t read_event(void *context, struct eb_span event)
{
    return match_set_read(context, event);
}

static uint64_t match_event(void *context, struct eb_span event)
{
    return match_set_match(context, event);
}

static double elapsed_ms(const struct timespec *since)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)(now.tv_sec - since->tv_sec) * 1e3 +
           (double)(now.tv_nsec - since->tv_nsec) / 1e6;
}

/* From the file's bytes to a set that can match: read, parsed and indexed. */
static double build(struct match_set *set, const struct bench_lines *rules, size_t event_bytes)
{
    struct timespec begin;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    match_set_init(set, event_bytes);
    for (size_t i = 0; i < rules->count; i++)
        match_set_add(set, rules->lines[i]);
    match_set_build(set);
    return elapsed_ms(&begin);
}

static size_t longest(const struct bench_lines *lines, const struct bench_lines *more)
{
    size_t len = 0;
    for (size_t i = 0; i < lines->count; i++)
        len = lines->lines[i].len > len ? lines->lines[i].len : len;
    for (size_t i = 0; i < more->count; i++)
        len = more->lines[i].len > len ? more->lines[i].len : len;
    return len;
}

int bench_match(int argc, char **argv)
{
    static const struct option options[] = {
        { "rules", required_argument, NULL, 'r' },
        { "events", required_argument, NULL, 'e' },
        { "rounds", required_argument, NULL, 'n' },
        { "instructions", no_argument, NULL, 'i' },
        { 0 },
    };
    const char *rules_path = NULL, *events_path = NULL;
    size_t rounds = BENCH_ROUNDS_DEFAULT;
    bool counts_instructions = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'r': rules_path = optarg; break;
        case 'e': events_path = optarg; break;
        case 'n': rounds = strtoul(optarg, NULL, 10); break;
        case 'i': counts_instructions = true; break;
        default: return 2;
        }
    }
    if (!rules_path || !events_path || rounds < 1 || rounds > BENCH_ROUNDS_MAX)
        bench_fail("match needs --rules FILE --events FILE; --rounds is 1 to %d", BENCH_ROUNDS_MAX);
    if (counts_instructions)
        instructions_begin(argv - 1);
    struct bench_lines rules = bench_lines_read(rules_path);
    struct bench_lines events = bench_lines_read(events_path);
    struct match_set set;
    double build_ms = build(&set, &rules, longest(&rules, &events));
    static struct bench_arm arms[] = {
        { .name = "read", .run = read_event },
        { .name = "match", .run = match_event },
    };
    arms[0].context = arms[1].context = &set;
    if (counts_instructions)
        instructions_measure(arms, 2, &events);
    else
        bench_measure(arms, 2, &events, rounds);
    const char *unit = counts_instructions ? "instructions" : "ns";
    uint64_t matches = 0;
    for (size_t i = 0; i < events.count; i++)
        matches += match_set_match(&set, events.lines[i]);
    printf("{\"bench\":\"match\",\"rules\":%zu,\"build_ms\":%.1f,\"bytes\":%zu,"
           "\"index_bytes\":%zu,\"events\":%zu,\"%s_per_event\":%.1f,\"read_%s\":%.1f,"
           "\"match_%s\":%.1f,\"matches\":%llu}\n",
        set.rule_count, build_ms, match_set_bytes(&set), match_set_index_bytes(&set), events.count,
        unit, arms[1].ns, unit, arms[0].ns, unit, arms[1].ns - arms[0].ns,
        (unsigned long long)matches);
    match_set_release(&set);
    bench_lines_free(&rules);
    bench_lines_free(&events);
    return 0;
}
