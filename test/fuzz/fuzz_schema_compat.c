/*
 * Two lines: an old schema and a new one. Every witness must be one, a schema must be compatible
 * with itself, and every comparison must end.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "schema/compat.h"
#include "json/reader.h"

enum {
    EVENT_ARENA_BYTES = 1 << 26,
    TEXT_BYTES_MAX = 4096, /* the steps of a comparison are bounded, not what one step costs */
};

struct version {
    struct eb_arena arena;
    struct eb_schema_library *library;
    const struct eb_schema *schema;
};

static void version_init(struct version *version, struct eb_span text)
{
    static const struct eb_span uri = EB_SPAN("fuzz:/schema");
    struct eb_diag_list diags;
    struct eb_doc doc;
    eb_arena_init_growing(&version->arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    version->library = eb_schema_library_new(&version->arena,
        (struct eb_schema_options){ .default_draft = EB_DRAFT_2020_12, .asserts_formats = true });
    version->schema = NULL;
    FUZZ_REQUIRE(version->library);
    if (eb_json_read_file(&doc, text, "schema", 1, &version->arena, &diags) &&
        eb_schema_library_add(version->library, uri, &doc, &diags))
        version->schema = eb_schema_compile(version->library, uri, &diags);
    eb_diag_list_release(&diags);
}

static void version_release(struct version *version)
{
    eb_schema_library_free(version->library);
    eb_arena_release(&version->arena);
}

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
    const struct version versions[2], const struct eb_compat_report *report)
{
    struct eb_arena arena;
    struct eb_regex_runner *runner = eb_regex_runner_new(EB_REGEX_STEPS_DEFAULT);
    bool has_witness = false;
    FUZZ_REQUIRE(runner && eb_arena_init_reserved(&arena, EVENT_ARENA_BYTES));
    for (const struct eb_change *change = report->changes; change; change = change->next) {
        int lenient = change->direction == EB_COMPAT_BACKWARD ? 0 : 1;
        if (!change->witness.ptr)
            continue;
        has_witness = true;
        FUZZ_REQUIRE(judge(versions[lenient].schema, change->witness, &arena, runner) == EB_VALID);
        FUZZ_REQUIRE(
            judge(versions[!lenient].schema, change->witness, &arena, runner) == EB_INVALID);
    }
    FUZZ_REQUIRE(has_witness == (report->verdict == EB_COMPAT_NO));
    eb_regex_runner_free(runner);
    eb_arena_release(&arena);
}

static void compare(const struct version versions[2])
{
    struct eb_compat_report report;
    struct eb_arena arena;
    eb_arena_init_growing(&arena, SIZE_MAX);
    FUZZ_REQUIRE(
        eb_compat_judge(versions[0].schema, versions[1].schema, EB_COMPAT_FULL, &arena, &report));
    require_witnesses(versions, &report);
    FUZZ_REQUIRE(
        eb_compat_judge(versions[0].schema, versions[0].schema, EB_COMPAT_FULL, &arena, &report));
    FUZZ_REQUIRE(report.verdict == EB_COMPAT_YES);
    eb_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_span text = eb_span((const char *)bytes, len);
    const char *end = len ? memchr(bytes, '\n', len) : NULL;
    if (!end || len > TEXT_BYTES_MAX)
        return 0;
    size_t first = (size_t)(end - text.ptr);
    struct version versions[2];
    version_init(&versions[0], eb_span(text.ptr, first));
    version_init(&versions[1], eb_span(end + 1, len - first - 1));
    if (versions[0].schema && versions[1].schema)
        compare(versions);
    for (int i = 0; i < 2; i++)
        version_release(&versions[i]);
    return 0;
}
