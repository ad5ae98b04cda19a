#include "schema/inquiry.h"

#include <stdlib.h>

#include "base/limits.h"
#include "schema/compat_prover.h"
#include "json/reader.h"

struct eb_inquiry {
    struct eb_arena arena;
    struct eb_schema_library *library;
    struct eb_doc doc;
    struct eb_prover prover;
    const struct eb_branches *questions;
    bool has_prover;
};

enum { ASKED, QUESTIONS }; /* which schema of the prover is which */

static const struct eb_span questions_uri = EB_SPAN("urn:mosquitto-event-bus:inquiry");

/* The root's `anyOf`. */
static const struct eb_branches *branches_of(const struct eb_schema *schema)
{
    const struct eb_origin *origin = &schema->origins[schema->root];
    for (uint32_t i = 0; i < origin->check_count; i++) {
        const struct eb_op *check = &schema->checks[origin->first_check + i];
        if (check->code == EB_OP_ANY)
            return check->at;
    }
    return NULL;
}

static const struct eb_schema *compile(
    struct eb_inquiry *inquiry, struct eb_span text, struct eb_diag_list *diags)
{
    struct eb_schema_options options = { .default_draft = EB_DRAFT_2020_12 };
    if (!eb_json_read_file(&inquiry->doc, text, "inquiry", 1, &inquiry->arena, diags))
        return NULL;
    inquiry->library = eb_schema_library_new(&inquiry->arena, options);
    if (!inquiry->library) {
        eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    if (!eb_schema_library_add(inquiry->library, questions_uri, &inquiry->doc, diags))
        return NULL;
    return eb_schema_compile(inquiry->library, questions_uri, diags);
}

struct eb_inquiry *eb_inquiry_new(
    const struct eb_schema *schema, struct eb_span questions, struct eb_diag_list *diags)
{
    struct eb_inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (!inquiry) {
        eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    eb_arena_init_growing(&inquiry->arena, SIZE_MAX);
    const struct eb_schema *asked = compile(inquiry, questions, diags);
    inquiry->questions = asked ? branches_of(asked) : NULL;
    if (inquiry->questions) {
        inquiry->has_prover = true;
        if (eb_prover_init(&inquiry->prover, schema, asked))
            return inquiry;
        eb_diag_add_out_of_memory(diags);
    }
    eb_inquiry_free(inquiry);
    return NULL;
}

void eb_inquiry_free(struct eb_inquiry *inquiry)
{
    if (!inquiry)
        return;
    if (inquiry->has_prover)
        eb_prover_release(&inquiry->prover);
    if (inquiry->library)
        eb_schema_library_free(inquiry->library);
    eb_arena_release(&inquiry->arena);
    free(inquiry);
}

static enum eb_inquiry_answer answer_of(enum eb_proof proof)
{
    static const enum eb_inquiry_answer answers[] = {
        [EB_PROOF_EMPTY] = EB_INQUIRY_NEVER,
        [EB_PROOF_FOUND] = EB_INQUIRY_CAN,
        [EB_PROOF_UNSURE] = EB_INQUIRY_UNKNOWN,
    };
    return answers[proof];
}

enum eb_inquiry_answer eb_inquiry_ask(
    struct eb_inquiry *inquiry, uint32_t index, uint32_t *steps, struct eb_span *example)
{
    struct eb_prover *prover = &inquiry->prover;
    uint32_t steps_max = *steps < EB_INQUIRY_STEPS_MAX ? *steps : EB_INQUIRY_STEPS_MAX;
    struct eb_arena_mark mark = eb_arena_mark(&prover->work);
    prover->steps = steps_max;
    prover->is_exhausted = false;
    prover->leans_on = UINT32_MAX;
    const struct eb_literal *literals =
        eb_literal_add_node(prover, QUESTIONS, inquiry->questions->nodes[index], NULL);
    literals = eb_literal_add_node(prover, ASKED, prover->schemas[ASKED]->root, literals);
    struct eb_answer answer = eb_prove(prover, NULL, literals);
    eb_arena_rewind(&prover->work, mark);
    *steps -= steps_max - prover->steps;
    if (example)
        *example = answer.text;
    return answer_of(answer.proof);
}
