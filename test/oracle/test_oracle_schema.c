/* Drawn schemas and instances: the engine and the naive reading of the standard agree. */
#include "eb_test.h"

#include <stdlib.h>

#include "eb_draw.h"
#include "oracle/schema_agreement.h"

enum { ROUNDS_DEFAULT = 16000, BYTES = 700 };

static void drawn_schemas__mean_what_the_standard_says(void **state)
{
    (void)state;
    static struct schema_agreement agreement;
    const char *wanted = getenv("EB_ORACLE_ROUNDS");
    unsigned long rounds = wanted ? strtoul(wanted, NULL, 10) : ROUNDS_DEFAULT;
    for (unsigned long round = 0; round < rounds; round++) {
        struct eb_draw draw = { .state = round };
        uint8_t bytes[BYTES];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)eb_draw_bits(&draw);
        if (!schema_agreement_holds(&agreement, bytes, sizeof bytes)) {
            fprintf(stderr, "round %lu:\n%s\n%s\n", round, agreement.schema,
                agreement.instance); /* longer than cmocka prints */
            fail();
        }
    }
    schema_agreement_release(&agreement);
    printf("%lu schemas, %zu of them refused; %zu instances, %zu of them valid\n", rounds,
        agreement.refused, agreement.judged, agreement.valid);
    assert_true(agreement.judged > 4 * rounds);
    assert_true(agreement.valid > agreement.judged / 10);
    assert_true(agreement.valid < agreement.judged / 10 * 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_schemas__mean_what_the_standard_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
