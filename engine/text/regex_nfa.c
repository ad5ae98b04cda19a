#include "text/regex_nfa.h"

#include "base/limits.h"
#include "base/utf8.h"

enum {
    STATES_START = 128,  /* room at first; doubles */
    SLOTS_PER_STATE = 4, /* so that no more than a quarter of the slots is in use */
    NO_STATE = UINT16_MAX,
    UNSHARED = 1, /* as `first` of a split that is still to be completed: nobody asks for such */
};

_Static_assert((EB_REGEX_NFA_STATES_MAX & (EB_REGEX_NFA_STATES_MAX - 1)) == 0 &&
                   (STATES_START & (STATES_START - 1)) == 0,
    "slots are found by masking");
_Static_assert((int)EB_REGEX_NFA_STATES_MAX < (int)NO_STATE, "states are numbered in 16 bits");

struct builder {
    struct eb_nfa *nfa;
    struct eb_arena *arena;
    bool is_backward;
    uint32_t capacity; /* of nfa->states */
    uint16_t *slots;   /* by hash: the state plus one, 0 for none */
    uint32_t work;     /* nodes built, each as often as it is repeated */
    bool has_failed;
};

static uint32_t slot_of(const struct builder *builder, struct eb_nfa_state state)
{
    uint64_t bits = (uint64_t)state.type << 48 | (uint64_t)state.first << 40 |
                    (uint64_t)state.last << 32 | (uint64_t)state.next << 16 | state.other;
    bits *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(bits >> 32) & (builder->capacity * SLOTS_PER_STATE - 1);
}

static uint32_t slot_behind(const struct builder *builder, uint32_t slot)
{
    return (slot + 1) & (builder->capacity * SLOTS_PER_STATE - 1);
}

static bool is_same(struct eb_nfa_state a, struct eb_nfa_state b)
{
    return a.type == b.type && a.first == b.first && a.last == b.last && a.next == b.next &&
           a.other == b.other;
}

/* Twice the room, and the shared states in slots anew. */
static bool grow(struct builder *builder)
{
    struct eb_nfa *nfa = builder->nfa;
    const struct eb_nfa_state *old = nfa->states;
    uint32_t capacity = builder->capacity ? 2 * builder->capacity : STATES_START;
    if (capacity > EB_REGEX_NFA_STATES_MAX)
        return false;
    nfa->states = EB_ARENA_ARRAY(builder->arena, struct eb_nfa_state, capacity);
    builder->slots = EB_ARENA_ARRAY(builder->arena, uint16_t, (size_t)capacity * SLOTS_PER_STATE);
    if (!nfa->states || !builder->slots)
        return false;
    builder->capacity = capacity;
    if (nfa->count)
        memcpy(nfa->states, old, nfa->count * sizeof *old);
    for (uint32_t i = 0; i < nfa->count; i++) {
        uint32_t slot = slot_of(builder, nfa->states[i]);
        while (builder->slots[slot])
            slot = slot_behind(builder, slot);
        builder->slots[slot] = (uint16_t)(i + 1);
    }
    return true;
}

/* Room for one more state. After a failure there is none. */
static bool has_room(struct builder *builder)
{
    if (!builder->has_failed && builder->nfa->count == builder->capacity && !grow(builder))
        builder->has_failed = true;
    return !builder->has_failed;
}

/* A state of its own, though there may be another like it. */
static uint16_t add_state(struct builder *builder, struct eb_nfa_state state)
{
    struct eb_nfa *nfa = builder->nfa;
    if (!has_room(builder))
        return 0;
    nfa->states[nfa->count] = state;
    return (uint16_t)nfa->count++;
}

/* The state, shared with whoever needs the same. */
static uint16_t share_state(struct builder *builder, struct eb_nfa_state state)
{
    if (!has_room(builder))
        return 0;
    uint32_t slot = slot_of(builder, state);
    for (; builder->slots[slot]; slot = slot_behind(builder, slot)) {
        uint16_t found = (uint16_t)(builder->slots[slot] - 1);
        if (is_same(builder->nfa->states[found], state))
            return found;
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

/*
 * A subject is known to be well-formed, so ranges may hold what UTF-8 forbids: of what each length
 * could encode, all that is not theirs by right is never met. That spares most of the cuts.
 */
static const struct {
    uint32_t first, last;     /* what is encoded in this many bytes */
    uint32_t lowest, highest; /* what could be */
    uint8_t lead;
} lengths[] = {
    { 0, 0x7f, 0, 0x7f, 0x00 },
    { 0x80, 0x7ff, 0, 0x7ff, 0xc0 },
    { 0x800, 0xffff, 0, 0xffff, 0xe0 },
    { 0x10000, EB_CODE_POINT_MAX, 0, 0x1fffff, 0xf0 },
};

/* The `i`th byte of a code point encoded in `len` bytes. */
static uint8_t byte_of(uint32_t code_point, unsigned len, unsigned i)
{
    uint32_t bits = code_point >> 6 * (len - 1 - i);
    return (uint8_t)(i == 0 ? lengths[len - 1].lead | bits : 0x80 | (bits & 0x3f));
}

/* The sequence of byte ranges from that of `first` to that of `last`, which differ in no more. */
static void add_sequence(
    struct alternatives *alternatives, unsigned len, uint32_t first, uint32_t last)
{
    uint16_t next = alternatives->next;
    for (unsigned built = 0; built < len; built++) {
        unsigned i = alternatives->builder->is_backward ? built : len - 1 - built;
        next = share_state(alternatives->builder, (struct eb_nfa_state){ .type = EB_NFA_BYTE,
                                                      .first = byte_of(first, len, i),
                                                      .last = byte_of(last, len, i),
                                                      .next = next });
    }
    alternatives->entry = split(alternatives->builder, alternatives->entry, next);
}

/*
 * Code points of the same length, cut until each part is a product of byte ranges: all bytes
 * behind the first that differs must then run from 80 to BF.
 */
static void add_same_length(
    struct alternatives *alternatives, unsigned len, uint32_t first, uint32_t last)
{
    for (unsigned tail = 6 * (len - 1); tail; tail -= 6) {
        uint32_t mask = (1u << tail) - 1;
        if ((first & ~mask) == (last & ~mask))
            continue;
        if (first & mask) {
            add_same_length(alternatives, len, first, first | mask);
            add_same_length(alternatives, len, (first | mask) + 1, last);
            return;
        }
        if ((last & mask) != mask) {
            add_same_length(alternatives, len, first, (last & ~mask) - 1);
            add_same_length(alternatives, len, last & ~mask, last);
            return;
        }
    }
    add_sequence(alternatives, len, first, last);
}

static void add_range(struct alternatives *alternatives, struct eb_code_range range)
{
    for (unsigned len = 1; len <= EB_UTF8_BYTES_MAX; len++) {
        uint32_t first = lengths[len - 1].first, last = lengths[len - 1].last;
        if (range.first > last || range.last < first)
            continue;
        first = range.first <= first ? lengths[len - 1].lowest : range.first;
        last = range.last >= last ? lengths[len - 1].highest : range.last;
        add_same_length(alternatives, len, first, last);
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

/* What is read last is built first. */
static uint16_t build_sequence(
    struct builder *builder, const struct eb_regex_node *node, uint16_t next)
{
    bool is_backward = builder->is_backward;
    const struct eb_regex_node *child = is_backward ? node->body : node->last;
    for (; child; child = is_backward ? child->next : child->previous)
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
    uint16_t again = add_state(
        builder, (struct eb_nfa_state){ .type = EB_NFA_SPLIT, .first = UNSHARED, .other = next });
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
    uint8_t type = EB_NFA_FAIL;
    if (assertion == EB_REGEX_START)
        type = builder->is_backward ? EB_NFA_END : EB_NFA_START;
    if (assertion == EB_REGEX_END && !builder->is_backward)
        type = EB_NFA_END;
    builder->has_failed |= type == EB_NFA_FAIL;
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

bool eb_nfa_build(struct eb_nfa *nfa, const struct eb_regex_node *root,
    enum eb_nfa_direction direction, struct eb_arena *arena)
{
    struct builder builder = {
        .nfa = nfa, .arena = arena, .is_backward = direction == EB_NFA_BACKWARD
    };
    *nfa = (struct eb_nfa){ NULL, 0, 0 };
    if (!grow(&builder))
        return false;
    uint16_t match = share_state(&builder, (struct eb_nfa_state){ .type = EB_NFA_MATCH });
    nfa->start = build(&builder, root, match);
    return !builder.has_failed;
}
