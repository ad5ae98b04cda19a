/*
 * compat_object_facts.c - the names that facts mention, and what else they say of the object.
 */
#include "schema/compat_object.h"

enum { NAMES_MAX = 20000 };

struct eb_object_member *eb_object_member(struct eb_object *objects, struct eb_span name)
{
    struct eb_prover *prover = objects->task->prover;
    void *known = eb_map_get(&objects->index_by_name, name);
    if (known)
        return &objects->members[(uintptr_t)known - 1];
    if (objects->count == NAMES_MAX) {
        objects->has_too_many = true;
        return NULL;
    }
    struct eb_object_member *room = eb_array_room(
        &prover->work, objects->members, objects->count, &objects->capacity, sizeof *room);
    if (!room ||
        !eb_map_put(&objects->index_by_name, name, (void *)(uintptr_t)(objects->count + 1))) {
        prover->is_exhausted = true;
        return NULL;
    }
    objects->members = room;
    room[objects->count] = (struct eb_object_member){ .name = name, .may_be_named = true };
    return &room[objects->count++];
}

static void set_presence(struct eb_object *objects, struct eb_span name, enum eb_presence presence)
{
    struct eb_object_member *member = eb_object_member(objects, name);
    if (!member)
        return;
    objects->is_refuted |= member->presence != EB_MEMBER_UNDECIDED && member->presence != presence;
    member->presence = presence;
}

static void add_pattern(struct eb_object *objects, const struct eb_pattern_member *pattern)
{
    for (uint32_t i = 0; i < objects->pattern_count; i++) {
        if (eb_span_equal(objects->patterns[i]->pattern, pattern->pattern))
            return;
    }
    if (objects->pattern_count == EB_OBJECT_PATTERNS_MAX)
        objects->has_too_many = true;
    else
        objects->patterns[objects->pattern_count++] = pattern;
}

static void add_demand(struct eb_object *objects, const struct eb_literal *fact)
{
    if (objects->demand_count == EB_OBJECT_DEMANDS_MAX)
        objects->has_too_many = true;
    else
        objects->demands[objects->demand_count++] = fact;
}

const struct eb_literal *eb_object_add_failing(struct eb_object *objects,
    const struct eb_literal *fact, uint32_t node, const struct eb_literal *demands)
{
    return eb_literal_add(objects->task->prover,
        (struct eb_literal){ .type = EB_LITERAL_NODE,
            .side = fact->side,
            .node = node,
            .is_not = true,
            .focus = fact->focus },
        demands);
}

static void gather_failing_members(
    struct eb_object *objects, const struct eb_literal *fact, const struct eb_members *members)
{
    const struct eb_way *way = fact->way;
    if (way->type == EB_WAY_PATTERN || way->type == EB_WAY_ADDITIONAL) {
        add_demand(objects, fact);
        return;
    }
    struct eb_span name = members->names.names[way->index].text;
    set_presence(
        objects, name, way->type == EB_WAY_REQUIRED ? EB_MEMBER_ABSENT : EB_MEMBER_PRESENT);
    struct eb_object_member *member = eb_object_member(objects, name);
    if (member && way->type == EB_WAY_PROPERTY)
        member->demands = eb_object_add_failing(objects, fact, way->node, member->demands);
}

static void gather_members(struct eb_object *objects, const struct eb_literal *fact)
{
    const struct eb_members *members = eb_members_of(fact);
    for (uint32_t i = 0; i < members->names.count; i++) {
        struct eb_span name = members->names.names[i].text;
        if (!fact->is_not && members->members[i].is_required)
            set_presence(objects, name, EB_MEMBER_PRESENT);
        else
            eb_object_member(objects, name);
    }
    for (uint32_t i = 0; i < members->pattern_count; i++)
        add_pattern(objects, &members->patterns[i]);
    if (fact->is_not)
        gather_failing_members(objects, fact, members);
}

void eb_object_gather(struct eb_object *objects, const struct eb_literal *fact)
{
    if (fact->type == EB_LITERAL_PRESENT)
        set_presence(objects, fact->text, EB_MEMBER_PRESENT);
    else if (fact->type == EB_LITERAL_ABSENT)
        set_presence(objects, fact->text, EB_MEMBER_ABSENT);
    else if (fact->type == EB_LITERAL_COVER && fact->is_not)
        add_demand(objects, fact);
    else if (eb_is_check(fact, EB_OP_MEMBER_COUNT))
        eb_literal_bound(fact, &objects->min, &objects->max);
    else if (eb_is_check(fact, EB_OP_MEMBER_NAMES) && fact->is_not)
        add_demand(objects, fact);
    else if (eb_is_check(fact, EB_OP_VALUES) || fact->type == EB_LITERAL_REJECT)
        objects->has_exclusions = true;
    else if (eb_members_of(fact))
        gather_members(objects, fact);
}
