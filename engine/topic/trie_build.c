/*
 * A trie under construction: nodes linked by index in one growing array, and one hash table over
 * all of them that finds the child of a node by its label. Freezing turns links into blocks.
 */
#include <stdlib.h>

#include "topic/filter.h"
#include "topic/trie.h"
#include "topic/trie_node.h"

enum { CAPACITY_MIN = 64 };

/* Index 0 is the root, which is nobody's child: as a link, it means "none". */
struct build_node {
    uint32_t parent, sibling;
    uint32_t first_child, plus;
    uint32_t child_count; /* '+' not among them */
    uint32_t filter, hash_filter;
    uint32_t label_start;
    uint16_t label_len;
    uint16_t below; /* nodes below it, at most EB_TRIE_STRIDE_MAX: so many or more */
};

struct eb_trie_builder {
    struct build_node *nodes;
    uint32_t node_count, node_capacity;
    uint32_t *table; /* indices of nodes with a label; 0: free. A power of two, half empty */
    uint32_t table_size, table_used;
    char *text; /* labels, one behind the other */
    uint32_t text_len, text_capacity;
    uint32_t filter_count;
    struct eb_hash_key key;
};

struct eb_trie_builder *eb_trie_builder_new(void)
{
    struct eb_trie_builder *builder = calloc(1, sizeof *builder);
    if (!builder)
        return NULL;
    builder->key = *eb_hash_key();
    builder->nodes = malloc(CAPACITY_MIN * sizeof *builder->nodes);
    builder->table = calloc(CAPACITY_MIN, sizeof *builder->table);
    if (!builder->nodes || !builder->table) {
        eb_trie_builder_free(builder);
        return NULL;
    }
    builder->node_capacity = CAPACITY_MIN;
    builder->table_size = CAPACITY_MIN;
    builder->nodes[0] = (struct build_node){ .filter = EB_TRIE_NONE, .hash_filter = EB_TRIE_NONE };
    builder->node_count = 1;
    return builder;
}

void eb_trie_builder_free(struct eb_trie_builder *builder)
{
    if (!builder)
        return;
    free(builder->nodes);
    free(builder->table);
    free(builder->text);
    free(builder);
}

static struct eb_span label_of(const struct eb_trie_builder *builder, uint32_t node)
{
    const struct build_node *from = &builder->nodes[node];
    return eb_span(from->label_len ? builder->text + from->label_start : "", from->label_len);
}

/* Where in the table the child of `parent` called `label` is, or would be. */
static uint32_t find_slot(
    const struct eb_trie_builder *builder, uint32_t parent, struct eb_span label)
{
    uint64_t hash =
        eb_hash(&builder->key, label.ptr, label.len) + parent * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t mask = builder->table_size - 1;
    uint32_t slot = (uint32_t)(hash >> 32) & mask;
    for (uint32_t node; (node = builder->table[slot]) != 0; slot = (slot + 1) & mask)
        if (builder->nodes[node].parent == parent && eb_span_equal(label_of(builder, node), label))
            break;
    return slot;
}

/* Doubles `capacity` until `need` elements fit; NULL, and nothing changed, when they cannot. */
static void *grow(void *array, uint32_t *capacity, uint64_t need, size_t element_bytes)
{
    uint64_t wanted = *capacity ? *capacity : CAPACITY_MIN;
    while (wanted < need)
        wanted *= 2;
    if (wanted > UINT32_MAX / 2)
        return NULL;
    void *grown = realloc(array, wanted * element_bytes);
    if (grown)
        *capacity = (uint32_t)wanted;
    return grown;
}

static bool reserve_node(struct eb_trie_builder *builder)
{
    if (builder->node_count < builder->node_capacity)
        return true;
    struct build_node *nodes = grow(
        builder->nodes, &builder->node_capacity, (uint64_t)builder->node_count + 1, sizeof *nodes);
    if (nodes)
        builder->nodes = nodes;
    return nodes;
}

static bool reserve_text(struct eb_trie_builder *builder, size_t len)
{
    uint64_t need = (uint64_t)builder->text_len + len;
    if (need <= builder->text_capacity)
        return true;
    char *text = grow(builder->text, &builder->text_capacity, need, 1);
    if (text)
        builder->text = text;
    return text;
}

static bool reserve_slot(struct eb_trie_builder *builder)
{
    if (builder->table_used < builder->table_size / 2)
        return true;
    uint32_t *table = calloc((size_t)builder->table_size * 2, sizeof *table);
    if (!table)
        return false;
    uint32_t *old = builder->table;
    uint32_t old_size = builder->table_size;
    builder->table = table;
    builder->table_size *= 2;
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i])
            table[find_slot(builder, builder->nodes[old[i]].parent, label_of(builder, old[i]))] =
                old[i];
    free(old);
    return true;
}

/* There is one more below `node`, and what is above that. */
static void count_below(struct eb_trie_builder *builder, uint32_t node)
{
    struct build_node *nodes = builder->nodes;
    while (nodes[node].below < EB_TRIE_STRIDE_MAX) {
        nodes[node].below++;
        if (node == 0)
            return;
        node = nodes[node].parent;
    }
}

static uint32_t new_node(struct eb_trie_builder *builder, uint32_t parent)
{
    if (!reserve_node(builder))
        return 0;
    uint32_t node = builder->node_count++;
    builder->nodes[node] = (struct build_node){
        .parent = parent, .filter = EB_TRIE_NONE, .hash_filter = EB_TRIE_NONE
    };
    count_below(builder, parent);
    return node;
}

/* The '+' child of `parent`, made if need be; 0 without memory. */
static uint32_t plus_child(struct eb_trie_builder *builder, uint32_t parent)
{
    uint32_t node = builder->nodes[parent].plus;
    if (!node) {
        node = new_node(builder, parent);
        builder->nodes[parent].plus = node;
    }
    return node;
}

/* The child of `parent` called `label`, made if need be; 0 without memory. */
static uint32_t named_child(struct eb_trie_builder *builder, uint32_t parent, struct eb_span label)
{
    uint32_t node = builder->table[find_slot(builder, parent, label)];
    if (node)
        return node;
    if (!reserve_slot(builder) || !reserve_text(builder, label.len) ||
        !(node = new_node(builder, parent)))
        return 0;
    struct build_node *child = &builder->nodes[node];
    child->label_start = builder->text_len;
    child->label_len = (uint16_t)label.len;
    if (label.len)
        memcpy(builder->text + builder->text_len, label.ptr, label.len);
    builder->text_len += (uint32_t)label.len;
    child->sibling = builder->nodes[parent].first_child;
    builder->nodes[parent].first_child = node;
    builder->nodes[parent].child_count++;
    builder->table[find_slot(builder, parent, label)] = node;
    builder->table_used++;
    return node;
}

/* A failure in the middle leaves nodes without a filter behind: harmless. */
uint32_t eb_trie_builder_add(struct eb_trie_builder *builder, struct eb_span filter)
{
    uint32_t node = 0;
    bool is_hash = false;
    for (struct eb_span level; eb_topic_next_level(&filter, &level);) {
        is_hash = eb_span_is(level, "#");
        if (is_hash)
            break;
        node =
            eb_span_is(level, "+") ? plus_child(builder, node) : named_child(builder, node, level);
        if (!node)
            return EB_TRIE_NONE;
    }
    uint32_t *number = is_hash ? &builder->nodes[node].hash_filter : &builder->nodes[node].filter;
    if (*number == EB_TRIE_NONE)
        *number = builder->filter_count++;
    return *number;
}

/* ---- freezing ---- */

/*
 * Where three in four named children have at most so many nodes below them that they fit behind
 * their parent, there is room for those: the stride of the block. 1: there is none.
 */
static uint32_t stride_for(const struct eb_trie_builder *builder, const struct build_node *node)
{
    uint32_t counts[EB_TRIE_STRIDE_MAX + 1] = { 0 }, fitting = 0;
    if (node->child_count <= EB_TRIE_LINEAR_MAX)
        return 1;
    for (uint32_t child = node->first_child; child; child = builder->nodes[child].sibling)
        counts[builder->nodes[child].below]++;
    for (uint32_t below = 0; below < EB_TRIE_STRIDE_MAX; below++) {
        fitting += counts[below];
        if (fitting >= node->child_count - node->child_count / 4)
            return below + 1;
    }
    return 1;
}

/*
 * Slots for so many named children: a table with three in ten free, or just a row. Where a slot is
 * more than two cache lines, going on to the next is dear: half of those are free.
 */
static uint32_t slots_for(uint32_t child_count, uint32_t stride)
{
    enum { CHEAP_STRIDE_MAX = 4 };
    if (child_count <= EB_TRIE_LINEAR_MAX)
        return child_count;
    uint32_t free_count = (uint32_t)((uint64_t)child_count * 3 / 7);
    return child_count + (stride <= CHEAP_STRIDE_MAX ? free_count : child_count);
}

struct freezer {
    const struct eb_trie_builder *builder;
    struct eb_trie_node *nodes;
    uint32_t node_count;
    char *text;
    uint32_t text_len;
    struct eb_hash_key key;
};

/* Nodes that stand behind their parents in a block of such a stride. */
static uint64_t count_behind(
    const struct eb_trie_builder *builder, const struct build_node *node, uint32_t stride)
{
    uint64_t count = 0;
    for (uint32_t child = stride > 1 ? node->first_child : 0; child;
         child = builder->nodes[child].sibling) {
        if (builder->nodes[child].below < stride)
            count += builder->nodes[child].below;
    }
    return count;
}

static void measure(const struct eb_trie_builder *builder, uint64_t *node_count, size_t *text_len)
{
    *node_count = 1;
    *text_len = 0;
    for (uint32_t i = 0; i < builder->node_count; i++) {
        const struct build_node *node = &builder->nodes[i];
        uint32_t stride = stride_for(builder, node);
        *node_count += (uint64_t)slots_for(node->child_count, stride) * stride + (node->plus != 0);
        *node_count -= count_behind(builder, node, stride);
        if (node->label_len > EB_TRIE_SHORT_MAX)
            *text_len += node->label_len - EB_TRIE_HEAD_BYTES;
    }
}

/* Until its own block is laid out, `block` says which node of the builder this will be. */
static void seat(struct eb_trie_node *seat, uint32_t from)
{
    seat->block = from;
    seat->is_used = true;
}

static void set_label(struct freezer *freezer, struct eb_trie_node *node, struct eb_span label)
{
    node->label_len = (uint16_t)label.len;
    node->head = eb_trie_head(label);
    if (label.len <= EB_TRIE_HEAD_BYTES)
        return;
    size_t tail_len = label.len - EB_TRIE_HEAD_BYTES;
    char *tail = node->tail.bytes;
    if (label.len > EB_TRIE_SHORT_MAX) {
        node->tail.start = freezer->text_len;
        tail = freezer->text + freezer->text_len;
        freezer->text_len += (uint32_t)tail_len;
    }
    memcpy(tail, label.ptr + EB_TRIE_HEAD_BYTES, tail_len);
}

/* In a row, the first free slot. */
static void seat_in_row(
    struct freezer *freezer, const struct eb_trie_node *node, const struct eb_trie_node *child)
{
    struct eb_trie_node *slot = &freezer->nodes[node->block + node->has_plus];
    while (slot->is_used)
        slot++;
    *slot = *child;
}

/* In a table, one that is nearer to its home makes room and moves on itself. */
static void seat_in_table(
    struct freezer *freezer, const struct eb_trie_node *node, struct eb_trie_node child)
{
    struct eb_trie_node *first = &freezer->nodes[node->block + node->has_plus];
    struct eb_span label = label_of(freezer->builder, child.block);
    uint32_t i = eb_trie_home(&freezer->key, label, node->slot_count);
    for (;; i = i + 1 < node->slot_count ? i + 1 : 0) {
        struct eb_trie_node *slot = &first[(size_t)i * node->stride], before = *slot;
        if (!before.is_used || before.away < child.away) {
            *slot = child;
            child = before;
        }
        if (!before.is_used)
            return;
        child.away += child.away < EB_TRIE_AWAY_MAX;
    }
}

static void seat_named(
    struct freezer *freezer, const struct eb_trie_node *node, uint32_t first_child)
{
    const struct eb_trie_builder *builder = freezer->builder;
    for (uint32_t child = first_child; child; child = builder->nodes[child].sibling) {
        struct eb_trie_node seated = { .away = 0 };
        seat(&seated, child);
        set_label(freezer, &seated, label_of(builder, child));
        if (eb_trie_is_hashed(node))
            seat_in_table(freezer, node, seated);
        else
            seat_in_row(freezer, node, &seated);
    }
}

static void lay_out(struct freezer *freezer, struct eb_trie_node *node);

/* What is below the node goes behind it, if there is room in its slot; else behind everything. */
static void lay_out_slot(struct freezer *freezer, struct eb_trie_node *node, uint32_t stride)
{
    uint32_t node_count = freezer->node_count;
    bool fits = freezer->builder->nodes[node->block].below < stride;
    if (fits)
        freezer->node_count = (uint32_t)(node - freezer->nodes) + 1;
    lay_out(freezer, node);
    if (fits)
        freezer->node_count = node_count;
}

/* Depth first; as many frames as the deepest filter has levels, at most EB_TOPIC_LEVELS_MAX. */
static void lay_out(struct freezer *freezer, struct eb_trie_node *node)
{
    const struct build_node *from = &freezer->builder->nodes[node->block];
    node->filter = from->filter;
    node->hash_filter = from->hash_filter;
    node->block = freezer->node_count;
    node->has_plus = from->plus != 0;
    node->stride = (uint8_t)stride_for(freezer->builder, from);
    node->slot_count = slots_for(from->child_count, node->stride);
    uint32_t first = node->block + node->has_plus;
    freezer->node_count = first + node->slot_count * node->stride;
    if (node->has_plus)
        seat(&freezer->nodes[node->block], from->plus);
    seat_named(freezer, node, from->first_child);
    if (node->has_plus)
        lay_out(freezer, &freezer->nodes[node->block]);
    for (uint32_t i = 0; i < node->slot_count; i++) {
        struct eb_trie_node *slot = &freezer->nodes[first + (size_t)i * node->stride];
        if (slot->is_used)
            lay_out_slot(freezer, slot, node->stride);
    }
}

struct eb_trie *eb_trie_freeze(const struct eb_trie_builder *builder, struct eb_arena *arena)
{
    uint64_t node_count;
    size_t text_len;
    measure(builder, &node_count, &text_len);
    if (node_count > UINT32_MAX)
        return NULL;
    struct freezer freezer = { .builder = builder, .node_count = 1, .key = builder->key };
    struct eb_trie *trie = EB_ARENA_NEW(arena, struct eb_trie);
    freezer.nodes =
        eb_arena_calloc(arena, node_count, sizeof *freezer.nodes, sizeof *freezer.nodes);
    freezer.text = eb_arena_alloc(arena, text_len, 1);
    if (!trie || !freezer.nodes || !freezer.text)
        return NULL;
    seat(&freezer.nodes[0], 0);
    lay_out(&freezer, &freezer.nodes[0]);
    *trie = (struct eb_trie){ .nodes = freezer.nodes,
        .text = freezer.text,
        .node_count = freezer.node_count,
        .filter_count = builder->filter_count,
        .key = freezer.key };
    return trie;
}
