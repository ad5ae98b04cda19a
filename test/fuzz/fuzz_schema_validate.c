/* A drawn schema and drawn instances: the engine says what a naive reading of the standard says. */
#include "fuzz/fuzz.h"

#include "oracle/schema_agreement.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct schema_agreement agreement;
    FUZZ_REQUIRE(schema_agreement_holds(&agreement, bytes, len));
    return 0;
}
