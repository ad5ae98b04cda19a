#include "pattern/index_choice.h"

static const uint64_t COST_NONE = UINT64_MAX;

static const struct eb_choice no_choice = { NULL, UINT64_MAX, 0 };

bool eb_scope_has_served(const struct eb_scope *scope, const uint32_t *item)
{
    for (; scope; scope = scope->outer) {
        if (scope->served == item)
            return true;
    }
    return false;
}

static uint32_t count_predicates(const struct eb_item *field)
{
    struct eb_predicate_cursor cursor = eb_predicates_begin(&field->predicates);
    uint32_t count = 0;
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate);)
        count++;
    return count;
}

uint32_t eb_count_alternatives(struct eb_items items)
{
    uint64_t count = 0;
    for (struct eb_item item; eb_items_next(&items, &item);) {
        if (!eb_item_is_or(&item)) {
            count += count_predicates(&item);
            continue;
        }
        struct eb_items branches = eb_item_branches(&item), branch;
        while (eb_branches_next(&branches, &branch))
            count += eb_count_alternatives(branch);
    }
    return count < INT32_MAX ? (uint32_t)count : INT32_MAX;
}

/* ---- counting keys ---- */

bool eb_census_init(
    struct eb_census *census, struct eb_arena *arena, uint64_t rule_count, uint64_t alternatives)
{
    uint64_t size = 64;
    while (size < 2 * alternatives)
        size *= 2;
    *census = (struct eb_census){ .mask = size - 1, .rule_count = rule_count };
    census->counts = EB_ARENA_ARRAY(arena, uint32_t, size);
    return census->counts != NULL;
}

static uint32_t *counter(const struct eb_census *census, uint32_t path, const struct eb_key *key)
{
    return &census->counts[eb_key_hash(0, path, key->kind, key->operand) & census->mask];
}

/* Asks for the counters of a field of several predicates, so that all are waited for at once. */
static void fetch_counters(const struct eb_census *census, const struct eb_item *field)
{
    struct eb_key keys[EB_KEYS_MAX];
    struct eb_predicate_cursor cursor = eb_predicates_begin(&field->predicates);
    if (!field->predicates.is_long)
        return;
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate);) {
        uint32_t key_count = eb_keys_of(&predicate, keys);
        for (uint32_t k = 0; k < key_count; k++)
            __builtin_prefetch(counter(census, field->path, &keys[k]));
    }
}

static void count_field(struct eb_census *census, const struct eb_item *field)
{
    struct eb_key keys[EB_KEYS_MAX];
    fetch_counters(census, field);
    struct eb_predicate_cursor cursor = eb_predicates_begin(&field->predicates);
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate);) {
        uint32_t key_count = eb_keys_of(&predicate, keys);
        for (uint32_t k = 0; k < key_count; k++)
            ++*counter(census, field->path, &keys[k]);
    }
}

static void count_items(struct eb_census *census, struct eb_items items)
{
    for (struct eb_item item; eb_items_next(&items, &item);) {
        if (!eb_item_is_or(&item)) {
            count_field(census, &item);
            continue;
        }
        struct eb_items branches = eb_item_branches(&item), branch;
        while (eb_branches_next(&branches, &branch))
            count_items(census, branch);
    }
}

void eb_census_add(struct eb_census *census, const struct eb_scope *scope)
{
    for (; scope; scope = scope->outer)
        count_items(census, scope->items);
}

/* ---- weighing ---- */

/* The shorter a text, the more values begin with it, end with it or hold it. */
static unsigned text_shift(uint32_t len)
{
    return len >= 4 ? 1 : 2 * (5 - len);
}

static unsigned block_bits(uint32_t measure)
{
    return measure % EB_BLOCK_V6 < 63 ? measure % EB_BLOCK_V6 : 63;
}

static uint64_t key_cost(const struct eb_census *census, uint32_t path, const struct eb_key *key)
{
    uint64_t count = *counter(census, path, key), all = census->rule_count;
    switch (key->kind) {
    case EB_KEY_EXISTS: return count + all / 2 + 8;
    case EB_KEY_RANGE: return count + all / 8 + 2;
    case EB_KEY_BLOCK: return count + (all >> block_bits(key->measure));
    case EB_KEY_STARTS:
    case EB_KEY_ENDS:
    case EB_KEY_FOLDED_STARTS:
    case EB_KEY_FOLDED_ENDS: return count << text_shift(key->measure);
    case EB_KEY_HOLDS: return count << (text_shift(key->measure) + 1);
    case EB_KEY_NULL:
    case EB_KEY_FALSE:
    case EB_KEY_TRUE: return 2 * count;
    default: return count;
    }
}

static uint64_t weigh_predicate(const struct eb_census *census, uint32_t path,
    const struct eb_predicate *predicate, struct eb_key *chosen)
{
    struct eb_key keys[EB_KEYS_MAX];
    uint32_t count = eb_keys_of(predicate, keys);
    uint64_t best = COST_NONE;
    for (uint32_t k = 0; k < count; k++) {
        uint64_t cost = key_cost(census, path, &keys[k]);
        if (cost < best) {
            best = cost;
            *chosen = keys[k];
        }
    }
    return best;
}

static struct eb_choice weigh_field(const struct eb_census *census, const struct eb_item *field)
{
    struct eb_choice choice = { .item = field->code };
    struct eb_predicate_cursor cursor = eb_predicates_begin(&field->predicates);
    struct eb_key key;
    if (field->can_be_absent)
        return no_choice;
    fetch_counters(census, field);
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate);) {
        choice.cost += weigh_predicate(census, field->path, &predicate, &key);
        choice.filings++;
    }
    return choice;
}

static struct eb_choice weigh_items(const struct eb_census *census, struct eb_items items);

static struct eb_choice weigh_or(const struct eb_census *census, const struct eb_item *item)
{
    struct eb_choice choice = { .item = item->code };
    struct eb_items branches = eb_item_branches(item), branch;
    while (eb_branches_next(&branches, &branch)) {
        struct eb_choice one = weigh_items(census, branch);
        if (!one.item)
            return no_choice;
        choice.cost += one.cost;
        choice.filings += one.filings;
    }
    return choice;
}

static struct eb_choice weigh(const struct eb_census *census, const struct eb_item *item)
{
    return eb_item_is_or(item) ? weigh_or(census, item) : weigh_field(census, item);
}

static struct eb_choice weigh_items(const struct eb_census *census, struct eb_items items)
{
    struct eb_choice best = no_choice;
    for (struct eb_item item; eb_items_next(&items, &item);) {
        struct eb_choice one = weigh(census, &item);
        if (one.cost < best.cost)
            best = one;
    }
    return best;
}

/* ---- choosing ---- */

struct eb_choice eb_choose(
    const struct eb_census *census, const struct eb_scope *scope, uint64_t cost_max, uint32_t quota)
{
    struct eb_choice best = { .cost = cost_max };
    for (const struct eb_scope *at = scope; at; at = at->outer) {
        struct eb_items items = at->items;
        for (struct eb_item item; eb_items_next(&items, &item);) {
            struct eb_choice one = weigh(census, &item);
            if (one.cost < best.cost && one.filings <= quota &&
                !eb_scope_has_served(scope, item.code))
                best = one;
        }
    }
    return best;
}

const uint32_t *eb_choose_item(const struct eb_census *census, struct eb_items branch)
{
    return weigh_items(census, branch).item;
}

struct eb_key eb_choose_key(
    const struct eb_census *census, uint32_t path, const struct eb_predicate *predicate)
{
    struct eb_key keys[EB_KEYS_MAX], key = { .kind = EB_KEY_EXISTS };
    if (eb_keys_of(predicate, keys) == 1)
        return keys[0];
    weigh_predicate(census, path, predicate, &key);
    return key;
}
