#include "bus/letter_account.h"

bool eb_letter_account_spend(struct eb_letter_account *account, uint32_t per_second,
    struct eb_letter_cause cause, const struct eb_unwritten_letter *letter)
{
    const struct eb_letter_cause causes[] = { cause, { EB_SPENDER_CLIENT, letter->client } };
    enum { CAUSES = sizeof causes / sizeof causes[0] };
    struct eb_budget *budgets[CAUSES];
    for (int i = 0; i < CAUSES; i++) {
        uint64_t key = eb_budget_key(causes[i].spender, causes[i].name);
        budgets[i] = eb_budget_find(&account->budgets, key, letter->time_us / 1000000);
        if (budgets[i]->spent < per_second)
            continue;
        eb_letter_summaries_add(
            &account->summaries, key, causes[i].spender, causes[i].name, letter);
        return false;
    }
    for (int i = 0; i < CAUSES; i++)
        budgets[i]->spent++;
    return true;
}
