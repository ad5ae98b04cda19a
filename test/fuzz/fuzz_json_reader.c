/*
 * Any bytes: we and jansson must give the same verdict and the same values, and what is read must
 * survive being written and read again. Each place has a pointer that leads back to it, and a line
 * and column within the text.
 */
#include "fuzz/fuzz.h"

#include "oracle/jansson_agreement.h"
#include "oracle/json_rewrite.h"
#include "json/reader.h"
#include "json/writer.h"

/* Each is linear in the tokens before it. */
enum { PLACES_MAX = 200 };

static void require_place(const struct eb_doc *doc, uint32_t token, struct eb_arena *arena)
{
    uint32_t line, column;
    struct eb_span pointer = eb_doc_pointer(doc, token, arena);
    FUZZ_REQUIRE(pointer.ptr);
    uint32_t at = eb_doc_at(doc, pointer);
    bool is_name = at == token + 1 && eb_doc_type(doc, token) == EB_JSON_STRING;
    FUZZ_REQUIRE(at == token || is_name);
    eb_doc_position(doc, token, &line, &column);
    FUZZ_REQUIRE(line >= 1 && column >= 1 && line + column <= doc->text_len + 1);
    if (eb_doc_type(doc, token) != EB_JSON_STRING)
        return;
    struct eb_span value = eb_doc_string(doc, token, arena);
    FUZZ_REQUIRE(value.ptr && eb_doc_string_is(doc, token, value));
}

static void require_places(struct eb_span text, struct eb_arena *arena)
{
    struct eb_json_fault fault;
    struct eb_doc doc;
    if (eb_json_read(&doc, text, &eb_json_limits_max, arena, &fault) != EB_JSON_OK)
        return;
    for (uint32_t token = 0; token < doc.token_count && token < PLACES_MAX; token++)
        require_place(&doc, token, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_arena arena;
    FUZZ_REQUIRE(eb_arena_init_reserved(&arena, 64 * len + (1 << 20)));
    struct eb_span text = eb_span((const char *)bytes, len);
    enum eb_json_code code;
    FUZZ_REQUIRE(!eb_jansson_disagreement(text, &arena, &code));
    FUZZ_REQUIRE(eb_json_survives_rewriting(text, &arena));
    require_places(text, &arena);
    eb_arena_release(&arena);
    return 0;
}
