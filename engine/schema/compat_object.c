/*
 * compat_object.c - an object whose members each meet what is said of their names.
 *
 * Names come in two sorts. Those that some fact mentions are in a table, each present, absent or
 * undecided. All others are strangers: what is said of them depends only on which of the patterns
 * they match, so strangers are looked for by set of patterns, and a name that matches just these is
 * made up where one is needed. Once made up it is in the table.
 */
#include "schema/compat_prover.h"
#include "json/unescape.h"
#include "json/writer.h"

enum {
    PATTERNS_MAX = 6, /* different ones: 2^6 sorts of strangers */
    DEMANDS_MAX = 8,  /* members somewhere that must fail */
    NAMES_MAX = 20000,
    STRANGERS_MAX = 64, /* made up for one object */
    SPARE = 2,          /* members more than needed, where some objects are excluded */
};

enum presence {
    UNDECIDED,
    PRESENT,
    ABSENT,
};

struct member {
    struct eb_span name;
    enum presence presence;
    const struct eb_literal *demands; /* on its value, besides what the facts say */
    uint32_t patterns;                /* that it matches */
    bool may_be_named;                /* `propertyNames` accept it */
    struct eb_span text;              /* of its value, once found */
};

struct object_task {
    const struct eb_task *task;
    uint64_t min, max; /* members */
    struct member *members;
    uint32_t count, capacity;
    struct eb_map index_by_name;                            /* index + 1 */
    const struct eb_pattern_member *patterns[PATTERNS_MAX]; /* one for each text */
    uint32_t pattern_count;
    const struct eb_literal *demands[DEMANDS_MAX]; /* facts that a member somewhere is to meet */
    uint32_t demand_count;
    uint32_t strangers;
    bool has_too_many;
    bool is_refuted;
    bool has_exclusions;
};

static bool is_check(const struct eb_literal *fact, enum eb_opcode code)
{
    return fact->type == EB_LITERAL_CHECK && fact->check->code == code;
}

static const struct eb_members *members_of(const struct eb_literal *fact)
{
    bool is_members = fact->type == EB_LITERAL_CHECK && fact->check->code >= EB_OP_MEMBERS &&
                      fact->check->code <= EB_OP_MEMBERS_OPEN;
    return is_members ? fact->check->at : NULL;
}

/* ---- gathering ---- */

static struct member *member_of(struct object_task *objects, struct eb_span name)
{
    struct eb_prover *prover = objects->task->prover;
    void *known = eb_map_get(&objects->index_by_name, name);
    if (known)
        return &objects->members[(uintptr_t)known - 1];
    if (objects->count == NAMES_MAX) {
        objects->has_too_many = true;
        return NULL;
    }
    struct member *room = eb_array_room(
        &prover->work, objects->members, objects->count, &objects->capacity, sizeof *room);
    if (!room ||
        !eb_map_put(&objects->index_by_name, name, (void *)(uintptr_t)(objects->count + 1))) {
        prover->is_exhausted = true;
        return NULL;
    }
    objects->members = room;
    room[objects->count] = (struct member){ .name = name, .may_be_named = true };
    return &room[objects->count++];
}

static void set_presence(struct object_task *objects, struct eb_span name, enum presence presence)
{
    struct member *member = member_of(objects, name);
    if (!member)
        return;
    objects->is_refuted |= member->presence != UNDECIDED && member->presence != presence;
    member->presence = presence;
}

static void add_pattern(struct object_task *objects, const struct eb_pattern_member *pattern)
{
    for (uint32_t i = 0; i < objects->pattern_count; i++) {
        if (eb_span_equal(objects->patterns[i]->pattern, pattern->pattern))
            return;
    }
    if (objects->pattern_count == PATTERNS_MAX)
        objects->has_too_many = true;
    else
        objects->patterns[objects->pattern_count++] = pattern;
}

static void add_demand(struct object_task *objects, const struct eb_literal *fact)
{
    if (objects->demand_count == DEMANDS_MAX)
        objects->has_too_many = true;
    else
        objects->demands[objects->demand_count++] = fact;
}

static const struct eb_literal *add_failing(struct object_task *objects,
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
    struct object_task *objects, const struct eb_literal *fact, const struct eb_members *members)
{
    const struct eb_way *way = fact->way;
    if (way->type == EB_WAY_PATTERN || way->type == EB_WAY_ADDITIONAL) {
        add_demand(objects, fact);
        return;
    }
    struct eb_span name = members->names.names[way->index].text;
    set_presence(objects, name, way->type == EB_WAY_REQUIRED ? ABSENT : PRESENT);
    struct member *member = member_of(objects, name);
    if (member && way->type == EB_WAY_PROPERTY)
        member->demands = add_failing(objects, fact, way->node, member->demands);
}

static void gather_members(struct object_task *objects, const struct eb_literal *fact)
{
    const struct eb_members *members = members_of(fact);
    for (uint32_t i = 0; i < members->names.count; i++) {
        struct eb_span name = members->names.names[i].text;
        if (!fact->is_not && members->members[i].is_required)
            set_presence(objects, name, PRESENT);
        else
            member_of(objects, name);
    }
    for (uint32_t i = 0; i < members->pattern_count; i++)
        add_pattern(objects, &members->patterns[i]);
    if (fact->is_not)
        gather_failing_members(objects, fact, members);
}

static void bound_count(struct object_task *objects, const struct eb_literal *fact)
{
    uint64_t min = fact->check->a, max = fact->check->b;
    if (fact->is_not && fact->way->type == EB_WAY_BELOW_MIN) {
        max = min - 1;
        min = 0;
    } else if (fact->is_not) {
        min = max + 1;
        max = UINT32_MAX;
    }
    if (min > objects->min)
        objects->min = min;
    if (max < UINT32_MAX && max < objects->max)
        objects->max = max;
}

static void gather_fact(struct object_task *objects, const struct eb_literal *fact)
{
    if (fact->type == EB_LITERAL_PRESENT)
        set_presence(objects, fact->text, PRESENT);
    else if (fact->type == EB_LITERAL_ABSENT)
        set_presence(objects, fact->text, ABSENT);
    else if (fact->type == EB_LITERAL_COVER && fact->is_not)
        add_demand(objects, fact);
    else if (is_check(fact, EB_OP_MEMBER_COUNT))
        bound_count(objects, fact);
    else if (is_check(fact, EB_OP_MEMBER_NAMES) && fact->is_not)
        add_demand(objects, fact);
    else if (is_check(fact, EB_OP_VALUES) || fact->type == EB_LITERAL_REJECT)
        objects->has_exclusions = true;
    else if (members_of(fact))
        gather_members(objects, fact);
}

/* ---- names and patterns ---- */

static struct eb_span quote(struct object_task *objects, struct eb_span name)
{
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &objects->task->prover->work);
    eb_json_write_string(&writer, name);
    struct eb_span text = eb_json_writer_finish(&writer);
    objects->task->prover->is_exhausted |= !text.ptr;
    return text;
}

/* What every name of a member must meet. */
static const struct eb_literal *name_demands(
    struct object_task *objects, const struct eb_literal *demands)
{
    for (const struct eb_literal *fact = objects->task->facts; fact; fact = fact->next) {
        if (is_check(fact, EB_OP_MEMBER_NAMES) && !fact->is_not)
            demands =
                eb_literal_add_node(objects->task->prover, fact->side, fact->check->a, demands);
    }
    return demands;
}

static void find_patterns(struct object_task *objects, struct member *member)
{
    member->patterns = 0;
    for (uint32_t i = 0; i < objects->pattern_count; i++) {
        enum eb_regex_result result =
            eb_regex_run(objects->patterns[i]->regex, member->name, objects->task->prover->runner);
        objects->has_too_many |= result == EB_REGEX_LIMIT;
        member->patterns |= (uint32_t)(result == EB_REGEX_MATCH) << i;
    }
}

static void judge_name(struct object_task *objects, struct member *member)
{
    const struct eb_literal *demands = name_demands(objects, NULL);
    if (!demands)
        return;
    struct eb_span text = quote(objects, member->name);
    if (!text.ptr)
        return;
    enum eb_proof proof = eb_literals_judge(objects->task->prover, demands, text);
    objects->has_too_many |= proof == EB_PROOF_UNSURE;
    member->may_be_named = proof == EB_PROOF_FOUND;
}

static uint32_t pattern_bit(
    const struct object_task *objects, const struct eb_pattern_member *pattern)
{
    for (uint32_t i = 0; i < objects->pattern_count; i++) {
        if (eb_span_equal(objects->patterns[i]->pattern, pattern->pattern))
            return 1u << i;
    }
    return 0;
}

/* ---- what a member's value must meet ---- */

/* A name: its text, ptr NULL for a stranger, and the patterns it matches. */
struct name {
    struct eb_span text;
    uint32_t patterns;
};

/* The properties, patterns and the rest of one op, applied to the name. */
static bool speaks_of(
    const struct object_task *objects, const struct eb_members *members, const struct name *name)
{
    uint32_t index = name->text.ptr ? eb_names_find(&members->names, name->text) : EB_NO_NAME;
    if (index != EB_NO_NAME && members->members[index].is_property)
        return true;
    for (uint32_t i = 0; i < members->pattern_count; i++) {
        if (name->patterns & pattern_bit(objects, &members->patterns[i]))
            return true;
    }
    return false;
}

static const struct eb_literal *add_members_demand(struct object_task *objects,
    const struct eb_literal *fact, const struct name *name, const struct eb_literal *demands)
{
    struct eb_prover *prover = objects->task->prover;
    const struct eb_members *members = members_of(fact);
    uint32_t index = name->text.ptr ? eb_names_find(&members->names, name->text) : EB_NO_NAME;
    if (index != EB_NO_NAME)
        demands = eb_literal_add_node(prover, fact->side, members->members[index].node, demands);
    for (uint32_t i = 0; i < members->pattern_count; i++) {
        const struct eb_pattern_member *pattern = &members->patterns[i];
        if (name->patterns & pattern_bit(objects, pattern))
            demands = eb_literal_add_node(prover, fact->side, pattern->node, demands);
    }
    if (!speaks_of(objects, members, name))
        demands = eb_literal_add_node(prover, fact->side, members->additional, demands);
    return demands;
}

/* Whether something that counts for the cover has evaluated the member. */
static bool is_covered(
    const struct object_task *objects, const struct eb_cover *cover, const struct name *name)
{
    for (const struct eb_literal *fact = objects->task->facts; fact; fact = fact->next) {
        if (fact->cover != cover || fact->type != EB_LITERAL_CHECK)
            continue;
        if (fact->check->code == EB_OP_UNEVALUATED_MEMBERS)
            return true;
        const struct eb_members *members = members_of(fact);
        if (members && (members->has_additional || speaks_of(objects, members, name)))
            return true;
    }
    return false;
}

static const struct eb_literal *value_demands(
    struct object_task *objects, const struct name *name, const struct eb_literal *demands)
{
    for (const struct eb_literal *fact = objects->task->facts; fact; fact = fact->next) {
        if (fact->is_not)
            continue;
        if (members_of(fact))
            demands = add_members_demand(objects, fact, name, demands);
        else if (fact->type == EB_LITERAL_COVER && !is_covered(objects, fact->cover, name))
            demands = eb_literal_add_node(objects->task->prover, fact->side, fact->node, demands);
    }
    return demands;
}

static struct name name_of(const struct member *member)
{
    return (struct name){ member->name, member->patterns };
}

/* A value for the member. */
static struct eb_answer find_value(struct object_task *objects, const struct member *member)
{
    if (!member->may_be_named)
        return eb_answer(EB_PROOF_EMPTY);
    struct name name = name_of(member);
    const struct eb_literal *demands = value_demands(objects, &name, member->demands);
    return eb_prove(objects->task->prover, objects->task->goal, demands);
}

/* ---- strangers ---- */

/* The name of a stranger that matches exactly `patterns`. */
static struct eb_answer find_name(
    struct object_task *objects, uint32_t patterns, const struct eb_literal *demands)
{
    struct eb_prover *prover = objects->task->prover;
    demands = name_demands(objects, demands);
    for (uint32_t i = 0; i < objects->pattern_count; i++)
        demands = eb_literal_add(prover,
            (struct eb_literal){ .type = EB_LITERAL_REGEX,
                .regex = objects->patterns[i]->regex,
                .text = objects->patterns[i]->pattern,
                .is_not = !(patterns >> i & 1) },
            demands);
    for (uint32_t i = 0; i < objects->count; i++)
        demands = eb_literal_add(prover,
            (struct eb_literal){
                .type = EB_LITERAL_REJECT, .text = quote(objects, objects->members[i].name) },
            demands);
    return eb_prove_name(prover, objects->task->goal, demands);
}

/* The text of a JSON string. */
static struct eb_span unquote(struct object_task *objects, struct eb_span json)
{
    struct eb_prover *prover = objects->task->prover;
    char *out = EB_PROVER_ARRAY(prover, char, json.len);
    if (!out)
        return eb_span("", 0);
    struct eb_unescape pieces = eb_unescape(eb_span(json.ptr + 1, json.len - 2));
    size_t len = 0;
    for (;;) {
        struct eb_span piece = eb_unescape_next(&pieces);
        if (!piece.ptr)
            return eb_span(out, len);
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
    }
}

/*
 * Puts in a stranger that matches exactly `patterns`, with a value that meets `on_value` and a name
 * that meets `on_name` as well. The value comes first: where objects are closed it says no at once.
 */
static enum eb_proof put_stranger(struct object_task *objects, uint32_t patterns,
    const struct eb_literal *on_value, const struct eb_literal *on_name)
{
    struct name name = { .patterns = patterns };
    const struct eb_literal *demands = value_demands(objects, &name, on_value);
    struct eb_answer value = eb_prove(objects->task->prover, objects->task->goal, demands);
    if (value.proof != EB_PROOF_FOUND)
        return value.proof;
    struct eb_answer text = find_name(objects, patterns, on_name);
    if (text.proof != EB_PROOF_FOUND)
        return text.proof;
    if (objects->strangers == STRANGERS_MAX)
        return EB_PROOF_UNSURE;
    struct member *member = member_of(objects, unquote(objects, text.text));
    if (!member || member->presence != UNDECIDED)
        return EB_PROOF_UNSURE;
    objects->strangers++;
    member->presence = PRESENT;
    member->demands = on_value;
    member->patterns = patterns;
    member->text = value.text;
    return EB_PROOF_FOUND;
}

static enum eb_proof put_any_stranger(struct object_task *objects)
{
    enum eb_proof result = EB_PROOF_EMPTY;
    for (uint32_t patterns = 0; patterns < 1u << objects->pattern_count; patterns++) {
        enum eb_proof proof = put_stranger(objects, patterns, NULL, NULL);
        if (proof == EB_PROOF_FOUND)
            return proof;
        if (proof == EB_PROOF_UNSURE)
            result = proof;
    }
    return result;
}

/* ---- finishing: enough members, each with a value ---- */

static struct eb_span write_object(const struct object_task *objects)
{
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &objects->task->prover->work);
    eb_json_open_object(&writer);
    for (uint32_t i = 0; i < objects->count; i++) {
        const struct member *member = &objects->members[i];
        if (member->presence != PRESENT)
            continue;
        eb_json_write_name(&writer, member->name);
        eb_json_write_raw(&writer, member->text);
    }
    eb_json_close_object(&writer);
    return eb_json_writer_finish(&writer);
}

static uint64_t count_present(const struct object_task *objects)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < objects->count; i++)
        count += objects->members[i].presence == PRESENT;
    return count;
}

/* False when one that must be there cannot. */
static enum eb_proof fill_present(struct object_task *objects)
{
    enum eb_proof result = EB_PROOF_FOUND;
    for (uint32_t i = 0; i < objects->count; i++) {
        struct member *member = &objects->members[i];
        if (member->presence != PRESENT)
            continue;
        struct eb_answer answer = find_value(objects, member);
        if (answer.proof == EB_PROOF_EMPTY)
            return EB_PROOF_EMPTY;
        if (answer.proof == EB_PROOF_UNSURE)
            result = EB_PROOF_UNSURE;
        objects->members[i].text = answer.text;
    }
    return result;
}

/* Members that nobody asked for, until there are `wanted`. */
static enum eb_proof fill_up(struct object_task *objects, uint64_t wanted)
{
    uint64_t present = count_present(objects);
    enum eb_proof result = EB_PROOF_EMPTY;
    for (uint32_t i = 0; i < objects->count && present < wanted; i++) {
        if (objects->members[i].presence != UNDECIDED)
            continue;
        struct eb_answer answer = find_value(objects, &objects->members[i]);
        if (answer.proof == EB_PROOF_UNSURE)
            result = EB_PROOF_UNSURE;
        if (answer.proof != EB_PROOF_FOUND)
            continue;
        objects->members[i].presence = PRESENT;
        objects->members[i].text = answer.text;
        present++;
    }
    while (present < wanted) {
        enum eb_proof proof = put_any_stranger(objects);
        if (proof != EB_PROOF_FOUND)
            return proof == EB_PROOF_UNSURE ? proof : result;
        present++;
    }
    return EB_PROOF_FOUND;
}

static struct eb_answer judge_object(struct object_task *objects)
{
    struct eb_answer answer = { .text = write_object(objects) };
    answer.proof = answer.text.ptr
                       ? eb_literals_judge(objects->task->prover, objects->task->facts, answer.text)
                       : EB_PROOF_UNSURE;
    return answer;
}

/* Whether {} is the only object there can be. */
static bool is_only_empty(struct object_task *objects)
{
    return count_present(objects) == 0 &&
           (objects->max == 0 || fill_up(objects, 1) == EB_PROOF_EMPTY);
}

static struct eb_answer finish(struct object_task *objects)
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
static bool may_meet(
    const struct object_task *objects, const struct eb_literal *demand, const struct name *name)
{
    if (demand->type == EB_LITERAL_COVER)
        return !is_covered(objects, demand->cover, name);
    const struct eb_members *members = members_of(demand);
    if (!members)
        return true; /* a name that `propertyNames` refuse */
    if (demand->way->type == EB_WAY_ADDITIONAL)
        return !speaks_of(objects, members, name);
    const struct eb_pattern_member *pattern = &members->patterns[demand->way->index];
    return name->patterns & pattern_bit(objects, pattern);
}

static bool is_about_name(const struct eb_literal *demand)
{
    return is_check(demand, EB_OP_MEMBER_NAMES);
}

static uint32_t failing_node(const struct eb_literal *demand)
{
    return demand->type == EB_LITERAL_COVER ? demand->node : demand->way->node;
}

/* Whether `propertyNames` refuse it; they decide about the name alone. */
static bool name_fails(
    struct object_task *objects, const struct eb_literal *demand, struct eb_span name)
{
    const struct eb_literal *failing = add_failing(objects, demand, failing_node(demand), NULL);
    struct eb_span text = quote(objects, name);
    if (!text.ptr || !failing)
        return false;
    return eb_literals_judge(objects->task->prover, failing, text) == EB_PROOF_FOUND;
}

static struct eb_answer place(struct object_task *objects, uint32_t demand);

/* What trying one way changed, to try another. */
struct before {
    struct member *members;
    uint32_t count, strangers;
};

static bool keep_members(struct object_task *objects, struct before *before)
{
    struct eb_prover *prover = objects->task->prover;
    before->count = objects->count;
    before->strangers = objects->strangers;
    before->members = EB_PROVER_ARRAY(prover, struct member, objects->count);
    if (before->members && objects->count)
        memcpy(before->members, objects->members, objects->count * sizeof *before->members);
    return before->members;
}

/* Strangers stay in the table, where they are names like any other; nothing else is left. */
static void restore_members(struct object_task *objects, const struct before *before)
{
    if (before->count)
        memcpy(objects->members, before->members, before->count * sizeof *before->members);
    for (uint32_t i = before->count; i < objects->count; i++) {
        objects->members[i].presence = UNDECIDED;
        objects->members[i].demands = NULL;
    }
}

/* The demand is met by a member whose name is in the table. */
static struct eb_answer place_on_known(struct object_task *objects, uint32_t demand, uint32_t index)
{
    const struct eb_literal *fact = objects->demands[demand];
    struct member *member = &objects->members[index];
    struct name name = name_of(member);
    if (member->presence == ABSENT || !may_meet(objects, fact, &name))
        return eb_answer(EB_PROOF_EMPTY);
    if (is_about_name(fact)) {
        if (!name_fails(objects, fact, member->name))
            return eb_answer(EB_PROOF_EMPTY);
    } else {
        member->demands = add_failing(objects, fact, failing_node(fact), member->demands);
    }
    member->presence = PRESENT;
    struct eb_answer alone = find_value(objects, member);
    if (alone.proof != EB_PROOF_FOUND)
        return alone;
    return place(objects, demand + 1);
}

static struct eb_answer place_on_stranger(
    struct object_task *objects, uint32_t demand, uint32_t patterns)
{
    const struct eb_literal *fact = objects->demands[demand];
    struct name name = { .patterns = patterns };
    if (!may_meet(objects, fact, &name))
        return eb_answer(EB_PROOF_EMPTY);
    const struct eb_literal *failing = add_failing(objects, fact, failing_node(fact), NULL);
    bool is_name = is_about_name(fact);
    enum eb_proof proof =
        put_stranger(objects, patterns, is_name ? NULL : failing, is_name ? failing : NULL);
    return proof == EB_PROOF_FOUND ? place(objects, demand + 1) : eb_answer(proof);
}

/* Every way of placing the demands from `demand` on. */
static struct eb_answer place(struct object_task *objects, uint32_t demand)
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
    struct object_task objects = { .task = task, .max = UINT64_MAX };
    eb_map_init(&objects.index_by_name, &task->prover->work);
    for (const struct eb_literal *fact = task->facts; fact; fact = fact->next)
        gather_fact(&objects, fact);
    if (objects.is_refuted || objects.min > objects.max)
        return eb_answer(EB_PROOF_EMPTY);
    for (uint32_t i = 0; i < objects.count && !objects.has_too_many; i++) {
        find_patterns(&objects, &objects.members[i]);
        judge_name(&objects, &objects.members[i]);
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
