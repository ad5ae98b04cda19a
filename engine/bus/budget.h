/*
 * budget.h - so much a second and no more, for each of many who spend.
 *
 * A table of fixed size: whoever finds no place in it shares one budget with all others who don't,
 * so that a sender of many names gets no more by them. Belongs to one thread.
 */
#ifndef EB_BUS_BUDGET_H
#define EB_BUS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum {
    EB_BUDGET_SLOTS = 4096, /* a power of two */
};

/* What was spent in one second. */
struct eb_budget {
    uint64_t key;
    int64_t second;
    uint32_t spent;
};

struct eb_budgets {
    struct eb_budget slots[EB_BUDGET_SLOTS];
    struct eb_budget shared;
};

/* What kinds of spenders there are; names of one kind mean nothing to another. */
enum eb_spender {
    EB_SPENDER_BUS,      /* dead letters by reason, where no contract or rule is to blame */
    EB_SPENDER_CONTRACT, /* dead letters */
    EB_SPENDER_RULE,     /* dead letters */
    EB_SPENDER_CLIENT,   /* dead letters */
    EB_SPENDER_REPORT,   /* reports, by client */
};

/* By a keyed hash: nobody can choose names that collide. */
uint64_t eb_budget_key(enum eb_spender spender, struct eb_span name);

/* The budget of `key` in `second`. It stays where it is until somebody asks in another second. */
struct eb_budget *eb_budget_find(struct eb_budgets *budgets, uint64_t key, int64_t second);

#endif
