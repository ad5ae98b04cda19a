/*
 * eb-bench families: what an event costs with ten rules, a thousand, a hundred thousand and a
 * million of every kind (families.h), reading it included. The sizes take turns over their events,
 * so that a machine that changes speed changes it for all.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "bench/families.h"
#include "bench/match_set.h"
#include "topic/trie.h"

enum {
    SIZES = 4,
    EVENTS = 10000,
    ROUNDS_DEFAULT = 9,
    FILTERS_MAX = 16,
    EVENTS_MATCHING_ALL = 20,
};

static const uint32_t sizes[SIZES] = { 10, 1000, 100000, 1000000 };

/* One size of one family. */
struct arm {
    const struct family *family;
    uint32_t size, matches;
    struct match_set set;
    struct eb_trie *trie; /* where rules have filters; then rules watch one each: */
    struct eb_rule_index **watches;
    char *text;
    struct eb_span *events;
    uint64_t expected; /* matches of all events */
    double build_ms;
    double rounds[BENCH_ROUNDS_MAX];
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        bench_fail("out of memory");
    return memory;
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* ---- building ---- */

static void build_watches(struct arm *arm)
{
    struct eb_trie_builder *filters = eb_trie_builder_new();
    char text[FAMILY_TEXT_BYTES];
    arm->watches = allocate(arm->size, sizeof(struct eb_rule_index *));
    for (uint32_t i = 0; filters && i < arm->size; i++) {
        arm->family->write_filter(text, i);
        uint32_t number = eb_trie_builder_add(filters, eb_span_of(text));
        if (number >= arm->size)
            bench_fail("out of memory");
        arm->watches[number] = eb_rule_index_build(&arm->set.entries[i], 1, &arm->set.compiled);
    }
    arm->trie = filters ? eb_trie_freeze(filters, &arm->set.compiled) : NULL;
    if (!arm->trie)
        bench_fail("out of memory");
    eb_trie_builder_free(filters);
}

static void build_rules(struct arm *arm)
{
    char text[FAMILY_TEXT_BYTES];
    double begin = now_ns();
    match_set_init(&arm->set, FAMILY_TEXT_BYTES);
    for (uint32_t i = 0; i < arm->size; i++) {
        arm->family->write_pattern(text, i, arm->size);
        match_set_add_pattern(&arm->set, eb_span_of(text));
    }
    match_set_build(&arm->set);
    if (arm->family->write_filter)
        build_watches(arm);
    arm->build_ms = (now_ns() - begin) / 1e6;
}

static uint64_t run_event(struct arm *arm, struct eb_span event)
{
    if (!arm->trie)
        return match_set_match(&arm->set, event);
    uint32_t filters[FILTERS_MAX];
    size_t topic_len = (size_t)((char *)memchr(event.ptr, '\n', event.len) - event.ptr);
    size_t count = eb_trie_match(arm->trie, eb_span(event.ptr, topic_len), filters, FILTERS_MAX);
    struct eb_span payload = eb_span(event.ptr + topic_len + 1, event.len - topic_len - 1);
    return match_set_match_watches(&arm->set, payload, arm->watches, filters, count);
}

static void build_events(struct arm *arm, size_t event_count)
{
    struct eb_draw draw = { .state = 7 };
    char text[FAMILY_TEXT_BYTES];
    size_t used = 0, room = event_count * (arm->family->size_max ? 1400 : 400);
    arm->text = allocate(room, 1);
    arm->events = allocate(event_count, sizeof *arm->events);
    for (size_t i = 0; i < event_count; i++) {
        arm->family->write_event(text, (uint32_t)i, arm->size, arm->matches, &draw);
        size_t len = strlen(text);
        if (len == 0 || used + len > room)
            bench_fail("an event is too long");
        memcpy(arm->text + used, text, len);
        arm->events[i] = eb_span(arm->text + used, len);
        used += len;
    }
}

static void arm_init(struct arm *arm, const struct family *family, uint32_t size, uint32_t matches,
    size_t event_count)
{
    *arm = (struct arm){ .family = family, .size = size, .matches = matches };
    build_rules(arm);
    if (matches > FAMILY_MATCHES_MANY)
        arm->set.match_max = size;
    build_events(arm, event_count);
    for (size_t i = 0; i < event_count; i++)
        arm->expected += run_event(arm, arm->events[i]);
}

static void arm_release(struct arm *arm)
{
    match_set_release(&arm->set);
    free(arm->watches);
    free(arm->text);
    free(arm->events);
}

/* ---- measuring ---- */

/* Fisher and Yates. */
static void shuffle(struct eb_span *events, size_t count, struct eb_draw *draw)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = eb_draw_below(draw, i);
        struct eb_span event = events[i - 1];
        events[i - 1] = events[other];
        events[other] = event;
    }
}

static double take_turn(struct arm *arm, size_t event_count, struct eb_draw *draw)
{
    uint64_t sum = 0;
    shuffle(arm->events, event_count, draw);
    double begin = now_ns();
    for (size_t i = 0; i < event_count; i++)
        sum += run_event(arm, arm->events[i]);
    double elapsed = now_ns() - begin;
    if (sum != arm->expected)
        bench_fail("family %s gave two different results", arm->family->name);
    return elapsed / (double)event_count;
}

static int order_of_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(const double *values, size_t count)
{
    double sorted[BENCH_ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, order_of_doubles);
    return sorted[count / 2];
}

static double median_ratio(const struct arm *large, const struct arm *small, size_t rounds)
{
    double ratios[BENCH_ROUNDS_MAX];
    for (size_t i = 0; i < rounds; i++)
        ratios[i] = large->rounds[i] / small->rounds[i];
    return median(ratios, rounds);
}

static void print_header(void)
{
    printf("ns an event, reading it included; a million rules (wildcards: 10,000) against ten\n"
           "%-4s%-46s%8s%8s%8s%8s%9s%7s%8s%10s%9s\n",
        "", "", "matches", "10", "1000", "100000", "1000000", "ratio", "at most", "B a rule",
        "build ms");
}

/* `arms` are those of the sizes, as far as the family goes. */
static void print_row(const struct arm *arms, size_t arm_count, size_t event_count, size_t rounds)
{
    const struct arm *largest = &arms[arm_count - 1];
    const struct family *family = largest->family;
    printf("%-4s%-46s%8.4g", family->name, family->help,
        (double)largest->expected / (double)event_count);
    for (size_t i = 0; i < SIZES; i++) {
        if (i < arm_count)
            printf(i == SIZES - 1 ? "%9.0f" : "%8.0f", median(arms[i].rounds, rounds));
        else
            printf(i == SIZES - 1 ? "%9s" : "%8s", "");
    }
    if (family->ratio_max > 0)
        printf("%7.2f%8.0f", median_ratio(largest, &arms[0], rounds), family->ratio_max);
    else
        printf("%5.1f ns a match",
            median(largest->rounds, rounds) * (double)event_count / (double)largest->expected);
    printf("%10.0f%9.0f\n", (double)match_set_bytes(&largest->set) / (double)largest->size,
        largest->build_ms);
    fflush(stdout);
}

static void run_family(const struct family *family, uint32_t matches, size_t size_count,
    size_t event_count, size_t rounds)
{
    struct arm arms[SIZES];
    struct eb_draw draw = { .state = 3 };
    size_t count = 0;
    for (size_t i = 0; i < size_count; i++) {
        uint32_t size = sizes[i];
        if (family->size_max && size > family->size_max)
            size = family->size_max;
        arm_init(&arms[count++], family, size, matches, event_count);
        if (size < sizes[i])
            break;
    }
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++)
            arms[i].rounds[round] = take_turn(&arms[i], event_count, &draw);
    }
    print_row(arms, count, event_count, rounds);
    for (size_t i = 0; i < count; i++)
        arm_release(&arms[i]);
}

int bench_families(int argc, char **argv)
{
    static const struct option options[] = {
        { "only", required_argument, NULL, 'o' },
        { "sizes", required_argument, NULL, 's' },
        { "events", required_argument, NULL, 'e' },
        { "rounds", required_argument, NULL, 'r' },
        { 0 },
    };
    const char *only = NULL;
    size_t size_count = SIZES, event_count = EVENTS, rounds = ROUNDS_DEFAULT;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'o': only = optarg; break;
        case 's': size_count = strtoul(optarg, NULL, 10); break;
        case 'e': event_count = strtoul(optarg, NULL, 10); break;
        case 'r': rounds = strtoul(optarg, NULL, 10); break;
        default: return 2;
        }
    }
    if (size_count < 1 || size_count > SIZES || event_count < 1 || rounds < 1 ||
        rounds > BENCH_ROUNDS_MAX)
        bench_fail(
            "families takes --only NAME --sizes 1…4 --events N --rounds 1…%d", BENCH_ROUNDS_MAX);
    print_header();
    for (size_t i = 0; i < family_count; i++) {
        if (only && strcmp(families[i].name, only) != 0)
            continue;
        run_family(&families[i], 1, size_count, event_count, rounds);
        if (families[i].ratio_max > 0)
            run_family(&families[i], FAMILY_MATCHES_MANY, size_count, event_count, rounds);
        else
            run_family(&families[i], UINT32_MAX, size_count, EVENTS_MATCHING_ALL, rounds);
    }
    return 0;
}
