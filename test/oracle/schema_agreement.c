#include "oracle/schema_agreement.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "oracle/naive_schema.h"
#include "json/reader.h"

enum { INSTANCES = 8, ARENA_BYTES = 64 * 1024 * 1024, FAULTS = 4 };

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void prepare(struct schema_agreement *agreement)
{
    static const enum eb_draft drafts[SCHEMA_AGREEMENT_DRAFTS] = { EB_DRAFT_2020_12,
        EB_DRAFT_2019_09, EB_DRAFT_7 };
    if (agreement->runner)
        return;
    for (int i = 0; i < SCHEMA_AGREEMENT_DRAFTS; i++) {
        struct schema_shelf *shelf = &agreement->shelves[i];
        shelf->options = (struct eb_schema_options){ drafts[i], .asserts_formats = true };
        shelf->has_relative_ids = true;
    }
    agreement->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    require(agreement->runner && eb_arena_init_reserved(&agreement->scratch, ARENA_BYTES));
}

void schema_agreement_release(struct schema_agreement *agreement)
{
    for (int i = 0; i < SCHEMA_AGREEMENT_DRAFTS; i++)
        schema_shelf_release(&agreement->shelves[i]);
    eb_regex_runner_free(agreement->runner);
    eb_arena_release(&agreement->scratch);
    agreement->runner = NULL;
}

/* The verdict alone, and the verdict with faults: the same, with a fault exactly when invalid. */
static bool engine_accepts(struct schema_agreement *agreement, const struct eb_schema *schema,
    const struct eb_doc *instance)
{
    struct eb_fault faults[FAULTS];
    struct eb_validation plain = { .arena = &agreement->scratch, .runner = agreement->runner };
    struct eb_validation told = plain;
    told.faults = faults;
    told.fault_max = FAULTS;
    enum eb_validity validity = eb_schema_validate(schema, instance, &plain);
    require(validity == EB_VALID || validity == EB_INVALID);
    require(eb_schema_validate(schema, instance, &told) == validity);
    require((told.fault_count > 0) == (validity == EB_INVALID));
    return validity == EB_VALID;
}

static bool instance_agrees(struct schema_agreement *agreement, const struct schema_shelf *shelf,
    const struct eb_schema *schema, struct eb_span text)
{
    struct eb_doc instance;
    struct eb_json_fault fault;
    struct eb_arena *scratch = &agreement->scratch;
    eb_arena_reset(scratch);
    require(eb_json_read(&instance, text, &eb_json_limits_max, scratch, &fault) == EB_JSON_OK);
    bool is_valid = engine_accepts(agreement, schema, &instance);
    agreement->judged++;
    agreement->valid += is_valid;
    enum naive_verdict verdict = naive_schema_judge(
        &shelf->doc, shelf->options.default_draft, &instance, scratch, agreement->runner);
    return verdict == NAIVE_ENDLESS || (verdict == NAIVE_VALID) == is_valid;
}

/* A drawn schema has no other flaws: it can be deeper than a document may be. */
static bool is_refused_rightly(struct schema_agreement *agreement, const struct schema_shelf *shelf)
{
    const struct eb_diag *diag = shelf->diags.first;
    agreement->refused++;
    strcpy(agreement->instance, diag ? diag->text : "");
    return diag && (strstr(diag->text, "without end") || strstr(diag->text, "nested too deep"));
}

bool schema_agreement_holds(struct schema_agreement *agreement, const uint8_t *bytes, size_t len)
{
    if (!len)
        return true;
    prepare(agreement);
    struct schema_shelf *shelf = &agreement->shelves[bytes[0] % SCHEMA_AGREEMENT_DRAFTS];
    struct drawn drawn = { bytes + 1, bytes + len };
    size_t schema_len = draw_schema(&drawn, shelf->options.default_draft, agreement->schema);
    const struct eb_schema *schema =
        schema_shelf_compile(shelf, eb_span(agreement->schema, schema_len));
    if (!schema)
        return is_refused_rightly(agreement, shelf);
    bool agrees = true;
    for (int i = 0; i < INSTANCES && agrees; i++) {
        size_t instance_len = draw_instance(&drawn, agreement->instance);
        agrees =
            instance_agrees(agreement, shelf, schema, eb_span(agreement->instance, instance_len));
    }
    return agrees;
}
