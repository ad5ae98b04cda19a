/*
 * figures.h - what the bus counts, for itself and for every contract and rule.
 *
 * Cells belong to the process, not to a snapshot: a reload finds them again by kind and name, so no
 * figure ever falls. The builder looks cells up; the broker's thread counts in them; any thread may
 * read them; none is freed while the registry lives. There may be a million rules, so their cells
 * are small.
 */
#ifndef EB_BUS_FIGURES_H
#define EB_BUS_FIGURES_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/span.h"
#include "bus/outcome.h"
#include "bus/seen.h"
#include "bus/trial.h"

/*
 * Only ever counted by one thread, so that counting is a plain addition; atomic for those who read
 * while it goes on.
 */
typedef _Atomic uint64_t eb_counter;

static inline uint64_t eb_counter_read(const eb_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void eb_count(eb_counter *counter, uint64_t more)
{
    atomic_store_explicit(counter, eb_counter_read(counter) + more, memory_order_relaxed);
}

/*
 * Of the bus and of a contract:
 * received = passed + consumed + quarantined + refused + disconnected + deduplicated.
 */
#define EB_EACH_FIGURE(X)                                                                          \
    X(received, "events on a watched topic")                                                       \
    X(passed, "events delivered")                                                                  \
    X(consumed, "events kept for rules")                                                           \
    X(quarantined, "events set aside")                                                             \
    X(refused, "events refused")                                                                   \
    X(disconnected, "events that cost their publisher the connection")                             \
    X(deduplicated, "events that had been seen before")                                            \
    X(keyless, "events that lacked what their contract tells repetitions by")                      \
    X(forgotten, "keys pushed out of a contract's memory before their window was over")            \
    X(valid, "events that met their contract")                                                     \
    X(observed, "violations delivered all the same")                                               \
    X(unreadable, "events without a contract whose payload is not JSON or over a limit")           \
    X(errors, "events the engine failed on")                                                       \
    X(unmatched, "events no rule took")                                                            \
    X(dead_letters, "dead letters written")                                                        \
    X(candidate_valid, "events the candidate schema accepts")                                      \
    X(candidate_invalid, "events the candidate schema would refuse")                               \
    X(bytes, "bytes of payload received on watched topics")

/*
 * Of the bus alone (a contract's stay 0): copies = published + failed + discarded, copies being the
 * targets of the events that rules took.
 */
#define EB_EACH_BUS_FIGURE(X)                                                                      \
    X(reports, "reports written to publishers")                                                    \
    X(rerouted, "copies that passed the bus again")                                                \
    X(discarded, "copies made and not published: by a shadow, or withheld by a contract")          \
    X(published, "copies handed to the broker")                                                    \
    X(failed, "copies that could not be made")                                                     \
    X(published_bytes, "bytes of payload of copies handed to the broker")                          \
    X(resent, "QoS 2 events that a publisher sent again after it lost its connection")             \
    X(resent_forgotten, "QoS 2 events pushed out of memory by others: new if they come again")     \
    X(left_out_letters, "dead letters over their budget, or for which there was no room")          \
    X(unsent_letters, "dead letters that the broker would not take")

/* Of a rule likewise. */
#define EB_EACH_RULE_FIGURE(X)                                                                     \
    X(matched, "events the rule took")                                                             \
    X(published, "copies handed to the broker")                                                    \
    X(failed, "copies that could not be made")                                                     \
    X(discarded, "copies made and not published: by a shadow, or withheld by a contract")

#define X(name, help) eb_counter name;
struct eb_figures {
    EB_EACH_FIGURE(X)
    EB_EACH_BUS_FIGURE(X)
    /* Of the bus: events not delivered, by why; with quarantined + refused + disconnected as their
     * sum. Of a contract: its violations, enforced or observed. */
    eb_counter reasons[EB_REASON_COUNT];
};
struct eb_rule_figures {
    EB_EACH_RULE_FIGURE(X)
};
struct eb_target_figures {
    eb_counter published;
    eb_counter failed;
};
#undef X

enum eb_figure_kind {
    EB_FIGURES_BUS,      /* struct eb_figures; the name is empty */
    EB_FIGURES_CONTRACT, /* struct eb_figures */
    EB_FIGURES_RULE,     /* struct eb_rule_figures */
    EB_FIGURES_TARGET,   /* struct eb_target_figures; "RULE/INDEX", of rules with several targets */
};

struct eb_figures_registry;

/* Given: free it when nothing counts any more. NULL without memory. */
struct eb_figures_registry *eb_figures_registry_new(void);
void eb_figures_registry_free(struct eb_figures_registry *registry);

/* Memory that it holds. */
size_t eb_figures_registry_bytes(const struct eb_figures_registry *registry);

/*
 * The cell of (kind, name), zero at first. `*name` is then the registry's own copy, which lives as
 * long as the cell. NULL without memory.
 */
void *eb_figures_find(
    struct eb_figures_registry *registry, enum eb_figure_kind kind, struct eb_span *name);

/*
 * The memories of contracts, and the trials of their candidates, which outlive snapshots as figures
 * do: borrowed; empty both before the registry is freed.
 */
struct eb_seen_shelf *eb_figures_shelf(struct eb_figures_registry *registry);
struct eb_trial_shelf *eb_figures_trials(struct eb_figures_registry *registry);

#endif
