#include "eb_test.h"

#include "base/embedded.h"

extern const struct eb_embedded eb_embedded_sample[];
extern const size_t eb_embedded_sample_count;

static void embedded__holds_the_files_in_the_order_given(void **state)
{
    (void)state;
    assert_int_equal(eb_embedded_sample_count, 2);
    assert_span_equal(eb_embedded_sample[0].name, "embedded-sample.txt");
    assert_span_equal(eb_embedded_sample[1].name, "CMakeLists.txt");
}

static void embedded__keeps_every_byte(void **state)
{
    (void)state;
    assert_span_equal(eb_embedded_sample[0].text,
        "quote \" backslash \\ percent %s dollar ${x}; \xc3\xa9\n\tend\n");
    assert_int_equal(eb_embedded_sample[0].text.ptr[eb_embedded_sample[0].text.len], '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embedded__holds_the_files_in_the_order_given),
        cmocka_unit_test(embedded__keeps_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
