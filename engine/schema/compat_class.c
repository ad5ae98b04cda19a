/*
 * compat_class.c - which parts of two schemas say the same.
 *
 * Most of a new version is the old one. Classes find that without understanding it: first all
 * nodes count as equal, then those that differ in what their checks say, or in the classes of the
 * nodes those refer to, are told apart, until nothing changes. What is then still together cannot
 * be told apart by any value, however the schemas recurse.
 *
 * What a check says is a keyed hash of 64 bits; the order of properties, values and branches does
 * not count.
 */
#include "schema/compat_prover.h"
#include "schema/equal.h"

enum { ROUNDS_MAX = 4096 }; /* nodes that differ only at the end of so long a chain stay apart */

struct refinement {
    struct eb_prover *prover;
    uint64_t *hashes[2]; /* by node: of the round before */
    uint64_t *next[2];
    uint32_t count; /* of different hashes */
};

/* ---- hashing ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t pair[2] = { a, b };
    return eb_hash(eb_hash_key(), pair, sizeof pair);
}

static uint64_t text_hash(struct eb_span text)
{
    return eb_hash(eb_hash_key(), text.ptr, text.len);
}

static uint64_t number_hash(const struct eb_number *number)
{
    return eb_number_hash(number, eb_hash_key());
}

static uint64_t pointer_hash(const void *pointer)
{
    return mix(1, (uint64_t)(uintptr_t)pointer);
}

static uint64_t range_hash(const struct eb_number_range *range)
{
    uint64_t hash = mix(range->has_min, range->has_max);
    if (range->has_min)
        hash = mix(hash, mix(range->excludes_min, number_hash(&range->min)));
    if (range->has_max)
        hash = mix(hash, mix(range->excludes_max, number_hash(&range->max)));
    return hash;
}

static uint64_t values_hash(const struct eb_value_set *set)
{
    uint64_t hash = 0; /* a value that is written twice counts twice, and then is not recognised */
    for (uint32_t i = 0; i < set->count; i++)
        hash += mix(2, eb_value_hash(set->doc, set->tokens[i]));
    return hash;
}

static uint64_t members_hash(const uint64_t *nodes, const struct eb_members *members)
{
    uint64_t hash = nodes[members->additional];
    hash = mix(hash, members->has_additional);
    for (uint32_t i = 0; i < members->names.count; i++) {
        const struct eb_member *member = &members->members[i];
        uint64_t flags = member->is_property | (uint64_t)member->is_required << 1;
        hash += mix(mix(text_hash(members->names.names[i].text), flags), nodes[member->node]);
    }
    for (uint32_t i = 0; i < members->pattern_count; i++)
        hash +=
            mix(text_hash(members->patterns[i].pattern), mix(3, nodes[members->patterns[i].node]));
    return hash;
}

static uint64_t items_hash(const uint64_t *nodes, const struct eb_array_items *items)
{
    uint64_t hash = mix(nodes[items->rest], items->has_rest);
    for (uint32_t i = 0; i < items->prefix_count; i++)
        hash = mix(hash, nodes[items->prefix[i]]);
    return hash;
}

static uint64_t dependencies_hash(const uint64_t *nodes, const struct eb_dependencies *op)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < op->count; i++) {
        const struct eb_dependency *dependency = &op->dependencies[i];
        uint64_t names = 0;
        for (uint32_t j = 0; j < dependency->required_count; j++)
            names += mix(4, text_hash(op->names.names[dependency->required[j]].text));
        struct eb_span trigger = op->names.names[dependency->trigger].text;
        hash += mix(mix(text_hash(trigger), names), nodes[dependency->node]);
    }
    return hash;
}

static uint64_t branches_hash(const uint64_t *nodes, const struct eb_branches *branches)
{
    uint64_t hash = branches->count;
    for (uint32_t i = 0; i < branches->count; i++)
        hash += mix(5, nodes[branches->nodes[i]]);
    return hash;
}

/* What stands behind the check's opcode. */
static uint64_t operand_hash(
    const struct eb_doc *doc, const uint64_t *nodes, const struct eb_op *check)
{
    switch ((enum eb_opcode)check->code) {
    case EB_OP_TYPE: return check->a;
    case EB_OP_VALUES: return values_hash(check->at);
    case EB_OP_RANGE: return range_hash(check->at);
    case EB_OP_MULTIPLE: return number_hash(check->at);
    case EB_OP_LENGTH:
    case EB_OP_CONTENT:
    case EB_OP_ITEM_COUNT:
    case EB_OP_MEMBER_COUNT: return mix(check->a, check->b);
    case EB_OP_PATTERN: return eb_doc_string_hash(doc, check->a, eb_hash_key());
    case EB_OP_FORMAT: return pointer_hash(check->at);
    case EB_OP_ITEMS: return items_hash(nodes, check->at);
    case EB_OP_CONTAINS: {
        const struct eb_contains *contains = check->at;
        return mix(nodes[contains->node], mix(contains->min, contains->max));
    }
    case EB_OP_MEMBERS:
    case EB_OP_MEMBERS_CLOSED:
    case EB_OP_MEMBERS_OPEN: return members_hash(nodes, check->at);
    case EB_OP_MEMBER_NAMES:
    case EB_OP_CALL:
    case EB_OP_NOT: return nodes[check->a];
    case EB_OP_DEPENDENCIES: return dependencies_hash(nodes, check->at);
    case EB_OP_ANY:
    case EB_OP_ONE: return branches_hash(nodes, check->at);
    case EB_OP_IF: return mix(nodes[check->a], mix(nodes[check->b], nodes[check->c]));
    case EB_OP_UNEVALUATED_MEMBERS:
    case EB_OP_UNEVALUATED_ITEMS: {
        const struct eb_unevaluated *unevaluated = check->at;
        return mix(nodes[unevaluated->inner], nodes[unevaluated->node]);
    }
    case EB_OP_INTEGRAL:
    case EB_OP_UNIQUE:
    case EB_OP_FAIL: return 0;
    default: return pointer_hash(check); /* equal to itself only */
    }
}

/* MEMBERS and its two special cases say the same; only speed differs. */
static uint64_t code_of(const struct eb_op *check)
{
    bool is_members = check->code == EB_OP_MEMBERS_CLOSED || check->code == EB_OP_MEMBERS_OPEN;
    return is_members ? EB_OP_MEMBERS : check->code;
}

static uint64_t check_hash(
    const struct eb_doc *doc, const uint64_t *nodes, const struct eb_op *check)
{
    uint64_t head = mix(code_of(check), check->kinds | (uint64_t)check->is_tracked << 8);
    return mix(head, operand_hash(doc, nodes, check));
}

static uint64_t node_hash(const struct eb_schema *schema, const uint64_t *nodes, uint32_t node)
{
    const struct eb_origin *origin = &schema->origins[node];
    uint64_t hash = 6;
    for (uint32_t i = 0; i < origin->check_count && node != EB_NODE_TRUE; i++) {
        const struct eb_op *check = &schema->checks[origin->first_check + i];
        if (check->kinds)
            hash += check_hash(&origin->resource->document->doc, nodes, check);
    }
    return hash;
}

/* ---- refining ---- */

/* Numbers for hashes, the same for the same; how many there are. */
static uint32_t number_hashes(struct refinement *refinement, uint32_t *classes[2])
{
    struct eb_prover *prover = refinement->prover;
    uint32_t total = prover->schemas[0]->node_count + prover->schemas[1]->node_count, count = 0;
    uint32_t capacity = 4;
    while (capacity < 2 * total)
        capacity *= 2;
    struct slot {
        uint64_t hash;
        uint32_t number; /* + 1 */
    } *slots = EB_PROVER_ARRAY(prover, struct slot, capacity);
    if (!slots)
        return 0;
    for (int side = 0; side < 2; side++) {
        for (uint32_t node = 0; node < prover->schemas[side]->node_count; node++) {
            uint64_t hash = refinement->hashes[side][node], at = hash;
            while (slots[at % capacity].number && slots[at % capacity].hash != hash)
                at++;
            struct slot *slot = &slots[at % capacity];
            if (!slot->number)
                *slot = (struct slot){ hash, ++count };
            classes[side][node] = slot->number - 1;
        }
    }
    return count;
}

/* One round; false when it told nothing more apart. */
static bool refine(struct refinement *refinement, uint32_t *classes[2])
{
    struct eb_prover *prover = refinement->prover;
    for (int side = 0; side < 2; side++) {
        const struct eb_schema *schema = prover->schemas[side];
        for (uint32_t node = 0; node < schema->node_count; node++)
            refinement->next[side][node] = node_hash(schema, refinement->hashes[side], node);
        uint64_t *swap = refinement->hashes[side];
        refinement->hashes[side] = refinement->next[side];
        refinement->next[side] = swap;
    }
    struct eb_arena_mark mark = eb_arena_mark(&prover->work);
    uint32_t count = number_hashes(refinement, classes);
    eb_arena_rewind(&prover->work, mark);
    bool is_finer = count > refinement->count;
    refinement->count = count;
    return is_finer;
}

/* Every node a class of its own: right, and no help. */
static void tell_all_apart(struct eb_prover *prover, uint32_t *classes[2])
{
    uint32_t class = 0;
    for (int side = 0; side < 2; side++) {
        for (uint32_t node = 0; node < prover->schemas[side]->node_count; node++)
            classes[side][node] = class ++;
    }
}

bool eb_node_classes(struct eb_prover *prover)
{
    struct refinement refinement = { .prover = prover };
    uint32_t *classes[2];
    for (int side = 0; side < 2; side++) {
        uint32_t count = prover->schemas[side]->node_count;
        classes[side] = EB_ARENA_ARRAY(&prover->kept, uint32_t, count);
        refinement.hashes[side] = EB_ARENA_ARRAY(&prover->work, uint64_t, count);
        refinement.next[side] = EB_ARENA_ARRAY(&prover->work, uint64_t, count);
        if (!classes[side] || !refinement.hashes[side] || !refinement.next[side])
            return false;
        prover->classes[side] = classes[side];
    }
    uint32_t rounds = 0;
    while (rounds < ROUNDS_MAX && refine(&refinement, classes))
        rounds++;
    if (rounds == ROUNDS_MAX)
        tell_all_apart(prover, classes);
    eb_arena_reset(&prover->work);
    return !prover->is_exhausted;
}
