/*
 * Building the index, one node after the other, the one for all rules first.
 *
 * 1. Count under which keys the node's rules could be filed, and how often each key occurs.
 * 2. File every rule where it costs least: under all alternatives of one of its fields, or, for an
 *    `$or`, under the best field of each branch. A key costs as much as there are rules under it,
 *    weighted by how many values it will be true of.
 * 3. Rules under one key: one is an entry, a few are a list, many become a node of their own, where
 *    they are filed again by what else they ask for.
 *
 * What could be filed nowhere useful is tried on every event that gets to the node. No rule is
 * filed more often than it has alternatives, and a few times: memory is linear.
 */
#include <stdlib.h>

#include "pattern/rule_index_table.h"

enum {
    REFINE_MIN = 24,  /* so many rules under one key are tried one by one */
    FEW_RULES = 4,    /* so many rules are tried without any look-up */
    DEPTH_MAX = 16,   /* of nodes */
    FILINGS_FREE = 4, /* a rule may be filed as often as it has alternatives, and so often */
    WEIGHT_SHIFT_MAX = 20,
};

static const uint64_t COST_NONE = UINT64_MAX;

/* ---- growing arrays, in the heap while building ---- */

struct vector {
    void *items;
    size_t count, max;
};

/* Room for one more; NULL without memory, or when refs could not number it. */
static void *vector_add(struct vector *vector, size_t size)
{
    if (vector->count == vector->max) {
        size_t max = vector->max ? 2 * vector->max : 16;
        void *items = max <= EB_REF_NUMBER_MAX ? realloc(vector->items, max * size) : NULL;
        if (!items)
            return NULL;
        vector->items = items;
        vector->max = max;
    }
    return (char *)vector->items + vector->count++ * size;
}

static void *vector_copy(const struct vector *vector, size_t size, struct eb_arena *arena)
{
    void *copy = eb_arena_alloc(arena, vector->count * size, 8);
    if (copy && vector->count)
        memcpy(copy, vector->items, vector->count * size);
    return copy;
}

/* ---- what is built ---- */

struct keyed_ref {
    uint64_t hash;
    uint32_t ref;
};

struct window {
    uint32_t path, len;
    uint64_t operand;
};

struct builder {
    struct eb_arena *arena;
    struct eb_arena scratch;
    const struct eb_rule_entry *entries;
    struct vector slots;    /* struct keyed_ref */
    struct vector words;    /* uint32_t */
    struct vector nodes;    /* struct eb_index_node */
    struct vector accesses; /* struct eb_index_access */
    struct vector ranges;   /* struct eb_ranges */
    struct vector windows;  /* struct window */
    bool has_failed;        /* no memory, or more than refs can number */
};

static void *add(struct builder *builder, struct vector *vector, size_t size)
{
    void *item = vector_add(vector, size);
    if (!item)
        builder->has_failed = true;
    return item;
}

static void *scratch_array(struct builder *builder, size_t count, size_t size)
{
    void *array = calloc(count ? count : 1, size);
    if (!array)
        builder->has_failed = true;
    return array;
}

static void add_word(struct builder *builder, uint32_t word)
{
    uint32_t *added = add(builder, &builder->words, sizeof *added);
    if (added)
        *added = word;
}

static void add_slot(struct builder *builder, uint64_t hash, uint32_t ref)
{
    struct keyed_ref *slot = add(builder, &builder->slots, sizeof *slot);
    if (slot)
        *slot = (struct keyed_ref){ hash, ref };
}

/* ---- what a rule still asks for ---- */

/*
 * Items that must hold: those of a branch, and all that is around it. The `$or` whose branch it is
 * has served.
 */
struct scope {
    const struct eb_pattern_item *items;
    const struct eb_pattern_item *served;
    const struct scope *outer;
};

/* A rule to be filed in a node. */
struct filing {
    uint32_t entry;
    uint32_t quota;            /* how often it may be filed */
    const struct scope *scope; /* NULL: the whole pattern */
};

static struct scope scope_of(const struct builder *builder, const struct filing *filing)
{
    const struct eb_pattern *pattern = builder->entries[filing->entry].pattern;
    if (filing->scope)
        return *filing->scope;
    return (struct scope){ .items = pattern ? pattern->items : NULL };
}

static bool has_served(const struct scope *scope, const struct eb_pattern_item *item)
{
    for (; scope; scope = scope->outer) {
        if (scope->served == item)
            return true;
    }
    return false;
}

/* Alternatives, all branches' included. */
static uint32_t count_alternatives(const struct eb_pattern_item *items)
{
    uint64_t count = 0;
    for (; items; items = items->next) {
        if (items->path != EB_NO_PATH) {
            count += items->count;
            continue;
        }
        for (uint32_t i = 0; i < items->count; i++)
            count += count_alternatives(items->branches[i]);
    }
    return count < UINT32_MAX / 2 ? (uint32_t)count : UINT32_MAX / 2;
}

static uint64_t count_alternatives_in(const struct scope *scope)
{
    uint64_t count = 0;
    for (; scope; scope = scope->outer)
        count += count_alternatives(scope->items);
    return count;
}

/* ---- 1. counting keys ---- */

/* Counts by hash; two keys that share a counter look more common than they are, no more. */
struct census {
    uint32_t *counts;
    uint64_t mask;
    uint64_t rule_count;
};

static uint32_t *counter(const struct census *census, uint32_t path, const struct eb_key *key)
{
    return &census->counts[eb_key_hash(0, path, key->kind, key->operand) & census->mask];
}

static void count_items(struct census *census, const struct eb_pattern_item *items)
{
    struct eb_key keys[EB_KEYS_MAX];
    for (; items; items = items->next) {
        for (uint32_t i = 0; i < items->count; i++) {
            if (items->path == EB_NO_PATH) {
                count_items(census, items->branches[i]);
                continue;
            }
            uint32_t key_count = eb_keys_of(&items->predicates[i], keys);
            for (uint32_t k = 0; k < key_count; k++)
                ++*counter(census, items->path, &keys[k]);
        }
    }
}

static bool take_census(
    struct builder *builder, struct census *census, const struct filing *filings, size_t count)
{
    uint64_t key_count = 32, size = 64;
    for (size_t i = 0; i < count; i++) {
        struct scope scope = scope_of(builder, &filings[i]);
        key_count += count_alternatives_in(&scope);
    }
    while (size < 2 * key_count)
        size *= 2;
    census->mask = size - 1;
    census->rule_count = count;
    census->counts = scratch_array(builder, size, sizeof *census->counts);
    if (!census->counts)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct scope scope = scope_of(builder, &filings[i]);
        for (const struct scope *at = &scope; at; at = at->outer)
            count_items(census, at->items);
    }
    return true;
}

/* ---- 2. filing where it costs least ---- */

/* The shorter, the more values begin, end or are like it. */
static unsigned text_shift(uint32_t len)
{
    return len >= 4 ? 1 : 2 * (5 - len);
}

/* What is lost for one key beside the rules that share it. */
static uint64_t key_cost(const struct census *census, uint32_t path, const struct eb_key *key)
{
    uint64_t count = *counter(census, path, key), all = census->rule_count;
    switch (key->kind) {
    case EB_KEY_EXISTS: return count + all / 2 + 8;
    case EB_KEY_RANGE: return count + all / 8 + 2;
    case EB_KEY_BLOCK:
        return count + (all >> (key->measure % EB_BLOCK_V6 < 63 ? key->measure % EB_BLOCK_V6 : 63));
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

/* The key under which a predicate is filed, and what it costs. */
static uint64_t choose_key(const struct census *census, uint32_t path,
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

/* How a rule, or one branch of it, is filed. */
struct choice {
    const struct eb_pattern_item *item;
    uint64_t cost;
    uint32_t filings;
};

static const struct choice no_choice = { NULL, COST_NONE, 0 };

static struct choice choose_item(const struct census *census, const struct eb_pattern_item *items);

static struct choice weigh_field(const struct census *census, const struct eb_pattern_item *field)
{
    struct choice choice = { .item = field, .filings = field->count };
    struct eb_key key;
    if (field->can_be_absent)
        return no_choice;
    for (uint32_t i = 0; i < field->count; i++)
        choice.cost += choose_key(census, field->path, &field->predicates[i], &key);
    return choice;
}

static struct choice weigh_or(const struct census *census, const struct eb_pattern_item *item)
{
    struct choice choice = { .item = item };
    for (uint32_t i = 0; i < item->count; i++) {
        struct choice branch = choose_item(census, item->branches[i]);
        if (!branch.item)
            return no_choice;
        choice.cost += branch.cost;
        choice.filings += branch.filings;
    }
    return choice;
}

static struct choice weigh(const struct census *census, const struct eb_pattern_item *item)
{
    return item->path == EB_NO_PATH ? weigh_or(census, item) : weigh_field(census, item);
}

static struct choice choose_item(const struct census *census, const struct eb_pattern_item *items)
{
    struct choice best = no_choice;
    for (; items; items = items->next) {
        struct choice one = weigh(census, items);
        if (one.cost < best.cost)
            best = one;
    }
    return best;
}

/* The best of all that the rule asks for; none when trying it costs no more. */
static struct choice choose(const struct builder *builder, const struct census *census,
    const struct filing *filing, uint64_t cost_max)
{
    struct choice best = { .cost = cost_max };
    struct scope scope = scope_of(builder, filing);
    for (const struct scope *at = &scope; at; at = at->outer) {
        for (const struct eb_pattern_item *item = at->items; item; item = item->next) {
            struct choice one = weigh(census, item);
            if (one.cost < best.cost && one.filings <= filing->quota && !has_served(&scope, item))
                best = one;
        }
    }
    return best;
}

/* A rule under a key. */
struct filed {
    uint64_t hash; /* of the key, in its node */
    uint32_t entry;
    uint32_t quota;
    const struct scope *scope;
    const struct eb_predicate *predicate;
    uint32_t path;
    uint32_t kind;
    uint32_t measure;
};

/* A node being built. */
struct node {
    uint32_t number;
    unsigned depth;
    struct census census;
    struct vector filed;  /* struct filed */
    struct vector always; /* uint32_t: entries */
};

static void file_predicate(struct builder *builder, struct node *node, const struct filing *filing,
    uint32_t path, const struct eb_predicate *predicate)
{
    struct eb_key key;
    struct filed *filed = add(builder, &node->filed, sizeof *filed);
    if (!filed)
        return;
    choose_key(&node->census, path, predicate, &key);
    *filed = (struct filed){
        .hash = eb_key_hash(node->number, path, key.kind, key.operand),
        .entry = filing->entry,
        .quota = filing->quota,
        .scope = filing->scope,
        .predicate = predicate,
        .path = path,
        .kind = key.kind,
        .measure = key.measure,
    };
    if (key.kind != EB_KEY_HOLDS)
        return;
    struct window *window = add(builder, &builder->windows, sizeof *window);
    if (window)
        *window = (struct window){ path, key.measure, key.operand };
}

static void file_item(struct builder *builder, struct node *node, const struct filing *filing,
    const struct eb_pattern_item *item);

/* Each branch is filed by itself; from there on it is asked for beside what is around it. */
static void file_or(struct builder *builder, struct node *node, const struct filing *filing,
    const struct eb_pattern_item *item)
{
    struct scope *outer = EB_ARENA_NEW(&builder->scratch, struct scope);
    struct scope *branches = EB_ARENA_ARRAY(&builder->scratch, struct scope, item->count);
    if (!outer || !branches) {
        builder->has_failed = true;
        return;
    }
    *outer = scope_of(builder, filing);
    for (uint32_t i = 0; i < item->count; i++) {
        struct filing branch = *filing;
        branches[i] = (struct scope){ item->branches[i], item, outer };
        branch.scope = &branches[i];
        file_item(builder, node, &branch, choose_item(&node->census, item->branches[i]).item);
    }
}

static void file_item(struct builder *builder, struct node *node, const struct filing *filing,
    const struct eb_pattern_item *item)
{
    if (item->path == EB_NO_PATH) {
        file_or(builder, node, filing, item);
        return;
    }
    for (uint32_t i = 0; i < item->count; i++)
        file_predicate(builder, node, filing, item->path, &item->predicates[i]);
}

static void file_all(struct builder *builder, struct node *node, const struct filing *filings,
    const struct choice *choices, size_t count)
{
    for (size_t i = 0; i < count && !builder->has_failed; i++) {
        struct filing filing = filings[i];
        if (choices[i].item) {
            filing.quota /= choices[i].filings;
            file_item(builder, node, &filing, choices[i].item);
            continue;
        }
        uint32_t *entry = add(builder, &node->always, sizeof *entry);
        if (entry)
            *entry = filing.entry;
    }
}

/* ---- 3. rules under one key ---- */

static uint32_t build_node(
    struct builder *builder, const struct filing *filings, size_t count, unsigned depth);

/* `entries` are ascending; some may be there twice. */
static uint32_t list_ref(struct builder *builder, const uint32_t *entries, size_t count)
{
    size_t start = builder->words.count;
    uint32_t kept = 0;
    if (count == 0)
        return 0;
    add_word(builder, 0);
    for (size_t i = 0; i < count; i++) {
        if (i && entries[i] == entries[i - 1])
            continue;
        add_word(builder, entries[i]);
        kept++;
    }
    if (builder->has_failed)
        return 0;
    if (kept == 1) {
        builder->words.count = start;
        return eb_ref(EB_REF_ENTRY, entries[0]);
    }
    ((uint32_t *)builder->words.items)[start] = kept;
    return eb_ref(EB_REF_LIST, (uint32_t)start);
}

static uint32_t group_list_ref(struct builder *builder, const struct filed *group, size_t count)
{
    uint32_t *entries = scratch_array(builder, count, sizeof *entries);
    uint32_t ref = 0;
    if (entries) {
        for (size_t i = 0; i < count; i++)
            entries[i] = group[i].entry;
        ref = list_ref(builder, entries, count);
    }
    free(entries);
    return ref;
}

static uint32_t group_node_ref(
    struct builder *builder, const struct filed *group, size_t count, unsigned depth)
{
    struct filing *filings = scratch_array(builder, count, sizeof *filings);
    uint32_t ref = 0;
    if (filings) {
        for (size_t i = 0; i < count; i++)
            filings[i] = (struct filing){ group[i].entry, group[i].quota, group[i].scope };
        ref = build_node(builder, filings, count, depth);
    }
    free(filings);
    return ref;
}

static uint32_t group_ref(
    struct builder *builder, const struct filed *group, size_t count, unsigned depth)
{
    uint32_t ref = 0;
    if (count == 1)
        return eb_ref(EB_REF_ENTRY, group->entry);
    if (count > REFINE_MIN && depth < DEPTH_MAX)
        ref = group_node_ref(builder, group, count, depth + 1);
    return ref || builder->has_failed ? ref : group_list_ref(builder, group, count);
}

/* What a node will know of a path: one kind of key, and one measure of it. */
struct known {
    uint32_t path;
    uint32_t kind;
    uint32_t measure;
    uint32_t ref; /* EB_KEY_EXISTS and EB_KEY_RANGE only: others have slots */
    struct eb_range_ends ends;
};

static int compare_filed(const void *left, const void *right)
{
    const struct filed *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static int compare_known(const void *left, const void *right)
{
    const struct known *a = left, *b = right;
    if (a->path != b->path)
        return a->path < b->path ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->measure > b->measure) - (a->measure < b->measure);
}

/* Groups of one path often follow each other by the thousand: known ones are not noted again. */
static void note_known(
    struct builder *builder, struct vector *known, const struct filed *filed, uint32_t ref)
{
    struct known *last = known->count ? (struct known *)known->items + known->count - 1 : NULL;
    bool has_slot = filed->kind != EB_KEY_EXISTS && filed->kind != EB_KEY_RANGE;
    if (has_slot && last && last->path == filed->path && last->kind == filed->kind &&
        last->measure == filed->measure)
        return;
    struct known *noted = add(builder, known, sizeof *noted);
    if (!noted)
        return;
    *noted = (struct known){ filed->path, filed->kind, filed->measure, has_slot ? 0 : ref,
        { .ref = ref } };
    if (filed->kind == EB_KEY_RANGE) {
        noted->ends = eb_range_ends_of(filed->predicate);
        noted->ends.ref = ref;
    }
}

static void group_all(struct builder *builder, struct node *node, struct vector *known)
{
    struct filed *filed = node->filed.items;
    size_t count = node->filed.count, end;
    if (count)
        qsort(filed, count, sizeof *filed, compare_filed);
    for (size_t start = 0; start < count && !builder->has_failed; start = end) {
        for (end = start + 1; end < count && filed[end].hash == filed[start].hash;)
            end++;
        uint32_t ref = group_ref(builder, filed + start, end - start, node->depth);
        note_known(builder, known, &filed[start], ref);
        if (filed[start].kind != EB_KEY_EXISTS && filed[start].kind != EB_KEY_RANGE)
            add_slot(builder, filed[start].hash, ref);
    }
}

/* ---- what a node knows of its paths ---- */

static bool is_measured(uint32_t kind)
{
    for (size_t i = 0; i < EB_MEASURED_KINDS; i++) {
        if (eb_measured_kinds[i] == kind)
            return true;
    }
    return false;
}

/* Notes of one path and kind, from `first` on. */
static size_t count_same_kind(const struct known *known, size_t count)
{
    size_t same = 1;
    while (same < count && known[same].path == known->path && known[same].kind == known->kind)
        same++;
    return same;
}

static void add_measures(struct builder *builder, const struct known *known, size_t count)
{
    size_t start = builder->words.count;
    uint32_t kept = 0;
    add_word(builder, 0);
    for (size_t i = 0; i < count; i++) {
        if (i && known[i].measure == known[i - 1].measure)
            continue;
        add_word(builder, known[i].measure);
        kept++;
    }
    if (!builder->has_failed)
        ((uint32_t *)builder->words.items)[start] = kept;
}

static void add_ranges(struct builder *builder, const struct known *known, size_t count)
{
    struct eb_range_ends *ends = scratch_array(builder, count, sizeof *ends);
    struct eb_ranges *ranges = ends ? add(builder, &builder->ranges, sizeof *ranges) : NULL;
    for (size_t i = 0; ranges && i < count; i++)
        ends[i] = known[i].ends;
    if (ranges && !eb_ranges_build(ranges, ends, (uint32_t)count, builder->arena))
        builder->has_failed = true;
    free(ends);
}

/* All notes of one path, sorted by kind; how many they are. */
static size_t fill_access(struct builder *builder, struct eb_index_access *access,
    const struct known *known, size_t count)
{
    size_t done = 0;
    *access = (struct eb_index_access){ .path = known->path };
    access->measures = (uint32_t)builder->words.count;
    while (done < count && known[done].path == access->path) {
        const struct known *first = &known[done];
        size_t same = count_same_kind(first, count - done);
        access->kinds |= UINT32_C(1) << first->kind;
        if (first->kind == EB_KEY_EXISTS)
            access->exists = first->ref;
        if (first->kind == EB_KEY_RANGE) {
            access->ranges = (uint32_t)builder->ranges.count;
            add_ranges(builder, first, same);
        }
        if (is_measured(first->kind))
            add_measures(builder, first, same);
        done += same;
    }
    return done;
}

static void add_accesses(
    struct builder *builder, struct node *node, struct vector *known, struct eb_index_node *out)
{
    out->first_access = (uint32_t)builder->accesses.count;
    if (known->count)
        qsort(known->items, known->count, sizeof(struct known), compare_known);
    for (size_t done = 0; done < known->count && !builder->has_failed;) {
        struct eb_index_access access;
        done +=
            fill_access(builder, &access, (struct known *)known->items + done, known->count - done);
        struct eb_index_access *added = add(builder, &builder->accesses, sizeof *added);
        if (added)
            *added = access;
    }
    out->access_count = (uint32_t)builder->accesses.count - out->first_access;
    for (uint32_t i = 0; out->access_count > EB_ACCESSES_FEW && i < out->access_count; i++) {
        const struct eb_index_access *access =
            (struct eb_index_access *)builder->accesses.items + out->first_access + i;
        add_slot(builder, eb_key_hash(node->number, access->path, EB_KEY_ACCESS, 0),
            eb_ref(EB_REF_ACCESS, out->first_access + i + 1));
    }
}

/* ---- nodes ---- */

static bool is_any_chosen(const struct choice *choices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (choices[i].item)
            return true;
    }
    return false;
}

static void fill_node(struct builder *builder, struct node *node, const struct filing *filings,
    const struct choice *choices, size_t count)
{
    struct vector known = { NULL, 0, 0 };
    struct eb_index_node out = { .always = 0 };
    file_all(builder, node, filings, choices, count);
    if (!builder->has_failed)
        group_all(builder, node, &known);
    if (!builder->has_failed)
        add_accesses(builder, node, &known, &out);
    out.always = list_ref(builder, node->always.items, node->always.count);
    if (!builder->has_failed)
        ((struct eb_index_node *)builder->nodes.items)[node->number] = out;
    free(known.items);
    free(node->filed.items);
    free(node->always.items);
}

/* At the top, anything is better than trying all rules; further down it must halve the work. */
static uint64_t cost_allowed(size_t count, unsigned depth)
{
    if (count <= FEW_RULES)
        return 0;
    return depth == 0 ? COST_NONE : count / 2;
}

/* 0 when nothing was gained by it. */
static uint32_t build_node(
    struct builder *builder, const struct filing *filings, size_t count, unsigned depth)
{
    struct node node = { .number = (uint32_t)builder->nodes.count, .depth = depth };
    struct choice *choices = scratch_array(builder, count, sizeof *choices);
    uint32_t ref = 0;
    if (choices && take_census(builder, &node.census, filings, count)) {
        uint64_t cost_max = cost_allowed(count, depth);
        for (size_t i = 0; i < count; i++)
            choices[i] = choose(builder, &node.census, &filings[i], cost_max);
        if ((depth == 0 || is_any_chosen(choices, count)) &&
            add(builder, &builder->nodes, sizeof(struct eb_index_node))) {
            ref = eb_ref(EB_REF_NODE, node.number);
            fill_node(builder, &node, filings, choices, count);
        }
    }
    free(node.census.counts);
    free(choices);
    return ref;
}

/* ---- the whole ---- */

static bool fill_slots(struct eb_rule_index *index, const struct builder *builder)
{
    /* Two thirds full: a search that finds nothing looks at one cache line, seldom at two. */
    uint64_t count = builder->slots.count + builder->slots.count / 2 + 1;
    if (count > UINT32_MAX)
        return false;
    struct eb_index_slot *slots = EB_ARENA_ARRAY(builder->arena, struct eb_index_slot, count);
    const struct keyed_ref *keyed = builder->slots.items;
    if (!slots)
        return false;
    for (size_t i = 0; i < builder->slots.count; i++) {
        uint32_t at = eb_index_home(keyed[i].hash, (uint32_t)count);
        while (slots[at].ref)
            at = at + 1 < count ? at + 1 : 0;
        slots[at] = (struct eb_index_slot){ (uint32_t)keyed[i].hash, keyed[i].ref };
    }
    index->slots = slots;
    index->slot_count = (uint32_t)count;
    return true;
}

static int compare_windows(const void *left, const void *right)
{
    const struct window *a = left, *b = right;
    return (a->path > b->path) - (a->path < b->path);
}

static bool fill_windows(struct eb_rule_index *index, struct builder *builder)
{
    struct window *windows = builder->windows.items;
    size_t count = builder->windows.count, bits = 1024;
    if (count == 0)
        return true;
    while (bits < 16 * count)
        bits *= 2;
    uint64_t *words = EB_ARENA_ARRAY(builder->arena, uint64_t, bits / 64);
    struct eb_index_windows *paths = EB_ARENA_ARRAY(builder->arena, struct eb_index_windows, count);
    if (!words || !paths)
        return false;
    qsort(windows, count, sizeof *windows, compare_windows);
    uint32_t path_count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bit = eb_window_bit(windows[i].operand) & (uint32_t)(bits - 1);
        words[bit / 64] |= UINT64_C(1) << bit % 64;
        if (path_count == 0 || paths[path_count - 1].path != windows[i].path)
            paths[path_count++].path = windows[i].path;
        paths[path_count - 1].lens |= UINT32_C(1) << (windows[i].len - 1);
    }
    eb_arena_shrink(builder->arena, paths + path_count);
    index->windows = paths;
    index->window_path_count = path_count;
    index->window_bits = words;
    index->window_bit_mask = (uint32_t)(bits - 1);
    return true;
}

static bool freeze(struct eb_rule_index *index, struct builder *builder)
{
    index->words = vector_copy(&builder->words, sizeof(uint32_t), builder->arena);
    index->nodes = vector_copy(&builder->nodes, sizeof(struct eb_index_node), builder->arena);
    index->accesses =
        vector_copy(&builder->accesses, sizeof(struct eb_index_access), builder->arena);
    index->ranges = vector_copy(&builder->ranges, sizeof(struct eb_ranges), builder->arena);
    index->node_count = (uint32_t)builder->nodes.count;
    return index->words && index->nodes && index->accesses && index->ranges &&
           fill_windows(index, builder) && fill_slots(index, builder);
}

static bool build_top(struct builder *builder, size_t count)
{
    struct filing *filings = scratch_array(builder, count, sizeof *filings);
    if (!filings)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct eb_pattern *pattern = builder->entries[i].pattern;
        uint32_t alternatives = pattern ? count_alternatives(pattern->items) : 0;
        filings[i] = (struct filing){ .entry = i, .quota = FILINGS_FREE + 2 * alternatives };
    }
    build_node(builder, filings, count, 0);
    free(filings);
    return !builder->has_failed;
}

static int compare_entries(const void *left, const void *right)
{
    const struct eb_rule_entry *a = left, *b = right;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

static bool copy_entries(struct eb_rule_index *index, const struct eb_rule_entry *entries,
    size_t count, struct eb_arena *arena)
{
    struct eb_rule_entry *copy = EB_ARENA_ARRAY(arena, struct eb_rule_entry, count);
    if (!copy || count > EB_REF_NUMBER_MAX)
        return false;
    if (count) {
        memcpy(copy, entries, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, compare_entries);
    }
    index->entries = copy;
    index->entry_count = (uint32_t)count;
    return true;
}

static void release(struct builder *builder)
{
    free(builder->slots.items);
    free(builder->words.items);
    free(builder->nodes.items);
    free(builder->accesses.items);
    free(builder->ranges.items);
    free(builder->windows.items);
    eb_arena_release(&builder->scratch);
}

struct eb_rule_index *eb_rule_index_build(
    const struct eb_rule_entry *entries, size_t count, struct eb_arena *arena)
{
    struct eb_rule_index *index = EB_ARENA_NEW(arena, struct eb_rule_index);
    if (!index || !copy_entries(index, entries, count, arena))
        return NULL;
    struct builder builder = { .arena = arena, .entries = index->entries };
    eb_arena_init_growing(&builder.scratch, SIZE_MAX);
    bool is_done = build_top(&builder, count) && freeze(index, &builder);
    release(&builder);
    return is_done ? index : NULL;
}
