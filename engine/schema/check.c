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

/* A document being checked: the dialect that judges a part of it must not see what another judges.
 */
struct checking {
    struct eb_schema_library *library;
    const struct eb_document *document;
    struct eb_token *tokens; /* a copy, guests covered by `true` */
    struct eb_arena *arena;
    struct eb_diag_list *diags;
};

static void cover(struct checking *checking, uint32_t token)
{
    checking->tokens[token].type = EB_JSON_TRUE;
    checking->tokens[token].flags = 0;
    checking->tokens[token].count = 0;
}

/* The schema at `token` by its metaschema. */
static bool judge(struct checking *checking, uint32_t token, const struct eb_dialect *dialect)
{
    const struct eb_doc *doc = &checking->document->doc;
    /* That a pattern is no expression is said better by who compiles it. */
    const struct eb_schema *metaschema =
        eb_schema_compile_formats(checking->library, dialect->uri, false, checking->diags);
    if (!metaschema)
        return false;
    struct eb_fault faults[EB_FAULTS_DEFAULT];
    uint32_t tokens[EB_FAULTS_DEFAULT];
    struct eb_validation validation = {
        .arena = checking->arena,
        .runner = checking->library->runner,
        .faults = faults,
        .fault_max = EB_FAULTS_DEFAULT,
    };
    struct eb_doc covered = *doc;
    covered.tokens = checking->tokens;
    struct eb_run run;
    eb_run_init(&run, metaschema, &covered, &validation);
    if (eb_run_accepts(&run, metaschema->root, token, 0) && !run.limit)
        return true;
    eb_run_explain(&run, token, &validation, tokens);
    report(&validation, tokens, doc, checking->diags);
    return false;
}

/*
 * Resources of another dialect inside the document (2020-12 core §9.3) are judged by their own, one
 * at a time uncovered. Draft 4 knows no `true`; there they stay in sight.
 */
static bool judge_all(struct checking *checking)
{
    const struct eb_document *document = checking->document;
    bool covers = document->root->dialect->draft > EB_DRAFT_4;
    for (const struct eb_guest *guest = document->guests; guest && covers; guest = guest->next)
        cover(checking, guest->resource->token);
    bool are_schemas = judge(checking, 0, document->root->dialect);
    for (const struct eb_guest *guest = document->guests; guest && covers; guest = guest->next) {
        uint32_t token = guest->resource->token;
        checking->tokens[token] = document->doc.tokens[token];
        are_schemas &= judge(checking, token, guest->resource->dialect);
        cover(checking, token);
    }
    return are_schemas;
}

bool eb_schema_check(struct eb_schema_library *library, const struct eb_document *document,
    struct eb_diag_list *diags)
{
    struct eb_arena arena;
    size_t token_bytes = document->doc.token_count * sizeof(struct eb_token);
    if (!library->runner)
        library->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    if (!library->runner || !eb_arena_init_reserved(&arena, CHECK_ARENA_BYTES + token_bytes)) {
        eb_diag_add_out_of_memory(diags);
        return false;
    }
    struct checking checking = {
        .library = library,
        .document = document,
        .tokens = eb_arena_alloc(&arena, token_bytes, _Alignof(struct eb_token)),
        .arena = &arena,
        .diags = diags,
    };
    bool are_schemas = false;
    if (checking.tokens) {
        memcpy(checking.tokens, document->doc.tokens, token_bytes);
        are_schemas = judge_all(&checking);
    } else {
        eb_diag_add_out_of_memory(diags);
    }
    eb_arena_release(&arena);
    return are_schemas;
}
