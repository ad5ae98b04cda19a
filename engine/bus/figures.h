/*
 * figures.h - what the bus counts, for itself and for every contract, rule and target.
 *
 * Cells belong to the process, not to a snapshot: a reload finds them again by kind and name, so
 * no figure ever falls. The builder looks cells up; the broker's thread counts in them; nobody
 * frees one while the process lives. Reading a cell while it counts gives a value that was right a
 * moment ago.
 */
#ifndef EB_BUS_FIGURES_H
#define EB_BUS_FIGURES_H

#include <stdint.h>

#include "base/span.h"

enum eb_figure_kind {
    EB_FIGURES_BUS,
    EB_FIGURES_CONTRACT,
    EB_FIGURES_RULE,
};

/*
 * received = passed + consumed + quarantined + refused + disconnected + deduplicated, for the bus
 * and for each contract; copies = published + failed, for the bus and for each rule.
 */
#define EB_FIGURES(X)                                                                              \
    X(received)                                                                                    \
    X(passed)                                                                                      \
    X(consumed)                                                                                    \
    X(quarantined)                                                                                 \
    X(refused)                                                                                     \
    X(disconnected)                                                                                \
    X(deduplicated)                                                                                \
    X(valid)                                                                                       \
    X(observed)                                                                                    \
    X(unreadable)                                                                                  \
    X(errors)                                                                                      \
    X(candidate_valid)                                                                             \
    X(candidate_invalid)                                                                           \
    X(matched)                                                                                     \
    X(copies)                                                                                      \
    X(published)                                                                                   \
    X(failed)                                                                                      \
    X(dead_letters)                                                                                \
    X(suppressed)

struct eb_figures {
#define X(name) uint64_t name;
    EB_FIGURES(X)
#undef X
};

struct eb_figures_registry;

/* Given: free it when nothing counts any more. NULL without memory. */
struct eb_figures_registry *eb_figures_registry_new(void);
void eb_figures_registry_free(struct eb_figures_registry *registry);

/* The cells of (kind, name), zero at first; the name is copied. NULL without memory. */
struct eb_figures *eb_figures_find(
    struct eb_figures_registry *registry, enum eb_figure_kind kind, struct eb_span name);

typedef void eb_figures_visit(
    void *context, enum eb_figure_kind kind, struct eb_span name, const struct eb_figures *figures);
void eb_figures_each(struct eb_figures_registry *registry, eb_figures_visit *visit, void *context);

#endif
