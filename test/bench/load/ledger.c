#include "ledger.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "bench/bench.h"

/* Address space for the most there can be; memory for what is used. */
static void *reserve(size_t bytes)
{
    void *space = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED)
        bench_fail("no address space");
    return space;
}

static size_t latencies_max(const struct ledger *ledger)
{
    return ledger->subscription_count * LEDGER_EVENTS_MAX;
}

void ledger_open(struct ledger *ledger, size_t subscription_count)
{
    *ledger = (struct ledger){ .subscription_count = subscription_count };
    ledger->sent_ns = reserve(LEDGER_EVENTS_MAX * sizeof *ledger->sent_ns);
    if (subscription_count)
        ledger->latency_ns = reserve(latencies_max(ledger) * sizeof *ledger->latency_ns);
    for (size_t i = 0; i < subscription_count; i++)
        ledger->seen[i] = reserve(LEDGER_EVENTS_MAX);
}

void ledger_close(struct ledger *ledger)
{
    munmap(ledger->sent_ns, LEDGER_EVENTS_MAX * sizeof *ledger->sent_ns);
    if (ledger->latency_ns)
        munmap(ledger->latency_ns, latencies_max(ledger) * sizeof *ledger->latency_ns);
    for (size_t i = 0; i < ledger->subscription_count; i++)
        munmap(ledger->seen[i], LEDGER_EVENTS_MAX);
}

uint64_t ledger_send(struct ledger *ledger, int64_t due_ns)
{
    if (ledger->sent == LEDGER_EVENTS_MAX)
        bench_fail("more than %d events", LEDGER_EVENTS_MAX);
    ledger->sent_ns[ledger->sent] = due_ns;
    return ledger->sent++;
}

void ledger_receive(struct ledger *ledger, size_t subscription, uint64_t number, int64_t now_ns)
{
    if (number >= ledger->sent) {
        ledger->strange++;
        return;
    }
    uint8_t *seen = &ledger->seen[subscription][number];
    if (*seen) {
        ledger->doubles++;
        return;
    }
    *seen = 1;
    ledger->copies++;
    if (number >= ledger->first_measured)
        ledger->latency_ns[ledger->latency_count++] = now_ns - ledger->sent_ns[number];
}

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void ledger_settle(struct ledger *ledger)
{
    if (ledger->latency_count)
        qsort(ledger->latency_ns, ledger->latency_count, sizeof *ledger->latency_ns, compare_ns);
}

int64_t ledger_latency(const struct ledger *ledger, double share)
{
    if (!ledger->latency_count)
        return 0;
    return ledger->latency_ns[(uint64_t)(share * (double)(ledger->latency_count - 1))];
}
