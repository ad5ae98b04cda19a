#include "bus/figures.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"

/*
 * An open-addressing table of pointers, at most half full, over cells in an arena. A map with a
 * node per entry would cost a million rules more than all their figures.
 */
struct cell {
    uint32_t kind;
    uint32_t name_len;
    uint64_t figures[]; /* then the name */
};

struct eb_figures_registry {
    struct eb_arena arena;
    struct cell **slots;
    size_t slot_count; /* a power of two */
    size_t cell_count;
    struct eb_seen_shelf shelf;
    struct eb_trial_shelf trials;
};

enum { SLOTS_AT_FIRST = 64 };

static const size_t figures_bytes[] = {
    [EB_FIGURES_BUS] = sizeof(struct eb_figures),
    [EB_FIGURES_CONTRACT] = sizeof(struct eb_figures),
    [EB_FIGURES_RULE] = sizeof(struct eb_rule_figures),
    [EB_FIGURES_TARGET] = sizeof(struct eb_target_figures),
};

struct eb_figures_registry *eb_figures_registry_new(void)
{
    struct eb_figures_registry *registry = calloc(1, sizeof *registry);
    if (!registry)
        return NULL;
    registry->slots = calloc(SLOTS_AT_FIRST, sizeof *registry->slots);
    if (!registry->slots) {
        free(registry);
        return NULL;
    }
    registry->slot_count = SLOTS_AT_FIRST;
    eb_arena_init_growing(&registry->arena, SIZE_MAX);
    return registry;
}

void eb_figures_registry_free(struct eb_figures_registry *registry)
{
    if (!registry)
        return;
    eb_arena_release(&registry->arena);
    free(registry->slots);
    free(registry);
}

struct eb_seen_shelf *eb_figures_shelf(struct eb_figures_registry *registry)
{
    return &registry->shelf;
}

struct eb_trial_shelf *eb_figures_trials(struct eb_figures_registry *registry)
{
    return &registry->trials;
}

size_t eb_figures_registry_bytes(const struct eb_figures_registry *registry)
{
    return eb_arena_bytes(&registry->arena) + registry->slot_count * sizeof(struct cell *);
}

static struct eb_span cell_name(const struct cell *cell)
{
    return eb_span((const char *)cell->figures + figures_bytes[cell->kind], cell->name_len);
}

/* The slot that holds the cell of (kind, name), or the empty one where it belongs. */
static struct cell **find_slot(
    struct cell **slots, size_t slot_count, enum eb_figure_kind kind, struct eb_span name)
{
    size_t at = eb_hash(eb_hash_key(), name.ptr, name.len) + kind;
    for (;; at++) {
        struct cell **slot = &slots[at & (slot_count - 1)];
        if (!*slot || ((*slot)->kind == kind && eb_span_equal(cell_name(*slot), name)))
            return slot;
    }
}

static bool double_slots(struct eb_figures_registry *registry)
{
    size_t slot_count = 2 * registry->slot_count;
    struct cell **slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < registry->slot_count; i++) {
        struct cell *cell = registry->slots[i];
        if (cell)
            *find_slot(slots, slot_count, cell->kind, cell_name(cell)) = cell;
    }
    free(registry->slots);
    registry->slots = slots;
    registry->slot_count = slot_count;
    return true;
}

static struct cell *cell_new(struct eb_arena *arena, enum eb_figure_kind kind, struct eb_span name)
{
    size_t bytes = sizeof(struct cell) + figures_bytes[kind] + name.len;
    struct cell *cell = eb_arena_calloc(arena, 1, bytes, _Alignof(struct cell));
    if (!cell)
        return NULL;
    cell->kind = kind;
    cell->name_len = (uint32_t)name.len;
    if (name.len)
        memcpy((char *)cell->figures + figures_bytes[kind], name.ptr, name.len);
    return cell;
}

void *eb_figures_find(
    struct eb_figures_registry *registry, enum eb_figure_kind kind, struct eb_span *name)
{
    if (2 * (registry->cell_count + 1) > registry->slot_count && !double_slots(registry))
        return NULL;
    struct cell **slot = find_slot(registry->slots, registry->slot_count, kind, *name);
    if (!*slot) {
        *slot = cell_new(&registry->arena, kind, *name);
        if (!*slot)
            return NULL;
        registry->cell_count++;
    }
    *name = cell_name(*slot);
    return (*slot)->figures;
}
