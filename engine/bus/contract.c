#include "bus/builder.h"

static const char *const violation_words[] = { "reject", "quarantine", "disconnect", "observe" };
static const enum eb_violation_action violation_actions[] = {
    EB_REJECT,
    EB_QUARANTINE,
    EB_DISCONNECT,
    EB_OBSERVE,
};
static const char *const original_words[] = { "deliver", "consume" };
static const char *const empty_words[] = { "pass", "refuse" };
static const char *const error_words[] = { "refuse", "deliver" };

#define WORDS(words) words, sizeof(words) / sizeof *(words)

/* `schema` or `candidate`: the name as written and the program. */
static bool read_schema(struct eb_builder *builder, const struct eb_doc *doc, const char *member,
    struct eb_span *name, const struct eb_schema **schema)
{
    uint32_t token = eb_doc_member(doc, 0, member);
    if (token == EB_NO_TOKEN)
        return true;
    struct eb_span text = eb_doc_string(doc, token, &builder->scratch);
    *name = text.ptr ? eb_arena_copy(builder->arena, text) : text;
    if (!name->ptr) {
        eb_diag_add_out_of_memory(builder->diags);
        return false;
    }
    *schema = eb_builder_find_schema(builder, doc, token, *name);
    return *schema != NULL;
}

static bool compile(struct eb_builder *builder, const struct eb_doc *doc, uint32_t index)
{
    struct eb_contract *contract = &builder->contracts[index];
    uint32_t filter = eb_builder_add_filter(builder, doc, eb_doc_member(doc, 0, "topic"));
    builder->contract_filters[index] = filter;
    contract->on_violation =
        violation_actions[eb_builder_read_word(doc, 0, "on_violation", WORDS(violation_words))];
    contract->consumes = eb_builder_read_word(doc, 0, "original", WORDS(original_words));
    contract->refuses_empty = eb_builder_read_word(doc, 0, "empty", WORDS(empty_words));
    contract->delivers_on_error = eb_builder_read_word(doc, 0, "on_error", WORDS(error_words));
    contract->leaves_dead_letter = eb_builder_read_bool(doc, 0, "dead_letter", true);
    bool has_schema =
        read_schema(builder, doc, "schema", &contract->schema_name, &contract->schema);
    bool has_candidate =
        read_schema(builder, doc, "candidate", &contract->candidate_name, &contract->candidate);
    return filter != UINT32_MAX && has_schema && has_candidate;
}

static void add(struct eb_builder *builder, const struct eb_entry_text *entry, uint32_t index)
{
    struct eb_contract *contract = &builder->contracts[index];
    struct eb_doc doc;
    if (!eb_builder_read_entry(builder, entry, &doc, &contract->name) ||
        !eb_document_check(builder->checker, EB_DOCUMENT_CONTRACT, &doc, builder->diags))
        return;
    contract->file = entry->file;
    contract->figures = eb_figures_find(builder->registry, EB_FIGURES_CONTRACT, &contract->name);
    if (!contract->figures) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    compile(builder, &doc, index);
}

void eb_builder_add_contracts(struct eb_builder *builder)
{
    uint32_t count = builder->configuration->contract_count;
    builder->contracts = EB_ARENA_ARRAY(builder->arena, struct eb_contract, count);
    builder->contract_filters = EB_ARENA_ARRAY(builder->arena, uint32_t, count);
    if (!builder->contracts || !builder->contract_filters) {
        eb_diag_add_out_of_memory(builder->diags);
        return;
    }
    builder->snapshot->contracts = builder->contracts;
    builder->snapshot->contract_count = count;
    for (uint32_t i = 0; i < count; i++) {
        eb_arena_reset(&builder->scratch);
        add(builder, &builder->configuration->contracts[i], i);
    }
}
