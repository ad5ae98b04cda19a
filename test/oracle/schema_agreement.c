#include "oracle/schema_agreement.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "oracle/naive_schema.h"
#include "json/reader.h"

enum { INSTANCES = 8, ARENA_BYTES = 64 * 1024 * 1024, FAULTS = 4 };

static const struct eb_span uri = EB_SPAN("https://example.com/drawn");

struct bench {
    struct eb_arena compiled;
    struct eb_arena scratch;
    struct eb_diag_list diags;
    struct eb_schema_library *library;
    struct eb_regex_runner *runner;
    struct eb_doc doc;
    const struct eb_schema *schema;
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void compile(struct bench *bench, enum eb_draft draft, struct eb_span text)
{
    eb_arena_init_growing(&bench->compiled, SIZE_MAX);
    require(eb_arena_init_reserved(&bench->scratch, ARENA_BYTES));
    eb_diag_list_init(&bench->diags);
    struct eb_schema_options options = { .default_draft = draft, .asserts_formats = true };
    bench->library = eb_schema_library_new(&bench->compiled, options);
    bench->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    require(bench->library && bench->runner);
    require(eb_json_read_file(&bench->doc, text, "s", 1, &bench->compiled, &bench->diags));
    bool is_added = eb_schema_library_add(bench->library, uri, &bench->doc, &bench->diags);
    bench->schema = is_added ? eb_schema_compile(bench->library, uri, &bench->diags) : NULL;
}

static void release(struct bench *bench)
{
    eb_regex_runner_free(bench->runner);
    eb_schema_library_free(bench->library);
    eb_diag_list_release(&bench->diags);
    eb_arena_release(&bench->scratch);
    eb_arena_release(&bench->compiled);
}

/* The verdict alone, and the verdict with faults: the same, with a fault exactly when invalid. */
static bool engine_accepts(struct bench *bench, const struct eb_doc *instance)
{
    struct eb_fault faults[FAULTS];
    struct eb_validation plain = { .arena = &bench->scratch, .runner = bench->runner };
    struct eb_validation told = plain;
    told.faults = faults;
    told.fault_max = FAULTS;
    enum eb_validity validity = eb_schema_validate(bench->schema, instance, &plain);
    require(validity == EB_VALID || validity == EB_INVALID);
    require(eb_schema_validate(bench->schema, instance, &told) == validity);
    require((told.fault_count > 0) == (validity == EB_INVALID));
    return validity == EB_VALID;
}

static bool instance_agrees(struct bench *bench, struct schema_agreement *agreement,
    enum eb_draft draft, struct eb_span text)
{
    struct eb_doc instance;
    struct eb_json_fault fault;
    eb_arena_reset(&bench->scratch);
    require(
        eb_json_read(&instance, text, &eb_json_limits_max, &bench->scratch, &fault) == EB_JSON_OK);
    bool is_valid = engine_accepts(bench, &instance);
    agreement->judged++;
    agreement->valid += is_valid;
    enum naive_verdict verdict =
        naive_schema_judge(&bench->doc, draft, &instance, &bench->scratch, bench->runner);
    return verdict == NAIVE_ENDLESS || (verdict == NAIVE_VALID) == is_valid;
}

bool schema_agreement_holds(struct schema_agreement *agreement, const uint8_t *bytes, size_t len)
{
    static const enum eb_draft drafts[] = { EB_DRAFT_2020_12, EB_DRAFT_2019_09, EB_DRAFT_7 };
    if (!len)
        return true;
    enum eb_draft draft = drafts[bytes[0] % 3];
    struct drawn drawn = { bytes + 1, bytes + len };
    size_t schema_len = draw_schema(&drawn, draft, agreement->schema);
    struct bench bench;
    compile(&bench, draft, eb_span(agreement->schema, schema_len));
    bool agrees = true;
    if (!bench.schema) { /* a drawn schema has no other flaw */
        agrees = bench.diags.first && strstr(bench.diags.first->text, "without end");
        agreement->refused++;
        strcpy(agreement->instance, bench.diags.first ? bench.diags.first->text : "");
    }
    for (int i = 0; i < INSTANCES && bench.schema && agrees; i++) {
        size_t instance_len = draw_instance(&drawn, agreement->instance);
        agrees =
            instance_agrees(&bench, agreement, draft, eb_span(agreement->instance, instance_len));
    }
    release(&bench);
    return agrees;
}
