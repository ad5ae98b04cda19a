#include "bus/document_check.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/embedded.h"
#include "base/limits.h"
#include "base/near_name.h"
#include "schema/schema.h"
#include "text/regex.h"
#include "json/reader.h"

extern const struct eb_embedded eb_embedded_config[];
extern const size_t eb_embedded_config_count;

enum {
    KIND_COUNT = EB_DOCUMENT_TEST + 1,
    /* Faults told of one document: who mends these will run the check again. */
    FAULTS_MAX = 32,
    /* Address space for judging one document: its faults and what the schemas track. */
    SCRATCH_BYTES = 4 * 1024 * 1024,
};

/* The schema of a kind; the file is found by name among those built in. */
static const struct {
    const char *file;
    const char *uri;
} kinds[KIND_COUNT] = {
    [EB_DOCUMENT_SETTINGS] = { "event-bus.schema.json",
        "urn:mosquitto-event-bus:schema:event-bus:1" },
    [EB_DOCUMENT_CONTRACT] = { "contract.schema.json",
        "urn:mosquitto-event-bus:schema:contract:1" },
    [EB_DOCUMENT_RULE] = { "rule.schema.json", "urn:mosquitto-event-bus:schema:rule:1" },
    [EB_DOCUMENT_SUBJECT] = { "subject.schema.json", "urn:mosquitto-event-bus:schema:subject:1" },
    [EB_DOCUMENT_TEST] = { "test.schema.json", "urn:mosquitto-event-bus:schema:test:1" },
};

struct eb_document_checker {
    struct eb_arena compiled;
    struct eb_arena scratch;
    struct eb_schema_library *library;
    struct eb_regex_runner *runner;
    struct eb_doc docs[KIND_COUNT];
    const struct eb_schema *schemas[KIND_COUNT]; /* NULL: not used yet */
    bool is_spoilt; /* there was no memory for one, part of which is in the library */
    struct eb_fault faults[FAULTS_MAX];
};

struct eb_document_checker *eb_document_checker_new(struct eb_diag_list *diags)
{
    struct eb_document_checker *checker = calloc(1, sizeof *checker);
    if (!checker)
        goto fail;
    eb_arena_init_growing(&checker->compiled, SIZE_MAX);
    struct eb_schema_options options = {
        .default_draft = EB_DRAFT_2020_12,
        .asserts_formats = true,
    };
    checker->library = eb_schema_library_new(&checker->compiled, options);
    checker->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    if (!eb_arena_init_reserved(&checker->scratch, SCRATCH_BYTES) || !checker->library ||
        !checker->runner)
        goto fail;
    return checker;
fail:
    eb_diag_add_out_of_memory(diags);
    eb_document_checker_free(checker);
    return NULL;
}

void eb_document_checker_free(struct eb_document_checker *checker)
{
    if (!checker)
        return;
    eb_regex_runner_free(checker->runner);
    if (checker->library)
        eb_schema_library_free(checker->library);
    eb_arena_release(&checker->scratch);
    eb_arena_release(&checker->compiled);
    free(checker);
}

static const struct eb_embedded *find_embedded(const char *name)
{
    for (size_t i = 0; i < eb_embedded_config_count; i++) {
        if (eb_span_is(eb_embedded_config[i].name, name))
            return &eb_embedded_config[i];
    }
    assert(!"every kind's schema is built in");
    return NULL;
}

/* Compiled when the first document of its kind comes. NULL, said in `diags`, without memory. */
static const struct eb_schema *schema_of(
    struct eb_document_checker *checker, enum eb_document_kind kind, struct eb_diag_list *diags)
{
    if (checker->schemas[kind])
        return checker->schemas[kind];
    const struct eb_embedded *file = find_embedded(kinds[kind].file);
    struct eb_span uri = eb_span_of(kinds[kind].uri);
    struct eb_doc *doc = &checker->docs[kind];
    if (checker->is_spoilt) {
        eb_diag_add_out_of_memory(diags);
        return NULL;
    }
    if (eb_json_read_file(doc, file->text, kinds[kind].file, 1, &checker->compiled, diags) &&
        eb_schema_library_add(checker->library, uri, doc, diags))
        checker->schemas[kind] = eb_schema_compile(checker->library, uri, diags);
    checker->is_spoilt = !checker->schemas[kind];
    return checker->schemas[kind];
}

/* ---- faults to diagnostics ---- */

/* The member `beside` of the schema whose `keyword` ("/pattern") `fault` is about, or EB_NO_TOKEN.
 */
static uint32_t find_beside(const struct eb_doc *schema, const struct eb_fault *fault,
    struct eb_span keyword, const char *beside)
{
    struct eb_span location = fault->absolute_keyword_location;
    const char *hash = location.ptr ? memchr(location.ptr, '#', location.len) : NULL;
    if (!hash)
        return EB_NO_TOKEN;
    struct eb_span pointer = eb_span(hash + 1, (size_t)(location.ptr + location.len - hash - 1));
    if (pointer.len < keyword.len ||
        memcmp(pointer.ptr + pointer.len - keyword.len, keyword.ptr, keyword.len) != 0)
        return EB_NO_TOKEN;
    uint32_t object = eb_doc_at(schema, eb_span(pointer.ptr, pointer.len - keyword.len));
    return object == EB_NO_TOKEN ? EB_NO_TOKEN : eb_doc_member(schema, object, beside);
}

/* A member that may not be there: the likeliest mistake is a slip in its name. */
static void report_unknown(const struct eb_doc *schema, uint32_t properties,
    const struct eb_doc *doc, uint32_t name, struct eb_arena *arena, struct eb_diag_list *diags)
{
    struct eb_span written = eb_doc_string(doc, name, arena);
    struct eb_near_name near = eb_near_name(written);
    EB_DOC_EACH_MEMBER(schema, properties, known)
    {
        eb_near_name_offer(&near, eb_doc_raw(schema, known));
    }
    if (near.best.ptr)
        eb_doc_diag(diags, EB_ERROR, doc, name, "unknown member '%.*s'; did you mean '%.*s'?",
            (int)written.len, written.ptr, (int)near.best.len, near.best.ptr);
    else
        eb_doc_diag(
            diags, EB_ERROR, doc, name, "unknown member '%.*s'", (int)written.len, written.ptr);
}

static void report_expected(const struct eb_doc *schema, uint32_t expected,
    const struct eb_doc *doc, uint32_t token, struct eb_arena *arena, struct eb_diag_list *diags)
{
    struct eb_span text = eb_doc_string(schema, expected, arena);
    eb_doc_diag(diags, EB_ERROR, doc, token, "expected %.*s", (int)text.len, text.ptr);
}

/*
 * One fault: what the schema says about the value, at the value's place. Of a pattern, which few
 * can read, the `$comment` beside it says what is expected.
 */
static void report_fault(struct eb_document_checker *checker, enum eb_document_kind kind,
    const struct eb_doc *doc, const struct eb_fault *fault, struct eb_diag_list *diags)
{
    const struct eb_doc *schema = &checker->docs[kind];
    uint32_t properties =
        find_beside(schema, fault, eb_span_of("/additionalProperties"), "properties");
    uint32_t expected = find_beside(schema, fault, eb_span_of("/pattern"), "$comment");
    uint32_t token = eb_doc_at(doc, fault->instance_location);
    if (token == EB_NO_TOKEN)
        token = 0;
    if (properties != EB_NO_TOKEN && token != 0)
        report_unknown(schema, properties, doc, token - 1, &checker->scratch, diags);
    else if (expected != EB_NO_TOKEN)
        report_expected(schema, expected, doc, token, &checker->scratch, diags);
    else
        eb_doc_diag(diags, EB_ERROR, doc, token, "%.*s", (int)fault->error.len, fault->error.ptr);
}

bool eb_document_check(struct eb_document_checker *checker, enum eb_document_kind kind,
    const struct eb_doc *doc, struct eb_diag_list *diags)
{
    const struct eb_schema *schema = schema_of(checker, kind, diags);
    if (!schema)
        return false;
    eb_arena_reset(&checker->scratch);
    struct eb_validation validation = {
        .arena = &checker->scratch,
        .runner = checker->runner,
        .faults = checker->faults,
        .fault_max = FAULTS_MAX,
    };
    enum eb_validity validity = eb_schema_validate(schema, doc, &validation);
    for (uint32_t i = 0; i < validation.fault_count; i++)
        report_fault(checker, kind, doc, &validation.faults[i], diags);
    if (validity != EB_VALID && validation.fault_count == 0)
        eb_doc_diag(diags, EB_ERROR, doc, 0, "is too large or too deep to be checked");
    if (validation.has_more_faults)
        eb_doc_diag(diags, EB_NOTE, doc, 0, "has more mistakes than these");
    return validity == EB_VALID;
}
