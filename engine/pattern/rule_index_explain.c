#include "pattern/rule_index_explain.h"

#include "pattern/pattern_code.h"
#include "pattern/rule_index_table.h"

/* Looking for one entry, from node to node, along the keys that its pattern has. */
struct tracing {
    const struct eb_rule_index *index;
    const struct eb_index_tables *tables;
    struct eb_arena *arena;
    uint32_t entry;
    const struct eb_rule_place *places;
    bool is_exhausted;
};

const char *eb_key_kind_text(enum eb_key_kind kind)
{
    static const char *const texts[EB_KEY_KINDS] = {
        [EB_KEY_EXISTS] = "by existence",
        [EB_KEY_NULL] = "by value",
        [EB_KEY_FALSE] = "by value",
        [EB_KEY_TRUE] = "by value",
        [EB_KEY_NUMBER] = "by value",
        [EB_KEY_LITERAL] = "by value",
        [EB_KEY_STRING] = "by value",
        [EB_KEY_FOLDED] = "by value without case",
        [EB_KEY_BLOCK] = "by block of addresses",
        [EB_KEY_STARTS] = "by first bytes",
        [EB_KEY_ENDS] = "by last bytes",
        [EB_KEY_FOLDED_STARTS] = "by first bytes without case",
        [EB_KEY_FOLDED_ENDS] = "by last bytes without case",
        [EB_KEY_HOLDS] = "by bytes inside",
        [EB_KEY_RANGE] = "by range",
    };
    return texts[kind];
}

uint32_t eb_rule_index_size(const struct eb_rule_index *index)
{
    return index->entry_count;
}

static void add_place(
    struct tracing *tracing, const struct eb_rule_key *key, bool is_always, uint32_t others)
{
    struct eb_rule_place *place = EB_ARENA_NEW(tracing->arena, struct eb_rule_place);
    if (!place) {
        tracing->is_exhausted = true;
        return;
    }
    *place = (struct eb_rule_place){ tracing->places, key, is_always, others };
    tracing->places = place;
}

static void trace_node(struct tracing *tracing, uint32_t number, const struct eb_rule_key *outer);

static bool list_has(const uint32_t *list, uint32_t entry)
{
    for (uint32_t i = 1; i <= list[0]; i++) {
        if (list[i] == entry)
            return true;
    }
    return false;
}

/* What a key, or the rest of a node, leads to: the entry, a list with it, or a node to search. */
static void trace_ref(
    struct tracing *tracing, uint32_t ref, const struct eb_rule_key *key, bool is_always)
{
    uint32_t number = eb_ref_number(ref);
    const uint32_t *list = tracing->tables->words + number;
    switch (eb_ref_kind(ref)) {
    case EB_REF_ACCESS: return;
    case EB_REF_ENTRY:
        if (number == tracing->entry)
            add_place(tracing, key, is_always, 0);
        return;
    case EB_REF_LIST:
        if (list_has(list, tracing->entry))
            add_place(tracing, key, is_always, list[0] - 1);
        return;
    case EB_REF_NODE: trace_node(tracing, number, key); return;
    }
}

/* ---- keys ---- */

/* Where the search stands: a node, and the predicate whose keys are looked up in it. */
struct step {
    uint32_t node;
    const struct eb_rule_key *outer;
    uint32_t path;
    const struct eb_predicate *predicate;
};

static const struct eb_rule_key *new_key(
    struct tracing *tracing, const struct step *step, enum eb_key_kind kind)
{
    struct eb_rule_key *key = EB_ARENA_NEW(tracing->arena, struct eb_rule_key);
    if (!key) {
        tracing->is_exhausted = true;
        return NULL;
    }
    *key = (struct eb_rule_key){ step->outer, step->path, *step->predicate, kind };
    return key;
}

static void trace_keyed_ref(
    struct tracing *tracing, const struct step *step, enum eb_key_kind kind, uint32_t ref)
{
    /* To nodes that come later; others have a key that happens to be known by the same bits. */
    bool leads_back = eb_ref_kind(ref) == EB_REF_NODE && eb_ref_number(ref) <= step->node;
    const struct eb_rule_key *key = ref && !leads_back ? new_key(tracing, step, kind) : NULL;
    if (key)
        trace_ref(tracing, ref, key, false);
}

/* Of a key at a path of a node. */
static uint64_t hash_of(
    const struct eb_index_tables *tables, const struct step *step, const struct eb_key *key)
{
    uint32_t seed = tables->nodes[step->node].seed;
    if (key->kind == EB_KEY_EXISTS)
        return eb_existence_hash(seed, eb_path_hash(eb_paths_get(tables->paths, step->path)));
    return eb_key_hash(seed, step->path, key->kind, key->operand);
}

static void trace_slots(struct tracing *tracing, const struct step *step, const struct eb_key *key)
{
    const struct eb_index_tables *tables = tracing->tables;
    struct eb_slot_search search = eb_index_search(tables, hash_of(tables, step, key));
    do {
        for (const struct eb_index_slot *slot; (slot = eb_index_next(tables, &search));)
            trace_keyed_ref(tracing, step, key->kind, slot->ref);
    } while (eb_index_goes_on(tables, &search));
}

static const struct eb_index_access *find_access(
    const struct eb_index_tables *tables, uint32_t number, uint32_t path)
{
    const struct eb_index_node *node = &tables->nodes[number];
    for (uint32_t i = 0; i < node->access_count; i++) {
        if (tables->accesses[node->first_access + i].path == path)
            return &tables->accesses[node->first_access + i];
    }
    return NULL;
}

static void trace_range(
    struct tracing *tracing, const struct step *step, const struct eb_index_access *access)
{
    const struct eb_ranges *ranges = &tracing->tables->ranges[access->ranges];
    struct eb_range_leaf wanted = eb_range_of(step->predicate);
    for (uint32_t i = 0; i < ranges->count; i++) {
        if (ranges->leaves[i].low == wanted.low && ranges->leaves[i].high == wanted.high)
            trace_keyed_ref(tracing, step, EB_KEY_RANGE, ranges->leaves[i].ref);
    }
}

static void trace_key(struct tracing *tracing, const struct step *step, const struct eb_key *key)
{
    const struct eb_index_access *access = find_access(tracing->tables, step->node, step->path);
    if (access && key->kind == EB_KEY_RANGE) {
        if (access->kinds >> EB_KEY_RANGE & 1)
            trace_range(tracing, step, access);
        return;
    }
    if (access && key->kind == EB_KEY_EXISTS)
        trace_keyed_ref(tracing, step, EB_KEY_EXISTS, access->exists);
    trace_slots(tracing, step, key);
}

static void trace_items(struct tracing *tracing, struct eb_items items, struct step step)
{
    struct eb_key keys[EB_KEYS_MAX];
    for (struct eb_item item; eb_items_next(&items, &item) && !tracing->is_exhausted;) {
        if (eb_item_is_or(&item)) {
            struct eb_items branches = eb_item_branches(&item), branch;
            while (eb_branches_next(&branches, &branch))
                trace_items(tracing, branch, step);
            continue;
        }
        struct eb_predicate_cursor cursor = eb_predicates_begin(&item.predicates);
        struct eb_predicate predicate;
        step.path = item.path;
        step.predicate = &predicate;
        while (eb_predicates_next(&cursor, &predicate)) {
            uint32_t count = eb_keys_of(&predicate, keys);
            for (uint32_t i = 0; i < count; i++)
                trace_key(tracing, &step, &keys[i]);
        }
    }
}

static void trace_node(struct tracing *tracing, uint32_t number, const struct eb_rule_key *outer)
{
    const struct eb_pattern *pattern = tracing->index->entries[tracing->entry].pattern;
    struct step step = { .node = number, .outer = outer };
    trace_ref(tracing, tracing->tables->nodes[number].always, outer, true);
    if (pattern)
        trace_items(tracing, eb_pattern_items(pattern), step);
}

/* ---- the rule ---- */

/* UINT32_MAX: it has none. */
static uint32_t find_entry(const struct eb_rule_index *index, uint32_t rule)
{
    uint32_t low = 0, high = index->entry_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index->entries[middle].rule < rule)
            low = middle + 1;
        else
            high = middle;
    }
    return low < index->entry_count && index->entries[low].rule == rule ? low : UINT32_MAX;
}

const struct eb_rule_place *eb_rule_index_explain(
    const struct eb_rule_index *index, uint32_t rule, struct eb_arena *arena)
{
    struct tracing tracing = {
        .index = index,
        .tables = index->tables,
        .arena = arena,
        .entry = find_entry(index, rule),
    };
    if (tracing.entry == UINT32_MAX)
        return NULL;
    if (tracing.tables)
        trace_node(&tracing, 0, NULL);
    else
        add_place(&tracing, NULL, true, index->entry_count - 1);
    return tracing.is_exhausted ? NULL : tracing.places;
}
