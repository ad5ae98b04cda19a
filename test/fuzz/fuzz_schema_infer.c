/*
 * Lines of any bytes as samples: the schema made of those that are JSON compiles, and accepts each.
 * The first byte chooses the options.
 */
#include "fuzz/fuzz.h"

#include "base/limits.h"
#include "schema/infer.h"
#include "schema/schema.h"
#include "json/reader.h"

enum { DOCUMENT_BYTES = 256 << 20, SCHEMA_BYTES = 4 << 20, STEPS = 1000 };

struct lines {
    struct eb_span left;
};

/* The next line that is JSON. */
static bool next_sample(struct lines *lines, struct eb_doc *doc, struct eb_arena *document)
{
    while (lines->left.len) {
        const char *end = memchr(lines->left.ptr, '\n', lines->left.len);
        size_t len = end ? (size_t)(end - lines->left.ptr) : lines->left.len;
        struct eb_span line = eb_span(lines->left.ptr, len);
        size_t taken = len + (end != NULL);
        lines->left = eb_span(lines->left.ptr + taken, lines->left.len - taken);
        struct eb_json_fault fault;
        eb_arena_reset(document);
        if (eb_json_read(doc, line, &eb_json_limits_max, document, &fault) == EB_JSON_OK)
            return true;
    }
    return false;
}

static struct eb_span infer(struct lines lines, struct eb_infer_options options, char *room)
{
    struct eb_arena learned, document;
    struct eb_json_writer out;
    struct eb_doc doc;
    eb_arena_init_growing(&learned, EB_INFER_BYTES_MAX);
    FUZZ_REQUIRE(eb_arena_init_reserved(&document, DOCUMENT_BYTES));
    struct eb_inference *inference = eb_inference_new(&learned, options);
    FUZZ_REQUIRE(inference);
    while (next_sample(&lines, &doc, &document))
        FUZZ_REQUIRE(eb_inference_add(inference, &doc, &document));
    eb_json_writer_init(&out, room, SCHEMA_BYTES);
    eb_inference_write(inference, &out);
    eb_arena_release(&document);
    eb_arena_release(&learned);
    return eb_json_writer_finish(&out);
}

static void judge(const struct eb_schema *schema, struct lines lines)
{
    struct eb_arena document, scratch;
    struct eb_doc doc;
    FUZZ_REQUIRE(eb_arena_init_reserved(&document, DOCUMENT_BYTES));
    FUZZ_REQUIRE(eb_arena_init_reserved(&scratch, DOCUMENT_BYTES));
    struct eb_validation validation = {
        .arena = &scratch,
        .runner = eb_regex_runner_new(STEPS),
    };
    FUZZ_REQUIRE(validation.runner);
    while (next_sample(&lines, &doc, &document)) {
        eb_arena_reset(&scratch);
        FUZZ_REQUIRE(eb_schema_validate(schema, &doc, &validation) == EB_VALID);
    }
    eb_regex_runner_free(validation.runner);
    eb_arena_release(&scratch);
    eb_arena_release(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct eb_span uri = EB_SPAN("https://example.com/s");
    if (!len)
        return 0;
    struct lines lines = { eb_span((const char *)bytes + 1, len - 1) };
    struct eb_arena arena;
    struct eb_diag_list diags;
    struct eb_doc doc;
    char *room = malloc(SCHEMA_BYTES);
    FUZZ_REQUIRE(room);
    eb_arena_init_growing(&arena, SIZE_MAX);
    eb_diag_list_init(&diags);
    struct eb_span text =
        infer(lines, (struct eb_infer_options){ bytes[0] & 1, bytes[0] & 2 }, room);
    FUZZ_REQUIRE(text.ptr);
    FUZZ_REQUIRE(eb_json_read_file(&doc, text, "s", 1, &arena, &diags));
    struct eb_schema_options options = { EB_DRAFT_2020_12, .asserts_formats = true };
    struct eb_schema_library *library = eb_schema_library_new(&arena, options);
    FUZZ_REQUIRE(library && eb_schema_library_add(library, uri, &doc, &diags));
    const struct eb_schema *schema = eb_schema_compile(library, uri, &diags);
    FUZZ_REQUIRE(schema);
    judge(schema, lines);
    eb_schema_library_free(library);
    eb_diag_list_release(&diags);
    eb_arena_release(&arena);
    free(room);
    return 0;
}
