/*
 * The first byte says what the rest is: 's' the text of event-bus.json, 'c' a contract, 'r' a rule.
 * What is accepted keeps its promises; what is not has a diagnostic inside the text.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "bus/document_check.h"
#include "bus/settings.h"
#include "topic/filter.h"
#include "json/reader.h"

static void require_filters(struct eb_span_list list)
{
    for (uint32_t i = 0; i < list.count; i++)
        FUZZ_REQUIRE(eb_filter_check(list.items[i]) == EB_TOPIC_OK);
}

static void require_sound(const struct eb_settings *settings)
{
    FUZZ_REQUIRE(settings->event_bytes_max >= 1);
    FUZZ_REQUIRE(settings->event_bytes_max <= EB_DOCUMENT_BYTES_MAX);
    FUZZ_REQUIRE(settings->depth_max >= 1 && settings->depth_max <= EB_DEPTH_MAX);
    FUZZ_REQUIRE(settings->targets_max >= 1 && settings->targets_max <= EB_TARGETS_MAX);
    FUZZ_REQUIRE(settings->regex_steps_max >= 1);
    FUZZ_REQUIRE(settings->regex_steps_max <= EB_REGEX_STEPS_MAX);
    FUZZ_REQUIRE(settings->faults_max >= 1 && settings->faults_max <= EB_FAULTS_MAX);
    FUZZ_REQUIRE(settings->copies_bytes_max >= 1 && settings->rules_bytes_max >= 1);
    FUZZ_REQUIRE(settings->seen_keys_max >= 1 && settings->dead_letters_per_second >= 1);
    FUZZ_REQUIRE(settings->resend_in_flight_max <= EB_RESEND_EVENTS_MAX);
    FUZZ_REQUIRE(eb_topic_check(settings->dead_letter_topic) == EB_TOPIC_OK);
    require_filters(settings->egress);
    require_filters(settings->targets);
    for (uint32_t i = 0; i < settings->bridge_count; i++)
        require_filters(settings->bridges[i].out);
    for (uint32_t i = 0; i < settings->ingress_count; i++)
        FUZZ_REQUIRE(eb_filter_check(settings->ingress[i].filter) == EB_TOPIC_OK);
    for (uint32_t i = 0; i < settings->uri_mapping_count; i++) {
        struct eb_span directory = settings->uri_mappings[i].directory;
        FUZZ_REQUIRE(directory.len == 0 || directory.ptr[0] != '/');
    }
}

static void require_places(const struct eb_diag_list *diags, struct eb_span text)
{
    for (const struct eb_diag *diag = diags->first; diag; diag = diag->next) {
        FUZZ_REQUIRE(diag->line >= 1 && diag->line <= text.len + 1);
        FUZZ_REQUIRE(diag->column >= 1 && diag->column <= text.len + 1);
    }
}

static void try_settings(struct eb_span text, struct eb_arena *arena, struct eb_diag_list *diags)
{
    struct eb_settings settings;
    bool is_good = eb_settings_read(&settings, text, "event-bus.json", arena, diags);
    FUZZ_REQUIRE(is_good == (diags->errors == 0));
    require_sound(&settings);
}

static void try_document(enum eb_document_kind kind, struct eb_span text, struct eb_arena *arena,
    struct eb_diag_list *diags)
{
    static struct eb_document_checker *checker;
    struct eb_doc doc;
    if (!checker)
        checker = eb_document_checker_new(diags);
    if (!eb_json_read_file(&doc, text, "f.json", 1, arena, diags))
        return;
    bool is_good = eb_document_check(checker, kind, &doc, diags);
    FUZZ_REQUIRE(is_good == (diags->errors == 0));
    if (is_good)
        FUZZ_REQUIRE(eb_doc_type(&doc, 0) == EB_JSON_OBJECT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct eb_span text = eb_span((const char *)data + 1, size - 1);
    struct eb_arena arena;
    struct eb_diag_list diags;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    if (data[0] == 'c')
        try_document(EB_DOCUMENT_CONTRACT, text, &arena, &diags);
    else if (data[0] == 'r')
        try_document(EB_DOCUMENT_RULE, text, &arena, &diags);
    else
        try_settings(text, &arena, &diags);
    require_places(&diags, text);
    eb_diag_list_release(&diags);
    eb_arena_release(&arena);
    return 0;
}
