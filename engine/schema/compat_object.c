/*
 * compat_object.c - who is there, and with which value: first those that demands must be met by,
 * then as many more as there must be.
 */
#include "schema/compat_object.h"

#include "json/writer.h"

enum { SPARE = 2 }; /* members more than needed, where some objects are excluded */

/* ---- finishing: enough members, each with a value ---- */

static struct eb_span write_object(const struct eb_object *objects)
{
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &objects->task->prover->work);
    eb_json_open_object(&writer);
    for (uint32_t i = 0; i < objects->count; i++) {
        const struct eb_object_member *member = &objects->members[i];
        if (member->presence != EB_MEMBER_PRESENT)
            continue;
        eb_json_write_name(&writer, member->name);
        eb_json_write_raw(&writer, member->text);
    }
    eb_json_close_object(&writer);
    return eb_json_writer_finish(&writer);
}

static uint64_t count_present(const struct eb_object *objects)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < objects->count; i++)
        count += objects->members[i].presence == EB_MEMBER_PRESENT;
    return count;
}

/* False when one that must be there cannot. */
static enum eb_proof fill_present(struct eb_object *objects)
{
    enum eb_proof result = EB_PROOF_FOUND;
    for (uint32_t i = 0; i < objects->count; i++) {
        struct eb_object_member *member = &objects->members[i];
        if (member->presence != EB_MEMBER_PRESENT)
            continue;
        struct eb_answer answer = eb_object_find_value(objects, member);
        if (answer.proof == EB_PROOF_EMPTY)
            return EB_PROOF_EMPTY;
        if (answer.proof == EB_PROOF_UNSURE)
            result = EB_PROOF_UNSURE;
        objects->members[i].text = answer.text;
    }
    return result;
}

/* Members that nobody asked for, until there are `wanted`. */
static enum eb_proof fill_up(struct eb_object *objects, uint64_t wanted)
{
    uint64_t present = count_present(objects);
    enum eb_proof result = EB_PROOF_EMPTY;
    for (uint32_t i = 0; i < objects->count && present < wanted; i++) {
        if (objects->members[i].presence != EB_MEMBER_UNDECIDED)
            continue;
        struct eb_answer answer = eb_object_find_value(objects, &objects->members[i]);
        if (answer.proof == EB_PROOF_UNSURE)
            result = EB_PROOF_UNSURE;
        if (answer.proof != EB_PROOF_FOUND)
            continue;
        objects->members[i].presence = EB_MEMBER_PRESENT;
        objects->members[i].text = answer.text;
        present++;
    }
    while (present < wanted) {
        enum eb_proof proof = eb_object_put_any_stranger(objects);
        if (proof != EB_PROOF_FOUND)
            return proof == EB_PROOF_UNSURE ? proof : result;
        present++;
    }
    return EB_PROOF_FOUND;
}

static struct eb_answer judge_object(struct eb_object *objects)
{
    struct eb_answer answer = { .text = write_object(objects) };
    answer.proof = answer.text.ptr
                       ? eb_literals_judge(objects->task->prover, objects->task->facts, answer.text)
                       : EB_PROOF_UNSURE;
    return answer;
}

/* Whether {} is the only object there can be. */
static bool is_only_empty(struct eb_object *objects)
{
    return count_present(objects) == 0 &&
           (objects->max == 0 || fill_up(objects, 1) == EB_PROOF_EMPTY);
}

static struct eb_answer finish(struct eb_object *objects)
{
    if (count_present(objects) > objects->max)
        return eb_answer(EB_PROOF_EMPTY);
    enum eb_proof proof = fill_present(objects);
    if (proof == EB_PROOF_FOUND)
        proof = fill_up(objects, objects->min);
    if (proof != EB_PROOF_FOUND)
        return eb_answer(proof);
    struct eb_answer answer = judge_object(objects);
    if (answer.proof == EB_PROOF_EMPTY && is_only_empty(objects))
        return answer;
    for (int i = 0; i < SPARE && answer.proof != EB_PROOF_FOUND && objects->has_exclusions; i++) {
        uint64_t wanted = count_present(objects) + 1;
        if (wanted > objects->max || fill_up(objects, wanted) != EB_PROOF_FOUND)
            break;
        answer = judge_object(objects);
    }
    return answer.proof == EB_PROOF_FOUND ? answer : eb_answer(EB_PROOF_UNSURE);
}

/* ---- members somewhere ---- */

/* Whether a member of this name is one the demand may be about. */
static bool may_meet(const struct eb_object *objects, const struct eb_literal *demand,
    const struct eb_object_name *name)
{
    if (demand->type == EB_LITERAL_COVER)
        return !eb_object_is_covered(objects, demand->cover, name);
    const struct eb_members *members = eb_members_of(demand);
    if (!members)
        return true; /* a name that `propertyNames` refuse */
    if (demand->way->type == EB_WAY_ADDITIONAL)
        return !eb_object_speaks_of(objects, members, name);
    const struct eb_pattern_member *pattern = &members->patterns[demand->way->index];
    return name->patterns & eb_object_pattern_bit(objects, pattern);
}

static bool is_about_name(const struct eb_literal *demand)
{
    return eb_is_check(demand, EB_OP_MEMBER_NAMES);
}

static uint32_t failing_node(const struct eb_literal *demand)
{
    return demand->type == EB_LITERAL_COVER ? demand->node : demand->way->node;
}

/* Whether `propertyNames` refuse it; they decide about the name alone. */
static bool name_fails(
    struct eb_object *objects, const struct eb_literal *demand, struct eb_span name)
{
    const struct eb_literal *failing =
        eb_object_add_failing(objects, demand, failing_node(demand), NULL);
    struct eb_span text = eb_object_quote(objects, name);
    if (!text.ptr || !failing)
        return false;
    return eb_literals_judge(objects->task->prover, failing, text) == EB_PROOF_FOUND;
}

static struct eb_answer place(struct eb_object *objects, uint32_t demand);

/* What trying one way changed, to try another. */
struct before {
    struct eb_object_member *members;
    uint32_t count, strangers;
};

static bool keep_members(struct eb_object *objects, struct before *before)
{
    struct eb_prover *prover = objects->task->prover;
    before->count = objects->count;
    before->strangers = objects->strangers;
    before->members = EB_PROVER_ARRAY(prover, struct eb_object_member, objects->count);
    if (before->members && objects->count)
        memcpy(before->members, objects->members, objects->count * sizeof *before->members);
    return before->members;
}

/* Strangers stay in the table, where they are names like any other; nothing else is left. */
static void restore_members(struct eb_object *objects, const struct before *before)
{
    if (before->count)
        memcpy(objects->members, before->members, before->count * sizeof *before->members);
    for (uint32_t i = before->count; i < objects->count; i++) {
        objects->members[i].presence = EB_MEMBER_UNDECIDED;
        objects->members[i].demands = NULL;
    }
}

/* The demand is met by a member whose name is in the table. */
static struct eb_answer place_on_known(struct eb_object *objects, uint32_t demand, uint32_t index)
{
    const struct eb_literal *fact = objects->demands[demand];
    struct eb_object_member *member = &objects->members[index];
    struct eb_object_name name = eb_object_name_of(member);
    if (member->presence == EB_MEMBER_ABSENT || !may_meet(objects, fact, &name))
        return eb_answer(EB_PROOF_EMPTY);
    if (is_about_name(fact)) {
        if (!name_fails(objects, fact, member->name))
            return eb_answer(EB_PROOF_EMPTY);
    } else {
        member->demands = eb_object_add_failing(objects, fact, failing_node(fact), member->demands);
    }
    member->presence = EB_MEMBER_PRESENT;
    struct eb_answer alone = eb_object_find_value(objects, member);
    if (alone.proof != EB_PROOF_FOUND)
        return alone;
    return place(objects, demand + 1);
}

static struct eb_answer place_on_stranger(
    struct eb_object *objects, uint32_t demand, uint32_t patterns)
{
    const struct eb_literal *fact = objects->demands[demand];
    struct eb_object_name name = { .patterns = patterns };
    if (!may_meet(objects, fact, &name))
        return eb_answer(EB_PROOF_EMPTY);
    const struct eb_literal *failing =
        eb_object_add_failing(objects, fact, failing_node(fact), NULL);
    bool is_name = is_about_name(fact);
    enum eb_proof proof = eb_object_put_stranger(
        objects, patterns, is_name ? NULL : failing, is_name ? failing : NULL);
    return proof == EB_PROOF_FOUND ? place(objects, demand + 1) : eb_answer(proof);
}

/* Every way of placing the demands from `demand` on. */
static struct eb_answer place(struct eb_object *objects, uint32_t demand)
{
    if (demand == objects->demand_count)
        return finish(objects);
    struct before before;
    if (!keep_members(objects, &before))
        return eb_answer(EB_PROOF_UNSURE);
    uint32_t strangers = 1u << objects->pattern_count;
    struct eb_answer result = eb_answer(EB_PROOF_EMPTY);
    for (uint32_t i = 0; i < before.count + strangers; i++) {
        if (!eb_prover_step(objects->task->prover))
            return eb_answer(EB_PROOF_UNSURE);
        struct eb_answer answer = i < before.count
                                      ? place_on_known(objects, demand, i)
                                      : place_on_stranger(objects, demand, i - before.count);
        if (answer.proof == EB_PROOF_FOUND)
            return answer;
        if (answer.proof == EB_PROOF_UNSURE)
            result.proof = EB_PROOF_UNSURE;
        restore_members(objects, &before);
    }
    return result;
}

struct eb_answer eb_solve_object(const struct eb_task *task)
{
    struct eb_object objects = { .task = task, .max = UINT64_MAX };
    eb_map_init(&objects.index_by_name, &task->prover->work);
    for (const struct eb_literal *fact = task->facts; fact; fact = fact->next)
        eb_object_gather(&objects, fact);
    if (objects.is_refuted || objects.min > objects.max)
        return eb_answer(EB_PROOF_EMPTY);
    for (uint32_t i = 0; i < objects.count && !objects.has_too_many; i++) {
        eb_object_find_patterns(&objects, &objects.members[i]);
        eb_object_judge_name(&objects, &objects.members[i]);
    }
    if (objects.has_too_many || task->prover->is_exhausted)
        return eb_answer(EB_PROOF_UNSURE);
    struct eb_answer answer = place(&objects, 0);
    /* Two demands might have been met by one stranger, of another name than the one made up. */
    bool may_share = objects.demand_count > 1;
    if (answer.proof == EB_PROOF_EMPTY && may_share)
        answer.proof = EB_PROOF_UNSURE;
    return answer;
}
