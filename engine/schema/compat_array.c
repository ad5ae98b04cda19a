/*
 * compat_array.c - an array of elements that each meet their own demands, some of them several.
 *
 *     position     0    1    2 …          a position of its own as far as any prefix reaches,
 *     demands      p0   p1   rest         then all alike
 *
 * Every `contains` splits what an element may be in two, matching or not; an element is put in for
 * one combination of these at a time, so that its counts are known. Elements are put in from the
 * left until lengths and counts are met; a shorter array is found before a longer one.
 */
#include "schema/compat_prover.h"
#include "json/writer.h"

enum {
    CONTAINS_MAX = 4,
    POSITIONS_MAX = 64, /* that have demands of their own */
    LENGTH_MAX = 5000,  /* of an array made up */
    SPARE = 2,          /* more elements than needed, where some arrays are excluded */
    NOWHERE = UINT32_MAX,
};

struct contains_bound {
    const struct eb_literal *fact;
    uint32_t node;
    uint32_t min, max;
    uint32_t found;
};

struct array_task {
    const struct eb_task *task;
    uint64_t min, max; /* elements */
    uint32_t positions;
    struct contains_bound contains[CONTAINS_MAX];
    uint32_t contains_count;
    bool has_too_many;
    bool is_unique;
    bool has_exclusions; /* whole arrays that it must not be */

    /* What is being tried. */
    const struct eb_literal *somewhere; /* a failing rest element… */
    uint32_t somewhere_at;              /* …here; NOWHERE: there is none to place */
    uint32_t twin_first, twin_second;   /* equal elements; NOWHERE: none are needed */
    struct eb_span *texts;
    uint8_t *combinations; /* of the elements put in */
    uint32_t length;
    uint64_t length_min;
    bool is_unsure;
};

static bool is_items(const struct eb_literal *fact)
{
    return fact->type == EB_LITERAL_CHECK && fact->check->code == EB_OP_ITEMS;
}

/* ---- gathering ---- */

static void add_contains(struct array_task *arrays, const struct eb_literal *fact)
{
    const struct eb_contains *contains = fact->check->at;
    struct contains_bound bound = { fact, contains->node, contains->min, contains->max, 0 };
    if (fact->is_not && fact->way->type == EB_WAY_BELOW_MIN) {
        bound.min = 0;
        bound.max = contains->min - 1;
    } else if (fact->is_not) {
        bound.min = contains->max + 1;
        bound.max = UINT32_MAX;
    }
    if (bound.min == 0 && bound.max == UINT32_MAX && !fact->cover)
        return;
    if (arrays->contains_count == CONTAINS_MAX)
        arrays->has_too_many = true;
    else
        arrays->contains[arrays->contains_count++] = bound;
}

static void need_positions(struct array_task *arrays, uint32_t count)
{
    if (count > arrays->positions)
        arrays->positions = count;
}

static void gather_items(struct array_task *arrays, const struct eb_literal *fact)
{
    const struct eb_array_items *items = fact->check->at;
    need_positions(arrays, items->prefix_count);
    if (!fact->is_not)
        return;
    if (fact->way->type == EB_WAY_REST_ITEM) {
        arrays->has_too_many |= arrays->somewhere != NULL;
        arrays->somewhere = fact;
        return;
    }
    need_positions(arrays, fact->way->index + 1);
    if (fact->way->index + 1 > arrays->min)
        arrays->min = fact->way->index + 1;
}

static void gather(struct array_task *arrays)
{
    for (const struct eb_literal *fact = arrays->task->facts; fact; fact = fact->next) {
        if (fact->type == EB_LITERAL_COVER && fact->is_not) {
            arrays->has_too_many |= arrays->somewhere != NULL;
            arrays->somewhere = fact;
        }
        arrays->has_exclusions |= fact->type == EB_LITERAL_REJECT;
        if (fact->type != EB_LITERAL_CHECK)
            continue;
        switch ((enum eb_opcode)fact->check->code) {
        case EB_OP_VALUES: arrays->has_exclusions = true; break;
        case EB_OP_ITEM_COUNT: eb_literal_bound(fact, &arrays->min, &arrays->max); break;
        case EB_OP_CONTAINS: add_contains(arrays, fact); break;
        case EB_OP_ITEMS: gather_items(arrays, fact); break;
        case EB_OP_UNIQUE:
            if (fact->is_not)
                arrays->twin_first = 0;
            else
                arrays->is_unique = true;
            break;
        default: break;
        }
    }
}

/* ---- what an element must meet ---- */

/* Whether something that counts for the cover has evaluated the element. */
static bool is_covered(const struct array_task *arrays, const struct eb_cover *cover,
    uint32_t position, uint32_t combination)
{
    for (const struct eb_literal *fact = arrays->task->facts; fact; fact = fact->next) {
        if (fact->cover != cover || fact->type != EB_LITERAL_CHECK)
            continue;
        if (fact->check->code == EB_OP_UNEVALUATED_ITEMS)
            return true;
        const struct eb_array_items *items = fact->check->at;
        if (fact->check->code == EB_OP_ITEMS && (items->has_rest || position < items->prefix_count))
            return true;
    }
    for (uint32_t i = 0; i < arrays->contains_count; i++) {
        const struct eb_literal *fact = arrays->contains[i].fact;
        if (fact->cover == cover && fact->check->is_tracked && (combination >> i & 1))
            return true;
    }
    return false;
}

static const struct eb_literal *add_failing(struct eb_prover *prover, const struct eb_literal *fact,
    uint32_t node, const struct eb_literal *demands)
{
    return eb_literal_add(prover,
        (struct eb_literal){ .type = EB_LITERAL_NODE,
            .side = fact->side,
            .node = node,
            .is_not = true,
            .focus = fact->focus },
        demands);
}

static const struct eb_literal *add_items_demand(struct eb_prover *prover,
    const struct eb_literal *fact, uint32_t position, const struct eb_literal *demands)
{
    const struct eb_array_items *items = fact->check->at;
    if (!fact->is_not) {
        uint32_t node = position < items->prefix_count ? items->prefix[position] : items->rest;
        return eb_literal_add_node(prover, fact->side, node, demands);
    }
    if (fact->way->type == EB_WAY_PREFIX_ITEM && fact->way->index == position)
        return add_failing(prover, fact, fact->way->node, demands);
    return demands;
}

static const struct eb_literal *add_somewhere(
    const struct array_task *arrays, uint32_t position, const struct eb_literal *demands)
{
    const struct eb_literal *fact = arrays->somewhere;
    if (!fact || arrays->somewhere_at != position)
        return demands;
    uint32_t node = fact->type == EB_LITERAL_COVER ? fact->node : fact->way->node;
    return add_failing(arrays->task->prover, fact, node, demands);
}

static const struct eb_literal *demands_at(const struct array_task *arrays, uint32_t position,
    uint32_t combination, const struct eb_literal *demands)
{
    struct eb_prover *prover = arrays->task->prover;
    for (const struct eb_literal *fact = arrays->task->facts; fact; fact = fact->next) {
        if (is_items(fact))
            demands = add_items_demand(prover, fact, position, demands);
        else if (fact->type == EB_LITERAL_COVER && !fact->is_not &&
                 !is_covered(arrays, fact->cover, position, combination))
            demands = eb_literal_add_node(prover, fact->side, fact->node, demands);
    }
    for (uint32_t i = 0; i < arrays->contains_count; i++)
        demands = eb_literal_add(prover,
            (struct eb_literal){ .type = EB_LITERAL_NODE,
                .side = arrays->contains[i].fact->side,
                .node = arrays->contains[i].node,
                .is_not = !(combination >> i & 1) },
            demands);
    return add_somewhere(arrays, position, demands);
}

/* ---- putting elements in ---- */

/* Whether an element of this combination leaves every count within its bound. */
static bool fits(const struct array_task *arrays, uint32_t combination)
{
    for (uint32_t i = 0; i < arrays->contains_count; i++) {
        const struct contains_bound *bound = &arrays->contains[i];
        if ((combination >> i & 1) && bound->found >= bound->max)
            return false;
    }
    return true;
}

/* The element to come is to be one that nothing evaluates, and of this combination it is none. */
static bool is_covered_in_vain(const struct array_task *arrays, uint32_t combination)
{
    const struct eb_literal *fact = arrays->somewhere;
    return fact && fact->type == EB_LITERAL_COVER && arrays->somewhere_at == arrays->length &&
           is_covered(arrays, fact->cover, arrays->length, combination);
}

static void count(struct array_task *arrays, uint32_t combination, int times)
{
    for (uint32_t i = 0; i < arrays->contains_count; i++) {
        if (combination >> i & 1)
            arrays->contains[i].found += (uint32_t)times;
    }
}

static bool is_complete(const struct array_task *arrays)
{
    if (arrays->length < arrays->length_min)
        return false;
    for (uint32_t i = 0; i < arrays->contains_count; i++) {
        if (arrays->contains[i].found < arrays->contains[i].min)
            return false;
    }
    return true;
}

/* An array longer than this has elements nobody asked for. */
static uint64_t longest(const struct array_task *arrays)
{
    uint64_t length =
        arrays->length_min > arrays->positions ? arrays->length_min : arrays->positions;
    for (uint32_t i = 0; i < arrays->contains_count; i++)
        length += arrays->contains[i].min;
    length += arrays->has_exclusions ? SPARE : 0;
    return length < arrays->max ? length : arrays->max;
}

static struct eb_answer element(struct array_task *arrays, uint32_t combination)
{
    uint32_t position = arrays->length;
    struct eb_prover *prover = arrays->task->prover;
    const struct eb_literal *demands = demands_at(arrays, position, combination, NULL);
    if (position == arrays->twin_first && arrays->twin_second != NOWHERE)
        demands = demands_at(arrays, arrays->twin_second, combination, demands);
    for (uint32_t i = 0; arrays->is_unique && i < position; i++)
        demands = eb_literal_add(prover,
            (struct eb_literal){ .type = EB_LITERAL_REJECT, .text = arrays->texts[i] }, demands);
    return eb_prove(prover, arrays->task->goal, demands);
}

static struct eb_span write_array(const struct array_task *arrays)
{
    struct eb_json_writer writer;
    eb_json_writer_init_arena(&writer, &arrays->task->prover->work);
    eb_json_open_array(&writer);
    for (uint32_t i = 0; i < arrays->length; i++)
        eb_json_write_raw(&writer, arrays->texts[i]);
    eb_json_close_array(&writer);
    return eb_json_writer_finish(&writer);
}

static struct eb_answer finish(struct array_task *arrays)
{
    struct eb_span text = write_array(arrays);
    enum eb_proof proof = text.ptr
                              ? eb_literals_judge(arrays->task->prover, arrays->task->facts, text)
                              : EB_PROOF_UNSURE;
    if (proof == EB_PROOF_FOUND)
        return (struct eb_answer){ proof, text };
    /* What was not reckoned with: values that are excluded. There is only one empty array, but any
     * other might be right with other elements. */
    arrays->is_unsure |= arrays->length > 0 || proof == EB_PROOF_UNSURE;
    return eb_answer(EB_PROOF_EMPTY);
}

static struct eb_answer put(struct array_task *arrays);

static struct eb_answer put_combination(struct array_task *arrays, uint32_t combination)
{
    bool is_twin = arrays->length == arrays->twin_second;
    if (!fits(arrays, combination) || is_covered_in_vain(arrays, combination))
        return eb_answer(EB_PROOF_EMPTY);
    if (is_twin && arrays->combinations[arrays->twin_first] != combination)
        return eb_answer(EB_PROOF_EMPTY);
    struct eb_span text = is_twin ? arrays->texts[arrays->twin_first] : eb_span(NULL, 0);
    if (!is_twin) {
        struct eb_answer answer = element(arrays, combination);
        if (answer.proof != EB_PROOF_FOUND) {
            /* With different elements before it there might have been room for one. */
            bool depends = arrays->is_unique && arrays->length &&
                           (arrays->positions || arrays->contains_count);
            arrays->is_unsure |= answer.proof == EB_PROOF_UNSURE || depends;
            return eb_answer(EB_PROOF_EMPTY);
        }
        text = answer.text;
    }
    arrays->combinations[arrays->length] = (uint8_t)combination;
    arrays->texts[arrays->length++] = text;
    count(arrays, combination, 1);
    struct eb_answer answer = put(arrays);
    count(arrays, combination, -1);
    arrays->length--;
    return answer;
}

/* One more element, and all that follow. Those that match what is still lacking come first. */
static struct eb_answer put(struct array_task *arrays)
{
    struct eb_prover *prover = arrays->task->prover;
    if (!eb_prover_step(prover))
        return eb_answer(EB_PROOF_UNSURE);
    if (is_complete(arrays)) {
        struct eb_answer answer = finish(arrays);
        if (answer.proof == EB_PROOF_FOUND || !arrays->has_exclusions)
            return answer;
    }
    if (arrays->length >= longest(arrays)) {
        arrays->is_unsure |= arrays->has_exclusions && longest(arrays) < arrays->max;
        return eb_answer(EB_PROOF_EMPTY);
    }
    uint32_t lacking = 0, combinations = 1u << arrays->contains_count;
    for (uint32_t i = 0; i < arrays->contains_count; i++)
        lacking |= (uint32_t)(arrays->contains[i].found < arrays->contains[i].min) << i;
    for (uint32_t i = 0; i < combinations; i++) {
        struct eb_arena_mark mark = eb_arena_mark(&prover->work);
        struct eb_answer answer = put_combination(arrays, i ^ lacking);
        if (answer.proof == EB_PROOF_FOUND || prover->is_exhausted)
            return answer;
        eb_arena_rewind(&prover->work, mark);
    }
    return eb_answer(EB_PROOF_EMPTY);
}

/* ---- the places that can be chosen ---- */

static struct eb_answer try_once(struct array_task *arrays)
{
    arrays->length = 0;
    arrays->length_min = arrays->min;
    if (arrays->somewhere && arrays->somewhere_at + 1 > arrays->length_min)
        arrays->length_min = arrays->somewhere_at + 1;
    if (arrays->twin_second != NOWHERE && arrays->twin_second + 1 > arrays->length_min)
        arrays->length_min = arrays->twin_second + 1;
    if (arrays->length_min > arrays->max)
        return eb_answer(EB_PROOF_EMPTY);
    uint64_t room = longest(arrays);
    if (room > LENGTH_MAX) {
        arrays->is_unsure = true;
        return eb_answer(EB_PROOF_UNSURE);
    }
    arrays->texts = EB_PROVER_ARRAY(arrays->task->prover, struct eb_span, room + 1);
    arrays->combinations = EB_PROVER_ARRAY(arrays->task->prover, uint8_t, room + 1);
    return arrays->texts && arrays->combinations ? put(arrays) : eb_answer(EB_PROOF_UNSURE);
}

/* Beyond the prefixes two positions differ only if they are the twins. */
static struct eb_answer try_twins(struct array_task *arrays)
{
    if (arrays->twin_first == NOWHERE)
        return try_once(arrays);
    uint32_t end = arrays->positions + 3; /* one of them may be where something else fails */
    for (uint32_t second = 1; second < end; second++) {
        for (uint32_t first = 0; first < second; first++) {
            arrays->twin_first = first;
            arrays->twin_second = second;
            struct eb_answer answer = try_once(arrays);
            if (answer.proof == EB_PROOF_FOUND || arrays->task->prover->is_exhausted)
                return answer;
        }
    }
    return eb_answer(EB_PROOF_EMPTY);
}

static bool may_be_somewhere(const struct array_task *arrays, uint32_t position)
{
    const struct eb_literal *fact = arrays->somewhere;
    if (fact->type == EB_LITERAL_COVER)
        return true; /* what covers it may depend on its combination: judged in the end */
    return position >= ((const struct eb_array_items *)fact->check->at)->prefix_count;
}

static struct eb_answer try_places(struct array_task *arrays)
{
    arrays->somewhere_at = NOWHERE;
    if (!arrays->somewhere)
        return try_twins(arrays);
    for (uint32_t position = 0; position <= arrays->positions; position++) {
        if (!may_be_somewhere(arrays, position))
            continue;
        arrays->somewhere_at = position;
        struct eb_answer answer = try_twins(arrays);
        if (answer.proof == EB_PROOF_FOUND || arrays->task->prover->is_exhausted)
            return answer;
    }
    return eb_answer(EB_PROOF_EMPTY);
}

struct eb_answer eb_solve_array(const struct eb_task *task)
{
    struct array_task arrays = {
        .task = task, .max = UINT64_MAX, .twin_first = NOWHERE, .twin_second = NOWHERE
    };
    gather(&arrays);
    if (arrays.min > arrays.max)
        return eb_answer(EB_PROOF_EMPTY);
    if (arrays.twin_first != NOWHERE && arrays.is_unique)
        return eb_answer(EB_PROOF_EMPTY);
    if (arrays.has_too_many || arrays.positions > POSITIONS_MAX)
        return eb_answer(EB_PROOF_UNSURE);
    struct eb_answer answer = try_places(&arrays);
    if (answer.proof != EB_PROOF_FOUND && (arrays.is_unsure || task->prover->is_exhausted))
        answer.proof = EB_PROOF_UNSURE;
    return answer;
}
