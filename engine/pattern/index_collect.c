/* What the values of an event lead to: keys that are true of them, and what is filed under those.
 */
#include "pattern/index_matching.h"

/* What is rare is kept out of what is not, so that the compiler keeps that in registers. */
#define NOT_INLINED __attribute__((noinline))

/* ---- what a key leads to ---- */

static void add_entry(struct eb_matching *matching, struct eb_found_entry found)
{
    if (matching->entry_count == matching->entry_max) {
        struct eb_found_entry *grown =
            eb_matching_grow(matching, matching->entries, &matching->entry_max, sizeof *grown);
        if (!grown)
            return;
        matching->entries = grown;
    }
    matching->entries[matching->entry_count++] = found;
}

/*
 * The same, asking for what trying it will look at: where its pattern begins, and the predicate,
 * which is mostly all there is; and its rule.
 */
static void fetch_entry(struct eb_matching *matching, struct eb_found_entry found)
{
    const uint32_t *predicate = found.predicate;
    if (!found.before || !matching->index->is_gapless)
        __builtin_prefetch(&matching->index->entries[found.entry]);
    __builtin_prefetch((const char *)(predicate - found.before));
    __builtin_prefetch(predicate);
    __builtin_prefetch((const char *)predicate + EB_LINE_BYTES);
    add_entry(matching, found);
}

static void add_list(struct eb_matching *matching, const uint32_t *list)
{
    eb_matching_add_run(matching, (struct eb_entry_run){ list + 1, list + 1 + list[0] });
}

static bool is_new(struct eb_matching *matching, uint32_t ref)
{
    return eb_number_set_add(&matching->seen, ref, matching->scratch, &matching->is_exhausted);
}

static void visit_node(struct eb_matching *matching, uint32_t number);

static NOT_INLINED void follow(struct eb_matching *matching, uint32_t ref)
{
    uint32_t number = eb_ref_number(ref);
    switch (eb_ref_kind(ref)) {
    case EB_REF_ACCESS: return; /* nothing, or another key's */
    case EB_REF_ENTRY: add_entry(matching, (struct eb_found_entry){ .entry = number }); return;
    case EB_REF_LIST:
        if (is_new(matching, ref))
            add_list(matching, matching->tables->words + number);
        return;
    case EB_REF_NODE:
        if (is_new(matching, ref))
            visit_node(matching, number);
        return;
    }
}

static void follow_range(void *context, const struct eb_range_leaf *leaf)
{
    struct eb_matching *matching = context;
    if (eb_ref_kind(leaf->ref) == EB_REF_ENTRY)
        fetch_entry(matching, (struct eb_found_entry){
                                  eb_ref_number(leaf->ref), leaf->before, leaf->predicate, NULL });
    else
        follow(matching, leaf->ref);
}

/* Asks for a group of ranges; it is searched when it has come. */
static void search_group(void *context, const struct eb_range_group *group)
{
    struct eb_matching *matching = context;
    if (matching->group_count == matching->group_max) {
        struct eb_range_group *grown =
            eb_matching_grow(matching, matching->groups, &matching->group_max, sizeof *grown);
        if (!grown)
            return;
        matching->groups = grown;
    }
    eb_range_group_fetch(group);
    matching->groups[matching->group_count++] = *group;
}

/* ---- keys of values ---- */

/* A node's path, whose values are looked up. */
struct visit {
    struct eb_matching *matching;
    const struct eb_index_access *access;
    uint32_t seed; /* the node's */
};

static bool has_kind(const struct visit *visit, enum eb_key_kind kind)
{
    return visit->access->kinds >> kind & 1;
}

static inline void look_up_key(const struct visit *visit, enum eb_key_kind kind, uint64_t operand)
{
    eb_matching_look_up(
        visit->matching, eb_key_hash(visit->seed, visit->access->path, kind, operand));
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

static void look_up_constant(const struct visit *visit, enum eb_key_kind kind)
{
    if (has_kind(visit, kind))
        look_up_key(visit, kind, 0);
}

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

static void look_up_windows(
    const struct visit *visit, const struct eb_path_fields *fields, const struct eb_field *field)
{
    const struct eb_windows *windows = eb_matching_windows(visit->matching, fields, field);
    for (uint32_t i = 0; !visit->matching->is_exhausted && i < windows->count; i++)
        look_up_key(visit, EB_KEY_HOLDS, windows->operands[i]);
}

/* Kinds of keys that are part of what a string is. */
enum {
    PART_KINDS = 1 << EB_KEY_FOLDED | 1 << EB_KEY_BLOCK | 1 << EB_KEY_STARTS | 1 << EB_KEY_ENDS |
                 1 << EB_KEY_FOLDED_STARTS | 1 << EB_KEY_FOLDED_ENDS | 1 << EB_KEY_HOLDS,
};

static void look_up_parts(
    const struct visit *visit, const struct eb_path_fields *fields, const struct eb_field *field)
{
    const struct eb_value *value = &field->value;
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
    if (has_kind(visit, EB_KEY_HOLDS))
        look_up_windows(visit, fields, field);
}

/* All keys that are true of a value, but that it is this string. */
static NOT_INLINED void look_up_others(
    const struct visit *visit, const struct eb_path_fields *fields, const struct eb_field *field)
{
    switch (field->value.type) {
    case EB_JSON_STRING: look_up_parts(visit, fields, field); return;
    case EB_JSON_NUMBER: look_up_number(visit, &field->value); return;
    case EB_JSON_NULL: look_up_constant(visit, EB_KEY_NULL); return;
    case EB_JSON_FALSE: look_up_constant(visit, EB_KEY_FALSE); return;
    case EB_JSON_TRUE: look_up_constant(visit, EB_KEY_TRUE); return;
    default: return;
    }
}

/* ---- nodes ---- */

/*
 * Where the string with the key `hash` leads to nodes that look up strings of one path each, what
 * they will ask for is asked for now, so that all is waited for at once. Of paths with several
 * values that goes for the first.
 */
static inline __attribute__((always_inline)) void fetch_ahead(
    struct eb_matching *matching, const struct eb_index_access *access, uint64_t hash)
{
    const struct eb_index_tables *tables = matching->tables;
    for (uint32_t i = 0; i < EB_AHEAD_MAX && access->ahead[i]; i++) {
        const struct eb_path_fields *fields = eb_fields_find(matching->fields, access->ahead[i]);
        if (!fields || fields->first.value.type != EB_JSON_STRING)
            return;
        hash = eb_key_hash((uint32_t)hash, access->ahead[i], EB_KEY_STRING,
            eb_text_operand(fields->first.value.text));
        eb_index_search(tables, hash);
    }
}

static void look_up_string(const struct visit *visit, struct eb_span text)
{
    uint64_t hash =
        eb_key_hash(visit->seed, visit->access->path, EB_KEY_STRING, eb_text_operand(text));
    eb_matching_look_up(visit->matching, hash);
    if (visit->access->ahead[0])
        fetch_ahead(visit->matching, visit->access, hash);
}

/* Most rules ask for strings as they are: that is the short way. */
static void visit_path(struct eb_matching *matching, uint32_t seed,
    const struct eb_index_access *access, const struct eb_path_fields *fields)
{
    struct visit visit = { matching, access, seed };
    const struct eb_field *field = &fields->first;
    if (access->exists)
        follow(matching, access->exists);
    do {
        bool is_string = field->value.type == EB_JSON_STRING;
        if (is_string && has_kind(&visit, EB_KEY_STRING))
            look_up_string(&visit, field->value.text);
        if (!is_string || access->kinds & PART_KINDS)
            look_up_others(&visit, fields, field);
        field = field->next;
    } while (field && !matching->is_exhausted);
}

static uint64_t existence_hash(
    const struct eb_index_node *node, const struct eb_path_fields *fields)
{
    uint64_t hash = fields->name_hash;
    return eb_existence_hash(node->seed, hash ? hash : eb_path_hash(fields->known));
}

/* The access of a path in a node that has many; NULL: the node knows nothing of it. */
static const struct eb_index_access *find_access(const struct eb_index_tables *tables,
    const struct eb_index_node *node, const struct eb_path_fields *fields)
{
    uint64_t hash = existence_hash(node, fields);
    struct eb_slot_search search = eb_index_search(tables, hash);
    do {
        for (const struct eb_index_slot *slot; (slot = eb_index_next(tables, &search));) {
            uint32_t number = eb_ref_number(slot->ref) - 1;
            if (eb_ref_kind(slot->ref) == EB_REF_ACCESS &&
                number - node->first_access < node->access_count &&
                tables->accesses[number].path == fields->path)
                return &tables->accesses[number];
        }
    } while (eb_index_goes_on(tables, &search));
    return NULL;
}

/* Paths that are there and that the node knows: asked for all together, then one by one. */
static void visit_many(struct eb_matching *matching, const struct eb_index_node *node)
{
    const struct eb_path_fields *fields;
    for (fields = matching->fields->paths; fields; fields = fields->next)
        eb_matching_look_up(matching, existence_hash(node, fields));
    for (fields = matching->fields->paths; node->access_count && fields; fields = fields->next) {
        const struct eb_index_access *access = find_access(matching->tables, node, fields);
        if (access)
            visit_path(matching, node->seed, access, fields);
    }
}

static void visit_node(struct eb_matching *matching, uint32_t number)
{
    const struct eb_index_tables *tables = matching->tables;
    const struct eb_index_node *node = &tables->nodes[number];
    if (node->always)
        follow(matching, node->always);
    if (node->has_many) {
        visit_many(matching, node);
        return;
    }
    for (uint32_t i = 0; i < node->access_count; i++) {
        const struct eb_index_access *access = &tables->accesses[node->first_access + i];
        const struct eb_path_fields *fields = eb_fields_find(matching->fields, access->path);
        if (fields)
            visit_path(matching, node->seed, access, fields);
    }
}

/* All that there is to know of the node is in the slot that leads to it. */
static void visit_simple(struct eb_matching *matching, const struct eb_index_slot *slot)
{
    struct eb_index_access access = { .path = slot->code[EB_SIMPLE_PATH],
        .kinds = slot->code[EB_SIMPLE_KINDS_HERE] };
    const struct eb_path_fields *fields = eb_fields_find(matching->fields, access.path);
    if (fields && is_new(matching, slot->ref))
        visit_path(matching, slot->code[EB_SIMPLE_SEED], &access, fields);
}

static void follow_far(struct eb_matching *matching, const struct eb_index_slot *slot)
{
    struct eb_found_entry found = { .entry = eb_ref_number(slot->ref), .before = slot->code[0] };
    memcpy(&found.predicate, slot->code + 1, sizeof found.predicate);
    fetch_entry(matching, found);
}

/* All there is to try has come with the slot. */
static void follow_proof(struct eb_matching *matching, const struct eb_index_slot *slot)
{
    struct eb_found_entry found = { .entry = eb_ref_number(slot->ref), .proof = slot };
    if (!matching->index->is_gapless)
        __builtin_prefetch(&matching->index->entries[found.entry]);
    add_entry(matching, found);
}

static void follow_slot(struct eb_matching *matching, const struct eb_index_slot *slot)
{
    switch ((enum eb_slot_form)slot->form) {
    case EB_SLOT_PLAIN: follow(matching, slot->ref); return;
    case EB_SLOT_SIMPLE: visit_simple(matching, slot); return;
    case EB_SLOT_FAR: follow_far(matching, slot); return;
    case EB_SLOT_PROOF: follow_proof(matching, slot); return;
    }
}

/* One bucket of a search. */
static void follow_key(struct eb_matching *matching, struct eb_slot_search search)
{
    for (const struct eb_index_slot *slot; (slot = eb_index_next(matching->tables, &search));)
        follow_slot(matching, slot);
    if (eb_index_goes_on(matching->tables, &search))
        eb_matching_add_search(matching, search);
}

/* What leads further joins the end of what is to be looked at. */
void eb_matching_collect(struct eb_matching *matching)
{
    uint32_t search = 0, group = 0;
    visit_node(matching, 0);
    while (!matching->is_exhausted) {
        if (search < matching->search_count) {
            follow_key(matching, matching->searches[search++]);
        } else if (group < matching->group_count) {
            struct eb_range_group next = matching->groups[group++];
            eb_range_group_search(&next, search_group, follow_range, matching);
        } else {
            return;
        }
    }
}
