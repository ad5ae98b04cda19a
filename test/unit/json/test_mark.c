#include "eb_test.h"

#include "json/mark.h"

/* Behind whose start eight bytes can be read; they are none of the name. */
static uint32_t mark_among(char other, struct eb_span name)
{
    char text[64];
    memset(text, other, sizeof text);
    memcpy(text + 1, name.ptr, name.len);
    return eb_mark_readable(text + 1, name.len);
}

static void mark__is_of_the_name_alone(void **state)
{
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t len = 0; len < sizeof letters; len++) {
        struct eb_span name = eb_span(letters, len);
        assert_int_equal(mark_among('"', name), eb_mark_of(name));
        assert_int_equal(mark_among('\xff', name), eb_mark_of(name));
    }
}

static void mark__tells_one_byte_of_sixteen_and_one_more(void **state)
{
    (void)state;
    char name[17], other[17];
    for (size_t len = 0; len <= 16; len++) {
        memset(name, 'm', sizeof name);
        assert_int_not_equal(eb_mark_of(eb_span(name, len)), eb_mark_of(eb_span(name, len + 1)));
        for (size_t at = 0; at < len; at++) {
            memcpy(other, name, sizeof name);
            other[at] = 'n';
            assert_int_not_equal(eb_mark_of(eb_span(name, len)), eb_mark_of(eb_span(other, len)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mark__is_of_the_name_alone),
        cmocka_unit_test(mark__tells_one_byte_of_sixteen_and_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
