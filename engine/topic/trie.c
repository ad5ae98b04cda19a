#include "topic/trie.h"

#include "topic/trie_node.h"

struct label {
    struct eb_span text;
    uint64_t head;
};

static struct label label_of(struct eb_span text)
{
    return (struct label){ text, eb_trie_head(text) };
}

/* What is left of a topic. */
struct rest {
    const char *start; /* of all of it */
    const char *at;    /* NULL: no level is left */
    const char *end;
};

static struct label take(struct rest *rest, size_t len, uint64_t head)
{
    struct label label = { eb_span(rest->at, len), head };
    const char *slash = rest->at + len;
    rest->at = slash < rest->end ? slash + 1 : NULL;
    return label;
}

static __attribute__((noinline)) struct label take_long(struct rest *rest)
{
    size_t left = (size_t)(rest->end - rest->at);
    const char *slash = left ? memchr(rest->at, '/', left) : NULL;
    struct eb_span level = eb_span(rest->at, slash ? (size_t)(slash - rest->at) : left);
    return take(rest, level.len, eb_trie_head(level));
}

/*
 * The next level. The word of eight bytes that begins there tells, if the level is short, where it
 * ends, and is its head once the rest is cut off.
 */
static inline struct label take_label(struct rest *rest)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t left = (size_t)(rest->end - rest->at);
    uint64_t word = 0;
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || rest->end - rest->start < 8)
        return take_long(rest);
    if (left >= 8)
        memcpy(&word, rest->at, 8);
    else if (left > 0) {
        memcpy(&word, rest->end - 8, 8);
        word >>= 64 - 8 * left;
    }
    uint64_t differences = word ^ '/' * ones;
    uint64_t slashes = (differences - ones) & ~differences & 0x80 * ones;
    if (slashes) {
        unsigned bits = (unsigned)__builtin_ctzll(slashes) - 7;
        return take(rest, bits / 8, word & ((UINT64_C(1) << bits) - 1));
    }
    return left < 8 ? take(rest, left, word) : take_long(rest);
}

static const char *tail_of(const struct eb_trie *trie, const struct eb_trie_node *node)
{
    return node->label_len <= EB_TRIE_SHORT_MAX ? node->tail.bytes : trie->text + node->tail.start;
}

static bool has_label(
    const struct eb_trie *trie, const struct eb_trie_node *node, struct label label)
{
    if (node->head != label.head || node->label_len != label.text.len)
        return false;
    return label.text.len <= EB_TRIE_HEAD_BYTES ||
           memcmp(tail_of(trie, node), label.text.ptr + EB_TRIE_HEAD_BYTES,
               label.text.len - EB_TRIE_HEAD_BYTES) == 0;
}

static const struct eb_trie_node *plus_child(
    const struct eb_trie *trie, const struct eb_trie_node *node)
{
    return node->has_plus ? &trie->nodes[node->block] : NULL;
}

static const struct eb_trie_node *find_linear(
    const struct eb_trie *trie, const struct eb_trie_node *node, struct label label)
{
    const struct eb_trie_node *slot = eb_trie_slot(trie, node, 0);
    for (const struct eb_trie_node *end = slot + node->slot_count; slot < end; slot++)
        if (has_label(trie, slot, label))
            return slot;
    return NULL;
}

/* Asks for all of a slot, and for the next, which it may have to be; behind the last is no matter.
 */
static void fetch_slot(const struct eb_trie_node *slot, uint32_t stride)
{
    enum { LINE_BYTES = 64 };
    const char *bytes = (const char *)slot;
    for (size_t at = LINE_BYTES; at <= stride * sizeof *slot; at += LINE_BYTES)
        __builtin_prefetch(bytes + at);
}

/* Ends at a free slot at the latest. */
static const struct eb_trie_node *find_hashed(
    const struct eb_trie *trie, const struct eb_trie_node *node, struct label label)
{
    uint32_t i = eb_trie_home(&trie->key, label.text, node->slot_count);
    const struct eb_trie_node *slot = eb_trie_slot(trie, node, i);
    fetch_slot(slot, node->stride);
    for (uint32_t away = 0; slot->is_used && slot->away >= away; away += away < EB_TRIE_AWAY_MAX) {
        if (has_label(trie, slot, label))
            return slot;
        i = i + 1 < node->slot_count ? i + 1 : 0;
        slot = eb_trie_slot(trie, node, i);
    }
    return NULL;
}

static const struct eb_trie_node *find_child(
    const struct eb_trie *trie, const struct eb_trie_node *node, struct label label)
{
    return eb_trie_is_hashed(node) ? find_hashed(trie, node, label)
                                   : find_linear(trie, node, label);
}

struct match {
    const struct eb_trie *trie;
    uint32_t *filters;
    size_t max, count;
};

static void add_filter(struct match *match, uint32_t filter)
{
    if (filter == EB_TRIE_NONE)
        return;
    if (match->count < match->max)
        match->filters[match->count] = filter;
    match->count++;
}

/*
 * Follows the names and branches off at every '+'. Frames are as many as a filter has of them, at
 * most EB_TOPIC_LEVELS_MAX, however deep the topic is.
 */
static void match_from(
    struct match *match, const struct eb_trie_node *node, struct rest rest, bool sees_wildcards)
{
    while (rest.at) {
        struct label label = take_label(&rest);
        if (sees_wildcards) {
            add_filter(match, node->hash_filter);
            const struct eb_trie_node *plus = plus_child(match->trie, node);
            if (plus)
                match_from(match, plus, rest, true);
        }
        node = find_child(match->trie, node, label);
        if (!node)
            return;
        sees_wildcards = true;
    }
    add_filter(match, node->filter);
    add_filter(match, node->hash_filter);
}

size_t eb_trie_match(
    const struct eb_trie *trie, struct eb_span topic, uint32_t *filters, size_t max)
{
    if (topic.len == 0)
        return 0;
    struct rest rest = { topic.ptr, topic.ptr, topic.ptr + topic.len };
    struct match match = { .trie = trie, .filters = filters, .max = max };
    match_from(&match, trie->nodes, rest, topic.ptr[0] != '$');
    return match.count;
}

/* Whether the first level alone tells that no filter matches, as it does of most topics of a
 * broker. */
static inline bool is_strange(const struct eb_trie *trie, struct rest rest)
{
    const struct eb_trie_node *root = trie->nodes;
    bool has_wildcard = root->has_plus || root->hash_filter != EB_TRIE_NONE;
    return !has_wildcard && !eb_trie_is_hashed(root) && !find_linear(trie, root, take_label(&rest));
}

bool eb_trie_find(const struct eb_trie *trie, struct eb_span topic, struct eb_trie_found *found)
{
    struct rest rest = { topic.ptr, topic.ptr, topic.ptr + topic.len };
    found->count = 0;
    if (topic.len > 0 && !is_strange(trie, rest))
        found->count = eb_trie_match(trie, topic, found->filters, EB_TRIE_FOUND_MAX);
    return found->count > 0;
}

size_t eb_trie_filter_count(const struct eb_trie *trie)
{
    return trie->filter_count;
}

struct census {
    uint64_t nodes, filters, filter_sum;
};

static bool count_filter(struct census *census, const struct eb_trie *trie, uint32_t filter)
{
    if (filter == EB_TRIE_NONE)
        return true;
    census->filters++;
    census->filter_sum += filter;
    return filter < trie->filter_count;
}

/* Found under its own label, and nowhere before. Never inlined: its label would stand on the stack
 * once for each level. */
__attribute__((noinline)) static bool is_in_place(
    const struct eb_trie *trie, const struct eb_trie_node *parent, const struct eb_trie_node *child)
{
    char text[UINT16_MAX];
    size_t len = child->label_len;
    size_t head_len = len < EB_TRIE_HEAD_BYTES ? len : EB_TRIE_HEAD_BYTES;
    memcpy(text, &child->head, head_len);
    memcpy(text + head_len, tail_of(trie, child), len - head_len);
    return !memchr(text, '/', len) &&
           find_child(trie, parent, label_of(eb_span(text, len))) == child;
}

static bool check_node(
    struct census *census, const struct eb_trie *trie, const struct eb_trie_node *node);

/* A child; `room` is how many nodes there are behind it for those below it. */
static bool check_child(struct census *census, const struct eb_trie *trie,
    const struct eb_trie_node *child, uint32_t room)
{
    uint32_t behind = (uint32_t)(child - trie->nodes) + 1;
    uint64_t before = census->nodes;
    if (!child->is_used || !check_node(census, trie, child))
        return false;
    bool is_behind = child->block >= behind && child->block < behind + room;
    uint64_t below = census->nodes - before;
    if (is_behind)
        census->nodes = before; /* they are part of the block that the child is in */
    return !is_behind || child->block + below <= behind + room;
}

static bool check_node(
    struct census *census, const struct eb_trie *trie, const struct eb_trie_node *node)
{
    uint64_t block_len = (uint64_t)node->has_plus + (uint64_t)node->slot_count * node->stride;
    census->nodes += block_len;
    if (node->block + block_len > trie->node_count ||
        census->nodes > (uint64_t)trie->node_count + EB_TRIE_STRIDE_MAX ||
        !count_filter(census, trie, node->filter) || !count_filter(census, trie, node->hash_filter))
        return false;
    const struct eb_trie_node *plus = plus_child(trie, node);
    if (plus && !check_child(census, trie, plus, 0))
        return false;
    uint32_t free_count = 0;
    for (uint32_t i = 0; i < node->slot_count; i++) {
        const struct eb_trie_node *slot = eb_trie_slot(trie, node, i);
        free_count += !slot->is_used;
        if (slot->is_used &&
            !(is_in_place(trie, node, slot) && check_child(census, trie, slot, node->stride - 1u)))
            return false;
    }
    return eb_trie_is_hashed(node) ? free_count > 0 : free_count == 0;
}

bool eb_trie_check(const struct eb_trie *trie)
{
    struct census census = { .nodes = 1 };
    uint64_t count = trie->filter_count;
    return check_node(&census, trie, trie->nodes) && census.nodes == trie->node_count &&
           census.filters == count && census.filter_sum == (count ? count * (count - 1) / 2 : 0);
}
