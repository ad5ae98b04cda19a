/*
 * judge.h - a schema and documents given as texts, for tests.
 */
#ifndef EB_TEST_JUDGE_H
#define EB_TEST_JUDGE_H

#include "eb_test.h"

#include "base/limits.h"
#include "schema/schema.h"
#include "json/reader.h"

struct judge {
    struct eb_arena compiled;
    struct eb_arena event;
    struct eb_regex_runner *runner;
    struct eb_diag_list diags;
    struct eb_schema_library *library;
    struct eb_fault faults[EB_FAULTS_MAX];
    struct eb_validation validation;
};

#define JUDGE_URI "https://example.com/s"

static inline void judge_init(struct judge *judge, enum eb_draft draft)
{
    eb_arena_init_growing(&judge->compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&judge->event, (size_t)256 << 20));
    judge->runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    assert_non_null(judge->runner);
    eb_diag_list_init(&judge->diags);
    struct eb_schema_options options = { .default_draft = draft, .asserts_formats = true };
    judge->library = eb_schema_library_new(&judge->compiled, options);
    assert_non_null(judge->library);
    judge->validation = (struct eb_validation){
        .arena = &judge->event,
        .runner = judge->runner,
        .faults = judge->faults,
        .fault_max = EB_FAULTS_DEFAULT,
    };
}

static inline void judge_release(struct judge *judge)
{
    eb_schema_library_free(judge->library);
    eb_diag_list_release(&judge->diags);
    eb_regex_runner_free(judge->runner);
    eb_arena_release(&judge->event);
    eb_arena_release(&judge->compiled);
}

/* Adds a document; the file's name in diagnostics is "s.json". */
static inline bool judge_add(struct judge *judge, const char *uri, struct eb_span text)
{
    struct eb_doc doc;
    if (!eb_json_read_file(&doc, text, "s.json", 1, &judge->compiled, &judge->diags))
        return false;
    return eb_schema_library_add(judge->library, eb_span_of(uri), &doc, &judge->diags);
}

/* The compiled schema; NULL when it is refused: see judge->diags. */
static inline const struct eb_schema *judge_compile(struct judge *judge, const char *text)
{
    if (!judge_add(judge, JUDGE_URI, eb_span_of(text)))
        return NULL;
    return eb_schema_compile(judge->library, eb_span_of(JUDGE_URI), &judge->diags);
}

/* The first diagnostic as it would be printed; "" when there is none. */
static inline const char *judge_diag(const struct judge *judge, char *out, size_t bytes)
{
    out[0] = '\0';
    if (judge->diags.first)
        eb_diag_format(judge->diags.first, out, bytes);
    return out;
}

static inline enum eb_validity judge_validate(
    struct judge *judge, const struct eb_schema *schema, struct eb_span text)
{
    eb_arena_reset(&judge->event);
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(&doc, text, &eb_json_limits_max, &judge->event, &fault), EB_JSON_OK);
    return eb_schema_validate(schema, &doc, &judge->validation);
}

#endif
