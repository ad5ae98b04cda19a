/*
 * validate.c - the verdict, as fast as we know how. Everything an event meets is here.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "schema/equal.h"
#include "schema/run.h"

static bool execute(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth);

static bool exceed(struct eb_run *run, enum eb_limit limit)
{
    if (!run->limit)
        run->limit = limit;
    return false;
}

static inline bool accepts(struct eb_run *run, uint32_t node, uint32_t token, uint32_t depth)
{
    const struct eb_token *value = &run->doc->tokens[token];
    uint32_t entry = run->schema->nodes[node].entry[eb_kind_of(value)];
    if (entry <= 1) /* most types need no code: 0 accepts, 1 refuses */
        return !entry;
    return execute(run, run->schema->code + entry, token, depth + 1);
}

/* ---- strings ---- */

static bool text_passes(
    struct eb_run *run, const struct eb_op *op, struct eb_span text, bool is_wide)
{
    switch ((enum eb_opcode)op->code) {
    case EB_OP_STRINGS: {
        const struct eb_value_set *set = op->at;
        return eb_names_find(&set->strings, text) != EB_NO_NAME;
    }
    case EB_OP_LENGTH: {
        size_t length = is_wide ? eb_utf8_count(text) : text.len;
        return op->a <= length && length <= op->b;
    }
    case EB_OP_FORMAT: return eb_format_check(op->at, text);
    case EB_OP_CONTENT: return eb_content_check(run, text, op->a, op->b);
    default: {
        enum eb_regex_result result =
            run->limit ? EB_REGEX_LIMIT : eb_regex_run(op->at, text, run->runner);
        if (result == EB_REGEX_LIMIT)
            return exceed(run, EB_LIMIT_REGEX);
        return result == EB_REGEX_MATCH;
    }
    }
}

static __attribute__((noinline)) bool escaped_passes(
    struct eb_run *run, const struct eb_op *op, uint32_t token)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    struct eb_span text = eb_doc_string(run->doc, token, run->arena);
    bool passes = text.ptr ? text_passes(run, op, text, true) : exceed(run, EB_LIMIT_MEMORY);
    eb_arena_rewind(run->arena, mark);
    return passes;
}

static inline bool string_passes(struct eb_run *run, const struct eb_op *op, uint32_t token)
{
    const struct eb_token *value = &run->doc->tokens[token];
    if (value->flags & EB_TOKEN_IS_ESCAPED)
        return escaped_passes(run, op, token);
    return text_passes(run, op, eb_span(run->doc->text + value->start, value->len),
        value->flags & EB_TOKEN_IS_WIDE);
}

/* ---- numbers ---- */

static bool range_holds(const struct eb_range *range, const struct eb_number *number)
{
    if (range->has_min && eb_number_compare(number, &range->min) < range->excludes_min)
        return false;
    return !range->has_max || eb_number_compare(number, &range->max) <= -range->excludes_max;
}

static bool in_range(struct eb_run *run, const struct eb_range *range, uint32_t token)
{
    struct eb_number number = eb_number_of(eb_doc_raw(run->doc, token));
    return range_holds(range, &number);
}

/* An integer literal of any length, against bounds that are small. */
static bool in_small_range(struct eb_run *run, const struct eb_small_range *range, uint32_t token)
{
    enum { DIGITS_MAX = 18 }; /* fit, whatever they are */
    struct eb_span raw = eb_doc_raw(run->doc, token);
    bool is_negative = raw.ptr[0] == '-';
    if (raw.len - is_negative > DIGITS_MAX)
        return is_negative ? range->min == INT64_MIN : range->max == INT64_MAX;
    int64_t value = 0;
    for (size_t i = is_negative; i < raw.len; i++)
        value = value * 10 + (raw.ptr[i] - '0');
    if (is_negative)
        value = -value;
    return range->min <= value && value <= range->max;
}

static bool is_integral(struct eb_run *run, uint32_t token)
{
    struct eb_number number = eb_number_of(eb_doc_raw(run->doc, token));
    return eb_number_is_integer(&number);
}

static bool is_multiple(struct eb_run *run, const struct eb_number *divisor, uint32_t token)
{
    struct eb_number number = eb_number_of(eb_doc_raw(run->doc, token));
    bool is_limit = false;
    bool is_exact = eb_number_is_multiple(&number, divisor, &is_limit);
    return is_limit ? exceed(run, EB_LIMIT_NUMBER) : is_exact;
}

/* ---- values ---- */

static bool value_equals(
    struct eb_run *run, const struct eb_value_set *set, uint32_t wanted, uint32_t token)
{
    bool is_exhausted = false;
    bool is_equal = eb_value_equal(set->doc, wanted, run->doc, token, run->arena, &is_exhausted);
    return is_exhausted ? exceed(run, EB_LIMIT_MEMORY) : is_equal;
}

static bool is_one_of(struct eb_run *run, const struct eb_value_set *set, uint32_t token)
{
    enum { SEARCHED_MAX = 8 };
    if (set->count <= SEARCHED_MAX) {
        for (uint32_t i = 0; i < set->count; i++) {
            if (value_equals(run, set, set->tokens[i], token))
                return true;
        }
        return false;
    }
    if (eb_doc_type(run->doc, token) == EB_JSON_STRING)
        return string_passes(run, &(struct eb_op){ .code = EB_OP_STRINGS, .at = set }, token);
    uint32_t at = (uint32_t)eb_value_hash(run->doc, token);
    for (;; at++) {
        uint32_t wanted = set->others[at & set->other_mask];
        if (wanted == EB_NO_TOKEN)
            return false;
        if (value_equals(run, set, wanted, token))
            return true;
    }
}

/* ---- arrays ---- */

static bool items_pass(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    const struct eb_items *items = op->at;
    uint32_t index = 0;
    EB_DOC_EACH_ELEMENT(run->doc, token, element)
    {
        if (index == items->prefix_count)
            break;
        if (!accepts(run, items->prefix[index], element, depth))
            return false;
        index++;
    }
    uint32_t count = run->doc->tokens[token].count;
    if (op->is_tracked) {
        for (uint32_t i = 0; i < (items->has_rest ? count : index); i++)
            eb_set_bit(run->seen, i);
    }
    if (index == count || items->rest == EB_NODE_TRUE)
        return true;
    uint32_t skipped = 0;
    EB_DOC_EACH_ELEMENT(run->doc, token, element)
    {
        if (skipped < index)
            skipped++;
        else if (!accepts(run, items->rest, element, depth))
            return false;
    }
    return true;
}

static bool contains_pass(
    struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    const struct eb_contains *contains = op->at;
    uint32_t found = 0, index = 0;
    EB_DOC_EACH_ELEMENT(run->doc, token, element)
    {
        if (accepts(run, contains->node, element, depth)) {
            found++;
            if (op->is_tracked)
                eb_set_bit(run->seen, index);
            else if (found >= contains->min && contains->max == UINT32_MAX)
                return true;
        }
        if (run->limit)
            return false;
        index++;
    }
    return contains->min <= found && found <= contains->max;
}

static bool is_unique(struct eb_run *run, uint32_t token)
{
    uint32_t pair[2];
    bool is_exhausted = false;
    bool differ = eb_elements_differ(run->doc, token, run->arena, &is_exhausted, pair);
    return is_exhausted ? exceed(run, EB_LIMIT_MEMORY) : differ;
}

static inline bool count_holds(const struct eb_op *op, uint32_t count)
{
    return op->a <= count && count <= op->b;
}

/* ---- objects ---- */

static __attribute__((noinline)) uint32_t find_escaped(
    struct eb_run *run, const struct eb_names *names, uint32_t name)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    struct eb_span text = eb_doc_string(run->doc, name, run->arena);
    uint32_t index = EB_NO_NAME;
    if (text.ptr)
        index = eb_names_find(names, text);
    else
        exceed(run, EB_LIMIT_MEMORY);
    eb_arena_rewind(run->arena, mark);
    return index;
}

static inline uint32_t find_name(struct eb_run *run, const struct eb_names *names, uint32_t name)
{
    const struct eb_token *token = &run->doc->tokens[name];
    if (token->flags & EB_TOKEN_IS_ESCAPED)
        return find_escaped(run, names, name);
    return eb_names_find(names, eb_span(run->doc->text + token->start, token->len));
}

/* Names alone decide: nothing else may be there (closed), or anything (open). */
static inline bool named_members_pass(struct eb_run *run, const struct eb_members *members,
    bool is_closed, uint32_t token, uint32_t depth)
{
    uint32_t required = 0;
    if (run->doc->tokens[token].count < members->required_count)
        return false;
    EB_DOC_EACH_MEMBER(run->doc, token, name)
    {
        uint32_t index = find_name(run, &members->names, name);
        if (index == EB_NO_NAME) {
            if (is_closed)
                return false;
            continue;
        }
        const struct eb_member *member = &members->members[index];
        if (is_closed && !member->is_property)
            return false;
        required += member->is_required;
        if (!accepts(run, member->node, name + 1, depth))
            return false;
    }
    return required == members->required_count;
}

/* Every pattern the name matches applies its schema to the value. */
static bool patterns_pass(struct eb_run *run, const struct eb_members *members, uint32_t name,
    uint32_t depth, bool *is_evaluated)
{
    for (uint32_t i = 0; i < members->pattern_count; i++) {
        const struct eb_pattern_member *pattern = &members->patterns[i];
        struct eb_op op = { .code = EB_OP_PATTERN, .at = pattern->regex };
        if (string_passes(run, &op, name)) {
            *is_evaluated = true;
            if (!accepts(run, pattern->node, name + 1, depth))
                return false;
        } else if (run->limit) {
            return false;
        }
    }
    return true;
}

static bool members_pass(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    const struct eb_members *members = op->at;
    uint32_t required = 0, ordinal = 0;
    EB_DOC_EACH_MEMBER(run->doc, token, name)
    {
        bool is_evaluated = false;
        uint32_t index = find_name(run, &members->names, name);
        if (index != EB_NO_NAME) {
            const struct eb_member *member = &members->members[index];
            required += member->is_required;
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
    return required == members->required_count;
}

static bool member_names_pass(struct eb_run *run, uint32_t node, uint32_t token, uint32_t depth)
{
    EB_DOC_EACH_MEMBER(run->doc, token, name)
    {
        if (!accepts(run, node, name, depth))
            return false;
    }
    return true;
}

static uint64_t *bits_new(struct eb_run *run, uint32_t count)
{
    uint64_t *bits = EB_ARENA_ARRAY(run->arena, uint64_t, count / 64 + 1);
    if (!bits)
        exceed(run, EB_LIMIT_MEMORY);
    return bits;
}

uint64_t *eb_run_presence(struct eb_run *run, const struct eb_names *names, uint32_t object)
{
    uint64_t *present = bits_new(run, names->count);
    if (!present)
        return NULL;
    EB_DOC_EACH_MEMBER(run->doc, object, name)
    {
        uint32_t index = find_name(run, names, name);
        if (index != EB_NO_NAME)
            eb_set_bit(present, index);
    }
    return present;
}

static bool dependency_holds(struct eb_run *run, const struct eb_dependency *dependency,
    const uint64_t *present, uint32_t token, uint32_t depth)
{
    if (!eb_bit(present, dependency->trigger))
        return true;
    for (uint32_t i = 0; i < dependency->required_count; i++) {
        if (!eb_bit(present, dependency->required[i]))
            return false;
    }
    return accepts(run, dependency->node, token, depth);
}

static bool dependencies_hold(
    struct eb_run *run, const struct eb_dependencies *op, uint32_t token, uint32_t depth)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    uint64_t *present = eb_run_presence(run, &op->names, token);
    bool holds = present;
    for (uint32_t i = 0; i < op->count && holds; i++)
        holds = dependency_holds(run, &op->dependencies[i], present, token, depth);
    eb_arena_rewind(run->arena, mark);
    return holds;
}

/* ---- combinations ---- */

/* What a branch marked must be forgotten if the branch fails (core §7.7.1.1). */
static bool tracked_branch_passes(struct eb_run *run, uint32_t node, uint32_t token, uint32_t depth)
{
    struct eb_arena_mark mark = eb_arena_mark(run->arena);
    uint32_t words = run->doc->tokens[token].count / 64 + 1;
    uint64_t *before = bits_new(run, run->doc->tokens[token].count);
    if (!before)
        return false;
    memcpy(before, run->seen, words * sizeof *before);
    bool passes = accepts(run, node, token, depth);
    if (!passes)
        memcpy(run->seen, before, words * sizeof *before);
    eb_arena_rewind(run->arena, mark);
    return passes;
}

static bool has_marks(const struct eb_run *run, const struct eb_op *op, uint32_t token)
{
    return op->is_tracked && run->doc->tokens[token].type >= EB_JSON_ARRAY;
}

static inline bool branch_passes(
    struct eb_run *run, const struct eb_op *op, uint32_t node, uint32_t token, uint32_t depth)
{
    return has_marks(run, op, token) ? tracked_branch_passes(run, node, token, depth)
                                     : accepts(run, node, token, depth);
}

static bool any_passes(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    const struct eb_branches *branches = op->at;
    bool needs_all = has_marks(run, op, token);
    bool passes = false;
    for (uint32_t i = 0; i < branches->count && !run->limit; i++) {
        passes |= branch_passes(run, op, branches->nodes[i], token, depth);
        if (passes && !needs_all)
            return true;
    }
    return passes;
}

static bool one_passes(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    const struct eb_branches *branches = op->at;
    uint32_t passing = 0;
    for (uint32_t i = 0; i < branches->count && passing < 2 && !run->limit; i++)
        passing += branch_passes(run, op, branches->nodes[i], token, depth);
    return passing == 1;
}

static bool if_passes(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    bool condition = branch_passes(run, op, op->a, token, depth);
    return accepts(run, condition ? op->b : op->c, token, depth);
}

/* ---- unevaluated ---- */

uint64_t *eb_run_track(struct eb_run *run, uint32_t token, struct eb_run_marks *marks)
{
    *marks = (struct eb_run_marks){ eb_arena_mark(run->arena), run->seen };
    uint64_t *seen = bits_new(run, run->doc->tokens[token].count);
    if (seen)
        run->seen = seen;
    return seen;
}

void eb_run_untrack(struct eb_run *run, const struct eb_run_marks *marks)
{
    run->seen = marks->outer;
    eb_arena_rewind(run->arena, marks->arena);
}

static bool rest_passes(struct eb_run *run, const uint64_t *seen, const struct eb_op *op,
    uint32_t token, uint32_t depth)
{
    const struct eb_unevaluated *unevaluated = op->at;
    uint32_t step = op->code == EB_OP_UNEVALUATED_MEMBERS; /* from a name to its value */
    uint32_t ordinal = 0, end = run->doc->tokens[token].next;
    for (uint32_t at = token + 1; at < end; at = run->doc->tokens[at + step].next) {
        if (!eb_bit(seen, ordinal++) && !accepts(run, unevaluated->node, at + step, depth))
            return false;
    }
    return true;
}

static bool unevaluated_passes(
    struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    const struct eb_unevaluated *unevaluated = op->at;
    struct eb_run_marks marks;
    uint64_t *seen = eb_run_track(run, token, &marks);
    bool passes = seen && accepts(run, unevaluated->inner, token, depth) &&
                  rest_passes(run, seen, op, token, depth);
    eb_run_untrack(run, &marks);
    if (passes && op->is_tracked) { /* for an outer one, everything has been evaluated now */
        for (uint32_t i = 0; i < run->doc->tokens[token].count; i++)
            eb_set_bit(run->seen, i);
    }
    return passes;
}

/* ---- the machine ---- */

static bool execute(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    if (depth > EB_SCHEMA_FRAMES_MAX)
        return exceed(run, EB_LIMIT_DEPTH);
    for (;; op++) {
        bool passes = false;
        switch ((enum eb_opcode)op->code) {
        case EB_OP_PASS: return true;
        case EB_OP_FAIL:
        case EB_OP_TYPE: return false;
        case EB_OP_INTEGRAL: passes = is_integral(run, token); break;
        case EB_OP_VALUES: passes = is_one_of(run, op->at, token); break;
        case EB_OP_STRINGS:
        case EB_OP_LENGTH:
        case EB_OP_PATTERN:
        case EB_OP_FORMAT:
        case EB_OP_CONTENT: passes = string_passes(run, op, token); break;
        case EB_OP_RANGE: passes = in_range(run, op->at, token); break;
        case EB_OP_SMALL_RANGE: passes = in_small_range(run, op->at, token); break;
        case EB_OP_MULTIPLE: passes = is_multiple(run, op->at, token); break;
        case EB_OP_ITEM_COUNT:
        case EB_OP_MEMBER_COUNT: passes = count_holds(op, run->doc->tokens[token].count); break;
        case EB_OP_UNIQUE: passes = is_unique(run, token); break;
        case EB_OP_ITEMS: passes = items_pass(run, op, token, depth); break;
        case EB_OP_CONTAINS: passes = contains_pass(run, op, token, depth); break;
        case EB_OP_MEMBERS: passes = members_pass(run, op, token, depth); break;
        case EB_OP_MEMBERS_CLOSED:
            passes = named_members_pass(run, op->at, true, token, depth);
            break;
        case EB_OP_MEMBERS_OPEN:
            passes = named_members_pass(run, op->at, false, token, depth);
            break;
        case EB_OP_MEMBER_NAMES: passes = member_names_pass(run, op->a, token, depth); break;
        case EB_OP_DEPENDENCIES: passes = dependencies_hold(run, op->at, token, depth); break;
        case EB_OP_CALL: passes = accepts(run, op->a, token, depth); break;
        case EB_OP_ANY: passes = any_passes(run, op, token, depth); break;
        case EB_OP_ONE: passes = one_passes(run, op, token, depth); break;
        case EB_OP_NOT: passes = !accepts(run, op->a, token, depth); break;
        case EB_OP_IF: passes = if_passes(run, op, token, depth); break;
        case EB_OP_UNEVALUATED_MEMBERS:
        case EB_OP_UNEVALUATED_ITEMS: passes = unevaluated_passes(run, op, token, depth); break;
        }
        if (!passes)
            return false;
    }
}

void eb_run_init(struct eb_run *run, const struct eb_schema *schema, const struct eb_doc *doc,
    struct eb_validation *validation)
{
    *run = (struct eb_run){
        .schema = schema, .doc = doc, .arena = validation->arena, .runner = validation->runner
    };
}

bool eb_run_accepts(struct eb_run *run, uint32_t node, uint32_t token, uint32_t depth)
{
    return accepts(run, node, token, depth);
}

bool eb_run_op(struct eb_run *run, const struct eb_op *op, uint32_t token, uint32_t depth)
{
    struct eb_op code[2] = { *op, { .code = EB_OP_PASS } };
    return execute(run, code, token, depth);
}

enum eb_validity eb_schema_validate(
    const struct eb_schema *schema, const struct eb_doc *doc, struct eb_validation *validation)
{
    struct eb_run run;
    eb_run_init(&run, schema, doc, validation);
    validation->fault_count = 0;
    validation->has_more_faults = false;
    bool is_valid = accepts(&run, schema->root, 0, 0);
    enum eb_validity validity = run.limit ? EB_UNDECIDED : is_valid ? EB_VALID : EB_INVALID;
    if (validity != EB_VALID && validation->fault_max)
        eb_run_explain(&run, 0, validation, NULL);
    return validity;
}
