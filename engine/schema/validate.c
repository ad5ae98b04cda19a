/*
 * validate.c - the verdict: what is asked of arrays, of objects, and of a value as a whole. Every
 * event comes through here; scalar.c has the leaves.
 *
 * A value is handed on as a pointer to its first token.
 */
#include "base/limits.h"
#include "schema/equal.h"
#include "schema/run.h"

#define EACH_ELEMENT(tokens, array, element)                                                       \
    for (const struct eb_token *element = (array) + 1, *element##_end = (tokens) + (array)->next;  \
         element < element##_end; element = (tokens) + element->next)
#define EACH_MEMBER(tokens, object, name)                                                          \
    for (const struct eb_token *name = (object) + 1, *name##_end = (tokens) + (object)->next;      \
         name < name##_end; name = (tokens) + name[1].next)

static bool execute(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth);

bool eb_run_exceed(struct eb_run *run, enum eb_limit limit)
{
    if (!run->limit)
        run->limit = limit;
    return false;
}

static inline bool accepts(
    struct eb_run *run, uint32_t node, const struct eb_token *value, uint32_t depth)
{
    uint32_t entry = run->nodes[node].entry[eb_kind_of(value)];
    if (entry & EB_ENTRY_NEEDS_FRAME)
        return execute(run, run->code + (entry & ~EB_ENTRY_NEEDS_FRAME), value, depth + 1);
    return eb_run_pay(run, value) && eb_scalar_passes(run, run->code + entry, value);
}

static inline uint32_t index_of(const struct eb_run *run, const struct eb_token *value)
{
    return (uint32_t)(value - run->tokens);
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
    const struct eb_items *items = op->at;
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

/* ---- names ---- */

static __attribute__((noinline)) uint32_t find_escaped(
    struct eb_run *run, const struct eb_names *names, const struct eb_token *name)
{
    if (!eb_run_spend(run, name->len / EB_SCHEMA_STEP_BYTES))
        return EB_NO_NAME;
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    struct eb_span text = eb_doc_string(run->doc, index_of(run, name), run->arena);
    uint32_t index = EB_NO_NAME;
    if (text.ptr)
        index = eb_names_find(names, text);
    else
        eb_run_exceed(run, EB_LIMIT_MEMORY);
    eb_arena_rewind(run->arena, mark);
    return index;
}

static __attribute__((noinline)) uint32_t find_name(
    struct eb_run *run, const struct eb_names *names, const struct eb_token *name)
{
    struct eb_span text = eb_span(run->text + name->start, name->len);
    if (name->flags & EB_TOKEN_IS_ESCAPED)
        return find_escaped(run, names, name);
    return eb_run_is_readable(run, name) ? eb_names_find_readable(names, text)
                                         : eb_names_find(names, text);
}

/* ---- objects ---- */

/* Names alone decide: nothing else may be there (closed), or anything (open). */
static bool many_members_pass(struct eb_run *run, const struct eb_members *members, bool is_closed,
    const struct eb_token *object, uint32_t depth)
{
    uint32_t missing = members->required_count;
    EACH_MEMBER(run->tokens, object, name)
    {
        uint32_t index = find_name(run, &members->names, name);
        if (index != EB_NO_NAME) {
            const struct eb_member *member = &members->members[index];
            missing -= member->is_required;
            if (!accepts(run, member->node, name + 1, depth))
                return false;
        } else if (is_closed) {
            return false;
        }
    }
    return missing == 0;
}

/* Which of few names an object has, and where their values are. */
struct few_members {
    uint64_t present;
    uint32_t values[EB_NAMES_FEW];
};

static inline void note(struct few_members *found, uint32_t index, ptrdiff_t name)
{
    found->present |= UINT64_C(1) << index;
    found->values[index] = (uint32_t)name + 1;
}

static inline bool is_plain_name(const struct eb_run *run, const struct eb_token *name)
{
    return eb_run_is_readable(run, name) && !(name->flags & EB_TOKEN_IS_ESCAPED);
}

/*
 * False for a stranger where none is allowed. Most devices write members in the order of the
 * schema: as long as they do, each is compared with the name that comes next and nothing is hashed.
 */
static inline bool find_few(struct eb_run *run, const struct eb_names *names, bool is_closed,
    const struct eb_token *object, struct few_members *found)
{
    const struct eb_token *tokens = run->tokens, *name = object + 1;
    const struct eb_token *end = tokens + object->next;
    found->present = 0;
    for (uint32_t index = 0; index < names->count; index++) {
        if (name == end)
            return true;
        if (!is_plain_name(run, name) ||
            !eb_name_equals_readable(&names->names[index], run->text + name->start, name->len))
            break;
        note(found, index, name - tokens);
        name = tokens + name[1].next;
    }
    for (; name < end; name = tokens + name[1].next) {
        uint32_t index = is_plain_name(run, name)
                             ? eb_names_find_few(names, run->text + name->start, name->len)
                             : find_name(run, names, name);
        if (index != EB_NO_NAME)
            note(found, index, name - tokens);
        else if (is_closed)
            return false;
    }
    return true;
}

/*
 * The same of few names, in two steps: find the members, then judge them in the order of the
 * schema. Whatever order a device writes them in, the processor then meets the same checks in the
 * same order event after event, which it can foresee; and an event is refused for its names before
 * any value is looked at.
 */
static inline bool few_members_pass(struct eb_run *run, const struct eb_members *members,
    bool is_closed, const struct eb_token *object, uint32_t depth)
{
    struct few_members found;
    if (!find_few(run, &members->names, is_closed, object, &found) ||
        members->required & ~found.present)
        return false;
    for (uint64_t left = found.present & members->judged; left; left &= left - 1) {
        uint32_t index = (uint32_t)__builtin_ctzll(left);
        if (!accepts(run, members->members[index].node, run->tokens + found.values[index], depth))
            return false;
    }
    return true;
}

static __attribute__((noinline)) bool closed_members_pass(struct eb_run *run,
    const struct eb_members *members, const struct eb_token *object, uint32_t depth)
{
    if (object->count < members->required_count)
        return false;
    return members->names.head_shift ? few_members_pass(run, members, true, object, depth)
                                     : many_members_pass(run, members, true, object, depth);
}

static __attribute__((noinline)) bool open_members_pass(struct eb_run *run,
    const struct eb_members *members, const struct eb_token *object, uint32_t depth)
{
    if (object->count < members->required_count)
        return false;
    return members->names.head_shift ? few_members_pass(run, members, false, object, depth)
                                     : many_members_pass(run, members, false, object, depth);
}

/* Every pattern the name matches applies its schema to the value. */
static bool patterns_pass(struct eb_run *run, const struct eb_members *members,
    const struct eb_token *name, uint32_t depth, bool *is_evaluated)
{
    for (uint32_t i = 0; i < members->pattern_count; i++) {
        const struct eb_pattern_member *pattern = &members->patterns[i];
        struct eb_op op = { .code = EB_OP_PATTERN, .at = pattern->regex };
        if (eb_scalar_op_passes(run, &op, name)) {
            *is_evaluated = true;
            if (!accepts(run, pattern->node, name + 1, depth))
                return false;
        } else if (run->limit) {
            return false;
        }
    }
    return true;
}

static bool members_pass(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *object, uint32_t depth)
{
    const struct eb_members *members = op->at;
    uint32_t missing = members->required_count, ordinal = 0;
    EACH_MEMBER(run->tokens, object, name)
    {
        bool is_evaluated = false;
        uint32_t index = find_name(run, &members->names, name);
        if (index != EB_NO_NAME) {
            const struct eb_member *member = &members->members[index];
            missing -= member->is_required;
            is_evaluated = member->is_property;
            if (!accepts(run, member->node, name + 1, depth))
                return false;
        }
        if (!patterns_pass(run, members, name, depth, &is_evaluated))
            return false;
        if (!is_evaluated) {
            is_evaluated = members->has_additional;
            if (!accepts(run, members->additional, name + 1, depth))
                return false;
        }
        if (op->is_tracked && is_evaluated)
            eb_set_bit(run->seen, ordinal);
        ordinal++;
    }
    return missing == 0;
}

static bool member_names_pass(
    struct eb_run *run, uint32_t node, const struct eb_token *object, uint32_t depth)
{
    EACH_MEMBER(run->tokens, object, name)
    {
        if (!accepts(run, node, name, depth))
            return false;
    }
    return true;
}

/* ---- dependencies ---- */

static uint64_t *bits_new(struct eb_run *run, uint32_t count)
{
    uint64_t *bits = EB_ARENA_ARRAY(run->arena, uint64_t, count / 64 + 1);
    if (!bits)
        eb_run_exceed(run, EB_LIMIT_MEMORY);
    return bits;
}

static uint64_t *presence(
    struct eb_run *run, const struct eb_names *names, const struct eb_token *object)
{
    uint64_t *present = bits_new(run, names->count);
    if (!present)
        return NULL;
    EACH_MEMBER(run->tokens, object, name)
    {
        uint32_t index = find_name(run, names, name);
        if (index != EB_NO_NAME)
            eb_set_bit(present, index);
    }
    return present;
}

static bool dependency_holds(struct eb_run *run, const struct eb_dependency *dependency,
    const uint64_t *present, const struct eb_token *object, uint32_t depth)
{
    if (!eb_bit(present, dependency->trigger))
        return true;
    for (uint32_t i = 0; i < dependency->required_count; i++) {
        if (!eb_bit(present, dependency->required[i]))
            return false;
    }
    return accepts(run, dependency->node, object, depth);
}

static bool dependencies_hold(struct eb_run *run, const struct eb_dependencies *op,
    const struct eb_token *object, uint32_t depth)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    uint64_t *present = presence(run, &op->names, object);
    bool holds = present;
    for (uint32_t i = 0; i < op->count && holds; i++)
        holds = dependency_holds(run, &op->dependencies[i], present, object, depth);
    eb_arena_rewind(run->arena, mark);
    return holds;
}

/* ---- combinations ---- */

/* What a branch marked must be forgotten if the branch fails (core §7.7.1.1). */
static bool tracked_branch_passes(
    struct eb_run *run, uint32_t node, const struct eb_token *value, uint32_t depth)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    size_t bytes = (value->count / 64 + 1) * sizeof(uint64_t);
    uint64_t *before = bits_new(run, value->count);
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
    uint64_t *seen = bits_new(run, value->count);
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

static bool execute(
    struct eb_run *run, const struct eb_op *op, const struct eb_token *value, uint32_t depth)
{
    run->steps_left -= 1 + (int64_t)value->count;
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
        case EB_OP_MEMBERS: passes = members_pass(run, op, value, depth); break;
        case EB_OP_MEMBERS_CLOSED: passes = closed_members_pass(run, op->at, value, depth); break;
        case EB_OP_MEMBERS_OPEN: passes = open_members_pass(run, op->at, value, depth); break;
        case EB_OP_MEMBER_NAMES: passes = member_names_pass(run, op->a, value, depth); break;
        case EB_OP_DEPENDENCIES: passes = dependencies_hold(run, op->at, value, depth); break;
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
    return execute(run, code, &run->tokens[token], depth);
}

uint64_t *eb_run_presence(struct eb_run *run, const struct eb_names *names, uint32_t object)
{
    return presence(run, names, &run->tokens[object]);
}

enum eb_validity eb_schema_validate(
    const struct eb_schema *schema, const struct eb_doc *doc, struct eb_validation *validation)
{
    struct eb_run run;
    eb_run_init(&run, schema, doc, validation);
    validation->fault_count = 0;
    validation->has_more_faults = false;
    bool is_valid = accepts(&run, schema->root, doc->tokens, 0);
    if (is_valid && !run.limit)
        return EB_VALID;
    enum eb_validity validity = run.limit ? EB_UNDECIDED : EB_INVALID;
    if (validation->fault_max)
        eb_run_explain(&run, 0, validation, NULL);
    return validity;
}
