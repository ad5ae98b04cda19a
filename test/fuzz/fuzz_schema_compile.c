/*
 * Any bytes as a schema: refused with a reason, or compiled and put to itself. The first byte
 * chooses the draft.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "schema_shelf.h"

enum { DRAFTS = 5, FAULTS = 8, ARENA_BYTES = 64 << 20, STEPS = 1000 };

static void judge(const struct eb_schema *schema, const struct eb_doc *doc)
{
    static struct eb_arena arena;
    static struct eb_regex_runner *runner;
    if (!runner) {
        runner = eb_regex_runner_new(STEPS);
        FUZZ_REQUIRE(runner && eb_arena_init_reserved(&arena, ARENA_BYTES));
    }
    struct eb_fault faults[FAULTS];
    struct eb_validation validation = {
        .arena = &arena,
        .runner = runner,
        .faults = faults,
        .fault_max = FAULTS,
    };
    eb_arena_reset(&arena);
    enum eb_validity told = eb_schema_validate(schema, doc, &validation);
    FUZZ_REQUIRE((told == EB_VALID) == (validation.fault_count == 0));
    eb_arena_reset(&arena);
    validation.fault_max = 0;
    FUZZ_REQUIRE(eb_schema_validate(schema, doc, &validation) == told);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct schema_shelf shelves[DRAFTS];
    if (!len)
        return 0;
    struct schema_shelf *shelf = &shelves[bytes[0] % DRAFTS];
    shelf->options =
        (struct eb_schema_options){ .default_draft = (enum eb_draft)(bytes[0] % DRAFTS),
            .asserts_formats = true };
    const struct eb_schema *schema =
        schema_shelf_compile(shelf, eb_span((const char *)bytes + 1, len - 1));
    FUZZ_REQUIRE((schema == NULL) == (shelf->diags.errors > 0));
    if (schema)
        judge(schema, &shelf->doc);
    return 0;
}
