/*
 * eb-bench families: what an event costs with ten rules, a thousand, a hundred thousand and a
 * million of every kind (families.h), reading it included. The sizes take turns over their events,
 * so that a machine that changes speed changes it for all; with --instructions they are counted.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "bench/families.h"
#include "bench/instructions.h"
#include "bench/match_set.h"
#include "topic/trie.h"

enum {
    SIZES = 4,
    EVENTS = 10000,
    ROUNDS_DEFAULT = 9,
    EVENTS_MATCHING_ALL = 20,
    EVENT_BYTES = 400,
    LONG_EVENT_BYTES = 1400, /* of families of values of a kilobyte */
    VALUE_BYTES = 16,
};

static const uint32_t sizes[SIZES] = { 10, 1000, 100000, 1000000 };

/* What the command line asks for. */
struct plan {
    const char *only;
    size_t size_count, event_count, rounds;
    bool counts_instructions;
};

/* One size of one family. */
struct arm {
    const struct family *family;
    uint32_t size;
    struct match_set set;
    struct eb_trie *trie; /* where rules have filters; then rules watch one each: */
    struct eb_watch *watches;
    double build_ms;
};

/* Events for one size, each matching so many rules. */
struct batch {
    struct arm *arm;
    char *text;
    struct eb_span *events;
    size_t event_count;
    uint64_t expected;               /* matches of all events */
    double rounds[BENCH_ROUNDS_MAX]; /* ns, or instructions, an event */
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

/* ---- rules ---- */

/* What is done since `begin` is part of building. */
static void note_built(struct arm *arm, double begin)
{
    arm->build_ms += (now_ns() - begin) / 1e6;
}

static void build_watches(struct arm *arm)
{
    struct eb_trie_builder *filters = eb_trie_builder_new();
    char text[FAMILY_TEXT_BYTES];
    arm->watches = match_watches_new(&arm->set, arm->size);
    for (uint32_t i = 0; filters && i < arm->size; i++) {
        arm->family->write_filter(text, i);
        uint32_t number = eb_trie_builder_add(filters, eb_span_of(text));
        if (number >= arm->size)
            bench_fail("out of memory");
        match_watch_build(&arm->watches[number], &arm->set, i);
    }
    arm->trie = filters ? eb_trie_freeze(filters, &arm->set.compiled) : NULL;
    if (!arm->trie)
        bench_fail("out of memory");
    eb_trie_builder_free(filters);
}

/* Rule `first` has the values first, first + FAMILY_MATCHES_MANY and so on. */
static void add_long_list(struct arm *arm, uint32_t first)
{
    char *text = allocate(arm->size + 4, VALUE_BYTES);
    size_t len = (size_t)sprintf(text, "{\"data\":{\"door\":[");
    for (uint32_t i = first; i < arm->size; i += FAMILY_MATCHES_MANY) {
        if (i != first)
            text[len++] = ',';
        arm->family->write_value(text + len, i);
        len += strlen(text + len);
    }
    len += (size_t)sprintf(text + len, "]}}");
    double begin = now_ns();
    match_set_add_pattern(&arm->set, eb_span(text, len));
    note_built(arm, begin);
    free(text);
}

/* Some at a time: what it takes to write them is not part of building. */
static void add_patterns(struct arm *arm)
{
    enum { AT_A_TIME = 64 };
    static char texts[AT_A_TIME][FAMILY_TEXT_BYTES];
    for (uint32_t first = 0; first < arm->size; first += AT_A_TIME) {
        uint32_t count = arm->size - first < AT_A_TIME ? arm->size - first : AT_A_TIME;
        for (uint32_t i = 0; i < count; i++)
            arm->family->write_pattern(texts[i], first + i, arm->size);
        double begin = now_ns();
        for (uint32_t i = 0; i < count; i++)
            match_set_add_pattern(&arm->set, eb_span_of(texts[i]));
        note_built(arm, begin);
    }
}

static void add_rules(struct arm *arm)
{
    if (arm->family->write_pattern)
        add_patterns(arm);
    for (uint32_t i = 0; arm->family->write_value && i < FAMILY_MATCHES_MANY; i++)
        add_long_list(arm, i);
}

static void arm_init(struct arm *arm, const struct family *family, uint32_t size)
{
    *arm = (struct arm){ .family = family, .size = size };
    match_set_init(&arm->set,
        family->write_value ? (size_t)size * VALUE_BYTES + FAMILY_TEXT_BYTES : FAMILY_TEXT_BYTES);
    add_rules(arm);
    double begin = now_ns();
    match_set_build(&arm->set);
    if (family->write_filter)
        build_watches(arm);
    note_built(arm, begin);
}

static void arm_release(struct arm *arm)
{
    match_set_release(&arm->set);
}

static uint64_t run_event(struct arm *arm, struct eb_span event)
{
    if (!arm->trie)
        return match_set_match(&arm->set, event);
    struct eb_trie_found found;
    size_t topic_len = (size_t)((char *)memchr(event.ptr, '\n', event.len) - event.ptr);
    if (!eb_trie_find(arm->trie, eb_span(event.ptr, topic_len), &found))
        return 0;
    struct eb_span payload = eb_span(event.ptr + topic_len + 1, event.len - topic_len - 1);
    return match_set_match_watches(&arm->set, payload, arm->watches, &found);
}

/* ---- events ---- */

static uint64_t run_events(struct batch *batch)
{
    uint64_t matches = 0;
    for (size_t i = 0; i < batch->event_count; i++)
        matches += run_event(batch->arm, batch->events[i]);
    return matches;
}

static void batch_init(struct batch *batch, struct arm *arm, uint32_t matches, size_t event_count)
{
    struct eb_draw draw = { .state = 7 };
    char text[FAMILY_TEXT_BYTES];
    size_t used = 0;
    size_t room = event_count * (arm->family->size_max ? LONG_EVENT_BYTES : EVENT_BYTES);
    *batch = (struct batch){ .arm = arm, .event_count = event_count };
    batch->text = allocate(room, 1);
    batch->events = allocate(event_count, sizeof *batch->events);
    for (size_t i = 0; i < event_count; i++) {
        arm->family->write_event(text, (uint32_t)i, arm->size, matches, &draw);
        size_t len = strlen(text);
        if (len == 0 || used + len > room)
            bench_fail("an event is too long");
        memcpy(batch->text + used, text, len);
        batch->events[i] = eb_span(batch->text + used, len);
        used += len;
    }
    if (matches > FAMILY_MATCHES_MANY)
        arm->set.match_max = arm->size;
    batch->expected = run_events(batch);
}

static void batch_release(struct batch *batch)
{
    free(batch->text);
    free(batch->events);
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

static double take_turn(struct batch *batch, struct eb_draw *draw)
{
    shuffle(batch->events, batch->event_count, draw);
    double begin = now_ns();
    uint64_t matches = run_events(batch);
    double elapsed = now_ns() - begin;
    if (matches != batch->expected)
        bench_fail("family %s gave two different results", batch->arm->family->name);
    return elapsed / (double)batch->event_count;
}

static void run_batch(void *context)
{
    struct batch *batch = context;
    if (run_events(batch) != batch->expected)
        bench_fail("family %s gave two different results", batch->arm->family->name);
}

static void measure(struct batch *batches, size_t count, const struct plan *plan)
{
    struct eb_draw draw = { .state = 3 };
    for (size_t i = 0; plan->counts_instructions && i < count; i++)
        batches[i].rounds[0] =
            (double)instructions_of(run_batch, &batches[i]) / (double)batches[i].event_count;
    for (size_t round = 0; !plan->counts_instructions && round < plan->rounds; round++) {
        for (size_t i = 0; i < count; i++)
            batches[i].rounds[round] = take_turn(&batches[i], &draw);
    }
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

static double median_ratio(const struct batch *large, const struct batch *small, size_t rounds)
{
    double ratios[BENCH_ROUNDS_MAX];
    for (size_t i = 0; i < rounds; i++)
        ratios[i] = large->rounds[i] / small->rounds[i];
    return median(ratios, rounds);
}

/* ---- the table ---- */

static void print_header(const struct plan *plan)
{
    printf("%s an event, reading it included, by number of rules; the ratio is of the most rules "
           "to the fewest\n%-4s%-38s%8s%8s%8s%8s%9s%7s%9s%8s%7s%9s\n",
        plan->counts_instructions ? "instructions" : "ns", "", "", "matches", "10", "1000",
        "100000", "1000000", "ratio", "at most", "index B", "all B", "build ms");
}

/* What the project promises of instructions is the same for all families that it is promised of. */
static double promised_ratio(const struct family *family, const struct plan *plan)
{
    enum { INSTRUCTIONS_RATIO = 2 };
    return plan->counts_instructions && !family->size_max ? INSTRUCTIONS_RATIO : family->ratio_max;
}

/* Of families where most rules match: what one more match costs, from the fewest rules to the most.
 */
static double cost_of_match(const struct batch *few, const struct batch *many, size_t rounds)
{
    double matches = (double)many->expected / (double)many->event_count -
                     (double)few->expected / (double)few->event_count;
    return (median(many->rounds, rounds) - median(few->rounds, rounds)) / matches;
}

static void print_ratio(const struct batch *batches, size_t count, const struct plan *plan)
{
    const struct batch *largest = &batches[count - 1];
    const struct family *family = largest->arm->family;
    if (family->ratio_max > 0) {
        double ratio = median_ratio(largest, &batches[0], plan->rounds);
        double promised = promised_ratio(family, plan);
        printf("%7.2f%8.0f%s", ratio, promised, ratio <= promised ? " " : "!");
    } else {
        printf("%7.1f a match ", cost_of_match(&batches[0], largest, plan->rounds));
    }
}

/* `batches` are those of the sizes, as far as the family goes. Bytes are those kept for a rule. */
static void print_row(const struct batch *batches, size_t count, const struct plan *plan)
{
    const struct batch *largest = &batches[count - 1];
    const struct arm *arm = largest->arm;
    printf("%-4s%-38s%8.4g", arm->family->name, arm->family->help,
        (double)largest->expected / (double)largest->event_count);
    for (size_t i = 0; i < SIZES; i++) {
        int width = i == SIZES - 1 ? 9 : 8;
        if (i < count)
            printf("%*.0f", width, median(batches[i].rounds, plan->rounds));
        else
            printf("%*s", width, "");
    }
    print_ratio(batches, count, plan);
    printf("%8.0f%7.0f%9.0f\n", (double)match_set_index_bytes(&arm->set) / (double)arm->size,
        (double)match_set_bytes(&arm->set) / (double)arm->size, arm->build_ms);
    fflush(stdout);
}

static void run_matches(struct arm *arms, size_t count, uint32_t matches, const struct plan *plan)
{
    static struct batch batches[SIZES];
    size_t events = plan->event_count;
    if (matches > FAMILY_MATCHES_MANY && events > EVENTS_MATCHING_ALL)
        events = EVENTS_MATCHING_ALL;
    for (size_t i = 0; i < count; i++)
        batch_init(&batches[i], &arms[i], matches, events);
    measure(batches, count, plan);
    print_row(batches, count, plan);
    for (size_t i = 0; i < count; i++)
        batch_release(&batches[i]);
}

static void run_family(const struct family *family, const struct plan *plan)
{
    struct arm arms[SIZES];
    size_t count = 0;
    for (size_t i = 0; i < plan->size_count; i++) {
        uint32_t size = sizes[i];
        if (family->size_max && size > family->size_max)
            size = family->size_max;
        arm_init(&arms[count++], family, size);
        if (size < sizes[i])
            break;
    }
    run_matches(arms, count, 1, plan);
    run_matches(arms, count, family->ratio_max > 0 ? FAMILY_MATCHES_MANY : UINT32_MAX, plan);
    for (size_t i = 0; i < count; i++)
        arm_release(&arms[i]);
}

static bool read_plan(struct plan *plan, int argc, char **argv)
{
    static const struct option options[] = {
        { "only", required_argument, NULL, 'o' },
        { "sizes", required_argument, NULL, 's' },
        { "events", required_argument, NULL, 'e' },
        { "rounds", required_argument, NULL, 'r' },
        { "instructions", no_argument, NULL, 'i' },
        { 0 },
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'o': plan->only = optarg; break;
        case 's': plan->size_count = strtoul(optarg, NULL, 10); break;
        case 'e': plan->event_count = strtoul(optarg, NULL, 10); break;
        case 'r': plan->rounds = strtoul(optarg, NULL, 10); break;
        case 'i': plan->counts_instructions = true; break;
        default: return false;
        }
    }
    if (plan->counts_instructions)
        plan->rounds = 1;
    return plan->size_count >= 1 && plan->size_count <= SIZES && plan->event_count >= 1 &&
           plan->rounds >= 1 && plan->rounds <= BENCH_ROUNDS_MAX;
}

int bench_families(int argc, char **argv)
{
    struct plan plan = { .size_count = SIZES, .event_count = EVENTS, .rounds = ROUNDS_DEFAULT };
    if (!read_plan(&plan, argc, argv))
        bench_fail("families takes --only NAME --sizes 1…4 --events N --rounds 1…%d, or "
                   "--instructions",
            BENCH_ROUNDS_MAX);
    if (plan.counts_instructions)
        instructions_begin(argv - 1);
    print_header(&plan);
    for (size_t i = 0; i < family_count; i++) {
        if (!plan.only || strcmp(families[i].name, plan.only) == 0)
            run_family(&families[i], &plan);
    }
    return 0;
}
