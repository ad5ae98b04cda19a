/*
 * compile_logic.c - keywords that apply schemas to the same value: references (2020-12 core
 * §8.2.3), combinations and conditions (§10.2), and what nothing else has evaluated (§11).
 */
#include "schema/compile.h"

/* ---- references ---- */

static void call(struct eb_view *view, enum eb_keyword keyword, uint32_t node, uint32_t index)
{
    struct eb_op op = { .code = EB_OP_CALL, .kinds = EB_KINDS_ALL, .a = node };
    op.b = index;
    eb_view_check(view, keyword, op);
}

/* False: there is none, or it was reported. */
static bool resolve(struct eb_view *view, enum eb_keyword keyword, struct eb_referent *target)
{
    uint32_t value = eb_view_value(view, keyword, EB_JSON_STRING);
    if (value == EB_NO_TOKEN)
        return false;
    struct eb_span text = eb_view_text(view, value);
    if (!text.ptr)
        return false;
    *target = eb_view_resolve(view, keyword, value, text);
    return target->resource;
}

static void compile_dynamic(struct eb_view *view, enum eb_keyword keyword)
{
    struct eb_referent target;
    if (!resolve(view, keyword, &target))
        return;
    bool is_recursive = keyword == EB_KEYWORD_RECURSIVE_REF && target.resource->is_recursive &&
                        target.token == target.resource->token;
    if (is_recursive)
        eb_scope_find(view->compiler, view->scope, eb_span("", 0), &target);
    else if (keyword == EB_KEYWORD_DYNAMIC_REF && target.is_dynamic)
        eb_scope_find(view->compiler, view->scope, target.anchor, &target);
    call(view, keyword, eb_view_target(view, target.resource, target.token), EB_NO_TOKEN);
}

void eb_compile_references(struct eb_view *view)
{
    struct eb_referent target;
    if (resolve(view, EB_KEYWORD_REF, &target))
        call(
            view, EB_KEYWORD_REF, eb_view_target(view, target.resource, target.token), EB_NO_TOKEN);
    compile_dynamic(view, EB_KEYWORD_DYNAMIC_REF);
    compile_dynamic(view, EB_KEYWORD_RECURSIVE_REF);
}

/* ---- combinations ---- */

static void compile_all_of(struct eb_view *view)
{
    uint32_t list = eb_view_value(view, EB_KEYWORD_ALL_OF, EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN)
        return;
    uint32_t index = 0;
    EB_DOC_EACH_ELEMENT(view->doc, list, element)
    call(view, EB_KEYWORD_ALL_OF, eb_view_in_place(view, element), index++);
}

static void compile_branches(struct eb_view *view, enum eb_keyword keyword, enum eb_opcode code)
{
    uint32_t list = eb_view_value(view, keyword, EB_JSON_ARRAY);
    if (list == EB_NO_TOKEN)
        return;
    struct eb_branches *branches = EB_VIEW_ARRAY(view, struct eb_branches, 1);
    uint32_t *nodes = EB_VIEW_ARRAY(view, uint32_t, view->doc->tokens[list].count);
    if (!branches || !nodes)
        return;
    EB_DOC_EACH_ELEMENT(view->doc, list, element)
    nodes[branches->count++] = eb_view_in_place(view, element);
    branches->nodes = nodes;
    eb_view_check(view, keyword,
        (struct eb_op){ .code = (uint8_t)code,
            .kinds = EB_KINDS_ALL,
            .is_tracked = view->tracks != 0,
            .at = branches });
}

static void compile_not(struct eb_view *view)
{
    uint32_t value = view->values[EB_KEYWORD_NOT];
    if (value == EB_NO_TOKEN)
        return;
    eb_view_check(view, EB_KEYWORD_NOT,
        (struct eb_op){ .code = EB_OP_NOT,
            .kinds = EB_KINDS_ALL,
            .a = eb_view_in_place_untracked(view, value) });
}

static uint32_t branch_of(struct eb_view *view, enum eb_keyword keyword)
{
    uint32_t value = view->values[keyword];
    return value == EB_NO_TOKEN ? EB_NODE_TRUE : eb_view_in_place(view, value);
}

static void compile_if(struct eb_view *view)
{
    uint32_t condition = view->values[EB_KEYWORD_IF];
    if (condition == EB_NO_TOKEN)
        return;
    struct eb_op op = { .code = EB_OP_IF, .kinds = EB_KINDS_ALL, .is_tracked = view->tracks != 0 };
    op.b = branch_of(view, EB_KEYWORD_THEN);
    op.c = branch_of(view, EB_KEYWORD_ELSE);
    if (op.b == EB_NODE_TRUE && op.c == EB_NODE_TRUE && !op.is_tracked)
        return;
    op.a = eb_view_in_place(view, condition);
    eb_view_check(view, EB_KEYWORD_IF, op);
}

/* ---- unevaluated ---- */

enum { IS_INNER = EB_IS_INNER_OF_MEMBERS | EB_IS_INNER_OF_ITEMS };

/*
 * The whole schema for this kind of value becomes one op: run the schema without this keyword, see
 * what it marked, apply the keyword to the rest. The checks compiled so far then concern the other
 * kinds only.
 */
static void compile_unevaluated(
    struct eb_view *view, enum eb_keyword keyword, enum eb_opcode code, uint32_t inner)
{
    uint32_t value = view->values[keyword];
    if (value == EB_NO_TOKEN || (view->tracks & IS_INNER))
        return;
    bool is_members = code == EB_OP_UNEVALUATED_MEMBERS;
    uint8_t kinds = is_members ? EB_KINDS_OBJECT : EB_KINDS_ARRAY;
    uint32_t tracks = is_members ? EB_TRACKS_MEMBERS : EB_TRACKS_ITEMS;
    uint32_t node = eb_view_part(view, value);
    if (node == EB_NODE_TRUE && !(view->tracks & tracks))
        return;
    struct eb_unevaluated *unevaluated = EB_VIEW_ARRAY(view, struct eb_unevaluated, 1);
    if (!unevaluated)
        return;
    *unevaluated = (struct eb_unevaluated){ .inner = eb_view_inner(view, inner), .node = node };
    struct eb_compiler *compiler = view->compiler;
    struct eb_draft_node *draft = &compiler->nodes[view->node];
    for (uint32_t i = 0; i < draft->check_count; i++)
        compiler->checks[draft->first_check + i].kinds &= (uint8_t)~kinds;
    eb_view_check(view, keyword,
        (struct eb_op){ .code = (uint8_t)code,
            .kinds = kinds,
            .is_tracked = (view->tracks & tracks) != 0,
            .at = unevaluated });
}

void eb_compile_logic(struct eb_view *view)
{
    compile_all_of(view);
    compile_branches(view, EB_KEYWORD_ANY_OF, EB_OP_ANY);
    compile_branches(view, EB_KEYWORD_ONE_OF, EB_OP_ONE);
    compile_not(view);
    compile_if(view);
    compile_unevaluated(
        view, EB_KEYWORD_UNEVALUATED_PROPERTIES, EB_OP_UNEVALUATED_MEMBERS, EB_IS_INNER_OF_MEMBERS);
    compile_unevaluated(
        view, EB_KEYWORD_UNEVALUATED_ITEMS, EB_OP_UNEVALUATED_ITEMS, EB_IS_INNER_OF_ITEMS);
}
