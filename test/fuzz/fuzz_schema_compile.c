/*
 * Any bytes as a schema: refused with a reason, or compiled and put to itself. The first byte
 * chooses the draft.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "schema/schema.h"
#include "json/reader.h"

enum { FAULTS = 8, ARENA_BYTES = 64 << 20, STEPS = 1000 };

static void judge(const struct eb_schema *schema, const struct eb_doc *doc)
{
    struct eb_arena arena;
    struct eb_fault faults[FAULTS];
    FUZZ_REQUIRE(eb_arena_init_reserved(&arena, ARENA_BYTES));
    struct eb_validation validation = {
        .arena = &arena,
        .runner = eb_regex_runner_new(STEPS),
        .faults = faults,
        .fault_max = FAULTS,
    };
    FUZZ_REQUIRE(validation.runner);
    enum eb_validity told = eb_schema_validate(schema, doc, &validation);
    FUZZ_REQUIRE((told == EB_VALID) == (validation.fault_count == 0));
    validation.fault_max = 0;
    FUZZ_REQUIRE(eb_schema_validate(schema, doc, &validation) == told);
    eb_regex_runner_free(validation.runner);
    eb_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct eb_span uri = EB_SPAN("https://example.com/s");
    if (!len)
        return 0;
    struct eb_arena arena;
    struct eb_diag_list diags;
    struct eb_doc doc;
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    struct eb_schema_options options = { .default_draft = (enum eb_draft)(bytes[0] % 5),
        .asserts_formats = true };
    struct eb_schema_library *library = eb_schema_library_new(&arena, options);
    FUZZ_REQUIRE(library);
    const struct eb_schema *schema = NULL;
    struct eb_span text = eb_span((const char *)bytes + 1, len - 1);
    bool is_read = eb_json_read_file(&doc, text, "s", 1, &arena, &diags);
    if (is_read && eb_schema_library_add(library, uri, &doc, &diags))
        schema = eb_schema_compile(library, uri, &diags);
    FUZZ_REQUIRE((schema == NULL) == (diags.errors > 0));
    if (schema)
        judge(schema, &doc);
    eb_schema_library_free(library);
    eb_diag_list_release(&diags);
    eb_arena_release(&arena);
    return 0;
}
