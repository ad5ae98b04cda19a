#include "schema/compat_prover.h"

struct way_list {
    struct eb_way *ways;
    uint32_t count;
};

static void add(
    struct way_list *list, enum eb_way_type type, uint32_t index, uint32_t other, uint32_t node)
{
    list->ways[list->count++] = (struct eb_way){ type, index, other, node };
}

/* A node that accepts everything is no way to fail. */
static void add_node(struct way_list *list, enum eb_way_type type, uint32_t index, uint32_t node)
{
    if (node != EB_NODE_TRUE)
        add(list, type, index, 0, node);
}

static void add_bounds(struct way_list *list, bool has_min, bool has_max)
{
    if (has_min)
        add(list, EB_WAY_BELOW_MIN, 0, 0, 0);
    if (has_max)
        add(list, EB_WAY_ABOVE_MAX, 0, 0, 0);
}

static void add_members(struct way_list *list, const struct eb_members *members)
{
    for (uint32_t i = 0; i < members->names.count; i++) {
        if (members->members[i].is_required)
            add(list, EB_WAY_REQUIRED, i, 0, 0);
        if (members->members[i].is_property)
            add_node(list, EB_WAY_PROPERTY, i, members->members[i].node);
    }
    for (uint32_t i = 0; i < members->pattern_count; i++)
        add_node(list, EB_WAY_PATTERN, i, members->patterns[i].node);
    add_node(list, EB_WAY_ADDITIONAL, 0, members->additional);
}

static void add_items(struct way_list *list, const struct eb_array_items *items)
{
    for (uint32_t i = 0; i < items->prefix_count; i++)
        add_node(list, EB_WAY_PREFIX_ITEM, i, items->prefix[i]);
    add_node(list, EB_WAY_REST_ITEM, 0, items->rest);
}

static void add_dependencies(struct way_list *list, const struct eb_dependencies *op)
{
    for (uint32_t i = 0; i < op->count; i++) {
        const struct eb_dependency *dependency = &op->dependencies[i];
        for (uint32_t j = 0; j < dependency->required_count; j++)
            add(list, EB_WAY_DEPENDENT_NAME, i, dependency->required[j], 0);
        add_node(list, EB_WAY_DEPENDENT_SCHEMA, i, dependency->node);
    }
}

static uint32_t ways_max(const struct eb_op *check)
{
    if (check->code == EB_OP_DEPENDENCIES) {
        const struct eb_dependencies *op = check->at;
        uint32_t count = op->count;
        for (uint32_t i = 0; i < op->count; i++)
            count += op->dependencies[i].required_count;
        return count;
    }
    if (check->code == EB_OP_ITEMS)
        return ((const struct eb_array_items *)check->at)->prefix_count + 1;
    if (check->code >= EB_OP_MEMBERS && check->code <= EB_OP_MEMBERS_OPEN) {
        const struct eb_members *members = check->at;
        return 2 * members->names.count + members->pattern_count + 1;
    }
    return 2;
}

const struct eb_way *eb_ways_of(const struct eb_op *check, uint32_t *count, struct eb_arena *arena)
{
    struct way_list list = { EB_ARENA_ARRAY(arena, struct eb_way, ways_max(check)), 0 };
    *count = 0;
    if (!list.ways)
        return NULL;
    switch ((enum eb_opcode)check->code) {
    case EB_OP_CALL: add(&list, EB_WAY_REFERENCE, 0, 0, check->a); break;
    case EB_OP_RANGE: {
        const struct eb_number_range *range = check->at;
        add_bounds(&list, range->has_min, range->has_max);
        break;
    }
    case EB_OP_LENGTH:
    case EB_OP_ITEM_COUNT:
    case EB_OP_MEMBER_COUNT: add_bounds(&list, check->a > 0, check->b != UINT32_MAX); break;
    case EB_OP_CONTAINS: {
        const struct eb_contains *contains = check->at;
        add_bounds(&list, contains->min > 0, contains->max != UINT32_MAX);
        break;
    }
    case EB_OP_MEMBERS:
    case EB_OP_MEMBERS_CLOSED:
    case EB_OP_MEMBERS_OPEN: add_members(&list, check->at); break;
    case EB_OP_ITEMS: add_items(&list, check->at); break;
    case EB_OP_MEMBER_NAMES: add(&list, EB_WAY_MEMBER_NAME, 0, 0, check->a); break;
    case EB_OP_DEPENDENCIES: add_dependencies(&list, check->at); break;
    case EB_OP_IF:
        add_node(&list, EB_WAY_THEN, 0, check->b);
        add_node(&list, EB_WAY_ELSE, 0, check->c);
        break;
    case EB_OP_UNEVALUATED_MEMBERS:
    case EB_OP_UNEVALUATED_ITEMS: {
        const struct eb_unevaluated *unevaluated = check->at;
        add(&list, EB_WAY_INNER, 0, 0, unevaluated->inner);
        add_node(&list, EB_WAY_UNEVALUATED, 0, unevaluated->node);
        break;
    }
    default: add(&list, EB_WAY_ITSELF, 0, 0, 0);
    }
    *count = list.count;
    return list.ways;
}

void eb_literal_bound(const struct eb_literal *fact, uint64_t *min, uint64_t *max)
{
    uint64_t least = fact->check->a, greatest = fact->check->b;
    if (fact->is_not && fact->way->type == EB_WAY_BELOW_MIN) {
        greatest = least - 1;
        least = 0;
    } else if (fact->is_not) {
        least = greatest + 1;
        greatest = UINT32_MAX; /* any */
    }
    if (least > *min)
        *min = least;
    if (greatest < UINT32_MAX && greatest < *max)
        *max = greatest;
}
