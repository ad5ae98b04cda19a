/*
 * ledger.h - which events were sent and when, which came back, how often and how late.
 *
 * Every subscription must get every event once. Events before `first_measured` warm the broker up;
 * they count for losses and duplicates, not for times.
 */
#ifndef EB_LOAD_LEDGER_H
#define EB_LOAD_LEDGER_H

#include <stddef.h>
#include <stdint.h>

enum {
    LEDGER_EVENTS_MAX = 1 << 26,
    LEDGER_SUBSCRIPTIONS_MAX = 16,
};

struct ledger {
    size_t subscription_count;
    uint64_t first_measured;
    uint64_t sent;
    uint64_t copies;  /* that came back, each counted once */
    uint64_t doubles; /* that came back again */
    uint64_t strange; /* that were never sent, or have no number */
    uint64_t latency_count;
    int64_t *sent_ns;    /* when each event was due, by number */
    int64_t *latency_ns; /* of measured copies, as they came */
    uint8_t *seen[LEDGER_SUBSCRIPTIONS_MAX];
};

void ledger_open(struct ledger *ledger, size_t subscription_count);
void ledger_close(struct ledger *ledger);

/* The next event, due at `due_ns`; its number. */
uint64_t ledger_send(struct ledger *ledger, int64_t due_ns);
void ledger_receive(struct ledger *ledger, size_t subscription, uint64_t number, int64_t now_ns);

static inline uint64_t ledger_expected(const struct ledger *ledger)
{
    return ledger->sent * ledger->subscription_count;
}

/* Sorts the latencies; ledger_latency() needs that. */
void ledger_settle(struct ledger *ledger);

/* The latency in ns that `share` (0 to 1) of the copies did not exceed; 0 without any. */
int64_t ledger_latency(const struct ledger *ledger, double share);

#endif
