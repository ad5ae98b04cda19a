/*
 * Any bytes: we and jansson must give the same verdict and the same values, and what is read must
 * survive being written and read again.
 */
#include "fuzz/fuzz.h"

#include "oracle/jansson_agreement.h"
#include "oracle/json_rewrite.h"
#include "json/reader.h"
#include "json/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct eb_arena arena;
    FUZZ_REQUIRE(eb_arena_init_reserved(&arena, 64 * len + (1 << 20)));
    struct eb_span text = eb_span((const char *)bytes, len);
    enum eb_json_code code;
    FUZZ_REQUIRE(!eb_jansson_disagreement(text, &arena, &code));
    FUZZ_REQUIRE(eb_json_survives_rewriting(text, &arena));
    eb_arena_release(&arena);
    return 0;
}
