/*
 * validate.c - the verdict: the machine, and what is asked of arrays and of a value as a whole.
 * Every event comes through here.
 */
#include "base/limits.h"
#include "schema/equal.h"
#include "schema/machine.h"

/* ---- bounds ---- */

bool eb_run_exceed(struct eb_run *run, enum eb_limit limit)
{
    if (!run->limit)
        run->limit = limit;
    return false;
}

uint64_t *eb_run_bits(struct eb_run *run, uint32_t count)
{
    uint64_t *bits = EB_ARENA_ARRAY(run->arena, uint64_t, count / 64 + 1);
    if (!bits)
        eb_run_exceed(run, EB_LIMIT_MEMORY);
    return bits;
}

/* In tokens. */
static inline uint32_t size_of(const struct eb_run *run, const struct eb_token *value)
{
    return value->next - index_of(run, value);
}

/* ---- values ---- */

static bool value_equals(struct eb_run *run, const struct eb_value_set *set, uint32_t wanted,
    const struct eb_token *value)
{
    bool is_exhausted = false;
    bool is_equal =
        eb_value_equal(set->doc, wanted, run->doc, index_of(run, value), run->arena, &is_exhausted);
    return is_exhausted ? eb_run_exceed(run, EB_LIMIT_MEMORY) : is_equal;
}

bool eb_value_set_has(
    struct eb_run *run, const struct eb_value_set *set, const struct eb_token *value)
{
    enum { SEARCHED_MAX = 8 };
    if (set->count <= SEARCHED_MAX) {
        for (uint32_t i = 0; i < set->count; i++) {
            if (value_equals(run, set, set->tokens[i], value))
                return true;
        }
        return false;
    }
    if (!eb_run_spend(run, size_of(run, value)))
        return false;
    uint32_t at = (uint32_t)eb_value_hash(run->doc, index_of(run, value));
    for (;; at++) {
        uint32_t wanted = set->others[at & set->other_mask];
        if (wanted == EB_NO_TOKEN)
            return false;
        if (value_equals(run, set, wanted, value))
            return true;
    }
}

/* ---- arrays ---- */

static void mark_first(struct eb_run *run, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        eb_set_bit(run->seen, i);
}

static bool items_pass(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *array, uint32_t depth)
{
    const struct eb_array_items *items = op->at;
    uint32_t index = 0;
    if (op->is_tracked)
        mark_first(run, items->has_rest || items->prefix_count > array->count
                            ? array->count
                            : items->prefix_count);
    if (items->rest == EB_NODE_TRUE && !items->prefix_count)
        return true;
    EACH_ELEMENT(run->tokens, array, element)
    {
        uint32_t node = index < items->prefix_count ? items->prefix[index++] : items->rest;
        if (!accepts(run, node, element, depth))
            return false;
    }
    return true;
}

static bool contains_pass(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *array, uint32_t depth)
{
    const struct eb_contains *contains = op->at;
    bool is_settled_early = !op->is_tracked && contains->max == UINT32_MAX;
    uint32_t found = 0, index = 0;
    EACH_ELEMENT(run->tokens, array, element)
    {
        if (is_settled_early && found >= contains->min)
            return true;
        if (accepts(run, contains->node, element, depth)) {
            found++;
            if (op->is_tracked)
                eb_set_bit(run->seen, index);
        }
        if (run->limit)
            return false;
        index++;
    }
    return contains->min <= found && found <= contains->max;
}

static bool is_unique(struct eb_run *run, const struct eb_token *array)
{
    uint32_t pair[2];
    bool is_exhausted = false;
    if (array->count < 2)
        return true;
    if (!eb_run_spend(run, size_of(run, array)))
        return false;
    bool differ =
        eb_elements_differ(run->doc, index_of(run, array), run->arena, &is_exhausted, pair);
    return is_exhausted ? eb_run_exceed(run, EB_LIMIT_MEMORY) : differ;
}

static inline bool count_holds(const struct eb_op *op, uint32_t count)
{
    return op->a <= count && count <= op->b;
}

/* ---- combinations ---- */

/* What a branch marked must be forgotten if the branch fails (core §7.7.1.1). */
static bool tracked_branch_passes(
    struct eb_run *run, uint32_t node, const struct eb_token *value, uint32_t depth)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    size_t bytes = (value->count / 64 + 1) * sizeof(uint64_t);
    uint64_t *before = eb_run_bits(run, value->count);
    if (!before)
        return false;
    memcpy(before, run->seen, bytes);
    bool passes = accepts(run, node, value, depth);
    if (!passes)
        memcpy(run->seen, before, bytes);
    eb_arena_rewind(run->arena, mark);
    return passes;
}

static bool has_marks(const struct eb_op *op, const struct eb_token *value)
{
    return op->is_tracked && value->type >= EB_JSON_ARRAY;
}

static inline bool branch_passes(struct eb_run *run, const struct eb_op *op, uint32_t node,
    const struct eb_token *value, uint32_t depth)
{
    return has_marks(op, value) ? tracked_branch_passes(run, node, value, depth)
                                : accepts(run, node, value, depth);
}

static bool any_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth)
{
    const struct eb_branches *branches = op->at;
    bool needs_all = has_marks(op, value);
    bool passes = false;
    for (uint32_t i = 0; i < branches->count && !run->limit; i++) {
        passes |= branch_passes(run, op, branches->nodes[i], value, depth);
        if (passes && !needs_all)
            return true;
    }
    return passes;
}

static bool one_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth)
{
    const struct eb_branches *branches = op->at;
    uint32_t passing = 0;
    for (uint32_t i = 0; i < branches->count && passing < 2 && !run->limit; i++)
        passing += branch_passes(run, op, branches->nodes[i], value, depth);
    return passing == 1;
}

static bool if_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth)
{
    bool condition = branch_passes(run, op, op->a, value, depth);
    return accepts(run, condition ? op->b : op->c, value, depth);
}

/* ---- unevaluated ---- */

uint64_t *eb_run_track(struct eb_run *run, const struct eb_token *value, struct eb_run_marks *marks)
{
    *marks = (struct eb_run_marks){ eb_arena_mark(run->arena), run->seen };
    uint64_t *seen = eb_run_bits(run, value->count);
    if (seen)
        run->seen = seen;
    return seen;
}

static void untrack(struct eb_run *run, const struct eb_run_marks *marks)
{
    run->seen = marks->outer;
    eb_arena_rewind(run->arena, marks->arena);
}

static bool rest_passes(struct eb_run *run, const uint64_t *seen, const struct eb_op *op,
    const struct eb_token *value, uint32_t depth)
{
    const struct eb_unevaluated *unevaluated = op->at;
    uint32_t step = op->code == EB_OP_UNEVALUATED_MEMBERS; /* from a name to its value */
    const struct eb_token *end = run->tokens + value->next;
    uint32_t ordinal = 0;
    for (const struct eb_token *at = value + 1; at < end; at = run->tokens + at[step].next) {
        if (!eb_bit(seen, ordinal++) && !accepts(run, unevaluated->node, at + step, depth))
            return false;
    }
    return true;
}

static bool unevaluated_passes(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth)
{
    const struct eb_unevaluated *unevaluated = op->at;
    struct eb_run_marks marks;
    uint64_t *seen = eb_run_track(run, value, &marks);
    bool passes = seen && accepts(run, unevaluated->inner, value, depth) &&
                  rest_passes(run, seen, op, value, depth);
    untrack(run, &marks);
    if (passes && op->is_tracked) /* for an outer one, everything has been evaluated now */
        mark_first(run, value->count);
    return passes;
}

/* ---- the machine ---- */

bool eb_run_execute(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth)
{
    run->steps_left -= 1 + (int64_t)eb_run_parts(value);
    if (depth > EB_SCHEMA_FRAMES_MAX || run->steps_left < 0)
        return eb_run_exceed(run, run->steps_left < 0 ? EB_LIMIT_STEPS : EB_LIMIT_DEPTH);
    for (bool passes = true; passes; op++) {
        switch ((enum eb_opcode)op->code) {
        case EB_OP_PASS: return true;
        case EB_OP_FAIL:
        case EB_OP_TYPE: return false;
        case EB_OP_VALUES:
        case EB_OP_INTEGRAL:
        case EB_OP_STRINGS:
        case EB_OP_RANGE:
        case EB_OP_SMALL_RANGE:
        case EB_OP_SMALL_RANGE_OF_DECIMAL:
        case EB_OP_MULTIPLE:
        case EB_OP_LENGTH:
        case EB_OP_PATTERN:
        case EB_OP_FORMAT:
        case EB_OP_CONTENT: passes = eb_scalar_op_passes(run, op, value); break;
        case EB_OP_ITEM_COUNT:
        case EB_OP_MEMBER_COUNT: passes = count_holds(op, value->count); break;
        case EB_OP_UNIQUE: passes = is_unique(run, value); break;
        case EB_OP_ITEMS: passes = items_pass(run, op, value, depth); break;
        case EB_OP_CONTAINS: passes = contains_pass(run, op, value, depth); break;
        case EB_OP_MEMBERS: passes = eb_members_pass(run, op, value, depth); break;
        case EB_OP_MEMBERS_CLOSED:
            passes = eb_closed_members_pass(run, op->at, value, depth);
            break;
        case EB_OP_MEMBERS_OPEN: passes = eb_open_members_pass(run, op->at, value, depth); break;
        case EB_OP_MEMBER_NAMES: passes = eb_member_names_pass(run, op->a, value, depth); break;
        case EB_OP_DEPENDENCIES: passes = eb_dependencies_hold(run, op->at, value, depth); break;
        case EB_OP_CALL: passes = accepts(run, op->a, value, depth); break;
        case EB_OP_ANY: passes = any_passes(run, op, value, depth); break;
        case EB_OP_ONE: passes = one_passes(run, op, value, depth); break;
        case EB_OP_NOT: passes = !accepts(run, op->a, value, depth); break;
        case EB_OP_IF: passes = if_passes(run, op, value, depth); break;
        case EB_OP_UNEVALUATED_MEMBERS:
        case EB_OP_UNEVALUATED_ITEMS: passes = unevaluated_passes(run, op, value, depth); break;
        }
    }
    return false;
}

/* ---- entries ---- */

void eb_run_init(struct eb_run *run, const struct eb_schema *schema, const struct eb_doc *doc,
    struct eb_validation *validation)
{
    *run = (struct eb_run){
        .tokens = doc->tokens,
        .text = doc->text,
        .words_end = doc->text_len < sizeof(uint64_t) ? 0 : doc->text_len - sizeof(uint64_t) + 1,
        .nodes = schema->nodes,
        .code = schema->code,
        .schema = schema,
        .doc = doc,
        .arena = validation->arena,
        .runner = validation->runner,
    };
    eb_run_restart(run);
}

void eb_run_restart(struct eb_run *run)
{
    run->limit = EB_LIMIT_NONE;
    run->steps_left =
        EB_SCHEMA_STEPS_MAX + (int64_t)run->doc->token_count * EB_SCHEMA_STEPS_PER_TOKEN;
}

bool eb_run_accepts(struct eb_run *run, uint32_t node, uint32_t token, uint32_t depth)
{
    return accepts(run, node, &run->tokens[token], depth);
}

bool eb_run_op(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    struct eb_op code[2] = { *op, { .code = EB_OP_PASS } };
    return eb_run_execute(run, code, &run->tokens[token], depth);
}

enum eb_validity eb_schema_validate(
    const struct eb_schema *schema, const struct eb_doc *doc, struct eb_validation *validation)
{
    struct eb_run run;
    eb_run_init(&run, schema, doc, validation);
    validation->fault_count = 0;
    validation->has_more_faults = false;
    bool is_valid = accepts(&run, schema->root, &doc->tokens[validation->token], 0);
    if (is_valid && !run.limit)
        return EB_VALID;
    enum eb_validity validity = run.limit ? EB_UNDECIDED : EB_INVALID;
    if (validation->fault_max)
        eb_run_explain(&run, validation->token, validation, NULL);
    return validity;
}
