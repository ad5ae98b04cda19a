#include "text/regex_nfa.h"

#include "base/limits.h"
#include "base/utf8.h"

enum {
    SLOT_COUNT = 4 * EB_REGEX_NFA_STATES_MAX, /* a power of two, never more than a quarter full */
    NO_STATE = UINT16_MAX,
    LAST_BMP = 0xffff,
    SURROGATE_FIRST = 0xd800,
    SURROGATE_LAST = 0xdfff,
};

_Static_assert((SLOT_COUNT & (SLOT_COUNT - 1)) == 0, "slots are found by masking");
_Static_assert((int)EB_REGEX_NFA_STATES_MAX < (int)NO_STATE, "states are numbered in 16 bits");

struct builder {
    struct eb_nfa *nfa;
    uint16_t *slots; /* by hash: the state plus one, 0 for none */
    uint32_t work;   /* nodes built, each as often as it is repeated */
    bool has_failed;
};

static uint32_t hash_of(struct eb_nfa_state state)
{
    uint64_t bits = (uint64_t)state.type << 48 | (uint64_t)state.first << 40 |
                    (uint64_t)state.last << 32 | (uint64_t)state.next << 16 | state.other;
    bits *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(bits >> 32) & (SLOT_COUNT - 1);
}

static bool is_same(struct eb_nfa_state a, struct eb_nfa_state b)
{
    return a.type == b.type && a.first == b.first && a.last == b.last && a.next == b.next &&
           a.other == b.other;
}

/* A state of its own, though there may be another like it. */
static uint16_t add_state(struct builder *builder, struct eb_nfa_state state)
{
    struct eb_nfa *nfa = builder->nfa;
    if (nfa->count == EB_REGEX_NFA_STATES_MAX)
        builder->has_failed = true;
    if (builder->has_failed)
        return 0;
    nfa->states[nfa->count] = state;
    return (uint16_t)nfa->count++;
}

/* The state, shared with whoever needs the same. */
static uint16_t share_state(struct builder *builder, struct eb_nfa_state state)
{
    uint32_t slot = hash_of(state);
    while (builder->slots[slot]) {
        uint16_t found = (uint16_t)(builder->slots[slot] - 1);
        if (is_same(builder->nfa->states[found], state))
            return found;
        slot = (slot + 1) & (SLOT_COUNT - 1);
    }
    uint16_t added = add_state(builder, state);
    builder->slots[slot] = (uint16_t)(added + 1);
    return added;
}

static uint16_t split(struct builder *builder, uint16_t next, uint16_t other)
{
    if (next == NO_STATE || next == other)
        return other;
    return share_state(
        builder, (struct eb_nfa_state){ .type = EB_NFA_SPLIT, .next = next, .other = other });
}

/* Sets */

/* A set while its ranges become sequences of bytes, all leading to `next`. */
struct alternatives {
    struct builder *builder;
    uint16_t next;
    uint16_t entry; /* a way into all sequences so far; NO_STATE: there is none */
};

/* The sequence of byte ranges from that of `first` to that of `last`, which differ in no more. */
static void add_sequence(struct alternatives *alternatives, uint32_t first, uint32_t last)
{
    char low[EB_UTF8_BYTES_MAX], high[EB_UTF8_BYTES_MAX];
    size_t len = eb_utf8_encode(first, low);
    eb_utf8_encode(last, high);
    uint16_t next = alternatives->next;
    while (len--) {
        next = share_state(alternatives->builder, (struct eb_nfa_state){ .type = EB_NFA_BYTE,
                                                      .first = (uint8_t)low[len],
                                                      .last = (uint8_t)high[len],
                                                      .next = next });
    }
    alternatives->entry = split(alternatives->builder, alternatives->entry, next);
}

/*
 * Code points of the same length, cut until each part is a product of byte ranges: all bytes
 * behind the first that differs must then run from 80 to BF.
 */
static void add_same_length(struct alternatives *alternatives, uint32_t first, uint32_t last)
{
    for (unsigned tail = 18; tail; tail -= 6) {
        uint32_t mask = (1u << tail) - 1;
        if ((first & ~mask) == (last & ~mask))
            continue;
        if (first & mask) {
            add_same_length(alternatives, first, first | mask);
            add_same_length(alternatives, (first | mask) + 1, last);
            return;
        }
        if ((last & mask) != mask) {
            add_same_length(alternatives, first, (last & ~mask) - 1);
            add_same_length(alternatives, last & ~mask, last);
            return;
        }
    }
    add_sequence(alternatives, first, last);
}

static void add_range(struct alternatives *alternatives, struct eb_code_range range)
{
    static const struct eb_code_range same_length[] = {
        { 0, 0x7f },
        { 0x80, 0x7ff },
        { 0x800, SURROGATE_FIRST - 1 },
        { SURROGATE_LAST + 1, LAST_BMP },
        { LAST_BMP + 1, EB_CODE_POINT_MAX },
    };
    for (size_t i = 0; i < sizeof same_length / sizeof *same_length; i++) {
        struct eb_code_range part = same_length[i];
        if (part.first < range.first)
            part.first = range.first;
        if (part.last > range.last)
            part.last = range.last;
        if (part.first <= part.last)
            add_same_length(alternatives, part.first, part.last);
    }
}

static uint16_t build_set(struct builder *builder, const struct eb_regex_set *set, uint16_t next)
{
    struct alternatives alternatives = { builder, next, NO_STATE };
    builder->has_failed |= set->properties != NULL;
    for (uint32_t i = 0; i < set->count && !builder->has_failed; i++)
        add_range(&alternatives, set->ranges[i]);
    if (alternatives.entry == NO_STATE)
        return share_state(builder, (struct eb_nfa_state){ .type = EB_NFA_FAIL });
    return alternatives.entry;
}

/* Structure */

static uint16_t build(struct builder *builder, const struct eb_regex_node *node, uint16_t next);

static uint16_t build_sequence(
    struct builder *builder, const struct eb_regex_node *node, uint16_t next)
{
    for (const struct eb_regex_node *child = node->last; child; child = child->previous)
        next = build(builder, child, next);
    return next;
}

static uint16_t build_choice(
    struct builder *builder, const struct eb_regex_node *node, uint16_t next)
{
    uint16_t entry = NO_STATE;
    for (const struct eb_regex_node *child = node->body; child; child = child->next)
        entry = split(builder, entry, build(builder, child, next));
    return entry;
}

/* One round at least, then any number: the split at its end leads back to its start. */
static uint16_t build_loop(struct builder *builder, const struct eb_regex_node *body, uint16_t next)
{
    uint16_t again =
        add_state(builder, (struct eb_nfa_state){ .type = EB_NFA_SPLIT, .other = next });
    uint16_t entry = build(builder, body, again);
    if (!builder->has_failed)
        builder->nfa->states[again].next = entry;
    return entry;
}

static uint16_t build_repeat(
    struct builder *builder, const struct eb_regex_node *node, uint16_t next)
{
    uint32_t min = node->repeat.min, max = node->repeat.max;
    uint16_t entry = next;
    if (max == EB_REGEX_UNBOUNDED) {
        entry = build_loop(builder, node->body, next);
        if (min == 0)
            entry = split(builder, entry, next);
        min -= min > 0;
    } else {
        for (uint32_t i = min; i < max && !builder->has_failed; i++)
            entry = split(builder, build(builder, node->body, entry), next);
    }
    for (uint32_t i = 0; i < min && !builder->has_failed; i++)
        entry = build(builder, node->body, entry);
    return entry;
}

static uint16_t build_assertion(
    struct builder *builder, enum eb_regex_assertion assertion, uint16_t next)
{
    if (assertion != EB_REGEX_START && assertion != EB_REGEX_END) {
        builder->has_failed = true;
        return next;
    }
    uint8_t type = assertion == EB_REGEX_START ? EB_NFA_START : EB_NFA_END;
    return share_state(builder, (struct eb_nfa_state){ .type = type, .next = next });
}

static uint16_t build(struct builder *builder, const struct eb_regex_node *node, uint16_t next)
{
    builder->has_failed |= ++builder->work > EB_REGEX_NFA_WORK_MAX;
    if (builder->has_failed)
        return next;
    switch (node->type) {
    case EB_REGEX_SET: return build_set(builder, &node->set, next);
    case EB_REGEX_SEQUENCE: return build_sequence(builder, node, next);
    case EB_REGEX_CHOICE: return build_choice(builder, node, next);
    case EB_REGEX_REPEAT: return build_repeat(builder, node, next);
    case EB_REGEX_GROUP: return build(builder, node->body, next);
    case EB_REGEX_ASSERTION: return build_assertion(builder, node->assertion, next);
    case EB_REGEX_REFERENCE:
    case EB_REGEX_LOOK: break;
    }
    builder->has_failed = true;
    return next;
}

bool eb_nfa_build(struct eb_nfa *nfa, const struct eb_regex_tree *tree, struct eb_arena *arena)
{
    struct builder builder = { .nfa = nfa };
    nfa->count = 0;
    nfa->states = EB_ARENA_ARRAY(arena, struct eb_nfa_state, EB_REGEX_NFA_STATES_MAX);
    builder.slots = EB_ARENA_ARRAY(arena, uint16_t, SLOT_COUNT);
    if (!nfa->states || !builder.slots)
        return false;
    uint16_t match = share_state(&builder, (struct eb_nfa_state){ .type = EB_NFA_MATCH });
    nfa->start = build(&builder, tree->root, match);
    return !builder.has_failed;
}
