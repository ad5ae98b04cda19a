/*
 * order.c - nodes, callees before their callers.
 *
 * Kahn's algorithm over the edges in place, so nothing recurses however long a chain of references
 * is. What is left over is a schema that would apply itself to the same value for ever.
 */
#include "base/limits.h"
#include "schema/compile.h"

struct ordering {
    uint32_t *order; /* callees before callers */
    uint32_t count;
    uint32_t *waits_for;     /* by node: callees not in order yet */
    uint32_t *depth;         /* by node: of calls below it */
    uint32_t *callers;       /* by callee, one after the other */
    uint32_t *first_callers; /* by callee: where its callers begin */
};

static bool ordering_init(struct ordering *ordering, struct eb_compiler *compiler)
{
    struct eb_arena *scratch = &compiler->scratch;
    uint32_t nodes = compiler->node_count;
    *ordering = (struct ordering){
        .order = EB_ARENA_ARRAY(scratch, uint32_t, nodes),
        .waits_for = EB_ARENA_ARRAY(scratch, uint32_t, nodes),
        .depth = EB_ARENA_ARRAY(scratch, uint32_t, nodes),
        .callers = EB_ARENA_ARRAY(scratch, uint32_t, compiler->edge_count),
        .first_callers = EB_ARENA_ARRAY(scratch, uint32_t, nodes + 2),
    };
    if (!ordering->order || !ordering->waits_for || !ordering->depth || !ordering->callers ||
        !ordering->first_callers) {
        compiler->is_out_of_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < compiler->edge_count; i++) {
        ordering->waits_for[compiler->edges[i].from]++;
        ordering->first_callers[compiler->edges[i].to + 2]++;
    }
    for (uint32_t i = 1; i < nodes + 2; i++)
        ordering->first_callers[i] += ordering->first_callers[i - 1];
    for (uint32_t i = 0; i < compiler->edge_count; i++) {
        struct eb_edge edge = compiler->edges[i];
        ordering->callers[ordering->first_callers[edge.to + 1]++] = edge.from;
    }
    return true;
}

static void order_nodes(struct ordering *ordering, uint32_t node_count)
{
    for (uint32_t i = 0; i < node_count; i++) {
        if (!ordering->waits_for[i])
            ordering->order[ordering->count++] = i;
    }
    for (uint32_t next = 0; next < ordering->count; next++) {
        uint32_t callee = ordering->order[next];
        uint32_t end = ordering->first_callers[callee + 1];
        for (uint32_t i = ordering->first_callers[callee]; i < end; i++) {
            uint32_t caller = ordering->callers[i];
            if (ordering->depth[caller] <= ordering->depth[callee])
                ordering->depth[caller] = ordering->depth[callee] + 1;
            if (--ordering->waits_for[caller] == 0)
                ordering->order[ordering->count++] = caller;
        }
    }
}

static void report(struct eb_compiler *compiler, uint32_t node, const char *text)
{
    const struct eb_draft_node *draft = &compiler->nodes[node];
    eb_doc_diag(
        compiler->diags, EB_ERROR, &draft->resource->document->doc, draft->token, "%s", text);
    compiler->has_errors = true;
}

/* One of the nodes on a cycle: every node left over has a callee left over; follow those. */
static uint32_t node_on_cycle(
    const struct ordering *ordering, const struct eb_compiler *compiler, uint32_t *callee_left_over)
{
    uint32_t node = 0;
    for (uint32_t i = 0; i < compiler->edge_count; i++) {
        struct eb_edge edge = compiler->edges[i];
        if (ordering->waits_for[edge.from] && ordering->waits_for[edge.to]) {
            callee_left_over[edge.from] = edge.to;
            node = edge.from;
        }
    }
    for (uint32_t i = 0; i < compiler->node_count; i++)
        node = callee_left_over[node];
    return node;
}

static bool check_order(struct ordering *ordering, struct eb_compiler *compiler)
{
    if (ordering->count < compiler->node_count) {
        uint32_t *callees = EB_ARENA_ARRAY(&compiler->scratch, uint32_t, compiler->node_count);
        if (!callees)
            compiler->is_out_of_memory = true;
        else
            report(compiler, node_on_cycle(ordering, compiler, callees),
                "this schema applies itself to the same value again, without end");
        return false;
    }
    for (uint32_t i = 0; i < compiler->node_count; i++) {
        if (ordering->depth[i] > EB_DEPTH_MAX) {
            report(compiler, i,
                "too many schemas refer to one another here without looking into "
                "the value");
            return false;
        }
    }
    return true;
}

const uint32_t *eb_order_nodes(struct eb_compiler *compiler)
{
    struct ordering ordering;
    if (!ordering_init(&ordering, compiler))
        return NULL;
    order_nodes(&ordering, compiler->node_count);
    return check_order(&ordering, compiler) ? ordering.order : NULL;
}
