#include <inttypes.h>
#include <stdio.h>

#include "soak.h"

static bool judge(bool is_good, const char *what)
{
    if (!is_good)
        printf("  WRONG: %s\n", what);
    return is_good;
}

/* ---- events ---- */

static uint64_t sum_fates(const struct book *book, int qos)
{
    uint64_t sum = 0;
    for (int fate = 0; fate < FATES; fate++)
        sum += book->fates[fate][qos];
    return sum;
}

static bool report_events(const struct soak *soak)
{
    const struct book *book = &soak->book;
    uint64_t misinformed = 0;
    for (unsigned i = 0; i < PUBLISHERS; i++)
        misinformed += soak->publishers[i].misinformed;
    printf("events       %" PRIu64 " at QoS 0, %" PRIu64 " at QoS 1, %" PRIu64
           " at QoS 2, in %.0f s\n",
        sum_fates(book, 0), sum_fates(book, 1), sum_fates(book, 2), soak->seconds);
    printf("connections  %" PRIu64 " lost by publishers, %" PRIu64 " by subscribers, %" PRIu64
           " visits\n",
        soak->lost_by_publishers, soak->lost_by_subscribers, soak->visits);
    printf("reloads      %" PRIu64 " by signal, %" PRIu64 " by command, %" PRIu64 " failed\n",
        soak->warden.signals, soak->warden.commands, soak->warden.failures);
    printf("arrived      of %" PRIu64 " at QoS 1 and 2, %" PRIu64 " are missing; at QoS 0, %" PRIu64
           " came\n",
        book->expected, book_under_way(book), book->arrived[0]);
    printf("twice        %" PRIu64 " at QoS 0, %" PRIu64 " at QoS 1, %" PRIu64 " at QoS 2\n",
        book->doubles[0], book->doubles[1], book->doubles[2]);
    printf("elsewhere    %" PRIu64 " where they do not belong, %" PRIu64 " after a later one\n",
        book->wrong, book->disordered);
    bool is_good = judge(book_under_way(book) == 0, "events of QoS 1 or 2 are missing");
    is_good &= judge(!book->doubles[0], "events of QoS 0 came twice");
    is_good &= judge(!book->doubles[2], "events of QoS 2 came twice");
    is_good &= judge(soak->plan.loses_connections || !book->doubles[1],
        "events of QoS 1 came twice, and no connection was lost");
    is_good &= judge(!book->wrong, "events arrived where they do not belong");
    is_good &= judge(!book->disordered, "events came after later ones of their publisher");
    is_good &= judge(!misinformed, "publishers were answered wrongly");
    return is_good & judge(!soak->warden.failures, "commands failed");
}

/* ---- statistics ---- */

struct bounds {
    uint64_t min, max;
};

/* What the bus must have counted: between what has surely arrived and what was sent in all. */
static struct bounds count_fate(const struct soak *soak, enum fate fate)
{
    uint64_t sent = 0, doubtful = 0, repeated = 0;
    for (int qos = 0; qos < 3; qos++)
        sent += soak->book.fates[fate][qos];
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        doubtful += soak->publishers[i].doubtful[fate];
        repeated += soak->publishers[i].repeated[fate];
    }
    return (struct bounds){ sent - doubtful, sent + repeated };
}

static bool report_figure(const struct soak *soak, const char *path, struct bounds want)
{
    uint64_t got = warden_figure(&soak->warden, path);
    bool is_good = got >= want.min && got <= want.max;
    printf("  %-24s %12" PRIu64 "  of %" PRIu64, path, got, want.min);
    if (want.max > want.min)
        printf(" to %" PRIu64, want.max);
    printf("%s\n", is_good ? "" : "  WRONG");
    return is_good;
}

static uint64_t sum_figures(const struct soak *soak, const char *const *paths)
{
    uint64_t sum = 0;
    for (; *paths; paths++)
        sum += warden_figure(&soak->warden, *paths);
    return sum;
}

static bool report_statistics(const struct soak *soak)
{
    static const char *const verdicts[] = { "events/passed", "events/consumed",
        "events/quarantined", "events/refused", "events/disconnected", "events/deduplicated",
        NULL };
    struct bounds fates[FATES], all = { 0 };
    for (int fate = 0; fate < FATES; fate++) {
        fates[fate] = count_fate(soak, (enum fate)fate);
        all.min += fates[fate].min;
        all.max += fates[fate].max;
    }
    uint64_t repeated = all.max - all.min;
    uint64_t verdict_sum = sum_figures(soak, verdicts);
    uint64_t steady = soak->book.steady_fates[FATE_PASSED] + soak->book.steady_fates[FATE_CONSUMED];
    uint64_t stopped = fates[FATE_REFUSED].min + fates[FATE_QUARANTINED].min;
    printf("statistics\n");
    bool is_good = report_figure(soak, "events/received", all);
    is_good &= report_figure(soak, "events/received", (struct bounds){ verdict_sum, verdict_sum });
    is_good &= report_figure(soak, "events/passed", fates[FATE_PASSED]);
    is_good &= report_figure(soak, "events/consumed", fates[FATE_CONSUMED]);
    is_good &= report_figure(soak, "events/quarantined", fates[FATE_QUARANTINED]);
    is_good &= report_figure(soak, "events/refused", fates[FATE_REFUSED]);
    is_good &= report_figure(soak, "events/deduplicated", (struct bounds){ 0, repeated });
    is_good &= report_figure(soak, "events/disconnected", (struct bounds){ 0, 0 });
    is_good &= report_figure(soak, "rules/steady/matched", (struct bounds){ steady, steady });
    is_good &= report_figure(soak, "copies/failed", (struct bounds){ 0, 0 });
    is_good &= report_figure(soak, "dead-letters",
        (struct bounds){ stopped, fates[FATE_REFUSED].max + fates[FATE_QUARANTINED].max });
    return is_good & report_figure(soak, "reloads/bad", (struct bounds){ 0, 0 });
}

/* ---- memory ---- */

/*
 * What Mosquitto 2.0.11 itself does not give back (measured without the bus, `--bare`): for every
 * session that somebody came back to, and for every subscription. Allocators keep some more.
 */
enum { LEAK_PER_RETURN = 48, LEAK_PER_SUBSCRIPTION = 32, SLACK_KIB = 512 };

/* From here on, the tables of fixed size are full after a quarter of the way. */
enum { JUDGED_FROM_EVENTS = 1000000 };

static bool report_memory(const struct soak *soak)
{
    int last = soak->pause_count - 1, warm = last / 4;
    uint64_t returns = soak->returns[last] - soak->returns[warm];
    uint64_t subscriptions = soak->subscriptions[last] - soak->subscriptions[warm];
    long grown = soak->memory_kib[last] - soak->memory_kib[warm];
    long known = (long)((returns * LEAK_PER_RETURN + subscriptions * LEAK_PER_SUBSCRIPTION) / 1024);
    printf("memory       %ld KiB at the start, %ld after a quarter, %ld at the end: %+ld KiB, of\n"
           "             which the broker alone leaks up to %ld (%" PRIu64 " returns, %" PRIu64
           " subscriptions)\n",
        soak->memory_kib[0], soak->memory_kib[warm], soak->memory_kib[last], grown, known, returns,
        subscriptions);
    if (!soak->plan.judges_memory || soak->plan.events < JUDGED_FROM_EVENTS)
        return true;
    return judge(grown <= known + SLACK_KIB, "the broker grew");
}

bool soak_report(struct soak *soak)
{
    bool is_good = report_events(soak);
    if (soak->plan.directory && book_under_way(&soak->book) == 0)
        is_good &= report_statistics(soak);
    is_good &= report_memory(soak);
    if (book_under_way(&soak->book))
        book_print_missing(&soak->book);
    return is_good;
}
