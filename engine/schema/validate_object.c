/*
 * validate_object.c - what is asked of objects.
 */
#include "base/limits.h"
#include "schema/machine.h"

/* ---- names ---- */

static NOINLINE uint32_t find_escaped(
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

static NOINLINE uint32_t find_name(
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

/*
 * Of few names, the bits of those that are there say at the end whether one is missing.
 *
 * Most devices write members in the order of the schema, some left out: as long as they do, each is
 * compared with the name that comes next, and nothing is hashed. As soon as they do not, the others
 * are found first, and judged then, again in the order of the schema: whatever order a device
 * writes them in, the processor meets the same checks in the same order event after event, which it
 * can foresee.
 */
struct few_members {
    uint64_t present;
    const struct eb_token *values[EB_NAMES_FEW]; /* by index of the name */
};

static inline bool is_plain_name(const struct eb_run *run, const struct eb_token *name)
{
    return eb_run_is_readable(run, name) && !(name->flags & EB_TOKEN_IS_ESCAPED);
}

/* From `name` on, up to the object's end; false for a stranger where none is allowed. */
static inline bool find_few(struct eb_run *run, const struct eb_names *names, bool is_closed,
    const struct eb_token *name, const struct eb_token *end, struct few_members *found)
{
    for (; name < end; name = run->tokens + name[1].next) {
        uint32_t index =
            is_plain_name(run, name)
                ? eb_names_find_marked(names, run->text + name->start, name->len, name->count)
                : find_name(run, names, name);
        if (index != EB_NO_NAME) {
            found->present |= UINT64_C(1) << index;
            found->values[index] = name + 1;
        } else if (is_closed) {
            return false;
        }
    }
    return true;
}

/* Those not in order; of the required ones, `present` were there before. */
static NOINLINE bool others_pass(struct eb_run *run, const struct eb_members *members,
    bool is_closed, uint64_t present, const struct eb_token *name, const struct eb_token *end,
    uint32_t depth)
{
    struct few_members found;
    found.present = present;
    if (!find_few(run, &members->names, is_closed, name, end, &found) ||
        members->required & ~found.present)
        return false;
    for (uint64_t left = found.present & ~present & members->judged; left; left &= left - 1) {
        uint32_t index = (uint32_t)__builtin_ctzll(left);
        if (!accepts(run, members->members[index].node, found.values[index], depth))
            return false;
    }
    return true;
}

/* Those required before `member`: none of them was left out. */
static inline uint64_t required_before(
    const struct eb_members *members, const struct eb_member *member)
{
    ptrdiff_t index = member - members->members;
    return index < EB_NAMES_FEW ? members->required & ((UINT64_C(1) << index) - 1)
                                : members->required;
}

static ALWAYS_INLINE bool few_members_pass(struct eb_run *run, const struct eb_members *members,
    bool is_closed, const struct eb_token *object, uint32_t depth)
{
    const struct eb_member *member = members->members, *last = member + members->names.count;
    const struct eb_token *name = object + 1, *end = run->tokens + object->next;
    for (; name < end && member < last && is_plain_name(run, name); member++) {
        if (eb_name_equals_readable(&member->name, run->text + name->start, name->len)) {
            if (!accepts(run, member->node, name + 1, depth))
                return false;
            name = run->tokens + name[1].next;
        } else if (member->is_required) {
            break;
        }
    }
    uint64_t present = required_before(members, member);
    if (name == end)
        return present == members->required;
    return others_pass(run, members, is_closed, present, name, end, depth);
}

NOINLINE bool eb_closed_members_pass(struct eb_run *run, const struct eb_members *members,
    const struct eb_token *object, uint32_t depth)
{
    if (object->count < members->required_count)
        return false;
    return members->names.marks.slots ? few_members_pass(run, members, true, object, depth)
                                      : many_members_pass(run, members, true, object, depth);
}

NOINLINE bool eb_open_members_pass(struct eb_run *run, const struct eb_members *members,
    const struct eb_token *object, uint32_t depth)
{
    if (object->count < members->required_count)
        return false;
    return members->names.marks.slots ? few_members_pass(run, members, false, object, depth)
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

bool eb_members_pass(
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

bool eb_member_names_pass(
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

static uint64_t *presence(
    struct eb_run *run, const struct eb_names *names, const struct eb_token *object)
{
    uint64_t *present = eb_run_bits(run, names->count);
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

bool eb_dependencies_hold(struct eb_run *run, const struct eb_dependencies *op,
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

uint64_t *eb_run_presence(struct eb_run *run, const struct eb_names *names, uint32_t object)
{
    return presence(run, names, &run->tokens[object]);
}
