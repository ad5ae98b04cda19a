#include <string.h>

#include "bus/builder.h"
#include "bus/event_schema.h"
#include "bus/name.h"
#include "target/key.h"

static const char *const violation_words[] = { "reject", "quarantine", "disconnect", "observe" };
static const enum eb_violation_action violation_actions[] = {
    EB_REJECT,
    EB_QUARANTINE,
    EB_DISCONNECT,
    EB_OBSERVE,
};
static const char *const original_words[] = { "deliver", "consume" };
static const char *const retransmission_words[] = { "merge", "route" };
static const char *const empty_words[] = { "pass", "refuse" };
static const char *const error_words[] = { "refuse", "deliver" };
static const char *const unmatched_words[] = { "ignore", "dead-letter" };
static const char *const format_words[] = { "assert", "annotate" };

#define WORDS(words) words, sizeof(words) / sizeof *(words)

/* The string at `token`, copied; ptr NULL, reported, without memory. */
static struct eb_span copy_text(
    struct eb_builder *builder, const struct eb_doc *doc, uint32_t token)
{
    struct eb_span text = eb_doc_string(doc, token, &builder->scratch);
    struct eb_span copy = text.ptr ? eb_arena_copy(builder->arena, text) : text;
    if (!copy.ptr)
        eb_diag_add_out_of_memory(builder->diags);
    return copy;
}

/* ---- a subject by content ---- */

static bool has_version(const struct eb_builder *builder, uint32_t version)
{
    for (uint32_t i = 0; i < builder->configuration->schema_count; i++) {
        uint32_t other = builder->configuration->schemas[i].version;
        if (other && (other == version || version == EB_VERSION_LATEST))
            return true;
    }
    return false;
}

/* The contract's schema.json has seen to it that the text ends in a version. */
static bool check_version(
    struct eb_builder *builder, const struct eb_doc *doc, uint32_t token, struct eb_span text)
{
    const char *at = memrchr(text.ptr, '@', text.len);
    struct eb_span version = at ? eb_span(at + 1, (size_t)(text.ptr + text.len - at - 1)) : text;
    if (has_version(builder, eb_version_read(version)))
        return true;
    eb_doc_diag(builder->diags, EB_ERROR, doc, token, "the registry has no subject in version %.*s",
        (int)version.len, version.ptr);
    return false;
}

static bool read_choice(struct eb_builder *builder, const struct eb_doc *doc, uint32_t token,
    const struct eb_key *key, struct eb_contract *contract)
{
    struct eb_subject_choice *choice = EB_ARENA_NEW(builder->arena, struct eb_subject_choice);
    if (!choice) {
        eb_diag_add_out_of_memory(builder->diags);
        return false;
    }
    if (!check_version(builder, doc, token, contract->schema_text))
        return false;
    choice->key = key;
    choice->subjects = eb_builder_find_subjects(builder, contract->asserts_formats);
    contract->choice = choice;
    return choice->subjects;
}

/* ---- the contract ---- */

static bool read_schema(
    struct eb_builder *builder, const struct eb_doc *doc, struct eb_contract *contract)
{
    uint32_t token = eb_doc_member(doc, 0, "schema");
    if (token == EB_NO_TOKEN) { /* contract.schema.json: it is a CloudEvent, which may name one */
        contract->data_schemas = eb_builder_find_data_schemas(builder, contract->asserts_formats);
        return contract->data_schemas;
    }
    contract->schema_text = copy_text(builder, doc, token);
    if (!contract->schema_text.ptr)
        return false;
    const struct eb_key *key =
        eb_key_compile(doc, token, builder->arena, &builder->scratch, builder->diags);
    if (!key)
        return false;
    if (!eb_key_is_literal(key))
        return read_choice(builder, doc, token, key, contract);
    contract->schema = eb_builder_find_schema(
        builder, doc, token, contract->schema_text, contract->asserts_formats);
    return contract->schema.schema;
}

static bool take_trial(struct eb_builder *builder, struct eb_contract *contract)
{
    const struct eb_trial_subject subject = {
        .contract = contract->name,
        .schema = contract->choice ? contract->schema_text : contract->schema.name,
        .candidate = contract->candidate.name,
    };
    contract->trial = eb_trial_take(eb_figures_trials(builder->registry), &subject);
    if (!contract->trial)
        eb_diag_add_out_of_memory(builder->diags);
    return contract->trial;
}

static bool read_candidate(
    struct eb_builder *builder, const struct eb_doc *doc, struct eb_contract *contract)
{
    uint32_t token = eb_doc_member(doc, 0, "candidate");
    if (token == EB_NO_TOKEN)
        return true;
    struct eb_span text = copy_text(builder, doc, token);
    if (!text.ptr)
        return false;
    contract->candidate =
        eb_builder_find_schema(builder, doc, token, text, contract->asserts_formats);
    return contract->candidate.schema && take_trial(builder, contract);
}

/* true, false, or an object that says what is not in it. */
static void read_dead_letter(const struct eb_doc *doc, struct eb_contract *contract)
{
    static const char *const payload_words[] = { "keep", "omit" };
    uint32_t token = eb_doc_member(doc, 0, "dead_letter");
    contract->leaves_dead_letter = eb_builder_read_bool(doc, 0, "dead_letter", true);
    if (token == EB_NO_TOKEN || eb_doc_type(doc, token) != EB_JSON_OBJECT)
        return;
    contract->leaves_dead_letter = true;
    contract->is_confidential = eb_builder_read_word(doc, token, "payload", WORDS(payload_words));
}

static bool read_topic(struct eb_builder *builder, const struct eb_doc *doc, uint32_t index)
{
    uint32_t topic = eb_doc_member(doc, 0, "topic");
    if (!builder->contracts[index].is_enabled)
        return eb_builder_check_filter(builder, doc, topic);
    builder->contract_filters[index] = eb_builder_add_filter(builder, doc, topic);
    return builder->contract_filters[index] != UINT32_MAX;
}

/* Where events are CloudEvents, for rules whose targets need them to be. */
static bool read_envelope(
    struct eb_builder *builder, const struct eb_doc *doc, struct eb_contract *contract)
{
    contract->is_cloudevent = eb_doc_member(doc, 0, "envelope") != EB_NO_TOKEN;
    if (!contract->is_cloudevent || !contract->is_enabled)
        return true;
    struct eb_span filter = copy_text(builder, doc, eb_doc_member(doc, 0, "topic"));
    builder->event_filters[builder->event_filter_count++] = filter;
    return filter.ptr;
}

static bool compile(struct eb_builder *builder, const struct eb_doc *doc, uint32_t index)
{
    struct eb_contract *contract = &builder->contracts[index];
    bool has_filter = read_topic(builder, doc, index);
    contract->on_violation =
        violation_actions[eb_builder_read_word(doc, 0, "on_violation", WORDS(violation_words))];
    contract->consumes = eb_builder_read_word(doc, 0, "original", WORDS(original_words));
    contract->routes_again =
        eb_builder_read_word(doc, 0, "retransmissions", WORDS(retransmission_words));
    contract->refuses_empty = eb_builder_read_word(doc, 0, "empty", WORDS(empty_words));
    contract->delivers_on_error = eb_builder_read_word(doc, 0, "on_error", WORDS(error_words));
    contract->keeps_unmatched = eb_builder_read_word(doc, 0, "unmatched", WORDS(unmatched_words));
    read_dead_letter(doc, contract);
    contract->asserts_formats = !eb_builder_read_word(doc, 0, "formats", WORDS(format_words));
    bool has_envelope = read_envelope(builder, doc, contract);
    bool has_schema = read_schema(builder, doc, contract);
    if (has_schema && contract->is_cloudevent)
        has_schema = eb_builder_add_event_schema(builder, contract);
    bool has_candidate = read_candidate(builder, doc, contract);
    bool has_deduplication =
        eb_deduplication_read(&contract->deduplication, builder, doc, contract->name);
    return has_filter && has_envelope && has_schema && has_candidate && has_deduplication;
}

static void add(struct eb_builder *builder, const struct eb_entry_text *entry, uint32_t index)
{
    struct eb_contract *contract = &builder->contracts[index];
    struct eb_doc doc;
    if (!eb_builder_read_entry(builder, entry, &doc, &contract->name) ||
        !eb_document_check(builder->checker, EB_DOCUMENT_CONTRACT, &doc, builder->diags))
        return;
    contract->file = entry->file;
    contract->is_managed = entry->is_managed;
    contract->is_enabled = eb_builder_read_bool(&doc, 0, "enabled", true);
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
    builder->event_filters = EB_ARENA_ARRAY(builder->arena, struct eb_span, count);
    if (!builder->contracts || !builder->contract_filters || !builder->event_filters) {
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
