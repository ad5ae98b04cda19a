/*
 * Matching an event: from node 0 on, every value of it is turned into the keys that are true of it
 * and that the node has; they lead to entries, lists of entries and further nodes. What was
 * collected is tried in the order of the rules, each once, until there are enough.
 */
#include "base/limits.h"
#include "pattern/fields.h"
#include "pattern/rule_index_table.h"

enum {
    FEW = 32, /* of anything: room on the stack, before the arena is asked */
    FEW_SEEN = 16,

    STEPS_A_RULE = 4,
};

/* Numbers seen, hashed; 0 is a free slot. Less than half full. */
struct set {
    uint64_t *slots;
    uint32_t count, max;
};

/* Entries in ascending order that are yet to be tried. */
struct run {
    const uint32_t *next, *end;
};

/* The windows of one value, each once. */
struct scan {
    uint64_t *operands;
    uint32_t count;
};

/* Those of the values of one path; operands NULL: not scanned yet. */
struct path_scans {
    struct path_scans *next;
    uint32_t path;
    uint32_t lens; /* bit 1 << (len - 1) */
    struct scan by_number[];
};

struct matching {
    const struct eb_rule_index *index;
    const struct eb_index_tables *tables;
    const struct eb_fields *fields;
    struct eb_arena *scratch;
    uint64_t *hashes;  /* of keys to be looked up: their slots are on their way to the cache */
    uint32_t *entries; /* single ones, in no order */
    struct run *runs;
    struct eb_range_group *groups; /* of ranges to be searched: on their way, too */
    struct set seen;               /* lists and nodes */
    struct path_scans *scans;
    uint32_t hash_count, hash_max;
    uint32_t group_count, group_max;
    uint32_t entry_count, entry_max;
    uint32_t run_count, run_max;
    bool is_exhausted;
};

/* ---- collecting ---- */

static void *allocate(struct matching *matching, size_t size)
{
    void *memory = eb_arena_alloc(matching->scratch, size, 8);
    if (!memory)
        matching->is_exhausted = true;
    return memory;
}

/* A copy with twice the room. */
static void *grow(struct matching *matching, const void *items, uint32_t *max, size_t size)
{
    void *grown = *max < UINT32_MAX / 2 ? allocate(matching, 2 * size * *max) : NULL;
    if (!grown) {
        matching->is_exhausted = true;
        return NULL;
    }
    memcpy(grown, items, size * *max);
    *max *= 2;
    return grown;
}

static uint64_t *set_slot(const struct set *set, uint64_t number)
{
    uint32_t at = (uint32_t)(eb_hash_mix(number, UINT64_C(0x9e3779b97f4a7c15)) >> 32);
    while (set->slots[at & (set->max - 1)] && set->slots[at & (set->max - 1)] != number)
        at++;
    return &set->slots[at & (set->max - 1)];
}

static bool set_grow(struct matching *matching, struct set *set)
{
    struct set grown = { .count = set->count, .max = 2 * set->max };
    grown.slots = grown.max ? allocate(matching, grown.max * sizeof *grown.slots) : NULL;
    if (!grown.slots)
        return false;
    memset(grown.slots, 0, grown.max * sizeof *grown.slots);
    for (uint32_t i = 0; i < set->max; i++) {
        if (set->slots[i])
            *set_slot(&grown, set->slots[i]) = set->slots[i];
    }
    *set = grown;
    return true;
}

/* Whether the number is new. Of 0 it always is. */
static bool set_add(struct matching *matching, struct set *set, uint64_t number)
{
    uint64_t *slot = set_slot(set, number);
    if (*slot)
        return false;
    *slot = number;
    return 2 * ++set->count < set->max || set_grow(matching, set);
}

/* What will be asked of an entry: its rule, and its pattern, which takes a few lines. */
static void fetch_entry(const struct eb_rule_index *index, uint32_t entry, const char *pattern)
{
    __builtin_prefetch(&index->entries[entry]);
    __builtin_prefetch(pattern);
    __builtin_prefetch(pattern + EB_LINE_BYTES);
    __builtin_prefetch(pattern + 2 * EB_LINE_BYTES);
}

static void collect_entry(struct matching *matching, uint32_t entry)
{
    if (matching->entry_count == matching->entry_max) {
        uint32_t *grown = grow(matching, matching->entries, &matching->entry_max, sizeof *grown);
        if (!grown)
            return;
        matching->entries = grown;
    }
    matching->entries[matching->entry_count++] = entry;
}

static void collect_list(struct matching *matching, const uint32_t *list)
{
    if (matching->run_count == matching->run_max) {
        struct run *grown = grow(matching, matching->runs, &matching->run_max, sizeof *grown);
        if (!grown)
            return;
        matching->runs = grown;
    }
    matching->runs[matching->run_count++] = (struct run){ list + 1, list + 1 + list[0] };
}

static void visit_node(struct matching *matching, uint32_t number);

static void follow(struct matching *matching, uint32_t ref)
{
    uint32_t number = eb_ref_number(ref);
    switch (eb_ref_kind(ref)) {
    case EB_REF_ACCESS: return; /* nothing, or another key's */
    case EB_REF_ENTRY: collect_entry(matching, number); return;
    case EB_REF_LIST:
        if (set_add(matching, &matching->seen, ref))
            collect_list(matching, matching->tables->words + number);
        return;
    case EB_REF_NODE:
        if (set_add(matching, &matching->seen, ref))
            visit_node(matching, number);
        return;
    }
}

static void follow_range(void *context, const struct eb_range_leaf *leaf)
{
    struct matching *matching = context;
    if (leaf->pattern)
        fetch_entry(matching->index, eb_ref_number(leaf->ref), (const char *)leaf->pattern);
    follow(matching, leaf->ref);
}

/* Asks for a group of ranges; it is searched when it has come. */
static void search_group(void *context, const struct eb_range_group *group)
{
    struct matching *matching = context;
    if (matching->group_count == matching->group_max) {
        struct eb_range_group *grown =
            grow(matching, matching->groups, &matching->group_max, sizeof *grown);
        if (!grown)
            return;
        matching->groups = grown;
    }
    eb_range_group_fetch(group);
    matching->groups[matching->group_count++] = *group;
}

/* ---- keys of values ---- */

/* Asks for a key's slot; it is looked at when it has come. */
static void look_up(struct matching *matching, uint64_t hash)
{
    if (matching->hash_count == matching->hash_max) {
        uint64_t *grown = grow(matching, matching->hashes, &matching->hash_max, sizeof *grown);
        if (!grown)
            return;
        matching->hashes = grown;
    }
    __builtin_prefetch(&matching->tables->slots[eb_index_home(hash, matching->tables->slot_count)]);
    matching->hashes[matching->hash_count++] = hash;
}

/* A node's path, whose values are looked up. */
struct visit {
    struct matching *matching;
    const struct eb_index_access *access;
    uint32_t node;
};

static bool has_kind(const struct visit *visit, enum eb_key_kind kind)
{
    return visit->access->kinds >> kind & 1;
}

static void look_up_key(const struct visit *visit, enum eb_key_kind kind, uint64_t operand)
{
    look_up(visit->matching, eb_key_hash(visit->node, visit->access->path, kind, operand));
}

/* The measures of a kind that the access has: their number, then they, ascending. */
static const uint32_t *measures_of(const struct visit *visit, enum eb_key_kind kind)
{
    const uint32_t *measures = visit->matching->tables->words + visit->access->measures;
    for (size_t i = 0; eb_measured_kinds[i] != kind; i++) {
        if (has_kind(visit, eb_measured_kinds[i]))
            measures += 1 + measures[0];
    }
    return measures;
}

static void look_up_prefixes(const struct visit *visit, enum eb_key_kind kind, struct eb_span text)
{
    const uint32_t *measures = measures_of(visit, kind), *end = measures + 1 + measures[0];
    uint64_t operand = 0;
    size_t len = 0;
    for (measures++; measures < end && *measures <= text.len; measures++) {
        for (; len < *measures; len++)
            operand = eb_affix_operand_add(operand, text.ptr[len]);
        look_up_key(visit, kind, operand);
    }
}

static void look_up_suffixes(const struct visit *visit, enum eb_key_kind kind, struct eb_span text)
{
    const uint32_t *measures = measures_of(visit, kind), *end = measures + 1 + measures[0];
    uint64_t operand = 0;
    size_t len = 0;
    for (measures++; measures < end && *measures <= text.len; measures++) {
        for (; len < *measures; len++)
            operand = eb_affix_operand_add(operand, text.ptr[text.len - 1 - len]);
        look_up_key(visit, kind, operand);
    }
}

static void look_up_blocks(const struct visit *visit, const struct eb_address *address)
{
    const uint32_t *measures = measures_of(visit, EB_KEY_BLOCK);
    for (uint32_t i = 1; i <= measures[0]; i++) {
        bool is_v6 = measures[i] >= EB_BLOCK_V6;
        if (is_v6 == (address->len == 16))
            look_up_key(visit, EB_KEY_BLOCK, eb_block_operand(address, measures[i]));
    }
}

/* ---- windows ---- */

static uint32_t window_lens(const struct eb_index_tables *tables, uint32_t path)
{
    uint32_t low = 0, high = tables->window_path_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tables->windows[middle].path < path)
            low = middle + 1;
        else
            high = middle;
    }
    return tables->windows[low].lens;
}

static struct path_scans *scans_of(struct matching *matching, const struct eb_path_fields *fields)
{
    for (struct path_scans *scans = matching->scans; scans; scans = scans->next) {
        if (scans->path == fields->path)
            return scans;
    }
    struct path_scans *scans =
        allocate(matching, sizeof *scans + fields->count * sizeof scans->by_number[0]);
    if (!scans)
        return NULL;
    memset(scans->by_number, 0, fields->count * sizeof scans->by_number[0]);
    scans->next = matching->scans;
    scans->path = fields->path;
    scans->lens = window_lens(matching->tables, fields->path);
    matching->scans = scans;
    return scans;
}

static void add_hit(struct matching *matching, struct scan *scan, uint32_t *max, uint64_t operand)
{
    if (scan->count == *max) {
        uint64_t *grown = grow(matching, scan->operands, max, sizeof *grown);
        if (!grown)
            return;
        scan->operands = grown;
    }
    scan->operands[scan->count++] = operand;
}

/* Windows of `len` bytes, those that pass the filter: one step for each byte of the text. */
static void scan_windows(struct matching *matching, struct scan *scan, uint32_t *max,
    struct set *seen, struct eb_span text, uint32_t len)
{
    const struct eb_index_tables *tables = matching->tables;
    uint64_t mask = UINT64_MAX >> (64 - 8 * len), before = 0;
    for (size_t at = 0; at + len <= text.len; at++) {
        size_t left = text.len - at;
        uint64_t window =
            eb_hash_load(text.ptr + at, left < EB_WINDOW_BYTES ? left : EB_WINDOW_BYTES) & mask;
        if (at && window == before)
            continue;
        before = window;
        uint64_t operand = eb_window_operand(window, len);
        uint32_t bit = eb_window_bit(operand) & tables->window_bit_mask;
        if (tables->window_bits[bit / 64] >> bit % 64 & 1 && set_add(matching, seen, operand))
            add_hit(matching, scan, max, operand);
    }
}

static void scan_text(
    struct matching *matching, struct scan *scan, uint32_t lens, struct eb_span text)
{
    uint32_t max = FEW;
    struct set seen = { .max = 2 * FEW };
    seen.slots = allocate(matching, seen.max * sizeof *seen.slots);
    scan->operands = allocate(matching, max * sizeof *scan->operands);
    if (!seen.slots || !scan->operands)
        return;
    memset(seen.slots, 0, seen.max * sizeof *seen.slots);
    for (uint32_t len = 1; len <= EB_WINDOW_BYTES && !matching->is_exhausted; len++) {
        if (lens >> (len - 1) & 1)
            scan_windows(matching, scan, &max, &seen, text, len);
    }
}

static void look_up_windows(
    const struct visit *visit, const struct eb_path_fields *fields, const struct eb_field *field)
{
    struct path_scans *scans = scans_of(visit->matching, fields);
    struct scan *scan = scans ? &scans->by_number[field->number] : NULL;
    if (scan && !scan->operands)
        scan_text(visit->matching, scan, scans->lens, field->value.text);
    for (uint32_t i = 0; !visit->matching->is_exhausted && i < scan->count; i++)
        look_up_key(visit, EB_KEY_HOLDS, scan->operands[i]);
}

/* ---- nodes ---- */

static void look_up_number(const struct visit *visit, const struct eb_value *value)
{
    if (!value->is_comparable) {
        if (has_kind(visit, EB_KEY_LITERAL))
            look_up_key(visit, EB_KEY_LITERAL, eb_text_operand(value->text));
        return;
    }
    if (has_kind(visit, EB_KEY_NUMBER))
        look_up_key(visit, EB_KEY_NUMBER, eb_number_operand(value->number));
    if (has_kind(visit, EB_KEY_RANGE)) {
        struct eb_range_group root = eb_ranges_root(
            &visit->matching->tables->ranges[visit->access->ranges], eb_range_place(value->number));
        search_group(visit->matching, &root);
    }
}

static void look_up_string(const struct visit *visit, const struct eb_value *value)
{
    if (has_kind(visit, EB_KEY_STRING))
        look_up_key(visit, EB_KEY_STRING, eb_text_operand(value->text));
    if (has_kind(visit, EB_KEY_FOLDED))
        look_up_key(visit, EB_KEY_FOLDED, eb_text_operand(value->folded));
    if (has_kind(visit, EB_KEY_BLOCK) && value->address.len)
        look_up_blocks(visit, &value->address);
    if (has_kind(visit, EB_KEY_STARTS))
        look_up_prefixes(visit, EB_KEY_STARTS, value->text);
    if (has_kind(visit, EB_KEY_ENDS))
        look_up_suffixes(visit, EB_KEY_ENDS, value->text);
    if (has_kind(visit, EB_KEY_FOLDED_STARTS))
        look_up_prefixes(visit, EB_KEY_FOLDED_STARTS, value->folded);
    if (has_kind(visit, EB_KEY_FOLDED_ENDS))
        look_up_suffixes(visit, EB_KEY_FOLDED_ENDS, value->folded);
}

static void look_up_value(const struct visit *visit, const struct eb_value *value)
{
    static const enum eb_key_kind constants[] = {
        [EB_JSON_NULL] = EB_KEY_NULL,
        [EB_JSON_FALSE] = EB_KEY_FALSE,
        [EB_JSON_TRUE] = EB_KEY_TRUE,
    };
    switch (value->type) {
    case EB_JSON_NUMBER: look_up_number(visit, value); return;
    case EB_JSON_STRING: look_up_string(visit, value); return;
    default:
        if (has_kind(visit, constants[value->type]))
            look_up_key(visit, constants[value->type], 0);
    }
}

static void visit_path(struct matching *matching, uint32_t node,
    const struct eb_index_access *access, const struct eb_path_fields *fields)
{
    struct visit visit = { matching, access, node };
    follow(matching, access->exists);
    const struct eb_field *field = &fields->first;
    for (; field && !matching->is_exhausted; field = field->next) {
        look_up_value(&visit, &field->value);
        if (has_kind(&visit, EB_KEY_HOLDS) && field->value.type == EB_JSON_STRING)
            look_up_windows(&visit, fields, field);
    }
}

/* The access of a path in a node that has many; NULL: the node knows nothing of it. */
static const struct eb_index_access *find_access(
    const struct eb_index_tables *tables, uint32_t node, uint32_t path)
{
    const struct eb_index_node *of = &tables->nodes[node];
    uint64_t hash = eb_key_hash(node, path, EB_KEY_ACCESS, 0);
    uint32_t at = eb_index_home(hash, tables->slot_count);
    for (struct eb_index_slot slot; (slot = tables->slots[at]).ref;) {
        uint32_t number = eb_ref_number(slot.ref) - 1;
        if (slot.tag == (uint32_t)hash && eb_ref_kind(slot.ref) == EB_REF_ACCESS &&
            number - of->first_access < of->access_count && tables->accesses[number].path == path)
            return &tables->accesses[number];
        at = at + 1 < tables->slot_count ? at + 1 : 0;
    }
    return NULL;
}

/* Paths that are there and that the node knows: asked for all together, then one by one. */
static void visit_many(struct matching *matching, uint32_t number)
{
    const struct eb_index_tables *tables = matching->tables;
    const struct eb_path_fields *fields;
    for (fields = matching->fields->paths; fields; fields = fields->next) {
        uint64_t hash = eb_key_hash(number, fields->path, EB_KEY_ACCESS, 0);
        __builtin_prefetch(&tables->slots[eb_index_home(hash, tables->slot_count)]);
        look_up(matching, eb_key_hash(number, fields->path, EB_KEY_EXISTS, 0));
    }
    for (fields = matching->fields->paths; fields; fields = fields->next) {
        const struct eb_index_access *access = find_access(tables, number, fields->path);
        if (access)
            visit_path(matching, number, access, fields);
    }
}

static void visit_node(struct matching *matching, uint32_t number)
{
    const struct eb_index_tables *tables = matching->tables;
    const struct eb_index_node *node = &tables->nodes[number];
    follow(matching, node->always);
    if (node->has_many) {
        visit_many(matching, number);
        return;
    }
    for (uint32_t i = 0; i < node->access_count; i++) {
        const struct eb_index_access *access = &tables->accesses[node->first_access + i];
        const struct eb_path_fields *fields = eb_fields_find(matching->fields, access->path);
        if (fields)
            visit_path(matching, number, access, fields);
    }
}

/* All that there is to know of the node is in the slot that leads to it. */
static void visit_simple(struct matching *matching, const struct eb_index_slot *slot)
{
    struct eb_index_access access = { .path = slot->node.path, .kinds = slot->node.kinds };
    const struct eb_path_fields *fields = eb_fields_find(matching->fields, access.path);
    if (fields && set_add(matching, &matching->seen, slot->ref))
        visit_path(matching, eb_ref_number(slot->ref), &access, fields);
}

static void follow_slot(struct matching *matching, const struct eb_index_slot *slot)
{
    enum eb_ref_kind kind = eb_ref_kind(slot->ref);
    if (kind == EB_REF_NODE && slot->node.kinds) {
        visit_simple(matching, slot);
        return;
    }
    if (kind == EB_REF_ENTRY)
        fetch_entry(matching->index, eb_ref_number(slot->ref), (const char *)slot->pattern);
    follow(matching, slot->ref);
}

static void follow_key(struct matching *matching, uint64_t hash)
{
    const struct eb_index_tables *tables = matching->tables;
    uint32_t at = eb_index_home(hash, tables->slot_count);
    for (const struct eb_index_slot *slot; (slot = &tables->slots[at])->ref;) {
        if (slot->tag == (uint32_t)hash)
            follow_slot(matching, slot);
        at = at + 1 < tables->slot_count ? at + 1 : 0;
    }
}

/* Whatever the event leads to, from the node for all rules on. What leads further joins the end. */
static void collect(struct matching *matching)
{
    uint32_t hash = 0, group = 0;
    visit_node(matching, 0);
    while (!matching->is_exhausted) {
        if (hash < matching->hash_count) {
            follow_key(matching, matching->hashes[hash++]);
        } else if (group < matching->group_count) {
            struct eb_range_group next = matching->groups[group++];
            eb_range_group_search(&next, search_group, follow_range, matching);
        } else {
            return;
        }
    }
}

/* ---- trying what was collected ---- */

static void sift_down_entry(uint32_t *heap, size_t count, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1] > heap[child])
            child++;
        if (heap[at] >= heap[child])
            return;
        uint32_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

static void insertion_sort(uint32_t *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t entry = entries[i];
        size_t at = i;
        for (; at && entries[at - 1] > entry; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* qsort() may ask the heap. */
static void sort_entries(uint32_t *entries, size_t count)
{
    if (count <= FEW) {
        insertion_sort(entries, count);
        return;
    }
    for (size_t i = count / 2; i-- > 0;)
        sift_down_entry(entries, count, i);
    for (size_t end = count; end-- > 1;) {
        uint32_t last = entries[0];
        entries[0] = entries[end];
        entries[end] = last;
        sift_down_entry(entries, end, 0);
    }
}

/* The runs are a heap by their next entry, the lowest at the top. */
static void sift_down_run(struct run *runs, uint32_t count, uint32_t at)
{
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && *runs[child + 1].next < *runs[child].next)
            child++;
        if (*runs[at].next <= *runs[child].next)
            return;
        struct run moved = runs[at];
        runs[at] = runs[child];
        runs[child] = moved;
    }
}

/* The single entries become a run, and the runs a heap. */
static void order(struct matching *matching)
{
    sort_entries(matching->entries, matching->entry_count);
    if (matching->entry_count) {
        struct run singles = { matching->entries, matching->entries + matching->entry_count };
        if (matching->run_count == matching->run_max) {
            struct run *grown = grow(matching, matching->runs, &matching->run_max, sizeof *grown);
            if (!grown)
                return;
            matching->runs = grown;
        }
        matching->runs[matching->run_count++] = singles;
    }
    for (uint32_t i = matching->run_count / 2; i-- > 0;)
        sift_down_run(matching->runs, matching->run_count, i);
}

/* The lowest entry; of a run that is at its end nothing is kept. */
static uint32_t take_lowest(struct matching *matching)
{
    struct run *top = &matching->runs[0];
    uint32_t entry = *top->next++;
    if (top->next == top->end)
        *top = matching->runs[--matching->run_count];
    if (matching->run_count > 1)
        sift_down_run(matching->runs, matching->run_count, 0);
    return entry;
}

/* The rules that match, and whether there was room for all of them. */
struct results {
    uint32_t *rules;
    size_t count, max;
    bool has_more;
    uint64_t steps; /* left; 0: used up */
};

/* False: that is enough. */
static bool try_entry(
    struct results *results, const struct eb_rule_entry *entry, const struct eb_fields *fields)
{
    if (entry->pattern && !eb_pattern_match_within(entry->pattern, fields, &results->steps))
        return results->steps > 0;
    results->has_more = results->count == results->max;
    if (results->has_more)
        return false;
    results->rules[results->count++] = entry->rule;
    return true;
}

static void try_all(
    struct results *results, const struct eb_rule_index *index, const struct eb_fields *fields)
{
    for (uint32_t i = 0; i < index->entry_count; i++) {
        if (!try_entry(results, &index->entries[i], fields))
            return;
    }
}

static void try_collected(struct results *results, struct matching *matching)
{
    uint32_t last = UINT32_MAX;
    while (matching->run_count) {
        uint32_t number = take_lowest(matching);
        if (number == last)
            continue;
        last = number;
        if (!try_entry(results, &matching->index->entries[number], matching->fields))
            return;
    }
}

/* False when the scratch arena is exhausted. */
static bool try_found(struct results *results, const struct eb_rule_index *index,
    const struct eb_fields *fields, struct eb_arena *scratch)
{
    uint64_t hashes[FEW], seen[FEW_SEEN] = { 0 };
    uint32_t entries[FEW];
    struct run runs[FEW];
    struct eb_range_group groups[FEW];
    struct matching matching = {
        .index = index,
        .tables = index->tables,
        .fields = fields,
        .scratch = scratch,
        .hashes = hashes,
        .entries = entries,
        .runs = runs,
        .groups = groups,
        .seen = { .slots = seen, .max = FEW_SEEN },
        .hash_max = FEW,
        .group_max = FEW,
        .entry_max = FEW,
        .run_max = FEW,
    };
    collect(&matching);
    if (!matching.is_exhausted)
        order(&matching);
    if (!matching.is_exhausted)
        try_collected(results, &matching);
    return !matching.is_exhausted;
}

void eb_rule_index_fetch(const struct eb_rule_index *index)
{
    __builtin_prefetch(index);
    __builtin_prefetch((const char *)index + EB_LINE_BYTES);
}

size_t eb_rule_index_match(const struct eb_rule_index *index, const struct eb_fields *fields,
    struct eb_arena *scratch, uint32_t *rules, size_t max, bool *has_more)
{
    struct results results = { .rules = rules, .max = max };
    struct eb_arena_mark mark = eb_arena_mark(scratch);
    bool has_room = true;
    results.steps = EB_MATCH_STEPS_MAX + (uint64_t)STEPS_A_RULE * index->entry_count;
    if (index->tables)
        has_room = try_found(&results, index, fields, scratch);
    else
        try_all(&results, index, fields);
    eb_arena_rewind(scratch, mark);
    *has_more = results.has_more;
    return has_room && results.steps ? results.count : SIZE_MAX;
}
