/*
 * Building the index, one node after the other, the one for all rules first.
 *
 * 1. Count under which keys the node's rules could be filed, and how often each key occurs.
 * 2. File every rule where it costs least (index_choice.h). What could be filed nowhere useful is
 *    tried on every event that gets to the node.
 * 3. Rules under one key: one is an entry, a few are a list, many become a node of their own, where
 *    they are filed again by what else they ask for.
 *
 * No rule is filed more often than twice for each alternative and a few times: memory is linear.
 */
#include <stdlib.h>

#include "pattern/index_choice.h"
#include "pattern/rule_index_table.h"

enum {
    REFINE_MIN = 4,   /* so many rules under one key are tried one by one */
    FEW_RULES = 4,    /* so many rules are tried without any look-up, */
    FEW_WORDS = 1024, /* if their patterns together are no longer than this */
    DEPTH_MAX = 16,   /* of nodes */
    FILINGS_FREE = 4, /* a rule may be filed twice for each alternative, and so often */
};

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
    const uint32_t *predicate; /* of an entry: its code */
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

static void add_slot(
    struct builder *builder, uint64_t hash, uint32_t ref, const uint32_t *predicate)
{
    struct keyed_ref *slot = add(builder, &builder->slots, sizeof *slot);
    if (slot)
        *slot = (struct keyed_ref){ hash, ref, predicate };
}

/* A rule to be filed in a node. */
struct filing {
    uint32_t entry;
    uint32_t quota;               /* how often it may be filed */
    const struct eb_scope *scope; /* NULL: the whole pattern */
};

static struct eb_items items_of(const struct eb_pattern *pattern)
{
    return pattern ? eb_pattern_items(pattern) : (struct eb_items){ NULL, NULL };
}

static struct eb_scope scope_of(const struct builder *builder, const struct filing *filing)
{
    const struct eb_pattern *pattern = builder->entries[filing->entry].pattern;
    if (filing->scope)
        return *filing->scope;
    return (struct eb_scope){ .items = items_of(pattern) };
}

/* ---- 1. counting keys ---- */

static bool take_census(
    struct builder *builder, struct eb_census *census, const struct filing *filings, size_t count)
{
    uint64_t alternatives = 0;
    for (size_t i = 0; i < count; i++) {
        struct eb_scope scope = scope_of(builder, &filings[i]);
        for (const struct eb_scope *at = &scope; at; at = at->outer)
            alternatives += eb_count_alternatives(at->items);
    }
    if (!eb_census_init(census, count, alternatives)) {
        builder->has_failed = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct eb_scope scope = scope_of(builder, &filings[i]);
        eb_census_add(census, &scope);
    }
    return true;
}

/* ---- 2. filing where it costs least ---- */

/* A rule under a key. */
struct filed {
    uint64_t hash; /* of the key, in its node */
    uint32_t entry;
    uint32_t quota;
    const struct eb_scope *scope;
    const uint32_t *predicate; /* its code */
    uint32_t path;
    uint16_t kind;
    uint16_t measure;
};

_Static_assert(sizeof(struct filed) == 40, "there is one for every alternative of every rule");

/* A node being built. */
struct node {
    uint32_t number;
    unsigned depth;
    struct eb_census census;
    struct vector filed;  /* struct filed */
    struct vector always; /* uint32_t: entries */
};

static void file_predicate(struct builder *builder, struct node *node, const struct filing *filing,
    uint32_t path, const uint32_t *code, const struct eb_predicate *predicate)
{
    struct filed *filed = add(builder, &node->filed, sizeof *filed);
    if (!filed)
        return;
    struct eb_key key = eb_choose_key(&node->census, path, predicate);
    *filed = (struct filed){
        .hash = eb_key_hash(node->number, path, key.kind, key.operand),
        .entry = filing->entry,
        .quota = filing->quota,
        .scope = filing->scope,
        .predicate = code,
        .path = path,
        .kind = (uint16_t)key.kind,
        .measure = (uint16_t)key.measure,
    };
    if (key.kind != EB_KEY_HOLDS)
        return;
    struct window *window = add(builder, &builder->windows, sizeof *window);
    if (window)
        *window = (struct window){ path, key.measure, key.operand };
}

static void file_item(struct builder *builder, struct node *node, const struct filing *filing,
    const struct eb_item *item);

static uint32_t count_branches(const struct eb_item *item)
{
    struct eb_items branches = eb_item_branches(item), branch;
    uint32_t count = 0;
    while (eb_branches_next(&branches, &branch))
        count++;
    return count;
}

/* Each branch is filed by itself; from there on it is asked for beside what is around it. */
static void file_or(struct builder *builder, struct node *node, const struct filing *filing,
    const struct eb_item *item)
{
    struct eb_scope *outer = EB_ARENA_NEW(&builder->scratch, struct eb_scope);
    struct eb_scope *scope =
        EB_ARENA_ARRAY(&builder->scratch, struct eb_scope, count_branches(item));
    if (!outer || !scope) {
        builder->has_failed = true;
        return;
    }
    *outer = scope_of(builder, filing);
    struct eb_items branches = eb_item_branches(item), branch;
    for (; eb_branches_next(&branches, &branch); scope++) {
        struct filing inner = *filing;
        *scope = (struct eb_scope){ branch, item->code, outer };
        inner.scope = scope;
        struct eb_item chosen = eb_item_decode(eb_choose_item(&node->census, branch));
        file_item(builder, node, &inner, &chosen);
    }
}

static void file_item(struct builder *builder, struct node *node, const struct filing *filing,
    const struct eb_item *item)
{
    if (eb_item_is_or(item)) {
        file_or(builder, node, filing, item);
        return;
    }
    struct eb_predicate_cursor cursor = eb_predicates_begin(&item->predicates);
    const uint32_t *code = cursor.next;
    for (struct eb_predicate predicate; eb_predicates_next(&cursor, &predicate); code = cursor.next)
        file_predicate(builder, node, filing, item->path, code, &predicate);
}

static void file_all(struct builder *builder, struct node *node, const struct filing *filings,
    const struct eb_choice *choices, size_t count)
{
    for (size_t i = 0; i < count && !builder->has_failed; i++) {
        struct filing filing = filings[i];
        if (choices[i].item) {
            struct eb_item item = eb_item_decode(choices[i].item);
            filing.quota /= choices[i].filings;
            file_item(builder, node, &filing, &item);
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
    uint32_t ref;               /* EB_KEY_EXISTS only */
    struct eb_range_leaf range; /* of other kinds: its predicate alone */
};

static int compare_filed(const void *left, const void *right)
{
    const struct filed *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

/*
 * By hash, then entry. Hashes are spread evenly: into as many buckets as keep a bucket in the
 * cache, and then bucket by bucket. What is in a bucket was ascending by entry and is sorted but
 * little.
 */
static bool sort_filed(struct vector *filed)
{
    size_t count = filed->count, buckets = 1;
    unsigned shift = 64;
    while (buckets < count / 256 && buckets < 1 << 16) {
        buckets *= 2;
        shift--;
    }
    if (buckets == 1) {
        if (count)
            qsort(filed->items, count, sizeof(struct filed), compare_filed);
        return true;
    }
    struct filed *from = filed->items, *to = malloc(count * sizeof *to);
    size_t *starts = calloc(buckets + 1, sizeof *starts);
    bool is_done = to && starts;
    for (size_t i = 0; is_done && i < count; i++)
        starts[(from[i].hash >> shift) + 1]++;
    for (size_t i = 1; is_done && i <= buckets; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; is_done && i < count; i++)
        to[starts[from[i].hash >> shift]++] = from[i];
    for (size_t i = 0, start = 0; is_done && i < buckets; start = starts[i++])
        qsort(to + start, starts[i] - start, sizeof *to, compare_filed);
    free(starts);
    if (!is_done) {
        free(to);
        return false;
    }
    free(from);
    filed->items = to;
    filed->max = count;
    return true;
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
    *noted = (struct known){ filed->path, filed->kind, filed->measure, ref, { .low = 0 } };
    if (filed->kind == EB_KEY_RANGE) {
        struct eb_predicate predicate;
        eb_predicate_decode(filed->predicate, &predicate);
        noted->range = eb_range_of(&predicate);
    }
    noted->range.ref = ref;
    noted->range.predicate = filed->predicate;
}

static void group_all(struct builder *builder, struct node *node, struct vector *known)
{
    if (!sort_filed(&node->filed)) {
        builder->has_failed = true;
        return;
    }
    struct filed *filed = node->filed.items;
    size_t count = node->filed.count, end;
    for (size_t start = 0; start < count && !builder->has_failed; start = end) {
        for (end = start + 1; end < count && filed[end].hash == filed[start].hash;)
            end++;
        uint32_t ref = group_ref(builder, filed + start, end - start, node->depth);
        note_known(builder, known, &filed[start], ref);
        if (filed[start].kind != EB_KEY_EXISTS && filed[start].kind != EB_KEY_RANGE)
            add_slot(builder, filed[start].hash, ref, filed[start].predicate);
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
    struct eb_range_leaf *leaves = EB_ARENA_ARRAY(builder->arena, struct eb_range_leaf, count);
    struct eb_ranges *ranges = leaves ? add(builder, &builder->ranges, sizeof *ranges) : NULL;
    for (size_t i = 0; ranges && i < count; i++)
        leaves[i] = known[i].range;
    if (!ranges || !eb_ranges_build(ranges, leaves, (uint32_t)count, builder->arena))
        builder->has_failed = true;
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

static size_t count_paths(const struct known *known, size_t count)
{
    size_t paths = 0;
    for (size_t i = 0; i < count; i++)
        paths += i == 0 || known[i].path != known[i - 1].path;
    return paths;
}

/*
 * In a node with many paths, mere existence needs no access: it is a key like any other. `known`
 * is the first note of the path.
 */
static void add_existence(struct builder *builder, uint32_t node,
    const struct eb_index_access *access, const struct known *known)
{
    if (access->exists)
        add_slot(builder, eb_key_hash(node, access->path, EB_KEY_EXISTS, 0), access->exists,
            known->range.predicate);
    if (access->kinds != 1 << EB_KEY_EXISTS)
        add_slot(builder, eb_key_hash(node, access->path, EB_KEY_ACCESS, 0),
            eb_ref(EB_REF_ACCESS, (uint32_t)builder->accesses.count + 1), NULL);
}

static void add_accesses(struct builder *builder, const struct node *node, struct vector *known,
    struct eb_index_node *out)
{
    const struct known *notes = known->items;
    if (known->count)
        qsort(known->items, known->count, sizeof *notes, compare_known);
    out->first_access = (uint32_t)builder->accesses.count;
    out->has_many = count_paths(notes, known->count) > EB_ACCESSES_FEW;
    for (size_t done = 0; done < known->count && !builder->has_failed;) {
        struct eb_index_access access;
        const struct known *first = &notes[done];
        done += fill_access(builder, &access, first, known->count - done);
        if (out->has_many) {
            add_existence(builder, node->number, &access, first);
            access.exists = 0;
        }
        if (out->has_many && access.kinds == 1 << EB_KEY_EXISTS)
            continue;
        struct eb_index_access *added = add(builder, &builder->accesses, sizeof *added);
        if (added)
            *added = access;
    }
    out->access_count = (uint32_t)builder->accesses.count - out->first_access;
}

/* ---- nodes ---- */

static bool is_any_chosen(const struct eb_choice *choices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (choices[i].item)
            return true;
    }
    return false;
}

static void fill_node(struct builder *builder, struct node *node, const struct filing *filings,
    const struct eb_choice *choices, size_t count)
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
    return depth == 0 ? UINT64_MAX : count / 2;
}

/* 0 when nothing was gained by it. */
static uint32_t build_node(
    struct builder *builder, const struct filing *filings, size_t count, unsigned depth)
{
    struct node node = { .number = (uint32_t)builder->nodes.count, .depth = depth };
    struct eb_choice *choices = scratch_array(builder, count, sizeof *choices);
    uint32_t ref = 0;
    if (choices && take_census(builder, &node.census, filings, count)) {
        for (size_t i = 0; i < count; i++) {
            struct eb_scope scope = scope_of(builder, &filings[i]);
            choices[i] =
                eb_choose(&node.census, &scope, cost_allowed(count, depth), filings[i].quota);
        }
        if ((depth == 0 || is_any_chosen(choices, count)) &&
            add(builder, &builder->nodes, sizeof(struct eb_index_node))) {
            ref = eb_ref(EB_REF_NODE, node.number);
            fill_node(builder, &node, filings, choices, count);
        }
    }
    eb_census_release(&node.census);
    free(choices);
    return ref;
}

/* ---- the whole ---- */

/* If the node is simple: nothing but one path, whose values are looked up by hash. */
static void describe_node(const struct builder *builder, struct eb_index_slot *slot)
{
    const struct eb_index_node *node =
        (struct eb_index_node *)builder->nodes.items + eb_ref_number(slot->ref);
    const struct eb_index_access *access =
        (struct eb_index_access *)builder->accesses.items + node->first_access;
    if (node->always || node->has_many || node->access_count != 1 ||
        (access->kinds & ~(uint32_t)EB_SIMPLE_KINDS))
        return;
    slot->node.path = access->path;
    slot->node.kinds = access->kinds;
}

static bool fill_slots(struct eb_index_tables *tables, const struct builder *builder)
{
    /* Half full: one line in twenty has more keys than slots. */
    uint64_t lines = builder->slots.count * 2 / EB_LINE_SLOTS + 1, count = lines * EB_LINE_SLOTS;
    if (count > UINT32_MAX)
        return false;
    struct eb_index_slot *slots =
        eb_arena_calloc(builder->arena, lines, EB_LINE_BYTES, EB_LINE_BYTES);
    const struct keyed_ref *keyed = builder->slots.items;
    if (!slots)
        return false;
    for (size_t i = 0; i < builder->slots.count; i++) {
        uint32_t at = eb_index_home(keyed[i].hash, (uint32_t)count);
        while (slots[at].ref)
            at = at + 1 < count ? at + 1 : 0;
        slots[at] = (struct eb_index_slot){ .tag = (uint32_t)keyed[i].hash, .ref = keyed[i].ref };
        if (eb_ref_kind(keyed[i].ref) == EB_REF_NODE)
            describe_node(builder, &slots[at]);
        else
            slots[at].predicate = keyed[i].predicate;
    }
    tables->slots = slots;
    tables->slot_count = (uint32_t)count;
    return true;
}

static int compare_windows(const void *left, const void *right)
{
    const struct window *a = left, *b = right;
    return (a->path > b->path) - (a->path < b->path);
}

static bool fill_windows(struct eb_index_tables *tables, struct builder *builder)
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
    tables->windows = paths;
    tables->window_path_count = path_count;
    tables->window_bits = words;
    tables->window_bit_mask = (uint32_t)(bits - 1);
    return true;
}

static struct eb_index_tables *freeze(struct builder *builder)
{
    struct eb_index_tables *tables = EB_ARENA_NEW(builder->arena, struct eb_index_tables);
    if (!tables)
        return NULL;
    tables->words = vector_copy(&builder->words, sizeof(uint32_t), builder->arena);
    tables->nodes = vector_copy(&builder->nodes, sizeof(struct eb_index_node), builder->arena);
    tables->accesses =
        vector_copy(&builder->accesses, sizeof(struct eb_index_access), builder->arena);
    tables->ranges = vector_copy(&builder->ranges, sizeof(struct eb_ranges), builder->arena);
    bool is_done = tables->words && tables->nodes && tables->accesses && tables->ranges &&
                   fill_windows(tables, builder) && fill_slots(tables, builder);
    return is_done ? tables : NULL;
}

static bool build_top(struct builder *builder, size_t count)
{
    struct filing *filings = scratch_array(builder, count, sizeof *filings);
    if (!filings)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct eb_pattern *pattern = builder->entries[i].pattern;
        uint32_t alternatives = eb_count_alternatives(items_of(pattern));
        filings[i] = (struct filing){ .entry = i, .quota = FILINGS_FREE + 2 * alternatives };
    }
    build_node(builder, filings, count, 0);
    free(filings);
    return !builder->has_failed;
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

static bool build_tables(struct eb_rule_index *index, struct eb_arena *arena)
{
    struct builder builder = { .arena = arena, .entries = index->entries };
    eb_arena_init_growing(&builder.scratch, SIZE_MAX);
    if (build_top(&builder, index->entry_count))
        index->tables = freeze(&builder);
    release(&builder);
    return index->tables;
}

/* Few enough to be tried one by one. */
static bool are_few(const struct eb_rule_index *index)
{
    size_t words = 0;
    if (index->entry_count > FEW_RULES)
        return false;
    for (uint32_t i = 0; i < index->entry_count; i++) {
        struct eb_items items = items_of(index->entries[i].pattern);
        words += (size_t)(items.end - items.next);
    }
    return words <= FEW_WORDS;
}

static int compare_entries(const void *left, const void *right)
{
    const struct eb_rule_entry *a = left, *b = right;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

struct eb_rule_index *eb_rule_index_build(
    const struct eb_rule_entry *entries, size_t count, struct eb_arena *arena)
{
    if (count > EB_REF_NUMBER_MAX)
        return NULL;
    struct eb_rule_index *index = eb_arena_alloc(
        arena, sizeof *index + count * sizeof *entries, _Alignof(struct eb_rule_index));
    if (!index)
        return NULL;
    *index = (struct eb_rule_index){ .entry_count = (uint32_t)count };
    if (count) {
        memcpy(index->entries, entries, count * sizeof *entries);
        qsort(index->entries, count, sizeof *entries, compare_entries);
    }
    return are_few(index) || build_tables(index, arena) ? index : NULL;
}
