/*
 * compat_prover.c - what all proofs about two schemas share: memory, steps, literals.
 */
#include "schema/compat_prover.h"

#include "base/limits.h"

enum {
    WORK_BYTES = 256 * 1024 * 1024, /* address space, touched on demand */
    RUN_BYTES = 64 * 1024 * 1024,
    KEPT_BYTES_MAX = 256 * 1024 * 1024,
};

static bool splits_numbers(const struct eb_schema *schema)
{
    for (uint32_t node = 1; node < schema->node_count; node++) {
        const struct eb_origin *origin = &schema->origins[node];
        for (uint32_t i = 0; i < origin->check_count; i++) {
            const struct eb_op *check = &schema->checks[origin->first_check + i];
            uint32_t numbers = check->a & EB_KINDS_NUMBER;
            if (check->code == EB_OP_TYPE && numbers && numbers != EB_KINDS_NUMBER)
                return true;
        }
    }
    return false;
}

bool eb_prover_init(
    struct eb_prover *prover, const struct eb_schema *first, const struct eb_schema *second)
{
    *prover = (struct eb_prover){
        .schemas = { first, second }, .leans_on = UINT32_MAX, .steps = EB_COMPAT_STEPS_MAX
    };
    prover->splits_numbers = splits_numbers(first) || splits_numbers(second);
    eb_arena_init_growing(&prover->kept, KEPT_BYTES_MAX);
    eb_map_init(&prover->answers, &prover->kept);
    prover->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    return prover->runner && eb_arena_init_reserved(&prover->work, WORK_BYTES) &&
           eb_arena_init_reserved(&prover->run, RUN_BYTES) && eb_node_classes(prover);
}

void eb_prover_release(struct eb_prover *prover)
{
    eb_regex_runner_free(prover->runner);
    eb_arena_release(&prover->kept);
    eb_arena_release(&prover->run);
    eb_arena_release(&prover->work);
}

void *eb_prover_alloc(struct eb_prover *prover, size_t count, size_t bytes)
{
    void *array = eb_arena_calloc(&prover->work, count ? count : 1, bytes, _Alignof(max_align_t));
    prover->is_exhausted |= !array;
    return array;
}

struct eb_span eb_pattern_text(struct eb_prover *prover, const struct eb_literal *literal)
{
    const struct eb_origin *origin = &prover->schemas[literal->side]->origins[literal->node];
    const struct eb_doc *doc = &origin->resource->document->doc;
    struct eb_span text = eb_doc_string(doc, literal->check->a, &prover->work);
    prover->is_exhausted |= !text.ptr;
    return text;
}

bool eb_prover_step(struct eb_prover *prover)
{
    if (prover->steps == 0)
        prover->is_exhausted = true;
    else
        prover->steps--;
    return !prover->is_exhausted;
}

const struct eb_literal *eb_literal_add(
    struct eb_prover *prover, struct eb_literal literal, const struct eb_literal *list)
{
    struct eb_literal *added = EB_PROVER_ARRAY(prover, struct eb_literal, 1);
    if (!added)
        return list;
    *added = literal;
    added->next = list;
    return added;
}

const struct eb_literal *eb_literal_add_node(
    struct eb_prover *prover, uint8_t side, uint32_t node, const struct eb_literal *list)
{
    if (node == EB_NODE_TRUE)
        return list;
    return eb_literal_add(
        prover, (struct eb_literal){ .type = EB_LITERAL_NODE, .side = side, .node = node }, list);
}
