/*
 * Two lines: an old schema and a new one. Every witness must be one, a schema must be compatible
 * with itself, and every comparison must end.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "schema/compat.h"
#include "schema_shelf.h"
#include "json/reader.h"

enum {
    EVENT_ARENA_BYTES = 1 << 26,
    TEXT_BYTES_MAX = 4096, /* the steps of a comparison are bounded, not what one step costs */
};

static enum eb_validity judge(const struct eb_schema *schema, struct eb_span text,
    struct eb_arena *arena, struct eb_regex_runner *runner)
{
    struct eb_validation validation = { .arena = arena, .runner = runner };
    struct eb_json_fault fault;
    struct eb_doc doc;
    eb_arena_reset(arena);
    FUZZ_REQUIRE(eb_json_read(&doc, text, &eb_json_limits_max, arena, &fault) == EB_JSON_OK);
    return eb_schema_validate(schema, &doc, &validation);
}

static void require_witnesses(
    const struct eb_schema *const versions[2], const struct eb_compat_report *report)
{
    static struct eb_arena arena;
    static struct eb_regex_runner *runner;
    bool has_witness = false;
    if (!runner) {
        runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
        FUZZ_REQUIRE(runner && eb_arena_init_reserved(&arena, EVENT_ARENA_BYTES));
    }
    for (const struct eb_change *change = report->changes; change; change = change->next) {
        int lenient = change->direction == EB_COMPAT_BACKWARD ? 0 : 1;
        if (!change->witness.ptr)
            continue;
        has_witness = true;
        FUZZ_REQUIRE(judge(versions[lenient], change->witness, &arena, runner) == EB_VALID);
        FUZZ_REQUIRE(judge(versions[!lenient], change->witness, &arena, runner) == EB_INVALID);
    }
    FUZZ_REQUIRE(has_witness == (report->verdict == EB_COMPAT_NO));
}

static void compare(const struct eb_schema *const versions[2])
{
    struct eb_compat_report report;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    FUZZ_REQUIRE(eb_compat_judge(versions[0], versions[1], EB_COMPAT_FULL, &arena, &report));
    require_witnesses(versions, &report);
    FUZZ_REQUIRE(eb_compat_judge(versions[0], versions[0], EB_COMPAT_FULL, &arena, &report));
    FUZZ_REQUIRE(report.verdict == EB_COMPAT_YES);
    eb_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct schema_shelf shelves[2];
    struct eb_span text = eb_span((const char *)bytes, len);
    const char *end = len ? memchr(bytes, '\n', len) : NULL;
    if (!end || len > TEXT_BYTES_MAX)
        return 0;
    size_t first = (size_t)(end - text.ptr);
    const struct eb_span texts[2] = { eb_span(text.ptr, first), eb_span(end + 1, len - first - 1) };
    const struct eb_schema *versions[2];
    for (int i = 0; i < 2; i++) {
        shelves[i].options = (struct eb_schema_options){ .default_draft = EB_DRAFT_2020_12,
            .asserts_formats = true };
        versions[i] = schema_shelf_compile(&shelves[i], texts[i]);
    }
    if (versions[0] && versions[1])
        compare(versions);
    return 0;
}
