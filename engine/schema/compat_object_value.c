/*
 * compat_object_value.c - what the value of a member must meet, by its name.
 */
#include "schema/compat_object.h"

uint32_t eb_object_pattern_bit(
    const struct eb_object *objects, const struct eb_pattern_member *pattern)
{
    for (uint32_t i = 0; i < objects->pattern_count; i++) {
        if (eb_span_equal(objects->patterns[i]->pattern, pattern->pattern))
            return 1u << i;
    }
    return 0;
}

bool eb_object_speaks_of(const struct eb_object *objects, const struct eb_members *members,
    const struct eb_object_name *name)
{
    uint32_t index = name->text.ptr ? eb_names_find(&members->names, name->text) : EB_NO_NAME;
    if (index != EB_NO_NAME && members->members[index].is_property)
        return true;
    for (uint32_t i = 0; i < members->pattern_count; i++) {
        if (name->patterns & eb_object_pattern_bit(objects, &members->patterns[i]))
            return true;
    }
    return false;
}

static const struct eb_literal *add_members_demand(struct eb_object *objects,
    const struct eb_literal *fact, const struct eb_object_name *name,
    const struct eb_literal *demands)
{
    struct eb_prover *prover = objects->task->prover;
    const struct eb_members *members = eb_members_of(fact);
    uint32_t index = name->text.ptr ? eb_names_find(&members->names, name->text) : EB_NO_NAME;
    if (index != EB_NO_NAME)
        demands = eb_literal_add_node(prover, fact->side, members->members[index].node, demands);
    for (uint32_t i = 0; i < members->pattern_count; i++) {
        const struct eb_pattern_member *pattern = &members->patterns[i];
        if (name->patterns & eb_object_pattern_bit(objects, pattern))
            demands = eb_literal_add_node(prover, fact->side, pattern->node, demands);
    }
    if (!eb_object_speaks_of(objects, members, name))
        demands = eb_literal_add_node(prover, fact->side, members->additional, demands);
    return demands;
}

bool eb_object_is_covered(const struct eb_object *objects, const struct eb_cover *cover,
    const struct eb_object_name *name)
{
    for (const struct eb_literal *fact = objects->task->facts; fact; fact = fact->next) {
        if (fact->cover != cover || fact->type != EB_LITERAL_CHECK)
            continue;
        if (fact->check->code == EB_OP_UNEVALUATED_MEMBERS)
            return true;
        const struct eb_members *members = eb_members_of(fact);
        if (members && (members->has_additional || eb_object_speaks_of(objects, members, name)))
            return true;
    }
    return false;
}

const struct eb_literal *eb_object_value_demands(
    struct eb_object *objects, const struct eb_object_name *name, const struct eb_literal *demands)
{
    for (const struct eb_literal *fact = objects->task->facts; fact; fact = fact->next) {
        if (fact->is_not)
            continue;
        if (eb_members_of(fact))
            demands = add_members_demand(objects, fact, name, demands);
        else if (fact->type == EB_LITERAL_COVER &&
                 !eb_object_is_covered(objects, fact->cover, name))
            demands = eb_literal_add_node(objects->task->prover, fact->side, fact->node, demands);
    }
    return demands;
}

struct eb_answer eb_object_find_value(
    struct eb_object *objects, const struct eb_object_member *member)
{
    if (!member->may_be_named)
        return eb_answer(EB_PROOF_EMPTY);
    struct eb_object_name name = eb_object_name_of(member);
    const struct eb_literal *demands = eb_object_value_demands(objects, &name, member->demands);
    return eb_prove(objects->task->prover, objects->task->goal, demands);
}
