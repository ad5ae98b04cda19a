#include "schema/check.h"

#include "base/limits.h"
#include "schema/compile.h"
#include "schema/run.h"

/* Marks, sentences and locations for one document; touched only as far as they need it. */
enum { CHECK_ARENA_BYTES = 64 * 1024 * 1024 };

/* A metaschema in parts has every part say the same of a value that is no schema at all. */
static bool is_said(const struct eb_validation *validation, const uint32_t *tokens, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        if (tokens[i] == tokens[index] &&
            eb_span_equal(validation->faults[i].error, validation->faults[index].error))
            return true;
    }
    return false;
}

static void report(const struct eb_validation *validation, const uint32_t *tokens,
    const struct eb_doc *doc, struct eb_diag_list *diags)
{
    for (uint32_t i = 0; i < validation->fault_count; i++) {
        const struct eb_fault *fault = &validation->faults[i];
        if (is_said(validation, tokens, i))
            continue;
        eb_doc_diag(diags, EB_ERROR, doc, tokens[i], "not a schema: %.*s", (int)fault->error.len,
            fault->error.ptr);
    }
}

static bool judge(struct eb_schema_library *library, const struct eb_schema *metaschema,
    const struct eb_doc *doc, struct eb_arena *arena, struct eb_diag_list *diags)
{
    struct eb_fault faults[EB_FAULTS_DEFAULT];
    uint32_t tokens[EB_FAULTS_DEFAULT];
    struct eb_validation validation = {
        .arena = arena,
        .runner = library->runner,
        .faults = faults,
        .fault_max = EB_FAULTS_DEFAULT,
    };
    struct eb_run run;
    eb_run_init(&run, metaschema, doc, &validation);
    if (eb_run_accepts(&run, metaschema->root, 0, 0) && !run.limit)
        return true;
    eb_run_explain(&run, 0, &validation, tokens);
    report(&validation, tokens, doc, diags);
    return false;
}

bool eb_schema_check(struct eb_schema_library *library, const struct eb_doc *doc,
    const struct eb_dialect *dialect, struct eb_diag_list *diags)
{
    const struct eb_schema *metaschema = eb_schema_compile_checker(library, dialect->uri, diags);
    if (!metaschema)
        return false;
    if (!library->runner)
        library->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    struct eb_arena arena;
    if (!library->runner || !eb_arena_init_reserved(&arena, CHECK_ARENA_BYTES)) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    bool is_schema = judge(library, metaschema, doc, &arena, diags);
    eb_arena_release(&arena);
    return is_schema;
}
