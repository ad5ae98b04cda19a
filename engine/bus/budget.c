#include "bus/budget.h"

#include "base/hash.h"

enum { PROBES = 8 };

uint64_t eb_budget_key(enum eb_spender spender, struct eb_span name)
{
    const unsigned char kind = (unsigned char)spender;
    struct eb_hasher hasher;
    eb_hasher_init(&hasher, eb_hash_key());
    eb_hasher_add(&hasher, &kind, 1);
    eb_hasher_add(&hasher, name.ptr, name.len);
    return eb_hasher_end(&hasher);
}

static struct eb_budget *slot_of(struct eb_budgets *budgets, uint64_t key, int probe)
{
    return &budgets->slots[(key + (uint64_t)probe) & (EB_BUDGET_SLOTS - 1)];
}

/* The slot that is the key's, else one that nobody needs this second, else the one all share. */
static struct eb_budget *find_slot(struct eb_budgets *budgets, uint64_t key, int64_t second)
{
    for (int i = 0; i < PROBES; i++) {
        if (slot_of(budgets, key, i)->key == key)
            return slot_of(budgets, key, i);
    }
    for (int i = 0; i < PROBES; i++) {
        if (slot_of(budgets, key, i)->second != second)
            return slot_of(budgets, key, i);
    }
    return &budgets->shared;
}

struct eb_budget *eb_budget_find(struct eb_budgets *budgets, uint64_t key, int64_t second)
{
    struct eb_budget *budget = find_slot(budgets, key, second);
    if (budget->second != second)
        *budget = (struct eb_budget){ .key = key, .second = second };
    return budget;
}
