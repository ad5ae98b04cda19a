/*
 * letter_account.h - how many dead letters may be written, and what is owed for those that were
 * not.
 *
 * A letter needs room in two budgets of `dead_letters.per_second`: that of the contract or rule
 * which caused it, and that of the client. Belongs to one thread, and outlives snapshots. Internal
 * to bus/.
 */
#ifndef EB_BUS_LETTER_ACCOUNT_H
#define EB_BUS_LETTER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/budget.h"
#include "bus/letter_summary.h"

struct eb_letter_account {
    struct eb_budgets budgets;
    struct eb_letter_summaries summaries;
};

/* Who is to blame for a letter, beside the client. */
struct eb_letter_cause {
    enum eb_spender spender;
    struct eb_span name;
};

/* Whether `letter` may be written; else it is noted down, to be summed up. */
bool eb_letter_account_spend(struct eb_letter_account *account, uint32_t per_second,
    struct eb_letter_cause cause, const struct eb_unwritten_letter *letter);

#endif
