/*
 * emit.c - from checks to code.
 *
 * Nodes are taken callee first, so that what a node in place comes to for each kind of value is
 * known when its callers are written: a call that accepts vanishes, one that refuses refuses for
 * the caller, a short one is copied in, branches that a kind cannot take are left out.
 */
#include "schema/compile.h"

/* Longer ones are called: the copy would cost more than the call. */
enum { INLINE_OPS_MAX = 6 };

struct emitter {
    struct eb_compiler *compiler;
    struct eb_node *nodes;
    struct eb_op *code;
    uint32_t code_count, code_capacity;
};

/* ---- code for one node and one kind ---- */

struct sequence {
    struct emitter *emitter;
    enum eb_kind kind;
    uint32_t start; /* in the emitter's code */
    bool fails;
};

static void append(struct sequence *sequence, struct eb_op op)
{
    struct emitter *emitter = sequence->emitter;
    struct eb_compiler *compiler = emitter->compiler;
    struct eb_op *room = eb_array_room(&compiler->scratch, emitter->code, emitter->code_count,
        &emitter->code_capacity, sizeof *room);
    if (!room) {
        compiler->is_out_of_memory = true;
        return;
    }
    op.is_last = false;
    emitter->code = room;
    emitter->code[emitter->code_count++] = op;
}

static uint32_t entry_of(const struct sequence *sequence, uint32_t node)
{
    return sequence->emitter->nodes[node].entry[sequence->kind] & ~EB_ENTRY_NEEDS_FRAME;
}

static uint32_t code_length(const struct emitter *emitter, uint32_t entry)
{
    uint32_t length = 0;
    while (length <= INLINE_OPS_MAX && emitter->code[entry + length].code != EB_OP_PASS)
        length++;
    return length;
}

static void emit_call(struct sequence *sequence, uint32_t node)
{
    uint32_t entry = entry_of(sequence, node);
    if (entry == EB_ENTRY_PASS)
        return;
    if (entry == EB_ENTRY_FAIL) {
        sequence->fails = true;
        return;
    }
    uint32_t length = code_length(sequence->emitter, entry);
    if (length > INLINE_OPS_MAX) {
        append(sequence, (struct eb_op){ .code = EB_OP_CALL, .a = node });
        return;
    }
    for (uint32_t i = 0; i < length && !sequence->emitter->compiler->is_out_of_memory; i++)
        append(sequence, sequence->emitter->code[entry + i]);
}

static void emit_values(struct sequence *sequence, struct eb_op check)
{
    const struct eb_value_set *set = check.at;
    if (!(set->kinds >> sequence->kind & 1)) {
        sequence->fails = true;
        return;
    }
    if (1 << sequence->kind & (EB_KINDS_BOOLEAN | 1 << EB_KIND_NULL))
        return;
    if (sequence->kind == EB_KIND_STRING)
        check.code = EB_OP_STRINGS;
    append(sequence, check);
}

/* ---- ranges ---- */

/* Well inside int64_t: its ends say that there is no bound. */
static bool is_small_bound(const struct eb_number *bound)
{
    static const int64_t largest = INT64_C(1) << 62;
    return bound->is_small && bound->small > -largest && bound->small < largest;
}

static bool is_small(const struct eb_number_range *range)
{
    return (!range->has_min || is_small_bound(&range->min)) &&
           (!range->has_max || is_small_bound(&range->max));
}

static struct eb_small_range small_range(const struct eb_number_range *range)
{
    int64_t min = range->has_min ? range->min.small + range->excludes_min : INT64_MIN;
    int64_t max = range->has_max ? range->max.small - range->excludes_max : INT64_MAX;
    return (struct eb_small_range){
        .min = min,
        .max = max,
        .min_rank = eb_integer_rank(min),
        .max_rank = eb_integer_rank(max),
        .above = range->has_min ? range->min.small : INT64_MIN,
        .below = range->has_max ? range->max.small : INT64_MAX,
    };
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The op before, when it belongs to this sequence and is of this code. */
static struct eb_op *previous(const struct sequence *sequence, enum eb_opcode code)
{
    struct emitter *emitter = sequence->emitter;
    if (emitter->code_count == sequence->start)
        return NULL;
    struct eb_op *op = &emitter->code[emitter->code_count - 1];
    return op->code == code ? op : NULL;
}

/* `minimum` and `maximum` are two checks and one op. */
static void emit_small_range(struct sequence *sequence, const struct eb_number_range *range)
{
    struct eb_compiler *compiler = sequence->emitter->compiler;
    enum eb_opcode code =
        sequence->kind == EB_KIND_INTEGER ? EB_OP_SMALL_RANGE : EB_OP_SMALL_RANGE_OF_DECIMAL;
    struct eb_small_range *small = EB_ARENA_NEW(compiler->library->arena, struct eb_small_range);
    if (!small) {
        compiler->is_out_of_memory = true;
        return;
    }
    *small = small_range(range);
    struct eb_op *before = previous(sequence, code);
    if (!before) {
        append(sequence, (struct eb_op){ .code = (uint8_t)code, .at = small });
        return;
    }
    const struct eb_small_range *other = before->at;
    small->min = larger(small->min, other->min);
    small->max = smaller(small->max, other->max);
    small->min_rank = eb_integer_rank(small->min);
    small->max_rank = eb_integer_rank(small->max);
    small->above = larger(small->above, other->above);
    small->below = smaller(small->below, other->below);
    before->at = small;
}

/* ---- branches ---- */

struct branches_left {
    uint32_t *nodes;
    uint32_t count;
    uint32_t accepting; /* of them, those that accept whatever the value */
};

static bool find_branches(
    struct sequence *sequence, const struct eb_branches *branches, struct branches_left *left)
{
    struct eb_compiler *compiler = sequence->emitter->compiler;
    *left = (struct branches_left){ .nodes = EB_ARENA_ARRAY(
                                        compiler->library->arena, uint32_t, branches->count + 1) };
    if (!left->nodes) {
        compiler->is_out_of_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < branches->count; i++) {
        uint32_t entry = entry_of(sequence, branches->nodes[i]);
        if (entry != EB_ENTRY_FAIL)
            left->nodes[left->count++] = branches->nodes[i];
        left->accepting += entry == EB_ENTRY_PASS;
    }
    return true;
}

static void emit_branches(struct sequence *sequence, struct eb_op check)
{
    struct eb_compiler *compiler = sequence->emitter->compiler;
    struct branches_left left;
    if (!find_branches(sequence, check.at, &left))
        return;
    bool is_any = check.code == EB_OP_ANY;
    if (is_any && left.accepting && !check.is_tracked)
        return;
    if (left.count == 0 || (!is_any && left.accepting > 1)) {
        sequence->fails = true;
        return;
    }
    if (left.count == 1) {
        emit_call(sequence, left.nodes[0]);
        return;
    }
    struct eb_branches *branches = EB_ARENA_NEW(compiler->library->arena, struct eb_branches);
    if (!branches) {
        compiler->is_out_of_memory = true;
        return;
    }
    *branches = (struct eb_branches){ left.nodes, left.count };
    check.at = branches;
    append(sequence, check);
}

static void emit_not(struct sequence *sequence, struct eb_op check)
{
    uint32_t entry = entry_of(sequence, check.a);
    if (entry == EB_ENTRY_PASS)
        sequence->fails = true;
    else if (entry != EB_ENTRY_FAIL)
        append(sequence, check);
}

static void emit_if(struct sequence *sequence, struct eb_op check)
{
    uint32_t condition = entry_of(sequence, check.a);
    if (condition == EB_ENTRY_PASS) {
        emit_call(sequence, check.b);
    } else if (condition == EB_ENTRY_FAIL) {
        emit_call(sequence, check.c);
    } else {
        bool matters = check.is_tracked || entry_of(sequence, check.b) != EB_ENTRY_PASS ||
                       entry_of(sequence, check.c) != EB_ENTRY_PASS;
        if (matters)
            append(sequence, check);
    }
}

static void emit_check(struct sequence *sequence, struct eb_op check)
{
    switch ((enum eb_opcode)check.code) {
    case EB_OP_FAIL:
    case EB_OP_TYPE: sequence->fails = true; break;
    case EB_OP_VALUES: emit_values(sequence, check); break;
    case EB_OP_CALL: emit_call(sequence, check.a); break;
    case EB_OP_ANY:
    case EB_OP_ONE: emit_branches(sequence, check); break;
    case EB_OP_NOT: emit_not(sequence, check); break;
    case EB_OP_IF: emit_if(sequence, check); break;
    case EB_OP_RANGE:
        if (is_small(check.at))
            emit_small_range(sequence, check.at);
        else
            append(sequence, check);
        break;
    default: append(sequence, check); break;
    }
}

/* ---- nodes ---- */

/* The code just written if nobody wrote the same before for this node; else that. */
static uint32_t shared_entry(
    struct emitter *emitter, const struct eb_node *node, uint32_t kind, uint32_t start)
{
    uint32_t length = emitter->code_count - start;
    for (uint32_t i = 0; i < kind; i++) {
        uint32_t other = node->entry[i] & ~EB_ENTRY_NEEDS_FRAME;
        if (other > EB_ENTRY_FAIL && other + length <= start &&
            memcmp(&emitter->code[other], &emitter->code[start], length * sizeof(struct eb_op)) ==
                0) {
            emitter->code_count = start;
            return other;
        }
    }
    return start;
}

/* The node a reference and nothing beside it leads to, for this kind; EB_NODE_TRUE: there is more.
 */
static uint32_t only_callee(
    const struct eb_compiler *compiler, const struct eb_draft_node *draft, enum eb_kind kind)
{
    uint32_t callee = EB_NODE_TRUE;
    for (uint32_t i = 0; i < draft->check_count; i++) {
        const struct eb_op *check = &compiler->checks[draft->first_check + i];
        if (!(check->kinds >> kind & 1))
            continue;
        if (check->code != EB_OP_CALL || callee != EB_NODE_TRUE)
            return EB_NODE_TRUE;
        callee = check->a;
    }
    return callee;
}

static void emit_checks(struct sequence *sequence, const struct eb_draft_node *draft)
{
    for (uint32_t i = 0; i < draft->check_count && !sequence->fails; i++) {
        struct eb_op check = sequence->emitter->compiler->checks[draft->first_check + i];
        if (check.kinds >> sequence->kind & 1)
            emit_check(sequence, check);
    }
}

static bool needs_frame(const struct sequence *sequence)
{
    const struct emitter *emitter = sequence->emitter;
    for (uint32_t i = sequence->start; i < emitter->code_count; i++) {
        if (!eb_op_is_scalar((enum eb_opcode)emitter->code[i].code))
            return true;
    }
    return false;
}

static uint32_t emit_kind(struct emitter *emitter, uint32_t node, enum eb_kind kind)
{
    struct eb_compiler *compiler = emitter->compiler;
    const struct eb_draft_node *draft = &compiler->nodes[node];
    uint32_t callee = only_callee(compiler, draft, kind);
    if (callee != EB_NODE_TRUE)
        return emitter->nodes[callee].entry[kind];
    struct sequence sequence = { .emitter = emitter, .kind = kind, .start = emitter->code_count };
    emit_checks(&sequence, draft);
    if (sequence.fails || emitter->code_count == sequence.start) {
        emitter->code_count = sequence.start;
        return sequence.fails ? EB_ENTRY_FAIL : EB_ENTRY_PASS;
    }
    uint32_t flag = needs_frame(&sequence) ? EB_ENTRY_NEEDS_FRAME : 0;
    emitter->code[emitter->code_count - 1].is_last = true;
    append(&sequence, (struct eb_op){ .code = EB_OP_PASS });
    return shared_entry(emitter, &emitter->nodes[node], kind, sequence.start) | flag;
}

static void emit_nodes(struct emitter *emitter, const uint32_t *order)
{
    struct sequence start = { .emitter = emitter };
    append(&start, (struct eb_op){ .code = EB_OP_PASS });
    append(&start, (struct eb_op){ .code = EB_OP_FAIL });
    for (uint32_t i = 0; i < emitter->compiler->node_count; i++) {
        if (order[i] == EB_NODE_TRUE)
            continue;
        for (int kind = 0; kind < EB_KIND_COUNT; kind++) {
            if (emitter->compiler->is_out_of_memory)
                return;
            emitter->nodes[order[i]].entry[kind] = emit_kind(emitter, order[i], (enum eb_kind)kind);
        }
    }
}

/* ---- the program ---- */

static void *copy_of(struct eb_arena *arena, const void *items, size_t count, size_t bytes)
{
    void *copy = eb_arena_alloc(arena, count * bytes + 1, _Alignof(max_align_t));
    if (copy && count)
        memcpy(copy, items, count * bytes);
    return copy;
}

static const struct eb_schema *program_new(struct emitter *emitter, uint32_t root)
{
    struct eb_compiler *compiler = emitter->compiler;
    struct eb_arena *arena = compiler->library->arena;
    struct eb_schema *schema = EB_ARENA_NEW(arena, struct eb_schema);
    struct eb_origin *origins = EB_ARENA_ARRAY(arena, struct eb_origin, compiler->node_count);
    void *code = copy_of(arena, emitter->code, emitter->code_count, sizeof *emitter->code);
    void *checks =
        copy_of(arena, compiler->checks, compiler->check_count, sizeof *compiler->checks);
    if (!schema || !origins || !code || !checks) {
        compiler->is_out_of_memory = true;
        return NULL;
    }
    for (uint32_t i = 0; i < compiler->node_count; i++) {
        const struct eb_draft_node *draft = &compiler->nodes[i];
        origins[i] = (struct eb_origin){ draft->resource, draft->token, draft->first_check,
            draft->check_count };
    }
    *schema = (struct eb_schema){
        .nodes = emitter->nodes,
        .code = code,
        .checks = checks,
        .origins = origins,
        .root = root,
        .node_count = compiler->node_count,
    };
    return schema;
}

const struct eb_schema *eb_program_emit(struct eb_compiler *compiler, uint32_t root)
{
    struct emitter emitter = {
        .compiler = compiler,
        .nodes = EB_ARENA_ARRAY(compiler->library->arena, struct eb_node, compiler->node_count),
    };
    if (!emitter.nodes) {
        compiler->is_out_of_memory = true;
        return NULL;
    }
    const uint32_t *order = eb_order_nodes(compiler);
    if (!order)
        return NULL;
    emit_nodes(&emitter, order);
    return compiler->is_out_of_memory ? NULL : program_new(&emitter, root);
}
