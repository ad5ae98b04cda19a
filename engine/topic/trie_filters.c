/*
 * The way back from a trie to the filters it was made of: for who reads a snapshot, not for events.
 */
#include "base/limits.h"
#include "topic/trie.h"
#include "topic/trie_node.h"

struct walk {
    const struct eb_trie *trie;
    struct eb_arena *arena;
    struct eb_span *filters; /* by number; those asked for are filled in */
    uint32_t wanted;         /* EB_TRIE_NONE: all */
    char *text;              /* the levels so far */
    bool is_exhausted;
};

/* Far enough for every filter that passed its check, and the '#' behind it. */
enum { TEXT_BYTES_MAX = EB_TOPIC_BYTES_MAX + 2 };

static void tell(struct walk *walk, uint32_t number, size_t len)
{
    if (number == EB_TRIE_NONE || (walk->wanted != EB_TRIE_NONE && walk->wanted != number))
        return;
    struct eb_span copy = eb_arena_copy(walk->arena, eb_span(walk->text, len));
    walk->filters[walk->wanted == EB_TRIE_NONE ? number : 0] = copy;
    walk->is_exhausted |= !copy.ptr;
}

/* Puts a level of `bytes` bytes behind the `len` bytes so far: where, and the length with it. */
static char *add_level(struct walk *walk, size_t *len, bool is_first, size_t bytes)
{
    if (!is_first)
        walk->text[(*len)++] = '/';
    *len += bytes;
    return walk->text + *len - bytes;
}

static size_t add_wildcard(struct walk *walk, size_t len, bool is_first, char wildcard)
{
    *add_level(walk, &len, is_first, 1) = wildcard;
    return len;
}

static size_t add_label(
    struct walk *walk, size_t len, bool is_first, const struct eb_trie_node *node)
{
    size_t head = node->label_len < EB_TRIE_HEAD_BYTES ? node->label_len : EB_TRIE_HEAD_BYTES;
    const char *tail = node->label_len > EB_TRIE_SHORT_MAX ? walk->trie->text + node->tail.start
                                                           : node->tail.bytes;
    char *label = add_level(walk, &len, is_first, node->label_len);
    memcpy(label, &node->head, head);
    memcpy(label + head, tail, node->label_len - head);
    return len;
}

static void visit(struct walk *walk, const struct eb_trie_node *node, size_t len, bool is_root)
{
    tell(walk, node->filter, len);
    if (node->hash_filter != EB_TRIE_NONE)
        tell(walk, node->hash_filter, add_wildcard(walk, len, is_root, '#'));
    if (node->has_plus)
        visit(walk, &walk->trie->nodes[node->block], add_wildcard(walk, len, is_root, '+'), false);
    for (uint32_t i = 0; i < node->slot_count; i++) {
        const struct eb_trie_node *child = eb_trie_slot(walk->trie, node, i);
        if (child->is_used)
            visit(walk, child, add_label(walk, len, is_root, child), false);
    }
}

static bool fill_in(struct walk *walk)
{
    walk->text = eb_arena_alloc(walk->arena, TEXT_BYTES_MAX, 1);
    if (!walk->text || !walk->filters)
        return false;
    visit(walk, &walk->trie->nodes[0], 0, true);
    return !walk->is_exhausted;
}

const struct eb_span *eb_trie_filters(const struct eb_trie *trie, struct eb_arena *arena)
{
    struct walk walk = { .trie = trie, .arena = arena, .wanted = EB_TRIE_NONE };
    walk.filters = EB_ARENA_ARRAY(arena, struct eb_span, trie->filter_count);
    return fill_in(&walk) ? walk.filters : NULL;
}

struct eb_span eb_trie_filter(const struct eb_trie *trie, uint32_t number, struct eb_arena *arena)
{
    struct eb_span filter = { NULL, 0 };
    struct walk walk = { .trie = trie, .arena = arena, .filters = &filter, .wanted = number };
    return fill_in(&walk) ? filter : eb_span(NULL, 0);
}
